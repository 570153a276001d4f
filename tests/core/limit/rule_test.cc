#include "sluice/limit/rule.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::limit {
namespace {

// "code pointer@offset" of each issue; the offset as the text that starts there.
struct Compiled {
  std::optional<Rule> rule;
  std::vector<std::string> issues;
};

Compiled CompileText(std::string_view text, std::string_view name = "api") {
  json::Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  json::CompileContext context;
  Compiled compiled{CompileRule(name, document.root(), context), {}};
  for (const Issue& issue : context.issues().list()) {
    EXPECT_FALSE(issue.message.empty());
    compiled.issues.push_back(absl::StrCat(issue.code, " ", issue.pointer, "@", issue.byte_offset));
  }
  EXPECT_EQ(compiled.rule.has_value(), compiled.issues.empty());
  if (compiled.rule.has_value()) EXPECT_TRUE(IsValid(*compiled.rule));
  return compiled;
}

using Strings = std::vector<std::string>;

TEST(CompileRule, ReadsAFixedWindow) {
  const Compiled compiled =
      CompileText(R"({"algorithm": "fixed_window", "rate": {"units": 100, "per": "60s"}})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kFixedWindow);
  EXPECT_EQ(compiled.rule->units, 100u);
  EXPECT_EQ(compiled.rule->burst, 0u);
  EXPECT_EQ(compiled.rule->period_ms, 60'000u);
}

TEST(CompileRule, ReadsGcra) {
  const Compiled compiled = CompileText(
      R"({"algorithm": "gcra", "rate": {"units": 1e2, "per": "1h"}, "burst": 20, "subject": []})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kGcra);
  EXPECT_EQ(compiled.rule->units, 100u);
  EXPECT_EQ(compiled.rule->burst, 20u);
  EXPECT_EQ(compiled.rule->period_ms, 3'600'000u);
}

TEST(CompileRule, TheBurstDefaultsToTheUnits) {
  const Compiled compiled =
      CompileText(R"({"algorithm": "gcra", "rate": {"units": 7, "per": "1ms"}})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->burst, 7u);
}

TEST(CompileRule, ReadsASlidingWindow) {
  const Compiled compiled =
      CompileText(R"({"algorithm": "sliding_window", "rate": {"units": 5, "per": "10m"}})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kSlidingWindow);
  EXPECT_EQ(compiled.rule->units, 5u);
  EXPECT_EQ(compiled.rule->burst, 0u);
  EXPECT_EQ(compiled.rule->period_ms, 600'000u);
  EXPECT_EQ(compiled.rule->quota(), 5u);
}

TEST(CompileRule, ReadsATokenBucket) {
  const Compiled compiled = CompileText(
      R"({"algorithm": "token_bucket", "rate": {"units": 5, "per": "1s"}, "burst": 50})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kTokenBucket);
  EXPECT_EQ(compiled.rule->burst, 50u);
  EXPECT_EQ(compiled.rule->quota(), 50u);
}

TEST(CompileRule, ReadsWhereAWindowBegins) {
  const auto compile = [](std::string_view rest) {
    return CompileText(
        absl::StrCat(R"({"algorithm": "fixed_window", "rate": {"units": 9, "per": )", rest, "}}"));
  };
  const struct {
    std::string_view rest;
    Window window;
    uint64_t period_ms;
  } cases[] = {
      {R"("1h", "window": "aligned")", Window::kAligned, 3'600'000},
      {R"("1h", "window": "firstUse")", Window::kFirstUse, 3'600'000},
      {R"("day")", Window::kAligned, kDayMs},
      {R"("day", "window": "aligned")", Window::kAligned, kDayMs},
      {R"("week")", Window::kWeek, kWeekMs},
      {R"("month")", Window::kMonth, kLongestMonthMs},
      {R"("mon\u0074h", "window": "aligned")", Window::kMonth, kLongestMonthMs},
  };
  for (const auto& c : cases) {
    const Compiled compiled = compile(c.rest);
    ASSERT_TRUE(compiled.rule.has_value()) << c.rest;
    EXPECT_EQ(compiled.rule->window, c.window) << c.rest;
    EXPECT_EQ(compiled.rule->period_ms, c.period_ms) << c.rest;
  }
  // A UTC day is a period of a day that is aligned to the epoch: one counter. The others differ.
  EXPECT_EQ(compile(R"("day")").rule->id, compile(R"("1d")").rule->id);
  EXPECT_NE(compile(R"("week")").rule->id, compile(R"("7d")").rule->id);
  EXPECT_NE(compile(R"("month")").rule->id, compile(R"("31d")").rule->id);
  EXPECT_NE(compile(R"("1h", "window": "firstUse")").rule->id, compile(R"("1h")").rule->id);
}

// Counters are kept under them, over deploys.
TEST(CompileRule, TheIdsOfRulesStay) {
  EXPECT_EQ(CompileText(R"({"algorithm": "gcra", "rate": {"units": 1, "per": "1m"}})").rule->id,
            0x35f7a1496678f18du);
  EXPECT_EQ(
      CompileText(R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "1m"}})").rule->id,
      0x1d8e31e15eb4eaaau);
  EXPECT_EQ(CompileText(R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "month"}})")
                .rule->id,
            0x8337a5966359ade0u);
}

TEST(CompileRule, TheIdIsOfNameAlgorithmAndPeriod) {
  const auto id = [](std::string_view algorithm, int units, std::string_view per,
                     std::string_view name) {
    const Compiled compiled =
        CompileText(absl::StrCat("{\"algorithm\": \"", algorithm,
                                 "\", \"rate\": {\"units\": ", units, ", \"per\": \"", per, "\"}}"),
                    name);
    return compiled.rule.has_value() ? compiled.rule->id : 0;
  };
  const uint64_t api = id("gcra", 10, "1m", "api");
  EXPECT_NE(api, 0u);
  EXPECT_EQ(id("gcra", 10, "1m", "api"), api);
  EXPECT_EQ(id("gcra", 99, "60s", "api"), api);
  EXPECT_NE(id("gcra", 10, "1m", "apj"), api);
  EXPECT_NE(id("gcra", 10, "2m", "api"), api);
  EXPECT_NE(id("fixed_window", 10, "1m", "api"), api);
}

TEST(CompileRule, TheLimitsOfTheNumbersAreAccepted) {
  EXPECT_TRUE(CompileText(R"({"algorithm": "fixed_window",
                              "rate": {"units": 1000000000, "per": "366d"}})")
                  .rule.has_value());
  EXPECT_TRUE(CompileText(R"({"algorithm": "gcra", "burst": 1000000000,
                              "rate": {"units": 1, "per": "106d"}})")
                  .rule.has_value());
  EXPECT_TRUE(CompileText(R"({"algorithm": "sliding_window",
                              "rate": {"units": 1000000000, "per": "106d"}})")
                  .rule.has_value());
}

TEST(CompileRule, ReadsASlidingLog) {
  const Compiled compiled =
      CompileText(R"({"algorithm": "sliding_log", "rate": {"units": 1000000000, "per": "366d"}})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kSlidingLog);
  EXPECT_EQ(compiled.rule->units, 1'000'000'000u);
  EXPECT_TRUE(IsValid(*compiled.rule));
}

TEST(CompileRule, ReadsConcurrency) {
  const Compiled compiled =
      CompileText(R"({"algorithm": "concurrency", "slots": 256, "slotTimeout": "1d"})");
  ASSERT_TRUE(compiled.rule.has_value());
  EXPECT_EQ(compiled.rule->algorithm, Algorithm::kConcurrency);
  EXPECT_EQ(compiled.rule->units, 256u);
  EXPECT_EQ(compiled.rule->period_ms, kDayMs);
  EXPECT_TRUE(IsValid(*compiled.rule));
}

TEST(CompileRule, EveryFaultHasItsPlace) {
  const struct {
    std::string_view text;
    Strings issues;
  } cases[] = {
      {R"([])", {"wrong_type @0"}},
      {R"({})", {"missing_key @0", "missing_key @0"}},
      {R"({"algorithm": "gcar", "rate": {"units": 1, "per": "1s"}})",
       {"unknown_value /algorithm@14"}},
      {R"({"algorithm": 1, "rate": 2})", {"wrong_type /algorithm@14", "wrong_type /rate@25"}},
      {R"({"algorithm": "gcra", "rate": {}})", {"missing_key /rate@30", "missing_key /rate@30"}},
      {R"({"algorithm": "gcra", "rate": {"units": 0, "per": "0s"}})",
       {"out_of_range /rate/units@40", "invalid_duration /rate/per@50"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1.5, "per": "367d"}})",
       {"out_of_range /rate/units@40", "invalid_duration /rate/per@52"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1000000001, "per": 60}})",
       {"out_of_range /rate/units@40", "wrong_type /rate/per@59"}},
      {R"({"algorithm": "gcra", "rate": {"units": "1", "per": "1s"}, "burst": true})",
       {"wrong_type /rate/units@40", "wrong_type /burst@68"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "burst": 0})",
       {"out_of_range /burst@66"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1, "per": "366d"}, "burst": 300000000})",
       {"out_of_range /burst@68"}},
      {R"({"algorithm": "gcra", "rate": {"units": 300000000, "per": "366d"}})",
       {"out_of_range @0"}},
      {R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "1s"}, "burst": 1})",
       {"not_applicable /burst@74"}},
      {R"({"algorithm": "sliding_window", "rate": {"units": 1, "per": "1s"}, "burst": 1})",
       {"not_applicable /burst@76"}},
      {R"({"algorithm": "sliding_window", "rate": {"units": 300000000, "per": "366d"}})",
       {"out_of_range /rate/units@50"}},
      {R"({"algorithm": "token_bucket", "rate": {"units": 300000000, "per": "366d"}})",
       {"out_of_range @0"}},
      {R"({"algorithm": "token_bucket", "rate": {"units": 1, "per": "month"}})",
       {"not_applicable /rate/per@58"}},
      {R"({"algorithm": "gcra", "rate": {"units": 0, "per": "day", "window": "firstUse"}})",
       {"out_of_range /rate/units@40", "not_applicable /rate/per@50",
        "not_applicable /rate/window@67"}},
      {R"({"algorithm": "sliding_window", "rate": {"units": 1, "per": "1s", "window": "aligned"}})",
       {"not_applicable /rate/window@76"}},
      {R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "week", "window": "firstUse"}})",
       {"not_applicable /rate/window@76"}},
      {R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "1s", "window": "first_use"}})",
       {"unknown_value /rate/window@74"}},
      {R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "year", "window": 1}})",
       {"invalid_duration /rate/per@58", "wrong_type /rate/window@76"}},
      {R"({"algorithm": "fixed_window", "rate": {"units": 1, "per": "Month"}})",
       {"invalid_duration /rate/per@58"}},
      {R"({"algorithm": "leaky", "rate": {"units": 1, "per": "month"}, "burst": 0})",
       {"unknown_value /algorithm@14", "out_of_range /burst@70"}},
      {R"({"algorithm": "sliding_log", "rate": {"units": 1, "per": "day"}, "burst": 1})",
       {"not_applicable /rate/per@57", "not_applicable /burst@74"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "slots": 1})",
       {"not_applicable /slots@66"}},
      {R"({"algorithm": "concurrency"})", {"missing_key @0", "missing_key @0"}},
      {R"({"algorithm": "concurrency", "slots": 257, "slotTimeout": "25h"})",
       {"out_of_range /slots@38", "invalid_duration /slotTimeout@58"}},
      {R"({"algorithm": "concurrency", "slots": 1, "slotTimeout": "1s", "rate": 1, "burst": 1})",
       {"not_applicable /rate@70", "not_applicable /burst@82"}},
      {R"({"algorithm": "gcra", "rate": {"units": 1, "per": "1s", "untis": 1}})",
       {"unknown_key /rate/untis@56"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(CompileText(c.text).issues, c.issues);
  }
}

