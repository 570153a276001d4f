// The exact sliding log: every unit counts for one period from its own millisecond on, so that no
// period ever sees more than the units, wherever it begins.
//
// Up to 1,024 units the log is exact. A larger limit groups its entries by a resolution of
// period / 1,023, rounded up: a unit counts from the end of its group on, so it comes back up to
// one resolution late and never early. A log that is full all the same (its rule was changed, or a
// debt was charged) joins its two oldest entries at the later one's time.
#pragma once

#include <cstdint>

#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

constexpr uint32_t kMaxLogEntries = 1024;

struct LogEntry {
  uint64_t time;
  uint32_t units;
};

// The entries [first, end), by time. State.a is the time from which on none counts, State.b their
// sum.
struct Log {
  LogEntry* entries = nullptr;  // kMaxLogEntries of them, owned by the object's state
  uint32_t first = 0;
  uint32_t end = 0;

  uint32_t size() const { return end - first; }
};

// Whether `cost` would pass, with `held` more units in use by leases. O(entries).
Verdict PeekLog(const Rule& rule, uint32_t cost, uint64_t held, uint64_t now, const Log& log);
// Charges it if it does.
Verdict ChargeLog(const Rule& rule, uint32_t cost, uint64_t held, uint64_t now, Log& log,
                  State& state);
// Takes back the last charge of `cost`, with nothing between.
void UndoLog(const Rule& rule, uint32_t cost, Log& log, State& state);
// Adds units whatever the limit.
void AppendLog(const Rule& rule, uint32_t units, uint64_t now, Log& log, State& state);
// Takes up to `cost` units out of the entry of `time`, if it is still there: what has left the log,
// or was joined with others, stays as it is.
void RefundLog(const Rule& rule, uint32_t cost, uint64_t time, Log& log, State& state);
// The time of the entry that was last charged.
uint64_t LastTime(const Log& log);
// From now until `units` of what is in the log have left it; at most a period.
uint64_t TimeUntilFree(const Rule& rule, uint64_t units, uint64_t now, const Log& log);

}  // namespace sluice::limit
