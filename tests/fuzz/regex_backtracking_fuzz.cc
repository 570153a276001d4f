// The backtracking matcher: no pattern and no text takes it beyond its budgets; what it says is
// what the linear-time matchers say of the patterns that both take; and a scratch used before, or
// one that is small, never changes an answer but to "exhausted".
//
// Input: as ReadPatternAndText has it; the second flag: the scratch is small.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>

#include "regex_input.h"
#include "sluice/base/status.h"
#include "sluice/regex/backtracking.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/regex.h"

namespace {

using sluice::ErrorCode;
using sluice::regex::BacktrackingRegex;
using Match = BacktrackingRegex::Match;

constexpr uint64_t kSteps = 50'000;
constexpr size_t kSmallScratch = 2000;

void Check(bool ok, const char* what, const sluice::fuzz::PatternAndText& input) {
  if (ok) return;
  std::fprintf(stderr, "%s\npattern: %s\ntext: %s\n", what, input.pattern.c_str(),
               input.text.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::optional<sluice::fuzz::PatternAndText> input =
      sluice::fuzz::ReadPatternAndText(data, size);
  if (!input.has_value()) return 0;
  sluice::regex::MemoryBudget budget;
  const absl::StatusOr<BacktrackingRegex> regex =
      BacktrackingRegex::Compile(input->pattern, budget);
  if (!regex.ok()) return 0;

  static auto* const kKept = new sluice::regex::BacktrackingScratch;
  uint64_t steps = kSteps;
  const Match match = regex->MatchesPart(input->text, &steps, *kKept);
  Check(steps <= kSteps, "steps given back", *input);
  Check(kKept->retained_bytes() <= sluice::regex::BacktrackingScratch::kMaxBytes + 65536,
        "a scratch beyond its budget", *input);
  if (input->second_flag) {
    sluice::regex::BacktrackingScratch small(kSmallScratch);
    uint64_t again = kSteps;
    const Match other = regex->MatchesPart(input->text, &again, small);
    Check(other == Match::kExhausted || (other == match && again == steps),
          "another answer with a small scratch", *input);
  }
  if (match == Match::kExhausted) return 0;

  std::string translated;
  const absl::Status status =
      sluice::regex::TranslateEcmaScript(input->pattern, {.unicode = true}, &translated);
  if (!status.ok() || translated.size() > 2000) return 0;
  sluice::regex::MemoryBudget re2_budget;
  const sluice::regex::Regex re2(translated, re2_budget);
  if (!re2.ok()) return 0;
  Check(re2.MatchesPart(input->text) == (match == Match::kYes), "RE2 says otherwise", *input);
  return 0;
}
