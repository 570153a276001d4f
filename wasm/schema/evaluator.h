// Whether a value is valid: the hot path. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/base/attributes.h"
#include "absl/status/statusor.h"
#include "sluice/json/document.h"
#include "sluice/schema/name_table.h"
#include "sluice/schema/program.h"
#include "sluice/schema/schema.h"
#include "sluice/schema/scratch.h"

namespace sluice::schema {

// WebAssembly reads memory word by word, with a check of its bounds each time (V8 in workerd does):
// rows that are read on every step are read as words.

// A Node: `span` begin and end, `rest` next and meta.
struct NodeWords {
  uint64_t span;
  uint64_t rest;

  uint32_t begin() const { return static_cast<uint32_t>(span); }
  uint32_t end() const { return static_cast<uint32_t>(span >> 32); }
  uint32_t size() const { return end() - begin(); }
  uint32_t next() const { return static_cast<uint32_t>(rest); }
  uint32_t meta() const { return static_cast<uint32_t>(rest >> 32); }
  uint32_t kind() const { return meta() & 7; }
  bool has_escapes() const { return (meta() & 8) != 0; }
  uint32_t count() const { return meta() >> 4; }
};
inline NodeWords WordsOf(const json::Node& node) {
  return {LoadName<uint64_t>(&node.begin), LoadName<uint64_t>(&node.next)};
}

// The first word of a Schema.
struct SchemaWord {
  uint64_t word;

  explicit SchemaWord(uint64_t first) : word(first) {}
  explicit SchemaWord(const Schema& row) : word(LoadName<uint64_t>(&row)) {}
  uint32_t first_quick() const { return static_cast<uint32_t>(word); }
  uint32_t quick_count() const { return static_cast<uint32_t>(word >> 32) & 0xFFFF; }
  bool Takes(uint32_t kind) const { return (word >> 48 >> kind & 1) != 0; }
  bool HasMore(uint32_t kind) const { return (word >> 56 >> kind & 1) != 0; }
  bool is_leaf() const { return static_cast<int64_t>(word) < 0; }
};

// A QuickInstruction without `b` and `c`.
struct QuickWord {
  uint64_t word;

  explicit QuickWord(const QuickInstruction& row) : word(LoadName<uint64_t>(&row)) {}
  QuickOp op() const { return static_cast<QuickOp>(word & 0xFF); }
  bool IsAbout(uint32_t kind) const { return (word >> 8 >> kind & 1) != 0; }
  uint32_t a() const { return static_cast<uint32_t>(word >> 32); }
};

// One run over one document.
class Evaluator {
 public:
  // Borrows all.
  Evaluator(const Tables& tables, const json::Document& document, const Budget& budget,
            ScratchMemory& scratch);

  // Whether the schema accepts the value at a tape index.
  absl::StatusOr<bool> Run(uint32_t schema, uint32_t value);

 private:
  // The resources that were entered, the current one first: what dynamic references look through.
  struct Scope {
    const Scope* outer;
    uint32_t resource;
  };
  // Which members of an object, or elements of an array, schemas have evaluated in place: bits in
  // the scratch memory from a word on. What is evaluated but not asked for needs none.
  struct Marks {
    size_t first_word;
    size_t words;
  };

