#include "sluice/limit/fixed_window.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/calendar.h"

namespace sluice::limit {
namespace {

// Of the window that a charge now would begin, or is in.
uint64_t WindowEnd(const Rule& rule, uint64_t now) {
  switch (rule.window) {
    case Window::kAligned:
      break;
    case Window::kFirstUse:
      return now + rule.period_ms;
    case Window::kWeek:
      return WeekEndMs(now);
    case Window::kMonth:
      return MonthEndMs(now);
  }
  return (now / rule.period_ms + 1) * rule.period_ms;
}

bool IsBoundary(const Rule& kind, uint64_t time) {
  switch (kind.window) {
    case Window::kAligned:
      return time % kind.period_ms == 0;
    case Window::kFirstUse:
      return true;
    case Window::kWeek:
      return WeekEndMs(time - 1) == time;
    case Window::kMonth:
      return MonthEndMs(time - 1) == time;
  }
  return false;
}

}  // namespace

Verdict ChargeFixedWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  // Also with a clock that went back: then the later window goes on.
  const bool open = state.a > now;
  const uint64_t end = open ? state.a : WindowEnd(rule, now);
  uint64_t spent = open ? state.b : 0;
  // A rule that was lowered meanwhile may find more spent than it has.
  const uint64_t left = spent < rule.units ? rule.units - spent : 0;

  Verdict verdict;
  verdict.allowed = cost <= left;
  if (verdict.allowed && cost > 0) {
    spent += cost;
    state = {end, spent};
  }
  const uint64_t until_end = end - now;
  verdict.remaining = static_cast<uint32_t>(verdict.allowed ? left - cost : left);
  verdict.reset_ms = spent > 0 ? static_cast<double>(until_end) : 0;
  if (!verdict.allowed && cost <= rule.units) {
    verdict.retry_after_ms = static_cast<double>(until_end);
  }
  return verdict;
}

void RefundFixedWindow(uint32_t cost, uint64_t keep, State& state) {
  // In a window that is over this changes nothing. The end stays, also when nothing is left spent:
  // a clock that goes backwards must not find an earlier window fresh.
  if (state.b > keep) state.b -= std::min<uint64_t>(state.b - keep, cost);
}

void ForceFixedWindow(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  if (cost == 0) return;
  if (state.a <= now) state = {WindowEnd(rule, now), 0};
  state.b = std::min<uint64_t>(state.b + cost, kMaxUnits);
}

void ResetFixedWindow(uint64_t keep, State& state) { state.b = std::min(state.b, keep); }

bool IsFixedWindowState(const Rule& kind, const State& state) {
  if (state.b > kMaxUnits) return false;
  if (state.a == 0) return true;
  return state.a <= static_cast<uint64_t>(kMaxTimeMs) + kMaxPeriodMs && IsBoundary(kind, state.a);
}

}  // namespace sluice::limit
