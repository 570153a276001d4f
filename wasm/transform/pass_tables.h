// The tables of passes and selections in a transform's Block. Inside this room only.
//
// The paths of a pass, all its steps together, are one deterministic automaton that is run down the
// document: a state stands for "these paths of these steps may still reach something below here".
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/transform/fate.h"
#include "sluice/transform/name_table.h"

namespace sluice::transform {

// A member that gets a name in a step displaces the one that had it. All (step, new name) that can
// happen in the objects of a state are its triggers, numbered in the order of the steps (the steps
// that rename there are its rounds); what a member has to do with them are its roles, in that
// order.
struct Role {
  uint32_t trigger;
  uint16_t round;
  bool gets : 1;     // the member gets the name; otherwise it has it and goes if another gets it
  bool scalars : 1;  // also when it's a scalar, which an earlier step may have dropped
  bool last : 1;
};
static_assert(sizeof(Role) == 8);

struct State {
  NameTable names;
  Fate other;            // of all other members and elements (wildcards)
  uint32_t first_index;  // in `index_edges`, sorted
  uint32_t index_count;
  uint32_t trigger_count;
  uint32_t round_count;
};
static_assert(sizeof(State) == 64);

struct IndexEdge {
  uint32_t index;
  Fate fate;
};

struct Redaction {
  enum class Mode : uint32_t { kText, kKeepLast, kHash };
  Mode mode;
  uint32_t number;  // kKeepLast: characters; kHash: the secret's number
  StringRef text;   // kText: JSON to put there; kKeepLast: a JSON string, what is hidden behind
};

struct Pass {
  Fate root;            // what becomes of the document
  uint32_t flag_bytes;  // for the triggers of all objects that can be open at a time
};

// A step with general paths, run on what they select.
struct Selection {
  uint32_t kind;        // StepKind
  uint32_t redaction;   // kRedact
  uint32_t first_name;  // kRename: new names by path, in `path_names`
  Fate root;            // of the pass that finds what the simple paths select
  NameTable new_names;  // kRename: their fates have these names
};

// Where the tables lie in the Block: from a first one on, in this order.
enum class PassTable : uint32_t {
  kPasses,
  kSelections,
  kStates,
  kNameSlots,
  kIndexEdges,
  kRoles,
  kRedactions,
  kNames,      // new names as JSON strings: StringRef
  kPathNames,  // numbers of names
  kText,
};
constexpr uint32_t kPassTableCount = 10;

struct PassTables {
  PassTables(const Block& block, uint32_t first)
      : passes(Table<Pass>(block, first, PassTable::kPasses)),
        selections(Table<Selection>(block, first, PassTable::kSelections)),
        states(Table<State>(block, first, PassTable::kStates)),
        name_slots(Table<NameSlot>(block, first, PassTable::kNameSlots)),
        index_edges(Table<IndexEdge>(block, first, PassTable::kIndexEdges)),
        roles(Table<Role>(block, first, PassTable::kRoles)),
        redactions(Table<Redaction>(block, first, PassTable::kRedactions)),
        names(Table<StringRef>(block, first, PassTable::kNames)),
        path_names(Table<uint32_t>(block, first, PassTable::kPathNames)),
        text(block.Text(first + static_cast<uint32_t>(PassTable::kText))) {}

  absl::Span<const Pass> passes;
  absl::Span<const Selection> selections;
  absl::Span<const State> states;
  absl::Span<const NameSlot> name_slots;
  absl::Span<const IndexEdge> index_edges;
  absl::Span<const Role> roles;
  absl::Span<const Redaction> redactions;
  absl::Span<const StringRef> names;
  absl::Span<const uint32_t> path_names;
  std::string_view text;

 private:
  template <typename T>
  static absl::Span<const T> Table(const Block& block, uint32_t first, PassTable table) {
    return block.Table<T>(first + static_cast<uint32_t>(table));
  }
};

}  // namespace sluice::transform
