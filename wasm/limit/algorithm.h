// The limit algorithms, as pure functions over 16 bytes of state. Time is injected.
#pragma once

#include <cstdint>

#include "sluice/limit/rule.h"

namespace sluice::limit {

// The state of one counter. All zero means "never charged". For every algorithm `a` is the time
// (whole milliseconds) up to which the state matters: once `a` < now it equals "never charged".
//   fixed window    a = end of the window, b = units spent in it
//   sliding window  a = end of the window after the one last charged in; b = units spent in that
//                   one in the low word, in the one before it in the high word
//   gcra and token bucket
//                   a = theoretical arrival time in whole milliseconds; b = its fraction in the low
//                   word, in parts of 1/n ms, where n is the high word: the units of the rule that
//                   wrote it. A unit is exactly period_ms parts, so nothing is ever rounded.
struct State {
  uint64_t a = 0;
  uint64_t b = 0;
};

struct Verdict {
  bool allowed = false;
  uint32_t remaining = 0;      // units that could be charged right now, after this charge
  double reset_ms = 0;         // from now until the full quota is there again; 0 if it is
  double retry_after_ms = -1;  // from now until this very charge could pass; -1: allowed, or never
};

// The last time that a JavaScript Date can hold.
constexpr double kMaxTimeMs = 8.64e15;

// All below take time as Unix milliseconds in [0, kMaxTimeMs] and count whole ones (what is out of
// range is clamped, NaN is 0). Durations in a verdict are whole milliseconds and exact: at
// floor(now) + retry_after_ms the charge passes, a millisecond earlier it doesn't. The rule must be
// valid. O(1).

// Tries to charge `cost` units and updates `state` if allowed. Cost 0 peeks: always allowed,
// nothing charged. A cost over what the rule can ever admit is refused with retry_after_ms -1.
// A clock that went backwards never admits more: the state's own time wins.
// A state that was written under other amounts keeps its units in use. That of gcra, where they are
// a time, is first converted, denied or not; they drain at the new rate from now on.
Verdict Charge(const Rule& rule, uint32_t cost, double now_ms, State& state);

// True if now and at any later time the state equals "never charged", so that it may be forgotten.
bool Expired(const Rule& rule, const State& state, double now_ms);

// Gives back `cost` units that were charged before; never beyond the full quota, and nothing of
// windows that no longer count. When they were charged isn't known: gcra gives back of what hasn't
// drained yet, a sliding window of the window last charged in and then of the one before.
void Refund(const Rule& rule, uint32_t cost, double now_ms, State& state);

// True if a rule of this kind (algorithm, window and period, which must be valid; amounts don't
// matter) can have written the state. On others the above are defined, but mean nothing.
bool IsPlausible(const Rule& kind, const State& state);

}  // namespace sluice::limit
