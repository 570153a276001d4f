// The character classes of RFC 3986, section 2, and RFC 3987, section 2.2. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::uri {

inline constexpr bool IsAlpha(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}
inline constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 0 to 15, or -1 for what isn't a hexadecimal digit.
inline constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "%" and two hexadecimal digits at `position`.
inline constexpr bool IsTriplet(std::string_view text, size_t position) {
  return text.size() - position >= 3 && text[position] == '%' &&
         HexValue(text[position + 1]) >= 0 && HexValue(text[position + 2]) >= 0;
}

// ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
inline constexpr bool IsScheme(std::string_view text) {
  if (text.empty() || !IsAlpha(text[0])) return false;
  for (const char c : text) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

}  // namespace sluice::uri
