// Random charges against slow, exact models.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {
namespace {

using absl::uint128;

class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}

  uint64_t Below(uint64_t bound) { return engine_() % bound; }
  // 1 … max, small ones as likely as large ones.
  uint64_t Magnitude(uint64_t max) {
    const uint64_t bits = Below(64) + 1;
    const uint64_t value = engine_() >> (64 - bits);
    return value % max + 1;
  }

 private:
  std::mt19937_64 engine_;
};

struct Admitted {
  uint64_t now;
  uint64_t cost;
};

// The day of the month and the month, counted from 1970, one after the other.
uint64_t SlowMonth(uint64_t day) {
  constexpr uint64_t kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (uint64_t month = 0;; ++month) {
    const uint64_t year = 1970 + month / 12;
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    const uint64_t days = kDays[month % 12] + (leap && month % 12 == 1 ? 1 : 0);
    if (day < days) return month;
    day -= days;
  }
}

// All that was admitted, and nothing else.
class Log {
 public:
  explicit Log(const Rule& rule) : rule_(rule) {}

  bool Admits(uint64_t cost, uint64_t now) const {
    if (HasBurst(rule_.algorithm)) return GcraAdmits(cost, now);
    if (rule_.algorithm == Algorithm::kSlidingWindow) return SlidingAdmits(cost, now);
    return cost + SpentInWindow(now) <= rule_.units;
  }
  void Add(uint64_t cost, uint64_t now) { admitted_.push_back({now, cost}); }

 private:
  uint64_t WindowNumber(uint64_t time) const {
    if (rule_.window == Window::kWeek) return (time / kDayMs + 3) / 7;
    if (rule_.window == Window::kMonth) return SlowMonth(time / kDayMs);
    return time / rule_.period_ms;
  }

  uint64_t SpentInNumber(uint64_t number) const {
    uint64_t spent = 0;
    for (const Admitted& a : admitted_) {
      if (WindowNumber(a.now) == number) spent += a.cost;
    }
    return spent;
  }

  uint64_t SpentInWindow(uint64_t now) const {
    if (rule_.window != Window::kFirstUse) return SpentInNumber(WindowNumber(now));
    uint64_t end = 0;
    uint64_t spent = 0;
    for (const Admitted& a : admitted_) {
      if (a.now >= end) {
        end = a.now + rule_.period_ms;
        spent = 0;
      }
      spent += a.cost;
    }
    return now < end ? spent : 0;
  }

  // current + previous × (1 - elapsed / period), as a fraction.
  bool SlidingAdmits(uint64_t cost, uint64_t now) const {
    const uint64_t number = now / rule_.period_ms;
    const uint128 previous = number == 0 ? 0 : SpentInNumber(number - 1);
    const uint128 current = SpentInNumber(number) + cost;
    return previous * (rule_.period_ms - now % rule_.period_ms) + current * rule_.period_ms <=
           uint128{rule_.units} * rule_.period_ms;
  }

  // In every interval that ends now: no more than burst + units × (length / period).
  bool GcraAdmits(uint64_t cost, uint64_t now) const {
    uint128 units = cost;
    if (units > rule_.burst) return false;
    for (size_t i = admitted_.size(); i-- > 0;) {
      units += admitted_[i].cost;
      const uint128 bound =
          uint128{rule_.burst} * rule_.period_ms + uint128{rule_.units} * (now - admitted_[i].now);
      if (units * rule_.period_ms > bound) return false;
    }
    return true;
  }

  const Rule rule_;
  std::vector<Admitted> admitted_;
};

// With times that a double holds exactly.
Rule RandomRule(Random& random) {
  const auto units = static_cast<uint32_t>(random.Magnitude(kMaxUnits));
  const uint64_t period_ms = random.Magnitude(kMaxPeriodMs);
  switch (random.Below(8)) {
    case 0:
      return FirstUse(units, period_ms);
    case 1:
      return Weekly(units);
    case 2:
      return Monthly(units);
    case 3:
      return FixedWindow(units, period_ms);
    case 4:
    case 5: {
      const uint64_t max = std::min<uint64_t>(kMaxUnits, kMaxBurstTime / period_ms);
      return SlidingWindow(static_cast<uint32_t>(random.Magnitude(max)), period_ms);
    }
    default:
      break;
  }
  constexpr uint64_t kMaxDrainMs = 4'000'000'000'000'000;
  const uint64_t max_burst = std::min({uint64_t{kMaxUnits}, kMaxBurstTime / period_ms,
                                       std::max<uint64_t>(1, units * (kMaxDrainMs / period_ms))});
  const auto burst = static_cast<uint32_t>(random.Magnitude(max_burst));
  return random.Below(2) == 0 ? Gcra(units, period_ms, burst)
                              : TokenBucket(units, period_ms, burst);
}

