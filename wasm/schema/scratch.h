// What a Scratch keeps. Inside this room only.
#pragma once

#include <cstdint>

#include "sluice/json/equality.h"
#include "sluice/regex/backtracking.h"
#include "sluice/schema/checked_array.h"
#include "sluice/schema/gather_memory.h"

namespace sluice::schema {

struct ScratchMemory {
  CheckedArray<uint64_t> marks;  // bits of what was evaluated, sets above each other
  CheckedArray<char> text;       // a string whose escapes are decoded
  CheckedArray<uint32_t> table;  // elements by their hashes
  json::EqualityScratch equality;
  regex::BacktrackingScratch backtracking;
  GatherMemory gather;
};

}  // namespace sluice::schema
