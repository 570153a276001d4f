// An isolate of the gateway: its clock, its ledger, and the requests that come to it.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "random.h"
#include "scenario.h"
#include "sluice/base/hash.h"
#include "sluice/limit/ledger.h"

namespace sluice::limit::simulation {

class SimIsolate {
 public:
  // Starts a new one in this place; `drift`: how far its clock's rate may be off.
  void Start(Random& random, double drift, size_t rules) {
    ++life_;
    offset_ms_ = random.Between(0, 5000);
    rate_ = random.Between(1 - drift, 1 + drift);
    ledger_ = std::make_unique<Ledger>(HashKey{random.Bits(), random.Bits()}, 64);
    rule_of_lease_.clear();
    granted_in_life_.assign(rules, 0);
  }

  // Date.now(): whole milliseconds of a clock that nobody else has.
  double Clock(double true_ms) const { return std::floor(true_ms * rate_ + offset_ms_); }

  // When the next request comes. Bursts and pauses belong to the place, not to the life.
  double NextArrival(const Scenario& scenario, double now_ms, Random& random) {
    const auto period = static_cast<double>(scenario.rules[scenario.tightest].period_ms);
    const double mean = period / scenario.RequestsAPeriod();
    if (scenario.arrivals == Arrivals::kPoisson) return now_ms + random.Exponential(mean);
    double at = now_ms;
    double wait = random.Exponential(mean / 4);
    while (at + wait > burst_ends_) {
      wait -= std::max(0.0, burst_ends_ - at);
      const double burst_starts = std::max(at, burst_ends_) + random.Exponential(0.3 * period);
      burst_ends_ = burst_starts + random.Exponential(0.1 * period);
      at = burst_starts;
    }
    return at + wait;
  }

  Ledger& ledger() { return *ledger_; }
  uint32_t life() const { return life_; }

  void NoteLease(uint64_t id, size_t rule) { rule_of_lease_[id] = rule; }
  size_t RuleOfLease(uint64_t id) const { return rule_of_lease_.at(id); }

  // The life of the object that granted last.
  uint32_t& granted_in_life(size_t rule) { return granted_in_life_[rule]; }

 private:
  uint32_t life_ = 0;
  double offset_ms_ = 0;
  double rate_ = 1;
  double burst_ends_ = 0;
  std::unique_ptr<Ledger> ledger_;
  absl::flat_hash_map<uint64_t, size_t> rule_of_lease_;
  std::vector<uint32_t> granted_in_life_;
};

}  // namespace sluice::limit::simulation
