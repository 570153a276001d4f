// What becomes of charges after they were admitted: the operations that name one, and deadlines.
#pragma once

#include <cstdint>

#include "sluice/limit/object_state.h"

namespace sluice::limit {

// What returns a bool says whether there was anything to do; `now` in whole milliseconds.

// To be called before anything is charged to the counter or a lease of it ends: what of earlier
// charges can't come back any more (RefundableUnits in usage.h).
void LimitRefunds(uint64_t now, const Counter& counter, ObjectState& state);
// Ends what has a deadline up to now, in the order of time: leased units count as spent.
void ExpireRecords(uint64_t now, ObjectState& state);
// Takes charge `id` back, its lease and its slots too; if it hasn't come, it won't be admitted.
bool CancelCharge(uint64_t id, uint64_t now, ObjectState& state);
// The lease of charge `id` is over; up to `unspent` of its units come back.
bool ReturnLease(uint64_t id, uint32_t unspent, uint64_t now, ObjectState& state);
// The charge of record `at`, which must be unsettled, cost `cost` in the end.
void SettleCharge(size_t at, uint32_t cost, uint64_t now, ObjectState& state);
// Holds the slot of record `at` for a period from now; returns the record as it is then.
Record RenewSlot(size_t at, uint64_t now, ObjectState& state);
// As never charged, but for leases that are out; what was charged before can't come back again.
void ResetAll(uint64_t now, Counter& counter, ObjectState& state);

}  // namespace sluice::limit
