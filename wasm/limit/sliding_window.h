// The sliding window counter of two windows. See algorithm.h, which is what others call.
//
// Time is cut into windows aligned to the epoch, and two of them are counted: the one that now lies
// in and the one before. When a part e of the current window has passed, units in use are
//     current + previous × (1 - e),
// as if those of the window before had come evenly. (Cloudflare, "How we built rate limiting
// capable of scaling to millions of domains", 2017.) Compared as integers, so nothing is rounded.
//
// Its error: of the previous window's units, between none and all came in its last (1 - e), so in
// the period that ends now up to previous × e more than the units may have been admitted, and up
// to previous × (1 - e) fewer than could have been. In no window of the grid is more than the units
// admitted, so over n periods at most (n + 1) × units are.
#pragma once

#include <cstdint>
#include <optional>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

Verdict ChargeSlidingWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// The same, where leases that come at a pace (pacing.h) are among what is charged: what may be
// charged at any time until the window's end is `kept_back` less than what is free then.
Verdict ChargePacedWindow(const Rule& rule, uint32_t cost, uint64_t kept_back, uint64_t now,
                          State& state);
// How what is free grows until the window's end.
struct SlidingWindowUse {
  double ends_in_ms = 0;
  double free_at_end = 0;    // units; negative if there are debts
  double fading_per_ms = 0;  // units of the window before
};
SlidingWindowUse SlidingWindowUseAt(const Rule& rule, uint64_t now, const State& state);
// Leaves at least `keep` units spent in the window last charged in, if there were as many.
void RefundSlidingWindow(uint32_t cost, uint64_t keep, State& state);
// Of what was charged when the state's end was `end`: nothing if that window no longer counts.
void RefundWindowEnding(const Rule& rule, uint32_t cost, uint64_t end, State& state);
// Charges whatever the limit, as far as the arithmetic bears it.
void ForceSlidingWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state);
// Nothing spent but `keep` units of the window last charged in.
void ResetSlidingWindow(uint64_t keep, State& state);
// The most units that one window can count.
uint64_t MaxWindowCount(const Rule& kind);
// From now until a charge of `cost` passes within the current window; nothing if it can't.
std::optional<uint64_t> WaitWithinWindow(const Rule& rule, uint32_t cost, uint64_t now,
                                         const State& state);
// The end of the window that `now` lies in.
uint64_t SlidingWindowEnd(const Rule& rule, uint64_t now, const State& state);
bool IsSlidingWindowState(const Rule& kind, const State& state);

}  // namespace sluice::limit
