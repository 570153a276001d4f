#include "sluice/query/jsonpath_names.h"

namespace sluice::query::jsonpath {

LookupSlot NameResolver::Add(uint32_t& place, StringRef name) {
  if (place == kNoLookup) place = lookups_.New();
  return lookups_.Add(place, name.In(pool_));
}

bool NameResolver::AsksItsInput(const Segment& segment) const {
  if (segment.descendant != 0) return false;
  for (uint32_t i = 0; i < segment.selector_count; ++i) {
    if (selectors_[segment.first_selector + i].kind == SelectorKind::kName) return true;
  }
  return false;
}

void NameResolver::ResolveQuery(uint32_t index, uint32_t& current) {
  const Query& query = queries_[index];
  uint32_t place = kNoLookup;  // of what the segment before selected
  uint32_t* start = query.absolute != 0 ? &root_ : &current;
  for (uint32_t i = 0; i < query.segment_count; ++i) {
    const Segment& segment = segments_[query.first_segment + i];
    const bool only = segment.descendant == 0 && segment.selector_count == 1;
    const bool asked = i + 1 < query.segment_count && AsksItsInput((&segment)[1]);
    // Descendants stand nowhere yet: all of them are one place.
    uint32_t below = kNoLookup;
    uint32_t& here = segment.descendant != 0 ? below : start != nullptr ? *start : place;
    uint32_t further = kNoLookup;
    for (uint32_t s = 0; s < segment.selector_count; ++s) {
      Selector& selector = selectors_[segment.first_selector + s];
      if (selector.kind == SelectorKind::kName) {
        selector.slot = Add(here, selector.name);
        if (only && asked) further = lookups_.Child(selector.slot);
      } else if (selector.kind == SelectorKind::kFilter) {
        uint32_t element = kNoLookup;
        ResolveExpression(selector.expression, element);
        // What passes is asked further where it was tested.
        if (only) further = element;
      }
    }
    start = nullptr;
    place = further;
  }
}

void NameResolver::ResolveExpression(uint32_t index, uint32_t& current) {
  const Expression& expression = expressions_[index];
  switch (expression.kind) {
    case ExpressionKind::kOr:
    case ExpressionKind::kAnd:
      for (uint32_t i = 0; i < expression.b; ++i) {
        ResolveExpression(children_[expression.a + i], current);
      }
      return;
    case ExpressionKind::kNot:
      return ResolveExpression(expression.a, current);
    case ExpressionKind::kExists:
      return ResolveQuery(expression.a, current);
    case ExpressionKind::kCompare:
    case ExpressionKind::kMatch:
    case ExpressionKind::kSearch:
      ResolveOperand(expression.a, current);
      return ResolveOperand(expression.b, current);
  }
}

void NameResolver::ResolveOperand(uint32_t index, uint32_t& current) {
  Operand& operand = operands_[index];
  switch (operand.kind) {
    case OperandKind::kQuery:
      ResolveQuery(operand.index, current);
      return Shorten(operand);
    case OperandKind::kCount:
    case OperandKind::kValue:
      return ResolveQuery(operand.index, current);
    case OperandKind::kLength:
      return ResolveOperand(operand.index, current);
    default:
      return;
  }
}

// What most filters compare needs no walk along segments.
void NameResolver::Shorten(Operand& operand) const {
  const Query& query = queries_[operand.index];
  if (query.absolute != 0 || query.segment_count > 1) return;
  if (query.segment_count == 0) {
    operand.kind = OperandKind::kCurrent;
    return;
  }
  const Selector& selector = selectors_[segments_[query.first_segment].first_selector];
  if (selector.kind != SelectorKind::kName) return;
  operand.kind = OperandKind::kMember;
  operand.slot = selector.slot;
}

}  // namespace sluice::query::jsonpath
