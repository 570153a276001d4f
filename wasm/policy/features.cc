#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 3> kKeys = {"attributes", "visitorCookie", "payload"};
constexpr std::array<std::string_view, 2> kCookieKeys = {"name", "maxAge"};
constexpr uint32_t kMaxAttributes = 64;
constexpr DurationRange kMaxAge = {.fallback_ms = uint64_t{365} * 86'400'000,
                                   .min_ms = 1000,
                                   .max_ms = uint64_t{366} * 86'400'000};

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
    features.attributes.push_back({std::string(name), ReadFactRef(member.value, context)});
  }
}

void ReadVisitorCookie(json::Value object, json::CompileContext& context, VisitorCookie& cookie) {
  if (!object.present() || !json::Expect(object, json::Kind::kObject, context)) return;
  const json::ObjectReader reader(object, kCookieKeys, context);
  cookie.max_age_seconds = ReadDuration(reader, "maxAge", kMaxAge, context) / 1000;
  std::optional<std::string> name = reader.String("name");
  if (!name.has_value()) return;
  if (!IsToken(*name)) {
    context.AddIssue(reader.Get("name"), "invalid_cookie_name",
                     absl::StrCat(Quoted(*name), " is no cookie name", kTokenHint));
  }
  cookie.name = *std::move(name);
}

std::vector<std::vector<FeatureValue>> ValuesOf(const experiment::Program& program) {
  std::vector<std::vector<FeatureValue>> values(program.feature_count());
  json::Document document;
  std::string scratch;
  const auto parse = [&](std::string_view json) -> FeatureValue {
    if (!document.Parse(json).ok() || !document.root().is(json::Kind::kString)) return std::nullopt;
    return std::string(document.root().string(&scratch));
  };
  for (uint32_t feature = 0; feature < values.size(); ++feature) {
    for (uint32_t i = 0; i < program.variation_count(feature); ++i) {
      values[feature].push_back(parse(program.variation_value(feature, i)));
    }
    values[feature].push_back(parse(program.default_value(feature)));
  }
  return values;
}

// The names are known even where the payload is at fault, so that routes aren't blamed for it.
void ReadPayload(json::Value payload, json::CompileContext& context, Model& model) {
  if (!payload.present()) {
    model.feature_keys.Seal();
    return;
  }
  for (const json::Member member : json::Members(payload.Find("features"))) {
    std::string scratch;
    model.feature_keys.Add(member.key.string(&scratch));
  }
  model.feature_keys.Seal();
  const size_t issues_before = context.issues().total();
  absl::StatusOr<experiment::Program> program = experiment::Compile(payload, context);
  if (!program.ok()) return ReportFailure(program.status(), issues_before, payload, context);
  model.features.values = ValuesOf(*program);
  model.features.program = *std::move(program);
}

}  // namespace

const Attribute* Features::FindAttribute(std::string_view name) const {
  const auto found = std::find_if(attributes.begin(), attributes.end(),
                                  [&](const Attribute& a) { return a.name == name; });
  return found == attributes.end() ? nullptr : &*found;
}

void ReadFeatures(json::Value section, json::CompileContext& context, Model& model) {
  if (!section.present() || !json::Expect(section, json::Kind::kObject, context)) {
    model.feature_keys.Seal();
    return;
  }
  const json::ObjectReader reader(section, kKeys, context);
  ReadAttributes(reader.Get("attributes"), context, model.features);
  ReadVisitorCookie(reader.Get("visitorCookie"), context, model.features.cookie);
  ReadPayload(reader.Require("payload"), context, model);
}

bool Model::UsesVisitor() const {
  const auto is_visitor = [](const FactRef& fact) { return fact.kind == FactKind::kVisitor; };
  return std::any_of(
             features.attributes.begin(), features.attributes.end(),
             [&](const Attribute& a) { return a.fact.has_value() && is_visitor(*a.fact); }) ||
         std::any_of(limits.begin(), limits.end(), [&](const Limit& limit) {
           return std::any_of(limit.subject.begin(), limit.subject.end(), is_visitor);
         });
}

}  // namespace sluice::policy
