// Patterns of at most 64 characters and classes, groups, alternatives and repeats among them, as
// ^(GET|POST)$, ^\d+(\.\d{1,2})?$ and ^[a-z]+(-[a-z]+)*$: a nondeterministic automaton whose states
// are the bits of a word. It is compiled in a few microseconds to about a kilobyte, where RE2 takes
// several times as long and 32 KiB at least; short texts are as fast as in RE2's automaton.
//
// V. M. Glushkov, The abstract theory of automata, 1961: a state for each position in the pattern,
// and no empty transitions. Bits: G. Navarro and M. Raffinot, New techniques for regular expression
// searching, Algorithmica 41, 2004.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/regex/ecmascript_pattern.h"

namespace sluice::regex {

// Immutable. Matching is O(text · positions at once), without allocation.
class PositionAutomaton {
 public:
  static constexpr size_t kMaxPositions = 64;

  // Nothing for a pattern with more positions, with assertions other than ^ and $ at the ends of
  // its alternatives, or with classes of many ranges beyond ASCII.
  static std::optional<PositionAutomaton> Build(const Pattern& pattern);

  // As Regex has them.
  bool MatchesWhole(std::string_view text) const;
  bool MatchesPart(std::string_view text) const { return HasPart(text.data(), text.size()); }
  bool HasPart(const char* text, size_t size) const;

  // What it holds, itself included.
  size_t bytes() const;

 private:
  friend class PositionAutomatonBuilder;

  using Positions = uint64_t;

  // From this code point on, to the next one's, these positions take it.
  struct Segment {
    uint32_t first;
    Positions takes;
  };

  // Where a match may begin and end: only at the text's ends, or anywhere.
  struct Ends {
    Positions anchored = 0;
    Positions anywhere = 0;
    Positions all() const { return anchored | anywhere; }
  };

  Positions TakesNext(std::string_view text, size_t* position) const;
  Positions TakesBeyond(uint32_t point) const;
  Positions Follow(Positions at) const;

  std::array<Positions, 128> ascii_ = {};  // which positions take it
  std::vector<Segment> beyond_;            // of what isn't ASCII
  std::vector<Positions> follow_;          // what may come after a position
  Ends first_;
  Ends last_;
  bool matches_empty_ = false;   // an empty text
  bool matches_always_ = false;  // an empty part of any
};

}  // namespace sluice::regex
