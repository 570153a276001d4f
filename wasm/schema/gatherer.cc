#include "sluice/schema/gatherer.h"

#include <algorithm>

#include "absl/base/attributes.h"
#include "sluice/base/retained.h"
#include "sluice/schema/in_place.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

// All marks that are kept at a time.
constexpr size_t kMaxMarkWords = size_t{1} << 20;

bool HasChildren(const Value& value) { return value.is(Kind::kArray) || value.is(Kind::kObject); }

}  // namespace

size_t GatherMemory::retained_bytes() const {
  return findings.retained_bytes() + equality.retained_bytes() + RetainedBytes(marks) +
         hashes.retained_bytes() + text.retained_bytes() + RetainedBytes(resources) +
         backtracking.retained_bytes() + locations.retained_bytes() + words.retained_bytes();
}

void GatherMemory::Trim(size_t max_bytes) {
  findings.Trim(max_bytes);
  if (equality.retained_bytes() > max_bytes) equality.Release();
  TrimVector(marks, max_bytes);
  if (hashes.retained_bytes() > max_bytes) hashes.Release();
  if (text.retained_bytes() > max_bytes) text.Release();
  TrimVector(resources, max_bytes);
  backtracking.Trim(max_bytes);
  locations.Trim(max_bytes);
  if (words.retained_bytes() > max_bytes) words.Release();
}

Gatherer::Gatherer(const Tables& tables, const Budget& budget, GatherMemory& memory, Gather what,
                   uint32_t max_errors, Evaluator* quick)
    : tables_(tables),
      names_(NameTablesOf(tables)),
      memory_(memory),
      what_(what),
      max_errors_(max_errors),
      // What holds has annotations, and a dynamic scope is the way that led to a schema.
      quick_(what == Gather::kAnnotations || tables.has_dynamic_scope ? nullptr : quick),
      max_depth_(budget.max_depth),
      steps_left_(budget.max_steps),
      max_pattern_steps_(budget.max_pattern_steps),
      depth_left_(budget.max_depth),
      limit_(what == Gather::kAnnotations ? 1 : max_errors),
      keeps_(what != Gather::kAnnotations) {}

bool Gatherer::Run(uint32_t schema, const Value& instance) {
  memory_.findings.Clear();
  memory_.marks.clear();
  memory_.resources.clear();
  memory_.equality.Clear();
  return Apply(schema, instance, {}, kUnmarked);
}

// Each level is looked at again for each one above it that asks: so only some do. What is known of
// the first level is why there is something to gather.
ABSL_ATTRIBUTE_NOINLINE bool Gatherer::HoldsAtOnce(uint32_t number, const Value& value,
                                                   uint32_t marks) {
  constexpr uint32_t kLevels = 12;
  const uint32_t level = max_depth_ - depth_left_;
  if (quick_ == nullptr || marks != kUnmarked || level == 0 || level > kLevels) return false;
  return quick_->Run(number, value.index()).value_or(false);
}

bool Gatherer::Apply(uint32_t number, const Value& value, const At& at, uint32_t marks) {
  if (!Take(1)) return false;
  if (depth_left_ == 0) return Exhaust(sluice::Budget::kDepth);
  if (HoldsAtOnce(number, value, marks)) return true;
  --depth_left_;
  Findings& findings = memory_.findings;
  const Schema& schema = tables_.schemas[number];
  const size_t unit = OpenSchema(number, value, at);
  std::vector<uint32_t>& resources = memory_.resources;
  const size_t scope = resources.size();
  if (tables_.has_dynamic_scope && (scope == 0 || resources.back() != schema.resource)) {
    resources.push_back(schema.resource);
  }

  const bool tracks =
      (marks != kUnmarked || (schema.flags & kNeedsMarks) != 0) && HasChildren(value);
  const uint32_t own = tracks ? PushMarks(value.size()) : kUnmarked;
  const bool holds = !exhausted_ && ApplyInstructions(number, value, own);
  if (tracks && !exhausted_) {
    const bool counts = holds || (at.demanded && what_ == Gather::kFaults);
    if (counts && marks != kUnmarked) MergeMarks(own, marks, value.size());
    PopMarks(own);
  }

  resources.resize(scope);
  ++depth_left_;
  if (holds && what_ == Gather::kAnnotations) AddAnnotations(number, value);
  // In vain, or of no use to who wants to know the opposite.
  if (holds != (what_ == Gather::kAnnotations)) findings.Truncate(unit + 1);
  findings.Close();
  return holds;
}

