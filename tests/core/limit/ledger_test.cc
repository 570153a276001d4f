// Who answers a charge: a lease, a denial that is remembered, or the object.
#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "ledger_fixture.h"
#include "rules.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

TEST_F(LedgerTest, KnowsNothingAtFirst) {
  EXPECT_EQ(ledger_.Spend(For("a"), kNow).source, Source::kAsk);
  EXPECT_EQ(ledger_.size(), 0u);
  EXPECT_EQ(ledger_.memory_bytes(), 0u);
}

TEST_F(LedgerTest, WritesAChargeAsTheObjectReadsIt) {
  SubjectCharge charge = For("a", 3);
  charge.shadow = true;
  const WrittenCharge written = ledger_.WriteCharge(charge, kNow, operations_);
  const std::vector<Operation> operations = Operations(operations_);
  ASSERT_EQ(operations.size(), 1u);
  EXPECT_EQ(operations[0].kind, OperationKind::kCharge);
  EXPECT_EQ(operations[0].cost, 3u);
  EXPECT_EQ(operations[0].id, written.id);
  EXPECT_EQ(operations[0].want, 0u);
  EXPECT_TRUE(operations[0].shadow);
  EXPECT_EQ(operations[0].duration_ms, 0);
  EXPECT_EQ(operations[0].max_wait_ms, 0u);
  EXPECT_EQ(operations[0].rule.id, rule_.id);
  EXPECT_EQ(operations[0].rule.burst, rule_.burst);
}

TEST_F(LedgerTest, SpendsALeaseToItsLastUnit) {
  const Answer first = Ask(For("a"), kNow, Lease(3));
  EXPECT_EQ(first.source, Source::kAsk);
  EXPECT_TRUE(first.allowed);
  EXPECT_EQ(first.remaining, 53u);
  const Answer second = ledger_.Spend(For("a"), kNow);
  EXPECT_EQ(second.source, Source::kLease);
  EXPECT_TRUE(second.allowed);
  EXPECT_EQ(second.lease, last_id_);
  EXPECT_EQ(second.remaining, 52u);
  EXPECT_EQ(second.reset_ms, 7000);
  EXPECT_EQ(second.retry_after_ms, -1);
  EXPECT_EQ(ledger_.Spend(For("b"), kNow).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a", 3), kNow).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a", 2), kNow + 4000).reset_ms, 3000);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow).source, Source::kAsk);
}

TEST_F(LedgerTest, CountersOfOneSubjectAreApart) {
  Ask(For("a"), kNow, Lease(3));
  const Rule other = Gcra(100, 60'000, 20, 99);
  EXPECT_EQ(ledger_.Spend({other, "a", 1, kTerms}, kNow).source, Source::kAsk);
}

// The object's deadline counts from when it got the request, which is after it was sent.
TEST_F(LedgerTest, ALeaseEndsByTheTimeItWasSent) {
  const WrittenCharge written = ledger_.WriteCharge(For("a"), kNow, operations_);
  ledger_.Install(For("a"), written, Lease(9, 1000), kNow, kNow + 700, returns_);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 999).source, Source::kLease);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1000).source, Source::kAsk);
}

TEST_F(LedgerTest, ALeaseThatComesTooLateGoesBack) {
  const WrittenCharge written = ledger_.WriteCharge(For("a"), kNow, operations_);
  EXPECT_TRUE(
      ledger_.Install(For("a"), written, Lease(9, 1000), kNow, kNow + 1000, returns_).allowed);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1000).source, Source::kAsk);
  const std::vector<Operation> operations = Operations(returns_);
  ASSERT_EQ(operations.size(), 1u);
  EXPECT_EQ(operations[0].kind, OperationKind::kReturn);
  EXPECT_EQ(operations[0].id, written.id);
  EXPECT_EQ(operations[0].cost, 9u);
}

