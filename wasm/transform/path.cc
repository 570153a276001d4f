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

class JsonPathParser {
 public:
  JsonPathParser(std::string_view text, Path* path, PathFault* fault)
      : text_(text), path_(*path), fault_(*fault) {}

  bool Run() {
    ++at_;  // $
    while (at_ < text_.size() && path_.simple) {
      SkipBlanks();
      const bool ok = Take('.') ? Dotted() : Take('[') ? Bracketed() : Stray();
      if (!ok) return false;
    }
    return true;
  }

 private:
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool Take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void SkipBlanks() {
    while (IsBlank(Peek())) ++at_;
  }

  bool Invalid(std::string_view message) {
    fault_.offset = at_;
    fault_.message = std::string(message);
    return false;
  }
  // The simple part ends before this segment.
  bool General(std::string_view what) {
    path_.simple = false;
    path_.general_offset = at_;
    path_.general_what = what;
    return true;
  }

  bool Stray() {
    return Invalid("expected '.' or '['; a name with such a character is written ['name']");
  }

  bool Dotted() {
    if (Take('*')) return Add({Segment::Kind::kWildcard, 0, ""});
    if (Peek() == '.') return General("the descendant segment ..");
    if (!IsNameFirst(Peek())) {
      return Invalid("expected a name or * after '.'; other names are written ['name']");
    }
    const size_t begin = at_;
    while (IsNameChar(Peek())) ++at_;
    return Add({Segment::Kind::kName, 0, std::string(text_.substr(begin, at_ - begin))});
  }

  bool Bracketed() {
    SkipBlanks();
    if (!Selector()) return false;
    if (!path_.simple) return true;
    SkipBlanks();
    if (Take(']')) return true;
    if (Peek() != ',' && Peek() != ':') return Invalid("expected ']'");
    path_.segments.pop_back();
    return General(Peek() == ',' ? "a list of selectors" : "a slice");
  }

  bool Selector() {
    const char c = Peek();
    if (c == '\'' || c == '"') return Name();
    if (IsDigit(c)) return Index();
    if (c == '-') return General("a negative index");
    if (c == ':') return General("a slice");
    if (c == '?') return General("a filter");
    if (Take('*')) return Add({Segment::Kind::kWildcard, 0, ""});
    return Invalid("expected a name in quotes, an index or * after '['");
  }

  bool Index() {
    if (Peek() == '0' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1])) {
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
    const char quote = text_[at_++];
    std::string name;
    while (!Take(quote)) {
      if (at_ >= text_.size()) return Invalid("expected the closing quote of a name");
      if (static_cast<uint8_t>(Peek()) < 0x20) return Invalid("raw control character in a name");
      if (Peek() != '\\') {
        name.push_back(text_[at_++]);
      } else if (!Escape(quote, &name)) {
        return false;
      }
    }
    return Add({Segment::Kind::kName, 0, std::move(name)});
  }

  bool Escape(char quote, std::string* name) {
    constexpr std::string_view kLetters = "bfnrt/\\";
    constexpr std::string_view kMeanings = "\b\f\n\r\t/\\";
    const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
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
    if (at + 6 > text_.size() || text_[at] != '\\' || text_[at + 1] != 'u') return false;
    for (size_t i = at + 2; i < at + 6; ++i) {
      const char c = text_[i];
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return false;
      *unit = *unit << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    return true;
  }

  bool Add(Segment segment) {
    path_.segments.push_back(std::move(segment));
    return true;
  }

  std::string_view text_;
  Path& path_;
  PathFault& fault_;
  size_t at_ = 0;
};

// The element that a token of a pointer means in an array: digits without leading zeros (RFC 6901,
// section 4). No index for all else.
uint32_t IndexOfToken(std::string_view token) {
  if (token.empty() || token.size() > 10 || (token[0] == '0' && token.size() > 1)) {
    return kNoSuchIndex;
  }
  uint64_t value = 0;
  for (const char c : token) {
    if (!IsDigit(c)) return kNoSuchIndex;
    value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value < kNoSuchIndex ? static_cast<uint32_t>(value) : kNoSuchIndex;
}

bool ParsePointer(std::string_view text, Path* path, PathFault* fault) {
  path->language = Path::Language::kJsonPointer;
  size_t at = 0;
  while (at < text.size()) {
    Segment segment = {Segment::Kind::kName, kNoSuchIndex, ""};
    for (++at; at < text.size() && text[at] != '/'; ++at) {
      char c = text[at];
      if (c == '~') {
        const char escaped = at + 1 < text.size() ? text[at + 1] : '\0';
        if (escaped != '0' && escaped != '1') {
          *fault = {at, "after ~ comes 0 (for ~) or 1 (for /) in a JSON Pointer"};
          return false;
        }
        c = escaped == '0' ? '~' : '/';
        ++at;
      }
      segment.name.push_back(c);
    }
    segment.index = IndexOfToken(segment.name);
    if (segment.index != kNoSuchIndex) segment.kind = Segment::Kind::kToken;
    path->segments.push_back(std::move(segment));
  }
  return true;
}

}  // namespace

bool Path::is_location() const {
  if (!simple) return false;
  for (const Segment& segment : segments) {
    if (segment.kind == Segment::Kind::kWildcard) return false;
  }
  return true;
}

bool ParsePath(std::string_view text, Path* path, PathFault* fault) {
  *path = Path();
  if (text.starts_with('$')) return JsonPathParser(text, path, fault).Run();
  if (text.empty() || text[0] == '/') return ParsePointer(text, path, fault);
  *fault = {0, "a path starts with $ (JSONPath) or / (JSON Pointer)"};
  return false;
}

}  // namespace sluice::transform