  // Schemas. `marks` is null where nobody asks.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool Check(uint32_t schema, uint32_t value, const Scope* scope,
                                          const Marks* marks) {
    return CheckKind(schema, value, nodes_[value].meta & 7, scope, marks);
  }
  // The same for a value whose kind has been read.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool CheckKind(uint32_t schema, uint32_t value, uint32_t kind,
                                              const Scope* scope, const Marks* marks) {
    const Schema& row = schemas_[schema];
    const SchemaWord word(row);
    if (!word.Takes(kind)) return false;
    if (!word.HasMore(kind)) return true;
    return word.is_leaf() ? ExecuteLeaf(word.word, value) : Execute(row, value, scope, marks);
  }
  bool Execute(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks);
  bool ExecuteEntered(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks);
  // Most values are scalars, and most of their schemas need nothing of what the others do.
  bool ExecuteLeaf(uint64_t schema_word, uint32_t value);
  bool ExecuteSimple(const QuickInstruction& in, QuickWord word, uint32_t value);
  bool ExecuteSimpleApart(const QuickInstruction& in, uint32_t value);
  bool ExecuteMarked(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks);
  bool ExecuteAll(const Schema& row, uint32_t value, const Scope* scope, const Marks* marks);
  bool ExecuteOther(const Instruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  // A schema that may fail without failing what it is part of.
  ABSL_ATTRIBUTE_ALWAYS_INLINE bool Try(uint32_t schema, uint32_t value, const Scope* scope,
                                        const Marks* marks) {
    if (marks != nullptr) return TryMarked(schema, value, scope, *marks);
    return Check(schema, value, scope, nullptr);
  }
  bool TryMarked(uint32_t schema, uint32_t value, const Scope* scope, const Marks& marks);

  // Scalars.
  std::string_view RawNumber(uint32_t value) const;
  bool IsIntegerIn(const QuickInstruction& in, uint32_t value);
  bool IsAnyIntegerIn(const QuickInstruction& in, uint32_t value);
  bool CheckLimit(const Instruction& in, uint32_t value) const;
  bool IsMultiple(const Instruction& in, uint32_t value) const;
  bool HasLength(uint32_t value, uint32_t least, uint32_t most);
  bool HasFormat(uint32_t format, uint32_t value);
  bool IsString(uint32_t name, uint32_t value);
  bool HasPattern(uint32_t pattern, uint32_t value);
  bool Matches(const Pattern& pattern, std::string_view text);
  bool IsIn(const EnumRow& row, uint32_t value);
  bool IsEntry(const EnumRow& row, uint32_t value);
  // A string's value. What has escapes is decoded into the scratch memory, for one at a time.
  ABSL_ATTRIBUTE_ALWAYS_INLINE std::string_view TextOf(uint32_t string) {
    return TextOf(string, WordsOf(nodes_[string]));
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE std::string_view TextOf(uint32_t string, NodeWords node) {
    if (node.has_escapes()) {
      const size_t size = Decode(string);
      return {scratch_.text.data(), size};
    }
    return {text_ + node.begin() + 1, node.size() - 2};
  }
  // Returns how long it is. Not the text itself: what is returned by its address stays in memory.
  size_t Decode(uint32_t string);
  ABSL_ATTRIBUTE_ALWAYS_INLINE NameKey KeyOf(uint32_t string) {
    return KeyOf(string, WordsOf(nodes_[string]));
  }
  ABSL_ATTRIBUTE_ALWAYS_INLINE NameKey KeyOf(uint32_t string, NodeWords node) {
    const std::string_view text = TextOf(string, node);
    return node.has_escapes() ? NameKeyOf(text) : NameKeyWithin(text, text_end_);
  }

  // Containers.
  bool CheckProperties(const ObjectRow& row, uint32_t object, const Scope* scope,
                       const Marks* marks);
  enum class PatternsSay : uint8_t { kInvalid, kNothing, kValid };
  PatternsSay CheckPatterns(const ObjectRow& row, uint32_t key, const Scope* scope);
  uint32_t FindProperty(const NameTable& names, uint32_t key);
  bool HasManyRequired(const ObjectRow& row, uint32_t object);
  bool CheckNames(uint32_t schema, uint32_t object, const Scope* scope);
  bool CheckDependencies(const Instruction& in, uint32_t object, const Scope* scope,
                         const Marks* marks);
  bool CheckItems(const QuickInstruction& in, uint32_t array, const Scope* scope,
                  const Marks* marks);
  bool CheckContains(const ContainsRow& row, uint32_t array, const Scope* scope,
                     const Marks* marks);
  bool CheckUnique(uint32_t array);
  bool CheckUniqueByHash(uint32_t array);
  bool CheckUnevaluated(uint32_t schema, uint32_t container, const Scope* scope,
                        const Marks& marks);

  // In place.
  bool Choose(const QuickInstruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  bool CheckAll(const Instruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  bool CheckAny(const Instruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  bool CheckOne(const Instruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  bool CheckIf(const Instruction& in, uint32_t value, const Scope* scope, const Marks* marks);
  uint32_t FindDynamic(const Instruction& in, const Scope* scope);

  // Marks.
  bool OpenMarks(uint32_t container, Marks* marks);
  void CloseMarks(const Marks& marks) { mark_words_ = marks.first_word; }
  void Merge(const Marks& from, const Marks& into);
  void Mark(const Marks& marks, uint32_t ordinal) {
    scratch_.marks.data()[marks.first_word + ordinal / 64] |= uint64_t{1} << (ordinal % 64);
  }
  void MarkFirst(const Marks& marks, uint32_t count);
  bool IsMarked(const Marks& marks, uint32_t ordinal) {
    return (scratch_.marks.data()[marks.first_word + ordinal / 64] >> (ordinal % 64) & 1) != 0;
  }

  // Budgets. What they refuse is false, and so is all that comes after.
  bool Spend(uint64_t steps) {
    if (steps > steps_left_) return Exhaust(Exhausted::kSteps);
    steps_left_ -= steps;
    return true;
  }
  // For a value whose bytes are all looked at.
  uint64_t TextSteps(uint32_t value) const {
    return (nodes_[value].end - nodes_[value].begin) / 16;
  }
  enum class Exhausted : uint8_t { kNothing, kPattern, kSteps, kDepth, kMemory };
  bool Exhaust(Exhausted what);

  json::Value ValueAt(uint32_t index) const { return {&document_, index}; }
  bool Has(uint32_t object, std::string_view name) const {
    return ValueAt(object).Find(name).present();
  }

  const Schema* const schemas_;
  const json::Node* const nodes_;
  const char* const text_;
  const char* const text_end_;
  const Instruction* const instructions_;
  const QuickInstruction* const quick_;
  const ObjectRow* const objects_;
  const NameTables names_;
  const Property* const properties_;
  const Tables& tables_;
  const json::Document& document_;
  const Budget& budget_;
  ScratchMemory& scratch_;
  uint64_t steps_left_;
  uint32_t depth_left_;
  Exhausted exhausted_ = Exhausted::kNothing;
  const bool has_dynamic_scope_;
  size_t mark_words_ = 0;
};

}  // namespace sluice::schema
