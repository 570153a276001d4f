// Sorting for compilers: small code rather than the last bit of speed.
#pragma once

#include <algorithm>
#include <functional>

namespace sluice {

// As std::sort, and with the same guarantees: O(n log n), in place, not stable. Heap sort, because
// each use of libc++'s std::sort adds 7 to 13 KB to the module, which is parsed on every cold
// start, and what we sort is sorted once, when a policy is compiled.
template <typename Iterator, typename Less = std::less<>>
void Sort(Iterator begin, Iterator end, Less less = {}) {
  std::make_heap(begin, end, less);
  std::sort_heap(begin, end, less);
}

}  // namespace sluice
