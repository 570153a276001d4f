// A lease as an isolate holds it whose clock is off by as much as the protocol bears.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sluice/limit/object_frames.h"

namespace sluice::limit {

struct HeldLease {
  uint64_t id = 0;
  uint32_t units = 0;  // left
  uint32_t granted = 0;
  double from = 0;     // the first unit's time
  double pace_ms = 0;  // each other's after the one before; 0: all at once
  uint64_t until = 0;

  // The units that may be spent.
  uint32_t There(uint64_t now) const {
    const double since = static_cast<double>(now) - from;
    if (since < 0 || now >= until) return 0;
    if (pace_ms == 0) return units;
    const double come = std::min<double>(granted, std::floor(since / pace_ms) + 1);
    const uint32_t spent = granted - units;
    return come > spent ? static_cast<uint32_t>(come) - spent : 0;
  }
};

// The lease of charge `id`, with a clock that is 1% slow to its end and 1% fast to its units.
inline HeldLease Hold(uint64_t id, const OperationVerdict& verdict, uint64_t sent, uint64_t now) {
  HeldLease lease = {.id = id,
                     .units = verdict.leased,
                     .granted = verdict.leased,
                     .pace_ms = verdict.lease_pace_us / 1000.0 * 0.99,
                     .until = sent + static_cast<uint64_t>(verdict.lease_ms * 1.01)};
  // Units that are there are there. From the next on the clock matters.
  const double told_ms = verdict.lease_pace_us / 1000.0;
  const double come = verdict.lease_wait_ms > 0 || told_ms == 0
                          ? 0
                          : std::floor(-verdict.lease_wait_ms / told_ms) + 1;
  const double next_ms = verdict.lease_wait_ms + come * told_ms;
  lease.from = static_cast<double>(now) + std::floor(next_ms * 0.99) - come * lease.pace_ms;
  return lease;
}

}  // namespace sluice::limit
