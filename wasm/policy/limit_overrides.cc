#include "sluice/policy/limit_overrides.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/duration.h"
#include "sluice/base/issues.h"
#include "sluice/policy/limit_lists.h"
#include "sluice/policy/names.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 5> kKeys = {"subject", "claim", "rate", "burst", "slots"};
constexpr std::array<std::string_view, 2> kRateKeys = {"units", "per"};
constexpr uint32_t kMaxOverrides = 1000;
constexpr uint32_t kMaxClaimOverrides = 64;
constexpr uint32_t kMaxClaims = 16;
constexpr size_t kMaxClaimBytes = 256;

class OverrideReader {
 public:
  OverrideReader(json::CompileContext& context, Limit& limit) : context_(context), limit_(limit) {}

  void ReadAll(json::Value array) {
    for (const json::Value element : json::Elements(array)) {
      if (json::Expect(element, json::Kind::kObject, context_)) ReadOne(element);
    }
    SealPatterns(context_, limit_.override_subjects);
  }

 private:
  void ReadOne(json::Value element) {
    const size_t issues_before = context_.issues().total();
    const json::ObjectReader reader(element, kKeys, context_);
    Override result;
    result.rule = ReadRule(reader, issues_before);
    const json::Value subject = reader.Get("subject");
    const json::Value claim = reader.Get("claim");
    const auto number = static_cast<uint32_t>(limit_.overrides.size() + 1);
    if (subject.present() == claim.present()) {
      context_.AddIssue(element, subject.present() ? "not_applicable" : "missing_key",
                        "an override is for a \"subject\" or for who has a \"claim\"");
    } else if (subject.present()) {
      ReadPattern(subject, limit_, number, context_, limit_.override_subjects);
    } else {
      result.claims = ReadCondition(claim);
      result.claims_source = claim;
    }
    limit_.overrides.push_back(std::move(result));
  }

  std::vector<Claim> ReadCondition(json::Value object) {
    if (limit_.phase == Phase::kPreAuth) {
      context_.AddIssue(object, "not_applicable",
                        "before authentication no claims are known: use \"phase\": \"request\"");
    }
    if (object.is(json::Kind::kObject) && object.size() == 0) {
      context_.AddIssue(object, "empty_list", "name at least one claim: {\"plan\": \"pro\"}");
    }
    if (++claim_overrides_ == kMaxClaimOverrides + 1) {
      context_.AddIssue(object, "too_many",
                        absl::StrCat("at most ", kMaxClaimOverrides, " overrides by claim"));
    }
    return ReadClaims(object, context_);
  }

  // The limit's rule with what the override says of its amounts.
  limit::Rule ReadRule(const json::ObjectReader& reader, size_t issues_before) {
    limit::Rule rule = *limit_.rule;
    const std::optional<uint32_t> units = limit_.has_slots() ? ReadSlots(reader) : ReadRate(reader);
    rule.units = units.value_or(rule.units);
    if (limit::HasBurst(rule.algorithm)) {
      if (units.has_value() && !limit_.source.Find("burst").present()) rule.burst = rule.units;
      rule.burst = Amount(reader, "burst").value_or(rule.burst);
    } else {
      Forbid(reader, "burst", "this limit has no burst: remove it", context_);
    }
    if (issues_before != context_.issues().total()) return *limit_.rule;
    if (!units.has_value() && !reader.Get("burst").present()) {
      context_.AddIssue(reader.object(), "missing_key",
                        limit_.has_slots()
                            ? "an override has other \"slots\" than the limit"
                            : "an override has another \"rate\" or \"burst\" than the limit");
    } else if (!limit::IsValid(rule)) {
      context_.AddIssue(reader.object(), "out_of_range",
                        absl::StrCat("this is more than the limit's algorithm can count with a "
                                     "period of ",
                                     rule.period_ms, " ms"));
      return *limit_.rule;
    }
    return rule;
  }

  static std::optional<uint32_t> Amount(const json::ObjectReader& reader, std::string_view key,
                                        uint32_t max = limit::kMaxUnits) {
    const std::optional<int64_t> amount = reader.Integer(key, 1, max);
    if (!amount.has_value()) return std::nullopt;
    return static_cast<uint32_t>(*amount);
  }

  std::optional<uint32_t> ReadSlots(const json::ObjectReader& reader) {
    Forbid(reader, "rate", "this limit has slots, no rate: remove it", context_);
    return Amount(reader, "slots", limit::kMaxConcurrency);
  }

