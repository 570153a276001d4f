// Calls of functions: arguments, their types, and the functions of single values and numbers.
#include <algorithm>
#include <cmath>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/json/number.h"
#include "sluice/json/writer.h"
#include "sluice/query/jmespath_runner.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary
using json::Kind;

namespace {

constexpr double kLargestExact = 9007199254740992.0;

}  // namespace

uint8_t JmesPathRunner::TypeOf(const Item& item) {
  static constexpr uint8_t kBits[] = {kNull, kBoolean, kBoolean, kNumber, kString, kArray, kObject};
  return kBits[static_cast<size_t>(item.kind())];
}

Item JmesPathRunner::Fail(Error error, std::string_view message) {
  if (!failed_) failure_ = MakeJmesError(error, offset_, message, /*compiling=*/false);
  failed_ = true;
  return Item::Null();
}

Item JmesPathRunner::Call(const Operation& call, const Item& current) {
  const Function function = static_cast<Function>(call.c);
  if (function == Function::kMerge || function == Function::kNotNull) {
    return CallMany(call, current);
  }
  const absl::Span<const Part> parts = parts_.subspan(call.a, call.b);
  Item arguments[2] = {Item::Null(), Item::Null()};
  static constexpr Part kItself = {kIdentity, 1, {}};
  const Part* reference = &kItself;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].mark != 0) {
      reference = &parts[i];
    } else {
      arguments[i] = Evaluate(parts[i].expression, current);
    }
  }
  if (Stopped() || !CheckTypes(call, absl::MakeSpan(arguments, parts.size()))) return Item::Null();
  switch (function) {
    case Function::kMap:
      return MapArray(arguments[1], *reference);
    case Function::kMaxBy:
      return ByKey(arguments[0], *reference, Pick::kGreatest);
    case Function::kMinBy:
      return ByKey(arguments[0], *reference, Pick::kLeast);
    case Function::kSortBy:
      return ByKey(arguments[0], *reference, Pick::kAll);
    case Function::kMax:
      return ByKey(arguments[0], kItself, Pick::kGreatest);
    case Function::kMin:
      return ByKey(arguments[0], kItself, Pick::kLeast);
    case Function::kSort:
      return ByKey(arguments[0], kItself, Pick::kAll);
    default:
      return CallValues(function, absl::MakeSpan(arguments, parts.size()));
  }
}

bool JmesPathRunner::CheckTypes(const Operation& call, absl::Span<const Item> arguments) {
  offset_ = call.offset;
  const Signature& signature = SignatureOf(static_cast<Function>(call.c));
  for (size_t i = 0; i < arguments.size(); ++i) {
    const uint8_t types = signature.parameters[std::min<size_t>(i, 1)];
    const uint8_t found = TypeOf(arguments[i]);
    if (types == kReference || (types & found) != 0) continue;
    Fail(Error::kInvalidType, absl::StrCat(signature.name, "() takes ", DescribeTypes(types),
                                           " as argument ", i + 1, ", not ", DescribeTypes(found)));
    return false;
  }
  return true;
}

// Those that take any number of arguments.
Item JmesPathRunner::CallMany(const Operation& call, const Item& current) {
  const size_t base = scratch_.stack.size();
  for (const Part& part : parts_.subspan(call.a, call.b)) {
    const Item argument = Evaluate(part.expression, current);
    if (static_cast<Function>(call.c) == Function::kMerge) {
      Push(argument);
    } else if (!argument.is(Kind::kNull)) {
      return argument;
    }
  }
  if (static_cast<Function>(call.c) == Function::kNotNull) return Item::Null();
  const size_t count = scratch_.stack.size() - base;
  const Item* arguments = TakeFrom(base);
  if (Stopped() || !CheckTypes(call, {arguments, count})) return Item::Null();
  return Merge({arguments, count});
}

Item JmesPathRunner::CallValues(Function function, absl::Span<const Item> arguments) {
  const Item& first = arguments[0];
  switch (function) {
    case Function::kAbs: {
      const std::string_view text = first.number_text();
      return Item::Number(text[0] == '-' ? text.substr(1) : text);
    }
    case Function::kAvg:
    case Function::kSum:
      return Sum(first, function == Function::kAvg);
    case Function::kCeil:
    case Function::kFloor:
      return Round(first, function == Function::kCeil);
    case Function::kContains:
      return Contains(first, arguments[1]);
    case Function::kKeys:
    case Function::kValues: {
      const size_t base = scratch_.stack.size();
      if (!meter_.Take(first.count())) return Item::Null();
      for (Children child(first); !child.done(); child.Next()) {
        Push(function == Function::kKeys ? child.key() : child.value());
      }
      return ArrayFrom(base);
    }
    case Function::kLength:
      return Length(first);
    case Function::kReverse:
      return Reverse(first);
    case Function::kToArray: {
      if (first.is(Kind::kArray)) return first;
      const size_t base = scratch_.stack.size();
      Push(first);
      return ArrayFrom(base);
    }
    case Function::kToNumber:
      return ToNumber(first);
    case Function::kType:
      return Item::String(json::KindName(first.kind()));
    default:
      return CallText(function, arguments);
  }
}

Item JmesPathRunner::CallText(Function function, absl::Span<const Item> arguments) {
  switch (function) {
    case Function::kJoin:
      return Join(arguments[0], arguments[1]);
    case Function::kToString:
      return ToString(arguments[0]);
    default: {
      const std::string_view text = comparer_.Text(arguments[0]);
      const std::string_view part = comparer_.Text(arguments[1]);
      meter_.TakeForText(part.size());
      return Item::Bool(function == Function::kStartsWith ? absl::StartsWith(text, part)
                                                          : absl::EndsWith(text, part));
    }
  }
}

Item JmesPathRunner::NumberFrom(double value) {
  if (!std::isfinite(value)) {
    return Fail(Error::kInvalidValue, "the result is out of a double's range");
  }
  ResetText();
  json::Writer(scratch_.text).Double(value == 0 ? 0.0 : value);
  const Item text = StringFromText();
  return Item::Number(text.is(Kind::kString) ? text.view() : "0");
}

Item JmesPathRunner::Round(const Item& number, bool up) {
  const std::string_view text = number.number_text();
  const double value = json::ToDouble(text);
  // Integers as they are written, and what is too large to have a fraction a double could tell.
  if (text.find_first_of(".eE") == std::string_view::npos || std::abs(value) >= kLargestExact) {
    return Item::Number(text);
  }
  return NumberFrom(up ? std::ceil(value) : std::floor(value));
}

Item JmesPathRunner::Sum(const Item& array, bool average) {
  const uint32_t count = array.count();
  if (average && count == 0) return Item::Null();
  double sum = 0;
  for (Children child(array); !child.done() && meter_.Take(1); child.Next()) {
    const Item value = child.value();
    if (!value.is(Kind::kNumber)) {
      return Fail(Error::kInvalidType,
                  absl::StrCat("sum() and avg() take an array of numbers, not of ",
                               DescribeTypes(TypeOf(value))));
    }
    meter_.TakeForText(value.number_text().size());
    sum += json::ToDouble(value.number_text());
  }
  return NumberFrom(average ? sum / count : sum);
}

}  // namespace sluice::query
