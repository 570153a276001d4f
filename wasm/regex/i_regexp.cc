#include "sluice/regex/i_regexp.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/regex/ecmascript_pattern.h"
#include "sluice/regex/pattern_regex.h"

namespace sluice::regex {
namespace {

constexpr int kMaxNesting = 100;
constexpr uint32_t kMaxRepeat = 1000;

// RE2 has no unassigned code points (Cn), neither on their own nor in C.
constexpr std::string_view kAssignedButOthers = "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}";
constexpr std::string_view kAssigned = "\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Z}\\p{Cc}\\p{Cf}\\p{Co}";

bool IsCategory(std::string_view name) {
  struct Group {
    char major;
    std::string_view minors;
  };
  static constexpr Group kGroups[] = {{'L', "lmotu"}, {'M', "cen"},  {'N', "dlo"}, {'P', "cdefios"},
                                      {'Z', "lps"},   {'S', "ckmo"}, {'C', "cfno"}};
  if (name.empty() || name.size() > 2) return false;
  for (const Group& group : kGroups) {
    if (group.major == name[0]) {
      return name.size() == 1 || group.minors.find(name[1]) != std::string_view::npos;
    }
  }
  return false;
}

class Translator {
 public:
  Translator(std::string_view pattern, std::string* out) : pattern_(pattern), out_(out) {}

  absl::Status Run() {
    while (!AtEnd()) SLUICE_RETURN_IF_ERROR(Next());
    if (nesting_ > 0) return Fault("expected ) to close a group");
    return absl::OkStatus();
  }

 private:
  static constexpr uint32_t kOthers = 1;
  static constexpr uint32_t kUnassigned = 2;

  bool AtEnd() const { return position_ == pattern_.size(); }
  // NUL at the end, where it can't be mistaken: callers that allow NUL check AtEnd first.
  char Peek() const { return AtEnd() ? '\0' : pattern_[position_]; }
  bool Eat(char c) {
    if (AtEnd() || pattern_[position_] != c) return false;
    ++position_;
    return true;
  }

  absl::Status Fault(std::string_view message) const {
    return MakeError(ErrorCode::kInvalidArgument, absl::StrCat("I-Regexp: ", message), position_);
  }
  absl::Status OverBudget(Budget budget, std::string_view message) const {
    return MakeBudgetError(budget, absl::StrCat("I-Regexp: ", message), position_);
  }

  absl::Status Next() {
    const char c = pattern_[position_];
    switch (c) {
      case '(':
        if (++nesting_ > kMaxNesting) {
          return OverBudget(Budget::kDepth, "groups are nested too deep");
        }
        ++position_;
        out_->append("(?:");
        return absl::OkStatus();
      case '|':
        ++position_;
        out_->push_back('|');
        return absl::OkStatus();
      case ')':
        if (nesting_ == 0) return Fault("a ) without its (");
        --nesting_;
        ++position_;
        out_->push_back(')');
        return Quantifier();
      case '[':
        ++position_;
        SLUICE_RETURN_IF_ERROR(Class());
        return Quantifier();
      case '.':
        ++position_;
        out_->append("[^\\n\\r]");
        return Quantifier();
      case '\\':
        SLUICE_RETURN_IF_ERROR(Escape(/*in_class=*/false));
        return Quantifier();
      case '*':
      case '+':
      case '?':
      case '{':
        return Fault("a quantifier with nothing before it to repeat");
      case ']':
      case '}':
        return Fault("expected a character; ] and } must be escaped");
      default:
        ++position_;
        AppendCharacter(c);
        return Quantifier();
    }
  }

  // The rest of a multi-byte character too, so that a quantifier takes it as a whole.
  void AppendCharacter(char first) {
    out_->push_back(first);
    while (!AtEnd() && (static_cast<unsigned char>(Peek()) & 0xC0) == 0x80) {
      out_->push_back(pattern_[position_++]);
    }
  }

  absl::Status Quantifier() {
    if (AtEnd()) return absl::OkStatus();
    const char c = Peek();
    if (c == '*' || c == '+' || c == '?') {
      ++position_;
      out_->push_back(c);
    } else if (c == '{') {
      SLUICE_RETURN_IF_ERROR(Range());
    }
    return absl::OkStatus();
  }

  absl::Status Range() {
    ++position_;
    uint32_t low = 0;
    SLUICE_RETURN_IF_ERROR(Count(&low));
    // Written anew: to RE2 {01} is text, not a repeat.
    absl::StrAppend(out_, "{", low);
    if (Eat(',')) {
      out_->push_back(',');
      if (Peek() != '}') {
        uint32_t high = 0;
        SLUICE_RETURN_IF_ERROR(Count(&high));
        if (high < low) return Fault("a repeat's upper bound lies below its lower bound");
        absl::StrAppend(out_, high);
      }
    }
    if (!Eat('}')) return Fault("expected } after a repeat's bounds");
    out_->push_back('}');
    return absl::OkStatus();
  }

  absl::Status Count(uint32_t* count) {
    const size_t begin = position_;
    while (!AtEnd() && Peek() >= '0' && Peek() <= '9') {
      *count = *count * 10 + static_cast<uint32_t>(Peek() - '0');
      if (*count > kMaxRepeat) {
        return OverBudget(Budget::kMemory, "a repeat of more than 1000");
      }
      ++position_;
    }
    if (position_ == begin) return Fault("expected a number of repeats");
    return absl::OkStatus();
  }

