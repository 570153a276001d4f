// The tables of a transform's Block. Inside this room only.
//
// The paths of a step become one deterministic automaton that is run down the document: a state
// stands for "these paths may still select something below here".
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/block.h"

namespace sluice::transform {

enum Table : uint32_t { kSteps, kStates, kNameEdges, kIndexEdges, kText };

// Where an edge leads: a state's number, or
constexpr uint32_t kNone = 0xFFFFFFFF;      // no path goes there
constexpr uint32_t kSelected = 0xFFFFFFFE;  // a path ends there

enum class StepKind : uint32_t { kPick, kDrop, kRedact };

struct Step {
  StepKind kind;
  uint32_t root;          // target of the document's root
  StringRef replacement;  // kRedact: JSON text
};

struct State {
  uint64_t name_lengths;  // bit n: there is a name of n bytes (bit 63: of 63 or more)
  uint32_t first_name;    // its edges in kNameEdges, sorted by length, then bytes
  uint32_t name_count;
  uint32_t first_index;  // its edges in kIndexEdges, sorted
  uint32_t index_count;
  uint32_t other;  // target of all other members and elements (wildcards)
  uint32_t reserved;
};
static_assert(sizeof(State) == 32);

struct NameEdge {
  uint32_t prefix;  // the name's first 4 bytes, zeros behind a shorter one
  StringRef name;
  uint32_t target;
};
static_assert(sizeof(NameEdge) == 16);

struct IndexEdge {
  uint32_t index;
  uint32_t target;
};

constexpr uint64_t NameLengthBit(uint32_t length) {
  return uint64_t{1} << (length < 63 ? length : 63);
}

struct Tables {
  explicit Tables(const Block& block)
      : steps(block.Table<Step>(kSteps)),
        states(block.Table<State>(kStates)),
        name_edges(block.Table<NameEdge>(kNameEdges)),
        index_edges(block.Table<IndexEdge>(kIndexEdges)),
        text(block.Text(kText)) {}

  absl::Span<const Step> steps;
  absl::Span<const State> states;
  absl::Span<const NameEdge> name_edges;
  absl::Span<const IndexEdge> index_edges;
  std::string_view text;
};

}  // namespace sluice::transform
