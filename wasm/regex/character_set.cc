#include "sluice/regex/character_set.h"

#include <algorithm>

#include "sluice/base/sort.h"

namespace sluice::regex {
namespace {

// What of the range lies in [first, last], moved by `delta`.
void AddShifted(CodeRange range, uint32_t first, uint32_t last, int32_t delta, CharacterSet* set) {
  const uint32_t begin = std::max(range.first, first);
  const uint32_t end = std::min(range.last, last);
  if (begin > end) return;
  set->Add(begin + static_cast<uint32_t>(delta), end + static_cast<uint32_t>(delta));
}

}  // namespace

void CharacterSet::AddComplement(absl::Span<const CodeRange> ranges) {
  uint32_t next = 0;
  for (const CodeRange& range : ranges) {
    if (range.first > next) Add(next, range.first - 1);
    next = range.last + 1;
  }
  if (next <= kLastCodePoint) Add(next, kLastCodePoint);
}

void CharacterSet::Normalize() {
  const auto before = [](const CodeRange& x, const CodeRange& y) { return x.first < y.first; };
  if (!std::is_sorted(ranges_.begin(), ranges_.end(), before)) {
    Sort(ranges_.begin(), ranges_.end(), before);
  }
  size_t kept = 0;
  for (const CodeRange& range : ranges_) {
    if (kept > 0 && range.first <= ranges_[kept - 1].last + 1) {
      ranges_[kept - 1].last = std::max(ranges_[kept - 1].last, range.last);
    } else {
      ranges_[kept++] = range;
    }
  }
  ranges_.resize(kept);
}

void CharacterSet::Complement() {
  const std::vector<CodeRange> ranges = std::move(ranges_);
  ranges_.clear();
  AddComplement(ranges);
}

void CharacterSet::FoldAscii() {
  const size_t count = ranges_.size();
  for (size_t i = 0; i < count; ++i) {
    const CodeRange range = ranges_[i];
    AddShifted(range, 'A', 'Z', 32, this);
    AddShifted(range, 'a', 'z', -32, this);
  }
  Normalize();
}

bool CharacterSet::Contains(uint32_t point) const { return regex::Contains(ranges_, point); }

bool CharacterSet::Intersects(const CharacterSet& other) const {
  size_t i = 0;
  size_t j = 0;
  while (i < ranges_.size() && j < other.ranges_.size()) {
    if (ranges_[i].last < other.ranges_[j].first) {
      ++i;
    } else if (other.ranges_[j].last < ranges_[i].first) {
      ++j;
    } else {
      return true;
    }
  }
  return false;
}

bool Contains(absl::Span<const CodeRange> ranges, uint32_t point) {
  size_t low = 0;
  size_t high = ranges.size();
  while (low < high) {
    const size_t middle = (low + high) / 2;
    if (ranges[middle].last < point) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < ranges.size() && ranges[low].first <= point;
}

}  // namespace sluice::regex
