// The evaluator that gathers what is wrong, or the annotations of what is right. Inside this room
// only.
//
// It goes on after a fault where IsValid stops. What it gathers is bounded: within each schema
// whose verdict matters to another (an alternative, `not`, `if`) it stops at so many errors, and at
// the first one where they would be thrown away.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/schema/evaluator.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/gather_memory.h"
#include "sluice/schema/name_table.h"
#include "sluice/schema/program.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

enum class Gather : uint8_t {
  kFaults,       // one error a fault: of alternatives, those of the one that was meant
  kAllErrors,    // everything that failed
  kAnnotations,  // those of schemas that hold
};

// In which place of its keyword a schema stands, and which element it is applied to.
struct PlaceInKeyword {
  uint32_t position = kNone;
  uint32_t index = 0;
  // Where it fails, so does what it is applied by: then what it has evaluated counts as evaluated,
  // or it would be told of as unknown.
  bool demanded = false;
};

class Gatherer {
 public:
  // Borrows all of them. `quick` is asked for what the schemas near the root say of children, so
  // that nothing is gathered where nothing is wrong; it may be null.
  Gatherer(const Tables& tables, const Budget& budget, GatherMemory& memory, Gather what,
           uint32_t max_errors, Evaluator* quick);

  // Whether the value is valid; what was found lies in the memory's findings. Meaningless if a
  // budget ran out: then the findings are those errors that are certain.
  bool Run(uint32_t schema, const json::Value& instance);
  bool exhausted() const { return exhausted_; }
  // Which budget ran out, if one did.
  sluice::Budget budget() const { return budget_; }

 private:
  // No marks are asked for.
  static constexpr uint32_t kUnmarked = kNone;

  using At = PlaceInKeyword;
  // Where errors count by themselves: until the scope ends there may be so many more.
  struct Scope {
    size_t units;
    uint32_t errors;
    uint32_t limit;
    bool keeps;
  };

  bool Apply(uint32_t number, const json::Value& value, const At& at, uint32_t marks);
  bool HoldsAtOnce(uint32_t number, const json::Value& value, uint32_t marks);
  size_t OpenSchema(uint32_t number, const json::Value& value, const At& at);
  bool ApplyInstructions(uint32_t number, const json::Value& value, uint32_t marks);
  bool Execute(const Instruction& instruction, const json::Value& value, uint32_t marks);

  // gatherer_values.cc
  bool IsWhole(uint32_t number, const Instruction& instruction, const json::Value& value);
  bool HoldsForNumber(const Instruction& instruction, const json::Value& value);
  bool HoldsForString(const Instruction& instruction, const json::Value& value);
  bool HoldsForSize(const Instruction& instruction, const json::Value& value);
  bool ElementsDiffer(const Instruction& instruction, const json::Value& array);
  bool IsAllowed(const EnumRow& row, const json::Value& value);

  // gatherer_members.cc
  // Also says whether all members are certain to be declared.
  bool HasRequired(const Instruction& instruction, const json::Value& object, bool& all_declared);
  bool DeclaredHold(const Instruction& instruction, const json::Value& object, uint32_t marks);
  bool PatternedHold(const Instruction& instruction, const json::Value& object, uint32_t marks);
  bool AdditionalHold(const Instruction& instruction, const json::Value& object, uint32_t marks);
  bool NamesHold(const Instruction& instruction, const json::Value& object);
  bool DependenciesHold(const Instruction& instruction, const json::Value& object, uint32_t marks);
  bool UnevaluatedMembersHold(const Instruction& instruction, const json::Value& object,
                              uint32_t marks);
  bool HasMember(const json::Value& object, std::string_view name);
  // `value` is what would be at fault if it takes too long.
  bool MatchesPattern(uint32_t pattern, std::string_view text, const Instruction& instruction,
                      const json::Value& value);

