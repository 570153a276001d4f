// The operators of an expression: what can follow what there is.
#include <algorithm>

#include "sluice/query/jmespath_compiler.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary

namespace {

constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;

// How tightly what follows an expression binds to it; 0: it doesn't continue one.
uint32_t BindingPower(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPipe:
      return 1;
    case TokenKind::kOr:
      return 2;
    case TokenKind::kAnd:
      return 3;
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
      return 5;
    case TokenKind::kFlatten:
      return 9;
    case TokenKind::kStar:
      return 20;
    case TokenKind::kFilter:
      return 21;
    case TokenKind::kDot:
      return 40;
    case TokenKind::kLeftBracket:
      return 55;
    default:
      return 0;
  }
}

constexpr uint32_t kNotPower = 8;  // `!` takes fields and projections with it
constexpr uint32_t kFlattenPower = 9;
constexpr uint32_t kProjectionStop = 10;  // weaker operators end a projection
constexpr uint32_t kStarPower = 20;
constexpr uint32_t kFilterPower = 21;
constexpr uint32_t kDotPower = 40;

}  // namespace

bool JmesPathCompiler::Expression(uint32_t power, Chain* out) {
  if (!CheckDepth(++nesting_)) return false;
  bool ok = Start(out);
  while (ok && power < BindingPower(Current().kind)) ok = Continue(out);
  --nesting_;
  return ok;
}

// Takes the operator at hand, with `left` before it.
bool JmesPathCompiler::Continue(Chain* left) {
  const Token token = Current();
  switch (token.kind) {
    case TokenKind::kDot:
      return Dot(left);
    case TokenKind::kPipe: {
      ++position_;
      Chain right;
      return Expression(1, &right) && Append(left, right);
    }
    case TokenKind::kOr:
      return Binary(Code::kOr, 2, 0, left);
    case TokenKind::kAnd:
      return Binary(Code::kAnd, 3, 0, left);
    case TokenKind::kFlatten:
      ++position_;
      return Project(Code::kFlatten, kFlattenPower, token, left);
    case TokenKind::kFilter:
      return Filter(left);
    case TokenKind::kStar:
      ++position_;
      return Project(Code::kProjectObject, kStarPower, token, left);
    case TokenKind::kLeftBracket:
      return Bracket(left);
    default: {
      const uint32_t comparison =
          static_cast<uint32_t>(token.kind) - static_cast<uint32_t>(TokenKind::kEqual);
      return Binary(Code::kCompare, 5, comparison, left);
    }
  }
}

bool JmesPathCompiler::Binary(Code code, uint32_t power, uint32_t comparison, Chain* left) {
  const Token token = Current();
  ++position_;
  Chain right;
  if (!Expression(power, &right)) return false;
  Chain whole = Single(code, token, left->head, right.head, comparison);
  Contain(&whole, *left, 0);
  Contain(&whole, right, 0);
  *left = whole;
  return CheckDepth(whole.depth);
}

bool JmesPathCompiler::Not(Chain* out) {
  const Token token = Current();
  ++position_;
  Chain operand;
  if (!Expression(kNotPower, &operand)) return false;
  *out = Single(Code::kNot, token, operand.head);
  Contain(out, operand, 0);
  return CheckDepth(out->depth);
}

bool JmesPathCompiler::Dot(Chain* left) {
  ++position_;
  const Token token = Current();
  if (Eat(TokenKind::kStar)) return Project(Code::kProjectObject, kStarPower, token, left);
  Chain right;
  return AfterDot(kDotPower, &right) && Append(left, right);
}

bool JmesPathCompiler::AfterDot(uint32_t power, Chain* right) {
  switch (Current().kind) {
    case TokenKind::kIdentifier:
    case TokenKind::kQuoted:
    case TokenKind::kStar:
      return Expression(power, right);
    case TokenKind::kLeftBracket:
      return MultiList(right);
    case TokenKind::kLeftBrace:
      return MultiHash(right);
    default:
      return Fault("expected a name, *, [ or { after the dot");
  }
}

