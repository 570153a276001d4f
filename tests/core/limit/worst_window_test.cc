// What each algorithm admits at most in as many milliseconds as its period has: the figures of
// docs/limits.md, and the bounds that they are examples of.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "object.h"
#include "rules.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {
namespace {

constexpr uint64_t kMinute = 60'000;
constexpr uint64_t kStart = 29'383'334 * kMinute;  // a boundary of the grid

// One subject's charges, and what of them was admitted.
class Client {
 public:
  explicit Client(const Rule& rule) : rule_(rule) {}

  bool Try(uint64_t now, uint32_t cost) {
    const Verdict verdict = Charge(rule_, cost, static_cast<double>(now), state_);
    if (verdict.allowed) admitted_.emplace_back(now, cost);
    return verdict.allowed;
  }

  // All that passes in [from, to): each unit in the first millisecond in which it does.
  void TakeAll(uint64_t from, uint64_t to) {
    while (from < to) {
      const Verdict verdict = Charge(rule_, 1, static_cast<double>(from), state_);
      if (verdict.allowed) {
        admitted_.emplace_back(from, 1);
        const Verdict rest = Charge(rule_, 0, static_cast<double>(from), state_);
        if (rest.remaining > 0) Try(from, rest.remaining);
      } else {
        from += static_cast<uint64_t>(verdict.retry_after_ms);
      }
    }
  }

  // The most in any `span_ms` milliseconds in a row.
  uint64_t MostWithin(uint64_t span_ms) const {
    uint64_t most = 0;
    uint64_t units = 0;
    size_t first = 0;
    for (const auto& [now, cost] : admitted_) {
      units += cost;
      while (admitted_[first].first + span_ms <= now) units -= admitted_[first++].second;
      most = std::max(most, units);
    }
    return most;
  }

  uint64_t total() const { return MostWithin(UINT64_MAX / 2); }

