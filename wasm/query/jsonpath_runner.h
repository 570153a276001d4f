// Runs a compiled JSONPath. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/query/budget.h"
#include "sluice/query/compare.h"
#include "sluice/query/item.h"
#include "sluice/query/jsonpath.h"
#include "sluice/query/jsonpath_program.h"
#include "sluice/query/member_lookup.h"
#include "sluice/query/pattern_cache.h"

namespace sluice::query {

// Depth first: the nodes of one segment go on into the next at once, which gives the RFC's order
// without a list in between. Functions that walk return false to stop: enough is known, or a budget
// is exceeded. The recursion is as deep as the compiler counted.
class JsonPathRunner {
 public:
  JsonPathRunner(const JsonPath& path, json::Value root, StepMeter& meter,
                 JsonPathScratch& scratch);

  absl::Status Run(std::vector<uint32_t>& nodes);
  absl::Status Test(uint32_t expression, bool* holds);

 private:
  using Query = jsonpath::Query;
  using Segment = jsonpath::Segment;
  using Selector = jsonpath::Selector;
  using Expression = jsonpath::Expression;
  using Operand = jsonpath::Operand;

  static constexpr uint32_t kNoNode = 0xFFFFFFFF;
  // What the constants hold besides a node, a count or 0 and 1.
  static constexpr uint32_t kNotAsked = 0xFFFFFFFE;

  // Where selected nodes go.
  struct Sink {
    enum class Purpose : uint8_t { kCollect, kExists, kCount, kOnly } purpose;
    std::vector<uint32_t>* nodes;  // for kCollect
    uint32_t count = 0;
    uint32_t first = kNoNode;
  };

  absl::Status Outcome() const;
  bool Stopped() const {
    return meter_.exhausted() || scratch_.arena.exhausted() || patterns_.exceeded() || too_much_;
  }

  void WalkQuery(const Query& query, uint32_t current, Sink& sink);
  bool Emit(uint32_t node, Sink& sink);
  bool Walk(const Segment* segment, const Segment* end, uint32_t node, Sink& sink);
  bool WalkIfAny(const Segment* rest, const Segment* end, uint32_t node, Sink& sink);
  bool Descend(const Segment* segment, const Segment* end, uint32_t node, Sink& sink);
  bool Select(const Segment* segment, const Segment* end, uint32_t node, Sink& sink);
  bool Apply(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
             Sink& sink);
  bool EachChild(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
                 Sink& sink);
  bool EachNamed(const Selector& selector, const Segment* rest, const Segment* end, uint32_t node,
                 Sink& sink);
  bool Slice(const Selector& slice, const Segment* rest, const Segment* end, uint32_t node,
             Sink& sink);
  struct SliceRange {
    int64_t first = 0;
    int64_t count = 0;
  };
  static SliceRange ResolveSlice(const Selector& slice, int64_t length);
  bool SliceBackward(const Selector& slice, SliceRange range, const Segment* rest,
                     const Segment* end, uint32_t node, Sink& sink);
  uint32_t FindMember(uint32_t node, const Selector& selector) {
    const uint32_t found = lookup_.Find(node, selector.slot.lookup, selector.slot.number);
    return found != 0 ? found : kNoNode;
  }
  uint32_t FindElement(uint32_t node, int64_t index);
  uint32_t Skip(uint32_t array, uint32_t at, int64_t count);
  bool IsDense(uint32_t array) const;

  // jsonpath_filter.cc
  using Digits = char[12];
  bool Holds(uint32_t expression, uint32_t current);
  bool HoldsChain(const Expression& chain, uint32_t current);
  bool HoldsComparison(const Expression& comparison, uint32_t current);
  bool HoldsPattern(const Expression& call, uint32_t current);
  const regex::Regex* Pattern(const Expression& call, uint32_t current);
  uint32_t Ask(uint32_t query, uint32_t current, Sink::Purpose purpose);
  uint32_t AskOnly(uint32_t query, uint32_t current);
  Item Evaluate(uint32_t operand, uint32_t current, Digits& digits);
  Item Length(const Item& item, Digits& digits);
  static Item NumberItem(uint32_t number, Digits& digits);

  const JsonPath& path_;
  const absl::Span<const Query> queries_;
  const absl::Span<const Segment> segments_;
  const absl::Span<const Selector> selectors_;
  const absl::Span<const Expression> expressions_;
  const absl::Span<const uint32_t> children_;
  const absl::Span<const Operand> operands_;
  const std::string_view pool_;
  const json::Document& document_;
  const absl::Span<const json::Node> nodes_;
  const uint32_t root_;
  JsonPathScratch& scratch_;
  const bool every_duplicate_;
  StepMeter& meter_;
  MemberLookup lookup_;
  Comparer comparer_;
  PatternCache patterns_;
  bool too_many_ = false;
  bool too_much_ = false;
};

}  // namespace sluice::query
