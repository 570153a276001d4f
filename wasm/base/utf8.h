// UTF-8 and UTF-16, where a format counts in code units.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice {

// Decodes one code point of valid UTF-8 at `*position` and moves it on. Behaviour on invalid UTF-8
// is bounded (never reads past the end) and yields U+FFFD.
uint32_t NextCodePoint(std::string_view text, size_t* position);

// Appends the UTF-8 of a code point. Lone surrogates are written as U+FFFD.
void AppendUtf8(uint32_t code_point, std::string* out);

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
