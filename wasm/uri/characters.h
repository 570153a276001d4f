// The character classes of RFC 3986, section 2, and RFC 3987, section 2.2. Internal to the room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::uri {

constexpr bool IsAlpha(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}
constexpr bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 0 to 15, or -1 for what isn't a hexadecimal digit.
constexpr int HexValue(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// "%" and two hexadecimal digits at `position`.
constexpr bool IsTriplet(std::string_view text, size_t position) {
  return text.size() - position >= 3 && text[position] == '%' &&
         HexValue(text[position + 1]) >= 0 && HexValue(text[position + 2]) >= 0;
}

// ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )
constexpr bool IsScheme(std::string_view text) {
  if (text.empty() || !IsAlpha(text[0])) return false;
  for (const char c : text) {
    if (!IsAlpha(c) && !IsDigit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  return true;
}

// ucschar of RFC 3987.
constexpr bool IsUcsCharacter(uint32_t point) {
  if (point < 0x10000) {
    return (point >= 0xA0 && point <= 0xD7FF) || (point >= 0xF900 && point <= 0xFDCF) ||
           (point >= 0xFDF0 && point <= 0xFFEF);
  }
  return (point & 0xFFFF) <= 0xFFFD && (point < 0xE0000 || (point >= 0xE1000 && point < 0xF0000));
}

// iprivate of RFC 3987.
constexpr bool IsPrivateCharacter(uint32_t point) {
  return (point >= 0xE000 && point <= 0xF8FF) ||
         (point >= 0xF0000 && point <= 0x10FFFF && (point & 0xFFFF) <= 0xFFFD);
}

}  // namespace sluice::uri
