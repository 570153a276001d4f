// GCRA as throttled (Go) and redis-cell (Rust) have it. Their limit is burst + 1: of their
// max_burst, the units that may come on top of the first. Our burst is that limit.
// Then the cases of Upstash's own tests, for the algorithms that it has.
#include "../../support/conformance.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {
namespace {

using json::Value;

int64_t Int(Value object, std::string_view name) {
  const Value value = object.Find(name);
  EXPECT_TRUE(value.present()) << name;
  return value.present() ? json::ToInt64(value).value_or(-999) : -999;
}

std::vector<int64_t> Ints(Value array) {
  std::vector<int64_t> numbers;
  for (const Value element : json::Elements(array)) {
    numbers.push_back(json::ToInt64(element).value_or(-999));
  }
  return numbers;
}

TEST(GcraConformance, Throttled) {
  SLUICE_CONFORMANCE_FILE(text, "ratelimit/gcra_throttled.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  const Value root = document.root();
  ASSERT_EQ(Int(root, "limit"), Int(root, "max_burst") + 1);
  const Rule rule = Gcra(1, static_cast<uint64_t>(Int(root, "emission_interval_ms")),
                         static_cast<uint32_t>(Int(root, "limit")));
  State state;
  int cases = 0;
  for (const Value row : json::Elements(root.Find("cases"))) {
    SCOPED_TRACE(row.raw());
    const Verdict verdict = Charge(rule, static_cast<uint32_t>(Int(row, "cost")),
                                   static_cast<double>(Int(row, "now_ms")), state);
    EXPECT_EQ(!verdict.allowed, row.Find("limited").is(json::Kind::kTrue));
    EXPECT_EQ(verdict.remaining, Int(row, "remaining"));
    EXPECT_EQ(verdict.reset_ms, static_cast<double>(Int(row, "reset_after_ms")));
    EXPECT_EQ(verdict.retry_after_ms, static_cast<double>(Int(row, "retry_after_ms")));
    ++cases;
  }
  EXPECT_EQ(cases, 16);
}

// redis-cell's own answer: seconds, -1 where a number doesn't apply.
std::vector<int64_t> RedisCellReply(const Rule& rule, const Verdict& verdict) {
  const double retry_s = verdict.retry_after_ms < 0 ? -1 : verdict.retry_after_ms / 1000;
  return {verdict.allowed ? 0 : 1, rule.burst, verdict.remaining, static_cast<int64_t>(retry_s),
          static_cast<int64_t>(verdict.reset_ms / 1000)};
}

Rule RedisCellRule(Value params) {
  return Gcra(static_cast<uint32_t>(Int(params, "count")),
              static_cast<uint64_t>(Int(params, "period_s")) * 1000,
              static_cast<uint32_t>(Int(params, "max_burst") + 1));
}

TEST(GcraConformance, RedisCell) {
  SLUICE_CONFORMANCE_FILE(text, "ratelimit/gcra_redis_cell.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  const Value params = document.root().Find("params");
  const Rule rule = RedisCellRule(params);
  const auto quantity = static_cast<uint32_t>(Int(params, "quantity"));
  State state;
  int steps = 0;
  for (const Value step : json::Elements(document.root().Find("steps"))) {
    SCOPED_TRACE(step.raw());
    const auto now_ms = static_cast<double>(Int(step, "at_s") * 1000);
    EXPECT_EQ(RedisCellReply(rule, Charge(rule, quantity, now_ms, state)),
              Ints(step.Find("expect")));
    ++steps;
  }
  EXPECT_EQ(steps, 3);

  const Value example = document.root().Find("readme_example");
  const Rule example_rule = RedisCellRule(example);
  State fresh;
  EXPECT_EQ(RedisCellReply(example_rule, Charge(example_rule, 1, 0, fresh)),
            Ints(example.Find("expect")));
}

double Number(Value object, std::string_view name) { return json::ToDouble(object.Find(name)); }

// Requests at an even rate, from a window's start on; how many passed.
int Attack(const Rule& rule, uint32_t cost, double per_second, double duration_ms) {
  constexpr double kStart = 1'763'000'000'000;
  State state;
  int passed = 0;
  for (int i = 0; i * 1000 / per_second < duration_ms; ++i) {
    passed += Charge(rule, cost, kStart + i * 1000 / per_second, state).allowed ? 1 : 0;
  }
  return passed;
}

TEST(UpstashConformance, EveryAlgorithmAdmitsAsManyAsExpected) {
  SLUICE_CONFORMANCE_FILE(text, "ratelimit/upstash_harness_cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int cases = 0;
  for (const Value row : json::Elements(document.root().Find("cases"))) {
    SCOPED_TRACE(row.raw());
    const auto units = static_cast<uint32_t>(Int(row, "limit"));
    const auto period_ms = static_cast<uint64_t>(Int(row, "window_s")) * 1000;
    const auto cost = static_cast<uint32_t>(Int(row, "cost"));
    for (const Rule& rule :
         {FixedWindow(units, period_ms), FirstUse(units, period_ms),
          SlidingWindow(units, period_ms), TokenBucket(units, period_ms, units)}) {
      const int passed = Attack(rule, cost, Number(row, "rps"), Number(row, "attack_s") * 1000);
      EXPECT_GE(passed, Number(row, "gte")) << AlgorithmName(rule.algorithm);
      EXPECT_LE(passed, Number(row, "lte")) << AlgorithmName(rule.algorithm);
      if (HasBurst(rule.algorithm)) continue;
      // Windows never pass what was expected, and only whole requests and the slide are lost.
      EXPECT_LE(passed, std::ceil(Number(row, "expected_success")));
      if (rule.algorithm == Algorithm::kFixedWindow) {
        EXPECT_GT(passed, Number(row, "expected_success") - 1);
      }
    }
    ++cases;
  }
  EXPECT_EQ(cases, 4);
}

}  // namespace
}  // namespace sluice::limit