 private:
  const Rule rule_;
  State state_;
  std::vector<std::pair<uint64_t, uint32_t>> admitted_;
};

// Silence, then all that passes from the last millisecond of a minute on.
uint64_t AfterSilence(const Rule& rule) {
  Client client(rule);
  client.TakeAll(kStart - 1, kStart + 3 * rule.period_ms);
  return client.MostWithin(rule.period_ms);
}

// One unit to open a window, all others in that window's last millisecond, and all after it.
uint64_t AfterAKnock(const Rule& rule) {
  Client client(rule);
  client.Try(kStart, 1);
  client.TakeAll(kStart + rule.period_ms - 1, kStart + 4 * rule.period_ms);
  return client.MostWithin(rule.period_ms);
}

uint64_t WorstOf(const Rule& rule) { return std::max(AfterSilence(rule), AfterAKnock(rule)); }

// Three times as many as the rate, evenly, for ten minutes.
Client UnderEvenLoad(const Rule& rule) {
  Client client(rule);
  for (uint64_t i = 0; i < 3000; ++i) client.Try(kStart + i * 200, 1);
  return client;
}

TEST(WorstWindow, IsAsDocumentedForAHundredAMinute) {
  const struct {
    const char* name;
    Rule rule;
    uint64_t worst;
    uint64_t worst_under_load;
    uint64_t all_under_load;
  } cases[] = {
      {"fixed_window", FixedWindow(100, kMinute), 200, 100, 1000},
      {"fixed_window, firstUse", FirstUse(100, kMinute), 199, 100, 1000},
      {"sliding_window", SlidingWindow(100, kMinute), 199, 100, 991},
      {"gcra, burst 100", Gcra(100, kMinute, 100), 199, 199, 1099},
      {"gcra, burst 20", Gcra(100, kMinute, 20), 119, 119, 1019},
      {"gcra, 81 units, burst 20", Gcra(81, kMinute, 20), 100, 100, 829},
      {"gcra, burst 1", Gcra(100, kMinute, 1), 100, 100, 1000},
      {"token_bucket, burst 100", TokenBucket(100, kMinute, 100), 199, 199, 1099},
      {"token_bucket, burst 20", TokenBucket(100, kMinute, 20), 119, 119, 1019},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(WorstOf(c.rule), c.worst);
    const Client loaded = UnderEvenLoad(c.rule);
    EXPECT_EQ(loaded.MostWithin(kMinute), c.worst_under_load);
    EXPECT_EQ(loaded.total(), c.all_under_load);
  }
}

// What two instants can see: the whole burst of a gcra is there at once, so are two windows' units.
TEST(WorstWindow, HowMuchComesAtOnce) {
  const auto at_once = [](const Rule& rule) {
    Client client(rule);
    client.Try(kStart, 1);
    client.TakeAll(kStart + kMinute - 1, kStart + kMinute + 1);
    return client.MostWithin(2);
  };
  EXPECT_EQ(at_once(FixedWindow(100, kMinute)), 199u);
  EXPECT_EQ(at_once(FirstUse(100, kMinute)), 199u);
  EXPECT_EQ(at_once(SlidingWindow(100, kMinute)), 99u);
  EXPECT_EQ(at_once(Gcra(100, kMinute, 100)), 100u);
  EXPECT_EQ(at_once(Gcra(100, kMinute, 20)), 20u);
}

// A log lives in an object; every unit in the first millisecond in which it passes, from `from` on.
std::vector<uint64_t> TakenOfALog(const Rule& rule, uint64_t from, uint64_t to) {
  Object object;
  std::vector<uint64_t> times;
  while (from < to) {
    const OperationVerdict verdict = object.Do(ChargeOf(rule), static_cast<double>(from));
    if (verdict.allowed) {
      times.push_back(from);
    } else {
      from += static_cast<uint64_t>(verdict.retry_after_ms);
    }
  }
  return times;
}

TEST(WorstWindow, OfALogIsItsUnits) {
  const std::vector<uint64_t> times =
      TakenOfALog(SlidingLog(100, kMinute), kStart + kMinute - 1, kStart + 4 * kMinute);
  ASSERT_EQ(times.size(), 400u);
  for (size_t i = 100; i < times.size(); ++i) EXPECT_EQ(times[i], times[i - 100] + kMinute);
}

// Grouped, units come back up to a resolution late and never early.
TEST(WorstWindow, OfALargeLogIsItsUnitsToo) {
  const Rule rule = SlidingLog(5000, 3'600'000);
  constexpr uint64_t kResolution = 3520;
  Object object;
  for (uint64_t i = 0; i < 1000; ++i) {
    ASSERT_TRUE(object.Do(ChargeOf(rule, 5), static_cast<double>(kStart + i * 2000)).allowed);
  }
  EXPECT_LE(object.state().size(), 48 + 144 + 12 * 1024u);
  const std::string peek = RequestFrame({OperationOf(OperationKind::kPeek, rule)});
  const auto free_at = [&](uint64_t time) {
    return RunStep(peek, object.state(), static_cast<double>(time)).verdict().remaining;
  };
  for (uint64_t i = 0; i < 1000; i += 7) {
    const uint64_t comes_back = kStart + i * 2000 + rule.period_ms;
    ASSERT_LE(free_at(comes_back), 5 * (i + 1));
    ASSERT_GE(free_at(comes_back + kResolution - 1), 5 * (i + 1));
  }
}

TEST(WorstWindow, OfAUnitFromFirstUseIsAUnit) {
  EXPECT_EQ(WorstOf(FirstUse(1, kMinute)), 1u);
  EXPECT_EQ(WorstOf(FixedWindow(1, kMinute)), 2u);
}

// February lies in less than the longest month, with a day on each side.
TEST(WorstWindow, ThirtyOneDaysCanSeeThreeMonths) {
  constexpr uint64_t kFebruary2027 = 1'801'440'000'000;
  const Rule rule = Monthly(100);
  Client client(rule);
  client.Try(kFebruary2027 - 1, 100);
  EXPECT_FALSE(client.Try(kFebruary2027 - 1, 1));
  EXPECT_TRUE(client.Try(kFebruary2027, 100));
  EXPECT_FALSE(client.Try(kFebruary2027 + 28 * kDayMs - 1, 1));
  EXPECT_TRUE(client.Try(kFebruary2027 + 28 * kDayMs, 100));
  EXPECT_EQ(client.MostWithin(2), 200u);
  EXPECT_EQ(client.MostWithin(28 * kDayMs + 2), 300u);
}

// The bounds by formula, over `periods` periods.
uint64_t Bound(const Rule& rule, uint64_t periods) {
  const uint64_t units = rule.units;
  const uint64_t span = periods * rule.period_ms;
  if (HasBurst(rule.algorithm)) return rule.burst + units * (span - 1) / rule.period_ms;
  if (rule.algorithm == Algorithm::kSlidingWindow) {
    return units * periods +
           (rule.period_ms > 1 ? units * (rule.period_ms - 2) / rule.period_ms : 0);
  }
  return (periods + 1) * units - (rule.window == Window::kFirstUse ? 1 : 0);
}

Rule RandomRule(std::mt19937_64& random) {
  const auto units = static_cast<uint32_t>(random() % 50 + 1);
  const uint64_t period_ms = random() % 200 + 1;
  switch (random() % 4) {
    case 0:
      return FixedWindow(units, period_ms);
    case 1:
      return FirstUse(units, period_ms);
    case 2:
      return SlidingWindow(units, period_ms);
    default:
      return Gcra(units, period_ms, static_cast<uint32_t>(random() % 60 + 1));
  }
}

TEST(WorstWindow, NoClientGetsOverTheBounds) {
  std::mt19937_64 random(4);
  uint64_t met = 0;
  for (int round = 0; round < 3000; ++round) {
    const Rule rule = RandomRule(random);
    Client client(rule);
    uint64_t now = kStart;
    for (int i = 0; i < 30; ++i) {
      const uint64_t to = now + random() % rule.period_ms;
      if (random() % 3 == 0) client.TakeAll(now, to + 1);
      if (random() % 2 == 0) client.Try(now, static_cast<uint32_t>(random() % rule.quota() + 1));
      now = to;
    }
    for (const uint64_t periods : {1u, 2u, 5u}) {
      const uint64_t most = client.MostWithin(periods * rule.period_ms);
      ASSERT_LE(most, Bound(rule, periods))
          << AlgorithmName(rule.algorithm) << " " << static_cast<uint32_t>(rule.window) << " units "
          << rule.units << " period " << rule.period_ms << " burst " << rule.burst;
      met += most == Bound(rule, periods) ? 1u : 0u;
    }
  }
  EXPECT_GT(met, 1000u);  // they aren't loose
}

}  // namespace
}  // namespace sluice::limit
