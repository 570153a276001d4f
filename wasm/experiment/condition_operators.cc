#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/text_order.h"
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

enum class Operation : uint8_t {
  kSame,
  kOrder,
  kVersion,
  kIn,
  kInGroup,
  kRegex,
  kNot,
  kSize,
  kAll,
  kElementMatch,
  kType,
  kExists,
};

struct OperatorName {
  std::string_view name;
  Operation operation;
  uint8_t orders = 0;
  bool negate = false;
  bool folded = false;  // without regard to case
};
constexpr std::array<OperatorName, 27> kOperators = {
    {{"$eq", Operation::kSame},
     {"$ne", Operation::kSame, 0, true},
     {"$lt", Operation::kOrder, kLess},
     {"$lte", Operation::kOrder, kLess | kEqual},
     {"$gt", Operation::kOrder, kGreater},
     {"$gte", Operation::kOrder, kGreater | kEqual},
     {"$in", Operation::kIn},
     {"$nin", Operation::kIn, 0, true},
     {"$ini", Operation::kIn, 0, false, true},
     {"$nini", Operation::kIn, 0, true, true},
     {"$inGroup", Operation::kInGroup},
     {"$notInGroup", Operation::kInGroup, 0, true},
     {"$regex", Operation::kRegex},
     {"$regexi", Operation::kRegex, 0, false, true},
     {"$not", Operation::kNot},
     {"$size", Operation::kSize},
     {"$all", Operation::kAll},
     {"$alli", Operation::kAll, 0, false, true},
     {"$elemMatch", Operation::kElementMatch},
     {"$type", Operation::kType},
     {"$exists", Operation::kExists},
     {"$veq", Operation::kVersion, kEqual},
     {"$vne", Operation::kVersion, kLess | kGreater},
     {"$vlt", Operation::kVersion, kLess},
     {"$vlte", Operation::kVersion, kLess | kEqual},
     {"$vgt", Operation::kVersion, kGreater},
     {"$vgte", Operation::kVersion, kGreater | kEqual}}};

// The first eight bytes of a name, in a number.
constexpr uint64_t Head(std::string_view name) {
  uint64_t head = 0;
  const size_t size = std::min(name.size(), sizeof(head));
  for (size_t i = 0; i < size; ++i) {
    head |= uint64_t{static_cast<uint8_t>(name[i])} << 8 * i;
  }
  return head;
}

// A perfect hash of the names, from their heads.
constexpr size_t kNameSlots = 64;
constexpr size_t NameSlot(uint64_t head) {
  return static_cast<uint32_t>(head ^ head >> 32) * 0x3AC7652Du >> 26;
}
constexpr std::array<uint8_t, kNameSlots> MakeNameTable() {
  std::array<uint8_t, kNameSlots> table = {};
  for (size_t i = 0; i < kOperators.size(); ++i) {
    table[NameSlot(Head(kOperators[i].name))] = static_cast<uint8_t>(i + 1);
  }
  return table;
}
constexpr std::array<uint8_t, kNameSlots> kNameTable = MakeNameTable();
constexpr bool IsPerfect() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (kNameTable[NameSlot(Head(kOperators[i].name))] != i + 1) return false;
  }
  return true;
}
static_assert(IsPerfect(), "two names of operators share a slot: choose another factor");

const OperatorName* FindOperator(std::string_view name) {
  const uint8_t known = kNameTable[NameSlot(Head(name))];
  if (known == 0 || !SameBytes(kOperators[known - 1].name, name)) return nullptr;
  return &kOperators[known - 1];
}

// What DidYouMean is offered.
std::vector<std::string_view> OperatorNames() {
  std::vector<std::string_view> names;
  names.reserve(kOperators.size());
  for (const OperatorName& known : kOperators) names.push_back(known.name);
  return names;
}

// What combines conditions, each with names of attributes of its own.
constexpr std::array<std::string_view, 5> kCombinators = {"$or", "$nor", "$and", "$not",
                                                          "$savedGroup"};

