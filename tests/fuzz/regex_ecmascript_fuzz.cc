// Patterns of ECMA-262: whatever is written, the parser comes to an end within the text; RE2 takes
// every translation; the syntax check and the compiler are of one mind; and a simple pattern
// matches what RE2 matches, and so does an automaton of positions. Leniency changes nothing of what
// needs none.
//
// Input: as ReadPatternAndText has it; the second flag: without the flag u, the third: lenient.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "regex_input.h"
#include "sluice/base/status.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/ecmascript_pattern.h"
#include "sluice/regex/position_automaton.h"
#include "sluice/regex/regex.h"
#include "sluice/regex/simple_pattern.h"

namespace {

using sluice::ErrorCode;
using sluice::ErrorCodeOf;

void Check(bool ok, const char* what, const sluice::fuzz::PatternAndText& input) {
  if (ok) return;
  std::fprintf(stderr, "%s\npattern: %s\ntext: %s\n", what, input.pattern.c_str(),
               input.text.c_str());
  std::abort();
}

template <typename Matcher>
void CheckMatches(const std::optional<Matcher>& matcher, const sluice::regex::Regex& re2,
                  const sluice::fuzz::PatternAndText& input) {
  if (!matcher.has_value()) return;
  Check(matcher->MatchesPart(input.text) == re2.MatchesPart(input.text), "another part", input);
  Check(matcher->MatchesWhole(input.text) == re2.MatchesWhole(input.text), "another whole", input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::optional<sluice::fuzz::PatternAndText> input =
      sluice::fuzz::ReadPatternAndText(data, size);
  if (!input.has_value()) return 0;
  const std::string& pattern = input->pattern;
  const bool unicode = !input->second_flag;
  const bool lenient = unicode && input->third_flag;
  const sluice::regex::EcmaScriptOptions options = {.unicode = unicode, .lenient = lenient};

  sluice::regex::Pattern parsed;
  const absl::Status status =
      sluice::regex::ParseEcmaScript(pattern, {.unicode = unicode, .lenient = lenient}, &parsed);
  Check(sluice::ByteOffsetOf(status).value_or(0) <= pattern.size(), "an offset beyond", *input);
  if (unicode) {
    const absl::Status syntax = sluice::regex::CheckEcmaScriptSyntax(pattern, lenient);
    // Large classes are no fault of syntax.
    Check(syntax == status || ErrorCodeOf(status) == ErrorCode::kBudgetExceeded,
          "the syntax check differs", *input);
  }
  std::string strict;
  const bool is_strict =
      sluice::regex::TranslateEcmaScript(pattern, {.unicode = unicode}, &strict).ok();
  Check(status.ok() || !is_strict, "leniency refuses a pattern", *input);
  if (!status.ok()) return 0;

  std::string translated;
  const absl::Status re2_status = sluice::regex::TranslateEcmaScript(pattern, options, &translated);
  Check(!is_strict || translated == strict, "leniency changes a pattern", *input);
  if (!re2_status.ok() || translated.size() > 2000) return 0;
  sluice::regex::MemoryBudget budget;
  const sluice::regex::Regex re2(translated, budget);
  if (ErrorCodeOf(re2.status()) == ErrorCode::kBudgetExceeded) return 0;
  Check(re2.ok(), "RE2 refuses a translation", *input);
  CheckMatches(sluice::regex::SimplePattern::Recognize(parsed), re2, *input);
  CheckMatches(sluice::regex::PositionAutomaton::Build(parsed), re2, *input);
  return 0;
}
