#include "sluice/json/walk.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
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

// The positions that a walk is among, and room for a node of each.
struct Window {
  const uint32_t* next;
  const uint32_t* end;
  Node* nodes;  // all of them, from the first window on
  bool has_memory;
};

// Once in 4 KiB. Behind the last position comes the text's size, again and again.
[[gnu::noinline]] Window NextWindow(StructuralIndex& index, NodeBuffer& buffer, uint32_t size,
                                    uint32_t node_count) {
  // If the rest of the text is like what has been read.
  const uint64_t read = index.offset();
  const uint64_t expected = read == 0 ? 0 : uint64_t{node_count} * size / read * 9 / 8;
  size_t count = 0;
  while (count == 0 && !index.exhausted()) count = index.NextWindow();
  // Each position makes at most one node.
  const bool has_memory = buffer.Reserve(uint64_t{node_count} + count, expected);
  if (count == 0 || !has_memory) {
    index.positions()[0] = size;
    count = 1;
  }
  return {index.positions(), index.positions() + count, buffer.data(), has_memory};
}

// A function without a frame of its own: see Walker.
#define SLUICE_WALK_INLINE inline __attribute__((always_inline))

// All of it is inlined into Run and nothing takes its address, so that the fields live in
// registers.
class Walker {
 public:
  Walker(std::string_view text, StructuralIndex& index, uint32_t max_depth, NodeBuffer& nodes)
      : text_(text),
        size_(static_cast<uint32_t>(text.size())),
        index_(index),
        depth_left_(max_depth),
        buffer_(nodes),
        nodes_(nodes.data()) {}

  SLUICE_WALK_INLINE bool Run() {
    TakeWindow();
    if (!ReadValue(FaultKind::kValue)) return false;
    while (parent_ != kNoParent) {
      if (!(in_object_ ? AfterMember() : AfterElement())) return false;
    }
    return *next_ == size_ || Fail(FaultKind::kDocumentEnd, *next_);
  }

  Fault fault() const { return fault_; }
  uint32_t node_count() const { return node_count_; }

 private:
  // The first failure stays: what fails for want of memory fails on at the end of the positions.
  SLUICE_WALK_INLINE bool Fail(FaultKind kind, uint32_t offset) {
    if (fault_.ok()) fault_ = {kind, offset};
    return false;
  }

  // Takes the position at next_, which must not be the text's end.
  SLUICE_WALK_INLINE void Advance() {
    if (++next_ == end_) TakeWindow();
  }

  SLUICE_WALK_INLINE void TakeWindow() {
    const Window window = NextWindow(index_, buffer_, size_, node_count_);
    next_ = window.next;
    end_ = window.end;
    nodes_ = window.nodes;
    if (!window.has_memory) Fail(FaultKind::kMemory, 0);
  }

  // The character at the next position without taking it; 0 at the end.
  SLUICE_WALK_INLINE char Peek() const { return *next_ < size_ ? text_[*next_] : '\0'; }

  SLUICE_WALK_INLINE void Emit(uint32_t begin, uint32_t end, uint32_t meta) {
    nodes_[node_count_] = {begin, end, node_count_ + 1, meta};
    ++node_count_;
  }

