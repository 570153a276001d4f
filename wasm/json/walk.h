// From positions to nodes: the grammar. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/json/document.h"
#include "sluice/json/node_buffer.h"
#include "sluice/json/structural_index.h"

namespace sluice::json {

struct WalkResult {
  enum Kind { kDone, kFault, kNoMemory } kind;
  uint32_t node_count;
};

// Checks the object or array that is the text from `begin` on against RFC 8259, but for what
// `index` checks (see has_fault), and writes its nodes. The text must start at `begin` with a
// bracket and end with a closing one. Says only that there is a fault, nesting deeper than
// `max_depth` included; FindFault says which. Iterative, in constant memory: an open container
// keeps what is to be restored when it ends in its own node. O(text).
WalkResult Walk(std::string_view text, size_t begin, StructuralIndex& index, uint32_t max_depth,
                NodeBuffer& nodes);

// The node of a text whose value, a valid scalar, lies in [begin, end).
Node ScalarNode(std::string_view text, uint32_t begin, uint32_t end);

}  // namespace sluice::json
