// UTF-8 and UTF-16, where a format counts in code units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// Decodes one code point of valid UTF-8 at `*position` and moves it on. Behaviour on invalid UTF-8
// is bounded (never reads past the end): U+FFFD for each maximal ill-formed part (Unicode 15,
// section 3.9, "U+FFFD substitution of maximal subparts"), as the WHATWG decoder does it. Always
// moves on, unless it is at the end.
uint32_t NextCodePoint(std::string_view text, size_t* position);

// Writes the UTF-8 of a code point, 1 to 4 bytes, and returns how many. Surrogates and what is
// above U+10FFFF are written as U+FFFD.
uint32_t EncodeUtf8(uint32_t code_point, char* out);
// The same, appended.
void AppendUtf8(uint32_t code_point, std::string* out);

// Offset of the first byte of the first ill-formed part, or the text's size if it is valid UTF-8.
// One byte at a time: for error messages.
size_t FindInvalidUtf8(std::string_view text);

// Calls `unit(uint16_t)` for each UTF-16 code unit of the text.
template <typename Callback>
void ForEachUtf16Unit(std::string_view text, Callback&& unit) {
  size_t position = 0;
  while (position < text.size()) {
    const uint32_t point = NextCodePoint(text, &position);
    if (point < 0x10000) {
      unit(static_cast<uint16_t>(point));
    } else {
      unit(static_cast<uint16_t>(0xD800 + ((point - 0x10000) >> 10)));
      unit(static_cast<uint16_t>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
  }
}

}  // namespace sluice
