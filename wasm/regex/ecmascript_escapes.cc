#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/utf8.h"
#include "sluice/regex/ecmascript_parser.h"
#include "sluice/regex/unicode_property.h"

namespace sluice::regex {
namespace {

constexpr std::string_view kSyntaxCharacters = "^$\\.*+?()[]{}|/";

uint32_t DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<uint32_t>(lower - 'a' + 10) : 99;
}

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsLetter(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); }

// \t \n \v \f \r, by their letters.
std::optional<uint32_t> NamedControl(char c) {
  static constexpr std::string_view kNames = "tnvfr";
  static constexpr std::string_view kControls = "\t\n\v\f\r";
  const size_t number = kNames.find(c);
  if (number == std::string_view::npos) return std::nullopt;
  return static_cast<unsigned char>(kControls[number]);
}

bool IsHighSurrogate(uint32_t point) { return point >= kHighSurrogate && point < kLowSurrogate; }
bool IsLowSurrogate(uint32_t point) { return point >= kLowSurrogate && point < kAfterSurrogates; }

}  // namespace

absl::Status EcmaScriptParser::AtomEscape() {
  const size_t begin = position_;
  const char c = At(1);
  if (c == 'b' || c == 'B') {
    position_ += 2;
    AddNode({.kind = NodeKind::kWordBoundary,
             .negated = c == 'B',
             .offset = static_cast<uint32_t>(begin)});
    return NoQuantifier();
  }
  if (c == 'k' && (has_names_ || options_.unicode)) return NamedBackreference();
  if (c >= '1' && c <= '9' && (options_.unicode || IsBackreference())) {
    return NumberedBackreference();
  }
  CharacterSet set;
  bool is_set = false;
  SLUICE_RETURN_IF_ERROR(ClassEscape(&set, &is_set));
  if (is_set) {
    SLUICE_RETURN_IF_ERROR(AddSet(std::move(set), /*negated=*/false, /*fold_case=*/false, begin));
  } else {
    uint32_t point = 0;
    SLUICE_RETURN_IF_ERROR(CharacterEscape(/*in_class=*/false, &point));
    if (!options_.unicode) JoinSurrogates(&point);
    SLUICE_RETURN_IF_ERROR(AddCharacter(point, begin));
  }
  return Quantifier(NewestNode(), /*can_repeat=*/true);
}

bool EcmaScriptParser::IsBackreference() const {
  uint64_t number = 0;
  for (size_t i = 1; IsDigit(At(i)) && number <= capture_count_; ++i) {
    number = number * 10 + DigitOf(At(i));
  }
  return number <= capture_count_;
}

absl::Status EcmaScriptParser::NumberedBackreference() {
  if (!IsBackreference()) return Fault("a backreference to a group that doesn't exist");
  const auto begin = static_cast<uint32_t>(position_++);
  const uint32_t number = Count();
  const auto reference = static_cast<uint32_t>(out_->references.size());
  if (!options_.only_check) out_->references.push_back(number);
  AddNode({.kind = NodeKind::kBackreference,
           .value = reference,
           .value_end = reference + 1,
           .offset = begin});
  return Quantifier(NewestNode(), /*can_repeat=*/true);
}

// At a backslash: \d \D \w \W \s \S and, with flag u, \p{…} \P{…}. Nothing is read for all else.
absl::Status EcmaScriptParser::ClassEscape(CharacterSet* set, bool* is_set) {
  const char kind = At(1);
  absl::Span<const CodeRange> ranges;
  switch (kind | 0x20) {
    case 'd':
      ranges = kDigits;
      break;
    case 'w':
      ranges = kWord;
      break;
    case 's':
      ranges = kSpace;
      break;
    case 'p':
      if (!options_.unicode) return absl::OkStatus();
      *is_set = true;
      return Property(set);
    default:
      return absl::OkStatus();
  }
  *is_set = true;
  position_ += 2;
  if ((kind & 0x20) != 0) {
    set->Add(ranges);
  } else {
    set->AddComplement(ranges);
  }
  return absl::OkStatus();
}

