#include "sluice/query/jmespath_runner.h"

#include <algorithm>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/query/members.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

JmesPathRunner::JmesPathRunner(const JmesPath& path, StepMeter& meter, JmesScratch& scratch)
    : path_(path),
      operations_(path.program_.Table<Operation>(kOperations)),
      parts_(path.program_.Table<Part>(kParts)),
      slices_(path.program_.Table<jmespath::Slice>(kSlices)),
      pool_(path.program_.Text(kText)),
      scratch_(scratch),
      meter_(meter),
      comparer_(meter_, scratch.arena) {}

absl::Status JmesPathRunner::Run(json::Value root, OutputBuffer& out) {
  scratch_.arena.Reset(path_.budget_.max_memory_bytes);
  scratch_.stack.clear();
  const uint32_t start = path_.program_.Table<uint32_t>(kStart)[0];
  const Item result = Evaluate(start, Item::Node(root.document(), root.index()));
  const size_t before = out.size();
  if (!Stopped()) Write(result, /*compact=*/false, out);
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
  while (at != kIdentity && meter_.Take(1)) {
    const Operation& operation = operations_[at];
    current = Apply(operation, current);
    at = operation.next;
  }
  return current;
}

Item JmesPathRunner::Apply(const Operation& operation, const Item& current) {
  switch (operation.code) {
    case Code::kField:
      return Field(current, StringRef{operation.a, operation.b}.In(pool_));
    case Code::kIndex:
      return Index(current, slices_[operation.a].start);
    case Code::kSlice:
      return Slice(current, slices_[operation.a]);
    case Code::kFlatten:
      return Flatten(current);
    case Code::kProjectArray:
      return ProjectArray(current, operation.a);
    case Code::kProjectObject:
      return ProjectObject(current, operation.a);
    case Code::kFilter:
      return Filter(current, operation.a, operation.b);
    case Code::kLiteral:
      return Item::Node(path_.literals_.get(), operation.a);
    case Code::kMultiList:
      return MultiList(current, parts_.subspan(operation.a, operation.b));
    case Code::kMultiHash:
      return MultiHash(current, parts_.subspan(operation.a, operation.b));
    case Code::kNot:
      return Item::Bool(!IsTrue(Evaluate(operation.a, current)));
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

Item JmesPathRunner::Field(const Item& object, std::string_view name) {
  if (!object.is(Kind::kObject) || !meter_.Take(object.count())) return Item::Null();
  if (!object.is_node()) {
    for (uint32_t i = object.size; i > 0; --i) {
      const Item& key = object.items[2 * (i - 1)];
      const bool same = key.is_node() ? key.value().StringEquals(name) : key.view() == name;
      if (same) return object.items[2 * (i - 1) + 1];
    }
    return Item::Null();
  }
  uint32_t found = 0;
  ForEachNamed(*object.document, object.size, name, [&found](uint32_t value) {
    found = value;
    return true;
  });
  return found != 0 ? Item::Node(object.document, found) : Item::Null();
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

Item JmesPathRunner::Flatten(const Item& array) {
  if (!array.is(Kind::kArray)) return Item::Null();
  const size_t base = scratch_.stack.size();
  for (Children child(array); !child.done() && meter_.Take(1); child.Next()) {
    const Item value = child.value();
    if (!value.is(Kind::kArray)) {
      Push(value);
      continue;
    }
    if (!meter_.Take(value.count())) break;
    for (Children inner(value); !inner.done(); inner.Next()) Push(inner.value());
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::ProjectArray(const Item& array, uint32_t each) {
  if (!array.is(Kind::kArray)) return Item::Null();
  const size_t base = scratch_.stack.size();
  for (Children child(array); !child.done() && meter_.Take(1) && !Stopped(); child.Next()) {
    PushUnlessNull(Evaluate(each, child.value()));
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::ProjectObject(const Item& object, uint32_t each) {
  if (!object.is(Kind::kObject)) return Item::Null();
  const size_t base = scratch_.stack.size();
  for (Children child(object); !child.done() && meter_.Take(1) && !Stopped(); child.Next()) {
    PushUnlessNull(Evaluate(each, child.value()));
  }
  return ArrayFrom(base);
}

Item JmesPathRunner::Filter(const Item& array, uint32_t each, uint32_t condition) {
  if (!array.is(Kind::kArray)) return Item::Null();
  const size_t base = scratch_.stack.size();
  for (Children child(array); !child.done() && meter_.Take(1) && !Stopped(); child.Next()) {
    const Item value = child.value();
    if (IsTrue(Evaluate(condition, value))) PushUnlessNull(Evaluate(each, value));
  }
  return ArrayFrom(base);
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
  const Item left = Evaluate(operation.a, current);
  const Item right = Evaluate(operation.b, current);
  const Comparison comparison = static_cast<Comparison>(operation.c);
  if (comparison == Comparison::kEqual || comparison == Comparison::kNotEqual) {
    return Item::Bool(comparer_.Equal(left, right) == (comparison == Comparison::kEqual));
  }
  if (!left.is(Kind::kNumber) || !right.is(Kind::kNumber)) return Item::Null();
  const int order = comparer_.Order(left, right);
  switch (comparison) {
    case Comparison::kLess:
      return Item::Bool(order < 0);
    case Comparison::kLessEqual:
      return Item::Bool(order <= 0);
    case Comparison::kGreater:
      return Item::Bool(order > 0);
    default:
      return Item::Bool(order >= 0);
  }
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
  return JmesPathRunner(*this, meter, scratch).Run(root, out);
}

}  // namespace sluice::query
