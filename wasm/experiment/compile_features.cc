#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/text_order.h"
#include "sluice/experiment/js_value.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/json/number.h"

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

bool IsGiven(Value value) { return IsTruthy(value); }

bool IsA(Value value, Kind kind, json::CompileContext& context) {
  return value.is(kind) || json::Expect(value, kind, context);
}

// The last of each, as JSON.parse has it. Others are of no interest here.
struct FeatureMembers {
  Value default_value;
  Value rules;
};
FeatureMembers MembersOf(Value feature) {
  FeatureMembers found;
  for (const json::Member member : json::Members(feature)) {
    if (member.key.StringEquals("defaultValue")) {
      found.default_value = member.value;
    } else if (member.key.StringEquals("rules")) {
      found.rules = member.value;
    }
  }
  return found;
}

// A perfect hash of the names: from length, first and last letter.
constexpr size_t kNameSlots = 64;
constexpr size_t NameSlot(std::string_view name) {
  const auto letter = [](char c) { return static_cast<size_t>(static_cast<unsigned char>(c)); };
  return (name.size() * 7 + letter(name.front()) * 22 + letter(name.back())) % kNameSlots;
}
constexpr std::array<uint8_t, kNameSlots> MakeNameTable() {
  std::array<uint8_t, kNameSlots> table = {};
  for (uint8_t i = 0; i < kPropertyCount; ++i) {
    table[NameSlot(kPropertyNames[i])] = static_cast<uint8_t>(i + 1);
  }
  return table;
}
constexpr std::array<uint8_t, kNameSlots> kNameTable = MakeNameTable();
constexpr bool IsPerfect() {
  for (uint8_t i = 0; i < kPropertyCount; ++i) {
    if (kNameTable[NameSlot(kPropertyNames[i])] != i + 1) return false;
  }
  return true;
}
static_assert(IsPerfect(), "two names of properties share a slot: choose other factors");

}  // namespace

RuleView::RuleView(Value rule) : rule_(rule) {
  std::string scratch;
  for (const json::Member member : json::Members(rule)) {
    const std::string_view name = TextOf(member.key, &scratch);
    if (name.empty()) continue;
    const uint8_t known = kNameTable[NameSlot(name)];
    if (known == 0 || !SameBytes(kPropertyNames[known - 1], name)) continue;
    indexes_[known - 1] = member.value.index();
  }
}

PayloadCompiler::PayloadCompiler(Value payload, bool for_decisions, json::CompileContext& context)
    : context_(context),
      payload_(payload),
      for_decisions_(for_decisions),
      conditions_(payload.is(Kind::kObject) ? payload.Find("savedGroups") : Value(), context,
                  for_decisions ? std::string_view() : payload.document()->text()) {}

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
  Given(payload_.Find("savedGroups"), Kind::kObject);
  if (features.present() && json::Expect(features, Kind::kObject, context_)) {
    ReadFeatures(features);
  }
  is_parent_.resize(named_.size());
  features_.reserve(named_.size());
  rules_.reserve(named_.size());
  for (uint32_t i = 0; i < named_.size(); ++i) Feature(i);
  if (experiments.present() && json::Expect(experiments, Kind::kArray, context_)) {
    Runs(experiments);
  }
  for (uint32_t i = 0; i < named_.size(); ++i) {
    if (is_parent_[i]) AddConstants(i);
  }
  conditions_.CompileGroups();
  ReportCycles();
  if (for_decisions_) HashBuckets();
  return true;
}

void PayloadCompiler::ReadFeatures(Value features) {
  std::string scratch;
  named_.reserve(features.size());
  std::vector<Named> in_document;
  in_document.reserve(features.size());
  for (const json::Member member : json::Members(features)) {
    in_document.push_back({Keep(TextOf(member.key, &scratch)), member.key, member.value});
  }
  std::vector<std::string_view> keys;
  keys.reserve(in_document.size());
  for (const Named& named : in_document) keys.push_back(At(named.key));
  for (const uint32_t number : OrderOf(keys)) {
    // The last of several counts, as in JSON.parse.
    if (!named_.empty() && SameBytes(At(named_.back().key), keys[number])) {
      context_.AddIssue(named_.back().name, "duplicate_key",
                        "this feature is there twice; the last one counts");
      named_.pop_back();
    }
    named_.push_back(in_document[number]);
  }
}

