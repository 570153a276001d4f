#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/experiment/js_value.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, kPropertyCount> kPropertyNames = {"active",
                                                                         "bucketVersion",
                                                                         "condition",
                                                                         "contextualBanditRef",
                                                                         "contextualVariations",
                                                                         "coverage",
                                                                         "disableStickyBucketing",
                                                                         "fallbackAttribute",
                                                                         "filters",
                                                                         "force",
                                                                         "groups",
                                                                         "hashAttribute",
                                                                         "hashVersion",
                                                                         "id",
                                                                         "key",
                                                                         "meta",
                                                                         "minBucketVersion",
                                                                         "namespace",
                                                                         "parentConditions",
                                                                         "range",
                                                                         "ranges",
                                                                         "seed",
                                                                         "status",
                                                                         "tracks",
                                                                         "url",
                                                                         "urlPatterns",
                                                                         "variations",
                                                                         "weights"};

bool IsGiven(Value value) {
  std::string scratch;
  return value.present() && IsTruthy(LoadValue(value, &scratch));
}

}  // namespace

RuleView::RuleView(Value rule) : rule_(rule) {
  std::string scratch;
  for (const json::Member member : json::Members(rule)) {
    const std::string_view name = member.key.string(&scratch);
    const auto known = std::lower_bound(kPropertyNames.begin(), kPropertyNames.end(), name);
    if (known == kPropertyNames.end() || *known != name) continue;
    properties_[static_cast<size_t>(known - kPropertyNames.begin())] = member.value;
  }
}

PayloadCompiler::PayloadCompiler(Value payload, bool for_decisions, json::CompileContext& context)
    : context_(context),
      payload_(payload),
      for_decisions_(for_decisions),
      conditions_(payload.is(Kind::kObject) ? payload.Find("savedGroups") : Value(), context) {}

bool PayloadCompiler::Compile() {
  if (!json::Expect(payload_, Kind::kObject, context_)) return false;
  const Value features = payload_.Find("features");
  const Value experiments = payload_.Find("experiments");
  for (const std::string_view encrypted : {"encryptedFeatures", "encryptedExperiments",
                                           "encryptedSavedGroups", "encryptedContextualBandits"}) {
    if (const Value value = payload_.Find(encrypted); value.present()) {
      context_.AddIssue(value, "encrypted", "this is encrypted: decrypt the payload first");
    }
  }
  if (features.present() && json::Expect(features, Kind::kObject, context_)) {
    ReadFeatures(features);
  }
  is_parent_.resize(named_.size());
  for (const Named& named : named_) {
    if (!named.value.is(Kind::kObject)) continue;
    for (const Value rule : json::Elements(named.value.Find("rules"))) MarkParents(rule);
  }
  for (const Value experiment : json::Elements(experiments)) MarkParents(experiment);
  for (uint32_t i = 0; i < named_.size(); ++i) Feature(i);
  if (experiments.present() && json::Expect(experiments, Kind::kArray, context_)) {
    Runs(experiments);
  }
  conditions_.CompileGroups();
  if (for_decisions_) HashBuckets();
  return true;
}

void PayloadCompiler::ReadFeatures(Value features) {
  std::string scratch;
  named_.reserve(features.size());
  for (const json::Member member : json::Members(features)) {
    named_.push_back({Keep(member.key.string(&scratch)), member.value, member.key});
  }
  const auto before = [this](const Named& x, const Named& y) {
    if (x.key.offset == y.key.offset) return x.name.index() > y.name.index();
    return At(x.key) < At(y.key);
  };
  if (!std::is_sorted(named_.begin(), named_.end(), before)) {
    Sort(named_.begin(), named_.end(), before);
  }
  // The last of several counts, as in JSON.parse, and comes first here.
  const auto same = [](const Named& x, const Named& y) { return x.key.offset == y.key.offset; };
  for (size_t i = 1; i < named_.size(); ++i) {
    if (same(named_[i - 1], named_[i])) {
      context_.AddIssue(named_[i].name, "duplicate_key",
                        "this feature is there twice; the last one counts");
    }
  }
  named_.erase(std::unique(named_.begin(), named_.end(), same), named_.end());
}

uint32_t PayloadCompiler::FeatureNumber(std::string_view key) const {
  const auto found = std::lower_bound(
      named_.begin(), named_.end(), key,
      [this](const Named& x, std::string_view wanted) { return At(x.key) < wanted; });
  if (found == named_.end() || At(found->key) != key) return kNone;
  return static_cast<uint32_t>(found - named_.begin());
}

// Only who is asked for its value needs it as a constant.
void PayloadCompiler::MarkParents(Value rule) {
  if (!rule.is(Kind::kObject)) return;
  const Value parents = rule.Find("parentConditions");
  std::string scratch;
  for (const Value parent : json::Elements(parents)) {
    const Value id = parent.is(Kind::kObject) ? parent.Find("id") : Value();
    if (!id.is(Kind::kString)) continue;
    const uint32_t feature = FeatureNumber(id.string(&scratch));
    if (feature != kNone) is_parent_[feature] = true;
  }
}