// Not inlined: the unit isn't for a frame of the recursion.
ABSL_ATTRIBUTE_NOINLINE size_t Gatherer::OpenSchema(uint32_t number, const Value& value,
                                                    const At& at) {
  return memory_.findings.Open({.node = value.index(),
                                .number = number,
                                .position = at.position,
                                .index = at.index,
                                .kind = UnitKind::kSchema});
}

bool Gatherer::ApplyInstructions(uint32_t number, const Value& value, uint32_t marks) {
  const Schema& schema = tables_.schemas[number];
  const Kind kind = value.kind();
  bool holds = true;
  if (!schema.Takes(kind)) {
    AddTypeError(number, value);
    // What else is asked of other kinds of values would only repeat it.
    if (what_ != Gather::kAllErrors) return false;
    holds = false;
  }
  if (!schema.HasMore(kind)) return holds;
  for (uint32_t i = 0; i < schema.count && !done(); ++i) {
    const Instruction& instruction = tables_.instructions[schema.first + i];
    if ((instruction.kinds & KindBit(kind)) == 0) continue;
    if (!Take(1)) return false;
    const bool does = instruction.op == Op::kInteger ? IsWhole(number, instruction, value)
                                                     : Execute(instruction, value, marks);
    holds = does && holds;
  }
  return holds && !done();
}

bool Gatherer::Execute(const Instruction& instruction, const Value& value, uint32_t marks) {
  switch (instruction.op) {
    case Op::kMinimum:
    case Op::kExclusiveMinimum:
    case Op::kMaximum:
    case Op::kExclusiveMaximum:
    case Op::kMultipleOf:
      return HoldsForNumber(instruction, value);
    case Op::kMinLength:
    case Op::kMaxLength:
    case Op::kPattern:
    case Op::kFormat:
      return HoldsForString(instruction, value);
    case Op::kMinItems:
    case Op::kMaxItems:
    case Op::kMinProperties:
    case Op::kMaxProperties:
      return HoldsForSize(instruction, value);
    case Op::kUniqueItems:
      return ElementsDiffer(instruction, value);
    case Op::kItems:
      return ItemsHold(instruction, value, marks);
    case Op::kContains:
      return ContainsHolds(instruction, value, marks);
    case Op::kUnevaluatedItems:
      return UnevaluatedElementsHold(instruction, value, marks);
    case Op::kProperties: {
      bool all_declared = false;
      bool holds = HasRequired(instruction, value, all_declared);
      holds = DeclaredHold(instruction, value, marks) && holds;
      holds = PatternedHold(instruction, value, marks) && holds;
      if (all_declared) return holds && !done();
      return AdditionalHold(instruction, value, marks) && holds;
    }
    case Op::kPropertyNames:
      return NamesHold(instruction, value);
    case Op::kDependencies:
      return DependenciesHold(instruction, value, marks);
    case Op::kUnevaluatedProperties:
      return UnevaluatedMembersHold(instruction, value, marks);
    case Op::kEnum:
      return IsAllowed(tables_.enums[instruction.a], value) ||
             Fail(instruction, Fault::kKeyword, value);
    case Op::kRef:
    case Op::kDynamicRef:
      return ReferenceHolds(instruction, value, marks);
    case Op::kAllOf:
      return AllHold(instruction, value, marks);
    case Op::kAnyOf:
      return AnyHolds(instruction, value, marks);
    case Op::kOneOf:
      return OneHolds(instruction, value, marks);
    case Op::kNot:
      return NotHolds(instruction, value);
    case Op::kIf:
      return ConditionHolds(instruction, value, marks);
    case Op::kInteger:  // see IsWhole
      break;
  }
  return true;
}

bool Gatherer::Take(uint64_t steps) {
  if (exhausted_ || steps > steps_left_) return Exhaust(sluice::Budget::kSteps);
  steps_left_ -= steps;
  return true;
}

bool Gatherer::Exhaust(sluice::Budget budget) {
  if (!exhausted_) budget_ = budget;
  exhausted_ = true;
  return false;
}

