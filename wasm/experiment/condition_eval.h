// Evaluates conditions. Of this room only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/condition.h"
#include "sluice/experiment/js_value.h"
#include "sluice/json/document.h"
#include "sluice/regex/regex.h"

namespace sluice::experiment {

// What is known of one attribute during an evaluation.
struct Slot {
  uint32_t evaluation = 0;  // for which it is loaded
  JsValue value;
  bool has_text = false;
  bool has_version = false;
  std::string_view text;    // String(value), once it has been asked for
  std::string decoded;      // what `value` may borrow
  std::string text_memory;  // what `text` may borrow
  std::string version;      // as versions are compared, once it has been asked for
};

// An attribute: JSON, or where that is absent a value that isn't.
struct RootValue {
  json::Value json;
  JsValue value;
  uint32_t evaluation = 0;  // in which it is there
};

// What an operator without a path looks at.
struct Current {
  json::Value json;
  double length = 0;  // an array's, where `json` is absent
};

struct ConditionFrame {
  uint32_t composite;
  uint32_t resume_end;  // of the conjunction that it stands in
  uint32_t iteration;   // kAny: the next alternative; kElement: the element's node
  uint32_t last;        // kElement: one past the array's nodes
  json::Value root;     // to restore
  Current current;
};

// Memory of an evaluation, kept between them. What another evaluation has left there is known by
// its number, so that forgetting it costs nothing.
struct ConditionScratch {
  // In the lowest bits of a clause's: whether it holds.
  static constexpr uint32_t kHolds = 1;
  static constexpr uint32_t kNextEvaluation = 2;

  uint32_t evaluation = 0;
  std::vector<uint32_t> clauses;  // in which evaluation they were decided, and how
  std::vector<Slot> slots;
  std::vector<RootValue> roots;  // attributes by number
  std::vector<ConditionFrame> frames;
  std::string decoded;
  std::string text;
  std::string folded;
};

// One evaluation over one user's attributes. Borrows all it is made from.
class ConditionMachine {
 public:
  // Without attributes. A step is an instruction, or about one member or element that is looked at,
  // or 16 bytes of text that are matched.
  ConditionMachine(const ConditionTables& tables, const json::Document& constants,
                   absl::Span<const regex::Regex> regexes, uint64_t max_steps,
                   ConditionScratch& scratch);

  // The members of an object. Before the first condition, as the next.
  void SetAttributes(json::Value object);
  // One attribute, by number; one that there isn't is passed over.
  void SetAttribute(uint32_t attribute, json::Value value) { SetRoot(attribute, value, {}); }
  void SetAttribute(uint32_t attribute, const JsValue& value) { SetRoot(attribute, {}, value); }

  // The attributes / a prerequisite's value as {"value": value} meet the condition. False, and
  // `exhausted()`, when the steps are used up or groups lie too deep in each other.
  bool Holds(ClauseRange condition) {
    const uint32_t* const clauses = tables_.conditions.data();
    const uint32_t* const decided = scratch_.clauses.data();
    const uint32_t evaluation = evaluation_;
    for (uint32_t i = condition.begin; i < condition.end; ++i) {
      const uint32_t clause = clauses[i];
      const uint32_t known = decided[clause] - evaluation;
      const bool holds = known <= ConditionScratch::kHolds ? known != 0 : DecideClause(clause);
      if (!holds) return false;
    }
    return true;
  }
  bool HoldsForParent(CodeRange code, json::Value value) {
    return code.begin == code.end || Run(code, value);
  }

  const JsValue& Attribute(uint32_t slot) { return Load(slot).value; }
  // String(attribute). Borrowed until the machine is gone.
  std::string_view AttributeText(uint32_t slot);
  // Appends the attribute as JSON text.
  void AppendAttributeJson(uint32_t slot, OutputBuffer& out);
  // The evaluation's number: even, not 0, and greater than those before on this scratch, unless
  // `restarted()`.
  uint32_t evaluation() const { return evaluation_; }
  bool restarted() const { return evaluation_ == ConditionScratch::kNextEvaluation; }
  bool exhausted() const { return exhausted_; }
  void Charge(uint64_t steps) {
    if (steps > steps_left_) exhausted_ = true;
    steps_left_ -= exhausted_ ? steps_left_ : steps;
  }

 private:
  // Where a run is: the conjunction at hand and what its paths start from.
  struct State {
    uint32_t at;
    uint32_t end;
    json::Value root;
    Current current;
  };
  enum class Outcome : uint8_t { kFalse, kTrue, kRunning };

  bool DecideClause(uint32_t clause);
  void SetRoot(uint32_t attribute, json::Value json, const JsValue& value);
  bool Run(CodeRange code, json::Value root);
  Outcome Enter(State& state);
  Outcome EnterElements(const Instruction& composite, State& state);
  Outcome EnterSize(const Instruction& composite, State& state);
  Outcome EnterGroup(const Instruction& call, State& state);
  Outcome NextElement(ConditionFrame& frame, State& state);
  Outcome NextAlternative(ConditionFrame& frame, State& state);
  Outcome Resume(ConditionFrame& frame, bool result, State& state);
  ConditionFrame& Push(State& state, CodeRange body);

  bool TestSlot(const Instruction& instruction);
  bool Test(const Instruction& instruction, const JsValue& value);
  bool TestText(const Instruction& instruction, const JsValue& value);
  bool IsIn(const SetRow& set, const JsValue& value, bool folded);
  bool IsMember(const SetRow& set, const JsValue& value, bool folded);

  JsValue SubjectOf(uint32_t subject, const State& state);
  json::Value ArrayOf(uint32_t subject, const State& state);
  Slot& Load(uint32_t slot);
  void LoadSlot(uint32_t number, Slot& slot);
  // The value at the path; what stands at its end may be an array's length.
  JsValue Follow(json::Value from, absl::Span<const StringRef> segments, std::string* decoded);
  std::string_view Text(const Instruction& i) const { return {tables_.pool.data() + i.a, i.b}; }

  const ConditionTables& tables_;
  const json::Document& constants_;
  absl::Span<const regex::Regex> regexes_;
  uint64_t steps_left_;
  bool exhausted_ = false;
  uint32_t evaluation_;  // its number
  ConditionScratch& scratch_;
};

}  // namespace sluice::experiment
