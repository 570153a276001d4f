// Rules for tests.
#pragma once

#include <cstdint>

#include "sluice/limit/rule.h"

namespace sluice::limit {

inline Rule FixedWindow(uint32_t units, uint64_t period_ms, uint64_t id = 1) {
  return {.algorithm = Algorithm::kFixedWindow, .units = units, .period_ms = period_ms, .id = id};
}

inline Rule FirstUse(uint32_t units, uint64_t period_ms, uint64_t id = 3) {
  Rule rule = FixedWindow(units, period_ms, id);
  rule.window = Window::kFirstUse;
  return rule;
}

inline Rule Weekly(uint32_t units, uint64_t id = 4) {
  Rule rule = FixedWindow(units, kWeekMs, id);
  rule.window = Window::kWeek;
  return rule;
}

inline Rule Monthly(uint32_t units, uint64_t id = 5) {
  Rule rule = FixedWindow(units, kLongestMonthMs, id);
  rule.window = Window::kMonth;
  return rule;
}

inline Rule SlidingWindow(uint32_t units, uint64_t period_ms, uint64_t id = 6) {
  return {.algorithm = Algorithm::kSlidingWindow, .units = units, .period_ms = period_ms, .id = id};
}

inline Rule Gcra(uint32_t units, uint64_t period_ms, uint32_t burst, uint64_t id = 2) {
  return {.algorithm = Algorithm::kGcra,
          .units = units,
          .burst = burst,
          .period_ms = period_ms,
          .id = id};
}

inline Rule TokenBucket(uint32_t units, uint64_t period_ms, uint32_t burst, uint64_t id = 7) {
  Rule rule = Gcra(units, period_ms, burst, id);
  rule.algorithm = Algorithm::kTokenBucket;
  return rule;
}

inline Rule SlidingLog(uint32_t units, uint64_t period_ms, uint64_t id = 8) {
  return {.algorithm = Algorithm::kSlidingLog, .units = units, .period_ms = period_ms, .id = id};
}

inline Rule Concurrency(uint32_t slots, uint64_t timeout_ms, uint64_t id = 9) {
  return {.algorithm = Algorithm::kConcurrency, .units = slots, .period_ms = timeout_ms, .id = id};
}

}  // namespace sluice::limit
