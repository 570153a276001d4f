#include "sluice/limit/rule.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/duration.h"
#include "sluice/base/hash.h"
#include "sluice/base/issues.h"
#include "sluice/json/number.h"

namespace sluice::limit {
namespace {

// By number, from 1.
constexpr std::array<std::string_view, 6> kAlgorithmNames = {
    "fixed_window", "gcra", "sliding_window", "token_bucket", "sliding_log", "concurrency"};
constexpr std::array<std::string_view, 3> kRateKeys = {"units", "per", "window"};
constexpr std::array<std::string_view, 2> kRateMembers = {"rate", "burst"};
constexpr std::array<std::string_view, 2> kSlotMembers = {"slots", "slotTimeout"};
constexpr std::array<std::string_view, 2> kWindowNames = {"aligned", "firstUse"};

struct Period {
  uint64_t ms;
  Window window = Window::kAligned;
  bool calendar = false;
};

struct CalendarPeriod {
  std::string_view name;
  Period period;
};
// Days are aligned to the epoch as they are.
constexpr std::array<CalendarPeriod, 3> kCalendarPeriods = {{
    {"day", {.ms = kDayMs, .calendar = true}},
    {"week", {.ms = kWeekMs, .window = Window::kWeek, .calendar = true}},
    {"month", {.ms = kLongestMonthMs, .window = Window::kMonth, .calendar = true}},
}};

// The values are kept to say where a fault is that shows only in combination.
struct Rate {
  json::Value units_value;
  json::Value per_value;
  json::Value window_value;
  std::optional<uint32_t> units;
  std::optional<Period> period;
  bool from_first_use = false;
};

// The member, or absent with a "missing_key".
json::Value Require(json::Value object, std::string_view key, json::CompileContext& context) {
  const json::Value member = object.Find(key);
  if (!member.present()) {
    context.AddIssue(object, "missing_key", absl::StrCat("\"", key, "\" is required"));
  }
  return member;
}

std::optional<Algorithm> ReadAlgorithm(json::Value object, json::CompileContext& context) {
  const json::Value value = Require(object, "algorithm", context);
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  for (uint32_t i = 0; i < kAlgorithmNames.size(); ++i) {
    if (value.StringEquals(kAlgorithmNames[i])) return static_cast<Algorithm>(i + 1);
  }
  std::string scratch;
  context.AddIssue(
      value, "unknown_value",
      absl::StrCat("expected \"fixed_window\", \"sliding_window\", \"gcra\", \"token_bucket\", "
                   "\"sliding_log\" or \"concurrency\"",
                   DidYouMean(value.string(&scratch), kAlgorithmNames)));
  return std::nullopt;
}

// `what`: "rate.units", "burst", "slots".
std::optional<uint32_t> ReadUnits(json::Value value, std::string_view what, uint32_t max,
                                  json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kNumber, context)) return std::nullopt;
  const std::optional<int64_t> number = json::ToInt64(value);
  if (number.has_value() && *number >= 1 && *number <= int64_t{max}) {
    return static_cast<uint32_t>(*number);
  }
  context.AddIssue(value, "out_of_range",
                   absl::StrCat(what, " must be an integer from 1 to ", max));
  return std::nullopt;
}

std::optional<Period> ReadPeriod(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  for (const CalendarPeriod& calendar : kCalendarPeriods) {
    if (value.StringEquals(calendar.name)) return calendar.period;
  }
  std::string scratch;
  const std::optional<double> ms = ParseDuration(value.string(&scratch));
  if (ms.has_value() && *ms >= 1 && *ms <= static_cast<double>(kMaxPeriodMs)) {
    return Period{.ms = static_cast<uint64_t>(*ms)};
  }
  context.AddIssue(value, "invalid_duration",
                   "rate.per must be a duration of 1 ms to 366 days: \"10s\", \"5m\", \"1h\"; or, "
                   "for a fixed window, \"day\", \"week\" or \"month\"");
  return std::nullopt;
}

