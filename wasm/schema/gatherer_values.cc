#include <algorithm>

#include "sluice/base/sort.h"
#include "sluice/json/code_points.h"
#include "sluice/json/decimal.h"
#include "sluice/json/number_order.h"
#include "sluice/schema/format.h"
#include "sluice/schema/gatherer.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

bool Gatherer::IsWhole(uint32_t number, const Instruction& instruction, const Value& value) {
  const std::string_view text = value.raw();
  const bool strict = (instruction.flags & kStrictInteger) != 0;
  if (!TakeForText(text.size())) return false;
  if (strict ? json::IsIntegerLiteral(text) : json::IsInteger(text)) return true;
  AddTypeError(number, value);
  return false;
}

bool Gatherer::HoldsForNumber(const Instruction& instruction, const Value& value) {
  const std::string_view number = value.raw();
  const std::string_view limit = StringRef{instruction.a, instruction.b}.In(tables_.text);
  bool holds = false;
  if (instruction.op == Op::kMultipleOf) {
    if (!Take((1 + number.size() / 16) * (1 + limit.size() / 16))) return false;
    holds = json::IsMultipleOf(number, limit);
  } else {
    if (!TakeForText(number.size() + limit.size())) return false;
    const int order = json::CompareNumbers(number, limit);
    holds = instruction.op == Op::kMinimum            ? order >= 0
            : instruction.op == Op::kExclusiveMinimum ? order > 0
            : instruction.op == Op::kMaximum          ? order <= 0
                                                      : order < 0;
  }
  return holds || Fail(instruction, Fault::kKeyword, value);
}

bool Gatherer::HoldsForString(const Instruction& instruction, const Value& value) {
  if (!TakeForText(value.raw().size())) return false;
  bool holds = false;
  switch (instruction.op) {
    case Op::kMinLength:
      holds = json::CodePointLength(value) >= instruction.a;
      break;
    case Op::kMaxLength:
      holds = json::CodePointLength(value) <= instruction.a;
      break;
    case Op::kPattern:
      holds = MatchesPattern(instruction.a, Text(value), instruction, value);
      break;
    default:
      holds = MatchesFormat(static_cast<Format>(instruction.a), Text(value));
  }
  return holds || Fail(instruction, Fault::kKeyword, value);
}

bool Gatherer::HoldsForSize(const Instruction& instruction, const Value& value) {
  const bool is_minimum = instruction.op == Op::kMinItems || instruction.op == Op::kMinProperties;
  const bool holds = is_minimum ? value.size() >= instruction.a : value.size() <= instruction.a;
  return holds || Fail(instruction, Fault::kKeyword, value);
}

bool Gatherer::ElementsDiffer(const Instruction& instruction, const Value& array) {
  const uint32_t count = array.size();
  if (!Take(array.document()->nodes()[array.index()].next - array.index()) ||
      !TakeForText(array.raw().size())) {
    return false;
  }
  if (!memory_.hashes.Reserve(count)) return Exhaust(sluice::Budget::kMemory);
  ElementHash* const entries = memory_.hashes.data();
  uint32_t i = 0;
  for (const Value element : json::Elements(array)) {
    const uint64_t hash = json::Hash(element, tables_.hash_key, memory_.equality);
    entries[i] = {hash, i, element.index()};
    ++i;
  }
  if (memory_.equality.exhausted()) return Exhaust(sluice::Budget::kMemory);
  Sort(entries, entries + count, [](const ElementHash& x, const ElementHash& y) {
    return x.hash != y.hash ? x.hash < y.hash : x.number < y.number;
  });
  for (i = 1; i < count; ++i) {
    if (entries[i].hash != entries[i - 1].hash) continue;
    const Value first(array.document(), entries[i - 1].node);
    const Value second(array.document(), entries[i].node);
    if (!json::Equal(first, second, memory_.equality)) continue;
    return Fail(instruction, Fault::kEqualElements, array,
                {entries[i - 1].number, entries[i].number});
  }
  return true;
}

bool Gatherer::IsAllowed(const EnumRow& row, const Value& value) {
  if (!TakeForText(value.raw().size())) return false;
  const Kind kind = value.kind();
  if (kind <= Kind::kTrue) return (row.literals & KindBit(kind)) != 0;
  if (kind == Kind::kString) return names_.Find(row.strings, NameKeyOf(Text(value))) != kNone;
  const bool is_number = kind == Kind::kNumber;
  const uint32_t begin = row.first_entry + (is_number ? 0 : row.number_count);
  const uint32_t end = row.first_entry + (is_number ? row.number_count : row.entry_count);
  if (begin == end) return false;
  const uint64_t hash = json::Hash(value, tables_.hash_key, memory_.equality);
  for (uint32_t i = begin; i < end && Take(1); ++i) {
    const EnumEntry& entry = tables_.enum_entries[i];
    if (entry.hash == hash &&
        json::Equal(value, Value(&tables_.constants, entry.node), memory_.equality)) {
      return true;
    }
  }
  if (memory_.equality.exhausted()) return Exhaust(sluice::Budget::kMemory);
  return false;
}

}  // namespace sluice::schema
