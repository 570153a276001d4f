// The paths of several steps as trees that share their beginnings. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/transform/pass_tables.h"
#include "sluice/transform/path.h"

namespace sluice::transform {

class PathForest {
 public:
  struct Node {
    uint32_t step;
    Segment::Kind kind = Segment::Kind::kWildcard;
    bool selected = false;      // a path ends here
    uint32_t index = 0;         // kIndex, kToken
    uint32_t name = kNone;      // kName, kToken: its number in the text
    uint32_t label = kNone;     // of the last path that ends here
    uint32_t first_child = 0;   // 0: none
    uint32_t next_sibling = 0;  // 0: none
  };

  // Starts the next step's tree and returns its root. Nodes of later steps have higher numbers.
  uint32_t AddStep();

  // Adds a path to the last step's tree. `label` is the caller's, kept where the path ends; a path
  // that isn't `selected` only leads there. O(segments × children on the way).
  void Add(const Path& path, bool selected, uint32_t label, StringInterner& text);

  const Node& node(uint32_t number) const { return nodes_[number]; }
  uint32_t step_count() const { return static_cast<uint32_t>(roots_.size()); }
  uint32_t root(uint32_t step) const { return roots_[step]; }

 private:
  uint32_t ChildOf(uint32_t parent, const Segment& segment, uint32_t name);

  std::vector<Node> nodes_;
  std::vector<uint32_t> roots_;
};

}  // namespace sluice::transform
