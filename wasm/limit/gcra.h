// The generic cell rate algorithm, which is also the token bucket. See algorithm.h, which is what
// others call.
//
// The bucket holds burst - backlog / T tokens, where T = period / units is the time of one unit and
// the backlog is what is missing to the theoretical arrival time; so "the backlog and the cost's
// own time fit burst × T" and "the bucket holds `cost` tokens" are one condition, at any time.
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

Verdict ChargeGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state);
void RefundGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// Charges whatever the limit, as far as the arithmetic bears it.
void ForceGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// At least `units` are in use now: the bucket holds no more than burst - units.
void HoldGcra(const Rule& rule, uint64_t units, uint64_t now, State& state);
// How many whole units more than `held` are in use now: what can be taken out of the past without
// changing what a bucket that was full meanwhile would hold.
uint64_t SlackOfGcra(const Rule& rule, uint64_t held, uint64_t now, const State& state);
bool IsGcraState(const State& state);

// Whether the theoretical arrival time has a fraction of a millisecond behind `a`.
bool HasFraction(const State& state);

}  // namespace sluice::limit