TEST_F(LedgerTest, ADenialStandsUntilItsRetryTime) {
  Ask(For("a", 2), kNow, Denial(500));
  const Answer denied = ledger_.Spend(For("a", 2), kNow + 100);
  EXPECT_EQ(denied.source, Source::kDenyCache);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.retry_after_ms, 400);
  EXPECT_EQ(denied.reset_ms, 8900);
  EXPECT_EQ(ledger_.Spend(For("a", 5), kNow + 499).source, Source::kDenyCache);
  EXPECT_EQ(ledger_.Spend(For("a", 1), kNow + 499).source, Source::kAsk) << "a lower cost";
  EXPECT_EQ(ledger_.Spend(For("a", 2), kNow + 500).source, Source::kAsk);
}

TEST_F(LedgerTest, ADenialIsNotBelievedForLong) {
  const WrittenCharge written = ledger_.WriteCharge(For("a"), kNow, operations_);
  ledger_.Install(For("a"), written, Denial(60'000), kNow, kNow + 300, returns_);
  const Answer denied = ledger_.Spend(For("a"), kNow + 1999);
  EXPECT_EQ(denied.source, Source::kDenyCache);
  EXPECT_EQ(denied.retry_after_ms, 60'300 - 1999) << "the exact time, not the cache's";
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 2000).source, Source::kAsk)
      << "a refund just after the object spoke has to show within deny_cache_ms";
}

TEST_F(LedgerTest, ADenialForeverIsAskedAboutAgainToo) {
  Ask(For("a"), kNow, Denial(-1));
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1999).retry_after_ms, -1);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1999).source, Source::kDenyCache);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 2000).source, Source::kAsk);
}

TEST_F(LedgerTest, ADenialIsOfTheAmountsItWasMadeUnder) {
  Ask(For("a"), kNow, Denial(500));
  Rule raised = rule_;
  raised.burst = 40;
  EXPECT_EQ(ledger_.Spend({raised, "a", 1, kTerms}, kNow).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow).source, Source::kDenyCache);
}

// Of what a subject may have under one plan it may have less under another.
TEST_F(LedgerTest, ALeaseIsOfTheAmountsItWasGrantedUnder) {
  Ask(For("a"), kNow, Lease(5));
  const uint64_t lease = last_id_;
  const Rule smaller = Gcra(10, 60'000, 5);
  const SubjectCharge other = {smaller, "a", 1, kTerms};
  EXPECT_EQ(ledger_.Spend(other, kNow + 1).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1).source, Source::kLease);
  // Asking for that, it gives back what it has of the other: an object counts them together.
  operations_.Clear();
  ledger_.WriteCharge(other, kNow + 2, operations_);
  const std::vector<Operation> written = Operations(operations_);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].kind, OperationKind::kReturn);
  EXPECT_EQ(written[0].id, lease);
  EXPECT_EQ(written[0].cost, 4u);
}

// A lease that came for others of this isolate doesn't pay under other amounts either.
TEST_F(LedgerTest, UnderOtherAmountsADenialStaysOne) {
  const Rule smaller = Gcra(10, 60'000, 5);
  const SubjectCharge other = {smaller, "a", 1, kTerms};
  OutputBuffer out(1000);
  const WrittenCharge written = ledger_.WriteCharge(other, kNow, out);
  Ask(For("a"), kNow, Lease(5));
  EXPECT_FALSE(ledger_.Install(other, written, Denial(500), kNow, kNow, returns_).allowed);
}

TEST_F(LedgerTest, ADenialEndsWhenACostIsAdmitted) {
  Ask(For("a", 5), kNow, Denial(500));
  Ask(For("a"), kNow, {.allowed = true});
  EXPECT_EQ(ledger_.Spend(For("a", 5), kNow).source, Source::kAsk);
}

TEST_F(LedgerTest, BlocksAreToldApart) {
  OperationVerdict blocked = Denial(500);
  blocked.blocked = true;
  EXPECT_TRUE(Ask(For("a"), kNow, blocked).blocked);
  EXPECT_TRUE(ledger_.Spend(For("a"), kNow).blocked);
}

TEST_F(LedgerTest, WithoutDenyCacheEveryChargeIsAsked) {
  SubjectCharge charge = For("a");
  charge.terms.deny_cache_ms = 0;
  Ask(charge, kNow, Denial(500));
  EXPECT_EQ(ledger_.Spend(charge, kNow).source, Source::kAsk);
}

TEST_F(LedgerTest, WithoutLeasesNothingIsWantedNorKept) {
  SubjectCharge charge = For("a");
  charge.terms.max_ms = 0;
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(ledger_.Spend(charge, kNow + i).source, Source::kAsk);
    EXPECT_EQ(ledger_.WriteCharge(charge, kNow + i, operations_).want, 0u);
  }
  EXPECT_EQ(ledger_.size(), 0u);
}

