#include "sluice/limit/counter_table.h"

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/base/hash.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {
namespace {

constexpr HashKey kKey = {0x0123456789abcdef, 0xfedcba9876543210};
constexpr double kNow = 1'763'000'000'000;

bool ChargeOne(CounterTable& table, const Rule& rule, std::string_view subject, double now_ms) {
  State* state = table.Find(rule, subject, now_ms);
  return state != nullptr && Charge(rule, 1, now_ms, *state).allowed;
}

TEST(CounterTable, CountsEachRuleAndSubjectApart) {
  CounterTable table(kKey, 1000);
  EXPECT_EQ(table.memory_bytes(), 0u);
  const Rule minutely = FixedWindow(1, 60'000, 1);
  const Rule hourly = FixedWindow(1, 3'600'000, 2);
  EXPECT_TRUE(ChargeOne(table, minutely, "alice", kNow));
  EXPECT_TRUE(ChargeOne(table, minutely, "bob", kNow));
  EXPECT_TRUE(ChargeOne(table, minutely, "", kNow));
  EXPECT_TRUE(ChargeOne(table, hourly, "alice", kNow));
  EXPECT_EQ(table.size(), 4u);
  EXPECT_FALSE(ChargeOne(table, minutely, "alice", kNow));
  EXPECT_FALSE(ChargeOne(table, minutely, "bob", kNow));
  EXPECT_FALSE(ChargeOne(table, minutely, "", kNow));
  EXPECT_FALSE(ChargeOne(table, hourly, "alice", kNow));
  EXPECT_EQ(table.size(), 4u);
}

TEST(CounterTable, TellsLongSubjectsApart) {
  CounterTable table(kKey, 1000);
  const Rule rule = FixedWindow(1, 60'000);
  for (const size_t length : {247u, 248u, 249u, 250u, 5000u}) {
    const std::string subject(length, 'x');
    EXPECT_TRUE(ChargeOne(table, rule, subject, kNow)) << length;
    EXPECT_TRUE(ChargeOne(table, rule, subject + "y", kNow)) << length;
    EXPECT_FALSE(ChargeOne(table, rule, subject + "y", kNow)) << length;
  }
}

TEST(CounterTable, ErasedCountersStartAfresh) {
  CounterTable table(kKey, 1000);
  const Rule rule = FixedWindow(1, 60'000);
  table.Erase(rule, "nobody");
  EXPECT_TRUE(ChargeOne(table, rule, "alice", kNow));
  table.Erase(rule, "bob");
  EXPECT_EQ(table.size(), 1u);
  table.Erase(rule, "alice");
  EXPECT_EQ(table.size(), 0u);
  EXPECT_TRUE(ChargeOne(table, rule, "alice", kNow));
}

// Finds, erasures and the passing of time in random order against a std::map.
TEST(CounterTable, BehavesAsAMap) {
  std::mt19937_64 random(1);
  const Rule rules[] = {FixedWindow(5, 1000, 1),   Gcra(10, 1000, 3, 2),
                        FixedWindow(9, 60'000, 3), SlidingWindow(5, 1000, 4),
                        FirstUse(5, 1000, 5),      TokenBucket(9, 1000, 9, 6)};
  CounterTable table(kKey, 100'000);
  std::map<std::pair<uint64_t, std::string>, State> model;
  double now = kNow;
  for (int i = 0; i < 200'000; ++i) {
    const Rule& rule = rules[random() % 6];
    const std::string subject = absl::StrCat("subject-", random() % 2000);
    if (random() % 8 == 0) {
      table.Erase(rule, subject);
      model.erase({rule.id, subject});
    } else {
      State* state = table.Find(rule, subject, now);
      ASSERT_NE(state, nullptr);
      State& expected = model[{rule.id, subject}];
      const uint32_t cost = static_cast<uint32_t>(random() % 4);
      const Verdict found = Charge(rule, cost, now, *state);
      const Verdict wanted = Charge(rule, cost, now, expected);
      ASSERT_EQ(found.allowed, wanted.allowed) << i;
      ASSERT_EQ(found.remaining, wanted.remaining) << i;
      ASSERT_EQ(found.reset_ms, wanted.reset_ms) << i;
    }
    now += static_cast<double>(random() % 3 == 0);
    if (i % 40'000 == 39'999) now += 100'000;  // all expire
  }
  EXPECT_LE(table.size(), 12'000u);
}

TEST(CounterTable, KeepsEveryCounterWhileItGrows) {
  constexpr uint32_t kSubjects = 200'000;
  CounterTable table(kKey, kSubjects);
  const Rule rule = FixedWindow(2, 3'600'000);
  for (uint32_t i = 0; i < kSubjects; ++i) {
    ASSERT_TRUE(ChargeOne(table, rule, absl::StrCat(i), kNow)) << i;
    const double bound = 24 * 1.25 / 0.85 * (i + 1) + 1024;
    ASSERT_LE(static_cast<double>(table.memory_bytes()), bound) << i;
  }
  EXPECT_EQ(table.size(), kSubjects);
  for (uint32_t i = 0; i < kSubjects; ++i) {
    ASSERT_TRUE(ChargeOne(table, rule, absl::StrCat(i), kNow)) << i;
    ASSERT_FALSE(ChargeOne(table, rule, absl::StrCat(i), kNow)) << i;
  }
  EXPECT_EQ(table.size(), kSubjects);
}

TEST(CounterTable, AFloodOfSubjectsPushesNoCounterOut) {
  CounterTable table(kKey, 1000);
  const Rule rule = FixedWindow(1, 60'000);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(ChargeOne(table, rule, absl::StrCat(i), kNow));
  const size_t memory = table.memory_bytes();
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_EQ(table.Find(rule, absl::StrCat("flood-", i), kNow), nullptr);
  }
  for (int i = 0; i < 1000; ++i) ASSERT_FALSE(ChargeOne(table, rule, absl::StrCat(i), kNow));
  EXPECT_EQ(table.size(), 1000u);
  EXPECT_EQ(table.memory_bytes(), memory);
}

TEST(CounterTable, AtCapacityExpiredCountersMakeRoom) {
  CounterTable table(kKey, 64);
  const Rule minutely = FixedWindow(1, 60'000, 1);
  const Rule hourly = FixedWindow(1, 3'600'000, 2);
  for (int i = 0; i < 32; ++i) {
    ASSERT_TRUE(ChargeOne(table, minutely, absl::StrCat(i), kNow));
    ASSERT_TRUE(ChargeOne(table, hourly, absl::StrCat(i), kNow));
  }
  EXPECT_FALSE(ChargeOne(table, hourly, "late", kNow));
  for (int i = 32; i < 64; ++i) {
    ASSERT_TRUE(ChargeOne(table, hourly, absl::StrCat(i), kNow + 60'001)) << i;
  }
  EXPECT_FALSE(ChargeOne(table, hourly, "late", kNow + 60'001));
  for (int i = 0; i < 64; ++i) {
    ASSERT_FALSE(ChargeOne(table, hourly, absl::StrCat(i), kNow + 60'001)) << i;
  }
}

TEST(CounterTable, SubjectsThatComeAndGoNeedNoMoreMemory) {
  CounterTable table(kKey, 1'000'000);
  const Rule rule = FixedWindow(1, 1000);
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(ChargeOne(table, rule, absl::StrCat(i), kNow + i));
  }
  // At most 1,001 of them were live at a time.
  EXPECT_LE(table.size(), 2500u);
  EXPECT_LE(table.memory_bytes(), 2500u * 36);
}

TEST(CounterTable, LookingLeavesNothingBehind) {
  CounterTable table(kKey, 64);
  const Rule rule = Gcra(1, 1000, 1);
  for (int i = 0; i < 10'000; ++i) {
    ASSERT_NE(table.Find(rule, absl::StrCat(i), kNow), nullptr);
  }
  EXPECT_LE(table.size(), 64u);
}

// What is taken as changed is what was marked since, whatever moved the counters meanwhile.
TEST(CounterTable, TakesWhatWasMarked) {
  std::mt19937_64 random(3);
  const Rule rule = FixedWindow(1000, 60'000);
  CounterTable table(kKey, 10'000);
  CounterTable copy(kKey, 10'000);
  std::array<CounterTable::Change, 100> changes;
  std::map<std::string, uint64_t> units;
  size_t marked = 0;
  for (int round = 0; round < 30; ++round) {
    std::set<std::string> touched;
    for (int i = 0; i < 300; ++i) {
      const std::string subject = absl::StrCat(random() % 5000);
      if (random() % 16 == 0) {
        table.Erase(rule, subject);
        units.erase(subject);
        touched.erase(subject);
        continue;
      }
      ASSERT_TRUE(ChargeOne(table, rule, subject, kNow));
      table.MarkChanged();
      touched.insert(subject);
      ++units[subject];
    }
    size_t taken = 0;
    for (size_t count = changes.size(); count == changes.size(); taken += count) {
      count = table.TakeChanges(absl::MakeSpan(changes));
      for (size_t i = 0; i < count; ++i) ASSERT_TRUE(copy.Put(changes[i], kNow));
    }
    EXPECT_GE(taken, touched.size());
    EXPECT_LE(taken, 300u);
    marked += touched.size();
    EXPECT_EQ(table.TakeChanges(absl::MakeSpan(changes)), 0u);
  }
  EXPECT_GT(marked, 5000u);
  for (int i = 0; i < 5000; ++i) {
    const std::string subject = absl::StrCat(i);
    const State* state = copy.Lookup(rule, subject);
    const auto expected = units.find(subject);
    EXPECT_EQ(state == nullptr ? 0 : state->b, expected == units.end() ? 0 : expected->second);
  }
}

}  // namespace
}  // namespace sluice::limit
