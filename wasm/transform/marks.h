// What the paths of a step have selected, before the step is done.
#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/transform/checked_vector.h"

namespace sluice::transform {

struct Mark {
  static constexpr uint32_t kThrough = 0;
  static constexpr uint32_t kFirstPath = 1;
  static constexpr uint32_t kDisplaced = 0xFFFFFFFF;

  // A path goes on through the value: a container that stays in a pick. A path that selects it has
  // a higher number.
  bool through() const { return why == kThrough; }
  // The value's member had the name that another one gets.
  bool displaced() const { return why == kDisplaced; }
  // Otherwise: the path's number in its step.
  uint32_t path() const { return why - kFirstPath; }

  uint32_t node;  // tape index of a value
  uint32_t why;
};

class Marks {
 public:
  // Takes all back and sets how many there may be at most.
  void Reset(size_t max_marks);

  // In any order, duplicates too. False once there are too many or memory is short: `status` is an
  // error then, and no more are taken.
  bool Add(uint32_t node, uint32_t path) { return AddMark({node, Mark::kFirstPath + path}); }
  bool AddThrough(uint32_t node) { return AddMark({node, Mark::kThrough}); }
  bool AddDisplaced(uint32_t node) { return AddMark({node, Mark::kDisplaced}); }
  bool exhausted() const { return !status_.ok(); }
  // budget_exceeded: results or memory.
  const absl::Status& status() const { return status_; }

  // Sorts them by node; of several on one node the one of the last path stays. O(marks), and little
  // of it where they came in order. False if memory is short.
  bool Sort();

  absl::Span<const Mark> span() const { return marks_.span(); }
  size_t retained_bytes() const { return marks_.retained_bytes() + other_.retained_bytes(); }
  void Release();

 private:
  bool AddMark(const Mark& mark);
  bool InOrder() const;
  void SortByDigit(uint32_t shift);

  CheckedVector<Mark> marks_;
  CheckedVector<Mark> other_;  // while sorting
  size_t max_marks_ = 0;
  absl::Status status_;
};

}  // namespace sluice::transform
