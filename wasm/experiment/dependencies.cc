#include "sluice/experiment/dependencies.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sluice/base/sort.h"
#include "sluice/experiment/feature_tables.h"

namespace sluice::experiment {
namespace {

void SortUnique(std::vector<uint32_t>& numbers) {
  Sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

// Marks what is reached from features; prerequisites and saved groups once each.
class Walk {
 public:
  explicit Walk(const Block& block)
      : block_(block),
        features_(block.Table<FeatureRow>(kFeatures)),
        feature_seen_(features_.size()),
        group_seen_(block.Table<CodeRange>(kGroups).size()),
        root_seen_(block.Table<StringRef>(kRootNames).size()) {}

  void Add(uint32_t feature) {
    if (feature >= features_.size() || feature_seen_[feature]) return;
    feature_seen_[feature] = true;
    pending_.push_back(feature);
  }
  void Experiment(uint32_t number);
  void Run();
  Dependencies Take();

 private:
  void Rule(const RuleRow& rule);
  void Condition(ClauseRange condition);
  void Code(CodeRange code);
  void Parents(Rows parents);
  void Filters(Rows filters);
  void Hash(const HashRow& hash);
  uint32_t RootOf(uint32_t slot) const { return block_.Table<PathRow>(kSlots)[slot].root; }
  void Slot(uint32_t slot) { root_seen_[RootOf(slot)] = true; }
  template <typename T>
  absl::Span<const T> Of(FeatureTable table, Rows rows) const {
    return block_.Table<T>(table).subspan(rows.first, rows.count);
  }

  const Block& block_;
  absl::Span<const FeatureRow> features_;
  std::vector<bool> feature_seen_;
  std::vector<bool> group_seen_;
  std::vector<bool> root_seen_;
  std::vector<uint32_t> pending_;
  Dependencies found_;
};

void Walk::Run() {
  while (!pending_.empty()) {
    const FeatureRow& feature = features_[pending_.back()];
    pending_.pop_back();
    for (const RuleRow& rule : Of<RuleRow>(kRules, feature.rules)) Rule(rule);
  }
}

void Walk::Rule(const RuleRow& rule) {
  Parents(rule.parents);
  Filters(rule.filters);
  if (rule.kind == RuleKind::kExperiment) return Experiment(rule.experiment);
  if (rule.kind != RuleKind::kForce) return;
  Condition(rule.condition);
  if (rule.rollout != kNone) Hash(block_.Table<RolloutRow>(kRollouts)[rule.rollout].hash);
}

void Walk::Experiment(uint32_t number) {
  const ExperimentRow& row = block_.Table<ExperimentRow>(kExperiments)[number];
  found_.experiments.push_back(row.key_number);
  if ((row.flags & (kNotSticky | kNotInCookie)) == 0) found_.buckets.push_back(row.sticky_hash);
  if ((row.flags & kHasUrlTargets) != 0) found_.url = true;
  Hash(row.hash);
  Filters(row.filters);
  Condition(row.condition);
  Parents(row.parents);
  for (const LeafRow& leaf : Of<LeafRow>(kLeaves, row.leaves)) Condition(leaf.condition);
}

void Walk::Parents(Rows parents) {
  for (const ParentRow& parent : Of<ParentRow>(kParents, parents)) {
    Add(parent.feature);
    Code(parent.condition);
  }
}

void Walk::Filters(Rows filters) {
  for (const FilterRow& filter : Of<FilterRow>(kFilters, filters)) Hash(filter.hash);
}

void Walk::Hash(const HashRow& hash) {
  Slot(hash.slot);
  found_.hashed.push_back(RootOf(hash.slot));
  if (hash.fallback_slot == kNone) return;
  Slot(hash.fallback_slot);
  found_.fallbacks.push_back({RootOf(hash.fallback_slot), RootOf(hash.slot)});
}

void Walk::Condition(ClauseRange condition) {
  const absl::Span<const uint32_t> clauses = block_.Table<uint32_t>(kConditions);
  for (uint32_t i = condition.begin; i < condition.end; ++i) {
    Code(block_.Table<CodeRange>(kClauses)[clauses[i]]);
  }
}

void Walk::Code(CodeRange code) {
  std::vector<CodeRange> groups = {code};
  while (!groups.empty()) {
    const CodeRange range = groups.back();
    groups.pop_back();
    for (uint32_t i = range.begin; i < range.end; ++i) {
      const Instruction& instruction = block_.Table<Instruction>(kCode)[i];
      if (instruction.subject < kRelativeBit) Slot(instruction.subject);
      if (instruction.op != Op::kCall || group_seen_[instruction.a]) continue;
      group_seen_[instruction.a] = true;
      groups.push_back(block_.Table<CodeRange>(kGroups)[instruction.a]);
    }
  }
}

Dependencies Walk::Take() {
  for (uint32_t i = 0; i < root_seen_.size(); ++i) {
    if (root_seen_[i]) found_.attributes.push_back(i);
  }
  SortUnique(found_.experiments);
  SortUnique(found_.hashed);
  SortUnique(found_.buckets);
  return std::move(found_);
}

}  // namespace

Dependencies DependenciesOf(const Program& program, absl::Span<const uint32_t> features,
                            bool runs) {
  Walk walk(program.block());
  for (const uint32_t feature : features) walk.Add(feature);
  if (runs) {
    for (const uint32_t run : program.block().Table<uint32_t>(kRuns)) walk.Experiment(run);
  }
  walk.Run();
  return walk.Take();
}

std::vector<uint32_t> ValuesOf(const Program& program, uint32_t feature) {
  const Block& block = program.block();
  std::vector<uint32_t> values;
  if (feature >= program.feature_count()) return values;
  const FeatureRow& row = block.Table<FeatureRow>(kFeatures)[feature];
  values.push_back(row.default_text);
  for (const RuleRow& rule :
       block.Table<RuleRow>(kRules).subspan(row.rules.first, row.rules.count)) {
    const auto parents =
        block.Table<ParentRow>(kParents).subspan(rule.parents.first, rule.parents.count);
    if (std::any_of(parents.begin(), parents.end(),
                    [](const ParentRow& parent) { return parent.gate != 0; })) {
      values.push_back(kNoText);
    }
    if (rule.kind == RuleKind::kForce) values.push_back(rule.value_text);
    if (rule.kind != RuleKind::kExperiment) continue;
    const Rows variations = block.Table<ExperimentRow>(kExperiments)[rule.experiment].variations;
    for (const VariationRow& variation :
         block.Table<VariationRow>(kVariations).subspan(variations.first, variations.count)) {
      values.push_back(variation.text);
    }
  }
  SortUnique(values);
  return values;
}

}  // namespace sluice::experiment
