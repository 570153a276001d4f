#include "sluice/policy/features.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/issues.h"
#include "sluice/base/signed_text.h"
#include "sluice/experiment/dependencies.h"
#include "sluice/experiment/sticky_cookie.h"
#include "sluice/policy/feature_rules.h"
#include "sluice/policy/header.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

using experiment::AttributeType;

constexpr std::array<std::string_view, 10> kKeys = {
    "payload", "attributes", "keys", "visitorCookie", "visitorHeader",
    "sticky",  "consent",    "bots", "override",      "exposures"};
constexpr std::array<std::string_view, 2> kAttributeKeys = {"fact", "type"};
constexpr std::array<std::string_view, 4> kTypes = {"string", "number", "boolean", "list"};
constexpr std::array<AttributeType, 4> kTypeOf = {AttributeType::kText, AttributeType::kNumber,
                                                  AttributeType::kBoolean, AttributeType::kList};
constexpr uint32_t kMaxFactsOfAttribute = 8;
constexpr std::array<std::string_view, 4> kEncrypted = {"encryptedFeatures", "encryptedExperiments",
                                                        "encryptedSavedGroups",
                                                        "encryptedContextualBandits"};

void ReadFacts(json::Value value, json::CompileContext& context, Attribute& attribute) {
  if (!value.is(json::Kind::kArray)) {
    if (auto fact = ReadFactRef(value, context, FactUse::kAttribute)) {
      attribute.facts.push_back(*std::move(fact));
    }
    return;
  }
  if (value.size() == 0 || value.size() > kMaxFactsOfAttribute) {
    context.AddIssue(value, value.size() == 0 ? "empty_list" : "too_many",
                     absl::StrCat("expected 1 to ", kMaxFactsOfAttribute,
                                  " facts: the first that is present counts"));
    return;
  }
  for (const json::Value element : json::Elements(value)) {
    if (auto fact = ReadFactRef(element, context, FactUse::kAttribute)) {
      attribute.facts.push_back(*std::move(fact));
    }
  }
}

Attribute ReadAttribute(std::string_view name, json::Value value, json::CompileContext& context) {
  Attribute attribute;
  attribute.name = name;
  if (!value.is(json::Kind::kObject)) {
    ReadFacts(value, context, attribute);
    return attribute;
  }
  const json::ObjectReader reader(value, kAttributeKeys, context);
  if (const json::Value fact = reader.Require("fact"); fact.present()) {
    ReadFacts(fact, context, attribute);
  }
  attribute.type = kTypeOf[reader.Enum("type", kTypes).value_or(0)];
  return attribute;
}

void ReadAttributes(json::Value object, json::CompileContext& context, Features& features) {
  if (!object.present() || !json::Expect(object, json::Kind::kObject, context)) return;
  if (object.size() > kMaxAttributes) {
    context.AddIssue(object, "too_many",
                     absl::StrCat("at most ", kMaxAttributes, " attributes may be mapped"));
    return;
  }
  for (const json::Member member : json::Members(object)) {
    std::string scratch;
    const std::string_view name = member.key.string(&scratch);
    if (features.FindAttribute(name) != nullptr) {
      context.AddIssue(member.key, "duplicate_key", absl::StrCat(Quoted(name), " is there twice"));
      continue;
    }
    features.attributes.push_back(ReadAttribute(name, member.value, context));
  }
}

void ReadVisitorHeader(const json::ObjectReader& reader, json::CompileContext& context,
                       Features& features) {
  const json::Value value = reader.Get("visitorHeader");
  std::optional<std::string> name = reader.String("visitorHeader");
  if (!name.has_value() || !CheckNewHeader(&*name, value, context)) return;
  features.visitor_header = *std::move(name);
}

// True if there are parts that nobody here can read.
bool ReportEncrypted(json::Value payload, json::CompileContext& context) {
  bool found = false;
  for (const std::string_view name : kEncrypted) {
    const json::Value value = payload.Find(name);
    if (!value.present()) continue;
    found = true;
    context.AddIssue(value, "encrypted",
                     "this part of the payload is encrypted: decrypt it before the policy is "
                     "published (core.decryptFeatures), or the policy would say nothing of it");
  }
  return found;
}

std::string VariantKey(std::string_view json) {
  if (json.empty() || json[0] != '"') return std::string(json);
  if (json.find('\\') == std::string_view::npos)
    return std::string(json.substr(1, json.size() - 2));
  json::Document document;
  std::string decoded;
  if (!document.Parse(json).ok()) return std::string(json);
  return std::string(document.root().string(&decoded));
}

// Visual changes and redirects by the page's URL, which happen in the browser.
void WarnOfBrowsersExperiments(json::Value experiments, Issues& warnings) {
  if (!experiments.is(json::Kind::kArray) || experiments.size() == 0) return;
  Warn(experiments, "ignored",
       "no route looks at the payload's own experiments, which are for browsers: leave them out; "
       "a redirect is a feature with a route's variant that redirects",
       warnings);
}

