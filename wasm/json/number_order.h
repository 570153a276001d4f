// Order of numbers by their text, exactly.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "absl/base/attributes.h"

namespace sluice::json {

// The first and the last bytes of a text as the upper part of a word, in the text's order. For
// sizes from that of `Half` to twice that; no byte outside of the text is read.
template <typename Half>
inline uint64_t LoadUpper(std::string_view text) {
  Half first;
  Half last;
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): there are so many bytes
  std::memcpy(&first, text.data(), sizeof(Half));
  std::memcpy(&last, text.data() + text.size() - sizeof(Half), sizeof(Half));
  return uint64_t{first} << (64 - 8 * text.size()) | uint64_t{last} << (64 - 8 * sizeof(Half));
}

// `digits`: `size` of them, 1 to 8, in the upper part of a word. False if there are other
// characters.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool ReadDigits(uint64_t digits, size_t size, uint32_t* value) {
  constexpr uint64_t kZeros = 0x3030303030303030;
  digits ^= kZeros << (64 - 8 * size);
  if (((digits | (digits + 0x7676767676767676)) & 0x8080808080808080) != 0) return false;
  digits = digits * 10 + (digits >> 8);
  *value = static_cast<uint32_t>(((digits & 0x000000FF000000FF) * 0x000F424000000064 +
                                  (digits >> 16 & 0x000000FF000000FF) * 0x0000271000000001) >>
                                 32);
  return true;
}

// As most numbers are: 1 to 8 digits and nothing else, read all at once as simdjson's number parser
// does it (Langdale and Lemire, 2019).
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool IsShortInteger(std::string_view text, uint32_t* value) {
  const size_t size = text.size();
  if (size > 8) return false;
  return ReadDigits(size >= 4   ? LoadUpper<uint32_t>(text)
                    : size >= 2 ? LoadUpper<uint16_t>(text)
                                : LoadUpper<uint8_t>(text),
                    size, value);
}

int CompareAnyNumbers(std::string_view a, std::string_view b);

// Compares two JSON numbers as the decimals they are, never as doubles: 1, 1.0 and 10e-1 are
// equal, 9007199254740993 is more than 9007199254740992, 1e400 less than 1e401, -0 equals 0.
// Negative, 0 or positive. O(length). Exponents beyond ±10^17 count as ±10^17.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline int CompareNumbers(std::string_view a, std::string_view b) {
  uint32_t x = 0;
  uint32_t y = 0;
  if (!IsShortInteger(a, &x) || !IsShortInteger(b, &y)) return CompareAnyNumbers(a, b);
  return static_cast<int>(x > y) - static_cast<int>(x < y);
}

}  // namespace sluice::json
