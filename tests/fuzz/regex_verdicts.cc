// What this engine says to patterns and texts, for regex_ecmascript.mjs.
//
// Each line of the input: a pattern and a text, both UTF-8 in hexadecimal, with a space between.
// Each line of the output: what the syntax check with flag u, the linear-time matcher and the
// backtracking one say, a character each: 0 or 1, - where the pattern is refused, x where a budget
// is used up.
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/escaping.h"
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

char Syntax(std::string_view pattern) {
  const absl::Status status = sluice::regex::CheckEcmaScriptSyntax(pattern);
  return status.ok() ? '1' : Refusal(status) == 'x' ? 'x' : '0';
}

// The pattern at hand, compiled for as long as it stays the same.
struct Compiled {
  explicit Compiled(std::string source)
      : pattern(std::move(source)),
        syntax(Syntax(pattern)),
        linear(sluice::regex::CompileEcmaScript(pattern, {.unicode = true}, budget)),
        backtracking(BacktrackingRegex::Compile(pattern, budget)) {}

  std::string pattern;
  sluice::regex::MemoryBudget budget;
  char syntax;
  sluice::regex::Regex linear;
  absl::StatusOr<BacktrackingRegex> backtracking;
};

char Linear(const Compiled& compiled, std::string_view text) {
  if (!compiled.linear.ok()) return Refusal(compiled.linear.status());
  return compiled.linear.MatchesPart(text) ? '1' : '0';
}

char Backtracking(const Compiled& compiled, std::string_view text,
                  sluice::regex::BacktrackingScratch& scratch) {
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
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::pair<std::string_view, std::string_view> parts = absl::StrSplit(line, ' ');
    std::string pattern;
    std::string text;
    if (!absl::HexStringToBytes(parts.first, &pattern) ||
        !absl::HexStringToBytes(parts.second, &text)) {
      std::fprintf(stderr, "not hexadecimal: %s\n", line.c_str());
      return 1;
    }
    if (!compiled.has_value() || compiled->pattern != pattern) compiled.emplace(std::move(pattern));
    std::printf("%c%c%c\n", compiled->syntax, Linear(*compiled, text),
                Backtracking(*compiled, text, scratch));
  }
  return 0;
}
