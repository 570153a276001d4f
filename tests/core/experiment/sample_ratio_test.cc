#include "sluice/experiment/sample_ratio.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sluice/base/status.h"

namespace sluice::experiment {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Tail {
  uint32_t degrees;
  double chi_square;
  double p;
};

// Critical values of tables (p 0.05 and 0.01) and others, their tails by mpmath with 40 digits.
constexpr Tail kTails[] = {
    {1, 3.841458820694124, 0.050000000000000058},
    {1, 6.634896601021213, 0.010000000000000012},
    {1, 0.001, 0.97477287936996039},
    {1, 100, 1.5239706048321052e-23},
    {1, 1000, 1.7958327848007262e-219},
    {1, 1400, 2.1010145162642175e-306},
    {2, 5.991464547107979, 0.050000000000000075},
    {2, 1e-9, 0.9999999995},
    {3, 7.814727903251179, 0.050000000000000021},
    {3, 0.5, 0.91889141165467586},
    {4, 9.487729036781154, 0.050000000000000057},
    {5, 40, 1.4933679000503952e-7},
    {7, 600, 2.4350307908745076e-125},
    {10, 18.307038053275146, 0.050000000000000013},
    {10, 3.2, 0.97631772195068831},
    {30, 43.77297182574219, 0.049999999999999979},
    {99, 123.2252214, 0.050000000338267977},
    {100, 124.342113404004, 0.050000000000000516},
    {255, 200, 0.9954254445419519},
    {255, 293.2478350807001, 0.050000000000004412},
    {255, 900, 8.2236260600478325e-73},
    {255, 2000, 6.8795902011415242e-268},
    {256, 256, 0.4882455490958771},
    {256, 1500, 1.0313369534011518e-174},
};

TEST(ChiSquareTail, Tables) {
  for (const Tail& tail : kTails) {
    EXPECT_NEAR(ChiSquareTail(tail.chi_square, tail.degrees) / tail.p, 1, 2e-12)
        << tail.degrees << " " << tail.chi_square;
  }
}

TEST(ChiSquareTail, FallsFromOneToZero) {
  for (const uint32_t degrees : {1u, 2u, 3u, 16u, 101u, 256u}) {
    EXPECT_EQ(ChiSquareTail(0, degrees), 1);
    EXPECT_EQ(ChiSquareTail(kInfinity, degrees), 0);
    double before = 1;
    for (double chi_square = 0.01; chi_square < 1e5; chi_square *= 1.1) {
      const double p = ChiSquareTail(chi_square, degrees);
      EXPECT_TRUE(p >= 0 && p <= before + 1e-14) << degrees << " " << chi_square;
      before = p;
    }
    EXPECT_EQ(before, 0);
  }
}

SampleRatio Ratio(const std::vector<double>& counts, const std::vector<double>& weights) {
  const absl::StatusOr<SampleRatio> ratio = TestSampleRatio(counts, weights);
  EXPECT_TRUE(ratio.ok()) << ratio.status();
  return ratio.value_or(SampleRatio{});
}

// Fabijan et al., "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments" (KDD 2019),
// has 821,588 and 815,482 users of a 50/50 split as its example: p is 1.8e-6.
TEST(SampleRatio, AKnownMismatch) {
  const SampleRatio ratio = Ratio({821'588, 815'482}, {1, 1});
  EXPECT_EQ(ratio.degrees_of_freedom, 1u);
  EXPECT_NEAR(ratio.chi_square, 22.774, 1e-3);
  EXPECT_NEAR(ratio.p, 1.8e-6, 0.1e-6);
}

TEST(SampleRatio, ByHand) {
  // Expected 50, 30, 20.
  const SampleRatio ratio = Ratio({44, 36, 20}, {0.5, 0.3, 0.2});
  EXPECT_NEAR(ratio.chi_square, 36.0 / 50 + 36.0 / 30, 1e-12);
  EXPECT_EQ(ratio.degrees_of_freedom, 2u);
  EXPECT_NEAR(ratio.p, std::exp(-ratio.chi_square / 2), 1e-15);
}

TEST(SampleRatio, AsItShouldBe) {
  for (const double users : {0.0, 10.0, 9e15}) {
    const SampleRatio ratio = Ratio({users, users}, {0.25, 0.25});
    EXPECT_EQ(ratio.chi_square, 0) << users;
    EXPECT_EQ(ratio.p, 1);
  }
}

TEST(SampleRatio, OnlyTheProportionOfWeightsCounts) {
  const double p = Ratio({480, 520}, {1, 1}).p;
  EXPECT_NEAR(Ratio({480, 520}, {0.05, 0.05}).p, p, 1e-12);
  EXPECT_NEAR(Ratio({480, 520}, {1e308, 1e308}).p, p, 1e-12);
  EXPECT_NEAR(Ratio({480, 520}, {1e-308, 1e-308}).p, p, 1e-12);
}

TEST(SampleRatio, WeightsOfZero) {
  const SampleRatio without = Ratio({480, 520}, {1, 1});
  const SampleRatio with = Ratio({480, 0, 520}, {1, 0, 1});
  EXPECT_EQ(with.chi_square, without.chi_square);
  EXPECT_EQ(with.degrees_of_freedom, 1u);
  const SampleRatio certain = Ratio({480, 1, 520}, {1, 0, 1});
  EXPECT_EQ(certain.chi_square, kInfinity);
  EXPECT_EQ(certain.p, 0);
}

TEST(SampleRatio, WhatIsNoSample) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::pair<std::vector<double>, std::vector<double>>> samples = {
      {{}, {}},
      {{1}, {1}},
      {{1, 2}, {1}},
      {{1, 2}, {1, 0}},
      {{1, 2}, {0, 0}},
      {{1, -1}, {1, 1}},
      {{1, 1.5}, {1, 1}},
      {{1, nan}, {1, 1}},
      {{1, kInfinity}, {1, 1}},
      {{1, 1e16}, {1, 1}},
      {{1, 1}, {1, -1}},
      {{1, 1}, {1, nan}},
      {{1, 1}, {1, kInfinity}},
      {std::vector<double>(257, 1), std::vector<double>(257, 1)},
  };
  for (const auto& [counts, weights] : samples) {
    const absl::Status status = TestSampleRatio(counts, weights).status();
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument);
    EXPECT_FALSE(status.message().empty());
  }
  EXPECT_TRUE(TestSampleRatio(std::vector<double>(256, 1), std::vector<double>(256, 1)).ok());
}

}  // namespace
}  // namespace sluice::experiment
