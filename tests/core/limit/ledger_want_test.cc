// How many units are wanted, by whom, and when they go back.
#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "ledger_fixture.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

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

}  // namespace
}  // namespace sluice::limit
