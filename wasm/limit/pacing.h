// Leases whose units come one by one, at a steady pace.
//
// A sliding window frees its units as those of the window before fade. A lease that begins when
// little is free yet can still have its holder's share of what will be: some units now, the others
// one after each `pace`, as they become free. It is counted whole in the window's count, like any
// other, and what isn't there yet is credited against what hasn't faded yet.
//
// With t the time, what is free under a sliding window is
//     level(t) = units - current - previous × (1 - e(t)) + Σ units of leases that come after t
// and all that comes before a lease's end grows linearly, as fading does. So between the ends of
// leases the level is a straight line, and nobody is ever over the limit if it isn't negative at
// any of these ends, now, or at the window's end. (Compare a network calculus' arrival curves under
// a service curve: Le Boudec and Thiran, 2001.)
#pragma once

#include <cstdint>

#include "sluice/limit/object_state.h"

namespace sluice::limit {

// When the units of a lease come: `immediate` at once, then one after each pace_us.
struct Pace {
  uint32_t immediate = 0;
  uint32_t pace_us = 0;  // 0: all are immediate
};

// How a record has it, and an isolate is told (lease_wait_ms, lease_pace_us of the verdict), so
// that on the object's clock no unit is spent too early whatever the drift between the two.
struct ToldPace {
  double wait_ms = 0;
  uint32_t pace_us = 0;
};
ToldPace TellPace(const Record& lease, uint64_t now);

// The span of the record of a lease that ends at `deadline`; 0 if it can't be written so.
uint32_t SpanOf(const Pace& pace, uint64_t now, uint64_t deadline);

// Sets Counter.kept_back of each counter: how much less is free at some time until the window's end
// than then. To be called when leases have come or gone and before anything is charged. O(records).
void MeasurePaced(uint64_t now, ObjectState& state);

// The most units that may come at a steady pace from now to `deadline`, beside `immediate` ones.
// O(records).
uint32_t MostPaced(uint32_t immediate, uint64_t deadline, uint64_t now, const Counter& counter,
                   const ObjectState& state);

}  // namespace sluice::limit
