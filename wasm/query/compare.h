// Equality and order of values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "sluice/query/arena.h"
#include "sluice/query/budget.h"
#include "sluice/query/item.h"

namespace sluice::query {

// Stable; O(n log n) calls. `buffer` is as long as `order`.
void SortIndices(absl::Span<uint32_t> order, uint32_t* buffer,
                 absl::FunctionRef<bool(uint32_t, uint32_t)> less);

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
