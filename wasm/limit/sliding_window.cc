#include "sluice/limit/sliding_window.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sluice::limit {
namespace {

uint64_t Current(const State& state) { return state.b & 0xFFFFFFFFu; }
uint64_t Previous(const State& state) { return state.b >> 32; }
uint64_t Pack(uint64_t previous, uint64_t current) { return previous << 32 | current; }

// The two windows as they are at some time.
struct Windows {
  uint64_t start;  // of the current one
  uint64_t previous;
  uint64_t current;
};

Windows WindowsAt(const Rule& rule, uint64_t now, const State& state) {
  const uint64_t start = now - now % rule.period_ms;
  const uint64_t next_end = start + 2 * rule.period_ms;
  // Later than this window only if the clock went back: then the later one goes on.
  if (state.a >= next_end) {
    return {state.a - 2 * rule.period_ms, Previous(state), Current(state)};
  }
  if (state.a + rule.period_ms == next_end) return {start, Current(state), 0};
  return {start, 0, 0};
}

// In parts of 1/period of a unit. A count is at most the quota of some rule with this period, so
// each product fits 63 bits and their sum 64.
uint64_t PartsInUse(const Rule& rule, const Windows& windows, uint64_t now) {
  const uint64_t elapsed = now > windows.start ? now - windows.start : 0;
  return windows.current * rule.period_ms + windows.previous * (rule.period_ms - elapsed);
}

// The first time at which no more than `parts` are in use, if more are now: in this window by the
// previous one's decline, or else in the next by the current one's.
uint64_t TimeOfUse(const Rule& rule, const Windows& windows, uint64_t parts) {
  const uint64_t end = windows.start + rule.period_ms;
  const uint64_t current_parts = windows.current * rule.period_ms;
  if (current_parts <= parts) return end - (parts - current_parts) / windows.previous;
  return end + rule.period_ms - parts / windows.current;
}

uint64_t EmptyAt(const Rule& rule, const Windows& windows, uint64_t now) {
  if (windows.current > 0) return windows.start + 2 * rule.period_ms;
  return windows.previous > 0 ? windows.start + rule.period_ms : now;
}

}  // namespace

Verdict ChargeSlidingWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  Windows windows = WindowsAt(rule, now, state);
  uint64_t in_use = PartsInUse(rule, windows, now);
  const uint64_t full = rule.units * rule.period_ms;

  Verdict verdict;
  if (cost == 0) {
    verdict.allowed = true;
  } else if (cost <= rule.units) {
    const uint64_t tolerated = full - cost * rule.period_ms;
    verdict.allowed = in_use <= tolerated;
    if (verdict.allowed) {
      windows.current += cost;
      in_use += cost * rule.period_ms;
      state = {windows.start + 2 * rule.period_ms, Pack(windows.previous, windows.current)};
    } else {
      verdict.retry_after_ms = static_cast<double>(TimeOfUse(rule, windows, tolerated) - now);
    }
  }
  // A rule that was lowered meanwhile may find more in use than it has.
  verdict.remaining = in_use < full ? static_cast<uint32_t>((full - in_use) / rule.period_ms) : 0;
  verdict.reset_ms = static_cast<double>(EmptyAt(rule, windows, now) - now);
  return verdict;
}

Verdict ChargePacedWindow(const Rule& rule, uint32_t cost, uint64_t kept_back, uint64_t now,
                          State& state) {
  const auto spare = [&] {
    const uint64_t in_use = WindowsAt(rule, now, state).current + kept_back;
    return in_use < rule.units ? static_cast<uint32_t>(rule.units - in_use) : 0;
  };
  // Without the credit for units that are yet to come less is free, and that later.
  Verdict verdict = ChargeSlidingWindow(rule, cost, now, state);
  if (!verdict.allowed && cost <= spare()) {
    ForceSlidingWindow(rule, cost, now, state);
    verdict.allowed = true;
    verdict.retry_after_ms = -1;
    verdict.reset_ms = static_cast<double>(state.a - now);
  }
  verdict.remaining = std::max(verdict.remaining, spare());
  return verdict;
}

SlidingWindowUse SlidingWindowUseAt(const Rule& rule, uint64_t now, const State& state) {
  const Windows windows = WindowsAt(rule, now, state);
  const auto period = static_cast<double>(rule.period_ms);
  return {.ends_in_ms = static_cast<double>(windows.start + rule.period_ms - now),
          .free_at_end = static_cast<double>(rule.units) - static_cast<double>(windows.current),
          .fading_per_ms = static_cast<double>(windows.previous) / period};
}

void RefundSlidingWindow(uint32_t cost, uint64_t keep, State& state) {
  // Most likely it was charged lately. The end stays, as that of a fixed window.
  const uint64_t refundable = Current(state) - std::min(Current(state), keep);
  const uint64_t of_current = std::min<uint64_t>(refundable, cost);
  const uint64_t of_previous = std::min<uint64_t>(Previous(state), cost - of_current);
  state.b = Pack(Previous(state) - of_previous, Current(state) - of_current);
}

void RefundWindowEnding(const Rule& rule, uint32_t cost, uint64_t end, State& state) {
  if (end == state.a) {
    const uint64_t units = std::min<uint64_t>(Current(state), cost);
    state.b = Pack(Previous(state), Current(state) - units);
  } else if (end + rule.period_ms == state.a) {
    const uint64_t units = std::min<uint64_t>(Previous(state), cost);
    state.b = Pack(Previous(state) - units, Current(state));
  }
}

void ForceSlidingWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  if (cost == 0) return;
  const Windows windows = WindowsAt(rule, now, state);
  state = {windows.start + 2 * rule.period_ms,
           Pack(windows.previous, std::min(windows.current + cost, MaxWindowCount(rule)))};
}

void ResetSlidingWindow(uint64_t keep, State& state) {
  state.b = Pack(0, std::min(Current(state), keep));
}

uint64_t MaxWindowCount(const Rule& kind) {
  return std::min<uint64_t>(kMaxUnits, kMaxBurstTime / kind.period_ms);
}

std::optional<uint64_t> WaitWithinWindow(const Rule& rule, uint32_t cost, uint64_t now,
                                         const State& state) {
  const Windows windows = WindowsAt(rule, now, state);
  if (windows.current + cost > rule.units) return std::nullopt;
  const uint64_t tolerated = (rule.units - cost) * rule.period_ms;
  if (PartsInUse(rule, windows, now) <= tolerated) return 0;
  return TimeOfUse(rule, windows, tolerated) - now;
}

uint64_t SlidingWindowEnd(const Rule& rule, uint64_t now, const State& state) {
  return WindowsAt(rule, now, state).start + rule.period_ms;
}

bool IsSlidingWindowState(const Rule& kind, const State& state) {
  if (state.a == 0) return state.b == 0;
  const uint64_t max_count = MaxWindowCount(kind);
  return state.a >= 2 * kind.period_ms && state.a % kind.period_ms == 0 &&
         state.a <= static_cast<uint64_t>(kMaxTimeMs) + 2 * kMaxPeriodMs &&
         Previous(state) <= max_count && Current(state) <= max_count;
}

}  // namespace sluice::limit
