// Leases, reservations, slots: what is handed out by an object, and comes back.
#include <cstdint>

#include "gtest/gtest.h"
#include "object.h"
#include "rules.h"
#include "sluice/limit/grants.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'040'000;  // a boundary of minutes
constexpr uint64_t kIsolate = uint64_t{1} << 32;

uint64_t Id(uint64_t isolate, uint64_t number) { return isolate * kIsolate + number; }

OperationVerdict Peek(Object& object, const Rule& rule, double now_ms, uint32_t cost = 0) {
  return object.Do(OperationOf(OperationKind::kPeek, rule, cost), now_ms);
}

TEST(Lease, ComesWithACharge) {
  for (const Rule& rule : {FixedWindow(100, 60'000), SlidingWindow(100, 60'000),
                           Gcra(100, 60'000, 100), SlidingLog(100, 180'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    const OperationVerdict verdict = object.Do(LeaseOf(rule, 1, Id(1, 1), 20, 5000), kNow);
    EXPECT_TRUE(verdict.allowed);
    EXPECT_EQ(verdict.leased, 20u);
    EXPECT_EQ(verdict.lease_ms, 5000);
    EXPECT_EQ(verdict.lease_wait_ms, 0);
    EXPECT_EQ(verdict.remaining, 79u);
    EXPECT_FALSE(verdict.scarce);
  }
}

TEST(Lease, UnspentUnitsComeBackOnce) {
  for (const Rule& rule : {FixedWindow(100, 60'000), SlidingWindow(100, 60'000),
                           Gcra(100, 60'000, 100), SlidingLog(100, 180'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    object.Do(LeaseOf(rule, 1, Id(1, 1), 20, 5000), kNow);
    const Operation back = OperationOf(OperationKind::kReturn, rule, 15, Id(1, 1));
    const OperationVerdict returned = object.Do(back, kNow + 10);
    EXPECT_TRUE(returned.allowed);
    EXPECT_EQ(returned.remaining, 94u);
    const OperationVerdict again = object.Do(back, kNow + 10);
    EXPECT_FALSE(again.allowed);
    EXPECT_EQ(again.remaining, 94u);
    // One of more than there was gives no more than there was.
    object.Do(LeaseOf(rule, 1, Id(1, 2), 3, 5000), kNow + 10);
    EXPECT_EQ(
        object.Do(OperationOf(OperationKind::kReturn, rule, 1000, Id(1, 2)), kNow + 10).remaining,
        93u);
  }
}

TEST(Lease, ARepeatedChargeGetsTheSameWithTheTimeThatIsLeft) {
  Object object;
  const Rule rule = Gcra(100, 60'000, 100);
  object.Do(LeaseOf(rule, 1, Id(1, 1), 20, 5000), kNow);
  const OperationVerdict again = object.Do(LeaseOf(rule, 1, Id(1, 1), 99, 5000), kNow + 1000);
  EXPECT_TRUE(again.allowed);
  EXPECT_TRUE(again.seen);
  EXPECT_EQ(again.leased, 20u);
  // Of the object's 5,070 ms 4,070 are left, less their own margin.
  EXPECT_EQ(again.lease_ms, 4009);
  EXPECT_EQ(
      object.Do(OperationOf(OperationKind::kReturn, rule, 20, Id(1, 1)), kNow + 1000).remaining,
      100u);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 1), 20, 5000), kNow + 1000).leased, 0u);
}

TEST(Lease, ACancelledChargeGivesItsLeaseBack) {
  Object object;
  const Rule rule = FixedWindow(100, 60'000);
  object.Do(LeaseOf(rule, 5, Id(1, 1), 20, 5000), kNow);
  EXPECT_EQ(object.Do(OperationOf(OperationKind::kCancel, rule, 0, Id(1, 1)), kNow).remaining,
            100u);
}

TEST(Lease, EndsWithItsWindow) {
  for (const Rule& rule : {FixedWindow(100, 60'000), SlidingWindow(100, 60'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    const OperationVerdict verdict = object.Do(LeaseOf(rule, 1, Id(1, 1), 20, 5000), kNow + 58'000);
    EXPECT_EQ(verdict.leased, 8u);  // of what is wanted for 5 s, what 2 s are worth
    EXPECT_EQ(verdict.lease_ms, static_cast<double>(LeaseWithin(2000)));
    EXPECT_EQ(verdict.lease_ms, 1960);
    // So late that no clock can be trusted: none.
    EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 2), 20, 5000), kNow + 59'980).leased, 0u);
  }
}

// Units that are out can't refill: they may be spent at the deadline, all at once.
TEST(Lease, ABucketRefillsOnlyToWhatIsNotLeased) {
  Object object;
  const Rule rule = Gcra(100, 10'000, 100);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 1), 40, 60'000), kNow).leased, 40u);
  EXPECT_EQ(Peek(object, rule, kNow + 30'000).remaining, 60u);
  // From the deadline on the leased units drain as any others.
  const double deadline = kNow + 60'000 + static_cast<double>(DriftMargin(60'000));
  EXPECT_EQ(Peek(object, rule, deadline).remaining, 60u);
  EXPECT_EQ(Peek(object, rule, deadline + 1000).remaining, 70u);
}

TEST(Lease, ALogCountsItFromTheDeadlineOn) {
  Object object;
  const Rule rule = SlidingLog(100, 30'000);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 1), 40, 1000), kNow).leased, 40u);
  const double deadline = kNow + 1000 + static_cast<double>(DriftMargin(1000));
  EXPECT_EQ(Peek(object, rule, kNow + 30'000).remaining, 60u);
  EXPECT_EQ(Peek(object, rule, deadline + 29'999).remaining, 60u);
  EXPECT_EQ(Peek(object, rule, deadline + 30'000).remaining, 100u);
}

TEST(Lease, LeavesTheOthersTheirShare) {
  Object object;
  const Rule rule = FixedWindow(100, 60'000);
  for (uint64_t isolate = 1; isolate <= 4; ++isolate) {
    object.Do(LeaseOf(rule, 1, Id(isolate, 1), 0, 5000), kNow);
  }
  const OperationVerdict greedy = object.Do(LeaseOf(rule, 1, Id(1, 2), 1000, 5000), kNow);
  EXPECT_GE(greedy.leased, 20u);
  EXPECT_LE(greedy.leased, 34u);
  // Alone, it may have all that it wants.
  Object alone;
  EXPECT_EQ(alone.Do(LeaseOf(rule, 1, Id(1, 1), 1000, 5000), kNow).leased, 99u);
}

TEST(Lease, AtMostHalfABucketIsOut) {
  Object object;
  const Rule rule = Gcra(100, 60'000, 20);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 1), 1000, 5000), kNow).leased, 10u);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 2), 1000, 5000), kNow).leased, 0u);
  // A bucket of one has no half.
  EXPECT_EQ(Object().Do(LeaseOf(Gcra(100, 60'000, 1), 1, Id(1, 1), 9, 5000), kNow).leased, 0u);
}

TEST(Lease, IsNotGivenWithoutAnIdOrToOneThatSettles) {
  const Rule rule = FixedWindow(100, 60'000);
  EXPECT_EQ(Object().Do(LeaseOf(rule, 1, 0, 20, 5000), kNow).leased, 0u);
  Operation settles = LeaseOf(rule, 1, Id(1, 1), 20, 5000);
  settles.settles = true;
  EXPECT_EQ(Object().Do(settles, kNow).leased, 0u);
  EXPECT_EQ(Object().Do(LeaseOf(Concurrency(9, 5000), 1, Id(1, 1), 5, 5000), kNow).leased, 0u);
}

TEST(Lease, NoMoreThanFitAreOut) {
  Object object;
  const Rule rule = FixedWindow(100'000, 60'000);
  for (uint64_t i = 1; i <= 256; ++i) {
    ASSERT_EQ(object.Do(LeaseOf(rule, 1, Id(1, i), 1, 5000), kNow).leased, 1u);
  }
  const OperationVerdict full = object.Do(LeaseOf(rule, 1, Id(1, 257), 1, 5000), kNow);
  EXPECT_TRUE(full.allowed);
  EXPECT_EQ(full.leased, 0u);
  // Those that are over make room.
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 258), 1, 5000), kNow + 5070).leased, 1u);
}

// A denied isolate gets units in advance, so that it needn't ask for each.
TEST(Reservation, OfUnitsThatComeSoon) {
  for (const Rule& rule :
       {Gcra(100, 10'000, 20), SlidingWindow(100, 10'000), SlidingLog(100, 10'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    // Evenly before, so that units come evenly now.
    for (int i = 0; i < 200; ++i) object.Do(ChargeOf(rule, 1), kNow + i * 75);
    const double now = kNow + 15'000;
    object.Do(ChargeOf(rule, Peek(object, rule, now).remaining), now);
    const OperationVerdict denied = object.Do(LeaseOf(rule, 1, Id(1, 1), 50, 4000, 1000), now);
    EXPECT_FALSE(denied.allowed);
    EXPECT_TRUE(denied.scarce);
    EXPECT_GE(denied.leased, 4u);
    EXPECT_LE(denied.leased, 14u);
    EXPECT_GT(denied.lease_wait_ms, 0);
    EXPECT_LE(denied.lease_wait_ms, 1011);
    EXPECT_EQ(denied.lease_ms, 4000);
    EXPECT_EQ(denied.retry_after_ms, denied.lease_wait_ms);
    // They are nobody else's.
    EXPECT_EQ(Peek(object, rule, now + denied.lease_wait_ms - 10).remaining, 0u);
    // A repetition gets the same.
    const OperationVerdict again = object.Do(LeaseOf(rule, 1, Id(1, 1), 50, 4000, 1000), now + 100);
    EXPECT_FALSE(again.allowed);
    EXPECT_EQ(again.leased, denied.leased);
    EXPECT_LT(again.lease_wait_ms, denied.lease_wait_ms);
  }
}

TEST(Reservation, OnlyForWhoMayWait) {
  const Rule rule = Gcra(100, 10'000, 20);
  Object object;
  object.Do(ChargeOf(rule, 20), kNow);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 1), 50, 4000), kNow).leased, 0u);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 2), 0, 4000, 1000), kNow).leased, 0u);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 3), 50, 4000, 99), kNow).leased, 0u);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, Id(1, 4), 50, 4000, 100), kNow).leased, 1u);
}

