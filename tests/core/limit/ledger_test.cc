#include "sluice/limit/ledger.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

constexpr HashKey kKey = {0x0123456789abcdef, 0xfedcba9876543210};
constexpr double kNow = 1'763'000'000'000;
constexpr double kLeaseMs = 10'000;
constexpr LeaseTerms kTerms = {.max_ms = kLeaseMs, .max_units = 1000, .deny_cache_ms = 2000};

std::vector<Operation> Operations(const OutputBuffer& out) {
  constexpr size_t kBytes = Operation::kEncodedBytes;
  std::vector<Operation> operations;
  EXPECT_EQ(out.size() % kBytes, 0u);
  for (size_t at = 0; at + kBytes <= out.size(); at += kBytes) {
    const std::optional<Operation> operation = DecodeOperation(out.bytes().subspan(at));
    if (operation.has_value()) operations.push_back(*operation);
  }
  EXPECT_EQ(operations.size(), out.size() / kBytes);
  return operations;
}

class LedgerTest : public ::testing::Test {
 protected:
  SubjectCharge For(std::string_view subject, uint32_t cost = 1) const {
    return {rule_, subject, cost, kTerms};
  }

  // Asks for the charge and installs the verdict, with no time between.
  Answer Ask(const SubjectCharge& charge, double now, const OperationVerdict& verdict) {
    operations_.Clear();
    returns_.Clear();
    const WrittenCharge written = ledger_.WriteCharge(charge, now, operations_);
    last_id_ = written.id;
    return ledger_.Install(charge, written, verdict, now, now, returns_);
  }

  // The units that a charge which Spend left open wants.
  uint32_t Want(std::string_view subject, double now) {
    OutputBuffer out(1000);
    return ledger_.WriteCharge(For(subject), now, out).want;
  }

  uint32_t SpendAll(std::string_view subject, double now) {
    uint32_t spent = 0;
    while (ledger_.Spend(For(subject), now).source == Source::kLease) ++spent;
    return spent;
  }

  static OperationVerdict Lease(uint32_t units, double lease_ms = kLeaseMs) {
    return {
        .allowed = true, .remaining = 50, .reset_ms = 7000, .leased = units, .lease_ms = lease_ms};
  }
  static OperationVerdict Denial(double retry_after_ms) {
    return {.allowed = false, .reset_ms = 9000, .retry_after_ms = retry_after_ms};
  }

