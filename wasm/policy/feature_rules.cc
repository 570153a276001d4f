#include "sluice/policy/feature_rules.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/signed_text.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/user_agent.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kKeysKeys = {"current", "previous"};
constexpr std::array<std::string_view, 4> kVisitorKeys = {"name", "maxAge", "domain", "adopt"};
constexpr std::array<std::string_view, 3> kStickyKeys = {"cookie", "maxAge", "maxBytes"};
constexpr std::array<std::string_view, 4> kConsentKeys = {"fact", "is", "before", "exposures"};
constexpr std::array<std::string_view, 2> kOverrideKeys = {"query", "cookie"};
constexpr std::array<std::string_view, 4> kExposureKeys = {"queue", "user", "analytics", "sample"};
constexpr std::array<std::string_view, 2> kUsers = {"value", "hash"};

constexpr uint64_t kDayMs = 86'400'000;
// What browsers keep a cookie for at most (RFC 6265bis, section 5.5).
constexpr DurationRange kVisitorAge = {365 * kDayMs, 1000, 400 * kDayMs};
constexpr DurationRange kStickyAge = {180 * kDayMs, 1000, 400 * kDayMs};
constexpr int64_t kMinStickyBytes = 128;
constexpr int64_t kMaxStickyBytes = 3072;
constexpr uint32_t kDefaultStickyBytes = 1024;
constexpr uint32_t kMaxAdopted = 4;
constexpr uint32_t kMaxConsents = 64;
constexpr uint32_t kMaxBots = 64;
constexpr size_t kMaxQueryName = 64;

constexpr std::string_view kHostPrefix = "__Host-";
constexpr std::string_view kSecurePrefix = "__Secure-";
constexpr std::string_view kDefaultVisitor = "__Host-sluice-visitor";
constexpr std::string_view kDefaultDomainVisitor = "sluice-visitor";
constexpr std::string_view kDefaultSticky = "__Host-sluice-sticky";
constexpr std::string_view kDefaultDomainSticky = "sluice-sticky";
constexpr std::string_view kDefaultQueue = "SLUICE_EXPOSURES";

// Crawlers say what they are, and most where to read of them ("+http").
constexpr std::array<std::string_view, 12> kDefaultBots = {
    "+http",         "bot/",           "bot-",
    "bot;",          "bot)",           "crawl",
    "spider",        "slurp",          "facebookexternalhit",
    "mediapartners", "headlesschrome", "lighthouse"};

class RulesReader {
 public:
  RulesReader(const json::ObjectReader& section, json::CompileContext& context, Model& model)
      : section_(section), context_(context), model_(model), features_(model.features) {}

  void Read();

 private:
  // The member as an object; absent if it isn't there or no object.
  json::Value Object(std::string_view key) const;
  void ReadKeys();
  std::optional<uint32_t> ReadKey(const json::ObjectReader& reader, std::string_view key,
                                  bool optional);
  void ReadVisitor();
  void ReadDomain(const json::ObjectReader& reader, VisitorCookie& cookie);
  void ReadAdopted(json::Value array, VisitorCookie& cookie);
  void CheckAdopted();
  void ReadSticky();
  void ReadConsent();
  std::optional<FactRef> ReadConsentFact(json::Value value);
  std::vector<std::string> ReadTexts(json::Value array, uint32_t max, std::string_view what);
  void ReadBots();
  void ReadOverride();
  void ReadExposures();
  std::string ReadBinding(const json::ObjectReader& reader, std::string_view key);
  // The name of a cookie of ours, which no other has.
  std::string CookieName(const json::ObjectReader& reader, std::string_view key,
                         std::string_view fallback);
  // Reports it if another has it already.
  void TakeCookieName(json::Value where, const std::string& name);
  bool IsCookieName(json::Value value, std::string_view name);
  // Whether browsers take it, and protect it as well as they can. `where` may be absent: then it is
  // the name by default.
  void CheckPrefix(json::Value where, std::string_view name, bool has_domain);
  void NeedKeys(json::Value where, std::string_view what);

  const json::ObjectReader& section_;
  json::CompileContext& context_;
  Model& model_;
  Features& features_;
  std::vector<std::string> cookies_;
};

json::Value RulesReader::Object(std::string_view key) const {
  const json::Value value = section_.Get(key);
  const bool is_object = value.present() && json::Expect(value, json::Kind::kObject, context_);
  return is_object ? value : json::Value();
}

