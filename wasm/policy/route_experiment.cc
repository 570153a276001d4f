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
#include "sluice/experiment/dependencies.h"
#include "sluice/policy/assignment.h"
#include "sluice/policy/reading.h"
#include "sluice/policy/route_paths.h"

namespace sluice::policy {
namespace {

constexpr std::array<std::string_view, 2> kKeys = {"feature", "variants"};
constexpr std::array<std::string_view, 5> kVariantKeys = {"upstream", "path", "setHeaders",
                                                          "transform", "redirect"};
constexpr std::array<std::string_view, 2> kFlagsKeys = {"features", "header"};
constexpr uint32_t kMaxVariants = 256;
constexpr uint32_t kMaxFlags = 10'000;

// The number of the feature in the program; kAbsent where that or the payload is at fault.
uint32_t FindFeature(json::Value value, const Model& model, json::CompileContext& context) {
  const std::optional<uint32_t> named =
      Resolve(value, model.feature_keys, "unknown_feature", "feature", context);
  if (!named.has_value() || !model.features.program.has_value()) return kAbsent;
  return model.features.program->Find(model.feature_keys[*named]).value_or(kAbsent);
}

void WarnOnce(json::Value where, std::string message, Issues& warnings) {
  const bool is_known =
      std::any_of(warnings.list().begin(), warnings.list().end(),
                  [&](const Issue& warning) { return warning.message == message; });
  if (!is_known) Warn(where, "unknown_attribute", std::move(message), warnings);
}

// Of a feature that is named at `where`. An attribute that nothing is mapped to may be one that
// only other clients have.
void CheckAttributes(json::Value where, uint32_t feature, Model& model,
                     json::CompileContext& context) {
  const FeatureOutline& outline = model.features.OutlineOf(feature);
  const std::vector<std::string_view> unknown(outline.unmapped.begin(), outline.unmapped.end());
  if (unknown.empty()) return;
  std::string message =
      absl::StrCat("the feature ", Quoted(model.features.program->feature_key(feature)),
                   " looks at the attribute", unknown.size() == 1 ? " " : "s ", Enumerate(unknown),
                   ": say in features.attributes which fact that is; until then it is absent");
  if (outline.sees_nothing) {
    context.AddIssue(where, "unknown_attribute", std::move(message));
  } else {
    WarnOnce(where, std::move(message), model.warnings);
  }
}

// Of all features: many may be other clients', so that what they lack is told together.
void CheckAllAttributes(json::Value where, absl::Span<const uint32_t> features, Model& model) {
  const experiment::Program& program = *model.features.program;
  const experiment::Dependencies needs = experiment::DependenciesOf(program, features);
  std::vector<std::string_view> unknown;
  std::vector<std::string_view> hashed;
  for (const uint32_t attribute : needs.attributes) {
    const std::string_view name = program.attribute_name(attribute);
    if (model.features.FindAttribute(name) != nullptr) continue;
    const bool assigns = std::binary_search(needs.hashed.begin(), needs.hashed.end(), attribute);
    (assigns ? hashed : unknown).push_back(name);
  }
  unknown.insert(unknown.begin(), hashed.begin(), hashed.end());
  if (unknown.empty()) return;
  const std::string nobody =
      hashed.empty() ? "" : absl::StrCat(", and nobody is assigned by ", Enumerate(hashed));
  WarnOnce(where,
           absl::StrCat("the payload's features look at the attribute",
                        unknown.size() == 1 ? " " : "s ", Enumerate(unknown),
                        ": say in features.attributes which fact that is; until then it is absent",
                        nobody),
           model.warnings);
}

class ExperimentReader {
 public:
  ExperimentReader(const Route& route, Model& model, json::CompileContext& context)
      : route_(route), model_(model), context_(context) {}

  Experiment Read(json::Value value);

 private:
  void ReadFeature(json::Value value);
  void ReadVariants(json::Value object);
  void AddValues(std::string_view value, json::Value key);
  std::string UnknownVariation(std::string_view value) const;
  Variant ReadVariant(std::string value, json::Value object);