  // gatherer_elements.cc
  bool ItemsHold(const Instruction& instruction, const json::Value& array, uint32_t marks);
  bool ContainsHolds(const Instruction& instruction, const json::Value& array, uint32_t marks);
  // Elements that the schema is for are one fault together: there are too many.
  bool IsOneFault(uint32_t schema) const {
    return what_ == Gather::kFaults && tables_.schemas[schema].kinds == 0;
  }
  bool UnevaluatedElementsHold(const Instruction& instruction, const json::Value& array,
                               uint32_t marks);

  // gatherer_alternatives.cc
  bool AllHold(const Instruction& instruction, const json::Value& value, uint32_t marks);
  bool AnyHolds(const Instruction& instruction, const json::Value& value, uint32_t marks);
  bool OneHolds(const Instruction& instruction, const json::Value& value, uint32_t marks);
  bool NotHolds(const Instruction& instruction, const json::Value& value);
  bool ConditionHolds(const Instruction& instruction, const json::Value& value, uint32_t marks);
  bool NoAlternativeHolds(const Instruction& instruction, const json::Value& value, uint32_t marks,
                          const Scope& scope);
  void KeepMeant(size_t keyword, const Instruction& instruction, const json::Value& value);
  bool ReferenceHolds(const Instruction& instruction, const json::Value& value, uint32_t marks);
  uint32_t DynamicTarget(const Instruction& instruction);

  // False, and nothing goes on from there, if the steps run out.
  bool Take(uint64_t steps);
  bool TakeForText(size_t bytes) { return Take(1 + bytes / 16); }
  bool Exhaust(sluice::Budget budget);

  // Nothing more is to be found in this scope.
  bool done() const { return exhausted_ || errors_ >= limit_; }
  Scope Enter(uint32_t max_errors, bool keeps);
  // Takes back what was found since.
  void Discard(const Scope& scope);
  void Leave(const Scope& scope);

  void OpenKeyword(const Instruction& instruction, Keyword keyword, const json::Value& value);
  void CloseKeyword() { memory_.findings.Close(); }
  // Both return false.
  bool Fail(const Instruction& instruction, Fault fault, const json::Value& value,
            const At& at = {});
  bool FailAs(Keyword keyword, const Instruction& instruction, Fault fault,
              const json::Value& value, const At& at = {});
  void AddAnnotations(uint32_t number, const json::Value& value);
  void AddTypeError(uint32_t number, const json::Value& value);
  void AddError(const Unit& unit);
  uint32_t NumberOf(const Instruction& instruction) const {
    return static_cast<uint32_t>(&instruction - tables_.instructions.data());
  }

  // A string's value; until the next call.
  std::string_view Text(const json::Value& string) {
    return string.has_escapes() ? DecodedText(string) : string.raw_string();
  }
  std::string_view DecodedText(const json::Value& string);

  // Marks of one value: a bit a member or element, at an offset in words.
  uint32_t PushMarks(uint32_t count);
  void PopMarks(uint32_t marks) { memory_.marks.resize(marks); }
  void MarkAll(uint32_t marks, uint32_t count);
  void MergeMarks(uint32_t from, uint32_t to, uint32_t count);
  void Mark(uint32_t marks, uint32_t i) {
    if (marks != kUnmarked) memory_.marks[marks + i / 64] |= uint64_t{1} << (i % 64);
  }
  bool IsMarked(uint32_t marks, uint32_t i) const {
    return marks != kUnmarked && (memory_.marks[marks + i / 64] >> (i % 64) & 1) != 0;
  }

  const Tables& tables_;
  const NameTables names_;
  GatherMemory& memory_;
  const Gather what_;
  const uint32_t max_errors_;
  Evaluator* const quick_;
  const uint32_t max_depth_;
  uint64_t steps_left_;
  const uint64_t max_pattern_steps_;
  uint32_t depth_left_;
  uint32_t errors_ = 0;
  uint32_t limit_;
  bool keeps_;  // errors are wanted
  bool exhausted_ = false;
  sluice::Budget budget_ = sluice::Budget::kSteps;
  size_t name_bytes_left_ = size_t{1} << 16;  // of those that are compared to see which were meant
  bool too_costly_ = false;  // because of a pattern, which decides that the value isn't valid
};

}  // namespace sluice::schema
