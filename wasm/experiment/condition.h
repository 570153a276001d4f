// Conditions (GrowthBook's targeting language) as flat code. Of this room only.
//
// A condition is a conjunction: a run of instructions that all have to hold. A composite is
// followed by its body. Nothing here refers to the text it was compiled from.
//
// A condition on the attributes is one of clauses: of its members, each such a run. What is written
// the same in several conditions is one clause, which an evaluation decides at most once.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"

namespace sluice::experiment {

// The first tables of a program that has conditions.
enum ConditionTable : uint32_t {
  kStringPool = 0,  // text
  kCode,            // Instruction
  kNumbers,         // double
  kSets,            // SetRow
  kSetTexts,        // StringRef
  kSetNumbers,      // double
  kSlots,           // PathRow
  kRelatives,       // PathRow
  kSegments,        // StringRef
  kRootNames,       // StringRef, in byte order
  kGroups,          // CodeRange
  kConstants,       // json::Node, over the pool
  kClauses,         // CodeRange
  kConditions,      // uint32_t: clauses
  kConditionTables,
};

enum class Op : uint8_t {
  kNever,
  // Predicates of one value.
  kText,         // value + "" === text a, b
  kTextFolded,   // the same in lower case
  kNumber,       // value * 1 === number a
  kBool,         // value !== null && !!value === detail
  kNull,         // value === null
  kJson,         // JSON.stringify(value) === that of constant a
  kSameText,     // value === text a, b
  kSameNumber,   // value === number a
  kSameLiteral,  // value === null, false or true: `detail` is the json::Kind
  kOrderText,    // order of value and text a, b is one of `detail`
  kOrderNumber,  // order of value and number a is one of `detail`
  kVersion,      // order of value's version and padded version a, b is one of `detail`
  kExists,       // value != null
  kIn,           // value, or one of an array's elements, is in set a
  kInFolded,     // the same in lower case
  kRegex,        // regex a matches String(value)
  kType,         // value's json::Kind is one of `detail`
  // Composites; the body ends at a.
  kAll,      // all of the body
  kAny,      // one of the body's instructions, each a kAll; also if there are none
  kElement,  // the body holds for an element of the array; null is passed over if `detail`
  kSize,     // the body holds for the array's length
  kCall,     // saved group a, which isn't being evaluated already
};
constexpr Op kFirstComposite = Op::kAll;

// What an instruction looks at: an attribute's slot, or
constexpr uint32_t kCurrent = 0xFFFFFFFF;      // the element or length at hand
constexpr uint32_t kNothing = 0xFFFFFFFE;      // null
constexpr uint32_t kRelativeBit = 0x80000000;  // a path from the root at hand, in the other bits

struct Instruction {
  Op op;
  bool negate;
  uint8_t detail;
  uint8_t unused;
  uint32_t subject;
  uint32_t a;
  uint32_t b;
};
static_assert(sizeof(Instruction) == 16);

// Instructions [begin, end).
struct CodeRange {
  uint32_t begin;
  uint32_t end;
};
// No condition; it holds.
constexpr CodeRange kNoCode = {0, 0};

// A condition on the attributes: [begin, end) of kConditions. Without clauses it holds.
struct ClauseRange {
  uint32_t begin;
  uint32_t end;
};

// Strings and numbers of a list, both in order, and which literals are in it.
struct SetRow {
  uint32_t first_text;  // in kSetTexts
  uint32_t text_count;
  uint32_t first_number;  // in kSetNumbers
  uint32_t number_count;
  uint32_t literals;  // bits by json::Kind
};

// Segments of a path, from the attributes (a slot) or from the root at hand.
struct PathRow {
  uint32_t first;  // in kSegments
  uint32_t count;
  uint32_t root;  // a slot's: number of its first segment in kRootNames
};

// The tables of a block's conditions, found once. Borrows it.
struct ConditionTables {
  explicit ConditionTables(const Block& block);

  std::string_view pool;
  absl::Span<const Instruction> code;
  absl::Span<const double> numbers;
  absl::Span<const SetRow> sets;
  absl::Span<const StringRef> set_texts;
  absl::Span<const double> set_numbers;
  absl::Span<const PathRow> slots;
  absl::Span<const PathRow> relatives;
  absl::Span<const StringRef> segments;
  absl::Span<const StringRef> root_names;
  absl::Span<const CodeRange> groups;
  absl::Span<const CodeRange> clauses;
  absl::Span<const uint32_t> conditions;
};

}  // namespace sluice::experiment
