#include "sluice/json/diagnose.h"

#include <cstdint>

#include "sluice/base/utf8.h"

namespace sluice::json {
namespace {

bool IsSeparator(char c) {
  switch (c) {
    case '{':
    case '}':
    case '[':
    case ']':
    case ':':
    case ',':
    case ' ':
    case '\n':
    case '\r':
    case '\t':
      return true;
    default:
      return false;
  }
}

// Moves `*position` from the opening quote to behind the closing one.
Fault ReadString(std::string_view text, size_t* position) {
  const size_t open = *position;
  size_t at = open + 1;
  while (at < text.size()) {
    const uint8_t byte = static_cast<uint8_t>(text[at]);
    if (byte == '"') {
      *position = at + 1;
      return {};
    }
    if (byte < 0x20) return {FaultKind::kControlCharacter, at};
    if (byte == '\\') {
      const size_t length = EscapeLength(text, at);
      if (length == 0) {
        return EndsInEscape(text, at) ? Fault{FaultKind::kUnclosedString, open}
                                      : Fault{FaultKind::kEscape, at};
      }
      at += length;
    } else if (byte < 0x80) {
      ++at;
    } else {
      size_t after = at;
      NextCodePoint(text, &after);
      if (FindInvalidUtf8(text.substr(at, after - at)) == 0) return {FaultKind::kUtf8, at};
      at = after;
    }
  }
  return {FaultKind::kUnclosedString, open};
}

}  // namespace

LexicalFault FindLexicalFault(std::string_view text) {
  bool in_scalar = false;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    // A quote stuck to a number or literal opens no string.
    if (c == '\\' || static_cast<uint8_t>(c) >= 0x80 || (c == '"' && in_scalar)) break;
    if (c == '"') {
      const size_t open = at;
      const Fault fault = ReadString(text, &at);
      if (!fault.ok()) return {fault, open};
      continue;
    }
    in_scalar = !IsSeparator(c);
    ++at;
  }
  return {{}, at};
}

}  // namespace sluice::json
