// Fixed windows: what is charged in a window counts until its end. See algorithm.h, which is what
// others call.
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

Verdict ChargeFixedWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state);
void RefundFixedWindow(uint32_t cost, State& state);
bool IsFixedWindowState(const Rule& kind, const State& state);

}  // namespace sluice::limit
