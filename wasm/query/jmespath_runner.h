// Runs a compiled JMESPath. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/query/compare.h"
#include "sluice/query/item.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jmespath_error.h"
#include "sluice/query/jmespath_program.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query {

// The recursion is as deep as the compiler counted, plus the document's depth where values are
// compared or written. Once something failed (`Stopped`), results are meaningless and everybody
// returns as soon as they look.
class JmesPathRunner {
 public:
  JmesPathRunner(const JmesPath& path, json::Value root, StepMeter& meter, JmesScratch& scratch);

  absl::Status Run(OutputBuffer& out);

 private:
  using Operation = jmespath::Operation;
  using Part = jmespath::Part;
  using Function = jmespath::Function;

  bool Stopped() const {
    return failed_ || meter_.exhausted() || scratch_.arena.exhausted() || too_much_;
  }
  absl::Status Outcome();

  // The chain from operation `at` on, applied to a value.
  Item Evaluate(uint32_t at, Item current);
  Item Apply(const Operation& operation, const Item& current);
  Item Field(const Item& object, const Operation& field) {
    if (!object.is_node() || object.document != document_) return FieldOf(object, field);
    const uint32_t found = lookup_.Find(object.size, field.a, field.b);
    return found != 0 ? Item::Node(document_, found) : Item::Null();
  }
  Item FieldOf(const Item& object, const Operation& field);  // of another's object
  Item Index(const Item& array, int64_t index);
  Item Slice(const Item& array, const jmespath::Slice& slice);
  // Flatten, the projections and filters: `visit` gets what they apply their expression to. False
  // for values that they don't work on.
  template <typename Visit>
  bool ForEachProjected(const Operation& projection, const Item& container, Visit visit);
  Item Project(const Operation& projection, const Item& container);
  Item MultiList(const Item& current, absl::Span<const Part> parts);
  Item MultiHash(const Item& current, absl::Span<const Part> parts);
  Item Compare(const Operation& operation, const Item& current);
  Item Operand(uint32_t at, const Item& current);
  static bool IsTrue(const Item& item);
  // IsTrue of what the condition makes.
  bool Holds(uint32_t condition, const Item& current);
  bool HoldsComparison(const Operation& operation, const Item& current);

  // Arrays are gathered on the stack from `base` on, then moved to the arena.
  void Push(const Item& item);
  const Item* TakeFrom(size_t base);
  Item ArrayFrom(size_t base);

  // jmespath_calls.cc
  static uint8_t TypeOf(const Item& item);  // a TypeBit
  Item Call(const Operation& operation, const Item& current);
  bool CheckTypes(const Operation& call, absl::Span<const Item> arguments);
  Item CallValues(Function function, absl::Span<const Item> arguments);
  Item CallText(Function function, absl::Span<const Item> arguments);
  Item CallMany(const Operation& call, const Item& current);
  Item Round(const Item& number, bool up);
  Item Sum(const Item& array, bool average);
  Item NumberFrom(double value);
  Item Fail(jmespath::Error error, std::string_view message);

  // jmespath_text_functions.cc
  Item Contains(const Item& subject, const Item& wanted);
  bool ContainsText(std::string_view subject, std::string_view wanted);
  Item Join(const Item& glue, const Item& strings);
  Item Reverse(const Item& item);
  Item Length(const Item& item);
  Item ToNumber(const Item& item);
  Item ToString(const Item& item);
  Item StringFromText();  // scratch_.text, copied
  void ResetText();

  // jmespath_order_functions.cc
  Item Merge(absl::Span<const Item> objects);
  Item MapArray(const Item& array, const Part& each);
  // Sorted, or the least or greatest, by a key that must be a number or a string throughout.
  enum class Pick { kAll, kLeast, kGreatest };
  Item ByKey(const Item& array, const Part& key, Pick pick);
  bool CheckKeys(absl::Span<const Item> keys);
  Item Extreme(absl::Span<const Item> keys, absl::Span<const Item> values, Pick pick);
  Item Sorted(absl::Span<const Item> keys, absl::Span<const Item> values);

  // jmespath_output.cc
  // Evaluate, written at once where it can be: no array or object is made only to be written.
  // False, and nothing appended, for null.
  bool Emit(uint32_t at, const Item& value, OutputBuffer& out);
  bool EmitNode(uint32_t at, uint32_t node, OutputBuffer& out);  // of the document
  bool EmitItem(uint32_t at, Item current, OutputBuffer& out);
  bool EmitProjection(const Operation& projection, const Item& container, OutputBuffer& out);
  bool EmitMultiSelect(const Operation& select, const Item& current, OutputBuffer& out);
  bool EmitHash(const Operation& hash, uint32_t node, OutputBuffer& out);
  // `compact` without the blanks that nodes may have.
  void Write(const Item& item, bool compact, OutputBuffer& out);
  void WriteString(const Item& item, OutputBuffer& out);

  const JmesPath& path_;
  const absl::Span<const Operation> operations_;
  const absl::Span<const Part> parts_;
  const absl::Span<const jmespath::Slice> slices_;
  const std::string_view pool_;
  const json::Value root_;
  const json::Document* const document_;  // the root's
  JmesScratch& scratch_;
  StepMeter& meter_;
  MemberLookup lookup_;
  Comparer comparer_;
  uint32_t offset_ = 0;  // of the call at work, for messages
  bool failed_ = false;
  bool too_much_ = false;
  absl::Status failure_;
};

template <typename Visit>
bool JmesPathRunner::ForEachProjected(const Operation& projection, const Item& container,
                                      Visit visit) {
  const bool object = projection.code == jmespath::Code::kProjectObject;
  if (!container.is(object ? json::Kind::kObject : json::Kind::kArray)) return false;
  const uint64_t weight = 1 + uint64_t{projection.c};
  if (!meter_.Take(weight * container.count())) return true;
  for (Children child(container); !child.done() && !Stopped(); child.Next()) {
    const Item value = child.value();
    if (projection.code == jmespath::Code::kFlatten && value.is(json::Kind::kArray)) {
      if (!meter_.Take(weight * value.count())) return true;
      for (Children inner(value); !inner.done() && !Stopped(); inner.Next()) visit(inner.value());
    } else if (projection.code != jmespath::Code::kFilter || Holds(projection.b, value)) {
      visit(value);
    }
  }
  return true;
}

}  // namespace sluice::query
