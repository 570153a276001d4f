// How many units a lease has, and how long it lasts.
//
// A lease's time is measured twice, by clocks that are never compared: the isolate counts lease_ms
// from before it sent its request, the object lease_ms and a margin for drift from when it received
// it. So the isolate stops first.
#pragma once

#include <cstdint>

#include "sluice/limit/object_frames.h"
#include "sluice/limit/object_state.h"
#include "sluice/limit/pacing.h"

namespace sluice::limit {

struct Grant {
  uint32_t units = 0;     // 0: none
  Pace pace;              // of those of a sliding window, if the charge paces
  uint64_t lease_ms = 0;  // as the isolate is told
  uint64_t wait_ms = 0;   // until they are there, on the object's clock
  uint64_t deadline = 0;  // when they are over, on the object's clock
};

// How much a clock that measures `ms` may be wrong by: 1% and 20 ms, of which the network is none.
uint64_t DriftMargin(uint64_t ms);
// The longest lease that is over within `ms` even so; 0 if there is none.
uint64_t LeaseWithin(uint64_t ms);
// What an isolate is told to wait so that on the object's clock `wait_ms` have passed.
uint64_t WaitWithDrift(uint64_t wait_ms);

// Notes that the isolate of this charge shares the counter.
void NoteAsker(const Operation& charge, uint64_t now, Counter& counter);
// How many isolates asked lately, about; at least 1.
uint32_t AskerCount(const Askers& askers);

// Whether a charge was denied lately.
bool IsScarce(uint64_t now, const Counter& counter);

// Charges the lease of a charge that was admitted: what is wanted, but no more than a fair share of
// what there is. Of a bucket at most half is leased out, so that the other half refills meanwhile;
// of a sliding log, whose units come back a period after the lease's end, only what is soon spent.
// While units are scarce it may be a reservation instead. The caller puts the record.
Grant TakeLease(const Operation& charge, uint64_t now, const ObjectState& state, Counter& counter);

// Charges units in advance: an isolate's fair share, at least `least`, of those that come within
// max_wait_ms, spendable when they all have come. So where demand exceeds the limit an isolate asks
// once for several units, and denies by itself meanwhile. Of a bucket at most three quarters are
// leased out so: under such demand it is never near full.
Grant TakeReservation(const Operation& charge, uint32_t least, uint64_t now,
                      const ObjectState& state, Counter& counter);

}  // namespace sluice::limit
