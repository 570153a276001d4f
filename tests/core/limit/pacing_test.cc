// Leases of a sliding window whose units come as those of the window before fade.
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "held_lease.h"
#include "object.h"
#include "rules.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'040'000;  // a boundary of tens of seconds
constexpr uint32_t kMaxWaitMs = 1800;

uint64_t Id(uint64_t isolate, uint64_t number) { return isolate << 32 | number; }

Operation PacedLeaseOf(const Rule& rule, uint64_t id, uint32_t want) {
  Operation charge = LeaseOf(rule, 1, id, want, 10'000, kMaxWaitMs);
  charge.paces = true;
  return charge;
}

// 100 units were spent at the end of the window before.
Object FullObject(const Rule& rule, Durability durability = Durability::kMemory) {
  Object object(durability);
  object.Do(ChargeOf(rule, 100, Id(9, 1)), kNow - 1);
  return object;
}

TEST(Pacing, AnIsolateHasTheWholeWindowsUnitsByOneCall) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  const OperationVerdict verdict = object.Do(PacedLeaseOf(rule, Id(1, 1), 200), kNow + 5);
  EXPECT_FALSE(verdict.allowed);
  EXPECT_TRUE(verdict.scarce);
  EXPECT_GE(verdict.leased, 97u);
  // One unit fades in 100 ms; told so that no clock that is 1% fast sees it sooner.
  EXPECT_NEAR(verdict.lease_pace_us, 101'000, 2'000);
  EXPECT_NEAR(verdict.lease_wait_ms, 104, 4);
  EXPECT_GT(verdict.lease_ms, 9800);
}

TEST(Pacing, IsOnlyForThoseWhoKnowOfIt) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  Operation charge = PacedLeaseOf(rule, Id(1, 1), 200);
  charge.paces = false;
  EXPECT_EQ(object.Do(charge, kNow + 5).lease_pace_us, 0u);
  // … nor where a unit comes less often than an isolate asks.
  const Rule slow = SlidingWindow(100, 3'600'000);
  EXPECT_EQ(Object().Do(PacedLeaseOf(slow, Id(1, 1), 200), kNow).lease_pace_us, 0u);
}

// Each would wait for its own while others' lie unspent, and be denied below the limit.
TEST(Pacing, IsNotForSeveral) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  EXPECT_GT(object.Do(PacedLeaseOf(rule, Id(1, 1), 20), kNow + 1000).lease_pace_us, 0u);
  EXPECT_EQ(object.Do(PacedLeaseOf(rule, Id(2, 1), 20), kNow + 1500).lease_pace_us, 0u);
}

// What was free at first is there at once.
TEST(Pacing, BeginsWithWhatIsThere) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object;
  object.Do(ChargeOf(rule, 60, Id(9, 1)), kNow - 1);
  const OperationVerdict verdict = object.Do(PacedLeaseOf(rule, Id(1, 1), 200), kNow);
  EXPECT_TRUE(verdict.allowed);
  const HeldLease lease =
      Hold(Id(1, 1), verdict, static_cast<uint64_t>(kNow), static_cast<uint64_t>(kNow));
  EXPECT_NEAR(lease.There(static_cast<uint64_t>(kNow) + 5), 39, 1);
  EXPECT_NEAR(lease.There(static_cast<uint64_t>(kNow) + 5000), 39 + 30, 2);
  EXPECT_NEAR(lease.granted, 98, 2);
}

// Leases that overlap, as an isolate's do whose answers were lost, each of whose units is spent
// when it comes, with clocks as wrong as may be.
TEST(Pacing, AllTogetherNeverHaveMoreThanHasFaded) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  const auto begin = static_cast<uint64_t>(kNow);
  std::vector<HeldLease> leases;
  uint64_t spent = 0;
  for (uint64_t now = begin + 1; now < begin + 10'000; ++now) {
    if (const uint64_t passed = now - begin; passed % 700 == 0 && leases.size() < 5) {
      const uint64_t id = Id(1, leases.size() + 1);
      const OperationVerdict verdict =
          object.Do(PacedLeaseOf(rule, id, 60), static_cast<double>(now));
      spent += verdict.allowed ? 1 : 0;
      leases.push_back(Hold(id, verdict, now, now));
    }
    for (HeldLease& lease : leases) {
      const uint32_t there = lease.There(now);
      lease.units -= there;
      spent += there;
    }
    ASSERT_LE(spent * 10'000, (now - begin) * 100) << now - begin;
  }
  EXPECT_GT(spent, 90u);
}

TEST(Pacing, LeavesOthersWhatItHasNotClaimed) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  object.Do(PacedLeaseOf(rule, Id(1, 1), 20), kNow + 2000);
  // A quarter has faded of what was there, and all but 20 and what one charge took is free.
  const OperationVerdict other = object.Do(ChargeOf(rule, 25, Id(2, 1)), kNow + 5000);
  EXPECT_TRUE(other.allowed);
  EXPECT_FALSE(object.Do(ChargeOf(rule, 25, Id(2, 2)), kNow + 5000).allowed);
}

TEST(Pacing, ComesAgainWithTheTimeThatIsLeft) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  const Operation charge = PacedLeaseOf(rule, Id(1, 1), 200);
  const OperationVerdict first = object.Do(charge, kNow + 5);
  const OperationVerdict again = object.Do(charge, kNow + 1005);
  EXPECT_TRUE(again.seen);
  EXPECT_EQ(again.leased, first.leased);
  EXPECT_EQ(again.lease_pace_us, first.lease_pace_us);
  EXPECT_NEAR(again.lease_wait_ms, first.lease_wait_ms - 1000, 12);
  EXPECT_LT(again.lease_ms, first.lease_ms - 900);
}

TEST(Pacing, SurvivesItsObject) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule, Durability::kStrict);
  const Operation charge = PacedLeaseOf(rule, Id(1, 1), 200);
  const OperationVerdict first = object.Do(charge, kNow + 5);
  object.Restart();
  EXPECT_EQ(object.Do(charge, kNow + 5).lease_pace_us, first.lease_pace_us);
  EXPECT_FALSE(object.Do(ChargeOf(rule, 5, Id(2, 1)), kNow + 5000).allowed);
}

// What was returned is there for others at once, the rest of it when it has faded.
TEST(Pacing, WhatIsReturnedFadesForOthers) {
  const Rule rule = SlidingWindow(100, 10'000);
  Object object = FullObject(rule);
  const OperationVerdict first = object.Do(PacedLeaseOf(rule, Id(1, 1), 200), kNow + 5);
  object.Do(OperationOf(OperationKind::kReturn, rule, first.leased - 10, Id(1, 1)), kNow + 5000);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 40, Id(2, 1)), kNow + 5000).allowed);
  EXPECT_FALSE(object.Do(ChargeOf(rule, 1, Id(2, 2)), kNow + 5000).allowed);
}

}  // namespace
}  // namespace sluice::limit
