#include "sluice/json/walk.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>

// Everything below is inlined into Walker::Run.
#define SLUICE_WALK_INLINE inline __attribute__((always_inline))

namespace sluice::json {
namespace {

constexpr uint32_t kEscapesBit = 8;

constexpr uint32_t Meta(Kind kind, uint32_t count = 0) {
  return static_cast<uint32_t>(kind) | count << 4;
}

bool IsDigit(char c) { return static_cast<uint8_t>(c - '0') < 10; }
bool IsBlank(char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; }
bool IsOpening(char c) { return (c & ~('[' ^ '{')) == '['; }
constexpr char ClosingOf(char opening) { return static_cast<char>(opening + 2); }

template <typename Word>
Word Load(const char* p) {
  Word word;
  std::memcpy(&word, p, sizeof(word));
  return word;
}
constexpr uint32_t Word(const char (&four)[5]) {
  const auto byte = [&](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(four[i])); };
  return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}
constexpr uint64_t EightOf(uint8_t byte) { return byte * uint64_t{0x0101010101010101}; }

// The number of bytes before the first one whose bits in `marks` are not all 0; 8 if there is none.
uint32_t FirstMarked(uint64_t marks) { return static_cast<uint32_t>(std::countr_zero(marks)) / 8; }

// Where a walk is. It lives in registers: nothing takes the address of a field.
struct Cursor {
  const uint32_t* next;  // the first position not taken yet
  Node* out;             // the next node
  uint32_t index;        // its index
  uint32_t at;           // where something is due
  // The innermost container. While it is open, its node holds the two of the container around it
  // (in `next` and `end`), and its own closing bracket and depth (in `meta`, from the low byte up).
  uint32_t parent;  // its index + 1; 0 is the node before all of them
  uint32_t nested;  // nodes in it that are not its members' or elements' own
};

// What is due at Cursor::at.
enum class Due {
  kItem,   // a member or an element
  kName,   // a member, and it isn't plain
  kValue,  // an element or a member's value
  kEnd,    // the operator behind a value
  kDone,   // nothing
  kFault,
  kWindow,  // as before, in a further window
};

// Takes a Cursor as far as a window goes. Calls nothing, for WebAssembly has no registers that
// survive a call. The readers of what is plain (has no blanks, no escapes) are loops of their own
// with few variables, which is what keeps those in registers; they leave what they can't read to
// the complete readers.
//
// The text ends with a bracket. So no search for the end of blanks, digits or the like goes beyond
// the text, and behind every other operator there is a character. No reader takes more than half
// of StructuralIndex::kLookahead without comparing with the limit.
class Walker {
 public:
  Walker(std::string_view text, size_t begin, uint32_t max_depth)
      : text_(text.data()),
        last_(static_cast<uint32_t>(text.size() - 1)),
        max_depth_(std::min(max_depth, kMaxDepth)) {
    cursor_.at = static_cast<uint32_t>(begin);
  }

  uint32_t node_count() const { return cursor_.index; }
  const uint32_t* rest() const { return cursor_.next; }

  // There must be room for a node a position and kSpareNodes.
  [[gnu::noinline]] Due Run(const StructuralIndex::Window& window, Node* nodes) {
    limit_ = window.limit;
    containers_ = nodes - 1;
    Cursor c = cursor_;
    c.next = window.next;
    c.out = nodes + c.index;
    Due due = due_;
    while (due < Due::kDone) {
      if (c.next > limit_) {
        due_ = due;
        due = Due::kWindow;
        break;
      }
      if (due == Due::kItem) {
        due = Closing(c) == '}' ? ReadPlainMembers(c) : ReadPlainElements(c);
      }
      if (due == Due::kName) due = ReadName(c);
      if (due == Due::kValue) due = ReadValue(c);
      if (due == Due::kEnd) due = ReadEnd(c);
    }
    cursor_ = c;
    return due;
  }

  // Nodes are written before it is known that they stay.
  static constexpr uint32_t kSpareNodes = 2;

 private:
  static constexpr uint32_t kMaxDepth = 0xFFFFFF;
  static constexpr uint32_t kNotPlain = 0xFF;

