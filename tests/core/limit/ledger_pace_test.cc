// Leases whose units come one by one.
#include <array>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "ledger_fixture.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

// A lease at a pace of one unit in 100 ms, of which three are there when it comes.
OperationVerdict Paced(uint32_t units, bool scarce) {
  return {.allowed = true,
          .scarce = scarce,
          .leased = units,
          .lease_pace_us = 100'000,
          .lease_wait_ms = -200,
          .lease_ms = kLeaseMs};
}

TEST_F(LedgerTest, SpendsUnitsAsTheyCome) {
  const SubjectCharge charge = For("a");
  Ask(charge, kNow, Paced(20, /*scarce=*/true));
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ledger_.Spend(charge, kNow + 10).source, Source::kLease);
  const Answer denied = ledger_.Spend(charge, kNow + 10);
  EXPECT_EQ(denied.source, Source::kDenyCache);
  EXPECT_NEAR(denied.retry_after_ms, 90, 0.1);
  EXPECT_NE(ledger_.Spend(charge, kNow + 99).source, Source::kLease);
  EXPECT_EQ(ledger_.Spend(charge, kNow + 101).source, Source::kLease);
  EXPECT_NE(ledger_.Spend(charge, kNow + 101).source, Source::kLease);
  // What isn't spent stays: at 1.1 s thirteen have come beside the first.
  int spent = 0;
  while (ledger_.Spend(charge, kNow + 1101).source == Source::kLease) ++spent;
  EXPECT_EQ(spent, 10);
}

// It believes that there is no more only as long as it believes a denial.
TEST_F(LedgerTest, AsksAgainWhenAPaceIsTooSlow) {
  const SubjectCharge charge = For("a");
  Ask(charge, kNow, Paced(20, /*scarce=*/true));
  while (ledger_.Spend(charge, kNow + 1999).source == Source::kLease) {
  }
  EXPECT_EQ(ledger_.Spend(charge, kNow + 1999).source, Source::kDenyCache);
  EXPECT_EQ(ledger_.Spend(charge, kNow + 2000).source, Source::kAsk);
  operations_.Clear();
  ledger_.WriteCharge(charge, kNow + 2000, operations_);
  const std::vector<Operation> written = Operations(operations_);
  ASSERT_EQ(written.size(), 2u);
  EXPECT_EQ(written[0].kind, OperationKind::kReturn);
  EXPECT_EQ(written[0].cost, 0u);
  EXPECT_TRUE(written[1].paces);

  // … and not at all where others don't lack any.
  Ask(For("b"), kNow, Paced(20, /*scarce=*/false));
  for (int i = 0; i < 3; ++i) ledger_.Spend(For("b"), kNow + 10);
  EXPECT_EQ(ledger_.Spend(For("b"), kNow + 10).source, Source::kAsk);
}

TEST_F(LedgerTest, UnitsThatAreYetToComeAreDueWhenNobodyComesForThem) {
  // 20 charges in the time of a lease: one in half a second.
  ledger_.WriteCharge(For("a"), kNow, operations_);
  for (int i = 1; i < 60; ++i) ledger_.Spend(For("a"), kNow + 500 * i);
  const double now = kNow + 30'000;
  Ask(For("a"), now, Paced(20, /*scarce=*/true));
  std::array<LeaseReturn, 16> due;
  const auto all_due = [&](double at) {
    size_t count = 0;
    for (size_t i = 0; i < 4096; ++i) count += ledger_.DueReturns(at, absl::MakeSpan(due));
    return count;
  };
  EXPECT_EQ(all_due(now + 2000), 0u);
  EXPECT_EQ(all_due(now + 4000), 1u);
}

}  // namespace
}  // namespace sluice::limit
