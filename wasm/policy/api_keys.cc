#include "sluice/policy/api_keys.h"

#include <algorithm>
#include <string_view>

#include "sluice/base/hash.h"

namespace sluice::policy {

const ApiKeyRow* FindApiKey(absl::Span<const ApiKeyRow> rows, ByteSpan digest) {
  if (digest.size() != Digest{}.size()) return nullptr;
  const std::string_view wanted = AsText(digest);
  const auto text = [](const ApiKeyRow& row) { return AsText(row.digest); };
  const auto* found =
      std::lower_bound(rows.begin(), rows.end(), wanted,
                       [&](const ApiKeyRow& row, std::string_view w) { return text(row) < w; });
  if (found == rows.end() || !ConstantTimeEquals(text(*found), wanted)) return nullptr;
  return found;
}

}  // namespace sluice::policy