  SLUICE_WALK_INLINE Due ReadPlainMembers(Cursor& c) const {
    while (c.next <= limit_) {
      const uint32_t colon = c.next[0];
      if (text_[c.at] != '"') {
        c.at = SkipBlanks(c.at);
        if (text_[c.at] != '"') return Due::kFault;
      }
      if (text_[colon] != ':') return Due::kName;
      c.out[0] = {c.at, colon, c.index + 1, Meta(Kind::kString)};
      uint32_t value = colon + 1;
      if (text_[value] == ' ') [[unlikely]]
        ++value;
      if (IsOpening(text_[value])) {
        Commit(c, 1, value);
        return OpenPlain(c);
      }
      const uint32_t end = c.next[1];
      const uint32_t meta = PlainMeta(value, end);
      c.out[1] = {value, end, c.index + 2, meta};
      if (meta == kNotPlain || (text_[end] != ',' && text_[end] != '}')) {
        Commit(c, 1, value);
        return Due::kValue;
      }
      if (text_[end] == '}') {
        Commit(c, 2, end);
        return Close(c, Kind::kObject);
      }
      Commit(c, 2, end + 1);
    }
    return Due::kItem;
  }

  SLUICE_WALK_INLINE Due ReadPlainElements(Cursor& c) const {
    while (c.next <= limit_) {
      const char first = text_[c.at];
      if (IsOpening(first)) return OpenPlain(c);
      const uint32_t end = c.next[0];
      const uint32_t meta = PlainMeta(c.at, end);
      if (meta == kNotPlain) {
        if (!IsBlank(first)) return Due::kValue;
        c.at = SkipBlanks(c.at);
        continue;
      }
      *c.out = {c.at, end, c.index + 1, meta};
      if (text_[end] != ',') return Due::kValue;
      Commit(c, 1, end + 1);
    }
    return Due::kItem;
  }

  // The meta of the scalar at `at` if it is one that ends where the next position is; of a string
  // that is for the caller to see.
  SLUICE_WALK_INLINE uint32_t PlainMeta(uint32_t at, uint32_t end) const {
    const char first = text_[at];
    if (first == '"') return Meta(Kind::kString);
    if (last_ - at < 8) return kNotPlain;
    const uint32_t length = end - at;
    if (IsDigit(first)) return IsPlainNumber(at, length) ? Meta(Kind::kNumber) : kNotPlain;
    if (length == 4) {
      const uint32_t word = Load<uint32_t>(text_ + at);
      if (word == Word("null")) return Meta(Kind::kNull);
      return word == Word("true") ? Meta(Kind::kTrue) : kNotPlain;
    }
    const bool is_false =
        length == 5 && first == 'f' && Load<uint32_t>(text_ + at + 1) == Word("alse");
    return is_false ? Meta(Kind::kFalse) : kNotPlain;
  }

  // Without sign and exponent, of eight characters at most.
  SLUICE_WALK_INLINE bool IsPlainNumber(uint32_t at, uint32_t length) const {
    // The top bit of each character that is no digit; behind one that is not ASCII there may be
    // bits too many.
    const uint64_t values = Load<uint64_t>(text_ + at) ^ EightOf('0');
    const uint64_t others = ((values + EightOf(0x80 - 10)) | values) & EightOf(0x80);
    const uint32_t integer = FirstMarked(others);
    if (text_[at] == '0' && integer != 1) return false;
    if (integer == length) return true;
    const uint32_t decimal = FirstMarked(others & (others - 1));
    return text_[at + integer] == '.' && decimal == length && decimal != integer + 1;
  }

  SLUICE_WALK_INLINE Due OpenPlain(Cursor& c) const {
    const char closing = ClosingOf(text_[c.at]);
    const char inner = text_[c.at + 1];
    if (inner == closing || inner <= ' ') return Due::kValue;
    return Open(c, closing, c.at + 1);
  }

  SLUICE_WALK_INLINE Due ReadName(Cursor& c) const {
    if (ReadString(c) != Due::kEnd || text_[c.at] != ':') return Due::kFault;
    ++c.at;
    return Due::kValue;
  }

