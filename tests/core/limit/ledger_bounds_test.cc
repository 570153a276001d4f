// Room, clocks, and units that are never spent twice.
#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "ledger_fixture.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

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
  EXPECT_LE(ledger.memory_bytes(), 64 * 104 + 8 * sizeof(void*));
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
