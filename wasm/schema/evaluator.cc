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

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Evaluator::IsIntegerIn(const QuickInstruction& in,
                                                                uint32_t value) {
  const NodeWords node = WordsOf(nodes_[value]);
  const char* text = text_ + node.begin();
  uint32_t size = node.size();
  if (text_end_ - text < 9) return IsAnyIntegerIn(in, value);
  const bool negative = *text == '-';
  text += negative;
  size -= negative;
  uint32_t magnitude;
  if (size > 8 ||
      !json::ReadDigits(LoadName<uint64_t>(text) << (64 - 8 * size), size, &magnitude)) {
    return IsAnyIntegerIn(in, value);
  }
  const auto number = static_cast<int32_t>(negative ? 0 - magnitude : magnitude);
  return number >= static_cast<int32_t>(in.a) && number <= static_cast<int32_t>(in.b);
}

// What calls something with a text is called for it: a function whose locals have addresses keeps
// them in memory, and a frame there.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Evaluator::ExecuteSimple(const QuickInstruction& in,
                                                                  QuickWord word, uint32_t value) {
  switch (word.op()) {
    case QuickOp::kInteger:
      return IsIntegerIn(in, value);
    case QuickOp::kLength: {
      // A code point is one byte to four, or to twelve if it is escaped.
      const NodeWords node = WordsOf(nodes_[value]);
      const uint32_t bytes = node.size() - 2;
      const uint32_t least = word.a();
      const bool is_long = least <= 1 ? bytes >= least : bytes / 4 >= least && !node.has_escapes();
      return (is_long && bytes <= in.b) || HasLength(value, least, in.b);
    }
    case QuickOp::kCount: {
      const uint32_t count = nodes_[value].count();
      return count >= word.a() && count <= in.b;
    }
    case QuickOp::kString:
      return IsString(word.a(), value);
    case QuickOp::kEnum:
      return IsIn(tables_.enums[word.a()], value);
    case QuickOp::kPattern:
      return HasPattern(word.a(), value);
    case QuickOp::kFormat:
      return HasFormat(word.a(), value);
    default:
      return ExecuteOther(instructions_[word.a()], value, nullptr, nullptr);
  }
}

