#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/query/jsonpath_runner.h"
#include "sluice/query/members.h"

namespace sluice::query {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

JsonPathRunner::JsonPathRunner(const JsonPath& path, json::Value root, StepMeter& meter,
                               JsonPathScratch& scratch)
    : path_(path),
      queries_(path.program_.Table<Query>(kQueries)),
      segments_(path.program_.Table<Segment>(kSegments)),
      selectors_(path.program_.Table<Selector>(kSelectors)),
      expressions_(path.program_.Table<Expression>(kExpressions)),
      children_(path.program_.Table<uint32_t>(kChildren)),
      operands_(path.program_.Table<Operand>(kOperands)),
      pool_(path.program_.Text(kText)),
      document_(*root.document()),
      nodes_(document_.nodes()),
      root_(root.index()),
      scratch_(scratch),
      every_duplicate_(path.duplicates_ == Duplicates::kEvery),
      meter_(meter),
      lookup_(path.program_, kLookups, kNames, pool_, document_, meter, scratch.lookups),
      comparer_(meter_, scratch.arena),
      patterns_(path.budget_.max_dynamic_patterns) {
  scratch_.arena.Reset(path_.budget_.max_memory_bytes);
  scratch_.constants.assign(path_.constant_count_, kNotAsked);
  scratch_.indices.clear();
}

absl::Status JsonPathRunner::Run(std::vector<uint32_t>& nodes) {
  nodes.clear();
  Sink sink = {Sink::Purpose::kCollect, &nodes};
  WalkQuery(queries_.back(), root_, sink);
  absl::Status outcome = Outcome();
  if (!outcome.ok()) nodes.clear();
  return outcome;
}

absl::Status JsonPathRunner::Test(uint32_t expression, bool* holds) {
  *holds = Holds(expression, root_);
  return Outcome();
}

absl::Status JsonPathRunner::Outcome() const {
  if (scratch_.arena.exhausted() || too_much_) {
    return MakeBudgetError(Budget::kMemory, "JSONPath: more memory than the budget allows");
  }
  if (patterns_.exceeded()) {
    return MakeBudgetError(Budget::kSteps, "JSONPath: the document's patterns cost too much");
  }
  if (meter_.exhausted()) {
    return MakeBudgetError(Budget::kSteps, "JSONPath: more steps than the budget allows");
  }
  if (too_many_) {
    return MakeBudgetError(Budget::kResults, "JSONPath: more results than the budget allows");
  }
  return absl::OkStatus();
}

void JsonPathRunner::WalkQuery(const Query& query, uint32_t current, Sink& sink) {
  const Segment* begin = segments_.data() + query.first_segment;
  Walk(begin, begin + query.segment_count, query.absolute != 0 ? root_ : current, sink);
}

bool JsonPathRunner::Emit(uint32_t node, Sink& sink) {
  switch (sink.purpose) {
    case Sink::Purpose::kCollect:
      if (sink.nodes->size() >= path_.budget_.max_results) {
        too_many_ = true;
        return false;
      }
      sink.nodes->push_back(node);
      return true;
    case Sink::Purpose::kExists:
      sink.count = 1;
      return false;
    case Sink::Purpose::kCount:
      ++sink.count;
      return true;
    case Sink::Purpose::kOnly:
      sink.first = node;
      return ++sink.count < 2;
  }
  return false;
}

bool JsonPathRunner::Walk(const Segment* segment, const Segment* end, uint32_t node, Sink& sink) {
  while (segment != end && segment->descendant == 0 && segment->selector_count == 1) {
    const Selector& selector = selectors_[segment->first_selector];
    if (selector.kind == SelectorKind::kName && !every_duplicate_) {
      node = FindMember(node, selector);
    } else if (selector.kind == SelectorKind::kIndex) {
      node = FindElement(node, selector.start);
    } else {
      break;
    }
    if (node == kNoNode) return !meter_.exhausted();
    ++segment;
  }
  if (segment == end) return Emit(node, sink);
  if (segment->descendant == 0) return Select(segment, end, node, sink);
  return Descend(segment, end, node, sink);
}

// The tape is in document order, so everything below a node is one run of it. Keys are strings
// and select nothing.
bool JsonPathRunner::Descend(const Segment* segment, const Segment* end, uint32_t node,
                             Sink& sink) {
  const uint32_t after = nodes_[node].next;
  if (!meter_.Take(after - node)) return false;
  for (uint32_t at = node; at < after; ++at) {
    if (nodes_[at].kind() >= Kind::kArray && !Select(segment, end, at, sink)) return false;
  }
  return true;
}

bool JsonPathRunner::Select(const Segment* segment, const Segment* end, uint32_t node, Sink& sink) {
  const Kind kind = nodes_[node].kind();
  if (kind != Kind::kArray && kind != Kind::kObject) return true;
  for (uint32_t i = 0; i < segment->selector_count; ++i) {
    const Selector& selector = selectors_[segment->first_selector + i];
    if (!Apply(selector, segment + 1, end, node, sink)) return false;
  }
  return true;
}

bool JsonPathRunner::Apply(const Selector& selector, const Segment* rest, const Segment* end,
                           uint32_t node, Sink& sink) {
  switch (selector.kind) {
    case SelectorKind::kName:
      if (every_duplicate_) return EachNamed(selector, rest, end, node, sink);
      return WalkIfAny(rest, end, FindMember(node, selector), sink);
    case SelectorKind::kIndex:
      return WalkIfAny(rest, end, FindElement(node, selector.start), sink);
    case SelectorKind::kSlice:
      return Slice(selector, rest, end, node, sink);
    case SelectorKind::kWildcard:
    case SelectorKind::kFilter:
      return EachChild(selector, rest, end, node, sink);
  }
  return false;
}

bool JsonPathRunner::WalkIfAny(const Segment* rest, const Segment* end, uint32_t node, Sink& sink) {
  if (node == kNoNode) return !meter_.exhausted();
  return Walk(rest, end, node, sink);
}

// All children, or those that pass the filter.
bool JsonPathRunner::EachChild(const Selector& selector, const Segment* rest, const Segment* end,
                               uint32_t node, Sink& sink) {
  const bool object = nodes_[node].kind() == Kind::kObject;
  const bool filter = selector.kind == SelectorKind::kFilter;
  const uint32_t after = nodes_[node].next;
  for (uint32_t at = node + 1; at < after;) {
    const uint32_t child = object ? at + 1 : at;
    at = nodes_[child].next;
    if (!meter_.Take(1)) return false;
    if (filter && !Holds(selector.expression, child)) {
      if (Stopped()) return false;
      continue;
    }
    if (!Walk(rest, end, child, sink)) return false;
  }
  return true;
}

bool JsonPathRunner::EachNamed(const Selector& selector, const Segment* rest, const Segment* end,
                               uint32_t node, Sink& sink) {
  if (nodes_[node].kind() != Kind::kObject) return true;
  if (!meter_.Take(1 + nodes_[node].count())) return false;
  return ForEachNamed(document_, node, selector.name.In(pool_),
                      [&](uint32_t value) { return Walk(rest, end, value, sink); });
}

// Arrays of scalars have their elements side by side.
bool JsonPathRunner::IsDense(uint32_t array) const {
  return nodes_[array].next - array - 1 == nodes_[array].count();
}

uint32_t JsonPathRunner::FindElement(uint32_t node, int64_t index) {
  if (nodes_[node].kind() != Kind::kArray) return kNoNode;
  const int64_t length = nodes_[node].count();
  if (index < 0) index += length;
  if (index < 0 || index >= length) return kNoNode;
  return Skip(node, node + 1, index);
}

// `count` elements on from the element `at` of `array`; kNoNode out of steps.
uint32_t JsonPathRunner::Skip(uint32_t array, uint32_t at, int64_t count) {
  if (IsDense(array)) return meter_.Take(1) ? at + static_cast<uint32_t>(count) : kNoNode;
  if (!meter_.Take(1 + static_cast<uint64_t>(count))) return kNoNode;
  for (; count > 0; --count) at = nodes_[at].next;
  return at;
}

// RFC 9535, section 2.3.4.2.2: where a slice starts and how many elements it has.
JsonPathRunner::SliceRange JsonPathRunner::ResolveSlice(const Selector& slice, int64_t length) {
  const int64_t step = slice.step;
  if (step == 0) return {};
  const auto normalize = [length](int64_t i) { return i >= 0 ? i : length + i; };
  if (step > 0) {
    const int64_t lower =
        slice.has_start ? std::clamp<int64_t>(normalize(slice.start), 0, length) : 0;
    const int64_t upper =
        slice.has_end ? std::clamp<int64_t>(normalize(slice.end), 0, length) : length;
    return {lower, upper > lower ? (upper - lower - 1) / step + 1 : 0};
  }
  const int64_t upper =
      slice.has_start ? std::clamp<int64_t>(normalize(slice.start), -1, length - 1) : length - 1;
  const int64_t lower =
      slice.has_end ? std::clamp<int64_t>(normalize(slice.end), -1, length - 1) : -1;
  return {upper, upper > lower ? (upper - lower - 1) / -step + 1 : 0};
}

bool JsonPathRunner::Slice(const Selector& slice, const Segment* rest, const Segment* end,
                           uint32_t node, Sink& sink) {
  if (nodes_[node].kind() != Kind::kArray) return true;
  const SliceRange range = ResolveSlice(slice, nodes_[node].count());
  if (range.count == 0) return true;
  if (slice.step < 0) return SliceBackward(slice, range, rest, end, node, sink);
  uint32_t at = Skip(node, node + 1, range.first);
  for (int64_t left = range.count; at != kNoNode; at = Skip(node, at, slice.step)) {
    if (!Walk(rest, end, at, sink)) return false;
    if (--left == 0) return true;
  }
  return false;
}

// Siblings are linked forward only: the elements are found in document order and kept.
bool JsonPathRunner::SliceBackward(const Selector& slice, SliceRange range, const Segment* rest,
                                   const Segment* end, uint32_t node, Sink& sink) {
  const int64_t stride = -slice.step;
  const size_t base = scratch_.indices.size();
  if (base + static_cast<size_t>(range.count) > path_.budget_.max_memory_bytes / 4) {
    too_much_ = true;
    return false;
  }
  uint32_t at = Skip(node, node + 1, range.first - (range.count - 1) * stride);
  for (int64_t left = range.count; at != kNoNode; at = Skip(node, at, stride)) {
    scratch_.indices.push_back(at);
    if (--left == 0) break;
  }
  bool go_on = at != kNoNode;
  for (size_t i = scratch_.indices.size(); go_on && i > base; --i) {
    go_on = Walk(rest, end, scratch_.indices[i - 1], sink);
  }
  scratch_.indices.resize(base);
  return go_on;
}

void AppendValues(const json::Document& document, const std::vector<uint32_t>& nodes,
                  OutputBuffer& out) {
  out.Append('[');
  for (size_t i = 0; i < nodes.size() && !out.exhausted(); ++i) {
    if (i > 0) out.Append(',');
    out.Append(json::Value(&document, nodes[i]).raw());
  }
  out.Append(']');
}

absl::Status JsonPath::Run(const json::Document& document, JsonPathScratch& scratch,
                           std::vector<uint32_t>& nodes) const {
  StepMeter meter(budget_.max_steps);
  return Run(document.root(), meter, scratch, nodes);
}

absl::Status JsonPath::Run(json::Value root, StepMeter& meter, JsonPathScratch& scratch,
                           std::vector<uint32_t>& nodes) const {
  return JsonPathRunner(*this, root, meter, scratch).Run(nodes);
}

absl::StatusOr<bool> Condition::Test(json::Value root, StepMeter& meter,
                                     JsonPathScratch& scratch) const {
  bool holds = false;
  SLUICE_RETURN_IF_ERROR(JsonPathRunner(expression_, root, meter, scratch).Test(start_, &holds));
  return holds;
}

}  // namespace sluice::query
