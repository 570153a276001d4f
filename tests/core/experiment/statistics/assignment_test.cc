// A tenth of what `npm run bench -- --only assignment` measures. The bounds are four standard
// errors: the figures are the same in each run, and chance would be within them.
#include "assignment.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace sluice::experiment::statistics {
namespace {

constexpr size_t kUsers = 10'000;
constexpr size_t kPairs = 150;
constexpr double kErrors = 4;

double ShareBelow(const std::vector<double>& values, double bound) {
  const auto below =
      std::count_if(values.begin(), values.end(), [bound](double v) { return v < bound; });
  return static_cast<double>(below) / static_cast<double>(values.size());
}

double MeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}

double Greatest(const std::vector<double>& values) {
  double greatest = 0;
  for (const double value : values) greatest = std::max(greatest, std::abs(value));
  return greatest;
}

// As many draws from the standard normal distribution have this mean square, and none so great.
void ExpectNormal(const std::vector<double>& scores) {
  const auto count = static_cast<double>(scores.size());
  EXPECT_NEAR(MeanSquare(scores), 1, kErrors * std::sqrt(2 / count));
  EXPECT_LT(Greatest(scores), 4.5);
}

TEST(Assignment, ExperimentsAreIndependent) {
  for (const IdKind kind : {IdKind::kMinted, IdKind::kSequential}) {
    const Spread spread = Measure(MakeIds(kind, kUsers), kPairs, 2);
    ASSERT_EQ(spread.pairs.size(), kPairs);
    ASSERT_EQ(spread.halves.size(), 2 * kPairs);
    ExpectNormal(spread.pairs);
    ExpectNormal(spread.halves);
    ExpectNormal(spread.buckets);
  }
}

// What GrowthBook made version 2 for: if the measure doesn't see it, it sees nothing.
TEST(Assignment, Version1IsNot) {
  const Spread spread = Measure(MakeIds(IdKind::kMinted, kUsers), 20, 1);
  EXPECT_GT(Greatest(spread.pairs), 6);
  EXPECT_GT(MeanSquare(spread.pairs), 10);
}

TEST(Assignment, FalseAlarmsAreAsFrequentAsTold) {
  const std::vector<std::vector<double>> splits = {
      {0.5, 0.5}, {0.34, 0.33, 0.33}, {0.9, 0.1}, {0.2, 0.2, 0.2, 0.2, 0.2}};
  const size_t experiments = 2'000;
  const std::vector<double> ps = SampleRatios(experiments, 1'000, splits);
  ASSERT_EQ(ps.size(), experiments);
  for (const double level : {0.01, 0.05, 0.25, 0.5}) {
    const double error = std::sqrt(level * (1 - level) / static_cast<double>(experiments));
    EXPECT_NEAR(ShareBelow(ps, level), level, kErrors * error) << level;
  }
}

TEST(Assignment, AMismatchIsSeen) {
  EXPECT_GT(ShareBelow(LossyRatios(50, kUsers, 0.1), 0.001), 0.9);
  EXPECT_LT(ShareBelow(LossyRatios(50, kUsers, 0), 0.001), 0.05);
}

TEST(Assignment, APairAlone) {
  const std::vector<std::string> ids = MakeIds(IdKind::kSequential, 1'000);
  const Spread spread = Measure(ids, 5, 2);
  for (size_t pair = 0; pair < 5; ++pair) {
    EXPECT_EQ(MeasurePair(ids, pair, 2), spread.pairs[pair]);
    EXPECT_LE(std::abs(spread.pairs[pair]), std::abs(spread.pairs[GreatestPair(spread)]));
  }
  const std::vector<std::string> others = MakeIds(IdKind::kSequential, 1'000, 1'000);
  EXPECT_EQ(others.front(), "1001");
  EXPECT_NE(MeasurePair(others, 0, 2), spread.pairs[0]);
}

}  // namespace
}  // namespace sluice::experiment::statistics
