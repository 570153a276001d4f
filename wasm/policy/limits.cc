#include "sluice/policy/limits.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/limit/frames.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 9> kKeys = {"algorithm", "rate",     "burst",
                                                   "subject",   "phase",    "durability",
                                                   "mayForget", "onOutage", "timeout"};
constexpr std::array<std::string_view, 2> kPhases = {"preAuth", "request"};
constexpr std::array<std::string_view, 2> kDurabilities = {"strict", "memory"};
constexpr std::array<std::string_view, 3> kOutages = {"closed", "open", "local"};

constexpr uint32_t kMaxSubjectParts = 4;
constexpr uint64_t kMaxForgettableMs = 10'000;
constexpr DurationRange kTimeout = {.fallback_ms = 250, .min_ms = 1, .max_ms = 30'000};

template <typename E, size_t n>
E ReadEnum(const json::ObjectReader& reader, std::string_view key,
           const std::array<std::string_view, n>& names, E fallback) {
  const std::optional<uint32_t> index = reader.Enum(key, names);
  return index.has_value() ? static_cast<E>(*index) : fallback;
}

bool KnownBeforeAuth(FactKind kind) {
  return kind == FactKind::kIp || kind == FactKind::kHeader || kind == FactKind::kPath;
}

std::vector<FactRef> ReadSubject(json::Value array, Phase phase, json::CompileContext& context) {
  std::vector<FactRef> subject;
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return subject;
  if (array.size() > kMaxSubjectParts) {
    context.AddIssue(array, "too_many",
                     absl::StrCat("a subject has at most ", kMaxSubjectParts, " parts"));
    return subject;
  }
  for (const json::Value element : json::Elements(array)) {
    std::optional<FactRef> fact = ReadFactRef(element, context);
    if (!fact.has_value()) continue;
    if (phase == Phase::kPreAuth && !KnownBeforeAuth(fact->kind)) {
      context.AddIssue(element, "not_applicable",
                       "before authentication only ip, header:NAME and path:NAME are known; use "
                       "\"phase\": \"request\"");
    }
    subject.push_back(*std::move(fact));
  }
  return subject;
}

void CheckDurability(const json::ObjectReader& reader, const Limit& limit,
                     json::CompileContext& context) {
  const bool may_forget = reader.Bool("mayForget").value_or(false);
  if (limit.durability == Durability::kStrict) {
    if (may_forget) {
      Forbid(reader, "mayForget",
             "a limit with \"durability\": \"strict\" never forgets: remove it", context);
    }
    return;
  }
  if (may_forget || !limit.rule.has_value() || limit.rule->period_ms <= kMaxForgettableMs) return;
  context.AddIssue(reader.Get("durability"), "may_forget",
                   "counters in memory live about 10s without requests, less than this limit's "
                   "period: add \"mayForget\": true if that is meant, or use \"strict\"");
}

Limit ReadLimit(Named&& member, json::CompileContext& context) {
  Limit limit;
  limit.name = std::move(member.name);
  if (!json::Expect(member.value, json::Kind::kObject, context)) return limit;
  const json::ObjectReader reader(member.value, kKeys, context);
  limit.rule = limit::CompileRule(limit.name, member.value, context);
  limit.phase = ReadEnum(reader, "phase", kPhases, Phase::kRequest);
  limit.durability = ReadEnum(reader, "durability", kDurabilities, Durability::kStrict);
  limit.on_outage = ReadEnum(reader, "onOutage", kOutages, OnOutage::kClosed);
  limit.timeout_ms = ReadDuration(reader, "timeout", kTimeout, context);
  limit.subject = ReadSubject(reader.Require("subject"), limit.phase, context);
  CheckDurability(reader, limit, context);
  return limit;
}

void DescribeRule(const limit::Rule& rule, json::Writer& writer) {
  constexpr std::string_view kHex = "0123456789abcdef";
  OutputBuffer encoded(limit::Rule::kEncodedBytes);
  limit::EncodeRule(rule, encoded);
  std::string hex;
  for (const uint8_t byte : encoded.bytes()) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  writer.Key("algorithm");
  writer.String(limit::AlgorithmName(rule.algorithm));
  writer.Key("units");
  writer.Uint(rule.units);
  writer.Key("periodMs");
  writer.Uint(rule.period_ms);
  writer.Key("burst");
  writer.Uint(rule.burst);
  writer.Key("rule");
  writer.String(hex);
}

}  // namespace

void ReadLimits(json::Value section, json::CompileContext& context, Model& model) {
  for (Named& member : ReadNamed(section, model.limit_names, context)) {
    model.limits.push_back(ReadLimit(std::move(member), context));
  }
}

void DescribeLimits(const std::vector<Limit>& limits, json::Writer& writer) {
  writer.BeginArray();
  for (const Limit& limit : limits) {
    writer.BeginObject();
    writer.Key("name");
    writer.String(limit.name);
    if (limit.rule.has_value()) DescribeRule(*limit.rule, writer);
    writer.Key("phase");
    writer.String(kPhases[static_cast<size_t>(limit.phase)]);
    writer.Key("durability");
    writer.String(kDurabilities[static_cast<size_t>(limit.durability)]);
    writer.Key("onOutage");
    writer.String(kOutages[static_cast<size_t>(limit.on_outage)]);
    writer.Key("timeoutMs");
    writer.Uint(limit.timeout_ms);
    writer.EndObject();
  }
  writer.EndArray();
}

absl::Status CompileLimits(std::string_view text, const PolicyBudget& budget, Issues& issues,
                           OutputBuffer& out) {
  json::Document document;
  SLUICE_RETURN_IF_ERROR(ParsePolicy(text, budget, document));
  json::CompileContext context;
  Model model;
  ReadLimits(document.root(), context, model);
  issues = std::move(context.issues());
  if (!issues.empty()) return MakeError(ErrorCode::kInvalidPolicy, "the limits have faults");
  const size_t start = out.size();
  json::Writer writer(out);
  DescribeLimits(model.limits, writer);
  if (!out.exhausted()) return absl::OkStatus();
  out.Truncate(start);
  return MakeError(ErrorCode::kBudgetExceeded, "the description of the limits is too long");
}

}  // namespace sluice::policy
