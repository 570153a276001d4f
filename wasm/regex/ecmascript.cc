#include "sluice/regex/ecmascript.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"

namespace sluice::regex {
namespace {

constexpr int kMaxNesting = 100;
constexpr uint32_t kMaxRepeat = 1000;
constexpr uint32_t kLastCodePoint = 0x10FFFF;
constexpr uint32_t kHighSurrogate = 0xD800;
constexpr uint32_t kLowSurrogate = 0xDC00;
constexpr uint32_t kAfterSurrogates = 0xE000;

struct CodeRange {
  uint32_t first;
  uint32_t last;
};

constexpr std::array<CodeRange, 1> kDigits = {{{'0', '9'}}};
constexpr std::array<CodeRange, 4> kWord = {{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}};
// WhiteSpace and LineTerminator.
constexpr std::array<CodeRange, 10> kSpace = {{{9, 13},
                                               {' ', ' '},
                                               {0xA0, 0xA0},
                                               {0x1680, 0x1680},
                                               {0x2000, 0x200A},
                                               {0x2028, 0x2029},
                                               {0x202F, 0x202F},
                                               {0x205F, 0x205F},
                                               {0x3000, 0x3000},
                                               {0xFEFF, 0xFEFF}}};
constexpr std::array<CodeRange, 3> kLineTerminators = {
    {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};

// A set of code points, as RE2 writes it.
class CharacterSet {
 public:
  void Add(uint32_t first, uint32_t last) { ranges_.push_back({first, last}); }
  void Add(absl::Span<const CodeRange> ranges) {
    ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  }
  // `ranges` are in order and apart.
  void AddComplement(absl::Span<const CodeRange> ranges) {
    uint32_t next = 0;
    for (const CodeRange& range : ranges) {
      if (range.first > next) Add(next, range.first - 1);
      next = range.last + 1;
    }
    if (next <= kLastCodePoint) Add(next, kLastCodePoint);
  }
  // JavaScript never takes a letter that isn't ASCII for one that is (as K, the Kelvin sign), RE2
  // does: ASCII is folded here, the rest by RE2.
  void FoldAscii() {
    const size_t count = ranges_.size();
    for (size_t i = 0; i < count; ++i) {
      AddShifted(ranges_[i], 'A', 'Z', 32);
      AddShifted(ranges_[i], 'a', 'z', -32);
    }
  }

  void Append(bool negated, bool ignore_case, std::string* out) {
    Normalize();
    if (ignore_case) {
      FoldAscii();
      Normalize();
    }
    if (!ignore_case || ranges_.empty() || ranges_.back().last < 0x80) {
      if (negated) Complement();
      AppendRanges("[", 0, kLastCodePoint, out);
    } else if (negated) {
      out->append("(?i:");
      AppendRanges("[^", 0, kLastCodePoint, out);
      out->push_back(')');
    } else {
      out->append("(?:");
      AppendRanges("[", 0, 0x7F, out);
      out->append("|(?i:");
      AppendRanges("[", 0x80, kLastCodePoint, out);
      out->append("))");
    }
  }

 private:
  void AddShifted(CodeRange range, uint32_t first, uint32_t last, int32_t delta) {
    const uint32_t begin = std::max(range.first, first);
    const uint32_t end = std::min(range.last, last);
    if (begin > end) return;
    Add(begin + static_cast<uint32_t>(delta), end + static_cast<uint32_t>(delta));
  }

  void Normalize() {
    Sort(ranges_.begin(), ranges_.end(),
         [](const CodeRange& x, const CodeRange& y) { return x.first < y.first; });
    size_t kept = 0;
    for (const CodeRange& range : ranges_) {
      if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
        ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
      } else {
        ranges_[kept++] = range;
      }
    }
    ranges_.resize(kept);
  }

  void Complement() {
    const std::vector<CodeRange> ranges = std::move(ranges_);
    ranges_.clear();
    AddComplement(ranges);
  }

  // What of the set lies in [at_least, at_most]; RE2's text has no surrogates.
  void AppendRanges(std::string_view open, uint32_t at_least, uint32_t at_most,
                    std::string* out) const {
    const size_t begin = out->size();
    out->append(open);
    for (const CodeRange& range : ranges_) {
      const uint32_t first = std::max(range.first, at_least);
      const uint32_t last = std::min(range.last, at_most);
      if (first > last || (first >= kHighSurrogate && last < kAfterSurrogates)) continue;
      absl::StrAppend(out, "\\x{", absl::Hex(first), "}");
      if (last > first) absl::StrAppend(out, "-\\x{", absl::Hex(last), "}");
    }
    if (out->size() == begin + open.size()) {
      out->resize(begin);
      out->append(open.size() > 1 ? "[\\x{0}-\\x{10ffff}]" : "[^\\x{0}-\\x{10ffff}]");
    } else {
      out->push_back(']');
    }
  }

  std::vector<CodeRange> ranges_;
};

uint32_t DigitOf(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? static_cast<uint32_t>(lower - 'a' + 10) : 99;
}

bool IsAsciiLetter(char c) {
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'z';
}

class Translator {
 public:
  Translator(std::string_view pattern, EcmaScriptOptions options, std::string* out)
      : pattern_(pattern), ignore_case_(options.ignore_case), out_(out) {
    CountGroups();
  }