std::string Describe(const Rule& rule) {
  return absl::StrCat(AlgorithmName(rule.algorithm), " of window ",
                      static_cast<uint32_t>(rule.window), ", units ", rule.units, ", period ",
                      rule.period_ms, ", burst ", rule.burst);
}

// Mostly near what the rule grants, so that borders are hit from both sides.
uint64_t RandomStep(const Rule& rule, uint32_t cost, Random& random) {
  switch (random.Below(5)) {
    case 0:
      return 0;
    case 1:
      return random.Below(3);
    case 2:
      return random.Magnitude(2 * rule.period_ms);
    case 3:
      return rule.period_ms / rule.units;
    default: {
      const uint64_t drain = cost * rule.period_ms / rule.units + random.Below(3);
      return std::min<uint64_t>(drain, 400 * kMaxPeriodMs);
    }
  }
}

uint32_t RandomCost(const Rule& rule, Random& random) {
  const uint64_t quota = rule.quota();
  switch (random.Below(4)) {
    case 0:
      return 1;
    case 1:
      return static_cast<uint32_t>(quota);
    case 2:
      return static_cast<uint32_t>(random.Magnitude(quota));
    default:
      return static_cast<uint32_t>(random.Below(quota + 2));
  }
}

// retry_after_ms and reset_ms, checked by trying on copies of the state.
void CheckDurations(const Rule& rule, uint32_t cost, uint64_t now, const Verdict& verdict,
                    const State& state) {
  const auto at = [now](double after) { return static_cast<double>(now) + after; };
  const auto passes = [&](uint32_t units, double when) {
    State copy = state;
    return Charge(rule, units, when, copy).allowed;
  };
  if (verdict.retry_after_ms >= 0) {
    ASSERT_GE(verdict.retry_after_ms, 1);
    EXPECT_TRUE(passes(cost, at(verdict.retry_after_ms)));
    EXPECT_FALSE(passes(cost, at(verdict.retry_after_ms - 1)));
  } else if (!verdict.allowed) {
    EXPECT_GT(cost, rule.quota());
  }
  EXPECT_TRUE(passes(verdict.remaining, at(0)));
  if (verdict.remaining < rule.quota()) EXPECT_FALSE(passes(verdict.remaining + 1, at(0)));

  State fresh = state;
  EXPECT_EQ(Charge(rule, 0, at(verdict.reset_ms), fresh).remaining, rule.quota());
  if (verdict.reset_ms >= 1) {
    State early = state;
    const Verdict before = Charge(rule, 0, at(verdict.reset_ms - 1), early);
    EXPECT_EQ(before.reset_ms, 1);
    EXPECT_FALSE(Expired(rule, state, at(verdict.reset_ms - 1)));
  }
  EXPECT_TRUE(Expired(rule, state, at(verdict.reset_ms)) || verdict.reset_ms == 0);
}

TEST(AlgorithmProperties, AgreeWithTheLogOfWhatWasAdmitted) {
  Random random(20261121);
  for (int round = 0; round < 1000 && !testing::Test::HasFailure(); ++round) {
    const Rule rule = RandomRule(random);
    ASSERT_TRUE(IsValid(rule));
    SCOPED_TRACE(absl::StrCat("round ", round, ", ", Describe(rule)));
    Log log(rule);
    State state;
    uint64_t now = random.Below(1'800'000'000'000);
    for (int i = 0; i < 60; ++i) {
      const uint32_t cost = RandomCost(rule, random);
      now += RandomStep(rule, cost, random);
      const bool expected = log.Admits(cost, now);
      const State before = state;
      const Verdict verdict = Charge(rule, cost, static_cast<double>(now), state);
      ASSERT_EQ(verdict.allowed, expected) << "charge " << i << " of " << cost << " at " << now;
      if (verdict.allowed) {
        if (cost > 0) log.Add(cost, now);
      } else {
        EXPECT_EQ(state.a, before.a);
        EXPECT_EQ(state.b, before.b);
      }
      CheckDurations(rule, cost, now, verdict, state);
    }
  }
}

// Whether a charge now adds to what a charge at the state's own time would have added to. If not,
// one that is made with a clock that is back at that time is right to count as one of that time.
bool Remembers(const Rule& rule, const State& state, uint64_t now) {
  if (rule.algorithm == Algorithm::kSlidingWindow) return state.a > now + rule.period_ms;
  return !Expired(rule, state, static_cast<double>(now));
}

