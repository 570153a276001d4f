// Counters of many subjects in one isolate.
#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/base/hash.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {

// An open-addressing table of 24-byte slots: a 64-bit keyed fingerprint of (rule id, subject) and
// 16 bytes of state. Two live subjects share a counter with probability n²/2⁶⁵ (n = 1e6:
// 2.7e-8); an attacker can't steer it without the key. Bounded; no timers.
//
// Robin Hood probing keeps probes short up to a load of 0.85, where the table grows. Slots that
// have expired are reused as charges come by.
// At capacity: a charge of an unknown subject first looks for an expired slot within the probe
// window; if there is none it is refused (`Find` returns null), so that a flood of subjects
// can't push counters out. What then happens is the caller's to say (onOutage).
class CounterTable {
 public:
  // `max_entries`: at least 64; memory is at most 24 × 1.25 / 0.85 bytes an entry.
  CounterTable(HashKey key, size_t max_entries);
  ~CounterTable();
  CounterTable(const CounterTable&) = delete;
  CounterTable& operator=(const CounterTable&) = delete;

  // The state of (rule, subject), made if absent. The pointer is good until the next call.
  // Amortized O(1).
  State* Find(const Rule& rule, std::string_view subject, double now_ms);

  void Erase(const Rule& rule, std::string_view subject);

  size_t size() const { return size_; }
  size_t memory_bytes() const;

 private:
  struct Slot;
  void Grow(double now_ms);

  HashKey key_;
  size_t max_entries_;
  Slot* slots_ = nullptr;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

}  // namespace sluice::limit
