// Slots: how many things may go on at once. A slot is held from its charge until it is cancelled,
// or for a period if it isn't renewed; each is a record of its own in the object's state.
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/object_state.h"

namespace sluice::limit {

// Tries to take `cost` slots, of which `in_use` are taken. When some will be free isn't known here.
Verdict ChargeSlots(const Rule& rule, uint32_t cost, uint64_t& in_use);

// Completes a verdict by the deadlines of the slots: reset_ms until all are over, and if it was
// denied, retry_after_ms until enough for `cost` are. A slot that is released makes both earlier,
// one that is renewed later. O(records).
void TimeSlots(const ObjectState& state, const Counter& counter, uint32_t cost, uint64_t now,
               Verdict& verdict);

}  // namespace sluice::limit
