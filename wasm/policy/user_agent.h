// What a User-Agent tells: bots, and mobile devices.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"

namespace sluice::policy {

constexpr size_t kMinPartBytes = 2;
constexpr size_t kMaxPartBytes = 64;

// Pairs of bytes that parts begin with, by a hash of them: what rules out nearly every place of a
// text at the cost of a load.
class PairFilter {
 public:
  // Of lower-case parts.
  void Add(std::string_view part) {
    const uint32_t hash = Hash(part[0], part[1]);
    words_[hash / 32] |= uint32_t{1} << (hash % 32);
  }
  bool MayBegin(char first, char second) const {
    const uint32_t hash = Hash(first, second);
    return (words_[hash / 32] >> (hash % 32) & 1) != 0;
  }

 private:
  static uint32_t Hash(char first, char second) {
    return (static_cast<uint8_t>(first) * 37u + static_cast<uint8_t>(second)) & 255u;
  }

  std::array<uint32_t, 8> words_ = {};
};

// True if one of the parts, which are lower case, is in the text in any case of ASCII letters.
// O(text), and O(part) more where one begins.
bool ContainsPart(std::string_view text, absl::Span<const StringRef> parts, std::string_view pool,
                  const PairFilter& filter);

// "mobile" or "desktop", as GrowthBook's SDK has it.
std::string_view DeviceOf(std::string_view user_agent);

}  // namespace sluice::policy