bool Evaluator::ExecuteLeaf(uint64_t schema_word, uint32_t value) {
  const SchemaWord schema(schema_word);
  const uint32_t kind = nodes_[value].meta & 7;
  const QuickInstruction* in = quick_ + schema.first_quick();
  for (const QuickInstruction* const end = in + schema.quick_count(); in != end; ++in) {
    const QuickWord word(*in);
    if (word.IsAbout(kind) && !ExecuteSimple(*in, word, value)) return false;
  }
  return true;
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool Evaluator::ExecuteAll(const Schema& row, uint32_t value,
                                                               const Scope* scope,
                                                               const Marks* marks) {
  const SchemaWord schema(row);
  const uint32_t kind = nodes_[value].meta & 7;
  const QuickInstruction* in = quick_ + schema.first_quick();
  for (const QuickInstruction* const end = in + schema.quick_count(); in != end; ++in) {
    const QuickWord word(*in);
    if (!word.IsAbout(kind)) continue;
    bool valid;
    switch (word.op()) {
      case QuickOp::kItems:
        valid = CheckItems(*in, value, scope, marks);
        break;
      case QuickOp::kProperties:
        valid = CheckProperties(objects_[word.a()], value, scope, marks);
        break;
      case QuickOp::kRef:
        valid = CheckKind(word.a(), value, kind, scope, marks);
        break;
      case QuickOp::kChoose:
        valid = Choose(*in, value, scope, marks);
        break;
      case QuickOp::kOther:
        valid = ExecuteOther(instructions_[word.a()], value, scope, marks);
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
  return ExecuteSimple(in, QuickWord(in), value);
}

bool Evaluator::Execute(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks) {
  if (depth_left_ == 0) return Exhaust(Exhausted::kDepth);
  if (!Spend(row.quick_count)) return false;
  --depth_left_;
  bool valid;
  if (has_dynamic_scope_ && scope->resource != row.resource) {
    valid = ExecuteEntered(row, value, scope, marks);
  } else if ((row.flags & kNeedsMarks) != 0) {
    valid = ExecuteMarked(row, value, scope, marks);
  } else {
    valid = ExecuteAll(row, value, scope, marks);
  }
  ++depth_left_;
  return valid;
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::ExecuteEntered(const Schema& row, uint32_t value,
                                                       const Scope* scope, const Marks* marks) {
  const Scope entered = {scope, row.resource};
  return (row.flags & kNeedsMarks) != 0 ? ExecuteMarked(row, value, &entered, marks)
                                        : ExecuteAll(row, value, &entered, marks);
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
  const NodeWords whole = WordsOf(nodes_[object]);
  if (!Spend(whole.count())) return false;
  const uint32_t end = whole.next();
  const json::Node* const nodes = nodes_;
  const char* const text = text_;
  // The quotes before it are those with 16 bytes behind them.
  const auto size_of_text = static_cast<uint32_t>(text_end_ - text);
  const uint32_t readable = size_of_text > 16 ? size_of_text - 16 : 0;
  const Property* const properties = properties_ + row.first_property;
  const Name* const names = names_.names + row.names.first;
  const uint32_t name_count = row.names.count;
  const uint32_t plain_names = row.plain_names;
  const uint32_t pattern_count = row.pattern_count;
  const uint32_t additional = row.additional;
  uint64_t seen = 0;
  uint32_t expected = 0;
  uint32_t ordinal = 0;
  for (uint32_t key = object + 1; key < end; ++ordinal) {
    const auto value_rest = LoadName<uint64_t>(&nodes[key + 1].next);
    uint32_t schema = kNone;
    if (name_count != 0) {
      const auto span = LoadName<uint64_t>(&nodes[key].begin);
      const auto begin = static_cast<uint32_t>(span);
      const uint32_t size = static_cast<uint32_t>(span >> 32) - begin - 2;
      uint32_t number = kNone;
      // Objects are written in the order of their schemas, and leave out what they don't need.
      if (expected < plain_names && begin < readable && size <= 16) {
        const NameBytes bytes = ReadableNameBytes(text + begin + 1, size);
        const auto is = [&](const Name& name) {
          return SameBytes(bytes, LoadName<NameBytes>(&name.bytes)) && name.text.length == size;
        };
        if (is(names[expected])) {
          number = expected;
        } else if (expected + 1 < plain_names && is(names[expected + 1])) {
          number = expected + 1;
        }
      }
      if (number == kNone) number = FindProperty(row.names, key);
      expected = number + 1;
      if (number != kNone) {
        const auto property = LoadName<uint64_t>(&properties[number]);
        const auto required = static_cast<uint32_t>(property >> 32);
        seen |= uint64_t{required < 64} << (required & 63);
        schema = static_cast<uint32_t>(property);
      } else {
        // Where one name is unknown others are.
        expected = plain_names;
      }
    }
    bool evaluated = schema != kNone;
    if (pattern_count != 0) {
      const PatternsSay said = CheckPatterns(row, key, scope);
      if (said == PatternsSay::kInvalid) return false;
      evaluated |= said == PatternsSay::kValid;
    }
    if (!evaluated) {
      schema = additional;
      evaluated = additional != kNone;
    }
    const auto kind = static_cast<uint32_t>(value_rest >> 32) & 7;
    if (schema != kNone && !CheckKind(schema, key + 1, kind, scope, nullptr)) return false;
    if (marks != nullptr && evaluated) Mark(*marks, ordinal);
    key = static_cast<uint32_t>(value_rest);
  }
  return seen == row.required_mask && (row.required_count <= 64 || HasManyRequired(row, object));
}

ABSL_ATTRIBUTE_NOINLINE uint32_t Evaluator::FindProperty(const NameTable& names, uint32_t key) {
  return names_.FindInline(names, KeyOf(key));
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

ABSL_ATTRIBUTE_NOINLINE size_t Evaluator::Decode(uint32_t string) {
  const size_t size = nodes_[string].end - nodes_[string].begin - 2;
  if (!Spend(size / 16)) return 0;
  if (!scratch_.text.Reserve(size)) {
    Exhaust(Exhausted::kMemory);
    return 0;
  }
  // Decoded it is never longer.
  return ValueAt(string).string(absl::MakeSpan(scratch_.text.data(), size))->size();
}

std::string_view Evaluator::RawNumber(uint32_t value) const {
  const json::Node& node = nodes_[value];
  return {text_ + node.begin, node.end - node.begin};
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::IsAnyIntegerIn(const QuickInstruction& in, uint32_t value) {
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

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::HasLength(uint32_t value, uint32_t least, uint32_t most) {
  const json::Node& node = nodes_[value];
  const uint32_t bytes = node.end - node.begin - 2;
  if (bytes < least || !Spend(bytes / 16)) return false;
  const size_t length = json::CodePointLength(ValueAt(value));
  return length >= least && length <= most;
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::IsString(uint32_t name, uint32_t value) {
  const NodeWords node = WordsOf(nodes_[value]);
  return node.kind() == static_cast<uint32_t>(json::Kind::kString) &&
         SameName(KeyOf(value, node), names_.names[name], names_.pool);
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::HasPattern(uint32_t pattern, uint32_t value) {
  return Matches(tables_.patterns[pattern], TextOf(value));
}

ABSL_ATTRIBUTE_NOINLINE bool Evaluator::HasFormat(uint32_t format, uint32_t value) {
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