  // At a backslash: SingleCharEsc or charClassEsc. `*is_set` tells which, where the caller asks.
  absl::Status Escape(bool in_class, bool* is_set = nullptr) {
    const size_t begin = position_++;
    const char c = Peek();
    if (c == 'p' || c == 'P') {
      if (is_set != nullptr) *is_set = true;
      return Category(c == 'P', in_class);
    }
    static constexpr std::string_view kSingle = "()*+-.?[\\]^nrt{|}";
    if (AtEnd() || kSingle.find(c) == std::string_view::npos) {
      return Fault(
          "an unknown escape; \\n \\r \\t \\p{…} \\P{…} and escaped ()*+-.?[\\]^{|} exist");
    }
    ++position_;
    out_->append(pattern_.substr(begin, 2));
    return absl::OkStatus();
  }

  absl::Status Category(bool complement, bool in_class) {
    ++position_;
    if (!Eat('{')) return Fault("expected { after \\p");
    const size_t close = pattern_.find('}', position_);
    const std::string_view name = close == std::string_view::npos
                                      ? std::string_view()
                                      : pattern_.substr(position_, close - position_);
    if (!IsCategory(name)) return Fault("expected a Unicode general category such as L, Lu or Nd");
    position_ = close + 1;
    if (name == "C" || name == "Cn") {
      const std::string_view others = name == "C" ? kAssignedButOthers : kAssigned;
      if (!in_class) {
        absl::StrAppend(out_, complement ? "[" : "[^", others, "]");
      } else if (complement) {
        out_->append(others);
      } else {
        alternatives_ |= name == "C" ? kOthers : kUnassigned;
      }
      return absl::OkStatus();
    }
    absl::StrAppend(out_, complement ? "\\P{" : "\\p{", name, "}");
    return absl::OkStatus();
  }

  // After the opening bracket.
  absl::Status Class() {
    const size_t begin = out_->size();
    out_->push_back('[');
    const bool negated = Eat('^');
    if (negated) out_->push_back('^');
    alternatives_ = 0;
    bool empty = true;
    if (Eat('-')) {
      out_->append("\\-");
      empty = false;
    }
    while (Peek() != ']' || empty) {
      if (AtEnd()) return Fault("expected ] to close a character class");
      if (Peek() == '-') {
        ++position_;
        if (Peek() != ']')
          return Fault("a - in a character class stands first, last or in a range");
        out_->append("\\-");
        break;
      }
      bool is_set = false;
      SLUICE_RETURN_IF_ERROR(ClassCharacter(&is_set));
      empty = false;
      if (is_set || Peek() != '-' || position_ + 1 >= pattern_.size() ||
          pattern_[position_ + 1] == ']') {
        continue;
      }
      ++position_;
      out_->push_back('-');
      SLUICE_RETURN_IF_ERROR(ClassCharacter(&is_set));
      if (is_set) return Fault("a range must end with a character, not with a category");
    }
    if (!Eat(']')) return Fault("expected ] to close a character class");
    out_->push_back(']');
    return alternatives_ == 0 ? absl::OkStatus() : AddOthers(begin, negated);
  }

  // RE2 has no set difference: what has no class of its own joins as an alternative.
  absl::Status AddOthers(size_t class_begin, bool negated) {
    if (negated) return Fault("\\p{C} and \\p{Cn} are not supported in a negated character class");
    const bool alone = out_->size() == class_begin + 2;
    out_->resize(alone ? class_begin : out_->size());
    out_->insert(class_begin, "(?:");
    if ((alternatives_ & kOthers) != 0) {
      absl::StrAppend(out_, alone ? "" : "|", "[^", kAssignedButOthers, "])");
    } else {
      absl::StrAppend(out_, alone ? "" : "|", "[^", kAssigned, "])");
    }
    return absl::OkStatus();
  }

  absl::Status ClassCharacter(bool* is_set) {
    if (AtEnd()) return Fault("expected ] to close a character class");
    const char c = Peek();
    if (c == '\\') return Escape(/*in_class=*/true, is_set);
    if (c == '[' || c == ']' || c == '-') {
      return Fault("[ ] and - must be escaped in a character class");
    }
    ++position_;
    if (c == '^') out_->push_back('\\');
    AppendCharacter(c);
    return absl::OkStatus();
  }

  std::string_view pattern_;
  std::string* out_;
  size_t position_ = 0;
  int nesting_ = 0;
  uint32_t alternatives_ = 0;  // of the character class at hand
};

}  // namespace

absl::Status TranslateIRegexp(std::string_view pattern, std::string* re2_pattern) {
  re2_pattern->clear();
  if (pattern.size() > kMaxPatternBytes) {
    return MakeBudgetError(Budget::kTextBytes, "I-Regexp: the pattern is too long");
  }
  return Translator(pattern, re2_pattern).Run();
}

Regex CompileIRegexp(std::string_view pattern, MemoryBudget& budget) {
  std::string translated;
  absl::Status status = TranslateIRegexp(pattern, &translated);
  if (!status.ok()) return Regex(std::move(status));
  // Nearly all are patterns of ECMA-262 as well, and then may do without RE2.
  Pattern parsed;
  const ParseOptions options = {.unicode = true, .i_regexp = true};
  if (ParseEcmaScript(pattern, options, &parsed).ok()) return CompilePattern(parsed, budget);
  return Regex(translated, budget);
}

}  // namespace sluice::regex
