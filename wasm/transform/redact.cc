#include "sluice/transform/redact.h"

#include <array>
#include <cstddef>

#include "sluice/base/utf8.h"
#include "sluice/json/writer.h"

namespace sluice::transform {
namespace {

constexpr size_t kHashBytes = 16;

uint32_t HexValue(char c) {
  return static_cast<uint32_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
}

uint32_t CodeUnit(std::string_view raw, size_t at) {
  return HexValue(raw[at]) << 12 | HexValue(raw[at + 1]) << 8 | HexValue(raw[at + 2]) << 4 |
         HexValue(raw[at + 3]);
}

// The code point of the escape whose backslash is at `*at`; moves on.
uint32_t NextEscape(std::string_view raw, size_t* at) {
  constexpr std::string_view kLetters = "bfnrt";
  constexpr std::string_view kMeanings = "\b\f\n\r\t";
  const char kind = raw[*at + 1];
  if (kind != 'u') {
    *at += 2;
    const size_t letter = kLetters.find(kind);
    return static_cast<uint32_t>(letter == std::string_view::npos ? kind : kMeanings[letter]);
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

// The next character of a string's raw text.
uint32_t NextCharacter(std::string_view raw, size_t* at) {
  return raw[*at] == '\\' ? NextEscape(raw, at) : NextCodePoint(raw, at);
}

bool IsContinuation(char c) { return (static_cast<uint8_t>(c) & 0xC0u) == 0x80; }

// Where the last `wanted` characters of `text` begin, which has no escapes; `*found` is how many
// there are, if fewer.
size_t BeginOfLast(std::string_view text, uint32_t wanted, uint32_t* found) {
  size_t at = text.size();
  for (*found = 0; *found < wanted && at > 0; ++*found) {
    do {
      --at;
    } while (at > 0 && IsContinuation(text[at]));
  }
  return at;
}

void AppendWithSuffix(std::string_view json_string, std::string_view suffix, OutputBuffer& out) {
  out.Append(json_string.substr(0, json_string.size() - 1));
  out.Append(suffix);
  out.Append('"');
}

// Text without escapes needs none.
void KeepLastPlain(std::string_view hidden, std::string_view text, uint32_t count,
                   OutputBuffer& out) {
  uint32_t shown = 0;
  uint32_t before = 0;
  const size_t begin = BeginOfLast(text, count, &shown);
  BeginOfLast(text.substr(0, begin), count, &before);
  const bool enough = shown == count && before == count;
  AppendWithSuffix(hidden, enough ? text.substr(begin) : std::string_view(), out);
}

// Escapes can only be told from what looks like them from the front.
void KeepLastEscaped(std::string_view hidden, std::string_view raw, uint32_t count,
                     OutputBuffer& out) {
  std::array<size_t, kMaxKeepLast> begins;  // of the last characters
  size_t characters = 0;
  for (size_t at = 0; at < raw.size(); ++characters) {
    begins[characters % count] = at;
    NextCharacter(raw, &at);
  }
  const bool enough = characters >= size_t{2} * count;
  // What is shown stays as it was written, escapes and all.
  AppendWithSuffix(hidden, enough ? raw.substr(begins[characters % count]) : std::string_view(),
                   out);
}

void KeepLast(std::string_view hidden, json::Value value, uint32_t count, OutputBuffer& out) {
  if (value.is(json::Kind::kNumber)) {
    KeepLastPlain(hidden, value.raw(), count, out);
  } else if (!value.is(json::Kind::kString)) {
    out.Append(hidden);
  } else if (value.has_escapes()) {
    KeepLastEscaped(hidden, value.raw_string(), count, out);
  } else {
    KeepLastPlain(hidden, value.raw_string(), count, out);
  }
}

void UpdateWithDecoded(std::string_view raw, HmacSha256& hash) {
  std::array<char, 256> buffer;
  size_t size = 0;
  for (size_t at = 0; at < raw.size();) {
    if (buffer.size() - size < 4) {
      hash.Update({buffer.data(), size});
      size = 0;
    }
    size += EncodeUtf8(NextCharacter(raw, &at), buffer.data() + size);
  }
  hash.Update({buffer.data(), size});
}

void Hash(const HmacSha256& keyed, json::Value value, OutputBuffer& out) {
  constexpr char kDigits[] = "0123456789abcdef";
  HmacSha256 hash = keyed;
  if (!value.is(json::Kind::kString)) {
    hash.Update(value.raw());
  } else if (value.has_escapes()) {
    UpdateWithDecoded(value.raw_string(), hash);
  } else {
    hash.Update(value.raw_string());
  }
  const Sha256::Digest digest = hash.Finish();
  std::array<char, 2 * kHashBytes + 2> text;
  text.front() = '"';
  text.back() = '"';
  for (size_t i = 0; i < kHashBytes; ++i) {
    text[1 + 2 * i] = kDigits[digest[i] >> 4];
    text[2 + 2 * i] = kDigits[digest[i] & 15];
  }
  out.Append({text.data(), text.size()});
}

}  // namespace

void AppendRedacted(const PassTables& tables, uint32_t redaction, json::Value value,
                    absl::Span<const HmacSha256> secrets, OutputBuffer& out) {
  const Redaction& how = tables.redactions[redaction];
  switch (how.mode) {
    case Redaction::Mode::kText:
      out.Append(how.text.In(tables.text));
      return;
    case Redaction::Mode::kKeepLast:
      KeepLast(how.text.In(tables.text), value, how.number, out);
      return;
    case Redaction::Mode::kHash:
      Hash(secrets[how.number], value, out);
      return;
  }
}

}  // namespace sluice::transform