TEST_F(LedgerTest, UnitsReservedForLaterWaitUntilThen) {
  OperationVerdict verdict = Denial(1500);
  verdict.leased = 4;
  verdict.lease_wait_ms = 1000;
  verdict.lease_ms = 5000;
  EXPECT_FALSE(Ask(For("a"), kNow, verdict).allowed);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 999).source, Source::kDenyCache);
  // Asking meanwhile neither gives the units back nor wants more.
  OutputBuffer out(1000);
  EXPECT_EQ(ledger_.WriteCharge(For("a"), kNow + 999, out).want, 0u);
  EXPECT_EQ(Operations(out).size(), 1u);
  EXPECT_EQ(SpendAll("a", kNow + 1001), 4u);
}

TEST_F(LedgerTest, GivesBackToTheLeaseItCameFrom) {
  Ask(For("a"), kNow, Lease(3));
  const Answer spent = ledger_.Spend(For("a", 2), kNow);
  ledger_.GiveBack(spent.lease + 1, 2, kNow);
  ledger_.GiveBack(spent.lease + (1 << 20), 2, kNow);
  ledger_.GiveBack(0, 2, kNow);
  EXPECT_EQ(SpendAll("a", kNow), 1u);
  ledger_.GiveBack(spent.lease, 2, kNow);
  EXPECT_EQ(SpendAll("a", kNow), 2u);
  ledger_.GiveBack(spent.lease, UINT32_MAX, kNow);
  EXPECT_EQ(SpendAll("a", kNow), 3u) << "never more than was granted";
}

TEST_F(LedgerTest, AReturnedLeaseTakesNothingBack) {
  Ask(For("a"), kNow, Lease(3));
  const uint64_t lease = ledger_.Spend(For("a"), kNow).lease;
  OutputBuffer out(1000);
  ledger_.WriteCharge(For("a", 3), kNow, out);
  const std::vector<Operation> operations = Operations(out);
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0].kind, OperationKind::kReturn);
  EXPECT_EQ(operations[0].id, lease);
  EXPECT_EQ(operations[0].cost, 2u);
  EXPECT_EQ(operations[1].kind, OperationKind::kCharge);
  ledger_.GiveBack(lease, 1, kNow);
  EXPECT_EQ(SpendAll("a", kNow), 0u);
}

TEST_F(LedgerTest, PaysForWhatTheObjectDeniedOutOfALeaseThatCameMeanwhile) {
  const WrittenCharge late = ledger_.WriteCharge(For("a", 2), kNow, operations_);
  Ask(For("a"), kNow, Lease(3));
  const uint64_t lease = last_id_;
  const Answer paid = ledger_.Install(For("a", 2), late, Denial(5000), kNow, kNow + 1, returns_);
  EXPECT_TRUE(paid.allowed);
  EXPECT_EQ(paid.source, Source::kLease);
  EXPECT_EQ(paid.lease, lease);
  EXPECT_EQ(SpendAll("a", kNow + 1), 1u);
  ledger_.GiveBack(lease, 2, kNow + 1);
  EXPECT_EQ(SpendAll("a", kNow + 1), 2u);
}

