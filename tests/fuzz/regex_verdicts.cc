// What this engine says to patterns and texts, for regex_ecmascript.mjs.
//
// Each line of the input: the flags ("u", "i", "l" for u with what is lenient, or "-" for none),
// and a pattern and a text, both UTF-8 in hexadecimal, with spaces between. Each line of the
// output: what the syntax check with flag u, the linear-time matcher and the backtracking one say,
// a character each: 0 or 1, - where the pattern is refused, x where a budget is used up. Only the
// second is asked without u.
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "sluice/base/status.h"
#include "sluice/regex/backtracking.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/regex.h"

namespace {

using sluice::regex::BacktrackingRegex;

char Refusal(const absl::Status& status) {
  return sluice::ErrorCodeOf(status) == sluice::ErrorCode::kBudgetExceeded ? 'x' : '-';
}

// The pattern at hand, compiled for as long as it stays the same.
struct Compiled {
  Compiled(std::string_view flags, std::string source)
      : pattern(std::move(source)),
        options{.ignore_case = flags == "i",
                .unicode = flags == "u" || flags == "l",
                .lenient = flags == "l"},
        linear(sluice::regex::CompileEcmaScript(pattern, options, budget)),
        backtracking(BacktrackingRegex::Compile(pattern, budget, options.lenient)) {}

  std::string pattern;
  sluice::regex::EcmaScriptOptions options;
  sluice::regex::MemoryBudget budget;
  sluice::regex::Regex linear;
  absl::StatusOr<BacktrackingRegex> backtracking;
};

char Syntax(const Compiled& compiled) {
  if (!compiled.options.unicode) return '-';
  const absl::Status status =
      sluice::regex::CheckEcmaScriptSyntax(compiled.pattern, compiled.options.lenient);
  return status.ok() ? '1' : Refusal(status) == 'x' ? 'x' : '0';
}

char Linear(const Compiled& compiled, std::string_view text) {
  if (!compiled.linear.ok()) return Refusal(compiled.linear.status());
  return compiled.linear.MatchesPart(text) ? '1' : '0';
}

char Backtracking(const Compiled& compiled, std::string_view text,
                  sluice::regex::BacktrackingScratch& scratch) {
  if (!compiled.options.unicode) return '-';
  if (!compiled.backtracking.ok()) return Refusal(compiled.backtracking.status());
  uint64_t steps = 200'000;
  switch (compiled.backtracking->MatchesPart(text, &steps, scratch)) {
    case BacktrackingRegex::Match::kNo:
      return '0';
    case BacktrackingRegex::Match::kYes:
      return '1';
    case BacktrackingRegex::Match::kExhausted:
      break;
  }
  return 'x';
}

}  // namespace

int main() {
  sluice::regex::BacktrackingScratch scratch;
  std::optional<Compiled> compiled;
  std::string source;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::vector<std::string_view> parts = absl::StrSplit(line, ' ');
    std::string pattern;
    std::string text;
    if (parts.size() != 3 || !absl::HexStringToBytes(parts[1], &pattern) ||
        !absl::HexStringToBytes(parts[2], &text)) {
      std::fprintf(stderr, "not flags and two texts in hexadecimal: %s\n", line.c_str());
      return 1;
    }
    const std::string made_from = absl::StrCat(parts[0], " ", parts[1]);
    if (!compiled.has_value() || source != made_from) {
      compiled.emplace(parts[0], std::move(pattern));
      source = made_from;
    }
    std::printf("%c%c%c\n", Syntax(*compiled), Linear(*compiled, text),
                Backtracking(*compiled, text, scratch));
  }
  return 0;
}
