#include "sluice/transform/path_tree.h"

namespace sluice::transform {

uint32_t PathForest::AddStep() {
  const auto root = static_cast<uint32_t>(nodes_.size());
  Node node;
  node.step = step_count();
  nodes_.push_back(node);
  roots_.push_back(root);
  return root;
}

void PathForest::Add(const Path& path, bool selected, uint32_t label, StringInterner& text) {
  uint32_t at = roots_.back();
  for (const Segment& segment : path.segments) {
    const bool named =
        segment.kind == Segment::Kind::kName || segment.kind == Segment::Kind::kToken;
    at = ChildOf(at, segment, named ? text.Intern(segment.name) : kNone);
  }
  if (!selected) return;
  nodes_[at].selected = true;
  nodes_[at].label = label;
}

uint32_t PathForest::ChildOf(uint32_t parent, const Segment& segment, uint32_t name) {
  uint32_t child = nodes_[parent].first_child;
  while (child != 0 && (nodes_[child].kind != segment.kind || nodes_[child].name != name ||
                        nodes_[child].index != segment.index)) {
    child = nodes_[child].next_sibling;
  }
  if (child != 0) return child;
  child = static_cast<uint32_t>(nodes_.size());
  Node node;
  node.step = step_count() - 1;
  node.kind = segment.kind;
  node.index = segment.index;
  node.name = name;
  node.next_sibling = nodes_[parent].first_child;
  nodes_.push_back(node);
  nodes_[parent].first_child = child;
  return child;
}

}  // namespace sluice::transform
