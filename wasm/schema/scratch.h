// What a Scratch keeps. Inside this room only.
#pragma once

#include <cstdint>
#include <vector>

namespace sluice::schema {

struct ScratchMemory {
  // Which members and elements were evaluated: stacks of bits, see marks.h.
  std::vector<uint64_t> marks;
  // Strings whose escapes are decoded.
  std::vector<char> text;
  // Hashes of elements.
  std::vector<uint64_t> hashes;
};

}  // namespace sluice::schema