TEST(Settle, GivesBackOrChargesTheDifferenceOnce) {
  for (const Rule& rule : {FixedWindow(100, 60'000), SlidingWindow(100, 60'000),
                           Gcra(100, 60'000, 100), SlidingLog(100, 180'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    Operation charge = LeaseOf(rule, 50, Id(1, 1), 0, 30'000);
    charge.settles = true;
    object.Do(charge, kNow);
    const Operation less = OperationOf(OperationKind::kSettle, rule, 20, Id(1, 1));
    EXPECT_EQ(object.Do(less, kNow).remaining, 80u);
    EXPECT_FALSE(object.Do(less, kNow).allowed);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kCancel, rule, 0, Id(1, 1)), kNow).remaining,
              80u);
    charge.id = Id(1, 2);
    object.Do(charge, kNow);
    const Operation more = OperationOf(OperationKind::kSettle, rule, 200, Id(1, 2));
    EXPECT_EQ(object.Do(more, kNow).remaining, 0u);
    EXPECT_GT(Peek(object, rule, kNow, 1).retry_after_ms, 0);
  }
}

TEST(Settle, IsWaitedForAsLongAsWasSaid) {
  Object object;
  const Rule rule = FixedWindow(100, 3'600'000);
  Operation charge = LeaseOf(rule, 50, Id(1, 1), 0, 60'000);
  charge.settles = true;
  object.Do(charge, kNow);
  EXPECT_EQ(
      object.Do(OperationOf(OperationKind::kSettle, rule, 20, Id(1, 1)), kNow + 59'999).remaining,
      80u);
  object.Do(ChargeOf(rule, 10, Id(1, 2)), kNow + 60'000);
  // Without the flag 10 s.
  EXPECT_FALSE(
      object.Do(OperationOf(OperationKind::kSettle, rule, 0, Id(1, 2)), kNow + 70'000).allowed);
}

TEST(Settle, OfNoChargeIsADebt) {
  Object object;
  const Rule rule = FixedWindow(100, 60'000);
  EXPECT_EQ(object.Do(OperationOf(OperationKind::kSettle, rule, 30), kNow).remaining, 70u);
  EXPECT_EQ(object.Do(OperationOf(OperationKind::kSettle, rule, 300), kNow).remaining, 0u);
}

// A bucket that was full anyway gets nothing back.
TEST(Settle, NeverRefillsWhatHasSpilled) {
  Object object;
  const Rule rule = Gcra(100, 10'000, 100);
  Operation reserve = LeaseOf(rule, 100, Id(1, 1), 0, 60'000);
  reserve.settles = true;
  object.Do(reserve, kNow);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 20), kNow + 2000).allowed);
  EXPECT_EQ(
      object.Do(OperationOf(OperationKind::kSettle, rule, 0, Id(1, 1)), kNow + 2000).remaining,
      80u);
}

// What a bucket can give back is given back once, however many charges are settled for less.
TEST(Settle, SharesWhatHasNotSpilled) {
  const Rule rule = Gcra(20, 2000, 20);
  Object object(Durability::kStrict);
  const auto charge = [&](uint64_t id, uint32_t cost, double at, bool settles) {
    Operation operation = ChargeOf(rule, cost, id);
    operation.settles = settles;
    operation.duration_ms = 600'000;
    return object.Do(operation, at).allowed;
  };
  EXPECT_TRUE(charge(1, 10, kNow, true));
  EXPECT_TRUE(charge(2, 10, kNow, true));
  EXPECT_TRUE(charge(3, 10, kNow + 1500, false));
  object.Do(OperationOf(OperationKind::kSettle, rule, 0, 1), kNow + 1500);
  object.Do(OperationOf(OperationKind::kSettle, rule, 0, 2), kNow + 1500);
  EXPECT_FALSE(charge(4, 15, kNow + 1500, false));
  EXPECT_TRUE(charge(5, 10, kNow + 1500, false));
}

// Else it would never cost what it did.
TEST(Settle, WhatCannotBeRememberedIsDenied) {
  const Rule rule = FixedWindow(1'000'000, 60'000);
  Object object(Durability::kStrict);
  uint32_t admitted = 0;
  for (uint64_t id = 1; id <= 300; ++id) {
    Operation operation = ChargeOf(rule, 1, id);
    operation.settles = true;
    operation.duration_ms = 600'000;
    admitted += object.Do(operation, kNow).allowed ? 1u : 0u;
  }
  EXPECT_EQ(admitted, kMaxOutstanding);
  uint32_t settled = 0;
  for (uint64_t id = 1; id <= 300; ++id) {
    const Operation settle = OperationOf(OperationKind::kSettle, rule, 1000, id);
    settled += object.Do(settle, kNow + 11'000).allowed ? 1u : 0u;
  }
  EXPECT_EQ(settled, kMaxOutstanding);
}

TEST(Concurrency, CountsWhatIsHeld) {
  Object object;
  const Rule rule = Concurrency(2, 30'000);
  EXPECT_EQ(object.Do(ChargeOf(rule, 1, Id(1, 1)), kNow).remaining, 1u);
  EXPECT_EQ(object.Do(ChargeOf(rule, 1, Id(1, 2)), kNow + 1000).remaining, 0u);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 1, Id(1, 2)), kNow + 1000).seen);
  const OperationVerdict denied = object.Do(ChargeOf(rule, 1, Id(1, 3)), kNow + 2000);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.retry_after_ms, 28'000);
  EXPECT_EQ(denied.reset_ms, 29'000);
  EXPECT_TRUE(
      object.Do(OperationOf(OperationKind::kCancel, rule, 0, Id(1, 1)), kNow + 2000).allowed);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 1, Id(1, 4)), kNow + 2000).allowed);
  EXPECT_FALSE(object.Do(ChargeOf(rule, 3, Id(1, 5)), kNow + 2000).allowed);
  EXPECT_EQ(object.Do(ChargeOf(rule, 3, Id(1, 5)), kNow + 2000).retry_after_ms, -1);
}

TEST(Concurrency, ASlotLastsAPeriodUnlessRenewed) {
  Object object;
  const Rule rule = Concurrency(2, 30'000);
  object.Do(ChargeOf(rule, 1, Id(1, 1)), kNow);
  object.Do(ChargeOf(rule, 1, Id(1, 2)), kNow);
  EXPECT_TRUE(
      object.Do(OperationOf(OperationKind::kRenew, rule, 0, Id(1, 1)), kNow + 20'000).allowed);
  EXPECT_EQ(Peek(object, rule, kNow + 29'999).remaining, 0u);
  EXPECT_EQ(Peek(object, rule, kNow + 30'000).remaining, 1u);
  EXPECT_FALSE(
      object.Do(OperationOf(OperationKind::kRenew, rule, 0, Id(1, 2)), kNow + 30'000).allowed);
  EXPECT_EQ(Peek(object, rule, kNow + 50'000).remaining, 2u);
}

TEST(Concurrency, ResetsAndSharesItsRequest) {
  Object object;
  const Rule rule = Concurrency(2, 30'000);
  EXPECT_FALSE(
      object.DoAll({ChargeOf(rule, 2, Id(1, 1)), ChargeOf(rule, 1, Id(1, 2))}, kNow).allowed());
  EXPECT_EQ(Peek(object, rule, kNow).remaining, 2u);
  EXPECT_TRUE(
      object.DoAll({ChargeOf(rule, 1, Id(1, 3)), ChargeOf(rule, 1, Id(1, 4))}, kNow).allowed());
  EXPECT_EQ(object.Do(OperationOf(OperationKind::kReset, rule), kNow).remaining, 2u);
}

TEST(Concurrency, HasRoomForAllItsSlots) {
  Object object;
  const Rule rule = Concurrency(256, 30'000);
  for (uint64_t i = 1; i <= 256; ++i) {
    ASSERT_TRUE(object.Do(ChargeOf(rule, 1, Id(1, i)), kNow).allowed);
  }
  EXPECT_FALSE(object.Do(ChargeOf(rule, 1, Id(1, 257)), kNow).allowed);
  // Other limits' charges go on, without a lease.
  EXPECT_TRUE(object.Do(LeaseOf(FixedWindow(9, 1000), 1, Id(1, 258), 3, 500), kNow).allowed);
}

}  // namespace
}  // namespace sluice::limit
