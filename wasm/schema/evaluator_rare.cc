// Keywords that most schemas don't have, and those whose work is done elsewhere.

#include <algorithm>
#include <iterator>

#include "sluice/json/decimal.h"
#include "sluice/json/number_order.h"
#include "sluice/schema/evaluator.h"

namespace sluice::schema {
namespace {

// Below it, comparing one by one is faster than hashing.
constexpr int kFew = 4;
constexpr uint32_t kFewElements = 8;
// All marks of a run together, in words.
constexpr size_t kMaxMarkWords = size_t{1} << 21;

}  // namespace

bool Evaluator::ExecuteOther(const Instruction& in, uint32_t value, const Scope* scope,
                             const Marks* marks) {
  switch (in.op) {
    case Op::kMinimum:
    case Op::kExclusiveMinimum:
    case Op::kMaximum:
    case Op::kExclusiveMaximum:
      return Spend(TextSteps(value)) && CheckLimit(in, value);
    case Op::kMultipleOf:
      return Spend(TextSteps(value) * (1 + in.b / 16)) && IsMultiple(in, value);
    case Op::kUniqueItems:
      return CheckUnique(value);
    case Op::kContains:
      return CheckContains(tables_.contains[in.a], value, scope, marks);
    case Op::kUnevaluatedItems:
    case Op::kUnevaluatedProperties:
      // Who has the instruction has marks of its own.
      return marks == nullptr || CheckUnevaluated(in.a, value, scope, *marks);
    case Op::kPropertyNames:
      return CheckNames(in.a, value, scope);
    case Op::kDependencies:
      return CheckDependencies(in, value, scope, marks);
    case Op::kDynamicRef:
      return Check(FindDynamic(in, scope), value, scope, marks);
    case Op::kAllOf:
      return CheckAll(in, value, scope, marks);
    case Op::kAnyOf:
      return CheckAny(in, value, scope, marks);
    case Op::kOneOf:
      return CheckOne(in, value, scope, marks);
    case Op::kNot:
      return !Check(in.a, value, scope, nullptr);
    case Op::kIf:
      return CheckIf(in, value, scope, marks);
    default:
      // The others always become quick instructions of their own.
      return true;
  }
}

bool Evaluator::Choose(const QuickInstruction& in, uint32_t value, const Scope* scope,
                       const Marks* marks) {
  const ChoiceRow& row = tables_.choices[in.a];
  const Name& name = names_.names[row.name];
  if (nodes_[value].kind() == json::Kind::kObject) {
    if (!Spend(nodes_[value].count())) return false;
    const uint32_t end = nodes_[value].next;
    for (uint32_t key = value + 1; key < end; key = nodes_[key + 1].next) {
      if (!SameName(KeyOf(key), name, names_.pool)) continue;
      // Another member of this name doesn't matter: each of them has to be right.
      if (nodes_[key + 1].kind() != json::Kind::kString) return false;
      const uint32_t number = names_.Find(row.strings, KeyOf(key + 1));
      return number != kNone && Try(tables_.lists[row.first_branch + number], value, scope, marks);
    }
  }
  return ExecuteOther(instructions_[in.b], value, scope, marks);
}

bool Evaluator::CheckAll(const Instruction& in, uint32_t value, const Scope* scope,
                         const Marks* marks) {
  if (!Spend(in.b)) return false;
  for (uint32_t i = 0; i < in.b; ++i) {
    if (!Check(tables_.lists[in.a + i], value, scope, marks)) return false;
  }
  return true;
}

bool Evaluator::TryMarked(uint32_t schema, uint32_t value, const Scope* scope, const Marks& marks) {
  Marks own = {};
  if (!OpenMarks(value, &own)) return false;
  const bool valid = Check(schema, value, scope, &own);
  if (valid) Merge(own, marks);
  CloseMarks(own);
  return valid;
}

bool Evaluator::CheckAny(const Instruction& in, uint32_t value, const Scope* scope,
                         const Marks* marks) {
  if (!Spend(in.b)) return false;
  const uint32_t* const schemas = tables_.lists.data() + in.a;
  bool valid = false;
  for (uint32_t i = 0, count = in.b; i < count; ++i) {
    valid |= Try(schemas[i], value, scope, marks);
    // Each that holds has something to say of what was evaluated.
    if (valid && marks == nullptr) return true;
  }
  return valid;
}

bool Evaluator::CheckOne(const Instruction& in, uint32_t value, const Scope* scope,
                         const Marks* marks) {
  if (!Spend(in.b)) return false;
  const uint32_t* const schemas = tables_.lists.data() + in.a;
  uint32_t valid = 0;
  for (uint32_t i = 0, count = in.b; i < count; ++i) {
    if (Try(schemas[i], value, scope, marks) && ++valid > 1) return false;
  }
  return valid == 1;
}

bool Evaluator::CheckIf(const Instruction& in, uint32_t value, const Scope* scope,
                        const Marks* marks) {
  if (in.b == kNone && in.c == kNone && marks == nullptr) return true;
  const uint32_t branch = Try(in.a, value, scope, marks) ? in.b : in.c;
  return branch == kNone || Check(branch, value, scope, marks);
}

uint32_t Evaluator::FindDynamic(const Instruction& in, const Scope* scope) {
  const AnchorRow& row = tables_.anchors[in.b];
  const DynamicAnchor* const first = tables_.dynamic_anchors.data() + row.first;
  const DynamicAnchor* const last = first + row.count;
  uint32_t found = in.a;
  for (; scope != nullptr; scope = scope->outer) {
    if (!Spend(1)) break;
    const DynamicAnchor* const anchor = std::lower_bound(
        first, last, scope->resource,
        [](const DynamicAnchor& a, uint32_t resource) { return a.resource < resource; });
    if (anchor != last && anchor->resource == scope->resource) found = anchor->schema;
  }
  return found;
}

Evaluator::PatternsSay Evaluator::CheckPatterns(const ObjectRow& row, uint32_t key,
                                                const Scope* scope) {
  PatternsSay said = PatternsSay::kNothing;
  for (uint32_t i = 0; i < row.pattern_count; ++i) {
    const PatternProperty& property = tables_.pattern_properties[row.first_pattern + i];
    // Anew each time: a check below may have used the memory of a decoded name.
    const std::string_view name = TextOf(key);
    if (!Spend(1 + name.size() / 16)) return PatternsSay::kInvalid;
    if (!Matches(tables_.patterns[property.pattern], name)) continue;
    said = PatternsSay::kValid;
    if (!Check(property.schema, key + 1, scope, nullptr)) return PatternsSay::kInvalid;
  }
  return said;
}

bool Evaluator::HasManyRequired(const ObjectRow& row, uint32_t object) {
  const uint32_t count = nodes_[object].count();
  const uint32_t words = row.required_count / 32 + 1;
  if (count < row.required_count) return false;
  if (!Spend(count + words)) return false;
  if (!scratch_.table.Reserve(words)) return Exhaust(Exhausted::kMemory);
  uint32_t* const seen = scratch_.table.data();
  std::fill_n(seen, words, 0);
  uint32_t missing = row.required_count;
  uint32_t expected = 0;
  const uint32_t end = nodes_[object].next;
  for (uint32_t key = object + 1; key < end; key = nodes_[key + 1].next) {
    const uint32_t number = names_.Find(row.names, KeyOf(key), expected);
    if (number == kNone) continue;
    expected = number + 1;
    const uint32_t required = properties_[row.first_property + number].required;
    if (required == kNone) continue;
    const uint32_t bit = uint32_t{1} << (required % 32);
    if ((seen[required / 32] & bit) == 0) --missing;
    seen[required / 32] |= bit;
  }
  return missing == 0;
}

bool Evaluator::CheckNames(uint32_t schema, uint32_t object, const Scope* scope) {
  if (!Spend(nodes_[object].count())) return false;
  const uint32_t end = nodes_[object].next;
  for (uint32_t key = object + 1; key < end; key = nodes_[key + 1].next) {
    if (!Check(schema, key, scope, nullptr)) return false;
  }
  return true;
}

bool Evaluator::CheckDependencies(const Instruction& in, uint32_t object, const Scope* scope,
                                  const Marks* marks) {
  for (uint32_t i = 0; i < in.b; ++i) {
    const Dependency& dependency = tables_.dependencies[in.a + i];
    if (!Spend(1 + nodes_[object].count())) return false;
    if (!Has(object, dependency.name.In(tables_.text))) continue;
    for (uint32_t j = 0; j < dependency.name_count; ++j) {
      if (!Spend(1 + nodes_[object].count())) return false;
      const StringRef name = tables_.required_names[dependency.first_name + j];
      if (!Has(object, name.In(tables_.text))) return false;
    }
    if (dependency.schema != kNone && !Check(dependency.schema, object, scope, marks)) {
      return false;
    }
  }
  return true;
}

bool Evaluator::CheckContains(const ContainsRow& row, uint32_t array, const Scope* scope,
                              const Marks* marks) {
  if (!Spend(nodes_[array].count())) return false;
  const bool mark = marks != nullptr && row.marks != 0;
  const uint32_t end = nodes_[array].next;
  uint32_t found = 0;
  uint32_t ordinal = 0;
  for (uint32_t element = array + 1; element < end; element = nodes_[element].next, ++ordinal) {
    if (!mark && found >= row.min && row.max == kNone) return true;
    if (!Check(row.schema, element, scope, nullptr)) continue;
    if (++found > row.max) return false;
    if (mark) Mark(*marks, ordinal);
  }
  return found >= row.min;
}

bool Evaluator::CheckUnevaluated(uint32_t schema, uint32_t container, const Scope* scope,
                                 const Marks& marks) {
  const uint32_t count = nodes_[container].count();
  if (!Spend(count)) return false;
  const uint32_t end = nodes_[container].next;
  const uint32_t skip = nodes_[container].kind() == json::Kind::kObject ? 1 : 0;
  uint32_t ordinal = 0;
  for (uint32_t child = container + 1 + skip; child < end;
       child = nodes_[child].next + skip, ++ordinal) {
    if (!IsMarked(marks, ordinal) && !Check(schema, child, scope, nullptr)) return false;
  }
  MarkFirst(marks, count);
  return true;
}

bool Evaluator::IsMultiple(const Instruction& in, uint32_t value) const {
  const std::string_view text = RawNumber(value);
  uint32_t number;
  if ((in.flags & kShortLimit) != 0 && json::IsShortInteger(text, &number)) {
    return number % in.c == 0;
  }
  return json::IsMultipleOf(text, tables_.text.substr(in.a, in.b));
}

bool Evaluator::IsIn(const EnumRow& row, uint32_t value) {
  const NodeWords node = WordsOf(nodes_[value]);
  const auto kind = static_cast<json::Kind>(node.kind());
  if (kind == json::Kind::kString) {
    const NameKey key = KeyOf(value, node);
    if (row.strings.count > static_cast<uint32_t>(kFew))
      return names_.Find(row.strings, key) != kNone;
    const Name* const names = names_.names + row.strings.first;
    for (uint32_t i = 0; i < row.strings.count; ++i) {
      if (SameName(key, names[i], names_.pool)) return true;
    }
    return false;
  }
  if (kind <= json::Kind::kTrue) return (row.literals & KindBit(kind)) != 0;
  return IsEntry(row, value);
}

bool Evaluator::IsEntry(const EnumRow& row, uint32_t value) {
  const bool is_number = nodes_[value].kind() == json::Kind::kNumber;
  const EnumEntry* const entries = tables_.enum_entries.data() + row.first_entry;
  const EnumEntry* const first = is_number ? entries : entries + row.number_count;
  const EnumEntry* const last = entries + (is_number ? row.number_count : row.entry_count);
  const uint32_t size = nodes_[value].next - value;
  if (last - first <= kFew) {
    return std::any_of(first, last, [&](const EnumEntry& entry) {
      return Spend(size + TextSteps(value)) &&
             json::Equal(ValueAt(value), {&tables_.constants, entry.node}, scratch_.equality);
    });
  }
  if (!Spend(size + TextSteps(value))) return false;
  const uint64_t hash = json::Hash(ValueAt(value), tables_.hash_key, scratch_.equality);
  const EnumEntry* entry = std::lower_bound(
      first, last, hash, [](const EnumEntry& a, uint64_t wanted) { return a.hash < wanted; });
  for (; entry != last && entry->hash == hash; ++entry) {
    if (!Spend(size)) return false;
    if (json::Equal(ValueAt(value), {&tables_.constants, entry->node}, scratch_.equality)) {
      return true;
    }
  }
  return false;
}

bool Evaluator::CheckUnique(uint32_t array) {
  const uint32_t count = nodes_[array].count();
  if (count < 2) return true;
  if (!Spend(nodes_[array].next - array + TextSteps(array))) return false;
  if (count > kFewElements) return CheckUniqueByHash(array);
  const uint32_t end = nodes_[array].next;
  const auto is_plain_string = [](NodeWords node) {
    return (node.meta() & 15) == static_cast<uint32_t>(json::Kind::kString);
  };
  for (uint32_t a = array + 1; a < end; a = nodes_[a].next) {
    const NodeWords first = WordsOf(nodes_[a]);
    for (uint32_t b = first.next(); b < end; b = nodes_[b].next) {
      const NodeWords other = WordsOf(nodes_[b]);
      if (!Spend(other.next() - b)) return false;
      if (is_plain_string(first) && is_plain_string(other) && first.size() != other.size()) {
        continue;
      }
      if (json::Equal(ValueAt(a), ValueAt(b), scratch_.equality)) return false;
    }
  }
  return true;
}

bool Evaluator::CheckUniqueByHash(uint32_t array) {
  // Open addressing: tape indices by hash; 0, the root's, is no element.
  uint32_t bits = 5;
  while ((uint64_t{1} << bits) < uint64_t{2} * nodes_[array].count()) ++bits;
  const size_t size = size_t{1} << bits;
  if (!scratch_.table.Reserve(2 * size)) return Exhaust(Exhausted::kMemory);
  uint32_t* const elements = scratch_.table.data();
  uint32_t* const hashes = elements + size;
  std::fill_n(elements, size, 0);
  const uint32_t end = nodes_[array].next;
  for (uint32_t element = array + 1; element < end; element = nodes_[element].next) {
    const uint64_t hash = json::Hash(ValueAt(element), tables_.hash_key, scratch_.equality);
    const auto low = static_cast<uint32_t>(hash);
    auto slot = static_cast<size_t>(hash >> (64 - bits));
    for (; elements[slot] != 0; slot = (slot + 1) & (size - 1)) {
      if (hashes[slot] != low) continue;
      if (json::Equal(ValueAt(element), ValueAt(elements[slot]), scratch_.equality)) return false;
    }
    elements[slot] = element;
    hashes[slot] = low;
  }
  return true;
}

bool Evaluator::OpenMarks(uint32_t container, Marks* marks) {
  const size_t words = (size_t{nodes_[container].count()} + 63) / 64;
  if (!Spend(words)) return false;
  if (mark_words_ + words > kMaxMarkWords || !scratch_.marks.Reserve(mark_words_ + words)) {
    return Exhaust(Exhausted::kMemory);
  }
  *marks = {mark_words_, words};
  std::fill_n(scratch_.marks.data() + mark_words_, words, 0);
  mark_words_ += words;
  return true;
}

void Evaluator::Merge(const Marks& from, const Marks& into) {
  uint64_t* const words = scratch_.marks.data();
  for (size_t i = 0; i < into.words; ++i) words[into.first_word + i] |= words[from.first_word + i];
}

void Evaluator::MarkFirst(const Marks& marks, uint32_t count) {
  uint64_t* const words = scratch_.marks.data() + marks.first_word;
  for (uint32_t i = 0; i < count / 64; ++i) words[i] = ~uint64_t{0};
  if (count % 64 != 0) words[count / 64] |= (uint64_t{1} << (count % 64)) - 1;
}

}  // namespace sluice::schema