void RulesReader::Read() {
  ReadKeys();
  ReadVisitor();
  ReadSticky();
  ReadConsent();
  ReadBots();
  ReadOverride();
  ReadExposures();
  CheckAdopted();
}

void RulesReader::ReadKeys() {
  const json::Value object = Object("keys");
  if (!object.present()) return;
  const json::ObjectReader reader(object, kKeysKeys, context_);
  reader.Require("current");
  features_.current_key = ReadKey(reader, "current", /*optional=*/false);
  features_.previous_key = ReadKey(reader, "previous", /*optional=*/true);
  if (features_.previous_key.has_value() && features_.previous_key == features_.current_key) {
    context_.AddIssue(reader.Get("previous"), "duplicate_value",
                      "the previous key is another secret than the current one");
  }
}

std::optional<uint32_t> RulesReader::ReadKey(const json::ObjectReader& reader, std::string_view key,
                                             bool optional) {
  std::optional<std::string> binding = reader.String(key);
  if (!binding.has_value()) return std::nullopt;
  return AddSecret({*std::move(binding), reader.Get(key), optional, TextSigner::kMinKeyBytes},
                   context_, model_);
}

void RulesReader::NeedKeys(json::Value where, std::string_view what) {
  if (features_.current_key.has_value() || section_.Get("keys").present()) return;
  context_.AddIssue(where, "missing_key",
                    absl::StrCat(what,
                                 ": name the Worker's secret for it, as \"keys\": "
                                 "{\"current\": \"SLUICE_COOKIE_KEY\"}"));
}

bool RulesReader::IsCookieName(json::Value value, std::string_view name) {
  if (IsToken(name)) return true;
  context_.AddIssue(value, "invalid_cookie_name",
                    absl::StrCat(Quoted(name), " is no cookie name", kTokenHint));
  return false;
}

void RulesReader::CheckPrefix(json::Value where, std::string_view name, bool has_domain) {
  if (has_domain && absl::StartsWithIgnoreCase(name, kHostPrefix)) {
    context_.AddIssue(where, "invalid_cookie_name",
                      absl::StrCat("browsers refuse a cookie whose name begins with \"",
                                   kHostPrefix, "\" and that has a domain: call it \"",
                                   kSecurePrefix, "…\", or leave the domain out"));
  } else if (!has_domain && where.present() && !name.starts_with(kHostPrefix)) {
    Warn(
        where, "cookie_prefix",
        absl::StrCat("hosts beside this one may set a cookie of the name ", Quoted(name),
                     " too: browsers keep them from it where it begins with \"", kHostPrefix, "\""),
        model_.warnings);
  }
}

void RulesReader::TakeCookieName(json::Value where, const std::string& name) {
  if (std::find(cookies_.begin(), cookies_.end(), name) != cookies_.end()) {
    context_.AddIssue(where, "duplicate_value",
                      absl::StrCat("another cookie of the policy has the name ", Quoted(name)));
  }
  cookies_.push_back(name);
}

std::string RulesReader::CookieName(const json::ObjectReader& reader, std::string_view key,
                                    std::string_view fallback) {
  std::string name = reader.String(key).value_or(std::string(fallback));
  json::Value value = reader.Get(key);
  if (!value.present()) {
    value = reader.object();  // the name by default may be another's
  } else if (!IsCookieName(value, name)) {
    return name;
  }
  TakeCookieName(value, name);
  return name;
}

void RulesReader::ReadVisitor() {
  VisitorCookie& cookie = features_.visitor;
  cookie = DefaultVisitorCookie();
  const json::Value object = Object("visitorCookie");
  if (!object.present()) {
    cookies_.push_back(cookie.name);
    return;
  }
  const json::ObjectReader reader(object, kVisitorKeys, context_);
  cookie.max_age_seconds = ReadDuration(reader, "maxAge", kVisitorAge, context_) / 1000;
  ReadDomain(reader, cookie);
  cookie.name =
      CookieName(reader, "name", cookie.domain.empty() ? kDefaultVisitor : kDefaultDomainVisitor);
  CheckPrefix(reader.Get("name"), cookie.name, !cookie.domain.empty());
  ReadAdopted(reader.Get("adopt"), cookie);
}

