// Equality and order of values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "sluice/json/number_order.h"
#include "sluice/query/arena.h"
#include "sluice/query/budget.h"
#include "sluice/query/item.h"
#include "sluice/query/members.h"

namespace sluice::query {

// Stable; O(n log n) calls. `buffer` is as long as `order`.
void SortIndices(absl::Span<uint32_t> order, uint32_t* buffer,
                 absl::FunctionRef<bool(uint32_t, uint32_t)> less);

// The six ways to compare, in the order that both languages' tables have them.
enum class Comparison : uint32_t { kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual };

// Whether a comparison holds for what is less (negative), equal or greater (positive).
inline bool HoldsFor(Comparison comparison, int order) {
  // A bit each for less, equal, greater.
  static constexpr uint8_t kHolds[] = {0b010, 0b101, 0b001, 0b011, 0b100, 0b110};
  const int bit = 1 + static_cast<int>(order > 0) - static_cast<int>(order < 0);
  return (kHolds[static_cast<uint32_t>(comparison)] >> bit & 1) != 0;
}

// What filters mostly ask: how a node compares with a literal number (its JSON text) or string.
// Within the one step that looking at the node is, so only for short texts; kUnknown is for
// `Comparer` to find out. Of another kind than the literal nothing is true but kNotEqual.
enum class Answer : uint8_t { kNo, kYes, kUnknown };
ABSL_ATTRIBUTE_ALWAYS_INLINE inline Answer CompareWithLiteral(const json::Document& document,
                                                              uint32_t index, json::Kind kind,
                                                              std::string_view literal,
                                                              Comparison comparison) {
  constexpr size_t kShort = 32;
  const json::Node& node = document.nodes()[index];
  if (node.kind() != kind) return comparison == Comparison::kNotEqual ? Answer::kYes : Answer::kNo;
  const size_t length = node.end - node.begin;
  if (length > kShort || literal.size() > kShort) return Answer::kUnknown;
  const char* const text = document.text().data() + node.begin;
  bool holds = false;
  if (kind == json::Kind::kNumber) {
    holds = HoldsFor(comparison, json::CompareNumbers({text, length}, literal));
  } else {
    if (node.has_escapes() || comparison > Comparison::kNotEqual) return Answer::kUnknown;
    const bool equal =
        length - 2 == literal.size() && SameBytes(text + 1, literal.data(), literal.size());
    holds = equal == (comparison == Comparison::kEqual);
  }
  return holds ? Answer::kYes : Answer::kNo;
}

// Code points of UTF-8 text.
uint32_t CodePointCount(std::string_view text);

// Borrows what a run has. Out of steps or memory the answers are meaningless: whoever runs a query
// looks at the meter and the arena before it hands anything out.
class Comparer {
 public:
  Comparer(StepMeter& meter, Arena& arena) : meter_(meter), arena_(arena) {}

  // Deep. Numbers are equal if they are the same decimal, strings by code points, objects
  // if they have the same members in any order (of duplicate names the last counts). Both are
  // present. O(size) for objects with their names in the same order, else O(size log size).
  bool Equal(const Item& a, const Item& b);

  // Two numbers or two strings (by code points). Negative, 0, positive.
  int Order(const Item& a, const Item& b);
  ABSL_ATTRIBUTE_ALWAYS_INLINE int OrderOfNumbers(const Item& a, const Item& b) {
    const std::string_view x = a.number_text();
    const std::string_view y = b.number_text();
    // What a step is about covers two short ones.
    if (x.size() + y.size() > 32) meter_.TakeForText(x.size() + y.size());
    return json::CompareNumbers(x, y);
  }

  // A string's decoded text. With escapes, decoded into the arena.
  std::string_view Text(const Item& string);

 private:
  struct Entry {
    std::string_view key;
    Item value;
  };
  bool StringsEqual(const Item& a, const Item& b);
  bool ArraysEqual(const Item& a, const Item& b);
  bool ObjectsEqual(const Item& a, const Item& b);
  bool SameKeys(const Item& a, const Item& b);
  bool MembersEqualInOrder(const Item& a, const Item& b);
  bool MembersEqualSorted(const Item& a, const Item& b);
  absl::Span<const Entry> SortedMembers(const Item& object);

  StepMeter& meter_;
  Arena& arena_;
  std::string decoded_;
};

}  // namespace sluice::query