Rate ReadRate(json::Value object, json::CompileContext& context) {
  const json::Value value = Require(object, "rate", context);
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return {};
  const json::ObjectReader reader(value, kRateKeys, context);
  Rate rate{.units_value = reader.Require("units"),
            .per_value = reader.Require("per"),
            .window_value = reader.Get("window"),
            .units = std::nullopt,
            .period = std::nullopt};
  rate.units = ReadUnits(rate.units_value, "rate.units", kMaxUnits, context);
  rate.period = ReadPeriod(rate.per_value, context);
  rate.from_first_use = reader.Enum("window", kWindowNames) == 1u;
  return rate;
}

// Reports a "window" and a calendar period where the algorithm has none, and where they contradict
// each other.
void CheckWindow(Algorithm algorithm, const Rate& rate, json::CompileContext& context) {
  const bool calendar = rate.period.has_value() && rate.period->calendar;
  if (algorithm == Algorithm::kFixedWindow) {
    if (!calendar || !rate.from_first_use) return;
    context.AddIssue(
        rate.window_value, "not_applicable",
        "a day, week or month of the calendar doesn't begin with its first use: remove "
        "it, or use a duration: \"per\": \"1d\", \"7d\", \"30d\"");
    return;
  }
  if (calendar) {
    context.AddIssue(rate.per_value, "not_applicable",
                     "only a fixed window follows the calendar: use a duration (\"1d\", \"7d\", "
                     "\"30d\"), or \"algorithm\": \"fixed_window\"");
  }
  if (rate.window_value.present()) {
    context.AddIssue(rate.window_value, "not_applicable",
                     "only a fixed window can begin elsewhere: remove it, or use "
                     "\"algorithm\": \"fixed_window\"");
  }
}

std::optional<Period> ReadSlotTimeout(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::optional<double> ms = ParseDuration(value.string(&scratch));
  if (ms.has_value() && *ms >= 1 && *ms <= static_cast<double>(kMaxSlotMs)) {
    return Period{.ms = static_cast<uint64_t>(*ms)};
  }
  context.AddIssue(value, "invalid_duration",
                   "slotTimeout must be a duration of 1 ms to 1 day: \"30s\", \"5m\"");
  return std::nullopt;
}

// Reports members that only the other kind of limit has: a rate or slots.
void RefuseMembers(json::Value object, absl::Span<const std::string_view> keys,
                   std::string_view message, json::CompileContext& context) {
  for (const std::string_view key : keys) {
    const json::Value value = object.Find(key);
    if (value.present()) context.AddIssue(value, "not_applicable", std::string(message));
  }
}

Rule ReadConcurrency(json::Value object, json::CompileContext& context) {
  RefuseMembers(object, kRateMembers,
                "concurrency counts what goes on at once, not a rate: remove it, and say "
                "\"slots\" and \"slotTimeout\"",
                context);
  const std::optional<uint32_t> slots =
      ReadUnits(Require(object, "slots", context), "slots", kMaxConcurrency, context);
  const std::optional<Period> timeout =
      ReadSlotTimeout(Require(object, "slotTimeout", context), context);
  return {.algorithm = Algorithm::kConcurrency,
          .units = slots.value_or(1),
          .period_ms = timeout.has_value() ? timeout->ms : 1};
}

// Reads "burst" into the rule, whose other fields stand.
void ReadBurst(json::Value object, Rule& rule, json::CompileContext& context) {
  const json::Value value = object.Find("burst");
  if (HasBurst(rule.algorithm)) {
    rule.burst = rule.units;
    if (!value.present()) return;
    // What is wrong has been reported; then there is no rule.
    rule.burst = ReadUnits(value, "burst", kMaxUnits, context).value_or(1);
  } else if (value.present()) {
    context.AddIssue(value, "not_applicable",
                     "a window or log has no burst: all its units may come at once. "
                     "Remove it, or use \"algorithm\": \"gcra\" or \"token_bucket\"");
  }
}

// What the arithmetic bears. Fixed windows and logs don't multiply.
void CheckQuota(json::Value object, const Rate& rate, const Rule& rule,
                json::CompileContext& context) {
  if (rule.algorithm == Algorithm::kFixedWindow || rule.algorithm == Algorithm::kSlidingLog) return;
  const uint64_t max = kMaxBurstTime / rule.period_ms;
  if (rule.quota() <= max) return;
  const bool burst = HasBurst(rule.algorithm);
  const json::Value burst_value = object.Find("burst");
  json::Value at = burst_value.present() ? burst_value : object;
  if (!burst) at = rate.units_value;
  context.AddIssue(at, "out_of_range",
                   absl::StrCat(burst ? "the burst" : "rate.units", " may be at most ", max,
                                " with a rate.per of ", rule.period_ms, " ms"));
}

