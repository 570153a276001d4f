#include "sluice/schema/quick.h"

#include <algorithm>
#include <limits>
#include <vector>

namespace sluice::schema {
namespace {

// More names to tell alternatives apart by, and references on the way, aren't looked at.
constexpr uint32_t kMaxCandidates = 16;
// Of one allOf: a schema counts its quick instructions in 16 bits.
constexpr uint32_t kMaxReferences = 1000;

bool IsLimit(Op op) {
  return op == Op::kMinimum || op == Op::kExclusiveMinimum || op == Op::kMaximum ||
         op == Op::kExclusiveMaximum;
}

}  // namespace

void QuickGenerator::Run() {
  const auto count = static_cast<uint32_t>(rows_.schemas.size());
  for (uint32_t schema = 0; schema < count; ++schema) AddSchema(schema);
}

void QuickGenerator::AddSchema(uint32_t schema) {
  Schema& row = rows_.schemas[schema];
  row.first_quick = static_cast<uint32_t>(rows_.quick.size());
  const uint32_t last = row.first + row.count;
  for (uint32_t i = row.first; i < last;) {
    const Instruction& in = rows_.instructions[i];
    uint32_t taken = 1;
    switch (in.op) {
      case Op::kInteger:
        taken = AddNumbers(i, last);
        break;
      case Op::kMinLength:
      case Op::kMaxLength:
        taken = AddPair(i, last, QuickOp::kLength, Op::kMinLength, Op::kMaxLength);
        break;
      case Op::kMinItems:
      case Op::kMaxItems:
        taken = AddPair(i, last, QuickOp::kCount, Op::kMinItems, Op::kMaxItems);
        break;
      case Op::kMinProperties:
      case Op::kMaxProperties:
        taken = AddPair(i, last, QuickOp::kCount, Op::kMinProperties, Op::kMaxProperties);
        break;
      case Op::kPattern:
        Add(QuickOp::kPattern, in.kinds, in.a);
        break;
      case Op::kFormat:
        Add(QuickOp::kFormat, in.kinds, in.a);
        break;
      case Op::kItems:
        Add(QuickOp::kItems, in.kinds, in.a, in.b, in.c);
        break;
      case Op::kProperties:
        Add(QuickOp::kProperties, in.kinds, in.a);
        break;
      case Op::kRef:
        Add(QuickOp::kRef, in.kinds, in.a);
        break;
      case Op::kAllOf:
        AddAll(i);
        break;
      case Op::kEnum:
        AddEnum(i);
        break;
      case Op::kAnyOf:
      case Op::kOneOf:
        AddAlternatives(i);
        break;
      default:
        Add(QuickOp::kOther, in.kinds, i);
        break;
    }
    i += taken;
  }
  row.quick_count = static_cast<uint16_t>(rows_.quick.size() - row.first_quick);
  const auto applies = [&](const QuickInstruction& quick) { return AppliesSchemas(quick); };
  const auto own = rows_.quick.end() - row.quick_count;
  if (std::none_of(own, rows_.quick.end(), applies)) row.active |= kLeafBit;
}

bool QuickGenerator::AppliesSchemas(const QuickInstruction& quick) const {
  switch (quick.op) {
    case QuickOp::kItems:
    case QuickOp::kProperties:
    case QuickOp::kRef:
    case QuickOp::kChoose:
      return true;
    case QuickOp::kOther: {
      const Op op = rows_.instructions[quick.a].op;
      return !IsLimit(op) && op != Op::kMultipleOf && op != Op::kUniqueItems;
    }
    default:
      return false;
  }
}

uint32_t QuickGenerator::AddNumbers(uint32_t first, uint32_t last) {
  int64_t from = std::numeric_limits<int32_t>::min();
  int64_t to = std::numeric_limits<int32_t>::max();
  uint32_t end = first + 1;
  for (; end < last && IsLimit(rows_.instructions[end].op); ++end) {
    const Instruction& in = rows_.instructions[end];
    if ((in.flags & kShortLimit) == 0) break;
    const int64_t limit = static_cast<int32_t>(in.c);
    if (in.op == Op::kMinimum) from = std::max(from, limit);
    if (in.op == Op::kExclusiveMinimum) from = std::max(from, limit + 1);
    if (in.op == Op::kMaximum) to = std::min(to, limit);
    if (in.op == Op::kExclusiveMaximum) to = std::min(to, limit - 1);
  }
  Add(QuickOp::kInteger, kNumbers, static_cast<uint32_t>(from), static_cast<uint32_t>(to), first,
      static_cast<uint16_t>(end - first));
  return end - first;
}

uint32_t QuickGenerator::AddPair(uint32_t first, uint32_t last, QuickOp op, Op least, Op most) {
  uint32_t from = 0;
  uint32_t to = kNone;
  uint32_t end = first;
  for (; end < last; ++end) {
    const Instruction& in = rows_.instructions[end];
    if (in.op != least && in.op != most) break;
    (in.op == least ? from : to) = in.a;
  }
  Add(op, rows_.instructions[first].kinds, from, to);
  return end - first;
}

void QuickGenerator::AddEnum(uint32_t number) {
  const Instruction& in = rows_.instructions[number];
  const EnumRow& row = rows_.enums[in.a];
  if (row.strings.count == 1 && row.literals == 0 && row.entry_count == 0) {
    return Add(QuickOp::kString, in.kinds, row.strings.first);
  }
  Add(QuickOp::kEnum, in.kinds, in.a);
}

void QuickGenerator::AddAll(uint32_t number) {
  const Instruction in = rows_.instructions[number];
  if (in.b > kMaxReferences) return Add(QuickOp::kOther, in.kinds, number);
  for (uint32_t i = 0; i < in.b; ++i) Add(QuickOp::kRef, in.kinds, rows_.lists[in.a + i]);
}

void QuickGenerator::AddAlternatives(uint32_t number) {
  const Instruction in = rows_.instructions[number];
  if (const std::optional<uint32_t> choice = AddChoice(in)) {
    return Add(QuickOp::kChoose, in.kinds, *choice, number);
  }
  Add(QuickOp::kOther, in.kinds, number);
}

std::optional<uint32_t> QuickGenerator::AddChoice(const Instruction& alternatives) {
  if (alternatives.b < 2) return std::nullopt;
  const ObjectRow* const first = PropertiesOf(rows_.lists[alternatives.a]);
  if (first == nullptr) return std::nullopt;
  const NameTable names = first->names;
  for (uint32_t i = 0; i < std::min(names.count, kMaxCandidates); ++i) {
    const Name name = names_.names()[names.first + i];
    const NameKey key = NameKeyOf(name.text.In(names_.pool()));
    ChoiceRow row = {names.first + i, static_cast<uint32_t>(rows_.lists.size()), {}};
    if (AddStrings(alternatives, key, row)) {
      rows_.choices.push_back(row);
      return static_cast<uint32_t>(rows_.choices.size() - 1);
    }
  }
  return std::nullopt;
}

bool QuickGenerator::AddStrings(const Instruction& alternatives, const NameKey& name,
                                ChoiceRow& row) {
  std::vector<StringRef> strings;
  std::vector<uint32_t> branches;
  const EnumRow* previous = nullptr;
  for (uint32_t i = 0; i < alternatives.b; ++i) {
    const uint32_t branch = rows_.lists[alternatives.a + i];
    const ObjectRow* const object = PropertiesOf(branch);
    const EnumRow* const allowed = object == nullptr ? nullptr : StringsOf(*object, name);
    // The same list for two of them, as behind a reference to it, tells nothing.
    if (allowed == nullptr || allowed == previous) return false;
    previous = allowed;
    if (allowed->strings.count > strings_left_) return false;
    strings_left_ -= allowed->strings.count;
    for (uint32_t j = 0; j < allowed->strings.count; ++j) {
      strings.push_back(names_.names()[allowed->strings.first + j].text);
      branches.push_back(branch);
    }
  }
  row.strings = names_.Build(strings, nullptr);
  // A string that two of them have tells nothing.
  if (row.strings.count != strings.size()) return false;
  rows_.lists.insert(rows_.lists.end(), branches.begin(), branches.end());
  return true;
}

const ObjectRow* QuickGenerator::PropertiesOf(uint32_t schema) const {
  const Schema& row = rows_.schemas[WithoutReferences(schema)];
  for (uint32_t i = row.first; i < row.first + row.count; ++i) {
    const Instruction& in = rows_.instructions[i];
    if (in.op == Op::kProperties) return &rows_.objects[in.a];
  }
  return nullptr;
}

const EnumRow* QuickGenerator::StringsOf(const ObjectRow& object, const NameKey& name) const {
  const uint32_t number = names_.tables().Find(object.names, name);
  if (number == kNone) return nullptr;
  const uint32_t schema = rows_.properties[object.first_property + number].schema;
  if (schema == kNone) return nullptr;
  const Schema& row = rows_.schemas[WithoutReferences(schema)];
  for (uint32_t i = row.first; i < row.first + row.count; ++i) {
    const Instruction& in = rows_.instructions[i];
    if (in.op != Op::kEnum) continue;
    const EnumRow& allowed = rows_.enums[in.a];
    if (allowed.literals == 0 && allowed.entry_count == 0) return &allowed;
  }
  return nullptr;
}

uint32_t QuickGenerator::WithoutReferences(uint32_t schema) const {
  for (uint32_t i = 0; i < kMaxCandidates; ++i) {
    const Schema& row = rows_.schemas[schema];
    if (row.count != 1 || rows_.instructions[row.first].op != Op::kRef) break;
    schema = rows_.instructions[row.first].a;
  }
  return schema;
}

void QuickGenerator::Add(QuickOp op, KindSet kinds, uint32_t a, uint32_t b, uint32_t c,
                         uint16_t flags) {
  rows_.quick.push_back({op, kinds, flags, a, b, c});
}

}  // namespace sluice::schema
