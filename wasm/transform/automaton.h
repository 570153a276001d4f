// From the paths of adjacent steps to the one automaton that does them all. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/transform/pass_tables.h"
#include "sluice/transform/path_tree.h"

namespace sluice::transform {

enum class StepKind : uint32_t { kPick, kDrop, kRedact, kRename };

// A step of the forest with the same number.
struct FusedStep {
  StepKind kind;
  uint32_t redaction = kNone;       // kRedact: in the tables
  std::vector<uint32_t> new_names;  // kRename: in the tables, by the label of a path's last node
  // kRename: the fates' names are to be those labels; nothing is displaced.
  bool finds_labels = false;
};

// The tables of a program's passes while they grow.
struct PassTablesBuilder {
  std::vector<State> states;
  std::vector<NameSlot> name_slots;
  size_t name_count = 0;  // in the slots
  std::vector<IndexEdge> index_edges;
  std::vector<Role> roles;
  std::vector<Redaction> redactions;
  std::vector<StringRef> names;      // new ones, as JSON strings
  std::vector<uint32_t> name_texts;  // the same, decoded: numbers in the text
  StringInterner text;

  // The redaction's number. O(redactions).
  uint32_t AddRedaction(const Redaction& redaction);
  // The new name's number. Amortized O(length).
  uint32_t AddName(std::string_view name);
  StringRef InternJsonString(std::string_view text);

  // To take back all that was appended to the automata since.
  struct Mark {
    size_t states, name_slots, name_count, index_edges, roles;
  };
  Mark mark() const;
  void Rewind(const Mark& mark);

 private:
  std::vector<uint32_t> name_of_text_;  // by number in the text; kNone: no new name
};

struct FusionResult {
  enum class Kind : uint8_t {
    kFits,
    kTooLarge,    // states or edges, in all of the program
    kNotFusible,  // `step` can't be done in one pass with the steps before it
  };
  Kind kind;
  uint32_t step;
};

// Appends the automaton of `steps` over the trees of `forest` to `tables` and sets `*pass`; appends
// nothing unless it fits. Subset construction: a state is the set of all nodes of all trees that a
// value has been reached by. A single step always is fusible. Not fusible is a step that
//   * asks for an index of an array that an earlier step may have taken elements from,
//   * hashes a value that an earlier step may have changed,
//   * hashes or keeps the last characters of what an earlier step put there.
FusionResult Fuse(const PathForest& forest, const std::vector<FusedStep>& steps,
                  PassTablesBuilder& tables, Pass* pass);

}  // namespace sluice::transform
