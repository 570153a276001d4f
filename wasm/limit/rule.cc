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

constexpr std::array<std::string_view, 2> kAlgorithmNames = {"fixed_window", "gcra"};
constexpr std::array<std::string_view, 2> kRateKeys = {"units", "per"};

struct Rate {
  std::optional<uint32_t> units;
  std::optional<uint64_t> period_ms;
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
  if (value.StringEquals(kAlgorithmNames[0])) return Algorithm::kFixedWindow;
  if (value.StringEquals(kAlgorithmNames[1])) return Algorithm::kGcra;
  std::string scratch;
  context.AddIssue(value, "unknown_value",
                   absl::StrCat("expected \"fixed_window\" or \"gcra\"",
                                DidYouMean(value.string(&scratch), kAlgorithmNames)));
  return std::nullopt;
}

// `what`: "rate.units", "burst".
std::optional<uint32_t> ReadUnits(json::Value value, std::string_view what,
                                  json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kNumber, context)) return std::nullopt;
  const std::optional<int64_t> number = json::ToInt64(value);
  if (number.has_value() && *number >= 1 && *number <= int64_t{kMaxUnits}) {
    return static_cast<uint32_t>(*number);
  }
  context.AddIssue(value, "out_of_range",
                   absl::StrCat(what, " must be an integer from 1 to ", kMaxUnits));
  return std::nullopt;
}

std::optional<uint64_t> ReadPeriod(json::Value value, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return std::nullopt;
  std::string scratch;
  const std::optional<double> ms = ParseDuration(value.string(&scratch));
  if (ms.has_value() && *ms >= 1 && *ms <= static_cast<double>(kMaxPeriodMs)) {
    return static_cast<uint64_t>(*ms);
  }
  context.AddIssue(value, "invalid_duration",
                   "rate.per must be a duration of 1 ms to 366 days: \"10s\", "
                   "\"5m\", \"1h\"");
  return std::nullopt;
}

Rate ReadRate(json::Value object, json::CompileContext& context) {
  const json::Value value = Require(object, "rate", context);
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return {};
  const json::ObjectReader reader(value, kRateKeys, context);
  return {.units = ReadUnits(reader.Require("units"), "rate.units", context),
          .period_ms = ReadPeriod(reader.Require("per"), context)};
}

// Reads "burst" into the rule, whose other fields stand.
bool ReadBurst(json::Value object, Rule& rule, json::CompileContext& context) {
  const json::Value value = object.Find("burst");
  if (rule.algorithm == Algorithm::kFixedWindow) {
    if (!value.present()) return true;
    context.AddIssue(value, "not_applicable",
                     "a fixed window has no burst: all its units may come at once. "
                     "Remove it, or use \"algorithm\": \"gcra\"");
    return false;
  }
  rule.burst = rule.units;
  if (value.present()) {
    const std::optional<uint32_t> burst = ReadUnits(value, "burst", context);
    if (!burst.has_value()) return false;
    rule.burst = *burst;
  }
  if (rule.burst <= kMaxBurstTime / rule.period_ms) return true;
  context.AddIssue(value.present() ? value : object, "out_of_range",
                   absl::StrCat("the burst may be at most ", kMaxBurstTime / rule.period_ms,
                                " with a rate.per of ", rule.period_ms, " ms"));
  return false;
}

// Stable over builds, isolates and machines: state that is kept refers to it. Authors choose what
// goes in, clients can't, so a fixed key is safe here.
uint64_t RuleId(std::string_view name, const Rule& rule) {
  std::string text(name);
  for (const uint64_t word : {static_cast<uint64_t>(rule.algorithm), rule.period_ms}) {
    for (uint32_t shift = 0; shift < 64; shift += 8) {
      text.push_back(static_cast<char>(word >> shift & 0xFF));
    }
  }
  return SipHash13(HashKey{}, text);
}

}  // namespace

std::string_view AlgorithmName(Algorithm algorithm) {
  return kAlgorithmNames[algorithm == Algorithm::kGcra ? 1 : 0];
}

bool IsValid(const Rule& rule) {
  if (rule.units < 1 || rule.units > kMaxUnits || rule.reserved != 0) return false;
  if (rule.period_ms < 1 || rule.period_ms > kMaxPeriodMs) return false;
  switch (rule.algorithm) {
    case Algorithm::kFixedWindow:
      return rule.burst == 0;
    case Algorithm::kGcra:
      return rule.burst >= 1 && rule.burst <= kMaxUnits &&
             rule.burst <= kMaxBurstTime / rule.period_ms;
  }
  return false;
}

std::optional<Rule> CompileRule(std::string_view name, json::Value object,
                                json::CompileContext& context) {
  if (!json::Expect(object, json::Kind::kObject, context)) return std::nullopt;
  const size_t issues_before = context.issues().total();
  const std::optional<Algorithm> algorithm = ReadAlgorithm(object, context);
  const Rate rate = ReadRate(object, context);
  if (!algorithm.has_value() || !rate.units.has_value() || !rate.period_ms.has_value()) {
    // What can be said about the burst alone is still said, so that one go shows every fault.
    if (algorithm != Algorithm::kFixedWindow) ReadUnits(object.Find("burst"), "burst", context);
    return std::nullopt;
  }
  Rule rule{.algorithm = *algorithm, .units = *rate.units, .period_ms = *rate.period_ms};
  if (!ReadBurst(object, rule, context)) return std::nullopt;
  if (context.issues().total() != issues_before) return std::nullopt;
  rule.id = RuleId(name, rule);
  return rule;
}

}  // namespace sluice::limit
