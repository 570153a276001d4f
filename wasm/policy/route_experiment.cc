#include "sluice/policy/route_experiment.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/issues.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kKeys = {"feature", "variants"};
constexpr std::array<std::string_view, 4> kVariantKeys = {"upstream", "path", "setHeaders",
                                                          "transform"};
constexpr uint32_t kMaxVariants = 256;

class ExperimentReader {
 public:
  ExperimentReader(const Route& route, const Model& model, json::CompileContext& context)
      : route_(route), model_(model), context_(context) {}

  std::optional<Experiment> Read(json::Value value);

 private:
  void ReadFeature(json::Value value);
  void ReadVariants(json::Value object);
  Variant ReadVariant(std::string value, json::Value object);
  void CheckValue(std::string_view value, json::Value key);
  std::string UnknownVariation(std::string_view value) const;
  void AssignVariants();

  const Route& route_;
  const Model& model_;
  json::CompileContext& context_;
  Experiment result_;
  absl::Span<const FeatureValue> values_;  // of the feature; empty where it isn't known
};

std::optional<Experiment> ExperimentReader::Read(json::Value value) {
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context_)) return std::nullopt;
  const json::ObjectReader reader(value, kKeys, context_);
  ReadFeature(reader.Require("feature"));
  ReadVariants(reader.Get("variants"));
  AssignVariants();
  return std::move(result_);
}

void ExperimentReader::ReadFeature(json::Value value) {
  const std::optional<uint32_t> named =
      Resolve(value, model_.feature_keys, "unknown_feature", "feature", context_);
  const std::optional<experiment::Program>& program = model_.features.program;
  if (!named.has_value() || !program.has_value()) return;
  const std::optional<uint32_t> feature = program->Find(model_.feature_keys[*named]);
  if (!feature.has_value()) return;
  result_.feature = *feature;
  values_ = model_.features.values[*feature];
  if (program->variation_count(*feature) == 0) return;
  const std::string_view name = program->hash_attribute(*feature);
  const Attribute* attribute = model_.features.FindAttribute(name);
  if (attribute == nullptr) {
    context_.AddIssue(value, "unknown_attribute",
                      absl::StrCat("this feature hashes the attribute ", Quoted(name),
                                   ": say in features.attributes which fact that is"));
  } else if (attribute->fact.has_value()) {
    result_.hashed = &*attribute->fact;
    CheckPathFact(*result_.hashed, route_, value, context_);
  }
}

void ExperimentReader::ReadVariants(json::Value object) {
  if (!object.present() || !json::Expect(object, json::Kind::kObject, context_)) return;
  if (object.size() > kMaxVariants) {
    context_.AddIssue(object, "too_many", absl::StrCat("at most ", kMaxVariants, " variants"));
    return;
  }
  for (const json::Member member : json::Members(object)) {
    std::string scratch;
    std::string value(member.key.string(&scratch));
    const bool is_new = std::none_of(result_.variants.begin(), result_.variants.end(),
                                     [&](const Variant& v) { return v.value == value; });
    if (!is_new) {
      context_.AddIssue(member.key, "duplicate_key",
                        absl::StrCat(Quoted(value), " is there twice"));
      continue;
    }
    CheckValue(value, member.key);
    result_.variants.push_back(ReadVariant(std::move(value), member.value));
  }
}

void ExperimentReader::CheckValue(std::string_view value, json::Value key) {
  const bool known = std::any_of(values_.begin(), values_.end(),
                                 [&](const FeatureValue& v) { return v == value; });
  if (known || values_.empty()) return;
  // Full issues are only counted: no text for them.
  context_.AddIssue(key, "unknown_variation",
                    context_.issues().full() ? "" : UnknownVariation(value));
}

std::string ExperimentReader::UnknownVariation(std::string_view value) const {
  std::vector<std::string_view> known;
  for (const FeatureValue& candidate : values_) {
    if (candidate.has_value() && std::find(known.begin(), known.end(), *candidate) == known.end()) {
      known.push_back(*candidate);
    }
  }
  if (known.empty()) {
    return "the feature has no value that is a string, and only those can be variants";
  }
  return absl::StrCat("the feature never has the value ", Quoted(value), "; expected ",
                      Enumerate(known), DidYouMean(value, known));
}

Variant ExperimentReader::ReadVariant(std::string value, json::Value object) {
  Variant variant;
  variant.value = std::move(value);
  if (!json::Expect(object, json::Kind::kObject, context_)) return variant;
  const json::ObjectReader reader(object, kVariantKeys, context_);
  variant.upstream_source = reader.Get("upstream");
  variant.upstream = Resolve(variant.upstream_source, model_.upstream_names, "unknown_upstream",
                             "upstream", context_)
                         .value_or(kAbsent);
  variant.transform_source = reader.Get("transform");
  variant.transform = Resolve(variant.transform_source, model_.transform_names, "unknown_transform",
                              "transform", context_)
                          .value_or(kAbsent);
  variant.path = ReadUpstreamPath(reader.Get("path"), route_, context_);
  variant.set_headers = ReadSetHeaders(reader.Get("setHeaders"), context_);
  return variant;
}

void ExperimentReader::AssignVariants() {
  for (const FeatureValue& value : values_) {
    uint32_t number = 0;
    while (number < result_.variants.size() && value != result_.variants[number].value) ++number;
    result_.variant_of_variation.push_back(number < result_.variants.size() ? number : kAbsent);
  }
  if (values_.empty()) return;
  result_.variant_of_default = result_.variant_of_variation.back();
  result_.variant_of_variation.pop_back();
}

// The parameters that the route's match.path has, as they are written.
std::vector<std::string> ParametersOf(const PathTemplate& path) {
  std::vector<std::string> written;
  for (const TemplateSegment& segment : path.segments) {
    if (segment.kind == SegmentKind::kLiteral) continue;
    written.push_back(
        absl::StrCat("{", segment.text, segment.kind == SegmentKind::kRest ? "...}" : "}"));
  }
  return written;
}

}  // namespace

std::optional<Experiment> ReadExperiment(json::Value value, const Route& route, const Model& model,
                                         json::CompileContext& context) {
  return ExperimentReader(route, model, context).Read(value);
}

std::optional<PathTemplate> ReadUpstreamPath(json::Value value, const Route& route,
                                             json::CompileContext& context) {
  std::optional<PathTemplate> path = ReadTemplate(value, context);
  if (!path.has_value() || !route.match_path.has_value()) return path;
  const std::vector<std::string> matched = ParametersOf(*route.match_path);
  for (const std::string& parameter : ParametersOf(*path)) {
    if (std::find(matched.begin(), matched.end(), parameter) != matched.end()) continue;
    const std::vector<std::string_view> known(matched.begin(), matched.end());
    context.AddIssue(value, "unknown_parameter",
                     absl::StrCat("the route's match.path has no ", Quoted(parameter),
                                  DidYouMean(parameter, known)));
  }
  return path;
}

void CheckPathFact(const FactRef& fact, const Route& route, json::Value where,
                   json::CompileContext& context) {
  if (fact.kind != FactKind::kPath || !route.match_path.has_value()) return;
  const std::vector<std::string_view> known = route.match_path->parameters();
  if (std::find(known.begin(), known.end(), fact.name) != known.end()) return;
  context.AddIssue(where, "unknown_parameter",
                   absl::StrCat("this refers to path:", fact.name,
                                ", a parameter that the route's match.path doesn't have",
                                DidYouMean(fact.name, known)));
}

}  // namespace sluice::policy
