#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>
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

bool IsGiven(Value value) { return IsTruthy(value); }

bool IsText(Value value, std::string_view text) {
  return value.is(Kind::kString) && value.StringEquals(text);
}

// JavaScript's number as text, as in a template: `${number}`.
std::string NumberText(Value value) {
  std::string decoded;
  std::string text;
  return std::string(ToText(LoadValue(value, &decoded), &text));
}

}  // namespace

void PayloadCompiler::Runs(Value experiments) {
  for (const Value experiment : json::Elements(experiments)) {
    if (!json::Expect(experiment, Kind::kObject, context_)) continue;
    const RuleView view(experiment);
    if (!view[kKey].is(Kind::kString) || !view[kVariationsProperty].is(Kind::kArray)) {
      context_.AddIssue(experiment, "missing_key",
                        "an experiment has \"key\", a string, and \"variations\", an array; this "
                        "one is passed over");
      continue;
    }
    runs_.push_back(Experiment(view, kNone, Filters(view[kFiltersProperty])));
  }
}

uint32_t PayloadCompiler::Experiment(const RuleView& view, uint32_t feature, Rows filters) {
  ExperimentRow row = {};
  row.feature = feature;
  row.text = AddText(view.rule().raw());
  Key(view, feature, row);
  Flags(view, row);
  CheckBucketVersions(view, row);
  row.hash = Hash(IsGiven(view[kSeed]) ? Text(view[kSeed]) : row.key, view[kHashVersion], 1,
                  view[kHashAttribute], view[kFallbackAttribute]);
  row.attribute_text = IsGiven(view[kHashAttribute]) ? ValueText(view[kHashAttribute]) : kNone;
  row.fallback_text =
      IsGiven(view[kFallbackAttribute]) ? ValueText(view[kFallbackAttribute]) : kNone;
  row.variations =
      Variations(feature == kNone ? view[kVariationsProperty] : VariationsOf(view), view[kMeta]);
  const double coverage = Coverage(view[kCoverage], 1);
  row.ranges = VariationRanges(view, row.variations.count, coverage);
  row.filters = filters;
  if (IsGiven(view[kFiltersProperty])) {
    row.flags |= kHasFilters;
  } else {
    Namespace(view[kNamespace], row);
  }
  if (IsGiven(view[kCondition])) {
    row.condition = conditions_.CompileClauses(view[kCondition]);
  }
  if (feature == kNone) {
    row.parents = Parents(view[kParentConditions], kNone);
    row.url_targets = UrlTargets(view[kUrlPatterns]);
    if (IsGiven(view[kUrlPatterns])) row.flags |= kHasUrlTargets;
  } else if (IsGiven(view[kContextualBanditRef])) {
    row.leaves = Leaves(view, row, coverage);
    if (row.leaves.count > 0) row.flags |= kBandit;
  }
  experiments_.push_back(row);
  experiment_values_.push_back(view.rule());
  return static_cast<uint32_t>(experiments_.size() - 1);
}

void PayloadCompiler::Key(const RuleView& view, uint32_t feature, ExperimentRow& row) {
  if (IsGiven(view[kKey])) {
    row.key = Text(view[kKey]);
  } else if (feature != kNone) {
    row.key = named_[feature].key;
  }
  const Value version = view[kBucketVersion];
  std::string suffix;
  if (IsGiven(version)) suffix = absl::StrCat("__", NumberText(version));
  row.sticky_id = conditions_.KeepJoined(row.key, suffix.empty() ? "__0" : suffix);
  row.sticky_slot = Slot(view[kFallbackAttribute], "id");
  const double minimum = std::ceil(Number(view[kMinBucketVersion], 0));
  row.min_bucket_version = minimum > 0 ? static_cast<uint32_t>(std::min(minimum, 4e9)) : 0;
}