// What a jump back leaves must be no more than what an honest clock would have left.
TEST(AlgorithmProperties, AClockThatJumpsBackNeverAdmitsMore) {
  Random random(7);
  for (int round = 0; round < 600 && !testing::Test::HasFailure(); ++round) {
    const Rule rule = RandomRule(random);
    SCOPED_TRACE(absl::StrCat("round ", round, ", ", Describe(rule)));
    State honest;
    uint64_t now = 1'700'000'000'000;
    for (int i = 0; i < 40; ++i) {
      const uint32_t cost = RandomCost(rule, random);
      now += RandomStep(rule, cost, random);
      const bool live = Remembers(rule, honest, now);
      State jumped = honest;
      const uint64_t back = random.Magnitude(now);
      const Verdict then = Charge(rule, cost, static_cast<double>(now - back), jumped);
      const Verdict straight = Charge(rule, cost, static_cast<double>(now), honest);
      if (!live) continue;
      if (then.allowed) EXPECT_TRUE(straight.allowed);
      State after_jump = jumped;
      EXPECT_LE(Charge(rule, 0, static_cast<double>(now), after_jump).remaining,
                straight.remaining + (straight.allowed && !then.allowed ? cost : 0));
    }
  }
}

TEST(AlgorithmProperties, AnExpiredStateBehavesAsAFreshOne) {
  Random random(99);
  for (int round = 0; round < 2000; ++round) {
    const Rule rule = RandomRule(random);
    State state;
    uint64_t now = random.Below(1'800'000'000'000);
    Verdict verdict = Charge(rule, RandomCost(rule, random), static_cast<double>(now), state);
    now += static_cast<uint64_t>(verdict.reset_ms);
    ASSERT_TRUE(Expired(rule, state, static_cast<double>(now)));
    const uint32_t cost = RandomCost(rule, random);
    State fresh;
    const Verdict expected = Charge(rule, cost, static_cast<double>(now), fresh);
    const Verdict found = Charge(rule, cost, static_cast<double>(now), state);
    EXPECT_EQ(found.allowed, expected.allowed);
    EXPECT_EQ(found.remaining, expected.remaining);
    EXPECT_EQ(found.reset_ms, expected.reset_ms);
    EXPECT_EQ(found.retry_after_ms, expected.retry_after_ms);
  }
}

TEST(AlgorithmProperties, ARefundRestoresWhatWasLeft) {
  Random random(5);
  for (int round = 0; round < 2000; ++round) {
    const Rule rule = RandomRule(random);
    State state;
    const double now = static_cast<double>(random.Below(1'800'000'000'000));
    Charge(rule, RandomCost(rule, random), now, state);
    const Verdict before = Charge(rule, 0, now, state);
    const uint32_t cost = RandomCost(rule, random);
    if (!Charge(rule, cost, now, state).allowed) continue;
    Refund(rule, cost, now, state);
    const Verdict after = Charge(rule, 0, now, state);
    EXPECT_EQ(after.remaining, before.remaining);
    EXPECT_EQ(after.reset_ms, before.reset_ms);
  }
}

// The same subject under rules of one kind whose amounts change at random: a changed amount must
// not make anything in use disappear, so what is admitted agrees with the log under the newest
// amount.
TEST(AlgorithmProperties, WindowsKeepTheirCountsUnderChangedAmounts) {
  Random random(31);
  for (int round = 0; round < 500 && !testing::Test::HasFailure(); ++round) {
    Rule rule = RandomRule(random);
    if (HasBurst(rule.algorithm)) continue;
    SCOPED_TRACE(absl::StrCat("round ", round, ", ", Describe(rule)));
    const uint32_t max_units = rule.units;
    std::vector<Admitted> admitted;
    State state;
    uint64_t now = random.Below(1'800'000'000'000);
    for (int i = 0; i < 40; ++i) {
      rule.units = static_cast<uint32_t>(random.Magnitude(max_units));
      Log log(rule);
      for (const Admitted& a : admitted) log.Add(a.cost, a.now);
      const uint32_t cost = RandomCost(rule, random);
      now += RandomStep(rule, cost, random);
      // Over its lowered amount a rule still peeks.
      const bool expected = cost == 0 || log.Admits(cost, now);
      const Verdict verdict = Charge(rule, cost, static_cast<double>(now), state);
      ASSERT_EQ(verdict.allowed, expected) << "charge " << i << " of " << cost << " at " << now;
      if (verdict.allowed && cost > 0) admitted.push_back({now, cost});
      if (cost > 0) CheckDurations(rule, cost, now, verdict, state);
    }
  }
}

