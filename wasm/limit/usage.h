// One counter of an object, whatever its algorithm, with units that are leased out.
//
// A leased unit may be spent at any time until its lease's deadline, so it counts as spent at the
// deadline, until then as in use:
//   windows      taken from the window that is open; the lease ends with it
//   gcra         the backlog never falls below the time that the leased units take to drain: a
//                bucket refills only to burst - leased. Deadlines must pass in the order of time
//   sliding log  beside the log, and an entry at the deadline
//   concurrency  has no leases; its slots are records
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/object_state.h"

namespace sluice::limit {

// All below: `now` in whole milliseconds, never less than in an earlier call; leases with a
// deadline up to now have been expired.

// Tries to charge `cost` units. Cost 0 charges nothing, but adopts amounts that have changed. See
// Charge in algorithm.h.
Verdict ChargeCounter(uint32_t cost, uint64_t now, Counter& counter);
// What it would say.
Verdict PeekCounter(uint32_t cost, uint64_t now, const Counter& counter);
// Takes back a charge that was just admitted, the last first; `before`: the state before it.
void UndoCharge(uint32_t cost, const State& before, Counter& counter);
// What is to be known of the last charge, of `cost`, when it is refunded: the window or the log's
// entry that it is in; of gcra how many of its units can still come back (see LimitRefunds).
uint64_t MarkOf(uint32_t cost, const Counter& counter);
// Gives back units of a charge, as far as they still count.
void RefundCharge(uint32_t cost, uint64_t mark, uint64_t now, Counter& counter);
// How many units of earlier charges could be refunded now. A bucket that would have been full
// without them, when others were charged, can't get back more: what it would have spilled is gone.
// kMaxUnits where refunds are exact.
uint64_t RefundableUnits(uint64_t now, const Counter& counter);
// Gives back units of no particular charge; never what is leased.
void RefundAny(uint32_t cost, uint64_t now, Counter& counter);
// Charges whatever the limit.
void ChargeDebt(uint32_t cost, uint64_t now, Counter& counter);
// As never charged, but for what is leased.
void ResetCounter(uint64_t now, Counter& counter);

// A lease whose record was removed is over at `time`: `unspent` ≤ `units` come back.
void EndLease(uint32_t units, uint32_t unspent, uint64_t mark, uint64_t time, Counter& counter);

}  // namespace sluice::limit
