#include "sluice/regex/position_automaton.h"

#include <bit>

#include "sluice/base/utf8.h"

namespace sluice::regex {

PositionAutomaton::Positions PositionAutomaton::TakesNext(std::string_view text,
                                                          size_t* position) const {
  const auto byte = static_cast<unsigned char>(text[*position]);
  if (byte < 0x80) {
    ++*position;
    return ascii_[byte];
  }
  const uint32_t point = NextCodePoint(text, position);
  size_t low = 0;
  size_t high = beyond_.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (beyond_[middle].first <= point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low == 0 ? 0 : beyond_[low - 1].takes;
}

PositionAutomaton::Positions PositionAutomaton::Follow(Positions at) const {
  Positions next = 0;
  for (; at != 0; at &= at - 1) next |= follow_[static_cast<size_t>(std::countr_zero(at))];
  return next;
}

bool PositionAutomaton::MatchesWhole(std::string_view text) const {
  if (text.empty()) return matches_empty_;
  size_t position = 0;
  Positions at = first_.all() & TakesNext(text, &position);
  while (position < text.size() && at != 0) at = Follow(at) & TakesNext(text, &position);
  return (at & last_.all()) != 0;
}

bool PositionAutomaton::MatchesPart(std::string_view text) const {
  if (matches_always_) return true;
  if (text.empty()) return matches_empty_;
  size_t position = 0;
  Positions next = first_.all();
  Positions at = 0;
  while (position < text.size()) {
    at = next & TakesNext(text, &position);
    if ((at & last_.anywhere) != 0) return true;
    next = Follow(at) | first_.anywhere;
    if (next == 0) return position == text.size() && (at & last_.anchored) != 0;
  }
  return (at & last_.anchored) != 0;
}

size_t PositionAutomaton::bytes() const {
  return sizeof(*this) + beyond_.capacity() * sizeof(Segment) +
         follow_.capacity() * sizeof(Positions);
}

}  // namespace sluice::regex