// The error that the sliding window states: in the period that ends now at most previous × elapsed
// more than its units, and its estimate at most previous × rest over what there was.
TEST(AlgorithmProperties, TheSlidingWindowStaysWithinItsError) {
  Random random(77);
  for (int round = 0; round < 300 && !testing::Test::HasFailure(); ++round) {
    const auto units = static_cast<uint32_t>(random.Magnitude(1000));
    const Rule rule = SlidingWindow(units, random.Magnitude(100'000));
    SCOPED_TRACE(Describe(rule));
    std::vector<Admitted> admitted;
    State state;
    uint64_t now = random.Below(1'800'000'000'000);
    for (int i = 0; i < 300; ++i) {
      const uint32_t cost = RandomCost(rule, random);
      now += random.Below(3) == 0 ? RandomStep(rule, cost, random) : random.Below(3);
      const uint64_t window = now / rule.period_ms;
      uint64_t trailing = 0;
      uint64_t previous = 0;
      for (const Admitted& a : admitted) {
        if (a.now + rule.period_ms > now) trailing += a.cost;
        if (a.now / rule.period_ms + 1 == window) previous += a.cost;
      }
      const uint64_t elapsed = now % rule.period_ms;
      const uint64_t rest = rule.period_ms - elapsed;
      const uint64_t allowance = (units - std::min<uint64_t>(units, trailing)) * rule.period_ms;
      if (Charge(rule, cost, static_cast<double>(now), state).allowed) {
        EXPECT_LE((trailing + cost) * rule.period_ms, units * rule.period_ms + previous * elapsed);
        if (cost > 0) admitted.push_back({now, cost});
      } else if (cost <= units) {
        EXPECT_GT(cost * rule.period_ms + previous * rest, allowance);
      }
    }
  }
}

TEST(AlgorithmProperties, ATokenBucketIsGcra) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    Rule gcra = RandomRule(random);
    if (!HasBurst(gcra.algorithm)) continue;
    gcra.algorithm = Algorithm::kGcra;
    Rule bucket = gcra;
    bucket.algorithm = Algorithm::kTokenBucket;
    State x;
    State y;
    uint64_t now = random.Below(1'800'000'000'000);
    for (int i = 0; i < 50; ++i) {
      const uint32_t cost = RandomCost(gcra, random);
      now += RandomStep(gcra, cost, random);
      const auto at = static_cast<double>(now);
      EXPECT_EQ(Charge(gcra, cost, at, x).allowed, Charge(bucket, cost, at, y).allowed);
      if (random.Below(8) == 0) {
        Refund(gcra, cost, at, x);
        Refund(bucket, cost, at, y);
      }
      EXPECT_EQ(x.a, y.a);
      EXPECT_EQ(x.b, y.b);
      EXPECT_EQ(Expired(gcra, x, at), Expired(bucket, y, at));
    }
  }
}

TEST(AlgorithmProperties, EveryStateThatIsWrittenIsPlausible) {
  Random random(13);
  for (int round = 0; round < 500; ++round) {
    const Rule rule = RandomRule(random);
    SCOPED_TRACE(Describe(rule));
    State state;
    uint64_t now = random.Below(2) == 0 ? 0 : static_cast<uint64_t>(kMaxTimeMs) - 1;
    for (int i = 0; i < 10; ++i) {
      const uint32_t cost = RandomCost(rule, random);
      Charge(rule, cost, static_cast<double>(now), state);
      ASSERT_TRUE(IsPlausible(rule, state));
      if (random.Below(4) == 0) Refund(rule, cost, static_cast<double>(now), state);
      ASSERT_TRUE(IsPlausible(rule, state));
      now += RandomStep(rule, cost, random);
    }
  }
}

// Ten million charges, each in the first millisecond in which it may pass, never idle.
TEST(AlgorithmProperties, GcraDoesNotDrift) {
  const Rule rule = Gcra(7, 1000, 2);  // a unit takes 142 6/7 ms
  constexpr uint64_t kCharges = 10'000'000;
  constexpr uint64_t kStart = 1'763'000'000'123;
  State state;
  ASSERT_TRUE(Charge(rule, 2, static_cast<double>(kStart), state).allowed);
  for (uint64_t charged = 2; charged < kCharges; ++charged) {
    const auto due = static_cast<double>(kStart + ((charged - 1) * 1000 + 6) / 7);
    if (charged % 100'000 == 0) {
      EXPECT_EQ(Charge(rule, 1, due - 1, state).retry_after_ms, 1);
    }
    ASSERT_TRUE(Charge(rule, 1, due, state).allowed) << "charge " << charged;
  }
  EXPECT_EQ(state.a, kStart + kCharges * 1000 / 7);
  EXPECT_EQ(state.b & 0xFFFFFFFFu, kCharges * 1000 % 7);
}

}  // namespace
}  // namespace sluice::limit