void PayloadCompiler::Flags(const RuleView& view, ExperimentRow& row) {
  if (IsGiven(view[kDisableStickyBucketing])) row.flags |= kNotSticky;
  if (row.feature != kNone) return;  // of a rule the rest has no effect
  if (view[kActive].is(Kind::kFalse) || IsText(view[kStatus], "draft")) row.flags |= kInactive;
  if (IsText(view[kStatus], "stopped")) row.flags |= kStopped;
  for (const Property browser : {kGroupsProperty, kUrl}) {
    if (!IsGiven(view[browser])) continue;
    context_.AddIssue(view[browser], "unsupported",
                      "\"groups\" and \"url\" are deprecated and need what only a browser has: "
                      "nobody is in this experiment");
    row.flags |= kInactive;
  }
  if (!view[kForceProperty].present()) return;
  row.flags |= kHasForce;
  const double force = Number(view[kForceProperty], -1);
  row.force = force >= 0 && force < kMaxVariations ? static_cast<int32_t>(force) : -1;
}

template <typename T>
Rows PayloadCompiler::KeepRows(std::vector<T>& table, uint32_t first, Rows& last) {
  const size_t count = table.size() - first;
  const bool same = count == last.count && count > 0 &&
                    std::memcmp(&table[first], &table[last.first], count * sizeof(T)) == 0;
  if (same) {
    table.resize(first);
  } else {
    last = {first, static_cast<uint32_t>(count)};
  }
  return last;
}

// The same ones are where they were, so that lists of variations are the same.
StringRef PayloadCompiler::VariationKey(std::string_view key) {
  const auto same = [this, key](uint32_t number) {
    return number < variations_.size() && SameBytes(At(variations_[number].key), key);
  };
  uint32_t& recent = recent_keys_.At(key, same);
  if (recent != RecentTexts::kNever && same(recent)) return variations_[recent].key;
  recent = static_cast<uint32_t>(variations_.size());
  return Keep(key);
}

Rows PayloadCompiler::Variations(Value variations, Value meta) {
  Rows rows = {static_cast<uint32_t>(variations_.size()), 0};
  if (variations.size() > kMaxVariations) {
    context_.AddIssue(variations, "out_of_range",
                      absl::StrCat("an experiment has at most ", kMaxVariations,
                                   " variations: nobody is in this one"));
    return rows;
  }
  const auto metas = json::Elements(Given(meta, Kind::kArray));
  auto next = metas.begin();
  std::string scratch;
  for (const Value variation : json::Elements(variations)) {
    Value own;
    if (next != metas.end()) {
      own = *next;
      ++next;
    }
    Value key;
    VariationRow row = {};
    for (const json::Member member : json::Members(own)) {
      if (member.key.StringEquals("key")) key = member.value;
      if (member.key.StringEquals("passthrough")) row.passthrough = IsGiven(member.value) ? 1 : 0;
    }
    row.text = ValueText(variation);
    row.constant = kNone;
    if (!IsGiven(key)) {
      row.key = VariationKey(absl::StrCat(rows.count));
    } else if (key.is(Kind::kString)) {
      row.key = VariationKey(TextOf(key, &scratch));
    } else {
      row.key = VariationKey(NumberText(key));
    }
    row.sticky_key.offset = kNone;
    if (key.is(Kind::kString)) row.sticky_key = IsGiven(key) ? row.key : StringRef{0, 0};
    variations_.push_back(row);
    ++rows.count;
  }
  return KeepRows(variations_, rows.first, last_variations_);
}

Rows PayloadCompiler::VariationRanges(const RuleView& view, uint32_t variations, double coverage) {
  const Value ranges = Given(view[kRangesProperty], Kind::kArray);
  if (!ranges.present()) return WeightedRanges(view[kWeights], variations, coverage);
  if (variations > 0 && ranges.size() != variations) {
    context_.AddIssue(ranges, "invalid_ranges",
                      "there must be a range for each variation: nobody gets a variation without "
                      "one, and who is in one without a variation gets the default value");
  }
  return Ranges(ranges);
}

Rows PayloadCompiler::WeightedRanges(Value weights, uint32_t variations, double coverage) {
  weights_.clear();
  for (const Value weight : json::Elements(Given(weights, Kind::kArray))) {
    weights_.push_back(Number(weight, -1));
    if (weights_.back() < 0) {
      context_.AddIssue(weight, "out_of_range",
                        "a weight is a share of users, 0 to 1: nobody gets this variation");
    }
  }
  const int32_t count = static_cast<int32_t>(variations);
  if (IsGiven(weights) && !AreUsableWeights(count, weights_)) {
    context_.AddIssue(weights, "invalid_weights",
                      "there must be a weight for each variation, and a sum of 1 (0.99 to 1.01); "
                      "equal ones are taken");
  }
  const uint32_t first = static_cast<uint32_t>(ranges_.size());
  AppendBucketRanges(count, coverage, weights_, ranges_);
  return KeepRows(ranges_, first, last_ranges_);
}