Gatherer::Scope Gatherer::Enter(uint32_t max_errors, bool keeps) {
  const Scope scope{memory_.findings.size(), errors_, limit_, keeps_};
  limit_ = errors_ + max_errors;
  keeps_ = keeps_ && keeps;
  return scope;
}

void Gatherer::Discard(const Scope& scope) {
  if (!too_costly_) memory_.findings.Truncate(scope.units);
}

void Gatherer::Leave(const Scope& scope) {
  errors_ = scope.errors;
  limit_ = scope.limit;
  keeps_ = scope.keeps;
}

void Gatherer::OpenKeyword(const Instruction& instruction, Keyword keyword, const Value& value) {
  memory_.findings.Open({.node = value.index(),
                         .number = NumberOf(instruction),
                         .kind = UnitKind::kKeyword,
                         .keyword = keyword});
}

bool Gatherer::Fail(const Instruction& instruction, Fault fault, const Value& value, const At& at) {
  return FailAs(instruction.keyword, instruction, fault, value, at);
}

bool Gatherer::FailAs(Keyword keyword, const Instruction& instruction, Fault fault,
                      const Value& value, const At& at) {
  AddError({.node = value.index(),
            .number = NumberOf(instruction),
            .position = at.position,
            .index = at.index,
            .kind = UnitKind::kError,
            .fault = fault,
            .keyword = keyword});
  return false;
}

// Of the schema and those that it is an alias of.
void Gatherer::AddAnnotations(uint32_t number, const Value& value) {
  for (; number != kNone; number = tables_.places[number].alias_of) {
    const auto* row = std::lower_bound(
        tables_.annotations.begin(), tables_.annotations.end(), number,
        [](const Annotation& annotation, uint32_t schema) { return annotation.schema < schema; });
    for (; row != tables_.annotations.end() && row->schema == number; ++row) {
      if (memory_.findings.full()) return void(Exhaust(sluice::Budget::kResults));
      memory_.findings.AddLeaf({.node = value.index(),
                                .number = static_cast<uint32_t>(row - tables_.annotations.begin()),
                                .position = number,
                                .kind = UnitKind::kAnnotation});
    }
  }
}

void Gatherer::AddTypeError(uint32_t number, const Value& value) {
  AddError({.node = value.index(),
            .number = number,
            .kind = UnitKind::kError,
            .fault = tables_.schemas[number].kinds == 0 ? Fault::kFalse : Fault::kType,
            .keyword = Keyword::kType});
}

void Gatherer::AddError(const Unit& unit) {
  if (exhausted_) return;  // what seems to fail may not have been looked at
  ++errors_;
  Findings& findings = memory_.findings;
  // In all alternatives together there can be more than are wanted.
  const bool enough = what_ == Gather::kAllErrors && findings.errors() >= max_errors_;
  if (keeps_ && !enough && !findings.full()) findings.AddLeaf(unit);
}

std::string_view Gatherer::DecodedText(const Value& string) {
  const std::string_view raw = string.raw_string();
  if (!memory_.text.Reserve(raw.size())) {
    Exhaust(sluice::Budget::kMemory);
    return {};
  }
  return *string.string(absl::MakeSpan(memory_.text.data(), raw.size()));
}

uint32_t Gatherer::PushMarks(uint32_t count) {
  std::vector<uint64_t>& marks = memory_.marks;
  const size_t begin = marks.size();
  const size_t words = (size_t{count} + 63) / 64;
  if (words > kMaxMarkWords - begin || !Take(words)) {
    Exhaust(sluice::Budget::kMemory);
    return kUnmarked;
  }
  marks.resize(begin + words);
  return static_cast<uint32_t>(begin);
}

void Gatherer::MarkAll(uint32_t marks, uint32_t count) {
  if (marks == kUnmarked) return;
  for (uint32_t i = 0; i < count; ++i) Mark(marks, i);
}

void Gatherer::MergeMarks(uint32_t from, uint32_t to, uint32_t count) {
  for (uint32_t i = 0; i < (count + 63) / 64; ++i) {
    memory_.marks[to + i] |= memory_.marks[from + i];
  }
}

}  // namespace sluice::schema