  absl::Status Run() {
    while (!AtEnd()) SLUICE_RETURN_IF_ERROR(Next());
    if (nesting_ > 0) return Fault("expected ) to close a group");
    return absl::OkStatus();
  }

 private:
  bool AtEnd() const { return position_ == pattern_.size(); }
  char At(size_t ahead) const {
    return position_ + ahead < pattern_.size() ? pattern_[position_ + ahead] : '\0';
  }
  bool Follows(std::string_view text) const { return pattern_.substr(position_).starts_with(text); }
  bool Eat(std::string_view text) {
    if (!Follows(text)) return false;
    position_ += text.size();
    return true;
  }

  absl::Status Fault(std::string_view message) const {
    return MakeError(ErrorCode::kInvalidArgument, absl::StrCat("regular expression: ", message),
                     position_);
  }
  absl::Status OverBudget(Budget budget, std::string_view message) const {
    return MakeBudgetError(budget, absl::StrCat("regular expression: ", message), position_);
  }

  // A number after a backslash is a backreference only if there are as many groups.
  void CountGroups() {
    bool in_class = false;
    for (size_t i = 0; i < pattern_.size(); ++i) {
      const char c = pattern_[i];
      if (c == '\\') {
        ++i;
      } else if (in_class) {
        in_class = c != ']';
      } else if (c == '[') {
        in_class = true;
      } else if (c == '(') {
        const std::string_view rest = pattern_.substr(i + 1, 3);
        const bool named =
            rest.size() == 3 && rest.starts_with("?<") && rest[2] != '=' && rest[2] != '!';
        has_named_groups_ |= named;
        if (named || !rest.starts_with("?")) ++groups_;
      }
    }
  }

  absl::Status Next() {
    const char c = pattern_[position_];
    switch (c) {
      case '(':
        return OpenGroup();
      case ')':
        if (nesting_ == 0) return Fault("a ) without its (");
        --nesting_;
        ++position_;
        out_->push_back(')');
        return Quantifier();
      case '|':
      case '^':
      case '$':
        ++position_;
        out_->push_back(c);
        return NoQuantifier();
      case '.':
        ++position_;
        AppendSet(kLineTerminators, /*complement=*/true);
        return Quantifier();
      case '[':
        ++position_;
        SLUICE_RETURN_IF_ERROR(Class());
        return Quantifier();
      case '\\':
        return AtomEscape();
      case '*':
      case '+':
      case '?':
        return Fault("a quantifier with nothing before it to repeat");
      case '{':
        if (IsBraceQuantifier()) return Fault("a quantifier with nothing before it to repeat");
        [[fallthrough]];
      default:
        AppendLiteral(NextCodePoint(pattern_, &position_));
        return Quantifier();
    }
  }

  absl::Status OpenGroup() {
    if (++nesting_ > kMaxNesting) return OverBudget(Budget::kDepth, "groups are nested too deep");
    if (Follows("(?=") || Follows("(?!")) {
      return Fault("lookaheads are not supported: they can't be matched in linear time");
    }
    if (Follows("(?<=") || Follows("(?<!")) {
      return Fault("lookbehinds are not supported: they can't be matched in linear time");
    }
    ++position_;
    out_->append("(?:");
    if (Eat("?:")) return NoQuantifier();
    if (Eat("?<")) return GroupName();
    if (Follows("?")) return Fault("(? starts a group of an unknown or unsupported kind");
    return NoQuantifier();
  }

