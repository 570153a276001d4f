// The tables of an experiment program; of this room only.
#pragma once

#include <cstdint>

#include "sluice/base/block.h"
#include "sluice/experiment/hash.h"

namespace sluice::experiment {

enum Table : uint32_t {
  kStringPool = 0,  // text
  kFeatures = 1,    // FeatureRow, by key
  kRanges = 2,      // BucketRange, of all experiments, back to back
  kValues = 3,      // StringRef, parallel to kRanges
};

// Strings lie in the pool.
struct FeatureRow {
  StringRef key;
  StringRef default_value;
  StringRef experiment_key;
  StringRef hash_attribute;
  StringRef seed;
  uint32_t hash_version;
  uint32_t first_variation;  // in kRanges and kValues
  uint32_t variation_count;  // 0: no experiment
};

}  // namespace sluice::experiment
