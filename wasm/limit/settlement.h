// What becomes of charges after they were admitted: the operations that name one, and deadlines.
#pragma once

#include <cstdint>

#include "sluice/limit/object_state.h"

namespace sluice::limit {

// All below say whether there was anything to do; `now` in whole milliseconds.

// Ends what has a deadline up to now, in the order of time: leased units count as spent.
void ExpireRecords(uint64_t now, ObjectState& state);
// Takes charge `id` back, its lease and its slots too; if it hasn't come, it won't be admitted.
bool CancelCharge(uint64_t id, uint64_t now, ObjectState& state);
// Charge `id` cost `cost` in the end. Once.
bool SettleCharge(uint64_t id, uint32_t cost, uint64_t now, ObjectState& state);
// The lease of charge `id` is over; up to `unspent` of its units come back.
bool ReturnLease(uint64_t id, uint32_t unspent, uint64_t now, ObjectState& state);
// Holds slot `id` for a period from now.
bool RenewSlot(uint64_t id, uint64_t now, ObjectState& state);
// As never charged, but for leases that are out; what was charged before can't come back again.
void ResetAll(uint64_t now, Counter& counter, ObjectState& state);

}  // namespace sluice::limit
