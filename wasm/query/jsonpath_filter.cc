// What filters ask of a node.
#include <charconv>

#include "sluice/query/jsonpath_runner.h"

namespace sluice::query {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

// Whether the filter holds for a node.
bool JsonPathRunner::Holds(uint32_t index, uint32_t current) {
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

bool JsonPathRunner::HoldsChain(const Expression& chain, uint32_t current) {
  const bool decisive = chain.kind == ExpressionKind::kOr;
  for (uint32_t i = 0; i < chain.b; ++i) {
    if (Holds(children_[chain.a + i], current) == decisive) return decisive;
  }
  return !decisive;
}

// The node that a query selects if it is the only one.
uint32_t JsonPathRunner::AskOnly(uint32_t index, uint32_t current) {
  const Query& query = queries_[index];
  if (query.constant != kNone || query.singular == 0 || every_duplicate_) {
    return Ask(index, current, Sink::Purpose::kOnly);
  }
  const Segment* segment = segments_.data() + query.first_segment;
  const Segment* const end = segment + query.segment_count;
  uint32_t node = current;
  for (; segment != end && node != kNoNode; ++segment) {
    const Selector& selector = selectors_[segment->first_selector];
    node = selector.kind == SelectorKind::kName ? FindMember(node, selector)
                                                : FindElement(node, selector.start);
  }
  return node;
}

// 0 or 1 for kExists, the count, or the only node.
uint32_t JsonPathRunner::Ask(uint32_t index, uint32_t current, Sink::Purpose purpose) {
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

Item JsonPathRunner::NumberItem(uint32_t number, Digits& digits) {
  const std::to_chars_result end = std::to_chars(digits, digits + sizeof(Digits), number);
  return Item::Number({digits, static_cast<size_t>(end.ptr - digits)});
}

// Numbers that are computed have their text in `digits`.
Item JsonPathRunner::Evaluate(uint32_t index, uint32_t current, Digits& digits) {
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
    case OperandKind::kCurrent:
      return Item::Node(&document_, current);
    case OperandKind::kMember:
      if (!every_duplicate_) {
        const uint32_t found = lookup_.Find(current, operand.slot.lookup, operand.slot.number);
        return found == 0 ? Item() : Item::Node(&document_, found);
      }
      [[fallthrough]];
    case OperandKind::kQuery:
    case OperandKind::kValue: {
      const uint32_t node = AskOnly(operand.index, current);
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
Item JsonPathRunner::Length(const Item& item, Digits& digits) {
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

bool JsonPathRunner::HoldsComparison(const Expression& expression, uint32_t current) {
  const Operand& member = operands_[expression.a];
  const Operand& literal = operands_[expression.b];
  const Comparison comparison = static_cast<Comparison>(expression.c);
  if (member.kind == OperandKind::kMember && !every_duplicate_ &&
      (literal.kind == OperandKind::kNumber || literal.kind == OperandKind::kString)) {
    const uint32_t found = lookup_.Find(current, member.slot.lookup, member.slot.number);
    if (found == 0) return comparison == Comparison::kNotEqual;
    const bool number = literal.kind == OperandKind::kNumber;
    const Answer answer =
        CompareWithLiteral(document_, found, number ? Kind::kNumber : Kind::kString,
                           literal.text.In(pool_), comparison);
    if (answer != Answer::kUnknown) return answer == Answer::kYes;
  }
  Digits left_digits;
  Digits right_digits;
  const Item left = Evaluate(expression.a, current, left_digits);
  const Item right = Evaluate(expression.b, current, right_digits);
  const bool both = left.present() && right.present();
  if (both && left.kind() == right.kind()) {
    if (left.kind() == Kind::kNumber) {
      return HoldsFor(comparison, comparer_.OrderOfNumbers(left, right));
    }
    if (left.kind() == Kind::kString && comparison >= Comparison::kLess) {
      return HoldsFor(comparison, comparer_.Order(left, right));
    }
  }
  // All else has no order.
  if (comparison == Comparison::kLess || comparison == Comparison::kGreater) return false;
  const bool equal = both ? comparer_.Equal(left, right) : left.present() == right.present();
  return equal == (comparison != Comparison::kNotEqual);
}

bool JsonPathRunner::HoldsPattern(const Expression& expression, uint32_t current) {
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

const regex::Regex* JsonPathRunner::Pattern(const Expression& expression, uint32_t current) {
  if (expression.c != kNone) return &path_.patterns_[expression.c];
  Digits digits;
  const Item pattern = Evaluate(expression.b, current, digits);
  if (!pattern.is(Kind::kString)) return nullptr;
  const std::string_view text = comparer_.Text(pattern);
  return meter_.TakeForText(text.size()) ? patterns_.Get(text) : nullptr;
}

}  // namespace sluice::query
