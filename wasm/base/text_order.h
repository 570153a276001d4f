// Texts compared and put in the order of their bytes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace sluice {

// x == y. Inlined and eight bytes at a time: WASI's memcmp is a call that goes byte by byte.
inline bool SameBytes(std::string_view x, std::string_view y) {
  const size_t size = x.size();
  if (size != y.size()) return false;
  const char* const a = x.data();
  const char* const b = y.data();
  if (size < sizeof(uint64_t)) {
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }
  const auto differ = [a, b](size_t at) {
    uint64_t p;
    uint64_t q;
    std::memcpy(&p, a + at, sizeof(p));
    std::memcpy(&q, b + at, sizeof(q));
    return p != q;
  };
  for (size_t at = 0; at + sizeof(uint64_t) < size; at += sizeof(uint64_t)) {
    if (differ(at)) return false;
  }
  return !differ(size - sizeof(uint64_t));
}

// How many bytes are the same from their start on.
size_t CommonPrefix(std::string_view x, std::string_view y);

// x < y. O(length).
bool ComesBefore(std::string_view x, std::string_view y);

// The numbers of the texts in the order of their bytes; of equal texts the lesser number first.
// O(n) for what is in order, else O(n log n) comparisons.
std::vector<uint32_t> OrderOf(absl::Span<const std::string_view> texts);

}  // namespace sluice
