// Charges against a table of many subjects.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/counter_table.h"

namespace sluice::abi {

enum class ChargeMode : uint32_t { kCharge, kPeek, kRefund, kReset };

// Does what `mode` (a sluice_charge_mode) says with a charges frame (sluice_counters_charge in
// sluice.h) and appends a reply frame. Charges of one frame see each other; either all are charged
// or none. Errors, with which nothing is changed: invalid_argument for a frame that is not one, a
// mode or a time that doesn't exist; budget_exceeded if the table is full. O(charges).
absl::Status ChargeCounters(limit::CounterTable& table, uint32_t mode, ByteSpan frame,
                            double now_ms, OutputBuffer& out);

}  // namespace sluice::abi
