// GrowthBook's bucketing hash and bucket ranges (SDK specification, "hash" and "getBucketRanges").
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace sluice::experiment {

// A number in [0, 1), or nothing for an unknown version. Text is hashed as UTF-16 code units, as
// JavaScript does it: each unit is one FNV-1a step. Invalid UTF-8 counts as U+FFFD.
//   version 1: fnv32a(value + seed) % 1000 / 1000
//   version 2: fnv32a(str(fnv32a(seed + value))) % 10000 / 10000
// Allocates nothing. O(seed + value).
std::optional<double> Hash(std::string_view seed, std::string_view value, uint32_t version);

// Version 2 in two steps: what the seed comes to, and with it a value's number. O(seed), O(value).
uint32_t HashSeed(std::string_view seed);
double HashWithSeed(uint32_t seed_hash, std::string_view value);

struct BucketRange {
  double start;  // inclusive
  double end;    // exclusive
};

// n weights of 1/n; none for n < 1.
std::vector<double> EqualWeights(int32_t n);

// True if there are n weights that sum to 1 ± 0.01, so that BucketRanges takes them as they are.
bool AreUsableWeights(int32_t n, absl::Span<const double> weights);

// Coverage is clamped to [0, 1]; weights that are not usable are replaced by equal ones.
std::vector<BucketRange> BucketRanges(int32_t n, double coverage, absl::Span<const double> weights);
void AppendBucketRanges(int32_t n, double coverage, absl::Span<const double> weights,
                        std::vector<BucketRange>& ranges);

// Index of the range that holds `bucket`, or -1.
int32_t ChooseVariation(double bucket, absl::Span<const BucketRange> ranges);

}  // namespace sluice::experiment
