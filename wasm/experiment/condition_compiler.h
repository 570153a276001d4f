// Compiles conditions. Of this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/experiment/condition.h"
#include "sluice/experiment/cycles.h"
#include "sluice/experiment/recent_texts.h"
#include "sluice/experiment/text_pool.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/regex/regex.h"

namespace sluice::experiment {

// What a condition's paths start from.
enum class Root : uint8_t {
  kAttributes,
  kParent,   // {"value": …}, a prerequisite's result
  kElement,  // what $elemMatch looks at
};

// Collects what all conditions of a payload share. A condition on which GrowthBook's SDK would
// throw (an operand of a type that it can't take) never matches, as a whole, and is reported as
// "wrong_type". Unknown operators ("unknown_operator") and regexes that are invalid or not
// supported ("invalid_regex") don't match either, but only they: a $not around them does.
class ConditionCompiler {
 public:
  // `saved_groups` may be absent. The program keeps all of `source`, which may be empty, or the
  // text of the document; else what it needs of texts. All outlive the compiler.
  ConditionCompiler(json::Value saved_groups, json::CompileContext& context,
                    std::string_view source = {})
      : saved_groups_(saved_groups), context_(context), pool_(source) {}

  // The code of a condition object.
  CodeRange Compile(json::Value condition, Root root);
  // That of one that never holds.
  CodeRange Never();
  // The clauses of one on the attributes.
  ClauseRange CompileClauses(json::Value condition);
  // Compiles the saved groups that conditions refer to; once, at the end.
  void CompileGroups();

  // The slot of an attribute by its name, dots and all.
  uint32_t AttributeSlot(std::string_view name);
  // Index of the value among the constants.
  uint32_t AddConstant(json::Value value);
  // Into the pool of texts; equal ones lie there as often as they are kept.
  StringRef Keep(std::string_view text) { return pool_.Keep(text); }
  // A new text: one that is there, and what comes behind it.
  StringRef KeepJoined(StringRef text, std::string_view rest);
  std::string_view At(StringRef text) const { return pool_.At(text); }
  // Number of the regex, or nothing and an issue at `where`.
  std::optional<uint32_t> AddRegex(json::Value where, std::string_view pattern, bool ignore_case);

  // The first segments of the slots' paths, in byte order, each once.
  std::vector<StringRef> RootNames() const;
  // Adds the tables in the order of ConditionTable; borrowed until the block is built.
  void AddTables(BlockBuilder& builder);
  std::vector<regex::Regex> TakeRegexes() { return std::move(regexes_); }

 private:
  struct Group {
    json::Value condition;
    Root root;
    CodeRange code;
  };

  bool Conjunction(json::Value condition, Root root);
  bool Clauses(json::Value condition);
  // Its number, or nothing if the condition that it stands in never matches.
  std::optional<uint32_t> Clause(json::Member member, std::string_view name);
  uint32_t AddClause(uint32_t begin, std::string_view text);
  bool IsObject(json::Value condition);
  bool Member(std::string_view name, json::Member member, Root root);
  // One that isn't known, where attributes are named; for the SDK it is one of them.
  void ReportCombinator(std::string_view name, json::Value key);
  bool Alternatives(json::Value conditions, Root root, bool negate);
  bool Conjunctions(json::Value conditions, Root root);
  bool Not(json::Value condition, Root root);
  void SavedGroup(json::Value reference, Root root);
  void ListGroup(json::Value reference, json::Value entry, Root root);

  bool Test(json::Value expected, uint32_t subject, bool folded);
  bool Operator(std::string_view name, json::Value key, json::Value expected, uint32_t subject);
  bool Nested(Op op, json::Value expected, uint32_t subject, uint32_t inner);
  void Order(uint8_t orders, json::Value expected, uint32_t subject);
  void Version(uint8_t orders, json::Value expected, uint32_t subject);
  void Same(json::Value expected, uint32_t subject, bool negate);
  void In(json::Value expected, uint32_t subject, bool folded, bool negate);
  void InGroup(json::Value expected, uint32_t subject, bool negate);
  void Regex(json::Value expected, uint32_t subject, bool ignore_case);
  void Type(json::Value expected, uint32_t subject);
  bool ElementMatch(json::Value expected, uint32_t subject);
  bool All(json::Value expected, uint32_t subject, bool folded);

  uint32_t Subject(std::string_view path, Root root);
  uint32_t Relative(std::optional<std::string_view> path);
  // Sorts, and leaves each text once.
  void SortUniqueTexts(std::vector<StringRef>& texts) const;
  // Appends the parts between dots; returns how many.
  uint32_t Split(std::string_view path);
  // Of the path with this name among `names`, and where it is new these segments.
  uint32_t Slot(std::string_view name, std::string_view path, bool split);
  uint32_t AddSet(json::Value list, bool folded);
  // The same list once.
  uint32_t AddGroupSet(json::Value list);
  uint32_t GroupNumber(json::Value condition, Root root);
  StringRef Decoded(json::Value string);

  void NumberRoots();
  Instruction& Emit(Op op, uint32_t subject, uint32_t a = 0, uint32_t b = 0);
  void EmitText(Op op, uint32_t subject, StringRef text, uint8_t detail = 0);
  void EmitNumber(Op op, uint32_t subject, double number, uint8_t detail = 0);
  // A composite whose body is to come; returns where it stands, for Close.
  uint32_t Open(Op op, uint32_t subject = kNothing);
  void Close(uint32_t composite) { code_[composite].a = static_cast<uint32_t>(code_.size()); }
  bool Malformed(json::Value value, std::string_view message);

  json::Value saved_groups_;
  json::CompileContext& context_;
  TextPool pool_;
  RecentTexts recent_slots_{64};
  StringInterner slot_names_;  // paths; an attribute's name with a dot has a NUL before it
  StringInterner relative_names_;
  StringInterner regex_names_;
  StringInterner set_names_;  // of groups
  std::vector<uint32_t> group_sets_;
  StringInterner group_names_;
  RecentTexts recent_clauses_{1024};
  std::vector<std::string_view>
      clause_texts_;  // a member as it is written; empty: not to be shared
  std::vector<Instruction> code_;
  std::vector<double> numbers_;
  std::vector<SetRow> sets_;
  std::vector<StringRef> set_texts_;
  std::vector<StringRef> unsorted_;  // of the set at hand
  std::vector<double> set_numbers_;
  std::vector<PathRow> slots_;
  std::vector<PathRow> relatives_;
  std::vector<StringRef> segments_;
  std::vector<StringRef> root_names_;  // made by AddTables
  std::vector<CodeRange> group_code_;  // likewise
  std::vector<json::Node> nodes_;
  std::vector<CodeRange> clauses_;
  std::vector<uint32_t> conditions_;
  std::vector<Group> groups_;
  std::optional<uint32_t> group_;            // being compiled
  std::vector<Reference> group_references_;  // to each other
  std::vector<regex::Regex> regexes_;
  std::vector<std::optional<uint32_t>> regex_numbers_;
  regex::MemoryBudget regex_budget_;
  int nesting_ = 0;
};

}  // namespace sluice::experiment