absl::Status EcmaScriptParser::Property(CharacterSet* set) {
  const size_t begin = position_;
  const bool complement = At(1) == 'P';
  position_ += 2;
  const size_t close = pattern_.find('}', position_);
  if (!Eat("{") || close == std::string_view::npos) {
    return FaultAt(begin, "expected a Unicode property in braces after \\p, such as \\p{Letter}");
  }
  const std::string_view expression = pattern_.substr(position_, close - position_);
  if (!IsUnicodeProperty(expression)) {
    return Fault(absl::StrCat("\\p{", expression,
                              "} is no Unicode property of ECMA-262; such as Letter, Lu, "
                              "Script=Greek, Alphabetic are (case matters)"));
  }
  position_ = close + 1;
  if (options_.only_check) return absl::OkStatus();
  const CharacterSet property = UnicodeProperty(expression);
  ranges_ += property.ranges().size();
  if (ranges_ > kMaxSetRanges) {
    return OverBudget(Budget::kMemory, "its character classes are too large together", begin);
  }
  if (complement) {
    set->AddComplement(property.ranges());
  } else {
    set->Add(property.ranges());
  }
  return absl::OkStatus();
}

// At a backslash that starts a single character.
absl::Status EcmaScriptParser::CharacterEscape(bool in_class, uint32_t* point) {
  ++position_;
  if (AtEnd()) return Fault("expected a character after the backslash at the end");
  const char c = At(0);
  if (const std::optional<uint32_t> control = NamedControl(c); control.has_value()) {
    *point = *control;
  } else if (c == 'b' && in_class) {
    *point = '\b';
  } else if (options_.unicode) {
    return StrictEscape(in_class, point);
  } else {
    LooseEscape(in_class, point);
    return absl::OkStatus();
  }
  ++position_;
  return absl::OkStatus();
}

// After the backslash, as flag u wants it.
absl::Status EcmaScriptParser::StrictEscape(bool in_class, uint32_t* point) {
  const size_t begin = position_ - 1;
  const char c = At(0);
  if (c == 'u') return UnicodeEscape(point);
  if (c == 'c' && IsLetter(At(1))) {
    *point = static_cast<uint32_t>(At(1)) & 31;
    position_ += 2;
    return absl::OkStatus();
  }
  if (c == 'x') {
    const std::optional<uint32_t> value = Hexadecimal(2);
    if (!value.has_value()) return FaultAt(begin, "expected two hexadecimal digits after \\x");
    *point = *value;
  } else if (c == '0' && !IsDigit(At(1))) {
    *point = 0;
  } else if (kSyntaxCharacters.find(c) != std::string_view::npos ||
             ((in_class || options_.i_regexp) && c == '-')) {
    *point = static_cast<unsigned char>(c);
  } else if (options_.lenient && !IsLetter(c) && !IsDigit(c)) {
    *point = NextCodePoint(pattern_, &position_);
    return absl::OkStatus();
  } else {
    return FaultAt(begin, in_class ? "an unknown escape; of characters that stand for themselves "
                                     "only ^$\\.*+?()[]{}|/- may be escaped in a class"
                                   : "an unknown escape; of characters that stand for themselves "
                                     "only ^$\\.*+?()[]{}|/ may be escaped");
  }
  ++position_;
  return absl::OkStatus();
}

// At the u of \uXXXX, of a pair of them or of \u{X…}.
absl::Status EcmaScriptParser::UnicodeEscape(uint32_t* point) {
  const size_t begin = position_ - 1;
  if (At(1) == '{') {
    position_ += 2;
    const size_t digits = position_;
    *point = 0;
    for (; DigitOf(At(0)) < 16 && *point <= kLastCodePoint; ++position_) {
      *point = *point * 16 + DigitOf(At(0));
    }
    if (position_ == digits || *point > kLastCodePoint || !Eat("}")) {
      return FaultAt(begin, "expected a code point up to 10FFFF in the braces after \\u");
    }
    return absl::OkStatus();
  }
  const std::optional<uint32_t> value = Hexadecimal(4);
  if (!value.has_value()) return FaultAt(begin, "expected four hexadecimal digits after \\u");
  ++position_;
  *point = *value;
  JoinSurrogates(point);
  return absl::OkStatus();
}