  SLUICE_WALK_INLINE Due ReadValue(Cursor& c) const {
    c.at = SkipBlanks(c.at);
    const char first = text_[c.at];
    if (first == '"') return ReadString(c);
    if (first == '-' || IsDigit(first)) return EndScalar(c, EndOfNumber(c.at), Kind::kNumber);
    if (!IsOpening(first)) return ReadLiteral(c);
    const char closing = ClosingOf(first);
    const uint32_t inner = SkipBlanks(c.at + 1);
    if (text_[inner] != closing) return Open(c, closing, inner);
    if (Depth(c) == max_depth_) return Due::kFault;
    ++c.next;  // the opening bracket
    const Due due = EndScalar(c, inner + 1, closing == '}' ? Kind::kObject : Kind::kArray, 1);
    if (c.parent != 0) return due;
    return inner == last_ ? Due::kDone : Due::kFault;
  }

  // As many containers as end.
  SLUICE_WALK_INLINE Due ReadEnd(Cursor& c) const {
    while (text_[c.at] != ',') {
      if (text_[c.at] != Closing(c)) return Due::kFault;
      if (c.next > limit_) return Due::kEnd;
      const Due due = Close(c, text_[c.at] == '}' ? Kind::kObject : Kind::kArray);
      if (due != Due::kEnd) return due;
    }
    ++c.at;
    return Due::kItem;
  }

  // A string: to the position behind it, but for the one in it if there are escapes.
  SLUICE_WALK_INLINE Due ReadString(Cursor& c) const {
    uint32_t meta = Meta(Kind::kString);
    uint32_t end = *c.next++;
    if (end > c.at && text_[end - 1] != '"') {
      meta |= kEscapesBit;
      end = *c.next++;
    }
    *c.out = {c.at, end, c.index + 1, meta};
    ++c.out;
    ++c.index;
    c.at = end;
    return IsBlank(text_[end]) && !TakeOperator(c, end) ? Due::kFault : Due::kEnd;
  }

  SLUICE_WALK_INLINE Due ReadLiteral(Cursor& c) const {
    const auto is = [&](const char (&four)[5], uint32_t from) {
      return last_ - c.at >= 4 && Load<uint32_t>(text_ + from) == Word(four);
    };
    if (is("true", c.at)) return EndScalar(c, c.at + 4, Kind::kTrue);
    if (is("null", c.at)) return EndScalar(c, c.at + 4, Kind::kNull);
    if (text_[c.at] == 'f' && is("alse", c.at + 1)) return EndScalar(c, c.at + 5, Kind::kFalse);
    return Due::kFault;
  }

  // 0 if it is none.
  SLUICE_WALK_INLINE uint32_t EndOfNumber(uint32_t at) const {
    if (text_[at] == '-') ++at;
    if (text_[at] == '0') {
      ++at;
    } else if (!SkipDigits(&at)) {
      return 0;
    }
    if (text_[at] == '.') {
      ++at;
      if (!SkipDigits(&at)) return 0;
    }
    if (text_[at] == 'e' || text_[at] == 'E') {
      ++at;
      if (text_[at] == '+' || text_[at] == '-') ++at;
      if (!SkipDigits(&at)) return 0;
    }
    return at;
  }

  // At least one.
  SLUICE_WALK_INLINE bool SkipDigits(uint32_t* at) const {
    const uint32_t begin = *at;
    while (IsDigit(text_[*at])) ++*at;
    return *at != begin;
  }

  SLUICE_WALK_INLINE uint32_t SkipBlanks(uint32_t at) const {
    while (IsBlank(text_[at])) {
      ++at;
      // Indentation.
      for (uint32_t blanks = 8; blanks == 8 && last_ - at >= 8; at += blanks) {
        blanks = FirstMarked(Load<uint64_t>(text_ + at) ^ EightOf(' '));
      }
    }
    return at;
  }

  SLUICE_WALK_INLINE char Closing(const Cursor& c) const {
    return static_cast<char>(containers_[c.parent].meta);
  }
  SLUICE_WALK_INLINE uint32_t Depth(const Cursor& c) const {
    return containers_[c.parent].meta >> 8;
  }

