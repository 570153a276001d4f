// The tables of a compiled JSONPath. Inside this room only.
//
// Queries are ranges of segments, segments ranges of selectors; filters are expressions over
// operands. Everything is numbered, parts before wholes; the outermost query is the last one.
#pragma once

#include <cstdint>

#include "sluice/base/block.h"
#include "sluice/query/compare.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query::jsonpath {

inline constexpr uint32_t kNone = 0xFFFFFFFF;

// Tables of the block, in this order.
enum Table : uint32_t {
  kQueries,
  kSegments,
  kSelectors,
  kExpressions,
  kChildren,  // numbers of expressions
  kOperands,
  kText,
  kLookups,
  kNames,
};

struct Query {
  uint32_t first_segment;
  uint32_t segment_count;
  uint32_t
      constant;  // its place among what is asked once a run; kNone: relative, or not in a filter
  uint32_t absolute;  // 1: starts at $
  uint32_t singular;  // 1: names and indices only
};

struct Segment {
  uint32_t first_selector;
  uint32_t selector_count;
  uint32_t descendant;  // 1: `..`
};

enum class SelectorKind : uint32_t { kName, kWildcard, kIndex, kSlice, kFilter };

struct Selector {
  SelectorKind kind;
  uint32_t expression;  // of a filter
  StringRef name;
  LookupSlot slot;  // of a name; unused where every duplicate counts
  int64_t start;    // of a slice; also the index
  int64_t end;
  int64_t step;
  uint32_t has_start;
  uint32_t has_end;
};

enum class ExpressionKind : uint32_t { kOr, kAnd, kNot, kExists, kCompare, kMatch, kSearch };
struct Expression {
  ExpressionKind kind;
  uint32_t a;  // first child; the expression; the query; the left operand, the text
  uint32_t b;  // number of children; the right operand; the operand that is the pattern
  uint32_t c;  // the Comparison; the literal pattern's number, or kNone
};

enum class OperandKind : uint32_t {
  kNull,
  kFalse,
  kTrue,
  kNumber,
  kString,
  kCurrent,  // @
  kMember,   // @.name
  kQuery,    // any other singular one
  kLength,   // of an operand
  kCount,    // of a query's nodes
  kValue,    // of a query's only node
};

struct Operand {
  OperandKind kind;
  uint32_t index;   // of the query or operand
  StringRef text;   // of a literal
  LookupSlot slot;  // of a member
};

}  // namespace sluice::query::jsonpath