void PayloadCompiler::Namespace(Value value, ExperimentRow& row) {
  if (!IsGiven(value)) return;
  std::vector<Value> parts;
  for (const Value part : json::Elements(value)) parts.push_back(part);
  row.flags |= kHasNamespace;
  if (parts.size() < 3) {
    context_.AddIssue(value, "wrong_type",
                      "a namespace is [id, start, end]: nobody is in this one");
    return;
  }
  row.namespace_seed = Keep(absl::StrCat("__", NumberText(parts[0])));
  row.namespace_range = {Number(parts[1], 1), Number(parts[2], 0)};
  CheckRange(value, row.namespace_range);
  if (std::isnan(row.namespace_range.start) || std::isnan(row.namespace_range.end)) {
    row.namespace_range = {1, 0};
  }
}

Rows PayloadCompiler::Leaves(const RuleView& view, const ExperimentRow& experiment,
                             double coverage) {
  std::string decoded;
  std::string text;
  const Value bandits = payload_.Find("contextualBandits");
  const Value bandit =
      bandits.is(Kind::kObject)
          ? bandits.Find(ToText(LoadValue(view[kContextualBanditRef], &decoded), &text))
          : Value();
  Rows rows = {static_cast<uint32_t>(leaves_.size()), 0};
  if (!bandit.is(Kind::kObject)) {
    context_.AddIssue(view[kContextualBanditRef], "unknown_bandit",
                      "no contextual bandit has this id: the rule's own weights are taken");
    return rows;
  }
  const Value version = bandit.Find("banditVersion");
  const uint32_t version_text = version.present() ? AddText(version.raw()) : kNone;
  for (const Value leaf : json::Elements(Given(bandit.Find("contexts"), Kind::kArray))) {
    if (!json::Expect(leaf, Kind::kObject, context_)) continue;
    LeafRow row = {AddText(leaf.raw()), version_text, {0, 0}, {}};
    const Value condition = leaf.Find("condition");
    if (IsGiven(condition)) row.condition = conditions_.CompileClauses(condition);
    row.ranges = view[kRangesProperty].is(Kind::kArray)
                     ? experiment.ranges
                     : WeightedRanges(leaf.Find("weights"), experiment.variations.count, coverage);
    leaves_.push_back(row);
    ++rows.count;
  }
  leaves_.push_back({kNone, version_text, {0, 0}, {}});
  ++rows.count;
  return rows;
}

Rows PayloadCompiler::UrlTargets(Value patterns) {
  Rows rows = {static_cast<uint32_t>(url_targets_.size()), 0};
  for (const Value target : json::Elements(Given(patterns, Kind::kArray))) {
    url_targets_.push_back(UrlTarget(target));
    ++rows.count;
  }
  return rows;
}

UrlTargetRow PayloadCompiler::UrlTarget(Value target) {
  UrlTargetRow row = {UrlTargetKind::kNever, 1, 0};
  if (!json::Expect(target, Kind::kObject, context_)) return row;
  if (target.Find("include").is(Kind::kFalse)) row.include = 0;
  const Value pattern = target.Find("pattern");
  const Value type = target.Find("type");
  if (!pattern.is(Kind::kString) || !(IsText(type, "regex") || IsText(type, "simple"))) {
    context_.AddIssue(target, "wrong_type",
                      "a URL target has \"type\", \"simple\" or \"regex\", and \"pattern\", a "
                      "string; this one never matches");
    return row;
  }
  std::string scratch;
  const std::string_view text = pattern.string(&scratch);
  if (IsText(type, "simple")) {
    row.kind = UrlTargetKind::kSimple;
    row.number = patterns_.Intern(text);
  } else if (const auto regex = conditions_.AddRegex(pattern, text, /*ignore_case=*/false)) {
    row.kind = UrlTargetKind::kRegex;
    row.number = *regex;
  }
  return row;
}