// After a high surrogate: takes the escape of a low one that follows.
void EcmaScriptParser::JoinSurrogates(uint32_t* point) {
  if (!IsHighSurrogate(*point) || !Follows("\\u")) return;
  const size_t before = position_++;
  const std::optional<uint32_t> low = Hexadecimal(4);
  if (!low.has_value() || !IsLowSurrogate(*low)) {
    position_ = before;
    return;
  }
  ++position_;
  *point = 0x10000 + ((*point - kHighSurrogate) << 10) + (*low - kLowSurrogate);
}

// After the backslash, as Annex B takes it: what is no escape stands for itself.
void EcmaScriptParser::LooseEscape(bool in_class, uint32_t* point) {
  const char c = At(0);
  if (c == 'c') {
    *point = Control(in_class);
  } else if (c >= '0' && c <= '7') {
    *point = Octal();
  } else if (c == 'x' || c == 'u') {
    *point = Hexadecimal(c == 'x' ? 2 : 4).value_or(static_cast<uint32_t>(c));
    ++position_;
  } else {
    *point = NextCodePoint(pattern_, &position_);
  }
}

// \cA is U+0001; what is no control letter leaves the backslash as text.
uint32_t EcmaScriptParser::Control(bool in_class) {
  const char letter = At(1);
  const bool fits = IsLetter(letter) || (in_class && (letter == '_' || IsDigit(letter)));
  if (!fits) return '\\';
  position_ += 2;
  return static_cast<uint32_t>(letter) & 31;
}

uint32_t EcmaScriptParser::Octal() {
  uint32_t value = 0;
  for (int digits = 0; digits < 3 && At(0) >= '0' && At(0) <= '7'; ++digits) {
    const uint32_t next = value * 8 + DigitOf(At(0));
    if (next > 0xFF) break;
    value = next;
    ++position_;
  }
  return value;
}

// At x or u; leaves the last digit to read.
std::optional<uint32_t> EcmaScriptParser::Hexadecimal(size_t digits) {
  uint32_t value = 0;
  for (size_t i = 1; i <= digits; ++i) {
    if (DigitOf(At(i)) > 15) return std::nullopt;
    value = value * 16 + DigitOf(At(i));
  }
  position_ += digits;
  return value;
}

absl::Status EcmaScriptParser::Class() {
  const size_t begin = position_++;
  const bool negated = Eat("^");
  CharacterSet set;
  while (!Follows("]")) {
    if (AtEnd()) return Fault("expected ] to close a character class");
    SLUICE_RETURN_IF_ERROR(ClassItem(&set));
  }
  ++position_;
  return AddSet(std::move(set), negated, /*fold_case=*/true, begin);
}

absl::Status EcmaScriptParser::ClassItem(CharacterSet* set) {
  bool first_is_set = false;
  uint32_t first = 0;
  SLUICE_RETURN_IF_ERROR(ClassAtom(set, &first_is_set, &first));
  uint32_t last = first;
  bool last_is_set = false;
  if (At(0) == '-' && position_ + 1 < pattern_.size() && At(1) != ']') {
    ++position_;
    SLUICE_RETURN_IF_ERROR(ClassAtom(set, &last_is_set, &last));
    if (first_is_set || last_is_set) {
      if (options_.unicode && !options_.lenient) {
        return Fault(
            "a range in a character class goes from one character to another; a - that "
            "is text stands first, last or is escaped");
      }
      // To Annex B all three stand for themselves.
      set->Add('-', '-');
      if (first_is_set) first = last;
      if (last_is_set) last = first;
    } else if (last < first) {
      return Fault("a range in a character class that is out of order");
    }
  }
  if (!options_.only_check && !(first_is_set && last_is_set)) set->Add(first, last);
  return absl::OkStatus();
}

// A character, or a class escape, which is added to the set.
absl::Status EcmaScriptParser::ClassAtom(CharacterSet* set, bool* is_set, uint32_t* point) {
  if (At(0) != '\\') {
    *point = NextCodePoint(pattern_, &position_);
    return absl::OkStatus();
  }
  SLUICE_RETURN_IF_ERROR(ClassEscape(set, is_set));
  return *is_set ? absl::OkStatus() : CharacterEscape(/*in_class=*/true, point);
}

}  // namespace sluice::regex
