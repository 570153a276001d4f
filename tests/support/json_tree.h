// JSON as a plain tree, for the slow references of tests: a parser, a writer and an equality of its
// own, which share no code with the rooms.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::reference {

// How much of a scalar's or a name's text is settled by the document and the steps.
enum class Text : uint8_t {
  kExact,    // byte for byte as it was written
  kDecoded,  // a string that a step made: its value is, its escapes are not
};

struct Name {
  std::string raw;   // with quotes
  std::string text;  // decoded
  Text how = Text::kExact;
};

struct Tree {
  enum class Kind : uint8_t { kNull, kFalse, kTrue, kNumber, kString, kArray, kObject };

  Kind kind = Kind::kNull;
  // A scalar's text. A container's exact text, blanks included, as long as no step has looked into
  // it; empty from then on.
  std::string raw;
  Text how = Text::kExact;
  std::string text;          // of a string: decoded
  std::vector<Name> names;   // of an object, one for each of its values
  std::vector<Tree> values;  // elements, or members' values

  bool is_object() const { return kind == Kind::kObject; }
  bool is_array() const { return kind == Kind::kArray; }
  bool is_container() const { return is_object() || is_array(); }
};

Tree NullTree();
Tree EmptyObject();
Tree MadeString(std::string_view utf8);
Name MadeName(std::string_view utf8);

// Nothing if it isn't JSON (RFC 8259), or nests deeper than `max_depth`.
std::optional<Tree> ParseTree(std::string_view text, uint32_t max_depth = 512);

// The text of the tree: what no step has looked into as it was, the rest without blanks.
std::string TextOf(const Tree& tree);
// Without any blanks between tokens.
std::string CompactTextOf(const Tree& tree);

uint32_t DepthOf(const Tree& tree);

// The same value as RFC 6902's test has it: numbers by value, members without order, of members
// with one name the last.
bool SameValue(const Tree& left, const Tree& right);

// True if `actual`, parsed from a result, is what `expected` stands for: the same tree with the
// same texts, decoded where only the value is settled.
bool Matches(const Tree& expected, const Tree& actual);

// The last member of that name; -1 if there is none. For objects.
int LastNamed(const Tree& object, std::string_view name);

}  // namespace sluice::reference
