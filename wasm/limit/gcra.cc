#include "sluice/limit/gcra.h"

#include <algorithm>
#include <cstdint>

namespace sluice::limit {
namespace {

// A duration of ms + part/units milliseconds, where part < units.
struct Span {
  uint64_t ms;
  uint64_t part;
};

bool operator<=(const Span& x, const Span& y) {
  return x.ms < y.ms || (x.ms == y.ms && x.part <= y.part);
}

double WholeMsUp(const Span& span) {
  return static_cast<double>(span.ms + (span.part > 0 ? 1 : 0));
}

uint64_t PackFraction(const Rule& rule, uint64_t part) {
  return static_cast<uint64_t>(rule.units) << 32 | part;
}
uint64_t Part(const State& state) { return state.b & 0xFFFFFFFFu; }
uint64_t UnitsWrittenUnder(const State& state) { return state.b >> 32; }

// A unit is period_ms parts of 1/units ms.
uint64_t PartsOf(const Rule& rule, uint64_t units) {
  return units <= kMaxBurstTime / rule.period_ms ? units * rule.period_ms : kMaxBurstTime;
}

// How long `cost` units take to drain. The caller has seen to cost ≤ burst, so nothing overflows.
Span DrainTime(const Rule& rule, uint32_t cost) {
  const uint64_t parts = cost * rule.period_ms;
  return {parts / rule.units, parts % rule.units};
}

// From now to the theoretical arrival time: how long what is in use takes to drain.
Span Backlog(const State& state, uint64_t now) {
  return state.a >= now ? Span{state.a - now, Part(state)} : Span{0, 0};
}

State ArrivalAt(const Rule& rule, uint64_t now, const Span& backlog) {
  return {now + backlog.ms, PackFraction(rule, backlog.part)};
}

// Units in use are (parts of backlog) / period at any rate, and the period is part of a rule's
// identity: so the same number of parts is the same usage.
void AdoptUnits(const Rule& rule, uint64_t now, State& state) {
  const uint64_t old_units = UnitsWrittenUnder(state);
  if (old_units == rule.units || old_units == 0) return;
  const Span backlog = Backlog(state, now);
  // Only a clock that went back by years overflows; then the longest backlog there is.
  const uint64_t parts = backlog.ms > (kMaxBurstTime - backlog.part) / old_units
                             ? kMaxBurstTime
                             : backlog.ms * old_units + backlog.part;
  state = ArrivalAt(rule, now, {parts / rule.units, parts % rule.units});
}

uint32_t Remaining(const Rule& rule, const Span& backlog) {
  const uint64_t full = rule.burst * rule.period_ms;
  if (backlog.ms > full / rule.units) return 0;
  const uint64_t used = backlog.ms * rule.units + backlog.part;
  return used < full ? static_cast<uint32_t>((full - used) / rule.period_ms) : 0;
}

}  // namespace

Verdict ChargeGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  AdoptUnits(rule, now, state);
  Span backlog = Backlog(state, now);

  Verdict verdict;
  if (cost == 0) {
    verdict.allowed = true;
  } else if (cost <= rule.burst) {
    // Conforming if the backlog and the cost's own drain time fit the time that a burst takes.
    const Span tolerance = DrainTime(rule, rule.burst - cost);
    verdict.allowed = backlog <= tolerance;
    if (verdict.allowed) {
      const uint64_t parts = backlog.part + cost * rule.period_ms;
      backlog = {backlog.ms + parts / rule.units, parts % rule.units};
      state = ArrivalAt(rule, now, backlog);
    } else {
      const uint64_t carry = backlog.part > tolerance.part ? 1 : 0;
      verdict.retry_after_ms = static_cast<double>(backlog.ms - tolerance.ms + carry);
    }
  }
  verdict.remaining = Remaining(rule, backlog);
  verdict.reset_ms = WholeMsUp(backlog);
  return verdict;
}

void RefundGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  if (UnitsWrittenUnder(state) == 0) return;
  AdoptUnits(rule, now, state);
  const Span backlog = Backlog(state, now);
  const Span refund =
      cost <= kMaxBurstTime / rule.period_ms ? DrainTime(rule, cost) : Span{UINT64_MAX, 0};
  if (backlog <= refund) {
    state = ArrivalAt(rule, now, {0, 0});
    return;
  }
  const bool borrow = backlog.part < refund.part;
  state = ArrivalAt(rule, now,
                    {backlog.ms - refund.ms - (borrow ? 1 : 0),
                     backlog.part + (borrow ? rule.units : 0) - refund.part});
}

void ForceGcra(const Rule& rule, uint32_t cost, uint64_t now, State& state) {
  if (cost == 0) return;
  AdoptUnits(rule, now, state);
  const Span backlog = Backlog(state, now);
  if (backlog.ms > (kMaxBurstTime - backlog.part) / rule.units) return;
  const uint64_t before = backlog.ms * rule.units + backlog.part;
  const uint64_t parts = before + std::min(PartsOf(rule, cost), kMaxBurstTime - before);
  state = ArrivalAt(rule, now, {parts / rule.units, parts % rule.units});
}

void HoldGcra(const Rule& rule, uint64_t units, uint64_t now, State& state) {
  if (units == 0) return;
  AdoptUnits(rule, now, state);
  const uint64_t parts = PartsOf(rule, units);
  const Span least = {parts / rule.units, parts % rule.units};
  if (Backlog(state, now) <= least) state = ArrivalAt(rule, now, least);
}

uint64_t SlackOfGcra(const Rule& rule, uint64_t held, uint64_t now, const State& state) {
  State adopted = state;
  AdoptUnits(rule, now, adopted);
  const Span backlog = Backlog(adopted, now);
  if (backlog.ms > (kMaxBurstTime - backlog.part) / rule.units) return kMaxUnits;
  const uint64_t parts = backlog.ms * rule.units + backlog.part;
  const uint64_t held_parts = PartsOf(rule, held);
  return parts > held_parts ? (parts - held_parts) / rule.period_ms : 0;
}

bool HasFraction(const State& state) { return Part(state) != 0; }

bool IsGcraState(const State& state) {
  const uint64_t units = UnitsWrittenUnder(state);
  if (units == 0) return state.a == 0 && state.b == 0;
  return state.a <= static_cast<uint64_t>(kMaxTimeMs) + kMaxBurstTime && units <= kMaxUnits &&
         Part(state) < units;
}

}  // namespace sluice::limit
