// From token positions to nodes: the grammar. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/json/document.h"
#include "sluice/json/fault.h"
#include "sluice/json/structural_index.h"

namespace sluice::json {

// Memory for nodes, kept from one text to the next.
class NodeBuffer {
 public:
  NodeBuffer() = default;
  NodeBuffer(const NodeBuffer&) = delete;
  NodeBuffer& operator=(const NodeBuffer&) = delete;
  ~NodeBuffer();

  // Room for `count` nodes, and if that means to grow, for `expected` at once. Keeps what is there,
  // but may move it. False if there is no memory.
  bool Reserve(uint64_t count, uint64_t expected);

  Node* data() const { return nodes_; }
  size_t retained_bytes() const { return capacity_ * sizeof(Node); }

 private:
  Node* nodes_ = nullptr;  // malloc'd: realloc grows in place at the end of the Wasm heap
  uint32_t capacity_ = 0;
};

// Checks the text against RFC 8259, up to what `index` checks, and writes its nodes. `index` was
// started with the text. Iterative: an open container keeps its parent's number in its own node.
// O(text).
Fault Walk(std::string_view text, StructuralIndex& index, uint32_t max_depth, NodeBuffer& nodes,
           uint32_t* node_count);

}  // namespace sluice::json
