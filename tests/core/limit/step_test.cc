#include "sluice/limit/step.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "object.h"
#include "rules.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'000'000;

std::vector<Rule> OneOfEachKind() {
  return {FixedWindow(3, 60'000, 7),
          FirstUse(3, 60'000, 7),
          Weekly(3, 7),
          Monthly(3, 7),
          SlidingWindow(3, 60'000, 7),
          Gcra(3, 60'000, 3, 7),
          TokenBucket(3, 60'000, 3, 7),
          SlidingLog(3, 60'000, 7)};
}

TEST(Step, ChargesAFreshState) {
  Object object;
  const StepResult result = object.DoAll({ChargeOf(Gcra(10, 1000, 3))}, kNow);
  ASSERT_TRUE(result.status.ok());
  EXPECT_TRUE(result.allowed());
  EXPECT_FALSE(result.persist);
  EXPECT_EQ(result.reply.size(), 16u + 48u);
  EXPECT_TRUE(result.verdict().allowed);
  EXPECT_EQ(result.verdict().remaining, 2u);
  EXPECT_EQ(result.verdict().reset_ms, 100);
  EXPECT_EQ(result.verdict().retry_after_ms, -1);
  EXPECT_EQ(result.verdict().leased, 0u);
}

TEST(Step, EveryKindCountsFromFrameToFrame) {
  for (const Rule& rule : OneOfEachKind()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    EXPECT_TRUE(object.Do(ChargeOf(rule, 2, 1), kNow).allowed);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kPeek, rule), kNow + 1).remaining, 1u);
    EXPECT_FALSE(object.Do(ChargeOf(rule, 2, 2), kNow + 1).allowed);
    EXPECT_TRUE(object.Do(ChargeOf(rule, 1, 3), kNow + 2).allowed);
    const OperationVerdict denied = object.Do(ChargeOf(rule, 1, 4), kNow + 3);
    EXPECT_FALSE(denied.allowed);
    ASSERT_GT(denied.retry_after_ms, 0);
    EXPECT_FALSE(object.Do(ChargeOf(rule, 1, 5), kNow + 2 + denied.retry_after_ms).allowed);
    EXPECT_TRUE(object.Do(ChargeOf(rule, 1, 6), kNow + 3 + denied.retry_after_ms).allowed);
  }
}

TEST(Step, RefundAndResetGiveBack) {
  for (const Rule& rule : OneOfEachKind()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    object.Do(ChargeOf(rule, 3, 1), kNow);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kRefund, rule, 2), kNow).remaining, 2u);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kRefund, rule, 100), kNow).remaining, 3u);
    object.Do(ChargeOf(rule, 3, 2), kNow);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kReset, rule), kNow).remaining, 3u);
    // What was forgiven doesn't come back a second time.
    object.Do(ChargeOf(rule, 3, 3), kNow);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kCancel, rule, 0, 2), kNow).remaining, 0u);
  }
}

TEST(Step, ARepeatedChargeChargesNothing) {
  for (const Rule& rule : OneOfEachKind()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    object.Do(ChargeOf(rule, 2, 9), kNow);
    const OperationVerdict again = object.Do(ChargeOf(rule, 2, 9), kNow + 9999);
    EXPECT_TRUE(again.allowed);
    EXPECT_TRUE(again.seen);
    EXPECT_EQ(again.remaining, 1u);
  }
}

TEST(Step, ACancelledChargeNeverHappened) {
  for (const Rule& rule : OneOfEachKind()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    Object object;
    object.Do(ChargeOf(rule, 2, 9), kNow);
    const OperationVerdict cancelled =
        object.Do(OperationOf(OperationKind::kCancel, rule, 0, 9), kNow);
    EXPECT_TRUE(cancelled.allowed);
    EXPECT_EQ(cancelled.remaining, 3u);
    EXPECT_FALSE(object.Do(OperationOf(OperationKind::kCancel, rule, 0, 9), kNow).allowed);
    // Nor does it when it comes late.
    object.Do(OperationOf(OperationKind::kCancel, rule, 0, 10), kNow);
    const OperationVerdict late = object.Do(ChargeOf(rule, 1, 10), kNow);
    EXPECT_FALSE(late.allowed);
    EXPECT_TRUE(late.seen);
    EXPECT_EQ(late.remaining, 3u);
  }
}

TEST(Step, AllOrNothing) {
  for (const Rule& rule : OneOfEachKind()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    const Rule narrow = FixedWindow(1, 60'000, 99);
    Object object;
    object.Do(ChargeOf(narrow, 1, 1), kNow);
    const StepResult denied = object.DoAll({ChargeOf(rule, 2, 2), ChargeOf(narrow, 1, 3)}, kNow);
    EXPECT_FALSE(denied.allowed());
    EXPECT_TRUE(denied.verdict(0).allowed);
    EXPECT_EQ(denied.verdict(0).remaining, 1u);
    EXPECT_FALSE(denied.verdict(1).allowed);
    EXPECT_EQ(object.Do(OperationOf(OperationKind::kPeek, rule), kNow).remaining, 3u);
    // They see each other.
    EXPECT_FALSE(object.DoAll({ChargeOf(rule, 2, 4), ChargeOf(rule, 2, 5)}, kNow).allowed());
    EXPECT_TRUE(object.DoAll({ChargeOf(rule, 2, 6), ChargeOf(rule, 1, 7)}, kNow).allowed());
  }
}

}  // namespace
}  // namespace sluice::limit