  std::optional<uint32_t> ReadRate(const json::ObjectReader& reader) {
    Forbid(reader, "slots", "this limit has a rate, no slots: remove it", context_);
    const json::Value value = reader.Get("rate");
    if (!value.present() || !json::Expect(value, json::Kind::kObject, context_)) {
      return std::nullopt;
    }
    const json::ObjectReader rate(value, kRateKeys, context_);
    CheckPeriod(rate.Get("per"));
    rate.Require("units");
    return Amount(rate, "units");
  }

  // One counter has one period: who changes plans keeps what is spent.
  void CheckPeriod(json::Value per) {
    if (!per.present() || !json::Expect(per, json::Kind::kString, context_)) return;
    std::string scratch;
    std::string own_scratch;
    const json::Value own = limit_.source.Find("rate").Find("per");
    const std::string_view own_text = own.is(json::Kind::kString) ? own.string(&own_scratch) : "";
    if (per.string(&scratch) == own_text) return;
    const std::optional<double> ms = ParseDuration(per.string(&scratch));
    if (ms.has_value() && ms == ParseDuration(own_text)) return;
    context_.AddIssue(per, "not_applicable",
                      absl::StrCat("an override has the period of its limit, ", Quoted(own_text),
                                   ": remove it, or make this a limit of its own"));
  }

  json::CompileContext& context_;
  Limit& limit_;
  uint32_t claim_overrides_ = 0;
};

bool IsClaimText(std::string_view text) {
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
  return !text.empty() && text.size() <= kMaxClaimBytes && !has_control;
}

// Empty if it is at fault.
std::string ReadClaimText(json::Value value, json::CompileContext& context) {
  if (!json::Expect(value, json::Kind::kString, context)) return "";
  std::string scratch;
  const std::string_view text = value.string(&scratch);
  if (IsClaimText(text)) return std::string(text);
  context.AddIssue(
      value, "invalid_claim",
      absl::StrCat("a claim has 1 to ", kMaxClaimBytes, " bytes and no control characters"));
  return "";
}

}  // namespace

void ReadOverrides(json::Value array, json::CompileContext& context, Limit& limit) {
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context)) return;
  if (array.size() > kMaxOverrides) {
    context.AddIssue(array, "too_many",
                     absl::StrCat("a limit has at most ", kMaxOverrides, " overrides"));
  } else if (limit.rule.has_value()) {
    OverrideReader(context, limit).ReadAll(array);
  }
}

std::vector<Claim> ReadClaims(json::Value object, json::CompileContext& context) {
  std::vector<Claim> claims;
  if (!object.present() || !json::Expect(object, json::Kind::kObject, context)) return claims;
  if (object.size() > kMaxClaims) {
    context.AddIssue(object, "too_many", absl::StrCat("at most ", kMaxClaims, " claims"));
    return claims;
  }
  for (const json::Member member : json::Members(object)) {
    std::string scratch;
    const std::string name(member.key.string(&scratch));
    const bool is_new = std::none_of(claims.begin(), claims.end(),
                                     [&](const Claim& claim) { return claim.name == name; });
    if (!IsName(name)) {
      context.AddIssue(member.key, "invalid_name",
                       absl::StrCat(Quoted(name), " is no name of a claim", kNameHint));
    } else if (!is_new) {
      context.AddIssue(member.key, "duplicate_key", absl::StrCat(Quoted(name), " is there twice"));
    }
    claims.push_back({name, ReadClaimText(member.value, context)});
  }
  return claims;
}

void CheckClaims(const Model& model, json::CompileContext& context) {
  Names names;
  for (const AuthRule& rule : model.auth) {
    for (uint32_t i = 0; i < rule.claims.strings().size(); ++i) names.Add(rule.claims.text(i));
  }
  names.Seal();
  const auto check = [&](std::string_view name, json::Value where) {
    if (names.Find(name).has_value()) return;
    // Full issues are only counted: no text for them.
    context.AddIssue(where, "unknown_claim",
                     context.issues().full()
                         ? ""
                         : absl::StrCat("no API key has the claim ", Quoted(name),
                                        DidYouMean(name, names.list())));
  };
  for (const Limit& limit : model.limits) {
    for (const FactRef& fact : limit.subject) {
      if (fact.kind == FactKind::kClaim) check(fact.name, limit.source.Find("subject"));
    }
    for (const Override& item : limit.overrides) {
      for (const Claim& claim : item.claims) check(claim.name, item.claims_source);
    }
  }
}

}  // namespace sluice::policy
