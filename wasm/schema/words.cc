#include "sluice/schema/words.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

constexpr size_t kMaxBytes = 64;
constexpr size_t kMaxShortBytes = 32;  // arrays and objects, too
constexpr size_t kMaxWords = 10;

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

}  // namespace

std::string Cut(std::string_view text) {
  if (text.size() <= kMaxBytes) return std::string(text);
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "…");
}

std::string Count(uint32_t number, std::string_view noun) {
  if (number == 1) return absl::StrCat("1 ", noun);
  if (noun.back() == 'y') {
    noun.remove_suffix(1);
    return absl::StrCat(number, " ", noun, "ies");
  }
  return absl::StrCat(number, " ", noun, "s");
}

std::string AllowedText(Value value) {
  const bool one_line = value.raw().find_first_of("\n\r\t") == std::string_view::npos;
  const bool container = value.is(Kind::kArray) || value.is(Kind::kObject);
  return container && one_line ? Cut(value.raw()) : ValueText(value);
}

std::string ValueText(Value value) {
  const bool is_short = value.raw().size() <= kMaxShortBytes &&
                        value.raw().find_first_of("\n\r\t") == std::string_view::npos;
  if (is_short) return std::string(value.raw());
  switch (value.kind()) {
    case Kind::kArray:
      if (value.size() == 0) return "an empty array";
      return absl::StrCat("an array of ", Count(value.size(), "element"));
    case Kind::kObject:
      if (value.size() == 0) return "an empty object";
      return absl::StrCat("an object of ", Count(value.size(), "property"));
    case Kind::kString: {
      const std::string text = Cut(value.raw());
      return text.size() == value.raw().size() ? text : absl::StrCat(text, "\"");
    }
    default:
      return Cut(value.raw());
  }
}

std::string ValuePhrase(Value value) {
  switch (value.kind()) {
    case Kind::kArray:
      return value.size() == 0 ? "an empty array" : "an array";
    case Kind::kObject:
      return value.size() == 0 ? "an empty object" : "an object";
    case Kind::kString:
      return absl::StrCat("the string ", ValueText(value));
    case Kind::kNumber:
      return absl::StrCat("the number ", ValueText(value));
    default:
      return std::string(value.raw());
  }
}

std::string KindPhrase(KindSet kinds, bool integer) {
  WordList list;
  for (const Named& named : kKinds) {
    if ((kinds & named.kind) == 0) continue;
    const bool whole = (kinds & named.kind) == named.kind;
    if (named.kind == kNumbers && integer) {
      list.Add("an integer");
    } else if (!whole) {
      list.Add((kinds & KindBit(Kind::kTrue)) != 0 ? "true" : "false");
    } else {
      list.Add(std::string(named.name));
    }
  }
  if ((kinds & KindBit(Kind::kNull)) != 0) list.Add("null");
  return list.Text();
}

std::string ActualKind(Value value) {
  const KindSet kind = KindBit(value.kind());
  return KindPhrase((kind & kBooleans) != 0 ? kBooleans : kind, false);
}

void WordList::Add(std::string word) {
  if (++count_ > kMaxWords) {
    cut_ = true;
    return;
  }
  if (!last_.empty()) absl::StrAppend(&text_, text_.empty() ? "" : ", ", last_);
  last_ = std::move(word);
}

std::string WordList::Text() const {
  if (text_.empty()) return last_;
  if (cut_) return absl::StrCat(text_, ", ", last_, ", …");
  return absl::StrCat(text_, last_joint_, last_);
}

std::string_view FormatPhrase(Format format) { return kFormats[static_cast<size_t>(format)]; }

}  // namespace sluice::schema