TEST_F(LedgerTest, PaysForNothingThatIsBlockedOrTooMuch) {
  const WrittenCharge much = ledger_.WriteCharge(For("a", 4), kNow, operations_);
  const WrittenCharge blocked = ledger_.WriteCharge(For("a"), kNow, operations_);
  Ask(For("a"), kNow, Lease(3));
  EXPECT_FALSE(ledger_.Install(For("a", 4), much, Denial(5000), kNow, kNow, returns_).allowed);
  OperationVerdict verdict = Denial(5000);
  verdict.blocked = true;
  EXPECT_FALSE(ledger_.Install(For("a"), blocked, verdict, kNow, kNow, returns_).allowed);
}

TEST_F(LedgerTest, AChargeThatSettlesHasAnIdOfItsOwn) {
  Ask(For("a"), kNow, Lease(30));
  SubjectCharge charge = For("a", 5);
  charge.settles = true;
  EXPECT_EQ(ledger_.Spend(charge, kNow).source, Source::kAsk);
  operations_.Clear();
  ledger_.WriteCharge(charge, kNow + 1, operations_);
  const std::vector<Operation> operations = Operations(operations_);
  ASSERT_EQ(operations.size(), 1u);
  EXPECT_TRUE(operations[0].settles);
  EXPECT_EQ(operations[0].want, 0u);
  EXPECT_GE(operations[0].duration_ms, 60'000);
  EXPECT_FALSE(Ask(charge, kNow, Denial(1000)).allowed);
  EXPECT_EQ(ledger_.Spend(charge, kNow + 1).source, Source::kDenyCache);
  EXPECT_EQ(SpendAll("a", kNow + 1), 30u);
}

TEST_F(LedgerTest, AnEndedLeaseIsReportedWithTheNextCharge) {
  Ask(For("a"), kNow, Lease(3, 1000));
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 2000).source, Source::kAsk);
  OutputBuffer out(1000);
  ledger_.WriteCharge(For("a"), kNow + 2000, out);
  ASSERT_EQ(Operations(out).size(), 2u);
  EXPECT_EQ(Operations(out)[0].cost, 3u);
  out.Clear();
  ledger_.WriteCharge(For("a"), kNow + 2000, out);
  EXPECT_EQ(Operations(out).size(), 1u) << "once";
}

// The object counts the units as spent at the deadline until it hears that they have been.
TEST_F(LedgerTest, ASpentLeaseIsReportedToo) {
  Ask(For("a"), kNow, Lease(2));
  EXPECT_EQ(SpendAll("a", kNow), 2u);
  OutputBuffer out(1000);
  ledger_.WriteCharge(For("a"), kNow, out);
  ASSERT_EQ(Operations(out).size(), 2u);
  EXPECT_EQ(Operations(out)[0].kind, OperationKind::kReturn);
  EXPECT_EQ(Operations(out)[0].id, last_id_);
  EXPECT_EQ(Operations(out)[0].cost, 0u);
}

TEST_F(LedgerTest, OfTwoLeasesTheSmallerGoesBack) {
  OutputBuffer out(1000);
  const WrittenCharge small = ledger_.WriteCharge(For("a"), kNow, out);
  const WrittenCharge large = ledger_.WriteCharge(For("a"), kNow, out);
  const WrittenCharge third = ledger_.WriteCharge(For("a"), kNow, out);
  ledger_.Install(For("a"), small, Lease(3), kNow, kNow, returns_);
  EXPECT_EQ(returns_.size(), 0u);
  ledger_.Install(For("a"), large, Lease(8), kNow, kNow, returns_);
  ledger_.Install(For("a"), third, Lease(5), kNow, kNow, returns_);
  const std::vector<Operation> operations = Operations(returns_);
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0].id, small.id);
  EXPECT_EQ(operations[0].cost, 3u);
  EXPECT_EQ(operations[1].id, third.id);
  EXPECT_EQ(operations[1].cost, 5u);
  EXPECT_EQ(SpendAll("a", kNow), 8u);
}

}  // namespace
}  // namespace sluice::limit
