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

// What parts begin with, by the low five bits of each byte, which case doesn't change: rules out
// nearly every place of a text at the cost of a load.
class PartFilter {
 public:
  void Add(std::string_view part);
  // Whether a part may begin at `at`, which isn't the text's last byte.
  bool MayBegin(std::string_view text, size_t at) const {
    if ((seconds_[Low(text[at])] >> Low(text[at + 1]) & 1) == 0) return false;
    const uint32_t third = at + 2 < text.size() ? Low(text[at + 2]) : 0;
    return (thirds_[Low(text[at + 1])] >> third & 1) != 0;
  }

 private:
  static uint32_t Low(char c) { return static_cast<uint8_t>(c) & 31u; }

  std::array<uint32_t, 32> seconds_ = {};  // by the first byte, the bits of what follows it
  std::array<uint32_t, 32> thirds_ = {};   // by the second
};

// True if one of the parts, which are lower case, is in the text in any case of ASCII letters.
// O(text), and O(part) more where one begins.
bool ContainsPart(std::string_view text, absl::Span<const StringRef> parts, std::string_view pool,
                  const PartFilter& filter);

// "mobile" or "desktop", as GrowthBook's SDK has it.
std::string_view DeviceOf(std::string_view user_agent);

}  // namespace sluice::policy
