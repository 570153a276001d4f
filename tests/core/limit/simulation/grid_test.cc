// The whole protocol, ledger to object and back: a tenth of the grid, or all of it with
// SLUICE_FULL=1 (tools/test --full).
#include "grid.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "gtest/gtest.h"
#include "scenario.h"
#include "sluice/limit/rule.h"
#include "step_engine.h"
#include "world.h"

namespace sluice::limit::simulation {
namespace {

bool RunsAll() {
  const char* full = std::getenv("SLUICE_FULL");
  return full != nullptr && std::strcmp(full, "1") == 0;
}

// A shorter time in the tests of every day.
std::vector<Cell> CellsToRun() {
  if (RunsAll()) return Grid();
  std::vector<Cell> cells = Tenth();
  for (Cell& cell : cells) {
    const bool is_large = cell.scenario.isolates == 100;
    cell.scenario.warmup_periods = is_large ? 0 : 1;
    cell.scenario.periods = is_large ? 1 : 4;
  }
  return cells;
}

TEST(Grid, NeverAdmitsMoreThanItsBound) {
  for (const Cell& cell : CellsToRun()) {
    const Outcome outcome = World(cell.scenario, StepEngine).Run();
    SCOPED_TRACE(NameOf(cell));
    EXPECT_EQ(outcome.errors, 0u);
    EXPECT_EQ(outcome.over_units, 0u);
    EXPECT_EQ(outcome.early_units, 0u);
    EXPECT_GT(outcome.admitted, 0u);
  }
}

// What leases are for, where they are at their best: at a steady load, of windows and buckets.
TEST(Grid, SparesCallsAndAdmitsTheLimit) {
  for (const Algorithm algorithm : {Algorithm::kFixedWindow, Algorithm::kGcra}) {
    for (Cell cell : Grid()) {
      Scenario& scenario = cell.scenario;
      if (cell.group != Group::kGrid || !MustSpareCalls(cell) || scenario.isolates != 10 ||
          scenario.rules[0].algorithm != algorithm || scenario.rules.size() == 2 ||
          scenario.arrivals != Arrivals::kPoisson) {
        continue;
      }
      const Outcome outcome = World(scenario, StepEngine).Run();
      SCOPED_TRACE(NameOf(cell));
      EXPECT_LE(outcome.CallShare(scenario), 0.11);
      EXPECT_GE(outcome.AdmittedShare(), 0.95);
    }
  }
}

// Writes are of grants and reserves, never of single charges, but where each must be durable.
TEST(Grid, WritesByDurability) {
  Scenario scenario{.rules = {{.algorithm = Algorithm::kGcra,
                               .units = 250,
                               .burst = 250,
                               .period_ms = 10'000,
                               .id = 1}},
                    .isolates = 10,
                    .load = 0.8,
                    .terms = {.max_ms = 10'000, .max_units = 250, .deny_cache_ms = 2000}};
  uint64_t writes[3];
  for (const Durability durability :
       {Durability::kMemory, Durability::kStrict, Durability::kCheckpoint}) {
    scenario.durability = durability;
    const Outcome outcome = World(scenario, StepEngine).Run();
    writes[static_cast<uint32_t>(durability)] = outcome.durable_writes;
    EXPECT_LT(outcome.durable_writes * 5, outcome.requests);
  }
  EXPECT_LT(writes[0], writes[2]);
  EXPECT_LT(writes[2], writes[1]);
}

}  // namespace
}  // namespace sluice::limit::simulation
