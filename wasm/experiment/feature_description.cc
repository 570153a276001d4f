// What JavaScript needs to show results (wasm/abi/sluice.h, sluice_features).
#include "sluice/experiment/payload_compiler.h"

namespace sluice::experiment {
namespace {

constexpr uint32_t kVersion = 1;
constexpr uint32_t kHeaderWords = 7;

}  // namespace

void PayloadCompiler::Describe(OutputBuffer& out) const {
  const size_t begin = out.size();
  const auto append_list = [&out](const StringInterner& texts, size_t at) {
    for (const StringRef& text : texts.strings()) {
      out.AppendWord(static_cast<uint32_t>(at + text.offset));
      out.AppendWord(text.length);
    }
  };
  const size_t features = features_.size();
  const size_t texts = texts_.strings().size();
  const size_t patterns = patterns_.strings().size();
  const size_t words = kHeaderWords + 2 * (features + texts + patterns);
  const size_t text_bytes = words * sizeof(uint32_t);
  const size_t pattern_bytes = text_bytes + texts_.pool().size();
  size_t key_bytes = pattern_bytes + patterns_.pool().size();
  out.AppendWord(kVersion);
  out.AppendWord(0);
  out.AppendWord(static_cast<uint32_t>(features));
  out.AppendWord(static_cast<uint32_t>(texts));
  out.AppendWord(static_cast<uint32_t>(patterns));
  out.AppendWord(static_cast<uint32_t>(runs_.size()));
  out.AppendWord(url_targets_.empty() ? 0 : 1);
  for (const FeatureRow& row : features_) {
    out.AppendWord(static_cast<uint32_t>(key_bytes));
    out.AppendWord(row.key.length);
    key_bytes += row.key.length;
  }
  append_list(texts_, text_bytes);
  append_list(patterns_, pattern_bytes);
  out.Append(texts_.pool());
  out.Append(patterns_.pool());
  for (const FeatureRow& row : features_) out.Append(At(row.key));
  if (!out.exhausted()) out.PatchWord(begin + 4, static_cast<uint32_t>(out.size() - begin));
}

}  // namespace sluice::experiment
