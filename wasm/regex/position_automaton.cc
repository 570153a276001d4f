#include "sluice/regex/position_automaton.h"

#include <bit>

#include "absl/base/attributes.h"
#include "sluice/base/utf8.h"

namespace sluice::regex {

PositionAutomaton::Positions PositionAutomaton::TakesNext(std::string_view text,
                                                          size_t* position) const {
  const auto byte = static_cast<unsigned char>(text[*position]);
  if (byte >= 0x80) return TakesBeyond(NextCodePoint(text, position));
  ++*position;
  return ascii_[byte];
}

PositionAutomaton::Positions PositionAutomaton::TakesBeyond(uint32_t point) const {
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

ABSL_ATTRIBUTE_ALWAYS_INLINE inline PositionAutomaton::Positions PositionAutomaton::Follow(
    Positions at) const {
  const Positions* const follow = follow_.data();
  Positions next = 0;
  for (; at != 0; at &= at - 1) next |= follow[std::countr_zero(at)];
  return next;
}

bool PositionAutomaton::MatchesWhole(std::string_view text) const {
  if (text.empty()) return matches_empty_;
  size_t position = 0;
  Positions at = first_.all() & TakesNext(text, &position);
  while (position < text.size() && at != 0) at = Follow(at) & TakesNext(text, &position);
  return (at & last_.all()) != 0;
}

bool PositionAutomaton::HasPart(const char* text, size_t size) const {
  if (matches_always_) return true;
  if (size == 0) return matches_empty_;
  const Ends first = first_;
  const Ends last = last_;
  Positions next = first.all();
  Positions at = 0;
  for (size_t position = 0; position < size;) {
    const auto byte = static_cast<unsigned char>(text[position]);
    Positions takes;
    if (byte < 0x80) {
      ++position;
      takes = ascii_[byte];
    } else {
      size_t after = position;
      takes = TakesBeyond(NextCodePoint({text, size}, &after));
      position = after;
    }
    at = next & takes;
    if ((at & last.anywhere) != 0) return true;
    next = Follow(at) | first.anywhere;
    if (next == 0) return position == size && (at & last.anchored) != 0;
  }
  return (at & last.anchored) != 0;
}

size_t PositionAutomaton::bytes() const {
  return sizeof(*this) + beyond_.capacity() * sizeof(Segment) +
         follow_.capacity() * sizeof(Positions);
}

}  // namespace sluice::regex
