// What a gathering evaluation keeps between runs. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sluice/json/equality.h"
#include "sluice/regex/backtracking.h"
#include "sluice/schema/checked_array.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/location.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

struct ElementHash {
  uint64_t hash;
  uint32_t number;
  uint32_t node;
};

struct GatherMemory {
  Findings findings;
  json::EqualityScratch equality;
  std::vector<uint64_t> marks;  // which members and elements were evaluated, as a stack
  CheckedArray<ElementHash> hashes;
  CheckedArray<char> text;  // a string whose escapes are decoded
  regex::BacktrackingScratch backtracking;
  std::vector<uint32_t> resources;  // the dynamic scope, from the outermost on
  LocatorMemory locations;
  Words words;

  size_t retained_bytes() const;
  void Trim(size_t max_bytes);
};

}  // namespace sluice::schema
