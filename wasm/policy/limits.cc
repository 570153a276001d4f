#include "sluice/policy/limits.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/interner.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/policy/limit_lists.h"
#include "sluice/policy/limit_names.h"
#include "sluice/policy/limit_overrides.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 23> kKeys = {
    "algorithm",    "slots",    "slotTimeout", "rate",       "burst",      "subject",
    "ipv6Prefix",   "phase",    "mode",        "durability", "mayForget",  "lease",
    "denyCacheMax", "onOutage", "localShare",  "timeout",    "overrides",  "allow",
    "deny",         "penalty",  "colocate",    "shards",     "retryJitter"};
constexpr std::array<std::string_view, 2> kLeaseKeys = {"duration", "units"};

constexpr uint32_t kMaxSubjectParts = 4;
constexpr int64_t kDefaultIpv6Prefix = 64;  // what a customer gets at least (RFC 6177)
constexpr uint32_t kMaxShards = 64;
constexpr uint32_t kMaxGroup = 16;
// An object holds 8 at once, and after a change of their periods the old ones for a while, too.
constexpr uint32_t kMaxGroupLogs = 4;
constexpr uint64_t kMaxForgettableMs = 10'000;
constexpr uint64_t kMinLeaseMs = 50;
constexpr uint64_t kMaxDefaultLeaseMs = 30'000;
constexpr uint64_t kMaxLeaseMs = 3'600'000;
constexpr double kDefaultLocalShare = 0.1;
constexpr DurationRange kTimeout = {.fallback_ms = 250, .min_ms = 1, .max_ms = 30'000};
constexpr DurationRange kDenyCache = {.fallback_ms = 2000, .min_ms = 0, .max_ms = 60'000};
constexpr DurationRange kPenalty = {.fallback_ms = 0, .min_ms = 1000, .max_ms = 30 * limit::kDayMs};
constexpr DurationRange kJitter = {.fallback_ms = 0, .min_ms = 0, .max_ms = 300'000};

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

void ReadIpv6Prefix(const json::ObjectReader& reader, json::CompileContext& context, Limit& limit) {
  const std::optional<int64_t> bits = reader.Integer("ipv6Prefix", 1, 128);
  limit.ipv6_prefix = static_cast<uint32_t>(bits.value_or(kDefaultIpv6Prefix));
  const bool counts_ip = std::any_of(limit.subject.begin(), limit.subject.end(),
                                     [](const FactRef& f) { return f.kind == FactKind::kIp; });
  if (counts_ip || limit.subject_at_fault) return;
  Forbid(reader, "ipv6Prefix", "this limit doesn't count by ip: remove it", context);
}

void ReadDurability(const json::ObjectReader& reader, json::CompileContext& context, Limit& limit) {
  limit.durability = ReadEnum(reader, "durability", kDurabilities, Durability::kStrict);
  const bool may_forget = reader.Bool("mayForget").value_or(false);
  if (limit.durability != Durability::kMemory) {
    if (!may_forget) return;
    Forbid(reader, "mayForget", "only a limit with \"durability\": \"memory\" forgets: remove it",
           context);
    return;
  }
  if (may_forget || !limit.rule.has_value() || limit.rule->period_ms <= kMaxForgettableMs) return;
  context.AddIssue(reader.Get("durability"), "may_forget",
                   "counters in memory live about 10s without requests, less than this limit's "
                   "period: add \"mayForget\": true if that is meant, or use \"strict\" or "
                   "\"checkpoint\"");
}

// What leases are where the policy says nothing of them.
Lease DefaultLease(const limit::Rule& rule) {
  const uint64_t duration = std::min(rule.period_ms, kMaxDefaultLeaseMs);
  return {duration < kMinLeaseMs ? 0 : duration, 0};
}

void ReadLease(json::Value value, json::CompileContext& context, Limit& limit) {
  if (!limit.rule.has_value()) return;
  limit.lease = limit.has_slots() ? Lease() : DefaultLease(*limit.rule);
  if (!value.present()) return;
  if (value.is(json::Kind::kFalse)) {
    limit.lease = {};
    return;
  }
  if (limit.has_slots()) {
    context.AddIssue(value, "not_applicable",
                     "slots are held until they are released, not leased: remove it");
    return;
  }
  if (!value.is(json::Kind::kObject)) {
    context.AddIssue(value, "wrong_type",
                     "expected {\"duration\": …, \"units\": …}, or false to ask the limiter "
                     "object about every charge");
    return;
  }
  const json::ObjectReader reader(value, kLeaseKeys, context);
  const uint64_t longest = std::min(limit.rule->period_ms, kMaxLeaseMs);
  if (longest < kMinLeaseMs) {
    context.AddIssue(value, "not_applicable",
                     absl::StrCat("a lease lasts at least ", kMinLeaseMs,
                                  "ms, and at most the limit's period: remove it"));
    return;
  }
  const uint64_t fallback = std::max(limit.lease.duration_ms, kMinLeaseMs);
  limit.lease.duration_ms =
      ReadDuration(reader, "duration", {fallback, kMinLeaseMs, longest}, context);
  limit.lease.units =
      static_cast<uint32_t>(reader.Integer("units", 1, limit.rule->quota()).value_or(0));
}

void ReadOutage(const json::ObjectReader& reader, json::CompileContext& context, Limit& limit) {
  limit.on_outage = ReadEnum(reader, "onOutage", kOutages, OnOutage::kClosed);
  limit.timeout_ms = ReadDuration(reader, "timeout", kTimeout, context);
  limit.local_share = kDefaultLocalShare;
  if (limit.on_outage == OnOutage::kLocal && limit.has_slots()) {
    context.AddIssue(reader.Get("onOutage"), "not_applicable",
                     "an isolate can't count slots by itself: use \"closed\" or \"open\"");
  }
  const json::Value value = reader.Get("localShare");
  if (!value.present()) return;
  if (limit.on_outage != OnOutage::kLocal) {
    Forbid(reader, "localShare", "only \"onOutage\": \"local\" has a share: remove it", context);
    return;
  }
  const std::optional<double> share = reader.Number("localShare");
  if (!share.has_value()) return;
  if (*share > 0 && *share <= 1) {
    limit.local_share = *share;
  } else {
    context.AddIssue(value, "out_of_range",
                     "the part of the units that each isolate may admit by itself is more than 0 "
                     "and at most 1");
  }
}

void ReadMode(const json::ObjectReader& reader, json::CompileContext& context, Limit& limit) {
  limit.mode = ReadEnum(reader, "mode", kModes, Mode::kEnforce);
  limit.penalty_ms = ReadDuration(reader, "penalty", kPenalty, context);
  if (limit.mode == Mode::kEnforce) return;
  Forbid(reader, "penalty", "a limit in shadow mode denies nothing: remove it", context);
}

void ReadGroup(json::Value value, json::CompileContext& context, Limit& limit) {
  if (!value.present() || !json::Expect(value, json::Kind::kString, context)) return;
  std::string scratch;
  limit.group = std::string(value.string(&scratch));
  if (IsName(limit.group)) return;
  context.AddIssue(value, "invalid_name",
                   absl::StrCat(Quoted(limit.group), " is no name of a group", kNameHint));
}

void ReadShards(const json::ObjectReader& reader, json::CompileContext& context, Limit& limit) {
  limit.shards = static_cast<uint32_t>(reader.Integer("shards", 1, kMaxShards).value_or(1));
  if (limit.shards == 1 || !limit.has_slots()) return;
  Forbid(reader, "shards", "shards lease units from each other, and slots aren't leased: remove it",
         context);
}

Limit ReadLimit(Named&& member, json::CompileContext& context) {
  Limit limit;
  limit.name = std::move(member.name);
  limit.source = member.value;
  if (!json::Expect(member.value, json::Kind::kObject, context)) return limit;
  const json::ObjectReader reader(member.value, kKeys, context);
  limit.rule = limit::CompileRule(limit.name, member.value, context);
  limit.phase = ReadEnum(reader, "phase", kPhases, Phase::kRequest);
  const size_t issues_before = context.issues().total();
  limit.subject = ReadSubject(reader.Require("subject"), limit.phase, context);
  limit.subject_at_fault = issues_before != context.issues().total();
  ReadIpv6Prefix(reader, context, limit);
  limit.allow = ReadPatternList(reader.Get("allow"), limit, context);
  limit.deny = ReadPatternList(reader.Get("deny"), limit, context);
  ReadOverrides(reader.Get("overrides"), context, limit);
  if (limit.rule.has_value()) limit.least_quota = limit.rule->quota();
  for (const Override& item : limit.overrides) {
    limit.least_quota = std::min(limit.least_quota, item.rule.quota());
  }
  ReadDurability(reader, context, limit);
  ReadLease(reader.Get("lease"), context, limit);
  limit.deny_cache_ms = ReadDuration(reader, "denyCacheMax", kDenyCache, context);
  ReadOutage(reader, context, limit);
  ReadMode(reader, context, limit);
  ReadGroup(reader.Get("colocate"), context, limit);
  ReadShards(reader, context, limit);
  limit.retry_jitter_ms = ReadDuration(reader, "retryJitter", kJitter, context);
  return limit;
}

bool SameSubject(const Limit& a, const Limit& b) {
  return std::equal(
      a.subject.begin(), a.subject.end(), b.subject.begin(), b.subject.end(),
      [](const FactRef& x, const FactRef& y) { return x.kind == y.kind && x.name == y.name; });
}

// Limits of a group share an object for each subject, so what makes the object must be the same.
void CheckGroup(const Limit& limit, const Limit& first, json::CompileContext& context) {
  const auto report = [&](std::string_view key) {
    const json::Value value = limit.source.Find(key);
    context.AddIssue(
        value.present() ? value : limit.source, "different_in_group",
        absl::StrCat("limits that share objects have the same \"", key, "\": make it that of ",
                     Quoted(first.name), ", or give this one another \"colocate\""));
  };
  if (limit.subject_at_fault || first.subject_at_fault) return;
  const bool same_subject = SameSubject(limit, first);
  if (!same_subject) report("subject");
  if (limit.phase != first.phase) report("phase");
  if (limit.durability != first.durability) report("durability");
  if (limit.shards != first.shards) report("shards");
  if (same_subject && limit.ipv6_prefix != first.ipv6_prefix) report("ipv6Prefix");
}

void CheckGroups(const std::vector<Limit>& limits, json::CompileContext& context) {
  struct Group {
    const Limit* first;
    uint32_t size;
    uint32_t logs;
  };
  StringInterner names;
  std::vector<Group> groups;
  for (const Limit& limit : limits) {
    if (limit.group.empty()) continue;
    const uint32_t number = names.Intern(limit.group);
    if (number == groups.size()) groups.push_back({&limit, 0, 0});
    Group& group = groups[number];
    CheckGroup(limit, *group.first, context);
    if (++group.size == kMaxGroup + 1) {
      context.AddIssue(limit.source.Find("colocate"), "too_many",
                       absl::StrCat("at most ", kMaxGroup, " limits share objects"));
    }
    const bool is_log =
        limit.rule.has_value() && limit.rule->algorithm == limit::Algorithm::kSlidingLog;
    if (is_log && ++group.logs == kMaxGroupLogs + 1) {
      context.AddIssue(limit.source.Find("colocate"), "too_many",
                       absl::StrCat("at most ", kMaxGroupLogs,
                                    " of the limits that share objects may be sliding logs"));
    }
  }
}

}  // namespace

bool Limit::has_slots() const {
  return rule.has_value() && rule->algorithm == limit::Algorithm::kConcurrency;
}

bool Limit::refers_to_path() const {
  return std::any_of(subject.begin(), subject.end(),
                     [](const FactRef& fact) { return fact.kind == FactKind::kPath; });
}

void ReadLimits(json::Value section, json::CompileContext& context, Model& model) {
  for (Named& member : ReadNamed(section, model.limit_names, context)) {
    model.limits.push_back(ReadLimit(std::move(member), context));
  }
  CheckGroups(model.limits, context);
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
