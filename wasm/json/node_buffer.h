// Memory for the nodes of a Document, kept from one text to the next. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/json/document.h"

namespace sluice::json {

class NodeBuffer {
 public:
  NodeBuffer() = default;
  NodeBuffer(const NodeBuffer&) = delete;
  NodeBuffer& operator=(const NodeBuffer&) = delete;
  ~NodeBuffer();

  // Room for `count` nodes, and if that means to grow, for `expected` at once. Keeps what is there,
  // but may move it. False if there is no memory.
  bool Reserve(uint64_t count, uint64_t expected);

  // Once there is room. One further node, which is all zeros, lies before them.
  Node* data() const { return memory_ + 1; }
  size_t retained_bytes() const { return memory_ == nullptr ? 0 : Bytes(capacity_); }

 private:
  static size_t Bytes(uint64_t nodes) { return static_cast<size_t>(nodes + 1) * sizeof(Node); }

  Node* memory_ = nullptr;  // malloc'd: realloc grows in place at the end of the Wasm heap
  uint32_t capacity_ = 0;
};

}  // namespace sluice::json