  const Route& route_;
  Model& model_;
  json::CompileContext& context_;
  Experiment result_;
  const FeatureOutline* outline_ = nullptr;  // null where the feature isn't known
};

Experiment ExperimentReader::Read(json::Value value) {
  const json::ObjectReader reader(value, kKeys, context_);
  if (!reader.object().present()) return std::move(result_);
  ReadFeature(reader.Require("feature"));
  ReadVariants(reader.Get("variants"));
  return std::move(result_);
}

void ExperimentReader::ReadFeature(json::Value value) {
  result_.feature = FindFeature(value, model_, context_);
  if (result_.feature == kAbsent) return;
  outline_ = &model_.features.OutlineOf(result_.feature);
  CheckAttributes(value, result_.feature, model_, context_);
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
    AddValues(value, member.key);
    result_.variants.push_back(ReadVariant(std::move(value), member.value));
  }
}

// The string "true" and the literal have one name, and so one variant.
void ExperimentReader::AddValues(std::string_view value, json::Value key) {
  if (outline_ == nullptr) return;
  const auto variant = static_cast<uint32_t>(result_.variants.size());
  const size_t before = result_.values.size();
  for (const FeatureValue& candidate : outline_->values) {
    if (candidate.key == value) result_.values.push_back({candidate.text, variant});
  }
  if (result_.values.size() != before) return;
  // Full issues are only counted: no text for them.
  context_.AddIssue(key, "unknown_variation",
                    context_.issues().full() ? "" : UnknownVariation(value));
}

std::string ExperimentReader::UnknownVariation(std::string_view value) const {
  std::vector<std::string_view> known;
  known.reserve(outline_->values.size());
  for (const FeatureValue& candidate : outline_->values) known.push_back(candidate.key);
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
  variant.redirect = ReadRedirect(reader.Get("redirect"), route_, context_);
  return variant;
}

void ReadFlagFeatures(json::Value value, Model& model, json::CompileContext& context,
                      Flags& flags) {
  if (value.is(json::Kind::kString) && value.StringEquals("*")) {
    const auto& program = model.features.program;
    if (!program.has_value()) return;
    const uint32_t count = program->feature_count();
    for (uint32_t feature = 0; feature < count; ++feature) flags.features.push_back(feature);
    return CheckAllAttributes(value, flags.features, model);
  }
  if (!value.is(json::Kind::kArray)) {
    context.AddIssue(value, "wrong_type", "expected an array of features, or \"*\": all of them");
    return;
  }
  if (value.size() == 0 || value.size() > kMaxFlags) {
    context.AddIssue(value, value.size() == 0 ? "empty_list" : "too_many",
                     absl::StrCat("expected 1 to ", kMaxFlags, " features, or \"*\""));
    return;
  }
  std::vector<bool> known(model.feature_keys.size());
  for (const json::Value element : json::Elements(value)) {
    const uint32_t feature = FindFeature(element, model, context);
    if (feature == kAbsent) continue;
    if (known[feature]) {
      context.AddIssue(element, "duplicate_value", "this feature is there already");
      continue;
    }
    known[feature] = true;
    flags.features.push_back(feature);
    CheckAttributes(element, feature, model, context);
  }
}

// Values may be shorter than the defaults; most of a gateway's requests get those.
void CheckFlagsLength(json::Value value, const Flags& flags, Model& model) {
  if (!model.features.program.has_value()) return;
  const experiment::Program& program = *model.features.program;
  size_t bytes = 1;
  for (const uint32_t feature : flags.features) {
    constexpr size_t kPunctuation = 4;  // "":,
    bytes += program.feature_key(feature).size() + kPunctuation +
             program.text(program.default_value(feature)).size();
  }
  if (bytes <= kMaxFlagsBytes) return;
  Warn(value, "too_long",
       absl::StrCat("with default values alone these flags take ", bytes, " bytes; over ",
                    kMaxFlagsBytes, " the header is left out: name those that the upstream uses"),
       model.warnings);
}

}  // namespace

std::vector<Experiment> ReadExperiments(json::Value value, const Route& route, Model& model,
                                        json::CompileContext& context) {
  std::vector<Experiment> experiments;
  if (!value.present()) return experiments;
  if (!value.is(json::Kind::kArray)) {
    experiments.push_back(ExperimentReader(route, model, context).Read(value));
    return experiments;
  }
  if (value.size() == 0 || value.size() > kMaxExperiments) {
    context.AddIssue(value, value.size() == 0 ? "empty_list" : "too_many",
                     absl::StrCat("a route has at most ", kMaxExperiments,
                                  " experiments; without any leave \"experiment\" out"));
    return experiments;
  }
  for (const json::Value element : json::Elements(value)) {
    Experiment read = ExperimentReader(route, model, context).Read(element);
    const bool is_twice =
        read.feature != kAbsent &&
        std::any_of(experiments.begin(), experiments.end(),
                    [&](const Experiment& e) { return e.feature == read.feature; });
    if (is_twice) {
      context.AddIssue(element.Find("feature"), "duplicate_value",
                       "another experiment of the route has this feature");
    }
    experiments.push_back(std::move(read));
  }
  return experiments;
}

std::optional<Flags> ReadFlags(json::Value value, Model& model, json::CompileContext& context) {
  if (!value.present() || !json::Expect(value, json::Kind::kObject, context)) return std::nullopt;
  const json::ObjectReader reader(value, kFlagsKeys, context);
  Flags flags;
  if (const json::Value features = reader.Require("features"); features.present()) {
    ReadFlagFeatures(features, model, context, flags);
    CheckFlagsLength(features, flags, model);
  }
  reader.Require("header");
  std::optional<std::string> header = reader.String("header");
  if (!header.has_value()) return flags;
  flags.header = *std::move(header);
  const json::Value where = reader.Get("header");
  if (CheckNewHeader(&flags.header, where, context) &&
      flags.header == model.features.visitor_header) {
    context.AddIssue(where, "duplicate_value",
                     "features.visitorHeader has this name: the flags need a header of their own");
  }
  return flags;
}

}  // namespace sluice::policy
