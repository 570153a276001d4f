#include "sluice/json/walk.h"

#include <cstddef>
#include <cstring>

namespace sluice::json {
namespace {

constexpr uint32_t kNoParent = 0xFFFFFFFF;

constexpr uint32_t Meta(Kind kind, uint32_t count = 0) {
  return static_cast<uint32_t>(kind) | count << 4;
}
constexpr uint32_t kEscapesBit = 8;

bool IsDigit(char c) { return static_cast<uint8_t>(c - '0') < 10; }
bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }

// memchr, for a libc whose own goes byte by byte: the inner loop becomes vector instructions.
uint32_t FindBackslash(std::string_view text, uint32_t from) {
  constexpr uint32_t kBlock = 64;
  const uint32_t size = static_cast<uint32_t>(text.size());
  for (; size - from >= kBlock; from += kBlock) {
    uint8_t found = 0;
    for (uint32_t i = 0; i < kBlock; ++i) {
      found = static_cast<uint8_t>(found | (text[from + i] == '\\' ? 1 : 0));
    }
    if (found != 0) break;
  }
  while (from < size && text[from] != '\\') ++from;
  return from;
}

// All of it is inlined into Run, so that the fields live in registers.
class Walker {
 public:
  Walker(std::string_view text, const uint32_t* positions, uint32_t max_depth, Node* nodes)
      : text_(text),
        size_(static_cast<uint32_t>(text.size())),
        next_(positions),
        depth_left_(max_depth),
        nodes_(nodes),
        backslash_(FindBackslash(text, 0)) {}

  bool Run() {
    if (!ReadValue(FaultKind::kValue)) return false;
    while (parent_ != kNoParent) {
      if (!(in_object_ ? AfterMember() : AfterElement())) return false;
    }
    return *next_ == size_ || Fail(FaultKind::kDocumentEnd, *next_);
  }

  Fault fault() const { return fault_; }
  uint32_t node_count() const { return node_count_; }

 private:
  bool Fail(FaultKind kind, uint32_t offset) {
    fault_ = {kind, offset};
    return false;
  }

  // The character at the next position without taking it; 0 at the end.
  char Peek() const { return *next_ < size_ ? text_[*next_] : '\0'; }

  void Emit(uint32_t begin, uint32_t end, uint32_t meta) {
    nodes_[node_count_] = {begin, end, node_count_ + 1, meta};
    ++node_count_;
  }

  // One value; of a container that is not empty only what comes before its first inner value.
  // `expected` is what the fault is if no value starts here.
  bool ReadValue(FaultKind expected) {
    for (;;) {
      const uint32_t at = *next_++;
      if (at >= size_) return Fail(expected, size_);
      switch (text_[at]) {
        case '"':
          return ReadString(at);
        case '{':
          if (!Open(at, Kind::kObject)) return false;
          if (Peek() == '}') return Close(Kind::kObject);
          if (!ReadName(FaultKind::kMemberNameOrEnd)) return false;
          expected = FaultKind::kValue;
          continue;
        case '[':
          if (!Open(at, Kind::kArray)) return false;
          if (Peek() == ']') return Close(Kind::kArray);
          count_ = 1;
          expected = FaultKind::kElementOrEnd;
          continue;
        case 't':
          return ReadLiteral(at, "true", Kind::kTrue, FaultKind::kTrue);
        case 'f':
          return ReadLiteral(at, "false", Kind::kFalse, FaultKind::kFalse);
        case 'n':
          return ReadLiteral(at, "null", Kind::kNull, FaultKind::kNull);
        default:
          if (text_[at] == '-' || IsDigit(text_[at])) return ReadNumber(at);
          return Fail(expected, at);
      }
    }
  }

  bool AfterMember() {
    const uint32_t at = *next_;
    if (at < size_) {
      if (text_[at] == ',') {
        ++next_;
        return ReadName(FaultKind::kMemberName) && ReadValue(FaultKind::kValue);
      }
      if (text_[at] == '}') return Close(Kind::kObject);
    }
    return Fail(FaultKind::kCommaOrObjectEnd, at);
  }

  bool AfterElement() {
    const uint32_t at = *next_;
    if (at < size_) {
      if (text_[at] == ',') {
        ++next_;
        ++count_;
        return ReadValue(FaultKind::kValue);
      }
      if (text_[at] == ']') return Close(Kind::kArray);
    }
    return Fail(FaultKind::kCommaOrArrayEnd, at);
  }

  bool ReadName(FaultKind expected) {
    const uint32_t at = *next_;
    if (at >= size_ || text_[at] != '"') return Fail(expected, at);
    ++next_;
    ++count_;
    if (!ReadString(at)) return false;
    const uint32_t colon = *next_;
    if (colon >= size_ || text_[colon] != ':') return Fail(FaultKind::kColon, colon);
    ++next_;
    return true;
  }

