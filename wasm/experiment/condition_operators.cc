#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/experiment/condition_compiler.h"
#include "sluice/experiment/js_value.h"
#include "sluice/experiment/lower_case.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr uint8_t Bit(Order order) { return static_cast<uint8_t>(1u << static_cast<int>(order)); }
constexpr uint8_t Bit(Kind kind) { return static_cast<uint8_t>(1u << static_cast<int>(kind)); }

constexpr uint8_t kLess = Bit(Order::kLess);
constexpr uint8_t kEqual = Bit(Order::kEqual);
constexpr uint8_t kGreater = Bit(Order::kGreater);

struct OrderOperator {
  std::string_view name;
  uint8_t orders;
};
constexpr std::array<OrderOperator, 4> kOrderOperators = {
    {{"$lt", kLess}, {"$lte", kLess | kEqual}, {"$gt", kGreater}, {"$gte", kGreater | kEqual}}};
constexpr std::array<OrderOperator, 6> kVersionOperators = {{{"$veq", kEqual},
                                                             {"$vne", kLess | kGreater},
                                                             {"$vlt", kLess},
                                                             {"$vlte", kLess | kEqual},
                                                             {"$vgt", kGreater},
                                                             {"$vgte", kGreater | kEqual}}};
constexpr std::array<std::string_view, 30> kOperatorNames = {
    "$eq",  "$ne",   "$lt",      "$lte",        "$gt",     "$gte",    "$in",  "$nin",
    "$ini", "$nini", "$inGroup", "$notInGroup", "$regex",  "$regexi", "$not", "$size",
    "$all", "$alli", "$type",    "$elemMatch",  "$exists", "$veq",    "$vne", "$vlt",
    "$vgt", "$vlte", "$vgte",    "$or",         "$and",    "$nor"};

struct TypeName {
  std::string_view name;
  uint8_t kinds;
};
constexpr std::array<TypeName, 6> kTypes = {
    {{"string", Bit(Kind::kString)},
     {"number", Bit(Kind::kNumber)},
     {"boolean", static_cast<uint8_t>(Bit(Kind::kFalse) | Bit(Kind::kTrue))},
     {"array", Bit(Kind::kArray)},
     {"object", Bit(Kind::kObject)},
     {"null", Bit(Kind::kNull)}}};

}  // namespace

bool ConditionCompiler::Operator(std::string_view name, Value key, Value expected,
                                 uint32_t subject) {
  bool known = true;
  const bool ok = NestedOperator(name, expected, subject, &known);
  if (known) return ok;
  for (const OrderOperator& candidate : kOrderOperators) {
    if (name == candidate.name) return Order(candidate.orders, expected, subject), true;
  }
  for (const OrderOperator& candidate : kVersionOperators) {
    if (name == candidate.name) return Version(candidate.orders, expected, subject), true;
  }
  if (name == "$eq" || name == "$ne") {
    Same(expected, subject, name == "$ne");
  } else if (name == "$in" || name == "$nin" || name == "$ini" || name == "$nini") {
    In(expected, subject, name.ends_with("ini"), name.starts_with("$n"));
  } else if (name == "$inGroup" || name == "$notInGroup") {
    InGroup(expected, subject, name == "$notInGroup");
  } else if (name == "$regex" || name == "$regexi") {
    Regex(expected, subject, name == "$regexi");
  } else if (name == "$type") {
    Type(expected, subject);
  } else if (name == "$exists") {
    std::string scratch;
    Emit(Op::kExists, subject).negate = !IsTruthy(LoadValue(expected, &scratch));
  } else {
    context_.AddIssue(key, "unknown_operator",
                      absl::StrCat(Quoted(name), " is no operator: it never matches",
                                   DidYouMean(name, kOperatorNames)));
    Emit(Op::kNever, kNothing);
  }
  return true;
}

// Those with conditions inside.
bool ConditionCompiler::NestedOperator(std::string_view name, Value expected, uint32_t subject,
                                       bool* known) {
  if (name == "$not") {
    const uint32_t all = Open(Op::kAll);
    code_[all].negate = true;
    const bool ok = Test(expected, subject, /*folded=*/false);
    Close(all);
    return ok;
  }
  if (name == "$size") {
    const uint32_t size = Open(Op::kSize, subject);
    const bool ok = Test(expected, kCurrent, /*folded=*/false);
    Close(size);
    return ok;
  }
  if (name == "$elemMatch") return ElementMatch(expected, subject);
  if (name == "$all") return All(expected, subject, /*folded=*/false);
  if (name == "$alli") return All(expected, subject, /*folded=*/true);
  *known = false;
  return true;
}

void ConditionCompiler::Order(uint8_t orders, Value expected, uint32_t subject) {
  std::string scratch;
  std::string text;
  const JsValue value = LoadValue(expected, &scratch);
  if (value.kind < Kind::kString) {
    EmitNumber(Op::kOrderNumber, subject, ToNumber(value, &text), orders);
  } else {
    EmitText(Op::kOrderText, subject, Keep(ToText(value, &text)), orders);
  }
}

void ConditionCompiler::Version(uint8_t orders, Value expected, uint32_t subject) {
  std::string scratch;
  std::string padded;
  AppendPaddedVersion(LoadValue(expected, &scratch), &padded);
  EmitText(Op::kVersion, subject, Keep(padded), orders);
}

void ConditionCompiler::Same(Value expected, uint32_t subject, bool negate) {
  switch (expected.kind()) {
    case Kind::kString:
      EmitText(Op::kSameText, subject, Decoded(expected));
      break;
    case Kind::kNumber:
      EmitNumber(Op::kSameNumber, subject, json::ToDouble(expected));
      break;
    case Kind::kArray:
    case Kind::kObject:
      // Never the same object.
      Emit(Op::kNever, kNothing);
      break;
    default:
      Emit(Op::kSameLiteral, subject).detail = static_cast<uint8_t>(expected.kind());
      break;
  }
  code_.back().negate = negate;
}

