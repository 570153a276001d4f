// Looking up an API key's digest.
#pragma once

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"

namespace sluice::policy {

using Digest = std::array<uint8_t, 32>;  // SHA-256

struct Range {
  uint32_t first;
  uint32_t count;
};

// Strings of a pool that keeps each once: equal texts are equal references.
struct ClaimRow {
  StringRef name;
  StringRef value;
  bool operator==(const ClaimRow&) const = default;
};

struct ApiKeyRow {
  Digest digest;
  StringRef identity;
  Range claims;
};

// The key with this SHA-256 among rows that are sorted by digest. The last comparison takes the
// same time wherever the digests differ; the search before it tells at most the order of digests,
// which who doesn't know a key can't choose. O(log rows).
const ApiKeyRow* FindApiKey(absl::Span<const ApiKeyRow> rows, ByteSpan digest);

}  // namespace sluice::policy
