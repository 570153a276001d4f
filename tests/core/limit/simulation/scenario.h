// What one run simulates.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"
#include "wire.h"

namespace sluice::limit::simulation {

// How an isolate decides.
enum class Way : uint32_t {
  kLeases,  // what is under test: its ledger first, then the object
  kNaive,   // one call for each check
};

// How requests come to an isolate, at the same mean rate.
enum class Arrivals : uint32_t {
  kPoisson,
  kBursty,  // a quarter of the time at four times the rate, else none: bursts of a tenth of a
            // period in the mean, exponential like the pauses
};

enum class Faults : uint32_t {
  kNone,      // delays of 5 to 15 ms each way
  kNetwork,   // 2% of messages lost, 1% doubled, delays exponential with a mean of 40 ms
  kDeaths,    // an isolate lives for three periods in the mean; another takes its place
  kRestarts,  // an object lives for three periods in the mean, loses its memory and what isn't
              // durable yet, and is away for 50 ms
};

struct Scenario {
  std::vector<Rule> rules = {};  // an object each; every request charges them all, one unit each
  size_t tightest = 0;           // the rule that `load` refers to
  uint32_t isolates = 1;
  double load = 1;  // requests of all isolates, as a multiple of the tightest rule's rate
  Arrivals arrivals = Arrivals::kPoisson;
  Faults faults = Faults::kNone;
  Durability durability = Durability::kMemory;
  Way way = Way::kLeases;
  LeaseTerms terms = {};
  uint32_t warmup_periods = 2;
  uint32_t periods = 8;  // measured after them
  uint64_t seed = 1;

  // Requests that an isolate sees in a period, in the mean.
  double RequestsAPeriod() const { return load * rules[tightest].units / isolates; }
};

struct Outcome {
  uint64_t requests = 0;
  uint64_t admitted = 0;
  uint64_t failed = 0;      // no answer in time
  uint64_t of_leases = 0;   // checks answered by a lease …
  uint64_t of_denials = 0;  // … and by a denial that was remembered
  uint64_t calls = 0;       // to objects, all kinds
  uint64_t charge_calls = 0;
  uint64_t return_calls = 0;
  uint64_t cancel_calls = 0;
  uint64_t durable_writes = 0;
  double limit_units = 0;       // the tightest rule's units in the measured time
  uint64_t plain_admitted = 0;  // by the same algorithms in one place, asked without delay
  uint64_t log_admitted = 0;    // by exact sliding logs there
  uint64_t lost_units = 0;      // of the tightest: deducted for charges and leases that faults took
  uint64_t over_units = 0;      // beyond a bound, of any rule, in the whole run; must be 0
  uint64_t early_units = 0;     // admitted by an object that had forgotten leases which were then
                                // still spent; must be 0
  uint64_t errors = 0;          // frames refused; must be 0

  // Objects' calls as a share of one a check.
  double CallShare(const Scenario& scenario) const {
    return requests == 0
               ? 0
               : static_cast<double>(calls) / static_cast<double>(requests * scenario.rules.size());
  }
  // Of what could be admitted: the limit, or what came of it.
  double AdmittedShare() const {
    const double possible = limit_units < static_cast<double>(plain_admitted)
                                ? limit_units
                                : static_cast<double>(plain_admitted);
    return possible == 0 ? 1 : static_cast<double>(admitted) / possible;
  }
  double AdmittedShareOfUnlost() const {
    const double possible =
        (limit_units < static_cast<double>(plain_admitted) ? limit_units
                                                           : static_cast<double>(plain_admitted)) -
        static_cast<double>(lost_units);
    return possible <= 0 ? 1 : static_cast<double>(admitted) / possible;
  }
};

}  // namespace sluice::limit::simulation