void ConditionCompiler::In(Value expected, uint32_t subject, bool folded, bool negate) {
  if (!expected.is(Kind::kArray)) {
    context_.AddIssue(expected, "wrong_type", "expected an array; it never matches");
    Emit(Op::kNever, kNothing);
    return;
  }
  Emit(folded ? Op::kInFolded : Op::kIn, subject, AddSet(expected, folded)).negate = negate;
}

void ConditionCompiler::InGroup(Value expected, uint32_t subject, bool negate) {
  std::string decoded;
  std::string text;
  const std::string_view id = ToText(LoadValue(expected, &decoded), &text);
  Value list = saved_groups_.present() ? saved_groups_.Find(id) : Value();
  if (!list.present()) {
    context_.AddIssue(
        expected, "unknown_saved_group",
        absl::StrCat("no saved group has the id ", Quoted(id), ": it is as one that is empty"));
    Emit(Op::kNever, kNothing).negate = negate;
    return;
  }
  if (list.is(Kind::kObject)) {
    const Value type = list.Find("type");
    list = type.is(Kind::kString) && type.StringEquals("list") ? list.Find("values") : Value();
  }
  if (!list.is(Kind::kArray)) {
    context_.AddIssue(expected, "wrong_type", "this saved group is no list: it never matches");
    Emit(Op::kNever, kNothing);
    return;
  }
  Emit(Op::kIn, subject, AddSet(list, /*folded=*/false)).negate = negate;
}

void ConditionCompiler::Regex(Value expected, uint32_t subject, bool ignore_case) {
  std::optional<uint32_t> number;
  if (expected.is(Kind::kString)) {
    number = AddRegex(expected, Decoded(expected).In(pool()), ignore_case);
  } else {
    context_.AddIssue(expected, "invalid_regex",
                      "expected a string with a regular expression; it never matches");
  }
  if (number.has_value()) {
    Emit(Op::kRegex, subject, *number);
  } else {
    Emit(Op::kNever, kNothing);
  }
}

void ConditionCompiler::Type(Value expected, uint32_t subject) {
  std::string scratch;
  const std::string_view name =
      expected.is(Kind::kString) ? expected.string(&scratch) : std::string_view();
  for (const TypeName& type : kTypes) {
    if (name != type.name) continue;
    Emit(Op::kType, subject).detail = type.kinds;
    return;
  }
  if (name != "undefined") {
    context_.AddIssue(expected, "unknown_value",
                      "expected \"string\", \"number\", \"boolean\", \"array\", \"object\" or "
                      "\"null\"; it never matches");
  }
  Emit(Op::kNever, kNothing);
}

bool ConditionCompiler::ElementMatch(Value expected, uint32_t subject) {
  const uint32_t element = Open(Op::kElement, subject);
  code_[element].detail = 1;
  bool is_operator = expected.is(Kind::kObject) && expected.size() > 0;
  std::string scratch;
  for (const json::Member member : json::Members(expected)) {
    is_operator = is_operator && member.key.string(&scratch).starts_with('$');
  }
  // As the SDK: {"$and": …} is taken for an operator here, and as such it is unknown.
  const bool ok = is_operator ? Test(expected, kCurrent, /*folded=*/false)
                              : Conjunction(expected, Root::kElement);
  Close(element);
  return ok;
}

bool ConditionCompiler::All(Value expected, uint32_t subject, bool folded) {
  if (!expected.is(Kind::kArray)) {
    context_.AddIssue(expected, "wrong_type", "expected an array; it never matches");
    Emit(Op::kNever, kNothing);
    return true;
  }
  Emit(Op::kType, subject).detail = Bit(Kind::kArray);
  for (const Value value : json::Elements(expected)) {
    const uint32_t element = Open(Op::kElement, subject);
    if (!Test(value, kCurrent, folded)) return false;
    Close(element);
  }
  return true;
}

uint32_t ConditionCompiler::AddSet(Value list, bool folded) {
  const uint32_t number = set_names_.Intern(absl::StrCat(list.index(), folded ? " folded" : ""));
  if (number < sets_.size()) return number;
  SetRow row = {};
  row.first_text = static_cast<uint32_t>(set_texts_.size());
  row.first_number = static_cast<uint32_t>(set_numbers_.size());
  for (const Value value : json::Elements(list)) {
    if (value.is(Kind::kString)) {
      StringRef text = Decoded(value);
      std::string lower;
      if (folded) AppendLowerCase(text.In(pool()), &lower);
      set_texts_.push_back(folded ? Keep(lower) : text);
    } else if (value.is(Kind::kNumber)) {
      set_numbers_.push_back(json::ToDouble(value));
    } else if (value.kind() < Kind::kNumber) {
      row.literals |= Bit(value.kind());
    }
  }
  row.text_count = static_cast<uint32_t>(set_texts_.size()) - row.first_text;
  row.number_count = static_cast<uint32_t>(set_numbers_.size()) - row.first_number;
  const std::string_view texts = pool();
  Sort(set_texts_.begin() + static_cast<ptrdiff_t>(row.first_text), set_texts_.end(),
       [texts](StringRef x, StringRef y) { return x.In(texts) < y.In(texts); });
  Sort(set_numbers_.begin() + static_cast<ptrdiff_t>(row.first_number), set_numbers_.end());
  sets_.push_back(row);
  return number;
}

}  // namespace sluice::experiment
