#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "sluice/base/status.h"
#include "sluice/query/compare.h"
#include "sluice/query/item.h"
#include "sluice/query/jsonpath.h"
#include "sluice/query/jsonpath_program.h"
#include "sluice/query/members.h"
#include "sluice/query/pattern_cache.h"

namespace sluice::query {
namespace {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;
using json::Node;

// What the constants hold besides a node, a count or 0 and 1.
constexpr uint32_t kNotAsked = 0xFFFFFFFE;
constexpr uint32_t kNoNode = 0xFFFFFFFF;

// Where selected nodes go.
struct Sink {
  enum class Purpose : uint8_t { kCollect, kExists, kCount, kOnly } purpose;
  std::vector<uint32_t>* nodes;  // for kCollect
  uint32_t count = 0;
  uint32_t first = kNoNode;
};

// RFC 9535, section 2.3.4.2.2: where a slice starts and how many elements it has.
struct SliceRange {
  int64_t first = 0;
  int64_t count = 0;
};

SliceRange ResolveSlice(const Selector& slice, int64_t length) {
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

}  // namespace

// Depth first: the nodes of one segment go on into the next at once, which gives the RFC's order
// without a list in between. Functions that walk return false to stop: enough is known, or a budget
// is exceeded. The recursion is as deep as the compiler counted.
class JsonPathRunner {
 public:
  JsonPathRunner(const JsonPath& path, json::Value root, StepMeter& meter, JsonPathScratch& scratch)
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
        comparer_(meter_, scratch.arena),
        patterns_(path.budget_.max_dynamic_patterns) {
    scratch_.arena.Reset(path_.budget_.max_memory_bytes);
    scratch_.constants.assign(path_.constant_count_, kNotAsked);
    scratch_.indices.clear();
  }

  absl::Status Run(std::vector<uint32_t>& nodes) {
    nodes.clear();
    Sink sink = {Sink::Purpose::kCollect, &nodes};
    WalkQuery(queries_.back(), root_, sink);
    absl::Status outcome = Outcome();
    if (!outcome.ok()) nodes.clear();
    return outcome;
  }

  absl::Status Test(uint32_t expression, bool* holds) {
    *holds = Holds(expression, root_);
    return Outcome();
  }