// Stable over builds, isolates and machines: state that is kept refers to it. Authors choose what
// goes in, clients can't, so a fixed key is safe here.
uint64_t RuleId(std::string_view name, const Rule& rule) {
  std::string text(name);
  const uint64_t kind =
      static_cast<uint64_t>(rule.window) << 32 | static_cast<uint64_t>(rule.algorithm);
  for (const uint64_t word : {kind, rule.period_ms}) {
    for (uint32_t shift = 0; shift < 64; shift += 8) {
      text.push_back(static_cast<char>(word >> shift & 0xFF));
    }
  }
  return SipHash13(HashKey{}, text);
}

bool IsValidWindow(const Rule& rule) {
  switch (rule.window) {
    case Window::kAligned:
    case Window::kFirstUse:
      return true;
    case Window::kWeek:
      return rule.period_ms == kWeekMs;
    case Window::kMonth:
      return rule.period_ms == kLongestMonthMs;
  }
  return false;
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  return kAlgorithmNames[static_cast<size_t>(algorithm) - 1];
}

bool IsValid(const Rule& rule) {
  if (rule.units < 1 || rule.units > kMaxUnits) return false;
  if (rule.period_ms < 1 || rule.period_ms > kMaxPeriodMs) return false;
  switch (rule.algorithm) {
    case Algorithm::kFixedWindow:
      return rule.burst == 0 && IsValidWindow(rule);
    case Algorithm::kSlidingWindow:
      return rule.window == Window::kAligned && rule.burst == 0 &&
             rule.units <= kMaxBurstTime / rule.period_ms;
    case Algorithm::kGcra:
    case Algorithm::kTokenBucket:
      return rule.window == Window::kAligned && rule.burst >= 1 && rule.burst <= kMaxUnits &&
             rule.burst <= kMaxBurstTime / rule.period_ms;
    case Algorithm::kSlidingLog:
      return rule.window == Window::kAligned && rule.burst == 0;
    case Algorithm::kConcurrency:
      return rule.window == Window::kAligned && rule.burst == 0 && rule.units <= kMaxConcurrency;
  }
  return false;
}

namespace {

// Of any algorithm but concurrency; of none if that is at fault.
Rule ReadRateRule(std::optional<Algorithm> algorithm, json::Value object,
                  json::CompileContext& context) {
  const size_t issues_before = context.issues().total();
  const Rate rate = ReadRate(object, context);
  if (algorithm.has_value()) {
    CheckWindow(*algorithm, rate, context);
    RefuseMembers(object, kSlotMembers, "only \"algorithm\": \"concurrency\" has slots: remove it",
                  context);
  }
  // What can be said without the others is still said, so that one go shows every fault.
  Rule rule{.algorithm = algorithm.value_or(Algorithm::kGcra),
            .units = rate.units.value_or(1),
            .period_ms = rate.period.has_value() ? rate.period->ms : 1};
  if (rate.period.has_value()) rule.window = rate.period->window;
  if (rate.from_first_use) rule.window = Window::kFirstUse;
  ReadBurst(object, rule, context);
  if (context.issues().total() == issues_before) CheckQuota(object, rate, rule, context);
  return rule;
}

}  // namespace

std::optional<Rule> CompileRule(std::string_view name, json::Value object,
                                json::CompileContext& context) {
  if (!json::Expect(object, json::Kind::kObject, context)) return std::nullopt;
  const size_t issues_before = context.issues().total();
  const std::optional<Algorithm> algorithm = ReadAlgorithm(object, context);
  Rule rule = algorithm == Algorithm::kConcurrency ? ReadConcurrency(object, context)
                                                   : ReadRateRule(algorithm, object, context);
  if (context.issues().total() != issues_before) return std::nullopt;
  rule.id = RuleId(name, rule);
  return rule;
}

}  // namespace sluice::limit
