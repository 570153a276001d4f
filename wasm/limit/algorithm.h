// The limit algorithms, as pure functions over 16 bytes of state. Time is injected.
#pragma once

#include <cstdint>

#include "sluice/limit/rule.h"

namespace sluice::limit {

// The state of one counter. All zero means "never charged". What the words mean is the
// algorithm's own business:
//   fixed window   a = number of the window (floor(now / period)) + 1, b = units spent in it
//   gcra           a = theoretical arrival time in whole milliseconds, b = its fraction in
//                  units of 1/rule.units ms, so that arithmetic is exact
struct State {
  uint64_t a = 0;
  uint64_t b = 0;
};

struct Verdict {
  bool allowed = false;
  uint32_t remaining = 0;         // units that could be charged right now, after this charge
  double reset_ms = 0;            // from now until the full quota is there again; 0 if it is
  double retry_after_ms = -1;     // from now until this very charge could pass; -1: allowed, or never
};

// Tries to charge `cost` units at `now_ms` (Unix time; ≥ 0) and updates `state` if allowed.
// Cost 0 peeks. A cost over what the rule can ever admit is refused with retry_after_ms -1.
// A clock that went backwards never admits more: the state's own time wins. O(1).
Verdict Charge(const Rule& rule, uint32_t cost, double now_ms, State& state);

// True if at `now_ms` the state equals "never charged", so that it may be forgotten.
bool Expired(const Rule& rule, const State& state, double now_ms);

// Gives back `cost` units that were charged before; never beyond the full quota.
void Refund(const Rule& rule, uint32_t cost, double now_ms, State& state);

}  // namespace sluice::limit