uint32_t PayloadCompiler::FeatureNumber(std::string_view key) const {
  const auto found = std::lower_bound(
      named_.begin(), named_.end(), key,
      [this](const Named& x, std::string_view wanted) { return At(x.key) < wanted; });
  if (found == named_.end() || At(found->key) != key) return kNone;
  return static_cast<uint32_t>(found - named_.begin());
}

// Only who is asked for its value needs it as a constant.
void PayloadCompiler::AddConstants(uint32_t number) {
  const Value value = named_[number].value;
  if (!value.is(Kind::kObject)) return;
  FeatureRow& feature = features_[number];
  const FeatureMembers members = MembersOf(value);
  feature.default_constant = Constant(members.default_value);
  uint32_t row = feature.rules.first;
  for (const Value rule : json::Elements(members.rules)) {
    if (row == feature.rules.first + feature.rules.count) return;
    RuleRow& compiled = rules_[row++];
    if (compiled.kind == RuleKind::kForce) compiled.value_constant = Constant(rule.Find("force"));
    if (compiled.kind != RuleKind::kExperiment) continue;
    uint32_t variation = experiments_[compiled.experiment].variations.first;
    for (const Value of : json::Elements(VariationsOf(RuleView(rule)))) {
      variations_[variation++].constant = Constant(of);
    }
  }
}

// A bandit's take the place of a rule's own.
Value PayloadCompiler::VariationsOf(const RuleView& view) {
  const Value contextual = view[kContextualVariations];
  return contextual.present() && !contextual.is(Kind::kNull) ? contextual
                                                             : view[kVariationsProperty];
}

void PayloadCompiler::Feature(uint32_t number) {
  const Value value = named_[number].value;
  FeatureRow row = {};
  row.key = named_[number].key;
  first_rule_ = rules_.size();
  row.rules.first = static_cast<uint32_t>(first_rule_);
  FeatureMembers members;
  if (IsA(value, Kind::kObject, context_)) members = MembersOf(value);
  row.default_text = ValueText(members.default_value);
  row.default_constant = kNone;
  for (const Value rule : json::Elements(Given(members.rules, Kind::kArray))) Rule(rule, number);
  row.rules.count = static_cast<uint32_t>(rules_.size()) - row.rules.first;
  for (uint32_t i = row.rules.first; i < rules_.size(); ++i) {
    if (rules_[i].parents.count > 0) row.has_parents = 1;
  }
  features_.push_back(row);
}

void PayloadCompiler::Rule(Value rule, uint32_t feature) {
  RuleRow row = {};
  if (!IsA(rule, Kind::kObject, context_)) {
    rules_.push_back(row);
    return;
  }
  const RuleView view(rule);
  row.id_text = IsGiven(view[kId]) ? AddText(view[kId].raw()) : kNone;
  if (view[kParentConditions].present()) row.parents = Parents(view[kParentConditions], feature);
  if (view[kFiltersProperty].present()) row.filters = Filters(view[kFiltersProperty]);
  const Value variations = VariationsOf(view);
  if (view[kForceProperty].present()) {
    Force(view, feature, row);
  } else if (Given(variations, Kind::kArray).present()) {
    row.kind = RuleKind::kExperiment;
    row.experiment = Experiment(view, feature, row.filters);
    row.condition = experiments_[row.experiment].condition;
    CheckRollouts(view, experiments_.back());
  } else if (!variations.present()) {
    context_.AddIssue(rule, "missing_key",
                      "a rule has \"force\" or \"variations\"; this one is passed over");
  }
  rules_.push_back(row);
}

void PayloadCompiler::Force(const RuleView& view, uint32_t feature, RuleRow& row) {
  row.kind = RuleKind::kForce;
  if (IsGiven(view[kCondition])) {
    row.condition = conditions_.CompileClauses(view[kCondition]);
  }
  row.value_text = ValueText(view[kForceProperty]);
  row.value_constant = kNone;
  row.rollout = Rollout(view, feature);
  if (view[kTracksProperty].present()) row.tracks = Tracks(view[kTracksProperty]);
}