  absl::Status GroupName() {
    const size_t begin = position_;
    while (!AtEnd() && At(0) != '>') {
      const char c = At(0);
      const bool fits = IsAsciiLetter(c) || c == '_' || c == '$' ||
                        static_cast<uint8_t>(c) >= 0x80 ||
                        (position_ > begin && c >= '0' && c <= '9');
      if (!fits) return Fault("expected a name for the group");
      ++position_;
    }
    const std::string_view name = pattern_.substr(begin, position_ - begin);
    if (name.empty() || AtEnd()) return Fault("expected a name for the group, and >");
    if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
      return Fault("two groups have this name");
    }
    names_.push_back(name);
    ++position_;
    return NoQuantifier();
  }

  // After what can't be repeated.
  absl::Status NoQuantifier() {
    const char c = At(0);
    if (!AtEnd() && (c == '*' || c == '+' || c == '?' || (c == '{' && IsBraceQuantifier()))) {
      return Fault("a quantifier with nothing before it to repeat");
    }
    return absl::OkStatus();
  }

  absl::Status Quantifier() {
    if (AtEnd()) return absl::OkStatus();
    const char c = At(0);
    if (c == '*' || c == '+' || c == '?') {
      ++position_;
      out_->push_back(c);
    } else if (c == '{' && IsBraceQuantifier()) {
      SLUICE_RETURN_IF_ERROR(Braces());
    } else {
      return absl::OkStatus();
    }
    // Greedy or not, the same texts match.
    Eat("?");
    return NoQuantifier();
  }

  // {n}, {n,} or {n,m}; all else that starts with a brace is text.
  bool IsBraceQuantifier() const {
    size_t i = 1;
    const auto digits = [&] {
      const size_t begin = i;
      while (At(i) >= '0' && At(i) <= '9') ++i;
      return i > begin;
    };
    if (!digits()) return false;
    if (At(i) == ',') {
      ++i;
      digits();
    }
    return At(i) == '}';
  }

  absl::Status Braces() {
    ++position_;
    uint64_t low = 0;
    SLUICE_RETURN_IF_ERROR(Count(&low));
    // Written anew: to RE2 {01} is text, not a repeat.
    absl::StrAppend(out_, "{", low);
    if (Eat(",")) {
      out_->push_back(',');
      if (At(0) != '}') {
        uint64_t high = 0;
        SLUICE_RETURN_IF_ERROR(Count(&high));
        if (high < low) return Fault("a repeat's upper bound lies below its lower bound");
        absl::StrAppend(out_, high);
      }
    }
    ++position_;
    out_->push_back('}');
    return absl::OkStatus();
  }

  absl::Status Count(uint64_t* count) {
    for (; At(0) >= '0' && At(0) <= '9'; ++position_) {
      *count = *count * 10 + DigitOf(At(0));
      if (*count > kMaxRepeat) return OverBudget(Budget::kMemory, "a repeat of more than 1000");
    }
    return absl::OkStatus();
  }

  void AppendSet(absl::Span<const CodeRange> ranges, bool complement) {
    CharacterSet set;
    set.Add(ranges);
    set.Append(complement, /*ignore_case=*/false, out_);
  }

  void AppendLiteral(uint32_t point) {
    CharacterSet set;
    set.Add(point, point);
    set.Append(/*negated=*/false, ignore_case_, out_);
  }

  absl::Status AtomEscape() {
    const char c = At(1);
    if (c == 'b' || c == 'B') {
      position_ += 2;
      out_->push_back('\\');
      out_->push_back(c);
      return NoQuantifier();
    }
    if (c == 'k' && has_named_groups_) return Fault("backreferences are not supported");
    if (c >= '1' && c <= '9' && IsBackreference()) {
      return Fault("backreferences are not supported: they can't be matched in linear time");
    }
    CharacterSet set;
    if (AddClassEscape(&set)) {
      set.Append(/*negated=*/false, /*ignore_case=*/false, out_);
      return Quantifier();
    }
    uint32_t point = 0;
    SLUICE_RETURN_IF_ERROR(CharacterEscape(/*in_class=*/false, &point));
    if (point >= kHighSurrogate && point < kLowSurrogate && Follows("\\u")) {
      const size_t before = position_;
      uint32_t low = 0;
      SLUICE_RETURN_IF_ERROR(CharacterEscape(/*in_class=*/false, &low));
      if (low >= kLowSurrogate && low < kAfterSurrogates) {
        point = 0x10000 + ((point - kHighSurrogate) << 10) + (low - kLowSurrogate);
      } else {
        position_ = before;
      }
    }
    AppendLiteral(point);
    return Quantifier();
  }

  bool IsBackreference() const {
    uint64_t number = 0;
    for (size_t i = 1; At(i) >= '0' && At(i) <= '9' && number <= groups_; ++i) {
      number = number * 10 + DigitOf(At(i));
    }
    return number <= groups_;
  }

