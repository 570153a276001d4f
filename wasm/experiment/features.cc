#include "sluice/experiment/features.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/experiment/feature_tables.h"
#include "sluice/experiment/url_pattern.h"

namespace sluice::experiment {
namespace {

const FeatureRow* RowOf(const Block& block, uint32_t feature) {
  const absl::Span<const FeatureRow> rows = block.Table<FeatureRow>(kFeatures);
  return feature < rows.size() ? &rows[feature] : nullptr;
}

std::string_view TextOf(const Block& block, uint32_t text) {
  if (text == kNoText) return "null";
  const absl::Span<const StringRef> texts = block.Table<StringRef>(kTexts);
  return text < texts.size() ? texts[text].In(block.Text(kStringPool)) : std::string_view();
}

// In a table of texts that are in byte order.
std::optional<uint32_t> FindIn(const Block& block, uint32_t table, std::string_view wanted) {
  const absl::Span<const StringRef> texts = block.Table<StringRef>(table);
  const std::string_view pool = block.Text(kStringPool);
  const auto found =
      std::lower_bound(texts.begin(), texts.end(), wanted,
                       [pool](StringRef x, std::string_view y) { return x.In(pool) < y; });
  if (found == texts.end() || found->In(pool) != wanted) return std::nullopt;
  return static_cast<uint32_t>(found - texts.begin());
}

std::string_view TextAt(const Block& block, uint32_t table, uint32_t number) {
  const absl::Span<const StringRef> texts = block.Table<StringRef>(table);
  return number < texts.size() ? texts[number].In(block.Text(kStringPool)) : std::string_view();
}

uint32_t CountOf(const Block& block, uint32_t table) {
  return static_cast<uint32_t>(block.Table<StringRef>(table).size());
}

}  // namespace

FeatureTables::FeatureTables(const Block& block)
    : conditions(block),
      features(block.Table<FeatureRow>(kFeatures)),
      rules(block.Table<RuleRow>(kRules)),
      rollouts(block.Table<RolloutRow>(kRollouts)),
      parents(block.Table<ParentRow>(kParents)),
      filters(block.Table<FilterRow>(kFilters)),
      ranges(block.Table<BucketRange>(kRanges)),
      experiments(block.Table<ExperimentRow>(kExperiments)),
      variations(block.Table<VariationRow>(kVariations)),
      leaves(block.Table<LeafRow>(kLeaves)),
      tracks(block.Table<uint32_t>(kTracks)),
      url_targets(block.Table<UrlTargetRow>(kUrlTargets)),
      keys(block.Table<StringRef>(kKeys)),
      runs(block.Table<uint32_t>(kRuns)) {}

Program::Program(Block block, std::vector<regex::Regex> regexes)
    : block_(std::move(block)),
      tables_(std::make_unique<const FeatureTables>(block_)),
      regexes_(std::move(regexes)),
      constants_(block_.Text(kStringPool), block_.Table<json::Node>(kConstants)),
      url_patterns_(std::make_unique<UrlPatterns>()) {}

Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;
Program::~Program() = default;

std::optional<uint32_t> Program::Find(std::string_view key) const {
  const absl::Span<const FeatureRow> rows = block_.Table<FeatureRow>(kFeatures);
  const std::string_view pool = block_.Text(kStringPool);
  const auto found = std::lower_bound(
      rows.begin(), rows.end(), key,
      [pool](const FeatureRow& row, std::string_view wanted) { return row.key.In(pool) < wanted; });
  if (found == rows.end() || found->key.In(pool) != key) return std::nullopt;
  return static_cast<uint32_t>(found - rows.begin());
}

uint32_t Program::feature_count() const {
  return static_cast<uint32_t>(block_.Table<FeatureRow>(kFeatures).size());
}

std::string_view Program::feature_key(uint32_t feature) const {
  const FeatureRow* row = RowOf(block_, feature);
  return row != nullptr ? row->key.In(block_.Text(kStringPool)) : std::string_view();
}

uint32_t Program::default_value(uint32_t feature) const {
  const FeatureRow* row = RowOf(block_, feature);
  return row != nullptr ? row->default_text : kNoText;
}

std::optional<uint32_t> Program::FindAttribute(std::string_view name) const {
  return FindIn(block_, kRootNames, name);
}
uint32_t Program::attribute_count() const { return CountOf(block_, kRootNames); }
std::string_view Program::attribute_name(uint32_t attribute) const {
  return TextAt(block_, kRootNames, attribute);
}

std::optional<uint32_t> Program::FindExperiment(std::string_view key) const {
  return FindIn(block_, kKeys, key);
}
uint32_t Program::experiment_count() const { return CountOf(block_, kKeys); }
std::string_view Program::experiment_name(uint32_t experiment) const {
  return TextAt(block_, kKeys, experiment);
}
absl::Span<const uint32_t> Program::sticky_buckets() const {
  return block_.Table<uint32_t>(kBuckets);
}

std::string_view Program::text(uint32_t number) const { return TextOf(block_, number); }
uint32_t Program::url_pattern_count() const { return CountOf(block_, kPatternTexts); }
std::string_view Program::url_pattern(uint32_t pattern) const {
  return TextAt(block_, kPatternTexts, pattern);
}

absl::Status Program::SetUrlPatterns(std::string_view json) { return url_patterns_->Read(json); }

}  // namespace sluice::experiment
