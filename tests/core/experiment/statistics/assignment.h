// Is assignment by hash as good as drawing lots? Experiments over many users, and the statistics
// that tell. Deterministic: the same arguments give the same figures everywhere.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace sluice::experiment::statistics {

enum class IdKind : uint8_t {
  kMinted,      // as the gateway mints them: 128 random bits in base64url
  kSequential,  // "1", "2", …: rows of a customers' table
};

// Those behind the first `skipped`, or others than without.
std::vector<std::string> MakeIds(IdKind kind, size_t count, size_t skipped = 0);

// Experiments "exp-1", "exp-2", … on all users. Each score is standard normal if users are spread
// at random: its square is the statistic of a chi-square test, or nearly so.
struct Spread {
  // One for two experiments of two variations each: the correlation φ of being in both's second
  // variation, times √users.
  std::vector<double> pairs;
  // One for an experiment: how far the second variation is from half of the users.
  std::vector<double> halves;
  // One for an experiment: Pearson's chi-square over all buckets, standardized.
  std::vector<double> buckets;
};
Spread Measure(absl::Span<const std::string> ids, size_t pairs, uint32_t hash_version);

// The score of one of those pairs alone. Of many pairs one is off by chance; if it's more than
// that, it is so among other users, too.
double MeasurePair(absl::Span<const std::string> ids, size_t pair, uint32_t hash_version);
// The pair that is furthest off.
size_t GreatestPair(const Spread& spread);

// The p of sample ratio tests of `experiments`, each over `users` of its own; their weights are
// those of `splits` in turn.
std::vector<double> SampleRatios(size_t experiments, size_t users,
                                 absl::Span<const std::vector<double>> splits);

// The p of as many tests of a 50/50 split where each exposure of the second variation is lost with
// the probability `loss`.
std::vector<double> LossyRatios(size_t experiments, size_t users, double loss);

}  // namespace sluice::experiment::statistics
