// Rules for tests.
#pragma once

#include <cstdint>

#include "sluice/limit/rule.h"

namespace sluice::limit {

inline Rule FixedWindow(uint32_t units, uint64_t period_ms, uint64_t id = 1) {
  return {.algorithm = Algorithm::kFixedWindow, .units = units, .period_ms = period_ms, .id = id};
}

inline Rule Gcra(uint32_t units, uint64_t period_ms, uint32_t burst, uint64_t id = 2) {
  return {.algorithm = Algorithm::kGcra,
          .units = units,
          .burst = burst,
          .period_ms = period_ms,
          .id = id};
}

}  // namespace sluice::limit
