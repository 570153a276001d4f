// What JavaScript needs to show results (wasm/abi/sluice.h, sluice_features).
#include <vector>

#include "sluice/experiment/payload_compiler.h"

namespace sluice::experiment {
namespace {

constexpr uint32_t kVersion = 2;
constexpr uint32_t kHeaderWords = 8;

}  // namespace

void PayloadCompiler::Describe(OutputBuffer& out) const {
  const size_t begin = out.size();
  const std::vector<StringRef> roots = conditions_.RootNames();
  const size_t pairs = features_.size() + texts_.size() + patterns_.strings().size() + roots.size();
  size_t at = (kHeaderWords + 2 * pairs) * sizeof(uint32_t);
  const auto append = [&](size_t offset, size_t length) {
    out.AppendWord(static_cast<uint32_t>(offset));
    out.AppendWord(static_cast<uint32_t>(length));
  };
  const auto append_own = [&](StringRef text) {
    append(at, text.length);
    at += text.length;
  };
  append(kVersion, 0);
  append(features_.size(), texts_.size());
  append(patterns_.strings().size(), runs_.size());
  append(url_targets_.empty() ? 0 : 1, roots.size());
  for (const FeatureRow& row : features_) append_own(row.key);
  // These are the payload's own, which JavaScript has.
  const char* const payload = payload_.document()->text().data();
  for (const std::string_view text : texts_) {
    append(static_cast<size_t>(text.data() - payload), text.size());
  }
  for (const StringRef pattern : patterns_.strings()) append_own(pattern);
  for (const StringRef root : roots) append_own(root);
  for (const FeatureRow& row : features_) out.Append(At(row.key));
  out.Append(patterns_.pool());
  for (const StringRef root : roots) out.Append(At(root));
  if (!out.exhausted()) out.PatchWord(begin + 4, static_cast<uint32_t>(out.size() - begin));
}

}  // namespace sluice::experiment
