#include "sluice/json/node_buffer.h"

#include <algorithm>
#include <cstdlib>

namespace sluice::json {

NodeBuffer::~NodeBuffer() { std::free(memory_); }

bool NodeBuffer::Reserve(uint64_t count, uint64_t expected) {
  if (count <= capacity_) return true;
  constexpr uint64_t kStep = 256;  // texts of nearly the same size should not each allocate
  const uint64_t wanted = (std::max(count, expected) / kStep + 1) * kStep;
  if (wanted >= UINT32_MAX / sizeof(Node)) return false;
  auto* grown = static_cast<Node*>(std::realloc(memory_, Bytes(wanted)));
  if (grown == nullptr) return false;
  grown[0] = Node{};
  memory_ = grown;
  capacity_ = static_cast<uint32_t>(wanted);
  return true;
}

}  // namespace sluice::json
