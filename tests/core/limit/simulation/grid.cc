#include "grid.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "random.h"
#include "scenario.h"
#include "sluice/limit/rule.h"
#include "wire.h"

namespace sluice::limit::simulation {
namespace {

constexpr uint64_t kPeriodMs = 10'000;
constexpr double kDenyCacheMs = 2000;
constexpr double kMaxLeaseMs = 30'000;
constexpr uint32_t kUnitsAnIsolate = 25;
constexpr double kLoads[] = {0.8, 1.2, 3, 10};
constexpr uint32_t kIsolates[] = {1, 10, 100};
constexpr Algorithm kAlgorithms[] = {Algorithm::kFixedWindow, Algorithm::kSlidingWindow,
                                     Algorithm::kGcra, Algorithm::kSlidingLog};

struct Hazard {
  Faults faults;
  Durability durability;
};
constexpr Hazard kHazards[] = {
    {Faults::kNone, Durability::kMemory},     {Faults::kNetwork, Durability::kMemory},
    {Faults::kDeaths, Durability::kMemory},   {Faults::kRestarts, Durability::kMemory},
    {Faults::kRestarts, Durability::kStrict}, {Faults::kRestarts, Durability::kCheckpoint},
};

// The last rule is the tightest: what the others gave has to be given back when it denies.
Scenario Make(Algorithm algorithm, uint32_t isolates, uint32_t objects, double load,
              uint32_t units_an_isolate = kUnitsAnIsolate, uint64_t period_ms = kPeriodMs) {
  Scenario scenario{.isolates = isolates, .load = load};
  for (uint32_t i = 0; i < objects; ++i) {
    const uint32_t units = units_an_isolate * isolates * (2 + (objects - 1 - i)) / 2;
    scenario.rules.push_back({.algorithm = algorithm,
                              .units = units,
                              .burst = HasBurst(algorithm) ? units : 0,
                              .period_ms = period_ms,
                              .id = i + 1});
  }
  scenario.tightest = objects - 1;
  scenario.terms = {.max_ms = std::min(static_cast<double>(period_ms), kMaxLeaseMs),
                    .max_units = scenario.rules[0].units,
                    .deny_cache_ms = kDenyCacheMs};
  return scenario;
}

void AddGrid(std::vector<Cell>& cells) {
  for (const Algorithm algorithm : kAlgorithms) {
    for (const uint32_t isolates : kIsolates) {
      for (uint32_t objects = 1; objects <= 3; ++objects) {
        for (const Arrivals arrivals : {Arrivals::kPoisson, Arrivals::kBursty}) {
          for (const double load : kLoads) {
            for (const Hazard& hazard : kHazards) {
              Scenario scenario = Make(algorithm, isolates, objects, load);
              scenario.arrivals = arrivals;
              scenario.faults = hazard.faults;
              scenario.durability = hazard.durability;
              cells.push_back({Group::kGrid, scenario});
            }
          }
        }
      }
    }
  }
}

void AddOthers(std::vector<Cell>& cells) {
  for (const double load : kLoads) {
    for (const Algorithm algorithm : kAlgorithms) {
      cells.push_back({Group::kLargeLimit, Make(algorithm, 10, 1, load, 100)});
      cells.push_back({Group::kThinLimit, Make(algorithm, 10, 1, load, 5)});
      cells.push_back({Group::kMinute, Make(algorithm, 10, 1, load, kUnitsAnIsolate, 60'000)});
    }
    Scenario burst = Make(Algorithm::kTokenBucket, 10, 1, load);
    burst.rules[0].burst = burst.rules[0].units / 5;
    cells.push_back({Group::kSmallBurst, burst});
  }
}

}  // namespace

std::vector<Cell> Grid() {
  std::vector<Cell> cells;
  AddGrid(cells);
  AddOthers(cells);
  for (size_t i = 0; i < cells.size(); ++i) cells[i].scenario.seed = i + 1;
  return cells;
}

std::vector<Cell> Tenth() {
  std::vector<Cell> tenth;
  const std::vector<Cell> all = Grid();
  // By chance, so that no axis is tied to another.
  for (size_t i = 0; i < all.size(); ++i) {
    if (Random(i).Bits() % 10 == 0) tenth.push_back(all[i]);
  }
  return tenth;
}

double LeastCallShare(const Scenario& scenario) {
  const Rule& rule = scenario.rules[scenario.tightest];
  const double load = scenario.load;
  const double part = static_cast<double>(rule.units) / scenario.isolates;
  const auto period = static_cast<double>(rule.period_ms);
  const double requests = scenario.RequestsAPeriod();  // of an isolate
  const bool fixed = rule.algorithm == Algorithm::kFixedWindow;
  const double leasable =
      HasBurst(rule.algorithm) ? static_cast<double>(rule.burst) / 2 / scenario.isolates : part;
  if (load < 1) {
    // Of a log only what the load leaves free can be leased; of a sliding window also what fades
    // until its end.
    const bool is_log = rule.algorithm == Algorithm::kSlidingLog;
    const double free = is_log ? (1 - load) * part : leasable;
    return 1 / (1 + std::min(free, requests * scenario.terms.max_ms / period));
  }
  const double denied = 1 - 1 / load;
  // Whoever is denied asks again with the first request after denyCacheMax.
  const double waits = denied * period / (scenario.terms.deny_cache_ms + period / requests);
  if (fixed) return (1 + waits) / requests;
  return std::min(1.0, std::max(waits, part / (1 + leasable)) / requests);
}

bool MustSpareCalls(const Cell& cell) {
  const Scenario& scenario = cell.scenario;
  const double part =
      static_cast<double>(scenario.rules[scenario.tightest].quota()) / scenario.isolates;
  return scenario.faults == Faults::kNone && scenario.RequestsAPeriod() >= 20 && part >= 20;
}

bool MustAdmitTheLimit(const Cell& cell) { return cell.scenario.load == 3 && MustSpareCalls(cell); }

std::string NameOf(const Cell& cell) {
  const Scenario& s = cell.scenario;
  return absl::StrCat(NameOf(cell.group), " ", AlgorithmName(s.rules[0].algorithm), " isolates ",
                      s.isolates, " objects ", s.rules.size(), " ", NameOf(s.arrivals), " load ",
                      s.load, " ", NameOf(s.faults), " ", NameOf(s.durability), " units ",
                      s.rules[s.tightest].units, " period ", s.rules[0].period_ms);
}

const char* NameOf(Group group) {
  constexpr const char* kNames[] = {"grid", "large limit", "thin limit", "small burst", "minute"};
  return kNames[static_cast<uint32_t>(group)];
}
const char* NameOf(Arrivals arrivals) {
  return arrivals == Arrivals::kPoisson ? "poisson" : "bursty";
}
const char* NameOf(Faults faults) {
  constexpr const char* kNames[] = {"none", "network", "deaths", "restarts"};
  return kNames[static_cast<uint32_t>(faults)];
}
const char* NameOf(Durability durability) {
  constexpr const char* kNames[] = {"memory", "strict", "checkpoint"};
  return kNames[static_cast<uint32_t>(durability)];
}

}  // namespace sluice::limit::simulation