 private:
  absl::Status Outcome() const {
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

  void WalkQuery(const Query& query, uint32_t current, Sink& sink) {
    const Segment* begin = segments_.data() + query.first_segment;
    Walk(begin, begin + query.segment_count, query.absolute != 0 ? root_ : current, sink);
  }

  bool Emit(uint32_t node, Sink& sink) {
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

  bool Walk(const Segment* segment, const Segment* end, uint32_t node, Sink& sink) {
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
  bool Descend(const Segment* segment, const Segment* end, uint32_t node, Sink& sink) {
    const uint32_t after = nodes_[node].next;
    if (!meter_.Take(after - node)) return false;
    for (uint32_t at = node; at < after; ++at) {
      if (nodes_[at].kind() >= Kind::kArray && !Select(segment, end, at, sink)) return false;
    }
    return true;
  }

  bool Select(const Segment* segment, const Segment* end, uint32_t node, Sink& sink) {
    const Kind kind = nodes_[node].kind();
    if (kind != Kind::kArray && kind != Kind::kObject) return true;
    for (uint32_t i = 0; i < segment->selector_count; ++i) {
      const Selector& selector = selectors_[segment->first_selector + i];
      if (!Apply(selector, segment + 1, end, node, sink)) return false;
    }
    return true;
  }

  bool Apply(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
             Sink& sink) {
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

  bool WalkIfAny(const Segment* rest, const Segment* end, uint32_t node, Sink& sink) {
    if (node == kNoNode) return !meter_.exhausted();
    return Walk(rest, end, node, sink);
  }

  // All children, or those that pass the filter.
  bool EachChild(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
                 Sink& sink) {
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

  uint32_t FindMember(uint32_t node, const Selector& selector) {
    if (nodes_[node].kind() != Kind::kObject) return kNoNode;
    if (!meter_.Take(1 + nodes_[node].count())) return kNoNode;
    uint32_t found = kNoNode;
    ForEachNamed(document_, node, selector.name.In(pool_), [&found](uint32_t value) {
      found = value;
      return true;
    });
    return found;
  }

  bool EachNamed(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
                 Sink& sink) {
    if (nodes_[node].kind() != Kind::kObject) return true;
    if (!meter_.Take(1 + nodes_[node].count())) return false;
    return ForEachNamed(document_, node, selector.name.In(pool_),
                        [&](uint32_t value) { return Walk(rest, end, value, sink); });
  }

  // Arrays of scalars have their elements side by side.
  bool IsDense(uint32_t array) const {
    return nodes_[array].next - array - 1 == nodes_[array].count();
  }

  uint32_t FindElement(uint32_t node, int64_t index) {
    if (nodes_[node].kind() != Kind::kArray) return kNoNode;
    const int64_t length = nodes_[node].count();
    if (index < 0) index += length;
    if (index < 0 || index >= length) return kNoNode;
    return Skip(node, node + 1, index);
  }

  // `count` elements on from the element `at` of `array`; kNoNode out of steps.
  uint32_t Skip(uint32_t array, uint32_t at, int64_t count) {
    if (IsDense(array)) return meter_.Take(1) ? at + static_cast<uint32_t>(count) : kNoNode;
    if (!meter_.Take(1 + static_cast<uint64_t>(count))) return kNoNode;
    for (; count > 0; --count) at = nodes_[at].next;
    return at;
  }

  bool Slice(const Selector& slice, const Segment* rest, const Segment* end, uint32_t node,
             Sink& sink) {
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
  bool SliceBackward(const Selector& slice, SliceRange range, const Segment* rest,
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

  bool Stopped() const {
    return meter_.exhausted() || scratch_.arena.exhausted() || patterns_.exceeded() || too_much_;
  }

  // Whether the filter holds for a node.
  bool Holds(uint32_t index, uint32_t current) {
    const Expression& expression = expressions_[index];
    switch (expression.kind) {
      case ExpressionKind::kOr:
      case ExpressionKind::kAnd:
        return HoldsChain(expression, current);
      case ExpressionKind::kNot:
        return !Holds(expression.a, current);
      case ExpressionKind::kExists:
        return Ask(expression.a, current, Sink::Purpose::kExists) != 0;
      case ExpressionKind::kCompare:
        return HoldsComparison(expression, current);
      case ExpressionKind::kMatch:
      case ExpressionKind::kSearch:
        return HoldsPattern(expression, current);
    }
    return false;
  }

  bool HoldsChain(const Expression& chain, uint32_t current) {
    const bool decisive = chain.kind == ExpressionKind::kOr;
    for (uint32_t i = 0; i < chain.b; ++i) {
      if (Holds(children_[chain.a + i], current) == decisive) return decisive;
    }
    return !decisive;
  }

  // 0 or 1 for kExists, the count, or the only node.
  uint32_t Ask(uint32_t index, uint32_t current, Sink::Purpose purpose) {
    const Query& query = queries_[index];
    if (query.constant != kNone && scratch_.constants[query.constant] != kNotAsked) {
      return scratch_.constants[query.constant];
    }
    Sink sink = {purpose, nullptr};
    WalkQuery(query, current, sink);
    uint32_t answer = sink.count;
    if (purpose == Sink::Purpose::kOnly) answer = sink.count == 1 ? sink.first : kNoNode;
    if (query.constant != kNone) scratch_.constants[query.constant] = answer;
    return answer;
  }

  using Digits = char[12];

  Item NumberItem(uint32_t number, Digits& digits) {
    const std::to_chars_result end = std::to_chars(digits, digits + sizeof(Digits), number);
    return Item::Number({digits, static_cast<size_t>(end.ptr - digits)});
  }

  // Numbers that are computed have their text in `digits`.
  Item Evaluate(uint32_t index, uint32_t current, Digits& digits) {
    const Operand& operand = operands_[index];
    switch (operand.kind) {
      case OperandKind::kNull:
        return Item::Null();
      case OperandKind::kFalse:
      case OperandKind::kTrue:
        return Item::Bool(operand.kind == OperandKind::kTrue);
      case OperandKind::kNumber:
        return Item::Number(operand.text.In(pool_));
      case OperandKind::kString:
        return Item::String(operand.text.In(pool_));
      case OperandKind::kQuery:
      case OperandKind::kValue: {
        const uint32_t node = Ask(operand.index, current, Sink::Purpose::kOnly);
        return node == kNoNode ? Item() : Item::Node(&document_, node);
      }
      case OperandKind::kLength:
        return Length(Evaluate(operand.index, current, digits), digits);
      case OperandKind::kCount:
        return NumberItem(Ask(operand.index, current, Sink::Purpose::kCount), digits);
    }
    return Item();
  }

  // RFC 9535, section 2.4.4.
  Item Length(const Item& item, Digits& digits) {
    if (item.is(Kind::kString)) {
      const Arena::Mark mark = scratch_.arena.mark();
      const std::string_view text = comparer_.Text(item);
      meter_.TakeForText(text.size());
      scratch_.arena.Rewind(mark);
      return NumberItem(CodePointCount(text), digits);
    }
    if (item.is(Kind::kArray) || item.is(Kind::kObject)) return NumberItem(item.count(), digits);
    return Item();
  }

  bool HoldsComparison(const Expression& expression, uint32_t current) {
    Digits left_digits;
    Digits right_digits;
    const Item left = Evaluate(expression.a, current, left_digits);
    const Item right = Evaluate(expression.b, current, right_digits);
    switch (static_cast<Comparison>(expression.c)) {
      case Comparison::kEqual:
        return Equal(left, right);
      case Comparison::kNotEqual:
        return !Equal(left, right);
      case Comparison::kLess:
        return Ordered(left, right) && comparer_.Order(left, right) < 0;
      case Comparison::kGreater:
        return Ordered(left, right) && comparer_.Order(left, right) > 0;
      case Comparison::kLessEqual:
        return Ordered(left, right) ? comparer_.Order(left, right) <= 0 : Equal(left, right);
      case Comparison::kGreaterEqual:
        return Ordered(left, right) ? comparer_.Order(left, right) >= 0 : Equal(left, right);
    }
    return false;
  }

  bool Equal(const Item& left, const Item& right) {
    if (!left.present() || !right.present()) return left.present() == right.present();
    return comparer_.Equal(left, right);
  }

  // Only numbers and strings have an order.
  static bool Ordered(const Item& left, const Item& right) {
    return (left.is(Kind::kNumber) && right.is(Kind::kNumber)) ||
           (left.is(Kind::kString) && right.is(Kind::kString));
  }

  bool HoldsPattern(const Expression& expression, uint32_t current) {
    Digits digits;
    const Item subject = Evaluate(expression.a, current, digits);
    if (!subject.is(Kind::kString)) return false;
    const Arena::Mark mark = scratch_.arena.mark();
    bool holds = false;
    if (const regex::Regex* regex = Pattern(expression, current); regex != nullptr) {
      const std::string_view text = comparer_.Text(subject);
      meter_.TakeForText(4 * text.size());
      holds = expression.kind == ExpressionKind::kMatch ? regex->MatchesWhole(text)
                                                        : regex->MatchesPart(text);
    }
    scratch_.arena.Rewind(mark);
    return holds;
  }

  const regex::Regex* Pattern(const Expression& expression, uint32_t current) {
    if (expression.c != kNone) return &path_.patterns_[expression.c];
    Digits digits;
    const Item pattern = Evaluate(expression.b, current, digits);
    if (!pattern.is(Kind::kString)) return nullptr;
    const std::string_view text = comparer_.Text(pattern);
    return meter_.TakeForText(text.size()) ? patterns_.Get(text) : nullptr;
  }

  const JsonPath& path_;
  const absl::Span<const Query> queries_;
  const absl::Span<const Segment> segments_;
  const absl::Span<const Selector> selectors_;
  const absl::Span<const Expression> expressions_;
  const absl::Span<const uint32_t> children_;
  const absl::Span<const Operand> operands_;
  const std::string_view pool_;
  const json::Document& document_;
  const absl::Span<const Node> nodes_;
  const uint32_t root_;
  JsonPathScratch& scratch_;
  const bool every_duplicate_;
  StepMeter& meter_;
  Comparer comparer_;
  PatternCache patterns_;
  bool too_many_ = false;
  bool too_much_ = false;
};

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
