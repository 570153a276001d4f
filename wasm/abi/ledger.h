// What objects said, on its way into the instance's ledger.
#pragma once

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/ledger.h"

namespace sluice::abi {

// True for milliseconds since the Unix epoch that a JavaScript Date can hold.
bool IsTime(double now_ms);

struct InstallTimes {
  double sent_ms;
  double now_ms;
  double deny_cache_ms;  // negative or NaN is 0
};

// Installs the verdict of `frame` (sluice_ledger_install in sluice.h) and appends a
// sluice_installed frame. invalid_argument for bytes that are no charge's operation and verdict;
// then nothing is changed.
absl::Status InstallVerdict(limit::Ledger& ledger, ByteSpan frame, const InstallTimes& times,
                            OutputBuffer& out);

// Appends a sluice_lease_return for each lease that is due.
void WriteDueReturns(limit::Ledger& ledger, double now_ms, OutputBuffer& out);

}  // namespace sluice::abi
