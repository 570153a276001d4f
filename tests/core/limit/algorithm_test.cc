#include "sluice/limit/algorithm.h"

#include <algorithm>
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

TEST(FixedWindow, FromFirstUseTheFirstChargeOpensTheWindow) {
  const Rule rule = FirstUse(3, 1000);
  State state;
  ExpectVerdict(Charge(rule, 0, kNow + 100, state), true, 3, 0, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 400, state), true, 2, 1000, -1);
  ExpectVerdict(Charge(rule, 2, kNow + 1399, state), true, 0, 1, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 1399, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 4, kNow + 1399, state), false, 0, 1, -1);
  ExpectVerdict(Charge(rule, 1, kNow + 1400, state), true, 2, 1000, -1);
  EXPECT_FALSE(Expired(rule, state, kNow + 2399));
  EXPECT_TRUE(Expired(rule, state, kNow + 2400));
  // The next one opens where it comes, not where the last one ended.
  ExpectVerdict(Charge(rule, 1, kNow + 9000, state), true, 2, 1000, -1);
}

TEST(FixedWindow, FromFirstUseARefundOpensNoOther) {
  const Rule rule = FirstUse(3, 1000);
  State state;
  Charge(rule, 3, kNow, state);
  Refund(rule, 3, kNow + 10, state);
  ExpectVerdict(Charge(rule, 3, kNow + 900, state), true, 0, 100, -1);
}

TEST(FixedWindow, FromFirstUseAClockThatGoesBackStaysInTheLaterWindow) {
  const Rule rule = FirstUse(3, 1000);
  State state;
  Charge(rule, 2, kNow, state);
  ExpectVerdict(Charge(rule, 2, kNow - 5000, state), false, 1, 6000, 6000);
  ExpectVerdict(Charge(rule, 1, 0, state), true, 0, kNow + 1000, -1);
}

constexpr double kMonday = 1'767'571'200'000;  // 2026-01-05T00:00:00Z

TEST(FixedWindow, WeeksBeginOnMonday) {
  const Rule rule = Weekly(2);
  State state;
  ExpectVerdict(Charge(rule, 2, kMonday - 1, state), true, 0, 1, -1);
  ExpectVerdict(Charge(rule, 1, kMonday - 1, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 1, kMonday, state), true, 1, 7 * 86'400'000.0, -1);
}

TEST(FixedWindow, MonthsAreAsLongAsTheyAre) {
  const Rule rule = Monthly(2);
  constexpr double kDay = 86'400'000;
  constexpr double kFebruary2028 = 1'832'976'000'000;
  State state;
  ExpectVerdict(Charge(rule, 1, kFebruary2028, state), true, 1, 29 * kDay, -1);
  ExpectVerdict(Charge(rule, 2, kFebruary2028 + 28 * kDay, state), false, 1, kDay, kDay);
  EXPECT_FALSE(Expired(rule, state, kFebruary2028 + 29 * kDay - 1));
  EXPECT_TRUE(Expired(rule, state, kFebruary2028 + 29 * kDay));
  ExpectVerdict(Charge(rule, 2, kFebruary2028 + 29 * kDay, state), true, 0, 31 * kDay, -1);
  // Back in February, March goes on.
  ExpectVerdict(Charge(rule, 1, kFebruary2028, state), false, 0, 60 * kDay, 60 * kDay);
}

