#include "sluice/base/utf8.h"

namespace sluice {
namespace {

constexpr uint32_t kReplacement = 0xFFFD;

uint8_t ByteAt(std::string_view text, size_t position) {
  return static_cast<uint8_t>(text[position]);
}

}  // namespace

uint32_t NextCodePoint(std::string_view text, size_t* position) {
  size_t at = *position;
  if (at >= text.size()) return kReplacement;
  const uint8_t lead = ByteAt(text, at++);
  *position = at;
  if (lead < 0x80) return lead;
  if (lead < 0xC2 || lead > 0xF4) return kReplacement;

  const int continuations = lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
  uint32_t point = lead & (0x3Fu >> continuations);
  // The first continuation byte of some leads has a narrower range (Unicode 15, table 3-7): no
  // overlong forms, no surrogates, nothing above U+10FFFF.
  uint8_t low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (int i = 0; i < continuations; ++i, ++at) {
    if (at >= text.size()) return kReplacement;
    const uint8_t byte = ByteAt(text, at);
    if (byte < low || byte > high) return kReplacement;
    point = point << 6 | (byte & 0x3Fu);
    *position = at + 1;
    low = 0x80;
    high = 0xBF;
  }
  return point;
}

uint32_t EncodeUtf8(uint32_t point, char* out) {
  if (point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) point = kReplacement;
  if (point < 0x80) {
    out[0] = static_cast<char>(point);
    return 1;
  }
  const uint32_t length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  for (uint32_t i = length - 1; i > 0; --i, point >>= 6) {
    out[i] = static_cast<char>(0x80 | (point & 0x3F));
  }
  out[0] = static_cast<char>((0xF00u >> length) | point);
  return length;
}

void AppendUtf8(uint32_t code_point, std::string* out) {
  char bytes[4];
  out->append(bytes, EncodeUtf8(code_point, bytes));
}

size_t FindInvalidUtf8(std::string_view text) {
  size_t position = 0;
  while (position < text.size()) {
    const size_t start = position;
    const uint32_t point = NextCodePoint(text, &position);
    if (point == kReplacement && text.substr(start, 3) != "\xEF\xBF\xBD") return start;
  }
  return text.size();
}

}  // namespace sluice
