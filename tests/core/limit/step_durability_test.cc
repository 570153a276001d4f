// What of an object survives its death, and what it costs.
#include <cstdint>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "object.h"
#include "rules.h"
#include "sluice/limit/grants.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'040'000;

OperationVerdict Peek(Object& object, const Rule& rule, double now_ms) {
  return object.Do(OperationOf(OperationKind::kPeek, rule), now_ms);
}

TEST(Strict, EveryConfirmedChargeSurvives) {
  Object object(Durability::kStrict);
  const Rule rule = FixedWindow(10, 60'000);
  for (uint64_t i = 1; i <= 7; ++i) {
    object.Do(ChargeOf(rule, 1, i), kNow);
    object.Restart();
  }
  EXPECT_EQ(Peek(object, rule, kNow).remaining, 3u);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 1, 7), kNow).seen);
  EXPECT_EQ(object.writes(), 7u);
}

TEST(Strict, WritesNothingForDenialsAndPeeks) {
  Object object(Durability::kStrict);
  const Rule rule = FixedWindow(1, 60'000);
  object.Do(ChargeOf(rule, 1, 1), kNow);
  object.Do(ChargeOf(rule, 1, 2), kNow);
  object.Do(ChargeOf(rule, 1, 1), kNow);
  Peek(object, rule, kNow);
  EXPECT_EQ(object.writes(), 1u);
}

TEST(Strict, AGrantIsOneRow) {
  Object object(Durability::kStrict);
  const Rule rule = FixedWindow(100, 60'000);
  EXPECT_EQ(object.Do(LeaseOf(rule, 1, 1, 30, 5000), kNow).leased, 30u);
  EXPECT_EQ(object.writes(), 1u);
  object.Restart();
  EXPECT_EQ(Peek(object, rule, kNow).remaining, 69u);
  // The lease is known: it can still be returned.
  EXPECT_EQ(object.Do(OperationOf(OperationKind::kReturn, rule, 30, 1), kNow).remaining, 99u);
}

TEST(Strict, BlocksAndResetsSurvive) {
  Object object(Durability::kStrict);
  const Rule rule = FixedWindow(10, 60'000);
  object.Do(OperationOf(OperationKind::kBlock, rule, 0, 0, 5000), kNow);
  object.Restart();
  const OperationVerdict blocked = object.Do(ChargeOf(rule), kNow + 1000);
  EXPECT_FALSE(blocked.allowed);
  EXPECT_TRUE(blocked.blocked);
  EXPECT_EQ(blocked.retry_after_ms, 4000);
  object.Do(OperationOf(OperationKind::kBlock, rule), kNow + 1000);
  object.Restart();
  EXPECT_TRUE(object.Do(ChargeOf(rule), kNow + 1000).allowed);
}

TEST(Strict, ALongerBlockStands) {
  const Rule rule = FixedWindow(10, 60'000);
  Object object(Durability::kStrict);
  object.Do(OperationOf(OperationKind::kBlock, rule, 0, 0, 864e6), kNow);
  object.Do(OperationOf(OperationKind::kBlock, rule, 0, 0, 0.5), kNow + 1);
  EXPECT_FALSE(object.Do(ChargeOf(rule), kNow + 1500).allowed);
  object.Do(OperationOf(OperationKind::kBlock, rule, 0, 0, 0), kNow + 1500);
  EXPECT_TRUE(object.Do(ChargeOf(rule), kNow + 1500).allowed);
}

TEST(Strict, DeletesWhatIsOver) {
  Object object(Durability::kStrict);
  const Rule rule = FixedWindow(10, 1000);
  object.Do(ChargeOf(rule, 1, 1), kNow);
  EXPECT_FALSE(object.stored().empty());
  Peek(object, rule, kNow + 10'000);
  EXPECT_TRUE(object.state().empty());
  EXPECT_TRUE(object.stored().empty());
  EXPECT_EQ(object.writes(), 2u);
}

TEST(Checkpoint, WritesABlockAheadAndSpendsItInMemory) {
  for (const Rule& rule : {FixedWindow(1600, 60'000), SlidingWindow(1600, 60'000),
                           Gcra(1600, 60'000, 1600), SlidingLog(1600, 60'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object(Durability::kCheckpoint);
    for (uint64_t i = 1; i <= 1000; ++i) {
      ASSERT_TRUE(object.Do(ChargeOf(rule, 1, i), kNow + static_cast<double>(10 * i)).allowed);
    }
    EXPECT_LE(object.writes(), 20u);
    const uint32_t before = Peek(object, rule, kNow + 10'001).remaining;
    object.Restart();
    // Never more than there was, and at most a block less.
    const uint32_t after = Peek(object, rule, kNow + 10'001).remaining;
    EXPECT_LE(after, before);
    EXPECT_GE(after + 100, before);
  }
}

TEST(Checkpoint, AnIdleObjectWritesItsChargeAndNoMore) {
  Object object(Durability::kCheckpoint);
  const Rule rule = Gcra(100, 60'000, 100);
  object.Do(ChargeOf(rule, 1, 1), kNow);
  object.Restart();
  EXPECT_EQ(Peek(object, rule, kNow).remaining, 99u);
}

TEST(Checkpoint, TheBlockIsFreeAgainAfterItsDeadline) {
  Object object(Durability::kCheckpoint);
  const Rule rule = SlidingLog(1600, 1000);
  for (uint64_t i = 1; i <= 50; ++i) object.Do(ChargeOf(rule, 1, i), kNow + static_cast<double>(i));
  object.Restart();
  EXPECT_LT(Peek(object, rule, kNow + 51).remaining, 1550u);
  EXPECT_EQ(Peek(object, rule, kNow + 20'000).remaining, 1600u);
}

// Objects come and go all day: what each life wrote ahead and didn't spend is a part of what is
// left.
TEST(Checkpoint, ManyShortLivesDoNotUseUpTheWindow) {
  const Rule rule = FixedWindow(10'000, kDayMs);
  Object object(Durability::kCheckpoint);
  uint64_t id = 0;
  double at = kNow;
  for (int life = 0; life < 200; ++life) {
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(object.Do(ChargeOf(rule, 1, ++id), at + i * 50).allowed) << life;
    }
    object.Restart();
    at += 20'000;
  }
}

TEST(Checkpoint, SlotsCountUntilTheyWouldHaveEnded) {
  Object object(Durability::kCheckpoint);
  const Rule rule = Concurrency(64, 30'000);
  for (uint64_t i = 1; i <= 10; ++i) {
    object.Do(ChargeOf(rule, 1, i), kNow + static_cast<double>(i));
  }
  object.Restart();
  const uint32_t after = Peek(object, rule, kNow + 20).remaining;
  EXPECT_LE(after, 54u);
  EXPECT_GE(after, 50u);
  EXPECT_EQ(Peek(object, rule, kNow + 70'000).remaining, 64u);
}

TEST(Memory, NeverTouchesStorageWithoutLeases) {
  Object object;
  for (const Rule& rule : {FixedWindow(10, 60'000), Gcra(10, 60'000, 10), Concurrency(9, 5000)}) {
    for (uint64_t i = 1; i <= 20; ++i) object.Do(ChargeOf(rule, 1, i), kNow);
    object.Do(OperationOf(OperationKind::kBlock, rule, 0, 0, 5000), kNow);
    object.Do(OperationOf(OperationKind::kReset, rule), kNow);
  }
  EXPECT_EQ(object.writes(), 0u);
}

// An object that has forgotten leases admits nothing until they are over.
TEST(Memory, IsClosedUntilForgottenLeasesAreOver) {
  Object object;
  const Rule rule = Gcra(100, 10'000, 100);
  object.Do(LeaseOf(rule, 1, 1, 20, 2000), kNow);
  EXPECT_EQ(object.writes(), 1u);
  object.Do(LeaseOf(rule, 1, 2, 20, 2000), kNow + 1000);
  EXPECT_EQ(object.writes(), 1u);  // promised already
  object.Restart();
  const OperationVerdict closed = object.Do(ChargeOf(rule, 1, 3), kNow + 1500);
  EXPECT_FALSE(closed.allowed);
  EXPECT_FALSE(closed.blocked);
  EXPECT_EQ(closed.remaining, 0u);
  EXPECT_GT(closed.retry_after_ms, 1540);
  EXPECT_LE(closed.retry_after_ms, 2 * 2040 - 1500);
  EXPECT_FALSE(object.Do(ChargeOf(rule, 1, 4), kNow + 1500 + closed.retry_after_ms - 1).allowed);
  EXPECT_TRUE(object.Do(ChargeOf(rule, 1, 5), kNow + 1500 + closed.retry_after_ms).allowed);
}

TEST(Memory, PromisesOnceALease) {
  Object object;
  const Rule rule = Gcra(1000, 10'000, 1000);
  for (uint64_t i = 0; i < 600; ++i) {
    object.Do(LeaseOf(rule, 1, i + 1, 2, 1000), kNow + static_cast<double>(i) * 100);
  }
  EXPECT_LE(object.writes(), 62u);
}

// The revisions of a policy meet in one object: the highest counts.
TEST(Revisions, TheHighestSaysTheAmounts) {
  Object object;
  object.set_revision(7);
  EXPECT_EQ(object.Do(ChargeOf(FixedWindow(10, 60'000)), kNow).remaining, 9u);
  object.set_revision(6);
  EXPECT_EQ(object.Do(ChargeOf(FixedWindow(100, 60'000)), kNow).remaining, 8u);
  object.set_revision(8);
  EXPECT_EQ(object.Do(ChargeOf(FixedWindow(50, 60'000)), kNow).remaining, 47u);
  // Of one revision the last one asked for: an override for this subject.
  EXPECT_EQ(object.Do(ChargeOf(FixedWindow(20, 60'000)), kNow).remaining, 16u);
}

TEST(Clock, ThatGoesBackStandsStill) {
  for (const Rule& rule : {FixedWindow(10, 60'000), SlidingWindow(10, 60'000), Gcra(10, 60'000, 10),
                           SlidingLog(10, 60'000)}) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    object.Do(ChargeOf(rule, 10, 1), kNow + 90'000);
    const OperationVerdict denied = object.Do(ChargeOf(rule, 10, 2), kNow);
    EXPECT_FALSE(denied.allowed);
    EXPECT_GT(denied.retry_after_ms, 90'000);
    EXPECT_FALSE(object.Do(ChargeOf(rule, 10, 3), kNow + denied.retry_after_ms - 1).allowed);
    EXPECT_TRUE(object.Do(ChargeOf(rule, 10, 4), kNow + denied.retry_after_ms).allowed);
  }
}

TEST(Shadow, DeniesNothingAndIsNotCharged) {
  Object object;
  const Rule narrow = FixedWindow(1, 60'000, 1);
  const Rule wide = FixedWindow(10, 60'000, 2);
  Operation shadow = ChargeOf(narrow, 1, 2);
  shadow.shadow = true;
  object.Do(ChargeOf(narrow, 1, 1), kNow);
  const StepResult result = object.DoAll({shadow, ChargeOf(wide, 1, 3)}, kNow);
  EXPECT_TRUE(result.allowed());
  EXPECT_FALSE(result.verdict(0).allowed);
  EXPECT_TRUE(result.verdict(1).allowed);
  EXPECT_EQ(Peek(object, wide, kNow).remaining, 9u);
}

}  // namespace
}  // namespace sluice::limit
