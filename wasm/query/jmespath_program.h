// The tables of a compiled JMESPath. Inside this room only.
//
// An expression is a chain of operations, each applied to what the one before it made; it is
// named by its first operation, kIdentity if it has none. What doesn't chain (projections,
// operands, arguments) is an expression of its own.
#pragma once

#include <cstdint>

#include "sluice/base/block.h"
#include "sluice/query/compare.h"
#include "sluice/query/jmespath_functions.h"

namespace sluice::query::jmespath {

inline constexpr uint32_t kIdentity = 0xFFFFFFFF;

// Tables of the block, in this order.
enum Table : uint32_t {
  kOperations,
  kParts,  // the expressions of multi-selects, the arguments of calls
  kSlices,
  kText,   // with kPadding bytes behind it
  kStart,  // two numbers: the whole expression and its weight
  kLookups,
  kNames,
};

inline constexpr uint32_t kPadding = 32;  // see OutputBuffer::AppendWithin

// An expression's weight is what applying it once costs, in steps: one for each of its operations,
// but for those that are applied to several values; whoever applies those, charges for them.
enum class Code : uint32_t {
  kField,          // a, b: lookup and number of the name
  kIndex,          // a: the slice whose start it is
  kSlice,          // a: the slice
  kFlatten,        // a: applied to each element, and to those of elements that are arrays
  kProjectArray,   // a: applied to each element
  kProjectObject,  // a: applied to each member's value
  kFilter,         // a: applied to each element for which b is true
                   // of these four c: weight of a, and b
  kLiteral,        // a: index in the document of literals
  kMultiList,      // a, b: first part and how many
  kMultiHash,      // the same; the parts have keys
  kNot,            // a
  kAnd,            // a, b
  kOr,             // a, b
  kCompare,        // a, b; c: Comparison
  kCall,           // a, b: first part and how many; c: Function
};

struct Operation {
  Code code;
  uint32_t next;  // in the chain
  uint32_t a;
  uint32_t b;
  uint32_t c;
  uint32_t offset;  // in the expression's text
};

struct Part {
  uint32_t expression;
  uint32_t mark;     // of a multi-hash: its key in the document of literals; of a call: 0, or for
                     // &expression 1 + its weight
  StringRef prefix;  // of a multi-hash: what stands before the value: {"key": or ,"key":
};

struct Slice {
  int64_t start;
  int64_t stop;
  int64_t step;
  uint32_t has_start;
  uint32_t has_stop;
};

}  // namespace sluice::query::jmespath
