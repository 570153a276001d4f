#include "sluice/limit/concurrency.h"

#include <cstdint>

namespace sluice::limit {

Verdict ChargeSlots(const Rule& rule, uint32_t cost, uint64_t& in_use) {
  // Fewer slots than are held, if the rule was lowered meanwhile.
  const uint64_t left = in_use < rule.units ? rule.units - in_use : 0;
  Verdict verdict;
  verdict.allowed = cost <= left;
  if (verdict.allowed) in_use += cost;
  verdict.remaining = static_cast<uint32_t>(verdict.allowed ? left - cost : left);
  return verdict;
}

void TimeSlots(const ObjectState& state, const Counter& counter, uint32_t cost, uint64_t now,
               Verdict& verdict) {
  const uint16_t number = state.IndexOf(counter);
  const uint32_t units = counter.rule.units;
  uint64_t in_use = counter.slots;
  bool waiting = !verdict.allowed && cost <= units;
  for (size_t i = 0; i < state.record_count(); ++i) {
    const Record& record = state.record(i);
    if (record.kind != Record::Kind::kSlot || record.counter != number) continue;
    const auto until = static_cast<double>(record.deadline - now);
    verdict.reset_ms = until;
    in_use -= record.units;
    if (waiting && in_use + cost <= units) {
      verdict.retry_after_ms = until;
      waiting = false;
    }
  }
}

}  // namespace sluice::limit