bool IsCombinator(std::string_view name) {
  return std::find(kCombinators.begin(), kCombinators.end(), name) != kCombinators.end();
}

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
  const OperatorName* const known = FindOperator(name);
  if (known == nullptr) {
    context_.AddIssue(
        key, "unknown_operator",
        IsCombinator(name)
            ? absl::StrCat(Quoted(name),
                           " stands where attributes are named, not among the operators of a "
                           "value: it never matches")
            : absl::StrCat(Quoted(name), " is no operator: it never matches",
                           DidYouMean(name, OperatorNames())));
    Emit(Op::kNever, kNothing);
    return true;
  }
  switch (known->operation) {
    case Operation::kNot:
      return Nested(Op::kAll, expected, subject, subject);
    case Operation::kSize:
      return Nested(Op::kSize, expected, subject, kCurrent);
    case Operation::kElementMatch:
      return ElementMatch(expected, subject);
    case Operation::kAll:
      return All(expected, subject, known->folded);
    case Operation::kSame:
      Same(expected, subject, known->negate);
      break;
    case Operation::kOrder:
      Order(known->orders, expected, subject);
      break;
    case Operation::kVersion:
      Version(known->orders, expected, subject);
      break;
    case Operation::kIn:
      In(expected, subject, known->folded, known->negate);
      break;
    case Operation::kInGroup:
      InGroup(expected, subject, known->negate);
      break;
    case Operation::kRegex:
      Regex(expected, subject, known->folded);
      break;
    case Operation::kType:
      Type(expected, subject);
      break;
    case Operation::kExists:
      Emit(Op::kExists, subject).negate = !IsTruthy(expected);
      break;
  }
  return true;
}

void ConditionCompiler::ReportCombinator(std::string_view name, Value key) {
  const std::string why = FindOperator(name) != nullptr
                              ? " is an operator of a value, as in {\"attribute\": {\"$eq\": 1}}"
                              : absl::StrCat(" is no operator", DidYouMean(name, kCombinators));
  context_.AddIssue(key, "unknown_operator",
                    absl::StrCat(Quoted(name), why, ": it is taken for an attribute's name"));
}

// $not: what the body looks at is the subject itself, and what comes out is turned around.
bool ConditionCompiler::Nested(Op op, Value expected, uint32_t subject, uint32_t inner) {
  const uint32_t composite = op == Op::kAll ? Open(op) : Open(op, subject);
  code_[composite].negate = op == Op::kAll;
  const bool ok = Test(expected, inner, /*folded=*/false);
  Close(composite);
  return ok;
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
  Emit(Op::kIn, subject, AddGroupSet(list)).negate = negate;
}

void ConditionCompiler::Regex(Value expected, uint32_t subject, bool ignore_case) {
  std::optional<uint32_t> number;
  if (expected.is(Kind::kString)) {
    number = AddRegex(expected, At(Decoded(expected)), ignore_case);
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
    is_operator = is_operator && TextOf(member.key, &scratch).starts_with('$');
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
  SetRow row = {};
  unsorted_.clear();
  row.first_number = static_cast<uint32_t>(set_numbers_.size());
  for (const Value value : json::Elements(list)) {
    if (value.is(Kind::kString)) {
      StringRef text = Decoded(value);
      std::string lower;
      if (folded) AppendLowerCase(At(text), &lower);
      unsorted_.push_back(folded ? Keep(lower) : text);
    } else if (value.is(Kind::kNumber)) {
      set_numbers_.push_back(json::ToDouble(value));
    } else if (value.kind() < Kind::kNumber) {
      row.literals |= Bit(value.kind());
    }
  }
  SortUniqueTexts(unsorted_);
  row.first_text = static_cast<uint32_t>(set_texts_.size());
  row.text_count = static_cast<uint32_t>(unsorted_.size());
  set_texts_.insert(set_texts_.end(), unsorted_.begin(), unsorted_.end());
  row.number_count = static_cast<uint32_t>(set_numbers_.size()) - row.first_number;
  if (row.number_count > 1)
    Sort(set_numbers_.begin() + static_cast<ptrdiff_t>(row.first_number), set_numbers_.end());
  sets_.push_back(row);
  return static_cast<uint32_t>(sets_.size() - 1);
}

uint32_t ConditionCompiler::AddGroupSet(Value list) {
  const uint32_t number = set_names_.Intern(absl::StrCat(list.index()));
  if (number == group_sets_.size()) group_sets_.push_back(AddSet(list, /*folded=*/false));
  return group_sets_[number];
}

}  // namespace sluice::experiment