void RulesReader::ReadDomain(const json::ObjectReader& reader, VisitorCookie& cookie) {
  std::optional<std::string> domain = reader.String("domain");
  if (!domain.has_value()) return;
  absl::AsciiStrToLower(&*domain);
  if (IsHostName(*domain) && domain->find('.') != std::string::npos) {
    cookie.domain = *std::move(domain);
    return;
  }
  context_.AddIssue(reader.Get("domain"), "invalid_host",
                    absl::StrCat(Quoted(*domain),
                                 " is no domain that a cookie can have: expected "
                                 "one like \"example.com\""));
}

void RulesReader::ReadAdopted(json::Value array, VisitorCookie& cookie) {
  for (std::string& name : ReadTexts(array, kMaxAdopted, "cookies may be adopted")) {
    if (!IsCookieName(array, name)) continue;
    if (name == cookie.name && !features_.current_key.has_value()) {
      context_.AddIssue(array, "duplicate_value",
                        absl::StrCat(Quoted(name),
                                     " is the visitor cookie itself: its unsigned "
                                     "values of before are adopted where there are "
                                     "keys"));
      continue;
    }
    cookie.adopt.push_back(std::move(name));
  }
}

// The visitor cookie's own name is ReadAdopted's to judge.
void RulesReader::CheckAdopted() {
  const VisitorCookie& visitor = features_.visitor;
  for (const std::string& name : visitor.adopt) {
    if (name == visitor.name) continue;
    const json::Value array = section_.Get("visitorCookie").Find("adopt");
    TakeCookieName(array, name);
  }
}

void RulesReader::ReadSticky() {
  const json::Value object = Object("sticky");
  if (!object.present()) return;
  const json::ObjectReader reader(object, kStickyKeys, context_);
  StickyRule rule;
  // Where hosts share the visitor, they share what it was assigned.
  const bool has_domain = !features_.visitor.domain.empty();
  rule.cookie = CookieName(reader, "cookie", has_domain ? kDefaultDomainSticky : kDefaultSticky);
  CheckPrefix(reader.Get("cookie"), rule.cookie, has_domain);
  rule.max_age_seconds = ReadDuration(reader, "maxAge", kStickyAge, context_) / 1000;
  rule.max_bytes = static_cast<uint32_t>(
      reader.Integer("maxBytes", kMinStickyBytes, kMaxStickyBytes).value_or(kDefaultStickyBytes));
  NeedKeys(object, "sticky buckets lie in a cookie that is signed");
  features_.sticky = std::move(rule);
}

std::optional<FactRef> RulesReader::ReadConsentFact(json::Value value) {
  std::optional<FactRef> fact = ReadFactRef(value, context_, FactUse::kAttribute);
  if (!fact.has_value()) return fact;
  if (fact->kind != FactKind::kVisitor && fact->kind != FactKind::kPath &&
      fact->kind != FactKind::kUrl) {
    return fact;
  }
  context_.AddIssue(value, "not_applicable",
                    "consent is asked on all routes and before there is a visitor: visitor, url "
                    "and path:NAME can't be used here");
  return std::nullopt;
}

std::vector<std::string> RulesReader::ReadTexts(json::Value array, uint32_t max,
                                                std::string_view what) {
  std::vector<std::string> texts;
  if (!array.present() || !json::Expect(array, json::Kind::kArray, context_)) return texts;
  if (array.size() > max) {
    context_.AddIssue(array, "too_many", absl::StrCat("at most ", max, " ", what));
    return texts;
  }
  for (const json::Value element : json::Elements(array)) {
    if (!json::Expect(element, json::Kind::kString, context_)) continue;
    std::string scratch;
    texts.emplace_back(element.string(&scratch));
  }
  return texts;
}

void RulesReader::ReadConsent() {
  const json::Value object = Object("consent");
  if (!object.present()) return;
  const json::ObjectReader reader(object, kConsentKeys, context_);
  Consent consent;
  if (const json::Value fact = reader.Require("fact"); fact.present()) {
    consent.fact = ReadConsentFact(fact);
  }
  const json::Value is = reader.Require("is");
  consent.is = ReadTexts(is, kMaxConsents, "values may stand for consent");
  if (is.is(json::Kind::kArray) && is.size() == 0) {
    context_.AddIssue(is, "empty_list", "nobody could consent: name the values that stand for it");
  }
  if (const json::Value before = reader.Get("before"); before.present()) {
    consent.before = ReadConsentFact(before);
  }
  consent.exposures = reader.Bool("exposures").value_or(false);
  features_.consent = std::move(consent);
}

