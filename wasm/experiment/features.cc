#include "sluice/experiment/features.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/program_tables.h"

namespace sluice::experiment {
namespace {

const FeatureRow* RowOf(const Block& block, uint32_t feature) {
  const absl::Span<const FeatureRow> rows = block.Table<FeatureRow>(kFeatures);
  return feature < rows.size() ? &rows[feature] : nullptr;
}

std::string_view TextOf(const Block& block, uint32_t feature, StringRef FeatureRow::* field) {
  const FeatureRow* row = RowOf(block, feature);
  return row != nullptr ? (row->*field).In(block.Text(kStringPool)) : std::string_view();
}

}  // namespace

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
  return TextOf(block_, feature, &FeatureRow::key);
}

std::string_view Program::default_value(uint32_t feature) const {
  return TextOf(block_, feature, &FeatureRow::default_value);
}

uint32_t Program::variation_count(uint32_t feature) const {
  const FeatureRow* row = RowOf(block_, feature);
  return row != nullptr ? row->variation_count : 0;
}

std::string_view Program::variation_value(uint32_t feature, uint32_t variation) const {
  const FeatureRow* row = RowOf(block_, feature);
  if (row == nullptr || variation >= row->variation_count) return {};
  const StringRef value = block_.Table<StringRef>(kValues)[row->first_variation + variation];
  return value.In(block_.Text(kStringPool));
}

std::string_view Program::experiment_key(uint32_t feature) const {
  return TextOf(block_, feature, &FeatureRow::experiment_key);
}

std::string_view Program::hash_attribute(uint32_t feature) const {
  return TextOf(block_, feature, &FeatureRow::hash_attribute);
}

Assignment Assign(const Program& program, uint32_t feature, std::string_view hash_value) {
  const Block& block = program.block();
  const FeatureRow* row = RowOf(block, feature);
  if (row == nullptr || row->variation_count == 0 || hash_value.empty()) return {};
  const std::optional<double> bucket =
      Hash(row->seed.In(block.Text(kStringPool)), hash_value, row->hash_version);
  if (!bucket.has_value()) return {};
  const int32_t variation = ChooseVariation(
      *bucket,
      block.Table<BucketRange>(kRanges).subspan(row->first_variation, row->variation_count));
  return {.variation = variation, .in_experiment = variation >= 0};
}

}  // namespace sluice::experiment