  Rule rule_ = Gcra(100, 60'000, 20);
  Ledger ledger_{kKey};
  OutputBuffer operations_{10'000};
  OutputBuffer returns_{10'000};
  uint64_t last_id_ = 0;
};

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

TEST_F(LedgerTest, WantsNothingAtFirstSight) {
  EXPECT_EQ(ledger_.Spend(For("a"), kNow).source, Source::kAsk);
  EXPECT_EQ(Want("a", kNow), 0u);
  EXPECT_EQ(Want("a", kNow), 0u);
}

TEST_F(LedgerTest, WantsWhatComesInTheTimeOfALease) {
  for (const double interval : {1.0, 10.0, 100.0, 1000.0}) {
    const std::string subject = absl::StrCat("every ", interval);
    double now = kNow + 100'000 * interval;
    for (int i = 0; i < 40'000 / interval + 40; ++i) {
      now += interval;
      ledger_.Spend(For(subject), now);
      if (i == 0) Want(subject, now);
    }
    const double expected = kLeaseMs / interval;
    const uint32_t want = Want(subject, now);
    EXPECT_GE(want, std::min(1000.0, expected)) << subject;
    EXPECT_LE(want, 1.4 * expected + 3 * std::sqrt(expected) + 1) << subject;
    EXPECT_LE(want, kTerms.max_units) << subject;
  }
}

TEST_F(LedgerTest, WantsNothingForWhatComesSeldom) {
  double now = kNow;
  for (int i = 0; i < 20; ++i, now += 3 * kLeaseMs) {
    ledger_.Spend(For("a"), now);
    EXPECT_EQ(Want("a", now), 0u);
  }
}

TEST_F(LedgerTest, OneChargeAtATimeWants) {
  for (int i = 0; i < 10; ++i) {
    ledger_.Spend(For("a"), kNow);
    if (i == 0) Want("a", kNow);
  }
  EXPECT_GT(Want("a", kNow), 0u);
  EXPECT_EQ(Want("a", kNow), 0u);
  EXPECT_EQ(Want("a", kNow + 900), 0u);
  EXPECT_GT(Want("a", kNow + 1000), 0u) << "no answer came";
  EXPECT_EQ(Want("a", kNow + 1000), 0u);
  const WrittenCharge asked = {.id = 77, .want = 5};
  ledger_.Install(For("a"), asked, {.allowed = true}, kNow + 1000, kNow + 1000, returns_);
  EXPECT_GT(Want("a", kNow + 1000), 0u);
}

TEST_F(LedgerTest, StartsWithFewRequests) {
  int asked = 0;
  for (int i = 0; i < 1000; ++i) {
    const double now = kNow + i;
    if (ledger_.Spend(For("a"), now).source == Source::kLease) continue;
    ++asked;
    OutputBuffer out(1000);
    const WrittenCharge written = ledger_.WriteCharge(For("a"), now, out);
    ledger_.Install(For("a"), written, Lease(written.want), now, now, returns_);
  }
  EXPECT_LE(asked, 10);
}

TEST_F(LedgerTest, TellsEveryChargeApart) {
  Ledger other({1, 2});
  std::set<uint64_t> ids;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(ids.insert(ledger_.WriteCharge(For("a"), kNow, operations_).id).second);
    EXPECT_TRUE(ids.insert(other.WriteCharge(For("a"), kNow, operations_).id).second);
    operations_.Clear();
  }
  EXPECT_FALSE(ids.contains(0));
}

TEST_F(LedgerTest, ReturnsScarceUnitsThatLieIdle) {
  OperationVerdict scarce = Lease(8);
  scarce.scarce = true;
  Ask(For("idle"), kNow, scarce);
  const uint64_t idle = last_id_;
  Ask(For("plenty"), kNow, Lease(8));
  Ask(For("spent"), kNow, scarce);
  Ask(For("busy"), kNow, scarce);
  const uint64_t busy = last_id_;
  for (int i = 0; i < 7; ++i) ledger_.Spend(For("spent"), kNow + 2400);

  std::array<LeaseReturn, 64> returns;
  std::vector<LeaseReturn> due;
  const auto collect = [&](double now) {
    due.clear();
    for (int i = 0; i < 2048 / 16; ++i) {
      const size_t count = ledger_.DueReturns(now, absl::MakeSpan(returns));
      due.insert(due.end(), returns.begin(), returns.begin() + static_cast<std::ptrdiff_t>(count));
    }
  };
  collect(kNow + 2400);
  EXPECT_TRUE(due.empty());
  ledger_.Spend(For("busy"), kNow + 2500);
  collect(kNow + 2501);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].lease, idle);
  EXPECT_EQ(due[0].units, 8u);
  EXPECT_EQ(SpendAll("idle", kNow + 2501), 0u);
  for (double at = 4000; at <= 8000; at += 2000) ledger_.Spend(For("busy"), kNow + at);
  collect(kNow + 8000);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].lease, busy);
  EXPECT_EQ(due[0].units, 4u);
}

TEST_F(LedgerTest, FullItKeepsUnitsAndForgetsTheRest) {
  Ledger ledger(kKey, 64);
  OutputBuffer out(1000);
  const auto install = [&](std::string_view subject, const OperationVerdict& verdict, double now) {
    out.Clear();
    returns_.Clear();
    const WrittenCharge written = ledger.WriteCharge(For(subject), now, out);
    ledger.Install(For(subject), written, verdict, now, now, returns_);
  };
  install("kept", Lease(5), kNow);
  for (int i = 0; i < 10'000; ++i) install(absl::StrCat("flood-", i), Denial(100), kNow + i / 100);
  EXPECT_LE(ledger.size(), 64u);
  EXPECT_LE(ledger.memory_bytes(), 64 * 96 + 8 * sizeof(void*));
  EXPECT_EQ(ledger.Spend(For("kept"), kNow + 100).source, Source::kLease);
  EXPECT_EQ(ledger.Spend(For("flood-9999"), kNow + 100).source, Source::kDenyCache);

  // Where units fill a set, what comes goes back.
  uint32_t returned = 0;
  for (int i = 0; i < 1000; ++i) {
    install(absl::StrCat("lease-", i), Lease(5), kNow + 100);
    returned += Operations(returns_).size();
  }
  EXPECT_EQ(returned, 1000 - 63);
  EXPECT_EQ(ledger.Spend(For("kept"), kNow + 100).source, Source::kLease);
  // When they are over, there is room again.
  install("later", Lease(5), kNow + 100 + kLeaseMs);
  EXPECT_EQ(ledger.Spend(For("later"), kNow + 100 + kLeaseMs).source, Source::kLease);
}

TEST_F(LedgerTest, AClockThatLagsChangesNothing) {
  Ask(For("a"), kNow, Lease(5, 1000));
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 1000).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 10).source, Source::kAsk) << "the lease has ended";
}

