// What JavaScript needs to show results (wasm/abi/sluice.h, sluice_features).
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "sluice/experiment/feature_tables.h"
#include "sluice/experiment/features.h"

namespace sluice::experiment {
namespace {

constexpr uint32_t kVersion = 3;

// Only JavaScript reads them, whose memory has 32 bits.
uint32_t AddressOf(const void* at) {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(at));
}

template <typename T>
void AppendTable(absl::Span<const T> rows, OutputBuffer& out) {
  out.AppendWord(AddressOf(rows.data()));
  out.AppendWord(static_cast<uint32_t>(rows.size()));
}

}  // namespace

void Describe(const Program& program, OutputBuffer& out) {
  static_assert(offsetof(FeatureRow, key) == 0);
  const Block& block = program.block();
  const absl::Span<const StringRef> patterns = block.Table<StringRef>(kPatternTexts);
  out.AppendWord(kVersion);
  // The first table and the last one.
  out.AppendWord(AddressOf(block.Text(kStringPool).data()));
  out.AppendWord(AddressOf(patterns.data() + patterns.size()));
  out.AppendWord(block.Table<UrlTargetRow>(kUrlTargets).empty() ? 0 : 1);
  AppendTable(block.Table<FeatureRow>(kFeatures), out);
  out.AppendWord(sizeof(FeatureRow));
  AppendTable(block.Table<StringRef>(kTexts), out);
  AppendTable(patterns, out);
  AppendTable(block.Table<StringRef>(kRootNames), out);
}

}  // namespace sluice::experiment
