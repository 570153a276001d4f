#include "sluice/experiment/features.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/experiment/feature_tables.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/url_pattern.h"

namespace sluice::experiment {
namespace {

const FeatureRow* RowOf(const Block& block, uint32_t feature) {
  const absl::Span<const FeatureRow> rows = block.Table<FeatureRow>(kFeatures);
  return feature < rows.size() ? &rows[feature] : nullptr;
}

const ExperimentRow* ExperimentOf(const Block& block, uint32_t feature) {
  const FeatureRow* row = RowOf(block, feature);
  if (row == nullptr || row->rules.count == 0) return nullptr;
  const RuleRow& rule = block.Table<RuleRow>(kRules)[row->rules.first];
  return rule.kind == RuleKind::kExperiment
             ? &block.Table<ExperimentRow>(kExperiments)[rule.experiment]
             : nullptr;
}

std::string_view TextOf(const Block& block, uint32_t text) {
  const absl::Span<const StringRef> texts = block.Table<StringRef>(kTexts);
  return text < texts.size() ? texts[text].In(block.Text(kStringPool)) : std::string_view();
}

}  // namespace

Program::Program(Block block, std::vector<regex::Regex> regexes)
    : block_(std::move(block)),
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

std::string_view Program::default_value(uint32_t feature) const {
  const FeatureRow* row = RowOf(block_, feature);
  return row != nullptr ? TextOf(block_, row->default_text) : std::string_view();
}

uint32_t Program::variation_count(uint32_t feature) const {
  const ExperimentRow* row = ExperimentOf(block_, feature);
  return row != nullptr ? row->variations.count : 0;
}

std::string_view Program::variation_value(uint32_t feature, uint32_t variation) const {
  const ExperimentRow* row = ExperimentOf(block_, feature);
  if (row == nullptr || variation >= row->variations.count) return {};
  return TextOf(block_,
                block_.Table<VariationRow>(kVariations)[row->variations.first + variation].text);
}

std::string_view Program::experiment_key(uint32_t feature) const {
  const ExperimentRow* row = ExperimentOf(block_, feature);
  return row != nullptr ? row->key.In(block_.Text(kStringPool)) : std::string_view();
}

std::string_view Program::hash_attribute(uint32_t feature) const {
  const ExperimentRow* row = ExperimentOf(block_, feature);
  if (row == nullptr) return {};
  const PathRow& slot = block_.Table<PathRow>(kSlots)[row->hash.slot];
  return block_.Table<StringRef>(kSegments)[slot.first].In(block_.Text(kStringPool));
}

absl::Status Program::SetUrlPatterns(std::string_view json) { return url_patterns_->Read(json); }

Assignment Assign(const Program& program, uint32_t feature, std::string_view hash_value) {
  const Block& block = program.block();
  const ExperimentRow* row = ExperimentOf(block, feature);
  if (row == nullptr || row->variations.count == 0 || hash_value.empty()) return {};
  const std::optional<double> bucket =
      Hash(row->hash.seed.In(block.Text(kStringPool)), hash_value, row->hash.version);
  if (!bucket.has_value()) return {};
  const int32_t variation = ChooseVariation(
      *bucket, block.Table<BucketRange>(kRanges).subspan(row->ranges.first, row->ranges.count));
  return {.variation = variation, .in_experiment = variation >= 0};
}

}  // namespace sluice::experiment
