// The one view of JSON text that every engine uses: strictly validated, borrowed, indexed.
//
// A Document is a tape of 16-byte nodes in document order over text that it does not own. It is
// built by a walk (walk.h) over a SIMD index of the text (structural_index.h), so that
//   * every byte of the text is validated (RFC 8259), also inside values nobody looks at;
//   * a value is a span of the text: numbers keep their digits, strings their escapes, objects
//     their order and their duplicates;
//   * the next sibling is one load away.
// Refused: a byte order mark, lone continuation bytes and other invalid UTF-8, raw control
// characters in strings, invalid escapes, trailing text, nesting beyond the budget. Accepted as
// the grammar has it: an escaped lone surrogate ("\ud800"; decoding yields U+FFFD) and duplicate
// member names (Find returns the last one, as JSON.parse does).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/limits.h"

namespace sluice::json {

enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

// "null", "boolean", "number", "string", "array", "object".
std::string_view KindName(Kind kind);

struct Node {
  uint32_t begin;  // byte offset of the value's first character (a string's is its quote)
  uint32_t end;    // one past its last
  uint32_t next;   // tape index of what follows the whole subtree
  uint32_t meta;   // bits 0-2 kind, bit 3 a string with escapes, bits 4-31 members or elements

  Kind kind() const { return static_cast<Kind>(meta & 7u); }
  bool has_escapes() const { return (meta & 8u) != 0; }
  uint32_t count() const { return meta >> 4; }
};
static_assert(sizeof(Node) == 16);

class Document;

// A value in a Document: 16 bytes, copied freely, valid as long as the Document is neither parsed
// into again nor destroyed and the text lives. A default-constructed Value is absent.
class Value {
 public:
  Value() = default;
  Value(const Document* document, uint32_t index) : document_(document), index_(index) {}

  bool present() const { return document_ != nullptr; }
  uint32_t index() const { return index_; }
  Kind kind() const;
  bool is(Kind kind) const { return present() && this->kind() == kind; }

  // The value's exact text, quotes included.
  std::string_view raw() const;
  // Where it starts, in bytes of the text.
  size_t byte_offset() const;

  // A string's text between the quotes, escapes as they are. Only for strings.
  std::string_view raw_string() const;
  bool has_escapes() const;
  // A string's value, escapes decoded. Without escapes no copy is made and `*scratch` is untouched;
  // otherwise the result lies in `*scratch`, which is overwritten.
  std::string_view string(std::string* scratch) const;
  // The same without allocating: what has escapes is decoded into `buffer`. Nothing if it doesn't
  // fit there.
  std::optional<std::string_view> string(absl::Span<char> buffer) const;
  // Compares a string's value with UTF-8 text; allocates nothing.
  bool StringEquals(std::string_view text) const;

  // Members of an object, elements of an array; 0 for all else. O(1).
  uint32_t size() const;

  // The member's value, or absent (also for other kinds). With duplicate names the last wins.
  // O(members).
  Value Find(std::string_view name) const;

  // Iterate with Members() and Elements() below.
  const Document* document() const { return document_; }

 private:
  const Node& node() const;
  bool EscapedStringEquals(std::string_view text) const;

  const Document* document_ = nullptr;
  uint32_t index_ = 0;
};

struct Member {
  Value key;  // a string
  Value value;
};

class Document {
 public:
  Document();
  // A view of what a Parse of `text` made once, its nodes kept elsewhere. Borrows both.
  Document(std::string_view text, absl::Span<const Node> nodes);
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  // Indexes `text`, which the caller keeps alive and unchanged while the Document is used.
  // Errors: budget_exceeded (length, depth with the bracket's offset, memory), and invalid_json
  // with the byte offset of the first fault in the text, the same on every SIMD kernel:
  //   * a token that can't stand there: its first byte, or the text's size where it ends too soon;
  //   * a number or literal that breaks off: the first byte that doesn't belong;
  //   * in strings: the backslash that starts no escape, the raw control character, the first byte
  //     of what is not UTF-8, the opening quote of a string that is never closed.
  // A Document can parse again and again; it keeps its memory and grows only for larger texts.
  // O(text). The text needs no padding. Memory besides it: 16 bytes a value or member name, a fifth
  // more while it grows, and 17 KiB.
  absl::Status Parse(std::string_view text, const JsonBudget& budget = {});

  // Only after a successful Parse.
  Value root() const { return Value(this, 0); }
  std::string_view text() const { return text_; }
  absl::Span<const Node> nodes() const { return {nodes_, node_count_}; }

  // Bytes that it holds on to between parses.
  size_t retained_bytes() const;
  // Gives that memory back.
  void Release();

 private:
  class Parser;
  struct Index;  // what is kept between parses

  std::string_view text_;
  const Node* nodes_ = nullptr;  // in the Index
  uint32_t node_count_ = 0;
  std::unique_ptr<Index> index_;
};

inline const Node& Value::node() const { return document_->nodes()[index_]; }
inline Kind Value::kind() const { return node().kind(); }
inline std::string_view Value::raw() const {
  return document_->text().substr(node().begin, node().end - node().begin);
}
inline size_t Value::byte_offset() const { return node().begin; }
inline std::string_view Value::raw_string() const {
  return document_->text().substr(node().begin + 1, node().end - node().begin - 2);
}
inline bool Value::has_escapes() const { return node().has_escapes(); }
inline bool Value::StringEquals(std::string_view text) const {
  return has_escapes() ? EscapedStringEquals(text) : raw_string() == text;
}
inline uint32_t Value::size() const { return present() ? node().count() : 0; }

// Ranges: `for (Member m : Members(object))`, `for (Value e : Elements(array))`. Empty for values
// of other kinds.
class MemberIterator {
 public:
  MemberIterator(const Document* document, uint32_t index) : document_(document), index_(index) {}
  Member operator*() const { return {Value(document_, index_), Value(document_, index_ + 1)}; }
  MemberIterator& operator++() {
    index_ = document_->nodes()[index_ + 1].next;
    return *this;
  }
  bool operator!=(const MemberIterator& other) const { return index_ != other.index_; }

 private:
  const Document* document_;
  uint32_t index_;  // of the key; its value follows it
};

class ElementIterator {
 public:
  ElementIterator(const Document* document, uint32_t index) : document_(document), index_(index) {}
  Value operator*() const { return Value(document_, index_); }
  ElementIterator& operator++() {
    index_ = document_->nodes()[index_].next;
    return *this;
  }
  bool operator!=(const ElementIterator& other) const { return index_ != other.index_; }

 private:
  const Document* document_;
  uint32_t index_;
};

template <typename Iterator>
class ChildRange {
 public:
  ChildRange(Value parent, bool wanted)
      : document_(parent.document()),
        begin_(wanted ? parent.index() + 1 : 0),
        end_(wanted ? document_->nodes()[parent.index()].next : 0) {}
  Iterator begin() const { return Iterator(document_, begin_); }
  Iterator end() const { return Iterator(document_, end_); }

 private:
  const Document* document_;
  uint32_t begin_;
  uint32_t end_;
};

inline ChildRange<MemberIterator> Members(Value object) {
  return {object, object.is(Kind::kObject)};
}
inline ChildRange<ElementIterator> Elements(Value array) { return {array, array.is(Kind::kArray)}; }

}  // namespace sluice::json
