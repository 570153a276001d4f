// Sets of patterns that subjects are looked up in: "acme", "acme-*", "10.0.0.0/8".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/ip_address.h"

namespace sluice::policy {

// A string of bits that a key has to begin with, or to be. Texts and networks are alike in that;
// networks are written as NetworkKey writes addresses.
struct PatternRow {
  StringRef bytes;  // the bits, the last byte filled up with zeros
  uint32_t bits;
  uint32_t exact;   // 1: the key has to be the bits, which are whole bytes
  uint32_t parent;  // the longest other pattern that this one begins with, by its place among the
                    // set's rows, or kAbsent; never an exact one
  uint32_t value;
};

// The pattern that fits best: the exact one, else the longest; null if none fits. The rows of a set
// are sorted by bytes, then bits, then exact ones last. O(log rows + how deep patterns nest).
const PatternRow* FindPattern(absl::Span<const PatternRow> rows, std::string_view pool,
                              std::string_view key);

// The family, then the address: what patterns of networks are matched with.
class NetworkKey {
 public:
  explicit NetworkKey(const IpAddress& address);
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 17> bytes_;
  uint32_t size_;
};

}  // namespace sluice::policy
