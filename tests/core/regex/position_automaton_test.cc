#include "sluice/regex/position_automaton.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {
namespace {

std::optional<PositionAutomaton> Built(std::string_view pattern) {
  Pattern parsed;
  EXPECT_TRUE(ParseEcmaScript(pattern, {.unicode = true}, &parsed).ok()) << pattern;
  return PositionAutomaton::Build(parsed);
}

struct Case {
  std::string_view pattern;
  std::string_view text;
  bool part;
  bool whole;
};

// tests/fuzz/regex_ecmascript_fuzz.cc compares with RE2.
TEST(PositionAutomaton, MatchesPartsAndTheWhole) {
  const Case cases[] = {
      {"^(GET|PUT|POST)$", "PUT", true, true},
      {"^(GET|PUT|POST)$", "PUTS", false, false},
      {"^(GET|PUT|POST)$", "", false, false},
      {"^\\d+(\\.\\d{1,2})?$", "12.34", true, true},
      {"^\\d+(\\.\\d{1,2})?$", "12.345", false, false},
      {"^\\d+(\\.\\d{1,2})?$", "12.", false, false},
      {"^[a-z]+(-[a-z]+)*$", "a-b-cd", true, true},
      {"^[a-z]+(-[a-z]+)*$", "a--b", false, false},
      {"^[^@]+@[^@]+\\.[^@]+$", "é@b.c.d", true, true},
      {"^[^@]+@[^@]+\\.[^@]+$", "a@b@c.d", false, false},
      {"a|b$", "xax", true, false},
      {"a|b$", "xb", true, false},
      {"a|b$", "bx", false, false},
      {"^a|b", "ba", true, false},
      {"^a|b", "ca", false, false},
      {"a+b", "caabc", true, false},
      {"(?:ab){2}", "abab", true, true},
      {"(?:ab){2,}", "ababab", true, true},
      {"(?:a|bc?)+$", "xabcab", true, false},
      {"(?:a*)*", "b", true, false},
      {"^(?:a*)*$", "b", false, false},
      {"^(?:a*)*$", "", true, true},
      {"(?:){5}a", "a", true, true},
      {"", "a", true, false},
      {"^$|^a$", "", true, true},
      {"^$|^a$", "b", false, false},
      {"🐲|[é-ü]b", "x🐲", true, false},
      {"🐲|[é-ü]b", "êb", true, true},
      {"^\\S+ \\S+$", "é\u00A0 b", false, false},
      {"a{0}b", "b", true, true},
      {"[]|b", "b", true, true},
      {"\\ud83d|b", "🐲", false, false},
  };
  for (const Case& c : cases) {
    const std::optional<PositionAutomaton> automaton = Built(c.pattern);
    ASSERT_TRUE(automaton.has_value()) << c.pattern;
    EXPECT_EQ(automaton->MatchesPart(c.text), c.part) << c.pattern << " in " << c.text;
    EXPECT_EQ(automaton->MatchesWhole(c.text), c.whole) << c.pattern << " on " << c.text;
  }
}

TEST(PositionAutomaton, LeavesTheRestToRe2) {
  for (const std::string_view pattern : {"a{65}", "(?:a{8}){9}", "\\ba", "(?:^a|b)", "(a$)", "a$b",
                                         "(?:a|\\B){0}", "\\p{L}|-", "(?:(?:a{64}){1000}){1000}"}) {
    EXPECT_FALSE(Built(pattern).has_value()) << pattern;
  }
  EXPECT_TRUE(Built("(?:(?:(?:){1000}){1000}){1000}a{64}").has_value());
}

TEST(PositionAutomaton, CostsLittleOfTheBudget) {
  MemoryBudget budget;
  const Regex regex = CompileEcmaScript("^(GET|POST)$", {.unicode = true}, budget);
  ASSERT_TRUE(regex.ok());
  EXPECT_LT(MemoryBudget::kPerPolicy - budget.left(), 1300u);
  MemoryBudget none(1000);
  EXPECT_FALSE(CompileEcmaScript("^(GET|POST)$", {.unicode = true}, none).ok());
}

TEST(PositionAutomaton, IsLinearWhereBacktrackersExplode) {
  const std::optional<PositionAutomaton> automaton = Built("^(?:a+)+$");
  ASSERT_TRUE(automaton.has_value());
  EXPECT_FALSE(automaton->MatchesPart(std::string(100'000, 'a') + "b"));
}

}  // namespace
}  // namespace sluice::regex
