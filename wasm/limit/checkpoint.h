// Writing ahead: units that are durably spent before they are admitted (Durability::kCheckpoint).
//
// The object keeps an allowance of units that its stored state says are spent by some deadline. A
// charge within it changes memory only. What is charged beyond it, or may last longer, is stored
// with the next allowance before it is answered. The living object counts exactly; one that comes
// back from storage takes the whole allowance as leased to its former self, who may have spent any
// of it at any time until the deadline, and have leased it out as long. So it never admits too
// much, and at most an allowance too little. (A write-ahead log whose entries are made in bulk, as
// sequences are cached in databases.)
#pragma once

#include <cstdint>

#include "sluice/limit/object_state.h"

namespace sluice::limit {

// Takes `units`, that may be spent until `deadline` (now, if they are), out of the allowance. If
// they aren't in it there is a new one, and the state has to be stored: true.
bool MustStore(uint64_t units, uint64_t deadline, uint64_t now, Counter& counter);

// After the state came from storage: what was allowed counts as leased.
void RecoverAllowances(ObjectState& state);

}  // namespace sluice::limit