uint32_t PayloadCompiler::Rollout(const RuleView& view, uint32_t feature) {
  const Value range = view[kRange];
  const Value coverage = view[kCoverage];
  if (!IsGiven(range) && !coverage.present()) return kNone;
  RolloutRow row = {};
  row.hash = Hash(IsGiven(view[kSeed]) ? Text(view[kSeed]) : named_[feature].key,
                  view[kHashVersion], 1, view[kHashAttribute],
                  IsGiven(view[kDisableStickyBucketing]) ? Value() : view[kFallbackAttribute]);
  if (IsGiven(range)) {
    row.range = Range(range);
  } else {
    row.by_coverage = 1;
    row.range.end = Coverage(coverage, 0);
  }
  rollouts_.push_back(row);
  return static_cast<uint32_t>(rollouts_.size() - 1);
}

Rows PayloadCompiler::Tracks(Value tracks) {
  Rows rows = {static_cast<uint32_t>(tracks_.size()), 0};
  for (const Value track : json::Elements(Given(tracks, Kind::kArray))) {
    if (!json::Expect(track, Kind::kObject, context_)) continue;
    tracks_.push_back(AddText(track.raw()));
    ++rows.count;
  }
  if (for_decisions_ && rows.first == 0 && rows.count > 0) {
    context_.AddIssue(tracks, "ignored",
                      "\"tracks\" are one user's, made by remote evaluation, and aren't told: "
                      "take the payload that all users have");
  }
  return rows;
}

Rows PayloadCompiler::Parents(Value parents, uint32_t feature) {
  Rows rows = {static_cast<uint32_t>(parents_.size()), 0};
  if (IsGiven(parents) && !json::Expect(parents, Kind::kArray, context_)) {
    parents_.push_back({kNone, 0, conditions_.Never()});
    rows.count = 1;
    return rows;
  }
  std::string scratch;
  for (const Value parent : json::Elements(parents)) {
    ParentRow row = {kNone, 0, kNoCode};
    const Value id = parent.is(Kind::kObject) ? parent.Find("id") : Value();
    if (id.is(Kind::kString)) row.feature = FeatureNumber(id.string(&scratch));
    if (row.feature != kNone) {
      is_parent_[row.feature] = true;
      if (feature != kNone) prerequisites_.push_back({feature, row.feature, id});
    } else {
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
  if (value.is(kind)) return value;
  if (IsGiven(value)) json::Expect(value, kind, context_);
  return {};
}

double PayloadCompiler::Number(Value value, double fallback) {
  if (value.is(Kind::kNumber)) return json::ToDouble(value);
  if (!value.present()) return fallback;
  json::Expect(value, Kind::kNumber, context_);
  std::string decoded;
  std::string text;
  return ToNumber(LoadValue(value, &decoded), &text);
}

StringRef PayloadCompiler::Text(Value value) {
  std::string decoded;
  if (value.is(Kind::kString)) return Keep(TextOf(value, &decoded));
  std::string text;
  return Keep(ToText(LoadValue(value, &decoded), &text));
}

uint32_t PayloadCompiler::Slot(Value attribute, std::string_view fallback) {
  if (!IsGiven(attribute)) return conditions_.AttributeSlot(fallback);
  std::string decoded;
  if (attribute.is(Kind::kString)) return conditions_.AttributeSlot(TextOf(attribute, &decoded));
  std::string text;
  return conditions_.AttributeSlot(ToText(LoadValue(attribute, &decoded), &text));
}

uint32_t PayloadCompiler::AddText(std::string_view json) {
  const char* const document = payload_.document()->text().data();
  texts_.push_back(
      {static_cast<uint32_t>(json.data() - document), static_cast<uint32_t>(json.size())});
  return static_cast<uint32_t>(texts_.size() - 1);
}

uint32_t PayloadCompiler::ValueText(Value value) {
  if (!value.present()) return kNone;
  const std::string_view json = value.raw();
  const auto same = [this, json](uint32_t text) { return SameBytes(JsonText(text), json); };
  uint32_t& recent = recent_values_.At(json, same);
  if (recent != RecentTexts::kNever && same(recent)) return recent;
  if (!for_decisions_) return recent = AddText(json);
  const uint32_t number = values_.Intern(json);
  if (number == value_texts_.size()) value_texts_.push_back(AddText(json));
  return recent = value_texts_[number];
}

uint32_t PayloadCompiler::Constant(Value value) {
  return value.present() ? conditions_.AddConstant(value) : kNone;
}

}  // namespace sluice::experiment
