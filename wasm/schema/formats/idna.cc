#include "sluice/schema/formats/idna.h"

#include <algorithm>
#include <array>

#include "absl/strings/ascii.h"
#include "absl/types/span.h"
#include "sluice/base/utf8.h"
#include "sluice/schema/formats/idna_table.h"

namespace sluice::schema::idna {
namespace {

constexpr size_t kAcePrefixBytes = 4;  // "xn--"

// Letters, digits and the hyphen.
bool IsLdh(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-'; }

bool IsAscii(const Label& label) {
  return std::all_of(label.begin(), label.end(), [](uint32_t point) { return point < 0x80; });
}

bool HasReservedHyphens(std::string_view label) {
  return label.size() >= 4 && label.substr(2, 2) == "--";
}

bool HasAcePrefix(std::string_view label) {
  return HasReservedHyphens(label) && (label[0] | 0x20) == 'x' && (label[1] | 0x20) == 'n';
}

// The code points of a label that was found to have one at least, and what they are.
struct Characters {
  explicit Characters(const Label& from) : label(from) {
    for (size_t i = 0; i < label.size; ++i) table[i] = PropertiesOf(label.points[i]);
  }
  size_t size() const { return label.size; }
  absl::Span<const Properties> properties() const { return {table.data(), label.size}; }

  const Label& label;
  std::array<Properties, kMaxLabelBytes> table;
};

bool Contains(const Label& label, uint32_t first, uint32_t last) {
  return std::any_of(label.begin(), label.end(),
                     [=](uint32_t point) { return point >= first && point <= last; });
}

// The contextual rules of RFC 5892, appendix A, for the character at `i`.

// A.1, the second half: between two characters that join to it, but for transparent ones.
bool IsBetweenJoining(const Characters& text, size_t i) {
  size_t before = i;
  while (before > 0 && text.table[before - 1].joining == Joining::kTransparent) --before;
  if (before == 0) return false;
  const Joining left = text.table[before - 1].joining;
  size_t after = i + 1;
  while (after < text.size() && text.table[after].joining == Joining::kTransparent) ++after;
  if (after == text.size()) return false;
  const Joining right = text.table[after].joining;
  return (left == Joining::kLeft || left == Joining::kDual) &&
         (right == Joining::kRight || right == Joining::kDual);
}

bool KeepsContext(const Characters& text, size_t i) {
  const uint32_t point = text.label.points[i];
  const Properties before = i != 0 ? text.table[i - 1] : Properties{};
  const Properties after = i + 1 < text.size() ? text.table[i + 1] : Properties{};
  switch (point) {
    case 0x200C:  // A.1, zero width non-joiner
      return before.virama || IsBetweenJoining(text, i);
    case 0x200D:  // A.2, zero width joiner
      return before.virama;
    case 0x00B7:  // A.3, middle dot
      return i != 0 && text.label.points[i - 1] == 'l' && i + 1 < text.size() &&
             text.label.points[i + 1] == 'l';
    case 0x0375:  // A.4, Greek keraia
      return after.script == Script::kGreek;
    case 0x05F3:  // A.5 and A.6, Hebrew geresh and gershayim
    case 0x05F4:
      return before.script == Script::kHebrew;
    case 0x30FB:  // A.7, Katakana middle dot
      return std::any_of(text.properties().begin(), text.properties().end(),
                         [](const Properties& other) { return other.script == Script::kJapanese; });
    default:  // A.8 and A.9, Arabic-Indic digits and extended ones
      return point < 0x06F0 ? !Contains(text.label, 0x06F0, 0x06F9)
                            : !Contains(text.label, 0x0660, 0x0669);
  }
}

// RFC 5891, section 4.2.3 (and so 5.4), but for the bidirectional rule.
bool IsULabel(const Characters& text) {
  const auto& points = text.label.points;
  if (points[0] == '-' || points[text.size() - 1] == '-' || text.table[0].mark) return false;
  if (text.size() >= 4 && points[2] == '-' && points[3] == '-') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const Status status = text.table[i].status;
    if (status == Status::kDisallowed) return false;
    if (status != Status::kValid && !KeepsContext(text, i)) return false;
  }
  return true;
}

bool HasBidi(const Characters& text, Bidi bidi) {
  return std::any_of(text.properties().begin(), text.properties().end(),
                     [=](const Properties& other) { return other.bidi == bidi; });
}

// RFC 5893, section 1.4: an "RTL label".
bool IsRightToLeft(const Characters& text) {
  return HasBidi(text, Bidi::kRight) || HasBidi(text, Bidi::kArabicNumber);
}

// RFC 5893, section 2.
bool KeepsBidiRule(const Characters& text) {
  size_t size = text.size();
  while (size > 0 && text.table[size - 1].bidi == Bidi::kNonspacing) --size;
  if (size == 0) return false;
  const Bidi last = text.table[size - 1].bidi;
  if (text.table[0].bidi == Bidi::kRight) {
    const bool both_numbers =
        HasBidi(text, Bidi::kEuropeanNumber) && HasBidi(text, Bidi::kArabicNumber);
    return !HasBidi(text, Bidi::kLeft) && !both_numbers && last != Bidi::kNeutral;
  }
  return text.table[0].bidi == Bidi::kLeft && !IsRightToLeft(text) &&
         (last == Bidi::kLeft || last == Bidi::kEuropeanNumber);
}

bool IsDot(uint32_t point, bool ideographic_dots) {
  return point == '.' ||
         (ideographic_dots && (point == 0x3002 || point == 0xFF0E || point == 0xFF61));
}

// What an A-label stands for. False if it isn't what that is encoded as, or stands for ASCII.
bool DecodeALabel(std::string_view label, Label* decoded) {
  std::array<char, kMaxLabelBytes> code;
  const std::string_view digits = label.substr(kAcePrefixBytes);
  std::transform(digits.begin(), digits.end(), code.begin(),
                 [](char c) { return absl::ascii_tolower(static_cast<unsigned char>(c)); });
  const std::string_view text(code.data(), digits.size());
  Punycode again;
  return DecodePunycode(text, decoded) && !IsAscii(*decoded) && EncodePunycode(*decoded, &again) &&
         again.view() == text;
}

// Takes the label at `*position`, which ends at a dot or with the text. False if it is too long.
bool TakeLabel(std::string_view text, bool ideographic_dots, size_t* position, Label* label) {
  label->size = 0;
  for (size_t next = *position; next < text.size(); *position = next) {
    const uint32_t point = NextCodePoint(text, &next);
    if (IsDot(point, ideographic_dots)) return true;
    if (!label->Append(point)) return false;
  }
  return true;
}

}  // namespace

bool DomainName::AddAscii(std::string_view label) {
  if (label.empty() || label.size() > kMaxLabelBytes) return false;
  if (label.starts_with('-') || label.ends_with('-')) return false;
  if (rules_.verify_a_labels && HasAcePrefix(label)) {
    Label decoded;
    return DecodeALabel(label, &decoded) && AddCharacters(decoded) && AddBytes(label.size());
  }
  if (!rules_.allow_reserved && HasReservedHyphens(label)) return false;
  // Letters, digits and hyphens keep the bidirectional rule if a letter comes first.
  fits_bidi_ = fits_bidi_ && absl::ascii_isalpha(static_cast<unsigned char>(label[0]));
  return AddBytes(label.size());
}

bool DomainName::AddUnicode(const Label& label) {
  Punycode code;
  return AddCharacters(label) && EncodePunycode(label, &code) &&
         AddBytes(kAcePrefixBytes + code.size);
}

bool DomainName::AddCharacters(const Label& label) {
  const Characters text(label);
  if (!IsULabel(text)) return false;
  is_bidi_ = is_bidi_ || IsRightToLeft(text);
  fits_bidi_ = fits_bidi_ && KeepsBidiRule(text);
  return true;
}

bool DomainName::AddBytes(size_t bytes) {
  bytes_ += bytes + 1;
  return bytes_ <= kMaxBytes + 1;
}

bool IsDomainName(std::string_view text, DomainName::Rules rules, bool ideographic_dots) {
  DomainName name(rules);
  for (size_t start = 0;;) {
    size_t end = start;
    while (end < text.size() && end - start <= kMaxLabelBytes && IsLdh(text[end])) ++end;
    bool ascii = end == text.size() || text[end] == '.';
    Label label;
    if (!ascii) {
      if (!rules.unicode || static_cast<uint8_t>(text[end]) < 0x80) return false;
      end = start;
      if (!TakeLabel(text, ideographic_dots, &end, &label)) return false;
      ascii = IsAscii(label);  // it was the dot that isn't
    }
    if (!(ascii ? name.AddAscii(text.substr(start, end - start)) : name.AddUnicode(label))) {
      return false;
    }
    if (end == text.size()) return name.IsComplete();
    NextCodePoint(text, &end);
    start = end;
  }
}

}  // namespace sluice::schema::idna