void RulesReader::ReadBots() {
  const json::Value value = section_.Get("bots");
  if (value.is(json::Kind::kFalse)) return;
  if (!value.present()) {
    features_.bots.assign(kDefaultBots.begin(), kDefaultBots.end());
    return;
  }
  if (!value.is(json::Kind::kArray)) {
    context_.AddIssue(value, "wrong_type",
                      "expected an array of parts of User-Agents, or false: nobody is a bot");
    return;
  }
  for (std::string& part : ReadTexts(value, kMaxBots, "parts of User-Agents")) {
    if (part.size() < kMinPartBytes || part.size() > kMaxPartBytes) {
      context_.AddIssue(value, "out_of_range",
                        absl::StrCat("a part of a User-Agent has ", kMinPartBytes, " to ",
                                     kMaxPartBytes, " bytes"));
      continue;
    }
    absl::AsciiStrToLower(&part);
    features_.bots.push_back(std::move(part));
  }
}

void RulesReader::ReadOverride() {
  const json::Value object = Object("override");
  if (!object.present()) return;
  const json::ObjectReader reader(object, kOverrideKeys, context_);
  OverrideRule rule;
  rule.query = reader.String("query").value_or("sluice-override");
  const bool plain = std::all_of(rule.query.begin(), rule.query.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
  });
  if (rule.query.empty() || rule.query.size() > kMaxQueryName || !plain) {
    context_.AddIssue(reader.Get("query"), "invalid_name",
                      absl::StrCat(Quoted(rule.query),
                                   " is no parameter name: it must match "
                                   "[A-Za-z0-9._-]{1,64}"));
  }
  rule.cookie = CookieName(reader, "cookie", "__Host-sluice-override");
  CheckPrefix(reader.Get("cookie"), rule.cookie, /*has_domain=*/false);
  NeedKeys(object, "overrides are signed");
  features_.override = std::move(rule);
}

std::string RulesReader::ReadBinding(const json::ObjectReader& reader, std::string_view key) {
  std::string binding = reader.String(key).value_or("");
  if (reader.Get(key).present() && !IsBindingName(binding)) {
    context_.AddIssue(reader.Get(key), "invalid_binding",
                      absl::StrCat(Quoted(binding), " is no name of a binding", kBindingHint));
  }
  return binding;
}

void RulesReader::ReadExposures() {
  const json::Value value = section_.Get("exposures");
  if (value.is(json::Kind::kFalse)) return;
  ExposureRule rule;
  if (!value.present()) {
    rule.queue = kDefaultQueue;
    features_.exposures = std::move(rule);
    return;
  }
  const json::Value object = Object("exposures");
  if (!object.present()) return;
  const json::ObjectReader reader(object, kExposureKeys, context_);
  rule.analytics = ReadBinding(reader, "analytics");
  if (rule.analytics.empty()) {
    Forbid(reader, "sample", "only Analytics Engine is given a sample: a queue gets all", context_);
    rule.queue = reader.Get("queue").present() ? ReadBinding(reader, "queue") : kDefaultQueue;
  } else {
    Forbid(reader, "queue", "exposures go to a queue or to Analytics Engine, not to both",
           context_);
    rule.sample = reader.Number("sample").value_or(1);
    if (!(rule.sample > 0 && rule.sample <= 1)) {
      context_.AddIssue(reader.Get("sample"), "out_of_range",
                        "\"sample\" is a part of the exposures: more than 0, at most 1");
    }
  }
  rule.hashes_user = reader.Enum("user", kUsers).value_or(0) == 1;
  if (rule.hashes_user) NeedKeys(reader.Get("user"), "the hash of a user is keyed");
  features_.exposures = std::move(rule);
}

}  // namespace

VisitorCookie DefaultVisitorCookie() {
  return {std::string(kDefaultVisitor), kVisitorAge.fallback_ms / 1000, "", {}};
}

void ReadFeatureRules(const json::ObjectReader& section, json::CompileContext& context,
                      Model& model) {
  RulesReader(section, context, model).Read();
}

}  // namespace sluice::policy
