// limits_simulation [--tenth]: runs the grid and writes what came of every cell as JSON.
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "grid.h"
#include "scenario.h"
#include "sluice/limit/rule.h"
#include "step_engine.h"
#include "world.h"

namespace sluice::limit::simulation {
namespace {

void Print(const Cell& cell, const char* way, const Outcome& outcome, bool last) {
  const Scenario& s = cell.scenario;
  const Rule& rule = s.rules[s.tightest];
  const std::string algorithm(AlgorithmName(rule.algorithm));
  std::printf(
      "{\"group\":\"%s\",\"way\":\"%s\",\"algorithm\":\"%s\",\"isolates\":%" PRIu32
      ",\"objects\":%zu,\"arrivals\":\"%s\",\"load\":%g,\"faults\":\"%s\",\"durability\":\"%s\","
      "\"units\":%" PRIu32 ",\"burst\":%" PRIu32 ",\"periodMs\":%" PRIu64 ",",
      NameOf(cell.group), way, algorithm.c_str(), s.isolates, s.rules.size(), NameOf(s.arrivals),
      s.load, NameOf(s.faults), NameOf(s.durability), rule.units, rule.burst, rule.period_ms);
  std::printf("\"leaseMs\":%g,\"denyCacheMs\":%g,\"mustSpare\":%s,\"mustAdmit\":%s,",
              s.terms.max_ms, s.terms.deny_cache_ms, MustSpareCalls(cell) ? "true" : "false",
              MustAdmitTheLimit(cell) ? "true" : "false");
  std::printf("\"requests\":%" PRIu64 ",\"admitted\":%" PRIu64 ",\"plain\":%" PRIu64
              ",\"log\":%" PRIu64 ",\"limit\":%g,\"failed\":%" PRIu64 ",\"lost\":%" PRIu64
              ",\"over\":%" PRIu64 ",\"early\":%" PRIu64 ",\"errors\":%" PRIu64 ",",
              outcome.requests, outcome.admitted, outcome.plain_admitted, outcome.log_admitted,
              outcome.limit_units, outcome.failed, outcome.lost_units, outcome.over_units,
              outcome.early_units, outcome.errors);
  std::printf(
      "\"share\":%.4f,\"unlostShare\":%.4f,\"calls\":%.4f,\"leastCalls\":%.4f,"
      "\"writes\":%" PRIu64 "}%s\n",
      outcome.AdmittedShare(), outcome.AdmittedShareOfUnlost(), outcome.CallShare(s),
      LeastCallShare(s), outcome.durable_writes, last ? "" : ",");
}

bool ShowsTheNaiveWay(const Scenario& s) {
  return s.rules.size() == 1 && s.faults == Faults::kNone && s.arrivals == Arrivals::kPoisson;
}

void RunAll(bool tenth) {
  const std::vector<Cell> cells = tenth ? Tenth() : Grid();
  std::puts("[");
  for (size_t i = 0; i < cells.size(); ++i) {
    Cell cell = cells[i];
    const bool last = i + 1 == cells.size();
    const bool naive = ShowsTheNaiveWay(cell.scenario) && cell.group == Group::kGrid;
    Print(cell, "leases", World(cell.scenario, StepEngine).Run(), last && !naive);
    if (!naive) continue;
    cell.scenario.way = Way::kNaive;
    Print(cell, "naive", World(cell.scenario, StepEngine).Run(), last);
  }
  std::puts("]");
}

}  // namespace
}  // namespace sluice::limit::simulation

int main(int argc, char** argv) {
  sluice::limit::simulation::RunAll(argc > 1 && std::strcmp(argv[1], "--tenth") == 0);
  return 0;
}
