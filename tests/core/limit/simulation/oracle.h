// The exact log of what was admitted under one limit, and whether it keeps the algorithm's bound.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sluice/limit/rule.h"

namespace sluice::limit::simulation {

struct Admission {
  uint64_t at_ms = 0;  // by the object's clock, which is the one that the rule means
  uint32_t units = 0;
};

// The object lost all that it knew (durability memory) when this much could still be spent of
// leases that it had granted: the stated bound allows those units, and a counter that starts anew.
struct Loss {
  uint64_t at_ms = 0;
  uint64_t leased_units = 0;
};

// By how many units at most the log exceeds what the rule ever admits, at any time; 0 if it never
// does. What is checked is as tight as the plain algorithm with no leases is:
//   fixed window, aligned   units in each window
//   fixed window, firstUse  2 × units - 1 in any period
//   sliding window          previous × (1 - e) + current ≤ units at each admission, and so units in
//                           each window of the grid
//   sliding log             units in any period
//   gcra, token bucket      a bucket of `burst` tokens from which the log is taken never runs dry
// Between two losses each bound holds by itself, but for the units that the loss allows.
// `log` and `losses` needn't be in order.
uint64_t WorstExcess(const Rule& rule, std::vector<Admission> log, std::vector<Loss> losses);

// An exact sliding log with no bound on its memory: the yardstick for what a limit of `units` in
// any `period_ms` could have admitted.
class ExactLog {
 public:
  ExactLog(uint64_t units, uint64_t period_ms) : units_(units), period_ms_(period_ms) {}

  // `now_ms` must not go back.
  bool Fits(uint32_t cost, uint64_t now_ms);
  void Add(uint32_t cost, uint64_t now_ms);

 private:
  uint64_t units_;
  uint64_t period_ms_;
  uint64_t in_use_ = 0;
  size_t oldest_ = 0;
  std::vector<Admission> log_;
};

}  // namespace sluice::limit::simulation
