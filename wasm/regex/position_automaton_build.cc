#include <algorithm>
#include <bit>

#include "sluice/base/sort.h"
#include "sluice/regex/position_automaton.h"

namespace sluice::regex {
namespace {

// More are left to RE2.
constexpr size_t kMaxSegments = 64;

}  // namespace

// Recursion goes as deep as groups are nested: kMaxGroupNesting. Each call of Atom but the first of
// a repeat makes a position, so that all of it is O(pattern + nesting · kMaxPositions).
class PositionAutomatonBuilder {
 public:
  using Positions = PositionAutomaton::Positions;

  PositionAutomatonBuilder(const Pattern& pattern, PositionAutomaton* out)
      : pattern_(pattern), out_(*out) {}

  bool Run() {
    const auto end = static_cast<uint32_t>(pattern_.nodes.size());
    for (uint32_t begin = 0;;) {
      const uint32_t bar = FindOr(begin, end);
      if (!Alternative(begin, bar)) return false;
      if (bar == end) break;
      begin = bar + 1;
    }
    out_.follow_.shrink_to_fit();
    return AddCharacters();
  }

 private:
  // What a part of the pattern begins and ends with, and whether it matches nothing at all too.
  struct Fragment {
    Positions first = 0;
    Positions last = 0;
    bool nullable = true;
  };

  // The next | of the same group, or `end`.
  uint32_t FindOr(uint32_t begin, uint32_t end) const {
    while (begin < end && pattern_.nodes[begin].kind != NodeKind::kOr) {
      begin = pattern_.nodes[begin].end;
    }
    return begin;
  }

  // One of the whole pattern, with its anchors.
  bool Alternative(uint32_t begin, uint32_t end) {
    bool begins = false;
    bool ends = false;
    for (; begin < end && pattern_.nodes[begin].kind == NodeKind::kBegin; ++begin) begins = true;
    // A $ at the end of a group may stand there too: then the group ends beyond, and is refused.
    for (; end > begin && pattern_.nodes[end - 1].kind == NodeKind::kEnd; --end) ends = true;
    Fragment fragment;
    if (!Sequence(begin, end, &fragment)) return false;
    (begins ? out_.first_.anchored : out_.first_.anywhere) |= fragment.first;
    (ends ? out_.last_.anchored : out_.last_.anywhere) |= fragment.last;
    out_.matches_empty_ |= fragment.nullable;
    out_.matches_always_ |= fragment.nullable && !(begins && ends);
    return true;
  }

  bool Sequence(uint32_t begin, uint32_t end, Fragment* whole) {
    *whole = {};
    for (uint32_t i = begin; i < end; i = pattern_.nodes[i].end) {
      if (pattern_.nodes[i].end > end || !Term(i, whole)) return false;
    }
    return true;
  }

  void Connect(Positions from, Positions to) {
    for (; from != 0; from &= from - 1) {
      out_.follow_[static_cast<size_t>(std::countr_zero(from))] |= to;
    }
  }

  void Append(const Fragment& next, Fragment* whole) {
    Connect(whole->last, next.first);
    if (whole->nullable) whole->first |= next.first;
    whole->last = next.last | (next.nullable ? whole->last : 0);
    whole->nullable &= next.nullable;
  }

  bool Term(uint32_t number, Fragment* whole) {
    const Node& node = pattern_.nodes[number];
    if (node.most == 0) return IsPlain(number);
    const bool endless = node.most == kUnbounded;
    const uint32_t copies = endless ? std::max(node.least, 1u) : node.most;
    for (uint32_t i = 0; i < copies; ++i) {
      const size_t before = sets_.size();
      Fragment atom;
      if (!Atom(number, &atom)) return false;
      if (sets_.size() == before) return true;  // it takes nothing, however often
      if (endless && i + 1 == copies) Connect(atom.last, atom.first);
      if (i >= node.least) atom.nullable = true;
      Append(atom, whole);
    }
    return true;
  }

  // No assertions in it, which are refused even where they never count.
  bool IsPlain(uint32_t number) const {
    for (uint32_t i = number; i < pattern_.nodes[number].end; ++i) {
      const NodeKind kind = pattern_.nodes[i].kind;
      if (kind != NodeKind::kCharacter && kind != NodeKind::kSet && kind != NodeKind::kGroup &&
          kind != NodeKind::kOr) {
        return false;
      }
    }
    return true;
  }

  bool Atom(uint32_t number, Fragment* atom) {
    const Node& node = pattern_.nodes[number];
    if (node.kind == NodeKind::kGroup) return Group(number, atom);
    const bool is_set = node.kind == NodeKind::kSet;
    if (!is_set && node.kind != NodeKind::kCharacter) return false;
    if (is_set && pattern_.sets[node.value].ranges().size() > kMaxSegments) return false;
    if (node.fold_case || sets_.size() == PositionAutomaton::kMaxPositions) return false;
    atom->first = atom->last = Positions{1} << sets_.size();
    atom->nullable = false;
    sets_.push_back(number);
    out_.follow_.push_back(0);
    return true;
  }

  bool Group(uint32_t number, Fragment* group) {
    const uint32_t end = pattern_.nodes[number].end;
    group->nullable = false;
    for (uint32_t begin = number + 1;;) {
      const uint32_t bar = FindOr(begin, end);
      Fragment alternative;
      if (!Sequence(begin, bar, &alternative)) return false;
      group->first |= alternative.first;
      group->last |= alternative.last;
      group->nullable |= alternative.nullable;
      if (bar == end) return true;
      begin = bar + 1;
    }
  }

  template <typename Callback>
  void ForEachRange(uint32_t number, Callback callback) const {
    const Node& node = pattern_.nodes[number];
    if (node.kind == NodeKind::kCharacter) {
      callback(CodeRange{node.value, node.value});
    } else {
      for (const CodeRange& range : pattern_.sets[node.value].ranges()) callback(range);
    }
  }

  bool AddCharacters() {
    std::vector<uint32_t> edges;
    for (size_t i = 0; i < sets_.size(); ++i) {
      ForEachRange(sets_[i], [&](CodeRange range) {
        for (uint32_t point = range.first; point <= std::min(range.last, 0x7Fu); ++point) {
          out_.ascii_[point] |= Positions{1} << i;
        }
        if (range.last < 0x80) return;
        edges.push_back(std::max(range.first, 0x80u));
        edges.push_back(range.last + 1);
      });
    }
    Sort(edges.begin(), edges.end());
    edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    if (edges.size() > kMaxSegments) return false;
    for (const uint32_t edge : edges) out_.beyond_.push_back({edge, 0});
    for (size_t i = 0; i < sets_.size(); ++i) {
      ForEachRange(sets_[i], [&](CodeRange range) {
        for (PositionAutomaton::Segment& segment : out_.beyond_) {
          if (range.first <= segment.first && segment.first <= range.last) {
            segment.takes |= Positions{1} << i;
          }
        }
      });
    }
    out_.beyond_.shrink_to_fit();
    return true;
  }

  const Pattern& pattern_;
  PositionAutomaton& out_;
  std::vector<uint32_t> sets_;  // by position: the node
};

std::optional<PositionAutomaton> PositionAutomaton::Build(const Pattern& pattern) {
  PositionAutomaton automaton;
  if (!PositionAutomatonBuilder(pattern, &automaton).Run()) return std::nullopt;
  return automaton;
}

}  // namespace sluice::regex