  bool Open(uint32_t at, Kind kind) {
    if (depth_left_ == 0) return Fail(FaultKind::kDepth, at);
    --depth_left_;
    if (parent_ != kNoParent) {
      nodes_[parent_].meta = Meta(in_object_ ? Kind::kObject : Kind::kArray, count_);
    }
    nodes_[node_count_] = {at, 0, parent_, 0};
    parent_ = node_count_++;
    in_object_ = kind == Kind::kObject;
    count_ = 0;
    return true;
  }

  // Takes the closing bracket.
  bool Close(Kind kind) {
    Node& node = nodes_[parent_];
    parent_ = node.next;
    node.end = *next_++ + 1;
    node.next = node_count_;
    node.meta = Meta(kind, count_);
    ++depth_left_;
    if (parent_ != kNoParent) {
      in_object_ = nodes_[parent_].kind() == Kind::kObject;
      count_ = nodes_[parent_].count();
    }
    return true;
  }

  // Between the closing quote and the next position there is only whitespace: everything else would
  // have a position itself.
  bool ReadString(uint32_t at) {
    uint32_t end = *next_;
    while (text_[end - 1] != '"') --end;
    if (end - 1 == at) return Fail(FaultKind::kInternal, at);
    uint32_t meta = Meta(Kind::kString);
    if (backslash_ < end) {
      if (!CheckEscapes(end)) return false;
      meta |= kEscapesBit;
    }
    Emit(at, end, meta);
    return true;
  }

  // Backslashes are looked for once over the whole text: strings come in its order.
  bool CheckEscapes(uint32_t end) {
    const std::string_view inside = text_.substr(0, end - 1);
    while (backslash_ < end) {
      const size_t length = EscapeLength(inside, backslash_);
      if (length == 0) return Fail(FaultKind::kEscape, backslash_);
      backslash_ = FindBackslash(text_, backslash_ + static_cast<uint32_t>(length));
    }
    return true;
  }

  bool ReadLiteral(uint32_t at, std::string_view literal, Kind kind, FaultKind broken) {
    const uint32_t length = static_cast<uint32_t>(literal.size());
    if (size_ - at < length || std::memcmp(text_.data() + at, literal.data(), length) != 0) {
      uint32_t same = 1;
      while (at + same < size_ && text_[at + same] == literal[same]) ++same;
      return Fail(broken, at + same);
    }
    return EndScalar(at, at + length, kind);
  }

  bool ReadNumber(uint32_t at) {
    uint32_t p = at;
    if (text_[p] == '-') ++p;
    if (p < size_ && text_[p] == '0') {
      ++p;
      if (p < size_ && IsDigit(text_[p])) return Fail(FaultKind::kLeadingZero, p);
    } else if (!SkipDigits(&p)) {
      return Fail(FaultKind::kDigit, p);
    }
    if (p < size_ && text_[p] == '.') {
      ++p;
      if (!SkipDigits(&p)) return Fail(FaultKind::kFractionDigit, p);
    }
    if (p < size_ && (text_[p] == 'e' || text_[p] == 'E')) {
      ++p;
      if (p < size_ && (text_[p] == '+' || text_[p] == '-')) ++p;
      if (!SkipDigits(&p)) return Fail(FaultKind::kExponentDigit, p);
    }
    return EndScalar(at, p, Kind::kNumber);
  }

  // At least one.
  bool SkipDigits(uint32_t* p) const {
    const uint32_t begin = *p;
    while (*p < size_ && IsDigit(text_[*p])) ++*p;
    return *p != begin;
  }

  // Only the first character of a literal or number has a position: what is stuck to its end (1x,
  // true"") shows here.
  bool EndScalar(uint32_t begin, uint32_t end, Kind kind) {
    if (end != *next_ && !IsSpace(text_[end])) {
      if (parent_ == kNoParent) return Fail(FaultKind::kDocumentEnd, end);
      return Fail(in_object_ ? FaultKind::kCommaOrObjectEnd : FaultKind::kCommaOrArrayEnd, end);
    }
    Emit(begin, end, Meta(kind));
    return true;
  }

  const std::string_view text_;
  const uint32_t size_;
  const uint32_t* next_;  // the next position; at the end it is size_
  uint32_t depth_left_;
  Node* const nodes_;
  uint32_t node_count_ = 0;
  uint32_t parent_ = kNoParent;  // the innermost open container; its `next` is its own parent
  uint32_t count_ = 0;           // of its members or elements so far
  bool in_object_ = false;
  uint32_t backslash_;  // the first that no string read so far contains, or size_
  Fault fault_;
};

}  // namespace

Fault Walk(std::string_view text, absl::Span<const uint32_t> positions, uint32_t max_depth,
           Node* nodes, uint32_t* node_count) {
  Walker walker(text, positions.data(), max_depth, nodes);
  *node_count = walker.Run() ? walker.node_count() : 0;
  return walker.fault();
}

}  // namespace sluice::json
