#include "sluice/schema/words.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

constexpr size_t kMaxBytes = 64;
constexpr size_t kMaxShortBytes = 32;  // arrays and objects, too

struct Named {
  KindSet kind;
  std::string_view name;
};
constexpr Named kKinds[] = {{kStrings, "a string"},
                            {kNumbers, "a number"},
                            {kBooleans, "a boolean"},
                            {kArrays, "an array"},
                            {kObjects, "an object"}};

// By Format.
constexpr std::string_view kFormats[] = {
    "a date like 2026-02-28",
    "a date and time like 2026-02-28T12:30:00Z",
    "a time like 12:30:00Z",
    "a duration like P1DT12H",
    "an email address",
    "an email address",
    "a host name",
    "a host name",
    "an IPv4 address like 192.0.2.1",
    "an IPv6 address like 2001:db8::1",
    "an absolute URI like https://example.com/a",
    "a URI reference like /a?b=c",
    "an absolute IRI like https://example.com/ä",
    "an IRI reference like /ä?b=c",
    "a URI template like /users/{id}",
    "a JSON Pointer like /a/0",
    "a relative JSON Pointer like 1/a",
    "a UUID like 123e4567-e89b-12d3-a456-426614174000",
    "a regular expression of JavaScript",
};
static_assert(std::size(kFormats) == static_cast<size_t>(Format::kRegex) + 1);

// A prefix of at most kMaxBytes that ends at a character's end.
std::string_view Prefix(std::string_view text) {
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

bool IsOneLine(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\n' || c == '\r' || c == '\t'; });
}

}  // namespace

std::string_view Words::Cat(absl::Span<const std::string_view> parts) {
  const size_t begin = block_.size();
  if (begin == 0 && !block_.Reserve(kBytes)) return "";
  for (const std::string_view part : parts) block_.Append(part);
  return block_.text().substr(begin);
}

std::string_view Words::Number(size_t number) { return Cat({absl::AlphaNum(number).Piece()}); }

std::string_view Words::Cut(std::string_view text) {
  return text.size() <= kMaxBytes ? text : Cat({Prefix(text), "…"});
}

std::string_view Words::Quoted(std::string_view text) {
  const bool fits = text.size() <= kMaxBytes;
  return Cat({"\"", fits ? text : Prefix(text), fits ? "\"" : "…\""});
}

std::string_view Words::Count(size_t number, std::string_view noun) {
  const std::string_view digits = Number(number);
  if (number == 1) return Cat({digits, " ", noun});
  if (noun.back() != 'y') return Cat({digits, " ", noun, "s"});
  noun.remove_suffix(1);
  return Cat({digits, " ", noun, "ies"});
}

std::string_view Words::AllowedText(Value value) {
  const bool container = value.is(Kind::kArray) || value.is(Kind::kObject);
  return container && IsOneLine(value.raw()) ? Cut(value.raw()) : ValueText(value);
}

std::string_view Words::ValueText(Value value) {
  const std::string_view raw = value.raw();
  if (raw.size() <= kMaxShortBytes && IsOneLine(raw)) return raw;
  switch (value.kind()) {
    case Kind::kArray:
      if (value.size() == 0) return "an empty array";
      return Cat({"an array of ", Count(value.size(), "element")});
    case Kind::kObject:
      if (value.size() == 0) return "an empty object";
      return Cat({"an object of ", Count(value.size(), "property")});
    case Kind::kString:
      return raw.size() <= kMaxBytes ? raw : Cat({Prefix(raw), "…\""});
    default:
      return Cut(raw);
  }
}

std::string_view Words::ValuePhrase(Value value) {
  switch (value.kind()) {
    case Kind::kArray:
      return value.size() == 0 ? "an empty array" : "an array";
    case Kind::kObject:
      return value.size() == 0 ? "an empty object" : "an object";
    case Kind::kString:
      return Cat({"the string ", ValueText(value)});
    case Kind::kNumber:
      return Cat({"the number ", ValueText(value)});
    default:
      return value.raw();
  }
}

std::string_view Words::KindPhrase(KindSet kinds, bool integer) {
  WordList list(*this);
  for (const Named& named : kKinds) {
    if ((kinds & named.kind) == 0) continue;
    const bool whole = (kinds & named.kind) == named.kind;
    if (named.kind == kNumbers && integer) {
      list.Add("an integer");
    } else if (!whole) {
      list.Add((kinds & KindBit(Kind::kTrue)) != 0 ? "true" : "false");
    } else {
      list.Add(named.name);
    }
  }
  if ((kinds & KindBit(Kind::kNull)) != 0) list.Add("null");
  return list.Text();
}

std::string_view Words::ActualKind(Value value) {
  const KindSet kind = KindBit(value.kind());
  return KindPhrase((kind & kBooleans) != 0 ? kBooleans : kind, false);
}

void WordList::Add(std::string_view word) {
  for (size_t i = 0; i < std::min(count_, kMaxWords); ++i) {
    if (list_[i] == word) return;
  }
  if (count_ < kMaxWords) list_[count_] = word;
  ++count_;
}

std::string_view WordList::Text() const {
  if (count_ < 2) return list_[0];
  const bool cut = count_ > kMaxWords;
  const size_t size = std::min(count_, kMaxWords);
  std::array<std::string_view, 2 * kMaxWords> parts;
  for (size_t i = 0; i < size; ++i) {
    parts[2 * i] = list_[i];
    parts[2 * i + 1] = i + 2 < size || cut ? ", " : i + 2 == size ? last_joint_ : "";
  }
  if (cut) parts[2 * size - 1] = ", …";
  return words_.Cat(absl::MakeConstSpan(parts.data(), 2 * size));
}

std::string_view FormatPhrase(Format format) { return kFormats[static_cast<size_t>(format)]; }

}  // namespace sluice::schema