// The operation that applies what follows to each element of what `left` makes.
bool JmesPathCompiler::Project(Code code, uint32_t power, const Token& token, Chain* left) {
  Chain each;
  if (!ProjectionTail(power, &each)) return false;
  Chain projection = Single(code, token, each.head);
  Contain(&projection, each, 1);
  return CheckDepth(projection.depth) && Append(left, projection);
}

bool JmesPathCompiler::ProjectionTail(uint32_t power, Chain* each) {
  if (BindingPower(Current().kind) < kProjectionStop) return true;
  if (Is(TokenKind::kDot)) {
    ++position_;
    // What comes after the first step belongs to the projection as well.
    return AfterDot(power, each) && ContinueWhile(power, each);
  }
  if (Is(TokenKind::kFilter) || (Is(TokenKind::kLeftBracket) && StartsIndex())) {
    return Expression(power, each);
  }
  return Fault("expected ., an index, a slice, a filter or a weaker operator");
}

bool JmesPathCompiler::ContinueWhile(uint32_t power, Chain* chain) {
  bool ok = CheckDepth(++nesting_);
  while (ok && power < BindingPower(Current().kind)) ok = Continue(chain);
  --nesting_;
  return ok;
}

bool JmesPathCompiler::Filter(Chain* left) {
  const Token token = Current();
  ++position_;
  Chain condition;
  if (!Expression(0, &condition) ||
      !Expect(TokenKind::kRightBracket, "expected ] after a filter")) {
    return false;
  }
  Chain each;
  if (!Is(TokenKind::kFlatten) && !ProjectionTail(kFilterPower, &each)) return false;
  Chain filter = Single(Code::kFilter, token, each.head, condition.head);
  Contain(&filter, each, 1);
  Contain(&filter, condition, 0);
  return CheckDepth(filter.depth) && Append(left, filter);
}

// [3], [1:2], [*]
bool JmesPathCompiler::Bracket(Chain* left) {
  const Token token = Current();
  ++position_;
  if (Eat(TokenKind::kStar)) {
    return Expect(TokenKind::kRightBracket, "expected ]") &&
           Project(Code::kProjectArray, kStarPower, token, left);
  }
  if (!Is(TokenKind::kNumber) && !Is(TokenKind::kColon)) {
    return Fault("expected an index, a slice or *");
  }
  Slice slice = {0, 0, 1, 0, 0};
  bool is_slice = false;
  if (!SliceParts(&slice, &is_slice)) return false;
  slices_.push_back(slice);
  const uint32_t number = static_cast<uint32_t>(slices_.size() - 1);
  if (!is_slice) return Append(left, Single(Code::kIndex, token, number));
  return Append(left, Single(Code::kSlice, token, number)) &&
         Project(Code::kProjectArray, kStarPower, token, left);
}

bool JmesPathCompiler::SliceParts(Slice* slice, bool* is_slice) {
  uint32_t step_offset = 0;
  if (Is(TokenKind::kNumber)) {
    if (!Integer(&slice->start)) return false;
    slice->has_start = 1;
  }
  if (Eat(TokenKind::kColon)) {
    *is_slice = true;
    if (Is(TokenKind::kNumber)) {
      if (!Integer(&slice->stop)) return false;
      slice->has_stop = 1;
    }
    if (Eat(TokenKind::kColon) && Is(TokenKind::kNumber)) {
      step_offset = Current().begin;
      if (!Integer(&slice->step)) return false;
    }
  }
  if (!Expect(TokenKind::kRightBracket, "expected : or ]")) return false;
  return slice->step != 0 ||
         FaultAt(Error::kInvalidValue, step_offset, "the step of a slice can't be 0");
}

bool JmesPathCompiler::Integer(int64_t* value) {
  const std::string_view text = TextOf(Current());
  const bool negative = text[0] == '-';
  int64_t magnitude = 0;
  for (const char c : text.substr(negative ? 1 : 0)) {
    magnitude = magnitude * 10 + (c - '0');
    if (magnitude > kMaxInteger) {
      return FaultAt(Error::kInvalidValue, Current().begin,
                     "an index lies within -9007199254740991 and 9007199254740991");
    }
  }
  *value = negative ? -magnitude : magnitude;
  ++position_;
  return true;
}

}  // namespace sluice::query
