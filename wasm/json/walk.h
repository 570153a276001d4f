// From token positions to nodes: the grammar. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/json/document.h"
#include "sluice/json/fault.h"

namespace sluice::json {

// Nodes that a walk over `positions` tokens can make at most, also one that fails: each node but
// the first child of an open container has a separator or a closing bracket to itself.
constexpr uint64_t MaxNodes(uint64_t positions, uint32_t max_depth) {
  const uint64_t bound = (positions + 1 + max_depth) / 2;
  return bound < positions ? bound : positions;
}

// Checks the text against RFC 8259 and writes its nodes, at most MaxNodes of them. `positions` as
// StructuralIndex makes them, with the text's size behind the span. Iterative: an open container
// keeps its parent's number in its own node. O(text).
Fault Walk(std::string_view text, absl::Span<const uint32_t> positions, uint32_t max_depth,
           Node* nodes, uint32_t* node_count);

}  // namespace sluice::json