TEST(SlidingWindow, WeighsTheWindowBeforeByWhatIsLeftOfIt) {
  const Rule rule = SlidingWindow(100, 60'000);
  constexpr double kMinute = 1'763'000'040'000;
  State state;
  ExpectVerdict(Charge(rule, 80, kMinute + 50'000, state), true, 20, 70'000, -1);
  // A quarter of the next minute has passed: 80 × 3/4 = 60 are still in use.
  ExpectVerdict(Charge(rule, 0, kMinute + 75'000, state), true, 40, 45'000, -1);
  ExpectVerdict(Charge(rule, 41, kMinute + 75'000, state), false, 40, 45'000, 750);
  ExpectVerdict(Charge(rule, 41, kMinute + 75'749, state), false, 40, 44'251, 1);
  ExpectVerdict(Charge(rule, 41, kMinute + 75'750, state), true, 0, 104'250, -1);
  // 60 can pass when 41 × (1 - e) ≤ 40: in the third minute.
  ExpectVerdict(Charge(rule, 60, kMinute + 75'750, state), false, 0, 104'250, 45'714);
  ExpectVerdict(Charge(rule, 60, kMinute + 121'463, state), false, 59, 58'537, 1);
  ExpectVerdict(Charge(rule, 60, kMinute + 121'464, state), true, 0, 118'536, -1);
}

TEST(SlidingWindow, RoundsNothingDown) {
  const Rule rule = SlidingWindow(1, 1000);
  State state;
  ExpectVerdict(Charge(rule, 1, kNow + 1, state), true, 0, 1999, -1);
  // A thousandth of the unit is in use until the very end.
  ExpectVerdict(Charge(rule, 1, kNow + 1999, state), false, 0, 1, 1);
  ExpectVerdict(Charge(rule, 1, kNow + 2000, state), true, 0, 2000, -1);
}

TEST(SlidingWindow, PeekAndACostOverTheUnitsChargeNothing) {
  const Rule rule = SlidingWindow(3, 1000);
  State state;
  ExpectVerdict(Charge(rule, 0, kNow, state), true, 3, 0, -1);
  ExpectVerdict(Charge(rule, 4, kNow, state), false, 3, 0, -1);
  EXPECT_EQ(state.a, 0u);
  EXPECT_EQ(state.b, 0u);
}

TEST(SlidingWindow, AClockThatGoesBackStaysInTheLaterWindow) {
  const Rule rule = SlidingWindow(10, 1000);
  State state;
  Charge(rule, 8, kNow + 4999, state);
  Charge(rule, 1, kNow + 5500, state);  // of the eight, four are in use
  ExpectVerdict(Charge(rule, 1, kNow + 5500, state), true, 4, 1500, -1);
  // At the start of that window all eight were.
  ExpectVerdict(Charge(rule, 1, kNow, state), false, 0, 7000, 5125);
  ExpectVerdict(Charge(rule, 1, kNow + 5125, state), true, 0, 1875, -1);
}

TEST(SlidingWindow, AChangedAmountKeepsWhatIsInUse) {
  State state;
  Charge(SlidingWindow(100, 1000), 60, kNow, state);
  ExpectVerdict(Charge(SlidingWindow(50, 1000), 1, kNow, state), false, 0, 2000, 1184);
  ExpectVerdict(Charge(SlidingWindow(50, 1000), 1, kNow + 1183, state), false, 0, 817, 1);
  ExpectVerdict(Charge(SlidingWindow(70, 1000), 5, kNow, state), true, 5, 2000, -1);
}

TEST(SlidingWindow, ARefundComesFromTheLatestWindowFirst) {
  const Rule rule = SlidingWindow(100, 1000);
  State state;
  Charge(rule, 60, kNow, state);
  Charge(rule, 30, kNow + 1500, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1500, state), true, 40, 1500, -1);
  Refund(rule, 10, kNow + 1500, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1500, state), true, 50, 1500, -1);
  Refund(rule, 30, kNow + 1500, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1500, state), true, 75, 500, -1);
  Refund(rule, 1000, kNow + 1500, state);
  ExpectVerdict(Charge(rule, 0, kNow + 1500, state), true, 100, 0, -1);
}

TEST(SlidingWindow, TheLargestRulesDoNotOverflow) {
  const uint64_t long_periods[] = {kMaxPeriodMs, 9'000'000'000};
  for (const uint64_t period_ms : long_periods) {
    const auto units =
        static_cast<uint32_t>(std::min<uint64_t>(kMaxUnits, kMaxBurstTime / period_ms));
    const Rule rule = SlidingWindow(units, period_ms);
    ASSERT_TRUE(IsValid(rule));
    const auto period = static_cast<double>(period_ms);
    State state;
    EXPECT_TRUE(Charge(rule, units, 2 * period - 1, state).allowed);
    ExpectVerdict(Charge(rule, units, 2 * period, state), false, 0, period, period);
    // One unit a part of the period that is the least for it; both counts are near their most.
    const Verdict late = Charge(rule, units - 1, 3 * period - 1, state);
    EXPECT_TRUE(late.allowed);
    EXPECT_FALSE(Charge(rule, 1, 3 * period - 1, state).allowed);
    // Back at the start of that window twice the units are in use, and all of a lowered rule's.
    EXPECT_FALSE(Charge(rule, 1, 0, state).allowed);
    EXPECT_FALSE(Charge(SlidingWindow(1, period_ms), 1, 0, state).allowed);
    EXPECT_TRUE(Charge(rule, units, kMaxTimeMs, state).allowed);
    EXPECT_FALSE(Charge(rule, 1, kMaxTimeMs, state).allowed);
  }
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
  for (const Rule& rule : {FixedWindow(1, 1000), Gcra(1, 1000, 1), FirstUse(1, 1000)}) {
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
