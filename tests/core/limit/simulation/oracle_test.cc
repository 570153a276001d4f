// The oracle sees one unit too many, and none that isn't.
#include "oracle.h"

#include <cstdint>
#include <vector>

#include "../rules.h"
#include "gtest/gtest.h"
#include "random.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit::simulation {
namespace {

constexpr uint64_t kPeriod = 1000;
constexpr uint64_t kStart = 1'795'996'800'000;

Rule SlidingLog(uint32_t units, uint64_t period_ms) {
  Rule rule = FixedWindow(units, period_ms);
  rule.algorithm = static_cast<Algorithm>(5);
  return rule;
}

TEST(Oracle, AllowsWhatTheBoundAllowsAndNoUnitMore) {
  const struct {
    const char* name;
    Rule rule;
    std::vector<Admission> log;  // exactly at the bound after its last entry
  } cases[] = {
      {"fixed window", FixedWindow(10, kPeriod), {{kStart + 999, 10}, {kStart + 1000, 10}}},
      {"first use", FirstUse(10, kPeriod), {{kStart, 1}, {kStart + 999, 9}, {kStart + 1000, 10}}},
      {"sliding window", SlidingWindow(10, kPeriod), {{kStart + 999, 10}, {kStart + 1500, 5}}},
      {"sliding log", SlidingLog(10, kPeriod), {{kStart, 4}, {kStart + 1, 6}, {kStart + 1000, 4}}},
      {"gcra", Gcra(10, kPeriod, 5), {{kStart, 5}, {kStart + 100, 1}, {kStart + 300, 2}}},
      {"token bucket", TokenBucket(10, kPeriod, 5), {{kStart, 5}, {kStart + 9999, 5}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(WorstExcess(c.rule, c.log, {}), 0u);
    std::vector<Admission> more = c.log;
    more.push_back({more.back().at_ms, 3});
    EXPECT_EQ(WorstExcess(c.rule, more, {}), 3u);
    more.back().at_ms -= kPeriod * 20;  // of another time
    EXPECT_EQ(WorstExcess(c.rule, more, {}), 0u);
  }
}

TEST(Oracle, SeesABucketAndAWindowThatFillAMillisecondTooEarly) {
  EXPECT_EQ(WorstExcess(Gcra(10, kPeriod, 5), {{kStart, 5}, {kStart + 99, 1}}, {}), 1u);
  EXPECT_EQ(WorstExcess(SlidingWindow(10, kPeriod), {{kStart + 999, 10}, {kStart + 1499, 5}}, {}),
            1u);
  EXPECT_EQ(WorstExcess(SlidingLog(10, kPeriod), {{kStart + 1, 10}, {kStart + 1000, 1}}, {}), 1u);
}

TEST(Oracle, StartsAnewAfterALossAndAllowsTheLeasesThatWereOut) {
  const Rule rule = FixedWindow(10, kPeriod);
  const std::vector<Admission> log = {{kStart + 5, 10}, {kStart + 500, 10}, {kStart + 600, 4}};
  EXPECT_EQ(WorstExcess(rule, log, {}), 14u);
  EXPECT_EQ(WorstExcess(rule, log, {{kStart + 100, 0}}), 4u);
  EXPECT_EQ(WorstExcess(rule, log, {{kStart + 100, 4}}), 0u);
  EXPECT_EQ(WorstExcess(rule, log, {{kStart + 550, 4}, {kStart + 100, 0}}), 0u);
}

// The plain algorithms are what the bounds describe: no client gets over them, some meet them.
TEST(Oracle, AgreesWithThePlainAlgorithms) {
  Random random(7);
  for (int round = 0; round < 400; ++round) {
    const auto units = static_cast<uint32_t>(random.Between(1, 40));
    const auto period = static_cast<uint64_t>(random.Between(1, 300));
    const Rule rules[] = {FixedWindow(units, period), FirstUse(units, period),
                          SlidingWindow(units, period),
                          Gcra(units, period, static_cast<uint32_t>(random.Between(1, 60)))};
    for (const Rule& rule : rules) {
      State state;
      std::vector<Admission> log;
      double now = kStart;
      for (int i = 0; i < 200; ++i) {
        now += random.Exponential(static_cast<double>(period) / units / 3);
        if (Charge(rule, 1, now, state).allowed) log.push_back({static_cast<uint64_t>(now), 1});
      }
      ASSERT_EQ(WorstExcess(rule, log, {}), 0u) << AlgorithmName(rule.algorithm);
    }
  }
}

TEST(ExactLog, AdmitsTheUnitsOfAnyPeriodAndNotOneMore) {
  ExactLog log(3, kPeriod);
  for (const uint64_t at : {0u, 10u, 20u}) {
    ASSERT_TRUE(log.Fits(1, at));
    log.Add(1, at);
  }
  EXPECT_FALSE(log.Fits(1, 999));
  EXPECT_TRUE(log.Fits(1, 1000));
  EXPECT_FALSE(log.Fits(2, 1000));
  EXPECT_TRUE(log.Fits(2, 1010));
}

}  // namespace
}  // namespace sluice::limit::simulation
