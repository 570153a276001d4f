// Cycles in a graph of references. Of this room only.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

struct Reference {
  uint32_t from;
  uint32_t to;
  json::Value where;
};

// Where references close a cycle: without these there would be none. `references` ascend by `from`;
// all are to one of `count` nodes. O(count + references × log references), without recursion.
std::vector<json::Value> FindCycles(uint32_t count, absl::Span<const Reference> references);

}  // namespace sluice::experiment
