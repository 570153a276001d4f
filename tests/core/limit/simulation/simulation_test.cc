#include <cstdint>
#include <string>

#include "../rules.h"
#include "gtest/gtest.h"
#include "plain_engine.h"
#include "scenario.h"
#include "step_engine.h"
#include "world.h"

namespace sluice::limit::simulation {
namespace {

Scenario Naive(const Rule& rule, uint32_t isolates, double load) {
  return {.rules = {rule}, .isolates = isolates, .load = load, .way = Way::kNaive};
}

// The harness itself: isolates that ask for every check are as exact as one place, but for delay.
TEST(Simulation, OfACallForEveryCheckAdmitsWhatOnePlaceWould) {
  for (const Rule& rule :
       {FixedWindow(250, 10'000), SlidingWindow(250, 10'000), Gcra(250, 10'000, 250)}) {
    for (const double load : {0.8, 3.0}) {
      const Scenario scenario = Naive(rule, 10, load);
      const Outcome outcome = World(scenario, PlainEngine).Run();
      SCOPED_TRACE(AlgorithmName(rule.algorithm));
      EXPECT_EQ(outcome.errors, 0u);
      EXPECT_EQ(outcome.over_units, 0u);
      EXPECT_EQ(outcome.failed, 0u);
      EXPECT_EQ(outcome.charge_calls, outcome.requests);
      EXPECT_NEAR(static_cast<double>(outcome.admitted),
                  static_cast<double>(outcome.plain_admitted), 10);
    }
  }
}

// … and what a log admits is held against a log, not against windows.
TEST(Simulation, ALogInOnePlaceAdmitsWhatAnExactLogDoes) {
  for (const Arrivals arrivals : {Arrivals::kPoisson, Arrivals::kBursty}) {
    Scenario scenario = Naive(SlidingLog(25, 10'000), 1, 3.0);
    scenario.arrivals = arrivals;
    const Outcome outcome = World(scenario, StepEngine).Run();
    EXPECT_EQ(outcome.plain_admitted, outcome.log_admitted);
    EXPECT_NEAR(static_cast<double>(outcome.admitted), static_cast<double>(outcome.plain_admitted),
                2);
  }
}

TEST(Simulation, IsTheSameForASeed) {
  Scenario scenario = Naive(Gcra(250, 10'000, 250), 10, 1.2);
  scenario.faults = Faults::kNetwork;
  const Outcome first = World(scenario, PlainEngine).Run();
  const Outcome again = World(scenario, PlainEngine).Run();
  EXPECT_EQ(first.admitted, again.admitted);
  EXPECT_EQ(first.calls, again.calls);
  EXPECT_EQ(first.failed, again.failed);
  scenario.seed = 2;
  EXPECT_NE(World(scenario, PlainEngine).Run().requests, first.requests);
}

TEST(Simulation, LosesWhatTheNetworkLoses) {
  Scenario scenario = Naive(Gcra(250, 10'000, 250), 10, 3);
  scenario.faults = Faults::kNetwork;
  const Outcome outcome = World(scenario, PlainEngine).Run();
  const double failed = static_cast<double>(outcome.failed) / static_cast<double>(outcome.requests);
  EXPECT_GT(failed, 0.02);  // two messages of which 2% are lost, and what comes after 250 ms
  EXPECT_LT(failed, 0.1);
  EXPECT_GT(outcome.cancel_calls, 0u);
  // The plain engine gives back for every cancel that comes, also twice or for a charge that never
  // came: that this admits too much must show.
  EXPECT_GT(outcome.over_units, 0u);
}

}  // namespace
}  // namespace sluice::limit::simulation
