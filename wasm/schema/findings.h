// What a gathering evaluation finds: a tree of the schemas and keywords that it went through.
// Inside this room only.
//
// Units lie in the order of the evaluation, each before those within it, as nodes lie on a JSON
// tape. An error or an annotation is a leaf; what has none is taken back when it ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "sluice/schema/keyword.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

enum class UnitKind : uint8_t {
  kSchema,      // a schema is applied to a value: `number` is its row
  kKeyword,     // a keyword applies schemas: `number` is the instruction
  kError,       // a leaf, or, for kNoAlternative, what holds one error of each alternative
  kAnnotation,  // a leaf: `number` is the row of `annotations`, position: the schema that has it
};

// What is wrong. Where nothing else is said, `number` is the instruction.
enum class Fault : uint8_t {
  kNone,
  kFalse,               // the schema `number` takes nothing
  kType,                // the schema `number` doesn't take the value's kind
  kKeyword,             // what the instruction demands of the value itself
  kMissing,             // position: the name's number in the row of `objects`
  kDependency,          // position: row of `dependencies`, index: of `required_names`
  kTooFewMatches,       // contains; index: how many match
  kTooManyMatches,      // likewise
  kEqualElements,       // position, index: two of them
  kManyAlternatives,    // position, index: two that match
  kNoAlternative,       // each alternative has one fault: the errors within; index: 1 if there are
                        // more
  kNoAlternativeKind,   // no alternative takes a value of this kind
  kNoAlternativeValue,  // each alternative is a list of values
  kUnknownTag,          // the member that tells alternatives apart tells of none: `node`, its value
  kMissingTag,          // it isn't there; position: row of `names`
  kTooCostly,           // whether the pattern `position` matches takes more steps than it may
  kUnexplained,         // it is invalid, but a budget ends before it is clear why; no `number`
};

struct Unit {
  uint32_t size = 0;          // units, from this one to the last one within it
  uint32_t up = 0;            // so many before lies the one that it is within; 0 for the first
  uint32_t node = 0;          // in the instance: the value, or for propertyNames a member's name
  uint32_t number = 0;        // see UnitKind and Fault
  uint32_t position = kNone;  // of a schema within its keyword: of the alternative, the property,
                              // …, where the keyword has several; else kNone
  uint32_t index = 0;  // of a schema: of the element that it is applied to; kIsName: to a name
  UnitKind kind = UnitKind::kSchema;
  Fault fault = Fault::kNone;
  Keyword keyword = {};  // of a keyword or an error; of a fault without an instruction unspecified
};

inline constexpr uint32_t kIsName = 0xFFFFFFFF;

// Bounds what an evaluation holds on to, and with it the output.
inline constexpr size_t kMaxUnits = size_t{1} << 16;

class Findings {
 public:
  size_t size() const { return units_.size(); }
  const Unit& operator[](size_t i) const { return units_[i]; }
  Unit& operator[](size_t i) { return units_[i]; }
  absl::Span<const Unit> units() const { return units_; }

  void Clear();
  // Starts a unit within the one that is open.
  size_t Open(Unit unit);
  // Ends the unit that is open. One without anything within is taken back, unless it is a leaf.
  void Close();
  void AddLeaf(const Unit& unit);
  // Takes back what came from `begin` on; units before it stay open.
  void Truncate(size_t begin);
  // Of what is within the open unit, keeps the one unit at `child`, with all that is within it.
  void KeepOnly(size_t child);

  // Errors among the units.
  size_t errors() const { return errors_; }
  bool full() const { return units_.size() >= kMaxUnits; }

  size_t retained_bytes() const;
  void Trim(size_t max_bytes);

 private:
  std::vector<Unit> units_;
  std::vector<uint32_t> open_;
  size_t errors_ = 0;
};

}  // namespace sluice::schema
