// Fixed windows: what is charged in a window counts until its end. See algorithm.h, which is what
// others call.
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

Verdict ChargeFixedWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// Leaves at least `keep` units spent, if there were as many.
void RefundFixedWindow(uint32_t cost, uint64_t keep, State& state);
// Charges whatever the limit; 1e9 units at most are counted.
void ForceFixedWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// Nothing spent but `keep` units of the window that is open.
void ResetFixedWindow(uint64_t keep, State& state);
bool IsFixedWindowState(const Rule& kind, const State& state);

}  // namespace sluice::limit