  // At a backslash: \d \D \w \W \s \S. False, and nothing read, for all else.
  bool AddClassEscape(CharacterSet* set) {
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
      default:
        return false;
    }
    position_ += 2;
    if ((kind & 0x20) != 0) {
      set->Add(ranges);
    } else {
      set->AddComplement(ranges);
    }
    return true;
  }

  // At a backslash that starts a single character.
  absl::Status CharacterEscape(bool in_class, uint32_t* point) {
    ++position_;
    if (AtEnd()) return Fault("expected a character after the backslash at the end");
    const char c = At(0);
    static constexpr std::string_view kNames = "tnvfr";
    static constexpr std::string_view kControls = "\t\n\v\f\r";
    if (const size_t control = kNames.find(c); control != std::string_view::npos) {
      *point = static_cast<unsigned char>(kControls[control]);
    } else if (c == 'b' && in_class) {
      *point = '\b';
    } else if (c == 'c') {
      *point = Control(in_class);
      return absl::OkStatus();
    } else if (c >= '0' && c <= '7') {
      *point = Octal();
      return absl::OkStatus();
    } else if (const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : 0; digits > 0) {
      *point = Hexadecimal(digits).value_or(static_cast<uint32_t>(c));
    } else {
      *point = NextCodePoint(pattern_, &position_);
      return absl::OkStatus();
    }
    ++position_;
    return absl::OkStatus();
  }

  // \cA is U+0001; what is no control letter leaves the backslash as text.
  uint32_t Control(bool in_class) {
    const char letter = At(1);
    const bool fits =
        IsAsciiLetter(letter) || (in_class && (letter == '_' || (letter >= '0' && letter <= '9')));
    if (!fits) return '\\';
    position_ += 2;
    return static_cast<uint32_t>(letter) & 31;
  }

  uint32_t Octal() {
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
  std::optional<uint32_t> Hexadecimal(size_t digits) {
    uint32_t value = 0;
    for (size_t i = 1; i <= digits; ++i) {
      if (DigitOf(At(i)) > 15) return std::nullopt;
      value = value * 16 + DigitOf(At(i));
    }
    position_ += digits;
    return value;
  }

  // After the opening bracket.
  absl::Status Class() {
    const bool negated = Eat("^");
    CharacterSet set;
    while (!Follows("]")) {
      if (AtEnd()) return Fault("expected ] to close a character class");
      SLUICE_RETURN_IF_ERROR(ClassItem(&set));
    }
    ++position_;
    set.Append(negated, ignore_case_, out_);
    return absl::OkStatus();
  }

  absl::Status ClassItem(CharacterSet* set) {
    if (At(0) == '\\' && AddClassEscape(set)) return absl::OkStatus();
    uint32_t first = 0;
    SLUICE_RETURN_IF_ERROR(ClassCharacter(&first));
    uint32_t last = first;
    if (At(0) == '-' && position_ + 1 < pattern_.size() && At(1) != ']') {
      ++position_;
      if (At(0) == '\\' && AddClassEscape(set)) {
        set->Add('-', '-');
      } else {
        SLUICE_RETURN_IF_ERROR(ClassCharacter(&last));
        if (last < first) return Fault("a range in a character class that is out of order");
      }
    }
    set->Add(first, last);
    return absl::OkStatus();
  }

  absl::Status ClassCharacter(uint32_t* point) {
    if (At(0) == '\\') return CharacterEscape(/*in_class=*/true, point);
    *point = NextCodePoint(pattern_, &position_);
    return absl::OkStatus();
  }

  std::string_view pattern_;
  bool ignore_case_;
  std::string* out_;
  size_t position_ = 0;
  int nesting_ = 0;
  uint32_t groups_ = 0;
  bool has_named_groups_ = false;
  std::vector<std::string_view> names_;
};

}  // namespace

absl::Status TranslateEcmaScript(std::string_view pattern, EcmaScriptOptions options,
                                 std::string* re2_pattern) {
  re2_pattern->clear();
  if (pattern.size() > kMaxPatternBytes) {
    return MakeBudgetError(Budget::kTextBytes, "regular expression: the pattern is too long");
  }
  return Translator(pattern, options, re2_pattern).Run();
}

Regex CompileEcmaScript(std::string_view pattern, EcmaScriptOptions options, MemoryBudget& budget) {
  std::string translated;
  absl::Status status = TranslateEcmaScript(pattern, options, &translated);
  if (!status.ok()) return Regex(std::move(status));
  return Regex(translated, budget);
}

}  // namespace sluice::regex
