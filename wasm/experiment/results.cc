// The results frame (wasm/abi/sluice.h, sluice_results).
#include <bit>
#include <cstring>

#include "sluice/base/status.h"
#include "sluice/experiment/evaluation.h"

namespace sluice::experiment {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian words");

constexpr uint32_t kVersion = 1;
constexpr uint32_t kHeaderWords = 8;
constexpr size_t kFeatureBytes = 4 * sizeof(uint32_t);
constexpr size_t kDetailBytes = 12 * sizeof(uint32_t);
constexpr uint32_t kSourceShift = 24;

void AppendWords(absl::Span<const uint32_t> words, OutputBuffer& out) {
  out.Append(std::string_view(reinterpret_cast<const char*>(words.data()),
                              words.size() * sizeof(uint32_t)));
}

absl::Status TooLong() { return MakeBudgetError(Budget::kOutputBytes, "the results are too long"); }

}  // namespace

absl::Status Evaluation::Write(OutputBuffer& out) {
  const size_t begin = out.size();
  const auto count = [](const auto& list) { return static_cast<uint32_t>(list.size()); };
  const size_t features = kHeaderWords * sizeof(uint32_t) + parts_.wanted.size() * kFeatureBytes;
  if (!out.Reserve(features)) return TooLong();
  const uint32_t header[kHeaderWords] = {kVersion,
                                         static_cast<uint32_t>(features),
                                         count(parts_.wanted),
                                         count(parts_.runs),
                                         count(parts_.exposures),
                                         count(parts_.tracks),
                                         count(parts_.assigned),
                                         count(parts_.details)};
  AppendWords(header, out);
  WriteFeatures(out);
  // Exposures and the like are of details.
  if (parts_.details.empty() && parts_.tracks.empty()) return absl::OkStatus();
  AppendWords(parts_.runs, out);
  for (const Exposure& exposure : parts_.exposures) AppendWords({&exposure.detail, 1}, out);
  AppendWords(parts_.tracks, out);
  AppendWords(parts_.assigned, out);
  WriteDetails(out.size() - begin, out);
  if (out.exhausted() || parts_.values.exhausted()) return TooLong();
  out.PatchWord(begin + 4, static_cast<uint32_t>(out.size() - begin));
  return absl::OkStatus();
}

void Evaluation::WriteFeatures(OutputBuffer& out) const {
  const FeatureState* const states = parts_.features.data();
  for (const uint32_t feature : parts_.wanted) {
    const FeatureState& state = states[feature];
    AppendWords({{feature | static_cast<uint32_t>(state.source) << kSourceShift, state.value_text,
                  state.id_text, state.detail}},
                out);
  }
}

// The hashed values lie behind the details, each once.
void Evaluation::WriteDetails(size_t at, OutputBuffer& out) {
  const size_t values = at + parts_.details.size() * kDetailBytes;
  parts_.values.Reset(out.max_bytes());
  parts_.written.clear();
  for (const Detail& detail : parts_.details) {
    const ExperimentRow& row = tables_.experiments[detail.experiment];
    const bool is_fallback = (detail.flags & kFallbackUsed) != 0;
    const WrittenValue& value = WriteValue(HashedSlot(row, detail));
    const LeafRow* leaf = detail.leaf == kNone ? nullptr : &tables_.leaves[detail.leaf];
    uint32_t bucket[2];
    std::memcpy(bucket, &detail.bucket, sizeof(bucket));
    AppendWords(
        {{row.text, row.feature, detail.flags | (leaf != nullptr ? kHasLeaf : 0u), detail.variation,
          bucket[0], bucket[1], is_fallback ? row.fallback_text : row.attribute_text,
          static_cast<uint32_t>(values) + value.offset, value.length,
          leaf != nullptr ? leaf->text : kNone, leaf != nullptr ? leaf->version_text : kNone, 0}},
        out);
  }
  out.Append(parts_.values.text());
}

// What the SDK tells as hashValue.
const WrittenValue& Evaluation::WriteValue(uint32_t slot) {
  for (const WrittenValue& value : parts_.written) {
    if (value.slot == slot) return value;
  }
  OutputBuffer& values = parts_.values;
  const size_t from = values.size();
  if (IsTruthy(conditions_.Attribute(slot))) {
    conditions_.AppendAttributeJson(slot, values);
  } else {
    values.Append("\"\"");
  }
  parts_.written.push_back(
      {slot, static_cast<uint32_t>(from), static_cast<uint32_t>(values.size() - from)});
  return parts_.written.back();
}

}  // namespace sluice::experiment
