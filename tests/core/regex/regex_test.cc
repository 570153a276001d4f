#include "sluice/regex/regex.h"

#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "sluice/base/status.h"

namespace sluice::regex {
namespace {

TEST(Regex, MatchesWholeAndPart) {
  MemoryBudget budget;
  const Regex regex("b+", budget);
  ASSERT_TRUE(regex.ok()) << regex.status();
  EXPECT_TRUE(regex.MatchesWhole("bb"));
  EXPECT_FALSE(regex.MatchesWhole("abb"));
  EXPECT_TRUE(regex.MatchesPart("abb"));
  EXPECT_FALSE(regex.MatchesPart("a"));
  EXPECT_FALSE(regex.MatchesPart(""));
}

TEST(Regex, RefusesWhatIsNoPatternAndThenMatchesNothing) {
  MemoryBudget budget;
  const Regex regex("(?=x)", budget);
  EXPECT_FALSE(regex.ok());
  EXPECT_EQ(ErrorCodeOf(regex.status()), ErrorCode::kInvalidArgument);
  EXPECT_FALSE(regex.MatchesPart("x"));
  EXPECT_EQ(budget.left(), MemoryBudget::kPerPolicy);
}

TEST(Regex, TakesLittleForASmallPatternAndMoreForALargerOne) {
  MemoryBudget budget;
  const Regex small("abc", budget);
  EXPECT_EQ(budget.left(), MemoryBudget::kPerPolicy - (32u << 10));
  const size_t before = budget.left();
  const Regex large("\\p{L}{9}", budget);
  ASSERT_TRUE(large.ok()) << large.status();
  EXPECT_GT(before - budget.left(), 32u << 10);
  EXPECT_LE(before - budget.left(), MemoryBudget::kPerRegex);
  EXPECT_TRUE(large.MatchesWhole("qqqqéqqqq"));
}

TEST(Regex, RefusesAProgramThatIsTooLarge) {
  MemoryBudget budget;
  const Regex regex("(?:\\p{L}{30}){30}", budget);
  EXPECT_FALSE(regex.ok());
  EXPECT_EQ(ErrorCodeOf(regex.status()), ErrorCode::kBudgetExceeded);
}

TEST(Regex, RefusesWhenTheBudgetIsUsedUp) {
  MemoryBudget budget(40u << 10);
  const Regex first("a", budget);
  const Regex second("b", budget);
  EXPECT_TRUE(first.ok());
  EXPECT_FALSE(second.ok());
  EXPECT_EQ(ErrorCodeOf(second.status()), ErrorCode::kBudgetExceeded);
}

TEST(Regex, MovesWithItsProgram) {
  MemoryBudget budget;
  Regex regex("a.c", budget);
  const Regex moved = std::move(regex);
  EXPECT_TRUE(moved.MatchesWhole("abc"));
}

TEST(Regex, IsLinearWhereBacktrackersExplode) {
  MemoryBudget budget;
  const Regex regex("(?:a+)+b", budget);
  EXPECT_FALSE(regex.MatchesWhole(std::string(100'000, 'a')));
}

}  // namespace
}  // namespace sluice::regex