void PayloadCompiler::Feature(uint32_t number) {
  const Value value = named_[number].value;
  FeatureRow row = {};
  row.key = named_[number].key;
  row.rules.first = static_cast<uint32_t>(rules_.size());
  const bool is_object = json::Expect(value, Kind::kObject, context_);
  const Value default_value = is_object ? value.Find("defaultValue") : Value();
  row.default_text = TextNumber(default_value.present() ? default_value.raw() : "null");
  row.default_constant = Constant(default_value, is_parent_[number]);
  const Value rules = is_object ? Given(value.Find("rules"), Kind::kArray) : Value();
  for (const Value rule : json::Elements(rules)) Rule(rule, number);
  row.rules.count = static_cast<uint32_t>(rules_.size()) - row.rules.first;
  features_.push_back(row);
}

void PayloadCompiler::Rule(Value rule, uint32_t feature) {
  RuleRow row = {};
  if (!json::Expect(rule, Kind::kObject, context_)) {
    rules_.push_back(row);
    return;
  }
  const RuleView view(rule);
  row.id_text = IsGiven(view[kId]) ? TextNumber(view[kId].raw()) : TextNumber("\"\"");
  row.parents = Parents(view[kParentConditions]);
  row.filters = Filters(view[kFiltersProperty]);
  const Value contextual = view[kContextualVariations];
  const Value variations =
      contextual.present() && !contextual.is(Kind::kNull) ? contextual : view[kVariationsProperty];
  if (view[kForceProperty].present()) {
    Force(view, feature, row);
  } else if (Given(variations, Kind::kArray).present()) {
    row.kind = RuleKind::kExperiment;
    row.experiment = Experiment(view, feature);
  } else if (!variations.present()) {
    context_.AddIssue(rule, "missing_key",
                      "a rule has \"force\" or \"variations\"; this one is passed over");
  }
  rules_.push_back(row);
}

void PayloadCompiler::Force(const RuleView& view, uint32_t feature, RuleRow& row) {
  row.kind = RuleKind::kForce;
  if (IsGiven(view[kCondition])) {
    row.condition = conditions_.Compile(view[kCondition], Root::kAttributes);
  }
  row.value_text = TextNumber(view[kForceProperty].raw());
  row.value_constant = Constant(view[kForceProperty], is_parent_[feature]);
  row.rollout = Rollout(view, feature);
  row.tracks = Tracks(view[kTracksProperty]);
}

uint32_t PayloadCompiler::Rollout(const RuleView& view, uint32_t feature) {
  const Value range = Given(view[kRange], Kind::kArray);
  const Value coverage = view[kCoverage];
  if (!range.present() && !coverage.present()) return kNone;
  RolloutRow row = {};
  row.hash = Hash(TextOr(view[kSeed], At(named_[feature].key)), view[kHashVersion], 1,
                  view[kHashAttribute],
                  IsGiven(view[kDisableStickyBucketing]) ? Value() : view[kFallbackAttribute]);
  if (range.present()) {
    row.range = Range(range);
  } else {
    row.by_coverage = 1;
    row.range.end = Number(coverage, 0);
  }
  rollouts_.push_back(row);
  return static_cast<uint32_t>(rollouts_.size() - 1);
}

Rows PayloadCompiler::Tracks(Value tracks) {
  Rows rows = {static_cast<uint32_t>(tracks_.size()), 0};
  for (const Value track : json::Elements(Given(tracks, Kind::kArray))) {
    if (!json::Expect(track, Kind::kObject, context_)) continue;
    tracks_.push_back(TextNumber(track.raw()));
    ++rows.count;
  }
  return rows;
}

Rows PayloadCompiler::Parents(Value parents) {
  Rows rows = {static_cast<uint32_t>(parents_.size()), 0};
  std::string scratch;
  for (const Value parent : json::Elements(Given(parents, Kind::kArray))) {
    ParentRow row = {kNone, 0, kNoCode};
    const Value id = parent.is(Kind::kObject) ? parent.Find("id") : Value();
    if (id.is(Kind::kString)) row.feature = FeatureNumber(id.string(&scratch));
    if (row.feature == kNone) {
      context_.AddIssue(id.present() ? id : parent, "unknown_feature",
                        "no feature has this id: its value is null");
    }
    if (parent.is(Kind::kObject)) {
      row.gate = IsGiven(parent.Find("gate")) ? 1 : 0;
      const Value condition = parent.Find("condition");
      if (IsGiven(condition)) row.condition = conditions_.Compile(condition, Root::kParent);
    }
    parents_.push_back(row);
    ++rows.count;
  }
  return rows;
}

Value PayloadCompiler::Given(Value value, Kind kind) {
  if (!IsGiven(value)) return {};
  return json::Expect(value, kind, context_) ? value : Value();
}

double PayloadCompiler::Number(Value value, double fallback) {
  if (!value.present()) return fallback;
  return json::Expect(value, Kind::kNumber, context_) ? json::ToDouble(value) : fallback;
}

StringRef PayloadCompiler::TextOr(Value value, std::string_view fallback) {
  if (!IsGiven(value)) return Keep(std::string(fallback));
  std::string decoded;
  std::string text;
  return Keep(ToText(LoadValue(value, &decoded), &text));
}

uint32_t PayloadCompiler::StringNumber(std::string_view utf8) {
  OutputBuffer buffer(6 * utf8.size() + 2);
  json::AppendJsonString(utf8, buffer);
  return TextNumber(buffer.text());
}

uint32_t PayloadCompiler::Constant(Value value, bool wanted) {
  return wanted && value.present() ? conditions_.AddConstant(value) : kNone;
}

}  // namespace sluice::experiment