  // `count` nodes have been written, from a position each.
  SLUICE_WALK_INLINE void Commit(Cursor& c, uint32_t count, uint32_t at) const {
    c.out += count;
    c.index += count;
    c.next += count;
    c.at = at;
  }

  // Takes the operator behind a value that ends at `end`; false if not only blanks are between.
  SLUICE_WALK_INLINE bool TakeOperator(Cursor& c, uint32_t end) const {
    c.at = *c.next++;
    // Where the text ends too soon the position is none, but its first.
    return c.at == end || (c.at > end && SkipBlanks(end) == c.at);
  }

  // `positions` are the value's own.
  SLUICE_WALK_INLINE Due EndScalar(Cursor& c, uint32_t end, Kind kind,
                                   uint32_t positions = 0) const {
    *c.out = {c.at, end, c.index + 1, Meta(kind)};
    ++c.out;
    ++c.index;
    c.next += positions;
    return end != 0 && TakeOperator(c, end) ? Due::kEnd : Due::kFault;
  }

  SLUICE_WALK_INLINE Due Open(Cursor& c, char closing, uint32_t inner) const {
    const uint32_t depth = Depth(c);
    if (depth == max_depth_) return Due::kFault;
    *c.out = {c.at, c.nested, c.parent, static_cast<uint8_t>(closing) | (depth + 1) << 8};
    Commit(c, 1, inner);
    c.parent = c.index;
    c.nested = 0;
    return Due::kItem;
  }

  // The innermost container, whose bracket is at c.at.
  SLUICE_WALK_INLINE Due Close(Cursor& c, Kind kind) const {
    Node& node = containers_[c.parent];
    const uint32_t inner = c.index - c.parent;
    const uint32_t own = inner - c.nested;
    c.parent = node.next;
    c.nested = node.end + inner;
    node.end = c.at + 1;
    node.next = c.index;
    node.meta = kind == Kind::kObject ? Meta(kind, own / 2) : Meta(kind, own);
    if (c.parent == 0) return c.at == last_ ? Due::kDone : Due::kFault;
    if (!TakeOperator(c, c.at + 1)) return Due::kFault;
    if (text_[c.at] != ',') return Due::kEnd;
    ++c.at;
    return Due::kItem;
  }

  const char* const text_;
  const uint32_t last_;
  const uint32_t max_depth_;
  const uint32_t* limit_ = nullptr;
  Node* containers_ = nullptr;  // the nodes by their index + 1
  Cursor cursor_{};             // between windows
  Due due_ = Due::kItem;
};

}  // namespace

WalkResult Walk(std::string_view text, size_t begin, StructuralIndex& index, uint32_t max_depth,
                NodeBuffer& nodes) {
  Walker walker(text, begin, max_depth);
  Due due;
  do {
    // If the rest of the text is like what has been read.
    const uint64_t read = index.offset() - begin;
    const uint64_t count = walker.node_count();
    const uint64_t expected = read == 0 ? 0 : count * text.size() / read * 9 / 8;
    const StructuralIndex::Window window = index.NextWindow(walker.rest());
    if (!nodes.Reserve(count + window.count + Walker::kSpareNodes, expected)) {
      return {WalkResult::kNoMemory, 0};
    }
    due = walker.Run(window, nodes.data());
  } while (due == Due::kWindow);
  if (due != Due::kDone) return {WalkResult::kFault, 0};
  return {WalkResult::kDone, walker.node_count()};
}

Node ScalarNode(std::string_view text, uint32_t begin, uint32_t end) {
  const auto meta = [&] {
    switch (text[begin]) {
      case '"':
        return Meta(Kind::kString) | (text.find('\\') != std::string_view::npos ? kEscapesBit : 0);
      case 't':
        return Meta(Kind::kTrue);
      case 'f':
        return Meta(Kind::kFalse);
      case 'n':
        return Meta(Kind::kNull);
      default:
        return Meta(Kind::kNumber);
    }
  };
  return {begin, end, 1, meta()};
}

}  // namespace sluice::json
