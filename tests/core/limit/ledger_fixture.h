// An isolate's ledger and what its objects say, for tests.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/base/bytes.h"
#include "sluice/base/hash.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {

inline constexpr HashKey kKey = {0x0123456789abcdef, 0xfedcba9876543210};
inline constexpr double kNow = 1'763'000'000'000;
inline constexpr double kLeaseMs = 10'000;
inline constexpr LeaseTerms kTerms = {.max_ms = kLeaseMs, .max_units = 1000, .deny_cache_ms = 2000};

inline std::vector<Operation> Operations(const OutputBuffer& out) {
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

}  // namespace sluice::limit
