#include "sluice/limit/algorithm.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "gtest/gtest.h"
#include "rules.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'000'000;  // a multiple of 1000

void ExpectVerdict(const Verdict& verdict, bool allowed, uint32_t remaining, double reset_ms,
                   double retry_after_ms) {
  EXPECT_EQ(verdict.allowed, allowed);
  EXPECT_EQ(verdict.remaining, remaining);
  EXPECT_EQ(verdict.reset_ms, reset_ms);
  EXPECT_EQ(verdict.retry_after_ms, retry_after_ms);
}

TEST(FixedWindow, CountsInWindowsAlignedToTheEpoch) {
  const Rule rule = FixedWindow(3, 1000);
  State state;
  ExpectVerdict(Charge(rule, 2, kNow + 400, state), true, 1, 600, -1);
  ExpectVerdict(Charge(rule, 2, kNow + 500, state), false, 1, 500, 500);
  ExpectVerdict(Charge(rule, 1, kNow + 999, state), true, 0, 1, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 999.9, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 1, kNow + 1000, state), true, 2, 1000, -1);
}

TEST(FixedWindow, PeekChargesNothing) {
  const Rule rule = FixedWindow(3, 1000);
  State state;
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 3, 0, -1);
  Charge(rule, 3, kNow, state);
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 0, 1000, -1);
}

TEST(FixedWindow, ACostOverTheUnitsNeverPasses) {
  State state;
  ExpectVerdict(Charge(FixedWindow(3, 1000), 4, kNow, state), false, 3, 0, -1);
}

TEST(FixedWindow, AClockThatGoesBackStaysInTheLaterWindow) {
  const Rule rule = FixedWindow(3, 1000);
  State state;
  Charge(rule, 2, kNow + 5000, state);
  ExpectVerdict(Charge(rule, 2, kNow, state), false, 1, 6000, 6000);
  ExpectVerdict(Charge(rule, 1, kNow, state), true, 0, 6000, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 5000, state), false, 0, 1000, 1000);
}

TEST(FixedWindow, AChangedAmountKeepsWhatIsSpent) {
  State state;
  Charge(FixedWindow(100, 1000), 60, kNow, state);
  ExpectVerdict(Charge(FixedWindow(50, 1000), 1, kNow, state), false, 0, 1000, 1000);
  ExpectVerdict(Charge(FixedWindow(70, 1000), 5, kNow, state), true, 5, 1000, -1);
}

TEST(FixedWindow, RefundGivesBackWithinTheWindowOnly) {
  const Rule rule = FixedWindow(10, 1000);
  State state;
  Charge(rule, 6, kNow, state);
  Refund(rule, 4, kNow + 999, state);
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 8, 1000, -1);
  Refund(rule, 100, kNow, state);
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 10, 0, -1);

  Charge(rule, 6, kNow, state);
  Refund(rule, 6, kNow + 1000, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1000, state), true, 10, 0, -1);
  Charge(rule, 6, kNow + 1000, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1000, state), true, 4, 1000, -1);
}

TEST(Gcra, SpacesUnitsAfterTheBurst) {
  const Rule rule = Gcra(10, 1000, 2);  // one unit each 100 ms
  State state;
  ExpectVerdict(Charge(rule, 1, kNow, state), true, 1, 100, -1);
  ExpectVerdict(Charge(rule, 1, kNow, state), true, 0, 200, -1);
  ExpectVerdict(Charge(rule, 1, kNow, state), false, 0, 200, 100);
  ExpectVerdict(Charge(rule, 1, kNow + 99, state), false, 0, 101, 1);
  ExpectVerdict(Charge(rule, 1, kNow + 100, state), true, 0, 200, -1);
  ExpectVerdict(Charge(rule, 2, kNow + 150, state), false, 0, 150, 150);
  ExpectVerdict(Charge(rule, 2, kNow + 300, state), true, 0, 200, -1);
}

TEST(Gcra, RoundsDurationsUpToWholeMilliseconds) {
  const Rule rule = Gcra(3, 1000, 1);  // one unit each 333 1/3 ms
  State state;
  ExpectVerdict(Charge(rule, 1, kNow, state), true, 0, 334, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 333, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 1, kNow + 334, state), true, 0, 334, -1);
}

TEST(Gcra, KeepsFractionsOfAMillisecond) {
  const Rule rule = Gcra(1'000'000, 1, 5);  // a unit takes a nanosecond
  State state;
  for (uint32_t left = 5; left-- > 0;) EXPECT_EQ(Charge(rule, 1, kNow, state).remaining, left);
  ExpectVerdict(Charge(rule, 1, kNow, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 5, kNow + 1, state), true, 0, 1, -1);
}

TEST(Gcra, ACostOverTheBurstNeverPasses) {
  const Rule rule = Gcra(10, 1000, 2);
  State state;
  ExpectVerdict(Charge(rule, 3, kNow, state), false, 2, 0, -1);
  ExpectVerdict(Charge(rule, std::numeric_limits<uint32_t>::max(), kNow, state), false, 2, 0, -1);
}

