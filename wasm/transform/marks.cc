#include "sluice/transform/marks.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"

namespace sluice::transform {
namespace {

constexpr uint32_t kDigitBits = 8;
constexpr size_t kDigits = size_t{1} << kDigitBits;

size_t DigitOf(const Mark& mark, uint32_t shift) { return (mark.node >> shift) % kDigits; }

}  // namespace

void Marks::Reset(size_t max_marks) {
  marks_.Clear();
  max_marks_ = max_marks;
  status_ = absl::OkStatus();
}

bool Marks::AddMark(const Mark& mark) {
  if (exhausted()) return false;
  if (marks_.size() == max_marks_) {
    status_ = MakeBudgetError(
        Budget::kResults,
        absl::StrCat("the paths of a step select more than ", max_marks_, " values"));
  } else if (!marks_.Append(mark)) {
    status_ =
        MakeBudgetError(Budget::kMemory, "not enough memory for what the paths of a step select");
  }
  return !exhausted();
}

void Marks::Release() {
  marks_.Release();
  other_.Release();
}

// Radix sort from the lowest digit: queries select up to millions of nodes, mostly in long runs
// that are in order.
bool Marks::Sort() {
  if (!InOrder()) {
    if (!other_.Resize(marks_.size(), Mark())) return false;
    uint32_t highest = 0;
    for (const Mark& mark : marks_.span()) highest = std::max(highest, mark.node);
    for (uint32_t shift = 0; shift < 32 && highest >> shift != 0; shift += kDigitBits) {
      SortByDigit(shift);
    }
  }
  size_t kept = 0;
  for (size_t i = 0; i < marks_.size(); ++i) {
    const Mark mark = marks_[i];
    if (kept > 0 && marks_[kept - 1].node == mark.node) {
      marks_[kept - 1].why = std::max(marks_[kept - 1].why, mark.why);
    } else {
      marks_[kept++] = mark;
    }
  }
  marks_.Truncate(kept);
  return true;
}

bool Marks::InOrder() const {
  const absl::Span<const Mark> marks = marks_.span();
  return std::is_sorted(marks.begin(), marks.end(),
                        [](const Mark& a, const Mark& b) { return a.node < b.node; });
}

void Marks::SortByDigit(uint32_t shift) {
  std::array<size_t, kDigits> places = {};
  for (const Mark& mark : marks_.span()) ++places[DigitOf(mark, shift)];
  size_t before = 0;
  for (size_t& place : places) before += std::exchange(place, before);
  for (const Mark& mark : marks_.span()) other_[places[DigitOf(mark, shift)]++] = mark;
  std::swap(marks_, other_);
}

}  // namespace sluice::transform
