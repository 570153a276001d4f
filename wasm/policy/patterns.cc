#include "sluice/policy/patterns.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "sluice/policy/frames.h"

namespace sluice::policy {
namespace {

// How many bits two texts have in common at their beginning.
size_t CommonBits(std::string_view a, std::string_view b) {
  const size_t size = std::min(a.size(), b.size());
  size_t same = 0;
  while (same < size && a[same] == b[same]) ++same;
  if (same == size) return 8 * same;
  const auto difference = static_cast<uint8_t>(a[same] ^ b[same]);
  return 8 * same + static_cast<size_t>(std::countl_zero(difference));
}

}  // namespace

// What fits the key is sorted before it, and what lies between the longest of that and the key
// begins with it too; so it is the last row that isn't behind the key, or one that this begins
// with.
const PatternRow* FindPattern(absl::Span<const PatternRow> rows, std::string_view pool,
                              std::string_view key) {
  const auto* behind = std::upper_bound(
      rows.begin(), rows.end(), key,
      [pool](std::string_view k, const PatternRow& row) { return k < row.bytes.In(pool); });
  if (behind == rows.begin()) return nullptr;
  const PatternRow* row = behind - 1;
  const std::string_view bytes = row->bytes.In(pool);
  const size_t common = CommonBits(bytes, key);
  if (row->exact != 0 && bytes == key) return row;
  while (row->exact != 0 || row->bits > common) {
    if (row->parent == kAbsent) return nullptr;
    row = &rows[row->parent];
  }
  return row;
}

NetworkKey::NetworkKey(const IpAddress& address) : size_(1 + address.bits() / 8) {
  bytes_[0] = address.v6 ? '6' : '4';
  std::copy_n(address.bytes.begin(), size_ - 1, bytes_.begin() + 1);
}

}  // namespace sluice::policy
