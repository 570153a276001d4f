#include "sluice/json/writer.h"

#include <cmath>

#include "sluice/json/double_text.h"

namespace sluice::json {
namespace {

// Space for 20 digits and a sign.
struct IntegerText {
  char bytes[21];
  std::string_view view;
};

void FormatInteger(uint64_t magnitude, bool negative, IntegerText& text) {
  char* const end = text.bytes + sizeof(text.bytes);
  char* begin = end;
  do {
    *--begin = static_cast<char>('0' + magnitude % 10);
    magnitude /= 10;
  } while (magnitude != 0);
  if (negative) *--begin = '-';
  text.view = {begin, static_cast<size_t>(end - begin)};
}

bool NeedsEscape(char c) { return static_cast<uint8_t>(c) < 0x20 || c == '"' || c == '\\'; }

void AppendEscape(char c, OutputBuffer& out) {
  switch (c) {
    case '"':
      return out.Append("\\\"");
    case '\\':
      return out.Append("\\\\");
    case '\b':
      return out.Append("\\b");
    case '\f':
      return out.Append("\\f");
    case '\n':
      return out.Append("\\n");
    case '\r':
      return out.Append("\\r");
    case '\t':
      return out.Append("\\t");
    default:
      break;
  }
  constexpr std::string_view kHex = "0123456789abcdef";
  const uint8_t byte = static_cast<uint8_t>(c);
  const char escape[] = {'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]};
  out.Append(std::string_view(escape, sizeof(escape)));
}

}  // namespace

void AppendJsonString(std::string_view utf8, OutputBuffer& out) {
  out.Append('"');
  size_t plain = 0;  // what is before it has been written
  for (size_t i = 0; i < utf8.size(); ++i) {
    if (!NeedsEscape(utf8[i])) continue;
    out.Append(utf8.substr(plain, i - plain));
    AppendEscape(utf8[i], out);
    plain = i + 1;
  }
  out.Append(utf8.substr(plain));
  out.Append('"');
}

void Writer::Separate() {
  if (needs_comma_) out_.Append(',');
  needs_comma_ = true;
}

void Writer::BeginObject() {
  Separate();
  out_.Append('{');
  needs_comma_ = false;
}

void Writer::EndObject() {
  out_.Append('}');
  needs_comma_ = true;
}

void Writer::BeginArray() {
  Separate();
  out_.Append('[');
  needs_comma_ = false;
}

void Writer::EndArray() {
  out_.Append(']');
  needs_comma_ = true;
}

void Writer::Key(std::string_view name) {
  Separate();
  AppendJsonString(name, out_);
  out_.Append(':');
  needs_comma_ = false;
}

void Writer::RawKey(std::string_view json_string) {
  Separate();
  out_.Append(json_string);
  out_.Append(':');
  needs_comma_ = false;
}

void Writer::String(std::string_view utf8) {
  Separate();
  AppendJsonString(utf8, out_);
}

void Writer::Raw(std::string_view json) {
  Separate();
  out_.Append(json);
}

void Writer::Int(int64_t value) {
  const bool negative = value < 0;
  const uint64_t bits = static_cast<uint64_t>(value);
  IntegerText text;
  FormatInteger(negative ? 0 - bits : bits, negative, text);
  Raw(text.view);
}

void Writer::Uint(uint64_t value) {
  IntegerText text;
  FormatInteger(value, false, text);
  Raw(text.view);
}

void Writer::Double(double value) {
  if (!std::isfinite(value)) return Null();
  DoubleText text;
  FormatDouble(value, text);
  Raw(text.view);
}

void Writer::Bool(bool value) { Raw(value ? "true" : "false"); }

void Writer::Null() { Raw("null"); }

}  // namespace sluice::json