TEST(IsValid, RefusesWhatIsOutOfBounds) {
  EXPECT_TRUE(IsValid(FixedWindow(1, 1)));
  EXPECT_TRUE(IsValid(Gcra(1, 1, 1)));
  EXPECT_FALSE(IsValid(Rule{}));
  EXPECT_FALSE(IsValid(FixedWindow(0, 1)));
  EXPECT_FALSE(IsValid(FixedWindow(kMaxUnits + 1, 1)));
  EXPECT_FALSE(IsValid(FixedWindow(1, 0)));
  EXPECT_FALSE(IsValid(FixedWindow(1, kMaxPeriodMs + 1)));
  EXPECT_FALSE(IsValid(Gcra(1, 1, 0)));
  EXPECT_FALSE(IsValid(Gcra(1, 1, kMaxUnits + 1)));
  EXPECT_FALSE(IsValid(Gcra(1, kMaxPeriodMs, 300'000'000)));
  EXPECT_TRUE(IsValid(SlidingLog(kMaxUnits, kMaxPeriodMs)));
  EXPECT_TRUE(IsValid(Concurrency(256, 1)));
  EXPECT_FALSE(IsValid(Concurrency(257, 1)));
  Rule rule = FixedWindow(1, 1);
  rule.burst = 1;
  EXPECT_FALSE(IsValid(rule));
  for (const uint32_t number : {0u, 7u, 256u}) {
    rule = FixedWindow(1, 1);
    rule.algorithm = static_cast<Algorithm>(number);
    EXPECT_FALSE(IsValid(rule));
  }
}

