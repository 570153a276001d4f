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
constexpr uint32_t kFeatureWords = 4;
constexpr uint32_t kDetailWords = 12;
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
  const uint32_t header[kHeaderWords] = {kVersion,
                                         0,
                                         count(parts_.wanted),
                                         count(parts_.runs),
                                         count(parts_.exposures),
                                         count(parts_.tracks),
                                         count(parts_.assigned),
                                         count(parts_.details)};
  AppendWords(header, out);
  if (!out.Reserve(parts_.wanted.size() * kFeatureWords * sizeof(uint32_t))) return TooLong();
  for (const uint32_t feature : parts_.wanted) {
    const FeatureState& state = parts_.features[feature];
    const uint32_t words[kFeatureWords] = {
        feature | static_cast<uint32_t>(state.source) << kSourceShift, state.value_text,
        state.id_text, state.detail};
    AppendWords(words, out);
  }
  AppendWords(parts_.runs, out);
  for (const Exposure& exposure : parts_.exposures) out.AppendWord(exposure.detail);
  AppendWords(parts_.tracks, out);
  AppendWords(parts_.assigned, out);
  const size_t texts = out.size() - begin + parts_.details.size() * kDetailWords * sizeof(uint32_t);
  WriteDetails(texts, out);
  if (out.exhausted()) return TooLong();
  out.PatchWord(begin + 4, static_cast<uint32_t>(out.size() - begin));
  return absl::OkStatus();
}

// The hashed values lie behind the details, each once.
void Evaluation::WriteDetails(size_t texts, OutputBuffer& out) {
  const absl::Span<const LeafRow> leaves = tables_.leaves;
  std::vector<uint32_t>& slots = parts_.written_slots;
  slots.clear();
  for (const Detail& detail : parts_.details) {
    const ExperimentRow& row = tables_.experiments[detail.experiment];
    const bool is_fallback = (detail.flags & kFallbackUsed) != 0;
    const uint32_t slot = HashedSlot(row, detail);
    size_t offset = texts;
    size_t i = 0;
    for (; i < slots.size() && slots[i] != slot; ++i) offset += HashedJson(slots[i]).size();
    if (i == slots.size()) slots.push_back(slot);
    const LeafRow* leaf = detail.leaf == kNone ? nullptr : &leaves[detail.leaf];
    uint32_t bucket[2];
    std::memcpy(bucket, &detail.bucket, sizeof(bucket));
    const uint32_t words[kDetailWords] = {row.text,
                                          row.feature,
                                          detail.flags | (leaf != nullptr ? kHasLeaf : 0u),
                                          detail.variation,
                                          bucket[0],
                                          bucket[1],
                                          is_fallback ? row.fallback_text : row.attribute_text,
                                          static_cast<uint32_t>(offset),
                                          static_cast<uint32_t>(HashedJson(slot).size()),
                                          leaf != nullptr ? leaf->text : kNone,
                                          leaf != nullptr ? leaf->version_text : kNone,
                                          0};
    AppendWords(words, out);
  }
  for (const uint32_t slot : slots) out.Append(HashedJson(slot));
}

// What the SDK tells as hashValue.
std::string_view Evaluation::HashedJson(uint32_t slot) {
  return IsTruthy(conditions_.Attribute(slot)) ? conditions_.AttributeJson(slot) : "\"\"";
}

}  // namespace sluice::experiment
