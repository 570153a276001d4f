#include "sluice/query/jmespath_runner.h"

#include <algorithm>
#include <utility>

#include "sluice/base/status.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

JmesPathRunner::JmesPathRunner(const JmesPath& path, json::Value root, StepMeter& meter,
                               JmesScratch& scratch)
    : path_(path),
      operations_(path.program_.Table<Operation>(kOperations)),
      parts_(path.program_.Table<Part>(kParts)),
      slices_(path.program_.Table<jmespath::Slice>(kSlices)),
      pool_(path.program_.Text(kText)),
      root_(root),
      document_(root.document()),
      scratch_(scratch),
      meter_(meter),
      lookup_(path.program_, kLookups, kNames, pool_, *document_, meter, scratch.lookups),
      comparer_(meter_, scratch.arena) {
  scratch_.arena.Reset(path_.budget_.max_memory_bytes);
  scratch_.stack.clear();
}

absl::Status JmesPathRunner::Run(OutputBuffer& out) {
  const absl::Span<const uint32_t> start = path_.program_.Table<uint32_t>(kStart);
  const size_t before = out.size();
  if (meter_.Take(1 + start[1]) && !EmitNode(start[0], root_.index(), out)) out.Append("null");
  absl::Status outcome = Outcome();
  if (outcome.ok() && out.exhausted()) {
    outcome = MakeBudgetError(Budget::kOutputBytes, "JMESPath: the result is too long");
  }
  if (!outcome.ok()) out.Truncate(before);
  return outcome;
}

absl::Status JmesPathRunner::Outcome() {
  if (meter_.exhausted()) {
    return MakeBudgetError(Budget::kSteps, "JMESPath: more steps than the budget allows");
  }
  if (too_much_ || scratch_.arena.exhausted()) {
    return MakeBudgetError(Budget::kMemory, "JMESPath: more memory than the budget allows");
  }
  return failure_;
}

Item JmesPathRunner::Evaluate(uint32_t at, Item current) {
  for (; at != kIdentity; at = operations_[at].next) {
    const Operation& operation = operations_[at];
    current =
        operation.code == Code::kField ? Field(current, operation) : Apply(operation, current);
  }
  return current;
}

Item JmesPathRunner::Apply(const Operation& operation, const Item& current) {
  switch (operation.code) {
    case Code::kField:
      return Field(current, operation);
    case Code::kIndex:
      return Index(current, slices_[operation.a].start);
    case Code::kSlice:
      return Slice(current, slices_[operation.a]);
    case Code::kFlatten:
    case Code::kProjectArray:
    case Code::kProjectObject:
    case Code::kFilter:
      return Project(operation, current);
    case Code::kLiteral:
      return Item::Node(path_.literals_.get(), operation.a);
    case Code::kMultiList:
      return MultiList(current, parts_.subspan(operation.a, operation.b));
    case Code::kMultiHash:
      return MultiHash(current, parts_.subspan(operation.a, operation.b));
    case Code::kNot:
      return Item::Bool(!Holds(operation.a, current));
    case Code::kAnd:
    case Code::kOr: {
      const Item left = Evaluate(operation.a, current);
      if (IsTrue(left) == (operation.code == Code::kOr)) return left;
      return Evaluate(operation.b, current);
    }
    case Code::kCompare:
      return Compare(operation, current);
    case Code::kCall:
      return Call(operation, current);
  }
  return Item::Null();
}

// False are null, false, and what is empty.
bool JmesPathRunner::IsTrue(const Item& item) {
  switch (item.kind()) {
    case Kind::kNull:
    case Kind::kFalse:
      return false;
    case Kind::kString:
      return item.is_node() ? item.value().raw().size() > 2 : item.size > 0;
    case Kind::kArray:
    case Kind::kObject:
      return item.count() > 0;
    default:
      return true;
  }
}

Item JmesPathRunner::FieldOf(const Item& object, const Operation& field) {
  if (!object.is(Kind::kObject) || !meter_.Take(object.count())) return Item::Null();
  const std::string_view name = lookup_.Name(field.a, field.b);
  Item found = Item::Null();
  for (Children member(object); !member.done(); member.Next()) {
    const Item key = member.key();
    if (key.is_node() ? key.value().StringEquals(name) : key.view() == name) {
      found = member.value();
    }
  }
  return found;
}