TEST(IsValid, KnowsTheWindowsOfEachAlgorithm) {
  EXPECT_TRUE(IsValid(FirstUse(1, 1)));
  EXPECT_TRUE(IsValid(Weekly(1)));
  EXPECT_TRUE(IsValid(Monthly(kMaxUnits)));
  EXPECT_TRUE(IsValid(SlidingWindow(1, 1)));
  EXPECT_TRUE(IsValid(SlidingWindow(290'000'000, kMaxPeriodMs)));
  EXPECT_FALSE(IsValid(SlidingWindow(300'000'000, kMaxPeriodMs)));
  EXPECT_TRUE(IsValid(TokenBucket(1, 1, 1)));
  EXPECT_FALSE(IsValid(TokenBucket(1, 1, 0)));

  Rule rule = Weekly(1);
  rule.period_ms = kLongestMonthMs;
  EXPECT_FALSE(IsValid(rule));
  rule = Monthly(1);
  rule.period_ms = 30 * kDayMs;
  EXPECT_FALSE(IsValid(rule));
  rule = FixedWindow(1, 1);
  rule.window = static_cast<Window>(4);
  EXPECT_FALSE(IsValid(rule));
  for (Rule other : {SlidingWindow(1, kWeekMs), Gcra(1, kWeekMs, 1), TokenBucket(1, kWeekMs, 1)}) {
    EXPECT_TRUE(IsValid(other));
    for (const Window window : {Window::kFirstUse, Window::kWeek, Window::kMonth}) {
      other.window = window;
      EXPECT_FALSE(IsValid(other));
    }
  }
  rule = SlidingWindow(1, 1);
  rule.burst = 1;
  EXPECT_FALSE(IsValid(rule));
}

}  // namespace
}  // namespace sluice::limit
