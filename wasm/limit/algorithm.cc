#include "sluice/limit/algorithm.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/fixed_window.h"
#include "sluice/limit/gcra.h"
#include "sluice/limit/sliding_window.h"

namespace sluice::limit {
namespace {

uint64_t WholeMs(double now_ms) {
  if (!(now_ms > 0)) return 0;  // NaN too
  return static_cast<uint64_t>(std::min(now_ms, kMaxTimeMs));
}

}  // namespace

Verdict Charge(const Rule& rule, uint32_t cost, double now_ms, State& state) {
  const uint64_t now = WholeMs(now_ms);
  if (HasBurst(rule.algorithm)) return ChargeGcra(rule, cost, now, state);
  return rule.algorithm == Algorithm::kSlidingWindow ? ChargeSlidingWindow(rule, cost, now, state)
                                                     : ChargeFixedWindow(rule, cost, now, state);
}

bool Expired(const Rule& rule, const State& state, double now_ms) {
  const uint64_t now = WholeMs(now_ms);
  if (state.a != now) return state.a < now;
  return !HasBurst(rule.algorithm) || !HasFraction(state);
}

void Refund(const Rule& rule, uint32_t cost, double now_ms, State& state) {
  if (HasBurst(rule.algorithm)) {
    RefundGcra(rule, cost, WholeMs(now_ms), state);
  } else if (rule.algorithm == Algorithm::kSlidingWindow) {
    RefundSlidingWindow(cost, 0, state);
  } else {
    RefundFixedWindow(cost, 0, state);
  }
}

bool IsPlausible(const Rule& kind, const State& state) {
  if (HasBurst(kind.algorithm)) return IsGcraState(state);
  return kind.algorithm == Algorithm::kSlidingWindow ? IsSlidingWindowState(kind, state)
                                                     : IsFixedWindowState(kind, state);
}

}  // namespace sluice::limit
