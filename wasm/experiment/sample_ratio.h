// The test for sample ratio mismatch: were users split as they should have been?
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace sluice::experiment {

struct SampleRatio {
  double chi_square;
  // The probability of a split at least this far off if users are split by the weights.
  double p;
  uint32_t degrees_of_freedom;
};

// Pearson's chi-square test of how many users each variation has against the variations' weights,
// which need not sum to 1. A variation of weight 0 counts as nothing if it has no users, and makes
// the mismatch certain (chi-square infinite, p 0) if it has some. invalid_argument: not as many
// counts as weights, fewer than two weights above 0, more than kMaxSampleGroups, a count that is no
// whole number from 0 to 2^53, a weight that is negative or not finite. O(counts).
absl::StatusOr<SampleRatio> TestSampleRatio(absl::Span<const double> counts,
                                            absl::Span<const double> weights);

constexpr uint32_t kMaxSampleGroups = 256;

// The chi-square distribution's upper tail: P(X > chi_square) = Q(degrees / 2, chi_square / 2), the
// regularized incomplete gamma function, by its finite sum for halves of whole numbers (Abramowitz
// and Stegun, 26.4.4 and 26.4.5). Relative error about 1e-13; degrees at least 1 and at most
// kMaxSampleGroups.
double ChiSquareTail(double chi_square, uint32_t degrees);

}  // namespace sluice::experiment
