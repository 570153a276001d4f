// From paths to the automaton that finds them. Inside this room only.
#pragma once

#include <cstdint>
#include <vector>

#include "sluice/base/interner.h"
#include "sluice/transform/path.h"
#include "sluice/transform/program.h"

namespace sluice::transform {

// The tables of a program while they grow, step by step.
struct Automata {
  std::vector<State> states;
  std::vector<NameEdge> name_edges;
  std::vector<IndexEdge> index_edges;
  StringInterner text;
};

// Paths as a tree that shares their beginnings.
class PathTree {
 public:
  // The node of the root, number 0.
  PathTree() : nodes_(1) {}

  // O(segments × children on the way).
  void Add(const std::vector<Segment>& path, StringInterner& text);

  struct Node {
    Segment::Kind kind = Segment::Kind::kWildcard;
    bool selected = false;      // a path ends here
    uint32_t key = 0;           // kName: its number in the text; kIndex: the index
    uint32_t first_child = 0;   // 0: none
    uint32_t next_sibling = 0;  // 0: none
  };
  const Node& node(uint32_t number) const { return nodes_[number]; }

 private:
  uint32_t ChildOf(uint32_t parent, Segment::Kind kind, uint32_t key);

  std::vector<Node> nodes_;
};

// Appends the tree's automaton to `automata` and sets `*root` to the target of the document's root.
// False if that takes more than kMaxStates or kMaxEdges in all. Subset construction: a member that
// a name and a wildcard both take leads to what is below either.
bool Determinize(const PathTree& tree, Automata& automata, uint32_t* root);

}  // namespace sluice::transform
