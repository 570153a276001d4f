// Which alternative of `anyOf` or `oneOf` an author of a value meant. Inside this room only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "sluice/json/document.h"
#include "sluice/json/equality.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

struct Meant {
  static constexpr size_t kMaxLeaves = 4;

  // kNone: that of the unit `alternative`. Else one error for all of them.
  Fault fault = Fault::kNone;
  size_t alternative = 0;
  uint32_t node = 0;      // that the error is about
  uint32_t name = kNone;  // row of `names`, of the member that would tell
  // kNoAlternative: what the alternatives ask for, at most so many of them. kUnknownTag and
  // kMissingTag: the members (`position`: the name, `node`: the value) that told some of the
  // alternatives from the others before.
  size_t leaf_count = 0;
  bool has_more = false;  // alternatives that ask for something else
  std::array<Unit, kMaxLeaves> leaves;
};

// From what is wrong with each alternative (the units within the open unit `keyword`, at least one)
// of a value that none of them takes. In this order:
//   1. alternatives for other kinds of values aren't meant;
//   2. where members of the alternatives must have one of different values ("kind": "circle"), the
//      value of that member decides; of those that are left, that of another one;
//   3. where each lacks but one thing, one error names them all;
//   4. nearest is where the fewest names are unknown or missing, then where the fewest values
//      differ from a constant that are right for the other one (a tag deeper down), then where the
//      fewest faults are; a missing name and an unknown one that is nearly the same count as one.
// O(units + alternatives × members that have such values). What names have been compared is taken
// from `bytes_left`; where that ends, none is nearly another.
Meant FindMeant(const Tables& tables, const Findings& findings, size_t keyword, json::Value value,
                json::EqualityScratch& equality, size_t& bytes_left);

// The row of `enums` of what a member with the name at `name` of `names` must be, as an object row
// of the schema says, or one that it applies in place; nullptr if there is none.
struct Tag {
  const EnumRow* values = nullptr;
  bool required = false;
};
Tag FindTag(const Tables& tables, uint32_t schema, uint32_t name);
// Whether the value is one of them.
bool Allows(const Tables& tables, const EnumRow& row, json::Value value,
            json::EqualityScratch& equality);

}  // namespace sluice::schema