// Unsigned, an id is whatever its client says.
void WarnOfUnsignedVisitors(json::Value section, Model& model) {
  if (model.features.current_key.has_value() || section.Find("keys").present()) return;
  const auto is_visitor = [](const FactRef& fact) { return fact.kind == FactKind::kVisitor; };
  json::Value where;
  for (const Attribute& attribute : model.features.attributes) {
    if (std::none_of(attribute.facts.begin(), attribute.facts.end(), is_visitor)) continue;
    where = section.Find("attributes").Find(attribute.name);
    break;
  }
  for (const Limit& limit : model.limits) {
    const bool counts = std::any_of(limit.subject.begin(), limit.subject.end(), is_visitor);
    if (counts && !where.present()) where = limit.source;
  }
  if (!where.present()) return;
  Warn(where, "unsigned_visitor",
       "the visitor's id isn't signed, so that clients can be whoever they say: name a secret of "
       "the Worker as features.keys, like {\"current\": \"SLUICE_COOKIE_KEY\"}",
       model.warnings);
}

// The names are known even where the payload is at fault, so that routes aren't blamed for it. What
// doesn't stop a payload are warnings.
void ReadPayload(json::Value payload, json::CompileContext& context, Model& model) {
  if (!payload.present() || !json::Expect(payload, json::Kind::kObject, context)) {
    model.feature_keys.Seal();
    return;
  }
  for (const json::Member member : json::Members(payload.Find("features"))) {
    std::string scratch;
    model.feature_keys.Add(member.key.string(&scratch));
  }
  model.feature_keys.Seal();
  if (ReportEncrypted(payload, context)) return;
  json::CompileContext payload_context;
  WarnOfBrowsersExperiments(payload.Find("experiments"), model.warnings);
  payload_context.issues() = std::move(model.warnings);
  absl::StatusOr<experiment::Program> program =
      experiment::CompileForDecisions(payload, payload_context);
  if (!program.ok()) {
    return ReportFailure(program.status(), context.issues().total(), payload, context);
  }
  model.features.program = *std::move(program);
  model.warnings = std::move(payload_context.issues());
}

}  // namespace

const Attribute* Features::FindAttribute(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

const FeatureOutline& Features::OutlineOf(uint32_t feature) {
  const auto [found, is_new] = outlines.try_emplace(feature);
  FeatureOutline& outline = found->second;
  if (!is_new) return outline;
  for (const uint32_t text : experiment::ValuesOf(*program, feature)) {
    outline.values.push_back({text, VariantKey(program->text(text))});
  }
  const experiment::Dependencies needs =
      experiment::DependenciesOf(*program, absl::MakeConstSpan(&feature, 1));
  const auto is_mapped = [this](uint32_t attribute) {
    return FindAttribute(program->attribute_name(attribute)) != nullptr;
  };
  for (const uint32_t attribute : needs.attributes) {
    if (!is_mapped(attribute)) outline.unmapped.emplace_back(program->attribute_name(attribute));
  }
  std::vector<uint32_t> matter = needs.hashed.empty() ? needs.attributes : needs.hashed;
  if (sticky.has_value()) {
    for (const experiment::FallbackAttribute& fallback : needs.fallbacks) {
      matter.push_back(fallback.attribute);
    }
  }
  outline.sees_nothing = !matter.empty() && std::none_of(matter.begin(), matter.end(), is_mapped);
  return outline;
}

void ReadFeatures(json::Value section, json::CompileContext& context, Model& model) {
  if (!section.present() || !json::Expect(section, json::Kind::kObject, context)) {
    model.feature_keys.Seal();
    model.features.visitor = DefaultVisitorCookie();
    return WarnOfUnsignedVisitors(section, model);
  }
  const json::ObjectReader reader(section, kKeys, context);
  ReadAttributes(reader.Get("attributes"), context, model.features);
  ReadVisitorHeader(reader, context, model.features);
  ReadFeatureRules(reader, context, model);
  WarnOfUnsignedVisitors(section, model);
  ReadPayload(reader.Require("payload"), context, model);
}

void CheckStickyRoom(json::Value section, Model& model) {
  const Features& read = model.features;
  if (!read.sticky.has_value() || !read.program.has_value()) return;
  std::vector<uint32_t> features;
  for (const Route& route : model.routes) {
    for (const Experiment& experiment : route.experiments) features.push_back(experiment.feature);
    if (!route.flags.has_value()) continue;
    features.insert(features.end(), route.flags->features.begin(), route.flags->features.end());
  }
  const size_t count = experiment::DependenciesOf(*read.program, features).buckets.size();
  const size_t max_bytes = read.sticky->max_bytes;
  const size_t room = experiment::StickyCookie::EntriesIn(max_bytes - TextSigner::kOverhead);
  if (count <= room) return;
  Warn(section.Find("sticky"), "sticky_budget",
       absl::StrCat("the routes' features have ", count, " experiments, and a cookie of ",
                    max_bytes, " bytes (maxBytes) holds ", room,
                    " of one user: in further ones nobody is sticky"),
       model.warnings);
}

}  // namespace sluice::policy
