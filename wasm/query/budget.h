// What a query may cost at most: compiling it, and each run.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sluice::query {

struct QueryBudget {
  size_t max_text_bytes = 64u << 10;  // of the query
  // Nesting of a query: parentheses, filters within filters, segments that branch, arguments. It
  // bounds the stack of compiling and running.
  uint32_t max_depth = 128;
  // A step is about one node, member or 16 bytes of text looked at.
  uint64_t max_steps = uint64_t{1} << 25;
  uint32_t max_results = 1u << 20;      // nodes of a JSONPath's result
  size_t max_memory_bytes = 64u << 20;  // intermediate values of a run
  uint32_t max_dynamic_patterns = 64;   // regexes compiled from the document in a run
};

// Counts down. Once it ran out it stays so, and everybody stops at the next look.
class StepMeter {
 public:
  explicit StepMeter(uint64_t steps) : left_(steps) {}

  bool Take(uint64_t steps) {
    if (steps > left_) {
      left_ = 0;
      exhausted_ = true;
    } else {
      left_ -= steps;
    }
    return !exhausted_;
  }
  bool TakeForText(size_t bytes) { return Take(1 + bytes / 16); }
  bool exhausted() const { return exhausted_; }
  uint64_t left() const { return left_; }

 private:
  uint64_t left_;
  bool exhausted_ = false;
};

}  // namespace sluice::query
