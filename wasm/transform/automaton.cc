#include "sluice/transform/automaton.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

#include "sluice/base/sort.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

// Tree nodes in all the sets of one construction: bounds its memory.
constexpr size_t kMaxSetElements = 1'000'000;

uint32_t PrefixOf(std::string_view name) {
  uint32_t prefix = 0;
  std::memcpy(&prefix, name.data(), std::min<size_t>(name.size(), sizeof(prefix)));
  return prefix;
}

class Determinizer {
 public:
  Determinizer(const PathTree& tree, Automata& automata)
      : tree_(tree), automata_(automata), first_state_(automata.states.size()) {}

  bool Run(uint32_t* root) {
    *root = TargetOf({0});
    for (size_t set = 0; set < sets_.strings().size(); ++set) {
      if (!WithinBudget()) return false;
      AddState(SetOf(static_cast<uint32_t>(set)));
    }
    return WithinBudget();
  }

 private:
  using Set = std::vector<uint32_t>;  // of tree nodes, sorted
  struct Branch {
    uint32_t key;
    uint32_t child;
  };

  bool WithinBudget() const {
    return first_state_ + sets_.strings().size() <= kMaxStates &&
           automata_.name_edges.size() + automata_.index_edges.size() <= kMaxEdges &&
           sets_.pool().size() / sizeof(uint32_t) <= kMaxSetElements;
  }

  // States are numbered as their sets are first seen, and made in that order.
  uint32_t TargetOf(Set set) {
    if (set.empty()) return kNone;
    for (const uint32_t node : set) {
      if (tree_.node(node).selected) return kSelected;
    }
    Sort(set.begin(), set.end());
    const std::string_view bytes(reinterpret_cast<const char*>(set.data()),
                                 set.size() * sizeof(uint32_t));
    return static_cast<uint32_t>(first_state_) + sets_.Intern(bytes);
  }

  Set SetOf(uint32_t number) const {
    const std::string_view bytes = sets_.text(number);
    Set set(bytes.size() / sizeof(uint32_t));
    std::memcpy(set.data(), bytes.data(), bytes.size());
    return set;
  }

  void AddState(const Set& set) {
    std::vector<Branch> names;
    std::vector<Branch> indexes;
    Set wildcards;
    for (const uint32_t parent : set) {
      for (uint32_t child = tree_.node(parent).first_child; child != 0;
           child = tree_.node(child).next_sibling) {
        const PathTree::Node& node = tree_.node(child);
        if (node.kind == Segment::Kind::kName) names.push_back({node.key, child});
        if (node.kind == Segment::Kind::kIndex) indexes.push_back({node.key, child});
        if (node.kind == Segment::Kind::kWildcard) wildcards.push_back(child);
      }
    }
    State state = {};
    state.first_name = static_cast<uint32_t>(automata_.name_edges.size());
    ForEachKey(names, wildcards, [&](uint32_t key, uint32_t target) {
      const StringRef name = automata_.text.strings()[key];
      state.name_lengths |= NameLengthBit(name.length);
      automata_.name_edges.push_back({PrefixOf(automata_.text.text(key)), name, target});
    });
    state.name_count = static_cast<uint32_t>(automata_.name_edges.size()) - state.first_name;
    SortNames(state);
    state.first_index = static_cast<uint32_t>(automata_.index_edges.size());
    ForEachKey(indexes, wildcards, [&](uint32_t key, uint32_t target) {
      automata_.index_edges.push_back({key, target});
    });
    state.index_count = static_cast<uint32_t>(automata_.index_edges.size()) - state.first_index;
    state.other = TargetOf(std::move(wildcards));
    automata_.states.push_back(state);
  }

  // Calls `edge(key, target)` for each key of `branches`, in order.
  template <typename Callback>
  void ForEachKey(std::vector<Branch>& branches, const Set& wildcards, Callback&& edge) {
    Sort(branches.begin(), branches.end(),
         [](const Branch& a, const Branch& b) { return a.key < b.key; });
    for (size_t i = 0; i < branches.size();) {
      const uint32_t key = branches[i].key;
      Set set = wildcards;
      for (; i < branches.size() && branches[i].key == key; ++i) set.push_back(branches[i].child);
      edge(key, TargetOf(std::move(set)));
    }
  }

  void SortNames(const State& state) {
    const std::string_view pool = automata_.text.pool();
    // difference_type is 32 bits wide on wasm32.
    const auto first = static_cast<std::ptrdiff_t>(state.first_name);
    Sort(automata_.name_edges.begin() + first, automata_.name_edges.end(),
         [pool](const NameEdge& a, const NameEdge& b) {
           if (a.name.length != b.name.length) return a.name.length < b.name.length;
           return a.name.In(pool) < b.name.In(pool);
         });
  }

  const PathTree& tree_;
  Automata& automata_;
  const size_t first_state_;
  StringInterner sets_;  // each set as bytes
};

}  // namespace

void PathTree::Add(const std::vector<Segment>& path, StringInterner& text) {
  uint32_t at = 0;
  for (const Segment& segment : path) {
    const uint32_t key =
        segment.kind == Segment::Kind::kName ? text.Intern(segment.name) : segment.index;
    at = ChildOf(at, segment.kind, key);
  }
  nodes_[at].selected = true;
}

uint32_t PathTree::ChildOf(uint32_t parent, Segment::Kind kind, uint32_t key) {
  uint32_t child = nodes_[parent].first_child;
  while (child != 0 && (nodes_[child].kind != kind || nodes_[child].key != key)) {
    child = nodes_[child].next_sibling;
  }
  if (child != 0) return child;
  child = static_cast<uint32_t>(nodes_.size());
  Node node;
  node.kind = kind;
  node.key = key;
  node.next_sibling = nodes_[parent].first_child;
  nodes_.push_back(node);
  nodes_[parent].first_child = child;
  return child;
}

bool Determinize(const PathTree& tree, Automata& automata, uint32_t* root) {
  return Determinizer(tree, automata).Run(root);
}

}  // namespace sluice::transform