  // One value; of a container that is not empty only what comes before its first inner value.
  // `expected` is what the fault is if no value starts here.
  SLUICE_WALK_INLINE bool ReadValue(FaultKind expected) {
    for (;;) {
      const uint32_t at = *next_;
      if (at >= size_) return Fail(expected, size_);
      Advance();
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

  SLUICE_WALK_INLINE bool AfterMember() {
    const uint32_t at = *next_;
    if (at < size_) {
      if (text_[at] == ',') {
        Advance();
        return ReadName(FaultKind::kMemberName) && ReadValue(FaultKind::kValue);
      }
      if (text_[at] == '}') return Close(Kind::kObject);
    }
    return Fail(FaultKind::kCommaOrObjectEnd, at);
  }

  SLUICE_WALK_INLINE bool AfterElement() {
    const uint32_t at = *next_;
    if (at < size_) {
      if (text_[at] == ',') {
        Advance();
        ++count_;
        return ReadValue(FaultKind::kValue);
      }
      if (text_[at] == ']') return Close(Kind::kArray);
    }
    return Fail(FaultKind::kCommaOrArrayEnd, at);
  }

  SLUICE_WALK_INLINE bool ReadName(FaultKind expected) {
    const uint32_t at = *next_;
    if (at >= size_ || text_[at] != '"') return Fail(expected, at);
    Advance();
    ++count_;
    if (!ReadString(at)) return false;
    const uint32_t colon = *next_;
    if (colon >= size_ || text_[colon] != ':') return Fail(FaultKind::kColon, colon);
    Advance();
    return true;
  }

  SLUICE_WALK_INLINE bool Open(uint32_t at, Kind kind) {
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
  SLUICE_WALK_INLINE bool Close(Kind kind) {
    Node& node = nodes_[parent_];
    parent_ = node.next;
    node.end = *next_ + 1;
    node.next = node_count_;
    node.meta = Meta(kind, count_);
    ++depth_left_;
    if (parent_ != kNoParent) {
      in_object_ = nodes_[parent_].kind() == Kind::kObject;
      count_ = nodes_[parent_].count();
    }
    Advance();  // last: it may move the nodes
    return true;
  }

  // The next position is the closing quote, or the character after a backslash.
  SLUICE_WALK_INLINE bool ReadString(uint32_t at) {
    const uint32_t close = *next_;
    if (close >= size_) return Fail(FaultKind::kUnclosedString, at);
    if (text_[close] != '"' || text_[close - 1] == '\\') return ReadEscapedString(at);
    Emit(at, close + 1, Meta(Kind::kString));
    Advance();
    return true;
  }

  SLUICE_WALK_INLINE bool ReadEscapedString(uint32_t at) {
    uint32_t previous = at;
    for (;;) {
      const uint32_t position = *next_;
      if (position >= size_) return Fail(FaultKind::kUnclosedString, at);
      Advance();
      // A backslash that is itself escaped has a position, and so isn't one that escapes.
      const bool escaped = text_[position - 1] == '\\' && previous != position - 1;
      if (!escaped) {
        if (text_[position] != '"') return Fail(FaultKind::kInternal, position);
        Emit(at, position + 1, Meta(Kind::kString) | kEscapesBit);
        return true;
      }
      if (EscapeLength(text_, position - 1) == 0) return Fail(FaultKind::kEscape, position - 1);
      previous = position;
    }
  }

  SLUICE_WALK_INLINE bool ReadLiteral(uint32_t at, std::string_view literal, Kind kind,
                                      FaultKind broken) {
    const uint32_t length = static_cast<uint32_t>(literal.size());
    if (size_ - at < length || std::memcmp(text_.data() + at, literal.data(), length) != 0) {
      uint32_t same = 1;
      while (at + same < size_ && text_[at + same] == literal[same]) ++same;
      return Fail(broken, at + same);
    }
    return EndScalar(at, at + length, kind);
  }

  SLUICE_WALK_INLINE bool ReadNumber(uint32_t at) {
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
  SLUICE_WALK_INLINE bool SkipDigits(uint32_t* p) const {
    const uint32_t begin = *p;
    while (*p < size_ && IsDigit(text_[*p])) ++*p;
    return *p != begin;
  }

  // Only the first character of a literal or number has a position: what is stuck to its end (1x,
  // true"") shows here.
  SLUICE_WALK_INLINE bool EndScalar(uint32_t begin, uint32_t end, Kind kind) {
    if (end != *next_ && !IsSpace(text_[end])) {
      if (parent_ == kNoParent) return Fail(FaultKind::kDocumentEnd, end);
      return Fail(in_object_ ? FaultKind::kCommaOrObjectEnd : FaultKind::kCommaOrArrayEnd, end);
    }
    Emit(begin, end, Meta(kind));
    return true;
  }

  const std::string_view text_;
  const uint32_t size_;
  StructuralIndex& index_;
  const uint32_t* next_ = nullptr;  // the next position; at the end of the text it is size_
  const uint32_t* end_ = nullptr;   // of the window
  uint32_t depth_left_;
  NodeBuffer& buffer_;
  Node* nodes_;
  uint32_t node_count_ = 0;
  uint32_t parent_ = kNoParent;  // the innermost open container; its `next` is its own parent
  uint32_t count_ = 0;           // of its members or elements so far
  bool in_object_ = false;
  Fault fault_;
};

}  // namespace

NodeBuffer::~NodeBuffer() { std::free(nodes_); }

bool NodeBuffer::Reserve(uint64_t count, uint64_t expected) {
  if (count <= capacity_) return true;
  constexpr uint64_t kStep = 256;  // texts of nearly the same size should not each allocate
  const uint64_t wanted = (std::max(count, expected) / kStep + 1) * kStep;
  if (wanted > UINT32_MAX / sizeof(Node)) return false;
  auto* grown =
      static_cast<Node*>(std::realloc(nodes_, static_cast<size_t>(wanted) * sizeof(Node)));
  if (grown == nullptr) return false;
  nodes_ = grown;
  capacity_ = static_cast<uint32_t>(wanted);
  return true;
}

Fault Walk(std::string_view text, StructuralIndex& index, uint32_t max_depth, NodeBuffer& nodes,
           uint32_t* node_count) {
  Walker walker(text, index, max_depth, nodes);
  *node_count = walker.Run() ? walker.node_count() : 0;
  return walker.fault();
}

}  // namespace sluice::json
