// Compiles a feature payload. Of this room only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/experiment/condition_compiler.h"
#include "sluice/experiment/cycles.h"
#include "sluice/experiment/feature_tables.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/recent_texts.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

// What a rule of a feature, or an experiment of the payload, can have; the enum numbers the names.
enum Property : uint32_t {
  kActive,
  kBucketVersion,
  kCondition,
  kContextualBanditRef,
  kContextualVariations,
  kCoverage,
  kDisableStickyBucketing,
  kFallbackAttribute,
  kFiltersProperty,
  kForceProperty,
  kGroupsProperty,
  kHashAttribute,
  kHashVersion,
  kId,
  kKey,
  kMeta,
  kMinBucketVersion,
  kNamespace,
  kParentConditions,
  kRange,
  kRangesProperty,
  kSeed,
  kStatus,
  kTracksProperty,
  kUrl,
  kUrlPatterns,
  kVariationsProperty,
  kWeights,
  kPropertyCount,
};

// The members of a rule or experiment, the last of each name. Others are ignored, as GrowthBook's
// SDK does: later versions of it may know them.
class RuleView {
 public:
  explicit RuleView(json::Value rule);

  json::Value operator[](Property property) const {
    const uint32_t index = indexes_[property];
    return index == 0 ? json::Value() : json::Value(rule_.document(), index);
  }
  json::Value rule() const { return rule_; }

 private:
  json::Value rule_;
  std::array<uint32_t, kPropertyCount> indexes_ = {};  // 0, the root, is no member
};

class PayloadCompiler {
 public:
  // For decisions the program keeps texts and knows buckets in a sticky cookie.
  PayloadCompiler(json::Value payload, bool for_decisions, json::CompileContext& context);

  // False if there is nothing that could be compiled.
  bool Compile();
  // Of the document only its text is left.
  Program Build();

 private:
  struct Named {
    StringRef key;
    json::Value name;
    json::Value value;
  };

  void ReadFeatures(json::Value features);
  void AddConstants(uint32_t number);
  std::string_view JsonText(uint32_t number) const {
    return payload_.document()->text().substr(texts_[number].offset, texts_[number].length);
  }
  static json::Value VariationsOf(const RuleView& view);
  void Feature(uint32_t number);
  void Rule(json::Value rule, uint32_t feature);
  void Force(const RuleView& view, uint32_t feature, RuleRow& row);
  uint32_t Rollout(const RuleView& view, uint32_t feature);
  Rows Tracks(json::Value tracks);
  // Of a feature, or of an experiment of the payload (kNone).
  Rows Parents(json::Value parents, uint32_t feature);

  // compile_checks.cc
  double Coverage(json::Value value, double fallback);
  void CheckRange(json::Value where, const BucketRange& range);
  void CheckBucketVersions(const RuleView& view, const ExperimentRow& row);
  // `rule` comes behind the rules of its feature that are compiled.
  void CheckRollouts(const RuleView& rule, const ExperimentRow& row);
  bool IsSameHash(const HashRow& x, const HashRow& y) const;
  void ReportCycles();

  // compile_experiment.cc
  void Runs(json::Value experiments);
  // A rule's filters are those of its experiment too.
  uint32_t Experiment(const RuleView& view, uint32_t feature, Rows filters);
  void Key(const RuleView& view, uint32_t feature, ExperimentRow& row);
  void Flags(const RuleView& view, ExperimentRow& row);
  Rows Variations(json::Value variations, json::Value meta);
  StringRef VariationKey(std::string_view key);
  // Those that the view itself has, or of the weights.
  Rows VariationRanges(const RuleView& view, uint32_t variations, double coverage);
  Rows WeightedRanges(json::Value weights, uint32_t variations, double coverage);
  // Rows [first, …) of a table, unless they are the same as the last ones that were kept.
  template <typename T>
  static Rows KeepRows(std::vector<T>& table, uint32_t first, Rows& last);
  void Namespace(json::Value value, ExperimentRow& row);
  Rows Leaves(const RuleView& view, const ExperimentRow& row, double coverage);
  Rows UrlTargets(json::Value patterns);
  UrlTargetRow UrlTarget(json::Value target);
  Rows Filters(json::Value filters);
  FilterRow Filter(json::Value filter);
  // Stands for one that can't be read.
  FilterRow NobodysFilter();
  HashRow Hash(StringRef seed, json::Value version, uint32_t default_version, json::Value attribute,
               json::Value fallback);
  // The slot of the attribute with this name, or of `fallback` where JavaScript's `||` has it.
  uint32_t Slot(json::Value attribute, std::string_view fallback);
  Rows Ranges(json::Value ranges);
  BucketRange Range(json::Value range);

  // For decisions (compile_decisions.cc).
  void HashBuckets();
  void HashVariations(ExperimentRow& row, json::Value where);
  // Moves values' texts from the document to the pool, and drops the others.
  void KeepValues();
  // Numbers experiments by their keys' order; the keys in it.
  std::vector<StringRef> NumberKeys();

  // What the value is if it counts as given, and of the kind; reported where it is of another.
  json::Value Given(json::Value value, json::Kind kind);
  // Number(value), as the SDK's arithmetic has it; reported where it isn't one. The fallback is for
  // what isn't there.
  double Number(json::Value value, double fallback);
  // String(value).
  StringRef Text(json::Value value);
  StringRef Keep(std::string_view text) { return conditions_.Keep(text); }
  std::string_view At(StringRef text) const { return conditions_.At(text); }
  // Number among the texts, each time a new one. The text is one of the payload's.
  uint32_t AddText(std::string_view json);
  // Mostly the same number for what is written the same; for decisions always. None for an absent
  // value.
  uint32_t ValueText(json::Value value);
  uint32_t FeatureNumber(std::string_view key) const;
  uint32_t Constant(json::Value value);

  json::CompileContext& context_;
  json::Value payload_;
  bool for_decisions_;  // texts_ are only kept if so
  ConditionCompiler conditions_;
  std::vector<StringRef> texts_;  // JSON, in the document's text
  RecentTexts recent_values_{512};
  RecentTexts recent_keys_{64};  // of variations
  std::vector<double> weights_;
  StringInterner values_;  // for decisions, and their texts
  std::vector<uint32_t> value_texts_;
  StringInterner patterns_;  // simple URL targets
  std::vector<Named> named_;
  std::vector<Reference> prerequisites_;  // of features to each other
  std::vector<bool> is_parent_;           // of some feature or experiment
  std::vector<FeatureRow> features_;
  std::vector<RuleRow> rules_;
  size_t first_rule_ = 0;  // of the feature at hand
  std::vector<RolloutRow> rollouts_;
  std::vector<ParentRow> parents_;
  std::vector<FilterRow> filters_;
  std::vector<BucketRange> ranges_;
  Rows last_ranges_ = {0, 0};
  std::vector<ExperimentRow> experiments_;
  std::vector<json::Value> experiment_values_;  // where they come from
  std::vector<VariationRow> variations_;
  Rows last_variations_ = {0, 0};
  std::vector<LeafRow> leaves_;
  std::vector<uint32_t> tracks_;
  std::vector<UrlTargetRow> url_targets_;
  std::vector<uint32_t> runs_;
  std::vector<uint32_t> buckets_;
};

}  // namespace sluice::experiment
