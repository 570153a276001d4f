#include "sluice/schema/evaluator.h"

#include "sluice/base/status.h"
#include "sluice/json/code_points.h"
#include "sluice/json/decimal.h"
#include "sluice/json/number_order.h"
#include "sluice/schema/format.h"

namespace sluice::schema {

Evaluator::Evaluator(const Tables& tables, const json::Document& document, const Budget& budget,
                     ScratchMemory& scratch)
    : schemas_(tables.schemas.data()),
      nodes_(document.nodes().data()),
      text_(document.text().data()),
      text_end_(text_ + document.text().size()),
      instructions_(tables.instructions.data()),
      quick_(tables.quick.data()),
      objects_(tables.objects.data()),
      // NOLINTNEXTLINE(bugprone-suspicious-stringview-data-usage): names say how long they are
      names_{tables.names.data(), tables.buckets.data(), tables.text.data(), tables.hash_key},
      properties_(tables.properties.data()),
      tables_(tables),
      document_(document),
      budget_(budget),
      scratch_(scratch),
      steps_left_(budget.max_steps),
      depth_left_(budget.max_depth),
      has_dynamic_scope_(tables.has_dynamic_scope) {}

absl::StatusOr<bool> Evaluator::Run(uint32_t schema, uint32_t value) {
  scratch_.equality.Clear();
  const Scope scope = {nullptr, schemas_[schema].resource};
  const bool valid = Check(schema, value, &scope, nullptr);
  if (scratch_.equality.exhausted()) Exhaust(Exhausted::kMemory);
  switch (exhausted_) {
    case Exhausted::kNothing:
      return valid;
    case Exhausted::kPattern:
      return false;
    case Exhausted::kSteps:
      return MakeBudgetError(sluice::Budget::kSteps, "validating this takes too many steps");
    case Exhausted::kDepth:
      return MakeBudgetError(sluice::Budget::kDepth,
                             "too many schemas within each other apply to this");
    case Exhausted::kMemory:
      break;
  }
  return MakeBudgetError(sluice::Budget::kMemory, "validating this takes too much memory");
}

bool Evaluator::Exhaust(Exhausted what) {
  if (exhausted_ == Exhausted::kNothing) exhausted_ = what;
  steps_left_ = 0;
  return false;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Evaluator::ExecuteSimple(const QuickInstruction& in,
                                                                  uint32_t value) {
  const json::Node& node = nodes_[value];
  switch (in.op) {
    case QuickOp::kInteger:
      return IsIntegerIn(in, value);
    case QuickOp::kLength: {
      // A code point is one byte to four, or to twelve if it is escaped.
      const uint32_t bytes = node.end - node.begin - 2;
      const bool is_long = in.a <= 1 ? bytes >= in.a : bytes / 4 >= in.a && !node.has_escapes();
      return (is_long && bytes <= in.b) || HasLength(value, in.a, in.b);
    }
    case QuickOp::kCount:
      return node.count() >= in.a && node.count() <= in.b;
    case QuickOp::kString:
      return node.kind() == json::Kind::kString &&
             SameName(KeyOf(value), names_.names[in.a], names_.pool);
    case QuickOp::kEnum:
      return IsIn(tables_.enums[in.a], value);
    case QuickOp::kPattern:
      return Matches(tables_.patterns[in.a], TextOf(value));
    case QuickOp::kFormat:
      return HasFormat(in.a, value);
    default:
      return ExecuteOther(instructions_[in.a], value, nullptr, nullptr);
  }
}

bool Evaluator::ExecuteLeaf(const Schema& row, uint32_t value) {
  const KindSet kind = KindBit(nodes_[value].kind());
  const QuickInstruction* const end = quick_ + row.first_quick + row.quick_count;
  for (const QuickInstruction* in = quick_ + row.first_quick; in != end; ++in) {
    if ((in->kinds & kind) != 0 && !ExecuteSimple(*in, value)) return false;
  }
  return true;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Evaluator::ExecuteAll(const Schema& row, uint32_t value,
                                                               const Scope* scope,
                                                               const Marks* marks) {
  const KindSet kind = KindBit(nodes_[value].kind());
  const QuickInstruction* const end = quick_ + row.first_quick + row.quick_count;
  for (const QuickInstruction* in = quick_ + row.first_quick; in != end; ++in) {
    if ((in->kinds & kind) == 0) continue;
    bool valid;
    switch (in->op) {
      case QuickOp::kItems:
        valid = CheckItems(*in, value, scope, marks);
        break;
      case QuickOp::kProperties:
        valid = CheckProperties(objects_[in->a], value, scope, marks);
        break;
      case QuickOp::kRef:
        valid = Check(in->a, value, scope, marks);
        break;
      case QuickOp::kChoose:
        valid = Choose(*in, value, scope, marks);
        break;
      case QuickOp::kOther:
        valid = ExecuteOther(instructions_[in->a], value, scope, marks);
        break;
      default:
        valid = ExecuteSimpleApart(*in, value);
        break;
    }
    if (!valid) return false;
  }
  return true;
}

bool Evaluator::ExecuteSimpleApart(const QuickInstruction& in, uint32_t value) {
  return ExecuteSimple(in, value);
}

bool Evaluator::Execute(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks) {
  if (depth_left_ == 0) return Exhaust(Exhausted::kDepth);
  if (!Spend(row.quick_count)) return false;
  --depth_left_;
  const Scope entered = {scope, row.resource};
  if (has_dynamic_scope_ && scope->resource != row.resource) scope = &entered;
  const bool valid = (row.flags & kNeedsMarks) != 0 ? ExecuteMarked(row, value, scope, marks)
                                                    : ExecuteAll(row, value, scope, marks);
  ++depth_left_;
  return valid;
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::ExecuteMarked(const Schema& row, uint32_t value,
                                                      const Scope* scope, const Marks* marks) {
  const json::Kind kind = nodes_[value].kind();
  Marks own = {};
  const bool is_container = kind == json::Kind::kArray || kind == json::Kind::kObject;
  if (is_container && !OpenMarks(value, &own)) return false;
  const bool valid = ExecuteAll(row, value, scope, is_container ? &own : nullptr);
  if (!is_container) return valid;
  if (valid && marks != nullptr) Merge(own, *marks);
  CloseMarks(own);
  return valid;
}

bool Evaluator::CheckProperties(const ObjectRow& row, uint32_t object, const Scope* scope,
                                const Marks* marks) {
  if (!Spend(nodes_[object].count())) return false;
  const uint32_t end = nodes_[object].next;
  const Property* const properties = properties_ + row.first_property;
  uint64_t seen = 0;
  uint32_t expected = 0;
  uint32_t ordinal = 0;
  for (uint32_t key = object + 1; key < end; key = nodes_[key + 1].next, ++ordinal) {
    const uint32_t number = names_.Find(row.names, KeyOf(key), expected);
    bool evaluated = false;
    if (number != kNone) {
      const Property property = properties[number];
      expected = number + 1;
      seen |= uint64_t{property.required < 64} << (property.required & 63);
      if (property.schema != kNone) {
        evaluated = true;
        if (!Check(property.schema, key + 1, scope, nullptr)) return false;
      }
    }
    if (row.pattern_count != 0 && !CheckPatterns(row, key, scope, &evaluated)) return false;
    if (!evaluated && row.additional != kNone) {
      evaluated = true;
      if (!Check(row.additional, key + 1, scope, nullptr)) return false;
    }
    if (marks != nullptr && evaluated) Mark(*marks, ordinal);
  }
  return seen == row.required_mask && (row.required_count <= 64 || HasManyRequired(row, object));
}

bool Evaluator::CheckItems(const QuickInstruction& in, uint32_t array, const Scope* scope,
                           const Marks* marks) {
  const uint32_t count = nodes_[array].count();
  if (!Spend(count)) return false;
  const uint32_t end = nodes_[array].next;
  uint32_t element = array + 1;
  uint32_t ordinal = 0;
  for (; ordinal < in.b && element < end; element = nodes_[element].next, ++ordinal) {
    if (!Check(tables_.lists[in.a + ordinal], element, scope, nullptr)) return false;
  }
  if (in.c != kNone) {
    for (; element < end; element = nodes_[element].next) {
      if (!Check(in.c, element, scope, nullptr)) return false;
    }
    ordinal = count;
  }
  if (marks != nullptr) MarkFirst(*marks, ordinal);
  return true;
}

std::string_view Evaluator::DecodedText(uint32_t string) {
  const size_t size = nodes_[string].end - nodes_[string].begin - 2;
  if (!Spend(size / 16)) return {};
  if (!scratch_.text.Reserve(size)) {
    Exhaust(Exhausted::kMemory);
    return {};
  }
  // Decoded it is never longer.
  return *ValueAt(string).string(absl::MakeSpan(scratch_.text.data(), size));
}

std::string_view Evaluator::RawNumber(uint32_t value) const {
  const json::Node& node = nodes_[value];
  return {text_ + node.begin, node.end - node.begin};
}

bool Evaluator::IsIntegerIn(const QuickInstruction& in, uint32_t value) {
  const std::string_view text = RawNumber(value);
  const bool negative = text[0] == '-';
  uint32_t magnitude;
  if (json::IsShortInteger(text.substr(negative ? 1 : 0), &magnitude)) {
    const auto number = static_cast<int32_t>(negative ? 0 - magnitude : magnitude);
    return number >= static_cast<int32_t>(in.a) && number <= static_cast<int32_t>(in.b);
  }
  if (!Spend(TextSteps(value) * in.flags)) return false;
  const Instruction& integer = instructions_[in.c];
  const bool strict = (integer.flags & kStrictInteger) != 0;
  if (!(strict ? json::IsIntegerLiteral(text) : json::IsInteger(text))) return false;
  for (uint32_t i = 1; i < in.flags; ++i) {
    if (!CheckLimit(instructions_[in.c + i], value)) return false;
  }
  return true;
}

bool Evaluator::CheckLimit(const Instruction& in, uint32_t value) const {
  const std::string_view text = RawNumber(value);
  const bool negative = text[0] == '-';
  uint32_t magnitude;
  int order;
  if ((in.flags & kShortLimit) != 0 &&
      json::IsShortInteger(text.substr(negative ? 1 : 0), &magnitude)) {
    const auto number = static_cast<int32_t>(negative ? 0 - magnitude : magnitude);
    const auto limit = static_cast<int32_t>(in.c);
    order = static_cast<int>(number > limit) - static_cast<int>(number < limit);
  } else {
    order = json::CompareNumbers(text, tables_.text.substr(in.a, in.b));
  }
  switch (in.op) {
    case Op::kMinimum:
      return order >= 0;
    case Op::kExclusiveMinimum:
      return order > 0;
    case Op::kMaximum:
      return order <= 0;
    default:
      return order < 0;
  }
}

bool Evaluator::HasLength(uint32_t value, uint32_t least, uint32_t most) {
  const json::Node& node = nodes_[value];
  const uint32_t bytes = node.end - node.begin - 2;
  if (bytes < least || !Spend(bytes / 16)) return false;
  const size_t length = json::CodePointLength(ValueAt(value));
  return length >= least && length <= most;
}

bool Evaluator::HasFormat(uint32_t format, uint32_t value) {
  const std::string_view text = TextOf(value);
  return Spend(text.size() / 16) && MatchesFormat(static_cast<Format>(format), text);
}

bool Evaluator::Matches(const Pattern& pattern, std::string_view text) {
  if (!Spend(text.size() / 16)) return false;
  if (pattern.linear()) return pattern.TestLinear(text);
  uint64_t steps = budget_.max_pattern_steps;
  const Pattern::Match match = pattern.Test(text, &steps, scratch_.backtracking);
  // Not valid as a whole: "no" could turn into a pass behind a `not`.
  if (match == Pattern::Match::kExhausted) return Exhaust(Exhausted::kPattern);
  return Spend(budget_.max_pattern_steps - steps) && match == Pattern::Match::kYes;
}

absl::StatusOr<bool> IsValid(const Program& program, json::Value instance, const Budget& budget,
                             Scratch& scratch, uint32_t entry) {
  const Tables& tables = program.tables();
  return Evaluator(tables, *instance.document(), budget, scratch.memory())
      .Run(tables.entries[entry], instance.index());
}

}  // namespace sluice::schema