Item JmesPathRunner::Index(const Item& array, int64_t index) {
  if (!array.is(Kind::kArray)) return Item::Null();
  const int64_t count = array.count();
  if (index < 0) index += count;
  if (index < 0 || index >= count) return Item::Null();
  if (!array.is_node()) return array.items[index];
  const absl::Span<const json::Node> nodes = array.document->nodes();
  if (nodes[array.size].next - array.size - 1 == count) {  // scalars only: side by side
    return Item::Node(array.document, array.size + 1 + static_cast<uint32_t>(index));
  }
  if (!meter_.Take(static_cast<uint64_t>(index))) return Item::Null();
  uint32_t at = array.size + 1;
  for (; index > 0; --index) at = nodes[at].next;
  return Item::Node(array.document, at);
}

Item JmesPathRunner::Slice(const Item& array, const jmespath::Slice& slice) {
  if (!array.is(Kind::kArray) || !meter_.Take(array.count())) return Item::Null();
  const int64_t count = array.count();
  const int64_t lowest = slice.step > 0 ? 0 : -1;
  const int64_t highest = slice.step > 0 ? count : count - 1;
  const auto place = [&](int64_t i) { return std::clamp(i < 0 ? i + count : i, lowest, highest); };
  const int64_t first =
      slice.has_start != 0 ? place(slice.start) : (slice.step > 0 ? lowest : highest);
  const int64_t last =
      slice.has_stop != 0 ? place(slice.stop) : (slice.step > 0 ? highest : lowest);
  // From the lower end up, then turned round.
  const int64_t stride = std::min(slice.step > 0 ? slice.step : -slice.step, count + 1);
  const int64_t distance = slice.step > 0 ? last - first : first - last;
  const int64_t wanted = distance > 0 ? (distance - 1) / stride + 1 : 0;
  int64_t next = slice.step > 0 ? first : first - (wanted - 1) * stride;
  const size_t base = scratch_.stack.size();
  int64_t left = wanted;
  int64_t at = 0;
  for (Children child(array); !child.done() && left > 0; child.Next(), ++at) {
    if (at != next) continue;
    Push(child.value());
    next += stride;
    --left;
  }
  if (slice.step < 0) {
    std::reverse(scratch_.stack.begin() + static_cast<std::ptrdiff_t>(base), scratch_.stack.end());
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::Project(const Operation& projection, const Item& container) {
  const size_t base = scratch_.stack.size();
  const bool projects = ForEachProjected(projection, container, [&](const Item& value) {
    const Item made = Evaluate(projection.a, value);
    if (!made.is(Kind::kNull)) Push(made);
  });
  return projects ? ArrayFrom(base) : Item::Null();
}

Item JmesPathRunner::MultiList(const Item& current, absl::Span<const Part> parts) {
  if (current.is(Kind::kNull)) return current;
  Item* items = scratch_.arena.Allocate<Item>(parts.size());
  if (items == nullptr) return Item::Null();
  for (size_t i = 0; i < parts.size(); ++i) items[i] = Evaluate(parts[i].expression, current);
  return Item::Array(items, static_cast<uint32_t>(parts.size()));
}

Item JmesPathRunner::MultiHash(const Item& current, absl::Span<const Part> parts) {
  if (current.is(Kind::kNull)) return current;
  Item* pairs = scratch_.arena.Allocate<Item>(2 * parts.size());
  if (pairs == nullptr) return Item::Null();
  for (size_t i = 0; i < parts.size(); ++i) {
    pairs[2 * i] = Item::Node(path_.literals_.get(), parts[i].mark);
    pairs[2 * i + 1] = Evaluate(parts[i].expression, current);
  }
  return Item::Object(pairs, static_cast<uint32_t>(parts.size()));
}

Item JmesPathRunner::Compare(const Operation& operation, const Item& current) {
  const Item left = Operand(operation.a, current);
  const Item right = Operand(operation.b, current);
  const Comparison comparison = static_cast<Comparison>(operation.c);
  if (left.is(Kind::kNumber) && right.is(Kind::kNumber)) {
    return Item::Bool(HoldsFor(comparison, comparer_.OrderOfNumbers(left, right)));
  }
  if (comparison != Comparison::kEqual && comparison != Comparison::kNotEqual) return Item::Null();
  return Item::Bool(comparer_.Equal(left, right) == (comparison == Comparison::kEqual));
}

// Evaluate, for what is mostly a name or a literal.
inline Item JmesPathRunner::Operand(uint32_t at, const Item& current) {
  if (at == kIdentity) return current;
  const Operation& operation = operations_[at];
  if (operation.next == kIdentity) {
    if (operation.code == Code::kField) return Field(current, operation);
    if (operation.code == Code::kLiteral) return Item::Node(path_.literals_.get(), operation.a);
  }
  return Evaluate(at, current);
}

bool JmesPathRunner::Holds(uint32_t condition, const Item& current) {
  if (condition == kIdentity) return IsTrue(current);
  const Operation& operation = operations_[condition];
  if (operation.next == kIdentity) {
    switch (operation.code) {
      case Code::kAnd:
        return Holds(operation.a, current) && Holds(operation.b, current);
      case Code::kOr:
        return Holds(operation.a, current) || Holds(operation.b, current);
      case Code::kNot:
        return !Holds(operation.a, current);
      case Code::kCompare:
        return HoldsComparison(operation, current);
      default:
        break;
    }
  }
  return IsTrue(Evaluate(condition, current));
}

bool JmesPathRunner::HoldsComparison(const Operation& operation, const Item& current) {
  if (operation.a != kIdentity && operation.b != kIdentity && current.is_node() &&
      current.document == document_) {
    const Operation& field = operations_[operation.a];
    const Operation& literal = operations_[operation.b];
    if (field.code == Code::kField && field.next == kIdentity && literal.code == Code::kLiteral &&
        literal.next == kIdentity) {
      const json::Value value(path_.literals_.get(), literal.a);
      const Kind kind = value.kind();
      const uint32_t found = lookup_.Find(current.size, field.a, field.b);
      if (found != 0 &&
          (kind == Kind::kNumber || (kind == Kind::kString && !value.has_escapes()))) {
        const Answer answer = CompareWithLiteral(
            *document_, found, kind, kind == Kind::kNumber ? value.raw() : value.raw_string(),
            static_cast<Comparison>(operation.c));
        if (answer != Answer::kUnknown) return answer == Answer::kYes;
      }
    }
  }
  return Compare(operation, current).tag == Tag::kTrue;
}

void JmesPathRunner::Push(const Item& item) {
  if (scratch_.stack.size() >= path_.budget_.max_memory_bytes / sizeof(Item)) {
    too_much_ = true;
    return;
  }
  scratch_.stack.push_back(item);
}

// The elements since `base`, which leave the stack. Null without any, or without memory.
const Item* JmesPathRunner::TakeFrom(size_t base) {
  const size_t count = scratch_.stack.size() - base;
  Item* items = scratch_.arena.Allocate<Item>(count);
  if (items != nullptr) std::copy_n(scratch_.stack.data() + base, count, items);
  scratch_.stack.resize(base);
  return items;
}

Item JmesPathRunner::ArrayFrom(size_t base) {
  const uint32_t count = static_cast<uint32_t>(scratch_.stack.size() - base);
  const Item* items = TakeFrom(base);
  return items != nullptr ? Item::Array(items, count) : Item::Null();
}

absl::Status JmesPath::Run(const json::Document& document, JmesScratch& scratch,
                           OutputBuffer& out) const {
  StepMeter meter(budget_.max_steps);
  return Run(document.root(), meter, scratch, out);
}

absl::Status JmesPath::Run(json::Value root, StepMeter& meter, JmesScratch& scratch,
                           OutputBuffer& out) const {
  return JmesPathRunner(*this, root, meter, scratch).Run(out);
}

}  // namespace sluice::query