Rows PayloadCompiler::Filters(Value filters) {
  Rows rows = {static_cast<uint32_t>(filters_.size()), 0};
  const bool is_list = !IsGiven(filters) || json::Expect(filters, Kind::kArray, context_);
  if (!is_list) {
    filters_.push_back(NobodysFilter());
    rows.count = 1;
  }
  for (const Value filter : json::Elements(filters)) {
    filters_.push_back(Filter(filter));
    ++rows.count;
  }
  return rows;
}

FilterRow PayloadCompiler::Filter(Value filter) {
  if (!json::Expect(filter, Kind::kObject, context_)) return NobodysFilter();
  const Value seed = filter.Find("seed");
  const Value ranges = filter.Find("ranges");
  if (!seed.present()) {
    context_.AddIssue(filter, "missing_key",
                      "a filter has a \"seed\"; all that have none are one, as in the SDK");
  }
  if (!ranges.present()) {
    context_.AddIssue(filter, "missing_key", "a filter has \"ranges\"; nobody passes this one");
  }
  const HashRow hash = Hash(Keep(seed.present() ? NumberText(seed) : "undefined"),
                            filter.Find("hashVersion"), 2, filter.Find("attribute"), {});
  return {hash, Ranges(Given(ranges, Kind::kArray))};
}

FilterRow PayloadCompiler::NobodysFilter() { return {Hash({}, {}, 2, {}, {}), {}}; }

HashRow PayloadCompiler::Hash(StringRef seed, Value version, uint32_t default_version,
                              Value attribute, Value fallback) {
  HashRow row = {seed, HashSeed(At(seed)), default_version, 0, kNone};
  if (IsGiven(version)) {
    const double number = version.is(Kind::kNumber) ? json::ToDouble(version) : 0;
    row.version = number == 1 ? 1 : number == 2 ? 2 : 0;
    if (row.version == 0) {
      context_.AddIssue(version, "out_of_range",
                        "hashVersion is 1 or 2; of any other nobody is included");
    }
  }
  row.slot = Slot(attribute, "id");
  if (IsGiven(fallback)) row.fallback_slot = Slot(fallback, "");
  return row;
}

Rows PayloadCompiler::Ranges(Value ranges) {
  const Rows rows = {static_cast<uint32_t>(ranges_.size()), ranges.size()};
  for (const Value range : json::Elements(ranges)) ranges_.push_back(Range(range));
  return rows;
}

// Nobody is in one that isn't two numbers. (A bound that is NaN is neither reached nor passed.)
BucketRange PayloadCompiler::Range(Value range) {
  Value bounds[2];
  size_t count = 0;
  for (const Value bound : json::Elements(range)) {
    if (count < 2) bounds[count++] = bound;
  }
  if (count < 2) {
    context_.AddIssue(range, "wrong_type", "a range is [start, end]: nobody is in this one");
    return {1, 0};
  }
  const BucketRange read = {Number(bounds[0], 1), Number(bounds[1], 0)};
  CheckRange(range, read);
  return read;
}

Program PayloadCompiler::Build() {
  const std::vector<StringRef> keys = NumberKeys();
  if (for_decisions_) KeepValues();
  std::vector<StringRef> patterns;
  patterns.reserve(patterns_.strings().size());
  for (uint32_t i = 0; i < patterns_.strings().size(); ++i) {
    patterns.push_back(Keep(patterns_.text(i)));
  }
  BlockBuilder builder(Program::kFormatVersion);
  conditions_.AddTables(builder);
  builder.Add(features_);
  builder.Add(rules_);
  builder.Add(rollouts_);
  builder.Add(parents_);
  builder.Add(filters_);
  builder.Add(ranges_);
  builder.Add(experiments_);
  builder.Add(variations_);
  builder.Add(leaves_);
  builder.Add(tracks_);
  builder.Add(url_targets_);
  builder.Add(keys);
  builder.Add(texts_);
  builder.Add(runs_);
  builder.Add(buckets_);
  builder.Add(patterns);
  return Program(builder.Build(), conditions_.TakeRegexes());
}

}  // namespace sluice::experiment
