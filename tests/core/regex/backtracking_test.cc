#include "sluice/regex/backtracking.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/status.h"

namespace sluice::regex {
namespace {

using Match = BacktrackingRegex::Match;

Match MatchIn(std::string_view pattern, std::string_view text, uint64_t steps = 1'000'000,
              BacktrackingScratch* scratch = nullptr) {
  MemoryBudget budget;
  const absl::StatusOr<BacktrackingRegex> regex = BacktrackingRegex::Compile(pattern, budget);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status();
  BacktrackingScratch own;
  return regex->MatchesPart(text, &steps, scratch == nullptr ? own : *scratch);
}

bool Matches(std::string_view pattern, std::string_view text) {
  const Match match = MatchIn(pattern, text);
  EXPECT_NE(match, Match::kExhausted) << pattern;
  return match == Match::kYes;
}

// What each case expects is what V8 says; tests/fuzz/regex_ecmascript.mjs asks it about random
// ones.
TEST(Backtracking, Lookaheads) {
  EXPECT_TRUE(Matches("^(?=.*\\d)(?=.*[a-z]).{6,}$", "abc123"));
  EXPECT_FALSE(Matches("^(?=.*\\d)(?=.*[a-z]).{6,}$", "abcdef"));
  EXPECT_TRUE(Matches("^(?!foo).*$", "bar"));
  EXPECT_FALSE(Matches("^(?!foo).*$", "foobar"));
  EXPECT_TRUE(Matches("^(?=(a+))\\1b", "aab"));
  // An assertion is left with its first way only: \1 is all of the a's.
  EXPECT_FALSE(Matches("^(?=(a+))a*b\\1", "baaabac"));
  EXPECT_TRUE(Matches("(?=(a+))a*b\\1", "baaabac"));
  // What a negated one captures is forgotten.
  EXPECT_TRUE(Matches("^(?!(x)y)x\\1z", "xz"));
}

TEST(Backtracking, LookbehindsReadBackward) {
  EXPECT_TRUE(Matches("(?<=a+)b", "aab"));
  EXPECT_FALSE(Matches("(?<!\\$)\\b\\d+", "$42"));
  EXPECT_TRUE(Matches("(?<=^é🐲)x", "é🐲x"));
  EXPECT_TRUE(Matches("(?<=(\\d+)(\\d+))$", "1053"));
  EXPECT_TRUE(Matches("(?<=\\1(a))b", "aab"));
  EXPECT_FALSE(Matches("(?<=\\1(a))b", "cab"));
  EXPECT_TRUE(Matches("(?<=(?=ab)..)c", "abc"));
}

TEST(Backtracking, BackreferencesAndNames) {
  EXPECT_TRUE(Matches("^(a|b)\\1$", "bb"));
  EXPECT_FALSE(Matches("^(a|b)\\1$", "ab"));
  EXPECT_TRUE(Matches("^(?<q>['\"])[^'\"]*\\k<q>$", "\"x\""));
  EXPECT_FALSE(Matches("^(?<q>['\"])[^'\"]*\\k<q>$", "\"x'"));
  EXPECT_TRUE(Matches("^\\1(a)$", "a"));  // not yet captured: empty
  EXPECT_TRUE(Matches("^(?:(?<y>a)|(?<y>b))\\k<y>$", "bb"));
  EXPECT_FALSE(Matches("^(?:(?<y>a)|(?<y>b))\\k<y>$", "ba"));
}

TEST(Backtracking, EachIterationForgetsItsCaptures) {
  // ECMA-262, section 22.2.2.3.1, note 3: (z)((a+)?(b+)?(c))* on zaacbbbcac.
  EXPECT_TRUE(Matches("^(z)((a+)?(b+)?(c))*\\4$", "zaacbbbcac"));
  EXPECT_TRUE(Matches("^(?:(a)|b)*\\1$", "ab"));
  EXPECT_FALSE(Matches("^(?:(a)|b)*\\1c$", "abac"));
}

TEST(Backtracking, AnIterationThatTakesNothingEndsTheRepeat) {
  EXPECT_TRUE(Matches("^(?:a*)*$", "aaa"));
  EXPECT_TRUE(Matches("^(?:)*x$", "x"));
  EXPECT_TRUE(Matches("^(a*)*\\1$", "b") == false);
  EXPECT_TRUE(Matches("^(?:a?){3}b$", "ab"));
  EXPECT_TRUE(Matches("^(?:a*?)*?b$", "aab"));
  EXPECT_TRUE(Matches("^(?:|a)+b$", "b"));
}

TEST(Backtracking, RepeatsAreCounted) {
  EXPECT_TRUE(Matches("^(?:ab){2,3}$", "ababab"));
  EXPECT_FALSE(Matches("^(?:ab){2,3}$", "abababab"));
  EXPECT_TRUE(Matches("^a{3}?b{0}$", "aaa"));
  EXPECT_TRUE(Matches("^.{2000}$", std::string(2000, 'x')));
  EXPECT_TRUE(Matches("^🐲{2}é+?$", "🐲🐲éé"));
  EXPECT_TRUE(Matches("^[^a]+é$", "🐲éé"));
}

TEST(Backtracking, StepsAndMemoryHaveBudgets) {
  EXPECT_EQ(MatchIn("^(?:a+)+$", std::string(40, 'a') + "b", 100'000), Match::kExhausted);
  EXPECT_EQ(MatchIn("a", "a", 0), Match::kExhausted);
  BacktrackingScratch small(1200);
  EXPECT_EQ(MatchIn("^(?:a|b)*$", std::string(200, 'a'), 1'000'000, &small), Match::kExhausted);
  EXPECT_LE(small.retained_bytes(), 1200 + 100 * sizeof(uint32_t));
  EXPECT_EQ(MatchIn("^(?:a|b)*$", "ab", 1'000'000, &small), Match::kYes);
  small.Trim(0);
  EXPECT_EQ(small.retained_bytes(), 0u);
  // A run takes one place, however long it is.
  EXPECT_EQ(MatchIn("^a*b?$", std::string(100'000, 'a'), 1'000'000, &small), Match::kYes);
  // The text compared is paid for.
  const std::string text(100'000, 'a');
  uint64_t steps = 1'000'000;
  MemoryBudget budget;
  const absl::StatusOr<BacktrackingRegex> regex =
      BacktrackingRegex::Compile("^(a{50000})\\1$", budget);
  ASSERT_TRUE(regex.ok());
  EXPECT_EQ(regex->MatchesPart(text, &steps, small), Match::kYes);
  EXPECT_LT(steps, 1'000'000u - 50'000 - 50'000 / 16);
}

TEST(Backtracking, RefusesFaultyPatternsAndModifiers) {
  MemoryBudget budget;
  const auto compile = [&](std::string_view pattern) {
    return BacktrackingRegex::Compile(pattern, budget).status();
  };
  EXPECT_EQ(ByteOffsetOf(compile("(a")), 2u);
  EXPECT_EQ(ErrorCodeOf(compile("(?i:a)")), ErrorCode::kInvalidArgument);
  MemoryBudget none(10);
  EXPECT_EQ(ErrorCodeOf(BacktrackingRegex::Compile("a", none).status()),
            ErrorCode::kBudgetExceeded);
  const std::string deep = std::string(100, '(') + "a" + std::string(100, ')');
  EXPECT_TRUE(Matches(deep, "a"));
}

}  // namespace
}  // namespace sluice::regex
