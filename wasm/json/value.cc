#include <algorithm>
#include <cstring>

#include "sluice/base/utf8.h"
#include "sluice/json/document.h"
#include "sluice/json/escape.h"

namespace sluice::json {
namespace {

uint32_t HexValue(char c) {
  if (c <= '9') return static_cast<uint32_t>(c - '0');
  return static_cast<uint32_t>((c | 0x20) - 'a' + 10);
}

// The four digits of a \u escape.
uint32_t CodeUnit(std::string_view raw, size_t at) {
  return HexValue(raw[at]) << 12 | HexValue(raw[at + 1]) << 8 | HexValue(raw[at + 2]) << 4 |
         HexValue(raw[at + 3]);
}

uint32_t SimpleEscape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return static_cast<uint32_t>(c);
  }
}

}  // namespace

uint32_t ReadEscape(std::string_view raw, size_t* at) {
  const char kind = raw[*at + 1];
  if (kind != 'u') {
    *at += 2;
    return SimpleEscape(kind);
  }
  const uint32_t unit = CodeUnit(raw, *at + 2);
  *at += 6;
  const bool high = unit >= 0xD800 && unit < 0xDC00;
  if (!high || raw.size() - *at < 6 || raw[*at] != '\\' || raw[*at + 1] != 'u') return unit;
  const uint32_t low = CodeUnit(raw, *at + 2);
  if (low < 0xDC00 || low > 0xDFFF) return unit;
  *at += 6;
  return 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kNull:
      return "null";
    case Kind::kFalse:
    case Kind::kTrue:
      return "boolean";
    case Kind::kNumber:
      return "number";
    case Kind::kString:
      return "string";
    case Kind::kArray:
      return "array";
    case Kind::kObject:
      break;
  }
  return "object";
}

std::string_view Value::string(std::string* scratch) const {
  const std::string_view raw = raw_string();
  if (!has_escapes()) return raw;
  scratch->clear();
  size_t at = 0;
  while (at < raw.size()) {
    const size_t backslash = std::min(raw.find('\\', at), raw.size());
    scratch->append(raw, at, backslash - at);
    at = backslash;
    if (at < raw.size()) AppendUtf8(ReadEscape(raw, &at), scratch);
  }
  return *scratch;
}

std::optional<std::string_view> Value::string(absl::Span<char> buffer) const {
  const std::string_view raw = raw_string();
  if (!has_escapes()) return raw;
  size_t size = 0;
  size_t at = 0;
  while (at < raw.size()) {
    const size_t run = std::min(raw.find('\\', at), raw.size()) - at;
    if (run > buffer.size() - size) return std::nullopt;
    if (run > 0) std::memcpy(buffer.data() + size, raw.data() + at, run);
    size += run;
    at += run;
    if (at == raw.size()) break;
    char bytes[4];
    const size_t length = EncodeUtf8(ReadEscape(raw, &at), bytes);
    if (length > buffer.size() - size) return std::nullopt;
    std::memcpy(buffer.data() + size, bytes, length);
    size += length;
  }
  return std::string_view(buffer.data(), size);
}

bool Value::EscapedStringEquals(std::string_view text) const {
  const std::string_view raw = raw_string();
  size_t at = 0;
  while (at < raw.size()) {
    if (raw[at] != '\\') {
      if (text.empty() || text[0] != raw[at]) return false;
      text.remove_prefix(1);
      ++at;
      continue;
    }
    char bytes[4];
    const std::string_view decoded(bytes, EncodeUtf8(ReadEscape(raw, &at), bytes));
    if (!text.starts_with(decoded)) return false;
    text.remove_prefix(decoded.size());
  }
  return text.empty();
}

Value Value::Find(std::string_view name) const {
  Value found;
  for (const Member member : Members(*this)) {
    if (member.key.StringEquals(name)) found = member.value;
  }
  return found;
}

}  // namespace sluice::json
