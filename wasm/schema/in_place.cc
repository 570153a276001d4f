#include "sluice/schema/in_place.h"

#include <algorithm>

#include "absl/functional/function_ref.h"

namespace sluice::schema {
namespace {

constexpr uint32_t kMaxVisited = 64;

// Of the schemas that one applies in place: those that a value has to be valid against; those, and
// of alternatives each; all.
enum class Which : uint8_t { kDemanded, kAlternatives, kAll };

bool Applies(Which which, Op op) {
  switch (op) {
    case Op::kRef:
    case Op::kDynamicRef:
    case Op::kAllOf:
      return true;
    case Op::kAnyOf:
    case Op::kOneOf:
      return which != Which::kDemanded;
    default:
      return which == Which::kAll;
  }
}

// Calls `visit` for a schema and those that it applies in place. Recursion is as deep as there are
// schemas at most.
class InPlace {
 public:
  InPlace(const Tables& tables, Which which, absl::FunctionRef<void(const Schema&)> visit)
      : tables_(tables), which_(which), visit_(visit) {}

  void Visit(uint32_t number) {
    if (number == kNone || left_ == 0) return;
    --left_;
    const Schema& schema = tables_.schemas[number];
    visit_(schema);
    for (uint32_t i = 0; i < schema.count; ++i) {
      const Instruction& instruction = tables_.instructions[schema.first + i];
      if (Applies(which_, instruction.op)) VisitTargets(instruction);
    }
  }

 private:
  void VisitTargets(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kRef:
      case Op::kDynamicRef:
        return Visit(instruction.a);
      case Op::kIf:
        Visit(instruction.a);
        Visit(instruction.b);
        return Visit(instruction.c);
      case Op::kAllOf:
      case Op::kAnyOf:
      case Op::kOneOf:
        for (uint32_t i = 0; i < instruction.b; ++i) Visit(tables_.lists[instruction.a + i]);
        return;
      case Op::kDependencies:
        for (uint32_t i = 0; i < instruction.b; ++i) {
          Visit(tables_.dependencies[instruction.a + i].schema);
        }
        return;
      default:
        return;
    }
  }

  const Tables& tables_;
  const Which which_;
  absl::FunctionRef<void(const Schema&)> visit_;
  uint32_t left_ = kMaxVisited;
};

KindsTaken KindsWithin(const Tables& tables, uint32_t number, uint32_t& left) {
  KindsTaken taken;
  if (left == 0) return taken;
  --left;
  const Schema& schema = tables.schemas[number];
  taken.kinds = schema.kinds;
  const auto restrict = [&](const KindsTaken& other) {
    taken.kinds &= other.kinds;
    taken.integer = taken.integer || other.integer;
  };
  for (uint32_t i = 0; i < schema.count; ++i) {
    const Instruction& instruction = tables.instructions[schema.first + i];
    if (instruction.op == Op::kInteger) taken.integer = true;
    if (!Applies(Which::kAlternatives, instruction.op)) continue;
    if (instruction.op == Op::kRef || instruction.op == Op::kDynamicRef) {
      restrict(KindsWithin(tables, instruction.a, left));
      continue;
    }
    KindsTaken any{.kinds = 0, .integer = true};
    for (uint32_t j = 0; j < instruction.b; ++j) {
      const KindsTaken one = KindsWithin(tables, tables.lists[instruction.a + j], left);
      if (instruction.op == Op::kAllOf) restrict(one);
      any = UnionOf(any, one);
    }
    if (instruction.op != Op::kAllOf) restrict(any);
  }
  return taken;
}

// The instruction, if it is the only thing that the schema asks for.
const Instruction* OnlyInstruction(const Tables& tables, const Schema& schema) {
  return schema.count == 1 ? &tables.instructions[schema.first] : nullptr;
}

}  // namespace

NameTables NameTablesOf(const Tables& tables) {
  // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): names say where they end in it
  return {tables.names.data(), tables.buckets.data(), tables.text.data(), tables.hash_key};
}

KindsTaken UnionOf(const KindsTaken& a, const KindsTaken& b) {
  const bool a_fraction = (a.kinds & kNumbers) != 0 && !a.integer;
  const bool b_fraction = (b.kinds & kNumbers) != 0 && !b.integer;
  return {static_cast<KindSet>(a.kinds | b.kinds), !a_fraction && !b_fraction};
}

void AppendDeclaredNames(const Tables& tables, const ObjectRow& row, size_t max,
                         std::vector<std::string_view>& names) {
  names.reserve(std::min(max, names.size() + row.names.count));
  for (uint32_t i = 0; i < row.names.count && names.size() < max; ++i) {
    if (tables.properties[row.first_property + i].schema == kNone) continue;
    names.push_back(tables.names[row.names.first + i].text.In(tables.text));
  }
}

void AppendNamesInPlace(const Tables& tables, uint32_t schema, size_t max,
                        std::vector<std::string_view>& names) {
  const auto append = [&](const Schema& row) {
    for (uint32_t i = 0; i < row.count; ++i) {
      const Instruction& instruction = tables.instructions[row.first + i];
      if (instruction.op != Op::kProperties) continue;
      AppendDeclaredNames(tables, tables.objects[instruction.a], max, names);
    }
  };
  InPlace(tables, Which::kAll, append).Visit(schema);
}

KindsTaken KindsInPlace(const Tables& tables, uint32_t schema) {
  uint32_t left = kMaxVisited;
  return KindsWithin(tables, schema, left);
}

void AppendListedValues(const Tables& tables, uint32_t schema, std::vector<const EnumRow*>& rows) {
  const auto find = [&](const Schema& row) {
    for (uint32_t i = 0; i < row.count; ++i) {
      const Instruction& instruction = tables.instructions[row.first + i];
      if (instruction.op == Op::kEnum) rows.push_back(&tables.enums[instruction.a]);
    }
  };
  InPlace(tables, Which::kAlternatives, find).Visit(schema);
}

bool IsOnlyRequired(const Tables& tables, const ObjectRow& row) {
  for (uint32_t i = 0; i < row.names.count; ++i) {
    if (tables.properties[row.first_property + i].schema != kNone) return false;
  }
  return row.pattern_count == 0 && row.additional == kNone;
}

std::string_view OnlyRequiredName(const Tables& tables, uint32_t number) {
  const Instruction* const only = OnlyInstruction(tables, tables.schemas[number]);
  if (only == nullptr || only->op != Op::kProperties) return {};
  const ObjectRow& row = tables.objects[only->a];
  if (row.names.count != 1 || !IsOnlyRequired(tables, row)) return {};
  return tables.names[row.names.first].text.In(tables.text);
}

std::string_view DescribeValues(const Tables& tables, const EnumRow& row, Words& words) {
  WordList list(words);
  for (const json::Value value : json::Elements(json::Value(&tables.constants, row.value))) {
    if (list.full()) break;
    list.Add(words.AllowedText(value));
  }
  return list.Text();
}

std::string_view DescribeSchema(const Tables& tables, uint32_t number, Words& words) {
  const Schema& schema = tables.schemas[number];
  if (schema.kinds != kAnyKind) {
    const Instruction* const only = OnlyInstruction(tables, schema);
    const bool integer = only != nullptr && only->op == Op::kInteger;
    if (schema.kinds == 0 || (schema.count > 0 && !integer)) return "";
    return words.KindPhrase(schema.kinds, integer);
  }
  const Instruction* const only = OnlyInstruction(tables, schema);
  if (only == nullptr || only->op != Op::kEnum) return "";
  return DescribeValues(tables, tables.enums[only->a], words);
}

}  // namespace sluice::schema