// While the clock makes up for it, an object's has gone on.
TEST_F(LedgerTest, AClockThatIsSetBackALittleEndsLeasesSooner) {
  Ask(For("a"), kNow, Lease(5, 1000));
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 500).source, Source::kLease);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 100).source, Source::kLease);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 599).source, Source::kLease);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow + 600).source, Source::kAsk);
}

TEST_F(LedgerTest, AClockThatIsSetBackForgetsEverything) {
  Ask(For("a"), kNow, Lease(5));
  EXPECT_EQ(ledger_.Spend(For("a"), kNow - 3'600'000).source, Source::kAsk);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow).source, Source::kAsk);
  // The time that a request took over the set back is unknown, so its lease isn't used.
  const WrittenCharge written = ledger_.WriteCharge(For("a"), kNow, operations_);
  ledger_.Install(For("a"), written, Lease(5), kNow, kNow - 3'600'000, returns_);
  EXPECT_EQ(ledger_.Spend(For("a"), kNow - 3'600'000).source, Source::kAsk);
  EXPECT_EQ(Operations(returns_).size(), 1u);
}

// Against the plainest bookkeeping: what is spent of a lease, given back and returned never adds up
// to more than was granted, and nothing is spent outside of its time.
TEST_F(LedgerTest, NeverSpendsMoreThanWasGranted) {
  struct Granted {
    std::string subject;
    double starts, ends;
    int64_t left;
  };
  std::mt19937_64 random(7);
  const auto below = [&](uint32_t bound) { return static_cast<uint32_t>(random() % bound); };
  Ledger ledger(kKey, 64);
  std::map<uint64_t, Granted> leases;
  OutputBuffer out(100'000);
  double now = kNow;
  size_t spent = 0;
  const auto settle = [&](const OutputBuffer& operations) {
    for (const Operation& operation : Operations(operations)) {
      if (operation.kind != OperationKind::kReturn) continue;
      Granted& lease = leases.at(operation.id);
      lease.left -= operation.cost;
      EXPECT_GE(lease.left, 0);
    }
  };
  for (int i = 0; i < 100'000; ++i) {
    now += static_cast<double>(below(20));
    const std::string subject = absl::StrCat(below(i % 2 == 0 ? 8 : 200));
    const SubjectCharge charge = For(subject, 1 + below(3));
    const Answer answer = ledger.Spend(charge, now);
    if (answer.source == Source::kLease) {
      Granted& lease = leases.at(answer.lease);
      EXPECT_EQ(lease.subject, subject);
      EXPECT_GE(now, lease.starts);
      EXPECT_LT(now, lease.ends);
      lease.left -= charge.cost;
      EXPECT_GE(lease.left, 0);
      ++spent;
      if (below(4) == 0) {
        ledger.GiveBack(answer.lease, charge.cost, now);
        lease.left += charge.cost;
      }
      continue;
    }
    if (answer.source == Source::kDenyCache) continue;
    out.Clear();
    const WrittenCharge written = ledger.WriteCharge(charge, now, out);
    settle(out);
    const double sent = now;
    now += static_cast<double>(below(50));
    OperationVerdict verdict =
        below(3) != 0 ? Lease(below(written.want + 2)) : Denial(static_cast<double>(below(500)));
    verdict.lease_ms = 1 + static_cast<double>(below(3000));
    if (below(3) == 0) {
      verdict.leased = below(5);
      verdict.lease_wait_ms = static_cast<double>(below(1000));
    }
    verdict.scarce = below(2) == 0;
    const double starts = verdict.lease_wait_ms > 0 ? now + verdict.lease_wait_ms : sent;
    leases[written.id] = {subject, starts, sent + verdict.lease_ms, verdict.leased};
    out.Clear();
    ledger.Install(charge, written, verdict, sent, now, out);
    settle(out);
    std::array<LeaseReturn, 16> returns;
    const size_t due = ledger.DueReturns(now, absl::MakeSpan(returns));
    for (size_t j = 0; j < due; ++j) {
      leases.at(returns[j].lease).left -= returns[j].units;
      EXPECT_GE(leases.at(returns[j].lease).left, 0);
    }
  }
  EXPECT_GT(spent, 10'000u);
}

}  // namespace
}  // namespace sluice::limit
