#include "sluice/limit/sliding_log.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sluice::limit {
namespace {

uint64_t Resolution(const Rule& rule) {
  if (rule.units <= kMaxLogEntries) return 1;
  constexpr uint64_t kGroups = kMaxLogEntries - 1;
  return (rule.period_ms + kGroups - 1) / kGroups;
}

void SetExpiry(const Rule& rule, const Log& log, State& state) {
  state.a = log.size() == 0 ? 0 : log.entries[log.end - 1].time + rule.period_ms;
}

void DropOld(const Rule& rule, uint64_t now, Log& log, State& state) {
  while (log.first < log.end && log.entries[log.first].time + rule.period_ms <= now) {
    state.b -= log.entries[log.first++].units;
  }
  if (log.first == log.end) log.first = log.end = 0;
  SetExpiry(rule, log, state);
}

void MakeRoom(Log& log) {
  if (log.end < kMaxLogEntries) return;
  if (log.first == 0) {
    // Counted from the later one's time: a little longer, never shorter.
    log.entries[1].units += log.entries[0].units;
    log.first = 1;
  }
  std::memmove(log.entries, log.entries + log.first, log.size() * sizeof(LogEntry));
  log.end -= log.first;
  log.first = 0;
}

}  // namespace

void AppendLog(const Rule& rule, uint32_t units, uint64_t now, Log& log, State& state) {
  DropOld(rule, now, log, state);
  if (units == 0) return;
  const uint64_t resolution = Resolution(rule);
  uint64_t time = (now + resolution - 1) / resolution * resolution;
  if (log.size() > 0) time = std::max(time, log.entries[log.end - 1].time);
  // What is kept in 32 bits stays there: debts over 1e9 units count as that.
  units = static_cast<uint32_t>(
      std::min<uint64_t>(units, kMaxUnits - std::min<uint64_t>(state.b, kMaxUnits)));
  if (units == 0) return;
  if (log.size() == 0 || log.entries[log.end - 1].time != time) {
    MakeRoom(log);
    log.entries[log.end++] = {time, 0};
  }
  log.entries[log.end - 1].units += units;
  state.b += units;
  SetExpiry(rule, log, state);
}

Verdict PeekLog(const Rule& rule, uint32_t cost, uint64_t held, uint64_t now, const Log& log) {
  uint64_t in_use = held;
  for (uint32_t i = log.first; i < log.end; ++i) {
    if (log.entries[i].time + rule.period_ms > now) in_use += log.entries[i].units;
  }
  Verdict verdict;
  verdict.allowed = cost == 0 || in_use + cost <= rule.units;
  if (!verdict.allowed && cost <= rule.units) {
    verdict.retry_after_ms =
        static_cast<double>(TimeUntilFree(rule, in_use + cost - rule.units, now, log));
  }
  verdict.remaining = in_use < rule.units ? static_cast<uint32_t>(rule.units - in_use) : 0;
  const uint64_t empty_at = LastTime(log) + rule.period_ms;
  if (log.size() > 0 && empty_at > now) verdict.reset_ms = static_cast<double>(empty_at - now);
  // What is leased may be spent, and then counts for a period, until its deadline.
  if (held > 0) verdict.reset_ms = static_cast<double>(rule.period_ms);
  return verdict;
}

Verdict ChargeLog(const Rule& rule, uint32_t cost, uint64_t held, uint64_t now, Log& log,
                  State& state) {
  DropOld(rule, now, log, state);
  Verdict verdict = PeekLog(rule, cost, held, now, log);
  if (!verdict.allowed || cost == 0) return verdict;
  AppendLog(rule, cost, now, log, state);
  verdict.remaining -= cost;
  verdict.reset_ms = std::max(verdict.reset_ms, static_cast<double>(state.a - now));
  return verdict;
}

void UndoLog(const Rule& rule, uint32_t cost, Log& log, State& state) {
  if (cost == 0) return;
  LogEntry& last = log.entries[log.end - 1];
  last.units -= cost;
  state.b -= cost;
  if (last.units == 0) --log.end;
  SetExpiry(rule, log, state);
}

void RefundLog(const Rule& rule, uint32_t cost, uint64_t time, Log& log, State& state) {
  uint32_t at = log.first;
  while (at < log.end && log.entries[at].time != time) ++at;
  if (at == log.end) return;
  const uint32_t units = std::min(cost, log.entries[at].units);
  log.entries[at].units -= units;
  state.b -= units;
  if (log.entries[at].units == 0) {
    --log.end;
    std::memmove(log.entries + at, log.entries + at + 1, (log.end - at) * sizeof(LogEntry));
  }
  SetExpiry(rule, log, state);
}

uint64_t LastTime(const Log& log) { return log.size() == 0 ? 0 : log.entries[log.end - 1].time; }

uint64_t TimeUntilFree(const Rule& rule, uint64_t units, uint64_t now, const Log& log) {
  uint64_t freed = 0;
  for (uint32_t i = log.first; i < log.end; ++i) {
    if (log.entries[i].time + rule.period_ms <= now) continue;
    freed += log.entries[i].units;
    if (freed >= units) return log.entries[i].time + rule.period_ms - now;
  }
  // Units that are leased come back when their leases have been over for a period, or earlier.
  return rule.period_ms;
}

}  // namespace sluice::limit