TEST(Gcra, AClockThatGoesBackAdmitsNothingMore) {
  const Rule rule = Gcra(10, 1000, 2);
  State state;
  Charge(rule, 2, kNow, state);
  ExpectVerdict(Charge(rule, 1, kNow - 60'000, state), false, 0, 60'200, 60'100);
  ExpectVerdict(Charge(rule, 1, 0, state), false, 0, kNow + 200, kNow + 100);
  ExpectVerdict(Charge(rule, 1, kNow + 100, state), true, 0, 200, -1);
}

TEST(Gcra, ChangedUnitsKeepTheUnitsInUse) {
  State state;
  Charge(Gcra(100, 60'000, 20), 15, kNow, state);
  // 15 of 20 are in use; from now on they drain at 10 a minute.
  const Rule slower = Gcra(10, 60'000, 20);
  ExpectVerdict(Charge(slower, 6, kNow, state), false, 5, 90'000, 6'000);
  ExpectVerdict(Charge(slower, 6, kNow + 5'999, state), false, 5, 84'001, 1);
  ExpectVerdict(Charge(slower, 6, kNow + 6'000, state), true, 0, 120'000, -1);
  const Rule faster = Gcra(600, 60'000, 30);
  ExpectVerdict(Charge(faster, 0, kNow + 6'000, state), true, 10, 2'000, -1);
}

TEST(Gcra, ChangedUnitsLoseNoFractionThereAndBack) {
  const Rule sevenths = Gcra(7, 1000, 1000);
  State state;
  Charge(sevenths, 123, kNow, state);
  const State before = state;
  for (const uint32_t units : {13u, 999'999'937u, 1u, 10u, 7u}) {
    EXPECT_EQ(Charge(Gcra(units, 1000, 1000), 0, kNow, state).remaining, 877u);
  }
  EXPECT_EQ(state.a, before.a);
  EXPECT_EQ(state.b, before.b);
}

TEST(Gcra, ALoweredBurstHoldsWhatIsOver) {
  State state;
  Charge(Gcra(10, 1000, 100), 100, kNow, state);
  ExpectVerdict(Charge(Gcra(10, 1000, 5), 1, kNow, state), false, 0, 10'000, 9'600);
}

TEST(Gcra, RefundUndoesACharge) {
  const Rule rule = Gcra(7, 1000, 20);
  State state;
  Charge(rule, 3, kNow, state);
  const State before = state;
  Charge(rule, 9, kNow, state);
  Refund(rule, 9, kNow, state);
  EXPECT_EQ(state.a, before.a);
  EXPECT_EQ(state.b, before.b);
  Refund(rule, 4'000'000'000, kNow, state);
  ExpectVerdict(Charge(rule, 20, kNow, state), true, 0, 2858, -1);
}

TEST(Gcra, RefundNeverGivesMoreThanTheBurst) {
  const Rule rule = Gcra(10, 1000, 4);
  State state;
  Refund(rule, 3, kNow, state);
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 4, 0, -1);
  Charge(rule, 4, kNow, state);
  Refund(rule, 4, kNow + 250, state);  // two of the four have drained
  ExpectVerdict(Charge(rule, 5, kNow + 250, state), false, 4, 0, -1);
  ExpectVerdict(Charge(rule, 4, kNow + 250, state), true, 0, 400, -1);
}

TEST(Gcra, TheLargestRulesDoNotOverflow) {
  for (const Rule& rule : {Gcra(1, kMaxPeriodMs, 290'000'000), Gcra(kMaxUnits, 1, kMaxUnits),
                           Gcra(1, 9'000'000'000, kMaxUnits)}) {
    ASSERT_TRUE(IsValid(rule));
    State state;
    Verdict verdict = Charge(rule, rule.burst, kMaxTimeMs, state);
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.remaining, 0u);
    EXPECT_EQ(verdict.reset_ms, std::ceil(static_cast<double>(rule.burst) *
                                          static_cast<double>(rule.period_ms) / rule.units));
    verdict = Charge(rule, rule.burst, 0, state);
    EXPECT_FALSE(verdict.allowed);
    EXPECT_EQ(verdict.remaining, 0u);
    EXPECT_FALSE(Charge(Gcra(2, rule.period_ms, 1), 1, 0, state).allowed);
    EXPECT_FALSE(Charge(rule, 1, 0, state).allowed);
  }
}

TEST(Time, WhatIsNoTimeCountsAsTheNearestOne) {
  for (const Rule& rule : {FixedWindow(1, 1000), Gcra(1, 1000, 1)}) {
    State state;
    EXPECT_TRUE(Charge(rule, 1, std::numeric_limits<double>::quiet_NaN(), state).allowed);
    EXPECT_FALSE(Charge(rule, 1, -5, state).allowed);
    EXPECT_FALSE(Charge(rule, 1, -std::numeric_limits<double>::infinity(), state).allowed);
    EXPECT_FALSE(Charge(rule, 1, 999, state).allowed);
    EXPECT_TRUE(Charge(rule, 1, 1000, state).allowed);
    EXPECT_TRUE(Charge(rule, 1, std::numeric_limits<double>::infinity(), state).allowed);
    EXPECT_FALSE(Charge(rule, 1, kMaxTimeMs, state).allowed);
  }
}

}  // namespace
}  // namespace sluice::limit
