#include "sluice/transform/path.h"

#include <utility>

#include "sluice/base/utf8.h"

namespace sluice::transform {
namespace {

constexpr uint64_t kMaxInteger = (uint64_t{1} << 53) - 1;  // RFC 9535, section 2.1: I-JSON's range

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameFirst(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<uint8_t>(c) >= 0x80;
}
bool IsNameChar(char c) { return IsNameFirst(c) || IsDigit(c); }

class Parser {
 public:
  Parser(std::string_view path, std::vector<Segment>* segments, PathFault* fault)
      : path_(path), segments_(segments), fault_(fault) {}

  bool Run() {
    if (!Take('$')) return Invalid("a path starts with $");
    while (at_ < path_.size()) {
      SkipBlanks();
      const bool ok = Take('.') ? Dotted() : Take('[') ? Bracketed() : Stray();
      if (!ok) return false;
    }
    return true;
  }

 private:
  char Peek() const { return at_ < path_.size() ? path_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= path_.size() || path_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (IsBlank(Peek())) ++at_;
  }

  bool Fail(std::string_view code, std::string_view message) {
    fault_->code = code;
    fault_->offset = at_;
    fault_->message = std::string(message);
    return false;
  }
  bool Invalid(std::string_view message) { return Fail("invalid_path", message); }
  bool Unsupported(std::string_view what) {
    return Fail("unsupported", std::string(what) +
                                   " can't be used here: a path is made of .name, ['name'], [0], "
                                   ".* and [*]");
  }

  bool Stray() {
    return Invalid("expected '.' or '['; a name with such a character is written ['name']");
  }

  bool Dotted() {
    if (Take('*')) return Add({Segment::Kind::kWildcard, 0, ""});
    if (Peek() == '.') return Unsupported("the descendant segment ..");
    if (!IsNameFirst(Peek())) {
      return Invalid("expected a name or * after '.'; other names are written ['name']");
    }
    const size_t begin = at_;
    while (IsNameChar(Peek())) ++at_;
    return Add({Segment::Kind::kName, 0, std::string(path_.substr(begin, at_ - begin))});
  }

  bool Bracketed() {
    SkipBlanks();
    if (!Selector()) return false;
    SkipBlanks();
    if (Peek() == ',') return Unsupported("a list of selectors");
    if (Peek() == ':') return Unsupported("a slice");
    return Take(']') || Invalid("expected ']'");
  }

  bool Selector() {
    const char c = Peek();
    if (c == '\'' || c == '"') return Name();
    if (IsDigit(c)) return Index();
    if (c == '-') return Unsupported("a negative index");
    if (c == ':') return Unsupported("a slice");
    if (c == '?') return Unsupported("a filter");
    if (Take('*')) return Add({Segment::Kind::kWildcard, 0, ""});
    return Invalid("expected a name in quotes, an index or * after '['");
  }

  bool Index() {
    if (Peek() == '0' && at_ + 1 < path_.size() && IsDigit(path_[at_ + 1])) {
      return Invalid("an index has no leading zeros");
    }
    uint64_t value = 0;
    for (; IsDigit(Peek()); ++at_) {
      value = value * 10 + static_cast<uint64_t>(Peek() - '0');
      if (value > kMaxInteger) return Invalid("an index is at most 2^53 - 1");
    }
    const bool possible = value < kNoSuchIndex;
    return Add({Segment::Kind::kIndex, possible ? static_cast<uint32_t>(value) : kNoSuchIndex, ""});
  }

  bool Name() {
    const char quote = path_[at_++];
    std::string name;
    while (!Take(quote)) {
      if (at_ >= path_.size()) return Invalid("expected the closing quote of a name");
      if (static_cast<uint8_t>(Peek()) < 0x20) return Invalid("raw control character in a name");
      if (Peek() != '\\') {
        name.push_back(path_[at_++]);
      } else if (!Escape(quote, &name)) {
        return false;
      }
    }
    return Add({Segment::Kind::kName, 0, std::move(name)});
  }

  bool Escape(char quote, std::string* name) {
    constexpr std::string_view kLetters = "bfnrt/\\";
    constexpr std::string_view kMeanings = "\b\f\n\r\t/\\";
    const char c = at_ + 1 < path_.size() ? path_[at_ + 1] : '\0';
    const size_t known = kLetters.find(c);
    if (c == 'u') return UnicodeEscape(name);
    if (c != quote && known == std::string_view::npos) return Invalid("invalid escape in a name");
    name->push_back(c == quote ? quote : kMeanings[known]);
    at_ += 2;
    return true;
  }

  bool UnicodeEscape(std::string* name) {
    uint32_t point = 0;
    if (!CodeUnit(at_, &point)) return Invalid("expected 4 hex digits after \\u");
    if (point >= 0xD800 && point < 0xE000) {
      uint32_t low = 0;
      if (point >= 0xDC00 || !CodeUnit(at_ + 6, &low) || low < 0xDC00 || low > 0xDFFF) {
        return Invalid("half of a surrogate pair in a name");
      }
      point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
      at_ += 6;
    }
    at_ += 6;
    AppendUtf8(point, name);
    return true;
  }

  // The unit of the \uXXXX at `at`.
  bool CodeUnit(size_t at, uint32_t* unit) const {
    if (at + 6 > path_.size() || path_[at] != '\\' || path_[at + 1] != 'u') return false;
    for (size_t i = at + 2; i < at + 6; ++i) {
      const char c = path_[i];
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return false;
      *unit = *unit << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    return true;
  }

  bool Add(Segment segment) {
    segments_->push_back(std::move(segment));
    return true;
  }

  std::string_view path_;
  std::vector<Segment>* segments_;
  PathFault* fault_;
  size_t at_ = 0;
};

}  // namespace

bool ParsePath(std::string_view path, std::vector<Segment>* segments, PathFault* fault) {
  return Parser(path, segments, fault).Run();
}

}  // namespace sluice::transform
