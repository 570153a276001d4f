#include "sluice/experiment/sample_ratio.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"

namespace sluice::experiment {
namespace {

absl::Status Refuse(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

absl::Status CheckSample(absl::Span<const double> counts, absl::Span<const double> weights) {
  constexpr double kMaxCount = 9007199254740992;
  if (counts.size() != weights.size()) return Refuse("there must be as many counts as weights");
  if (counts.size() > kMaxSampleGroups) {
    return Refuse(
        absl::StrCat("there are ", counts.size(), " counts; the most are ", kMaxSampleGroups));
  }
  for (size_t i = 0; i < counts.size(); ++i) {
    if (!(counts[i] >= 0 && counts[i] <= kMaxCount) || counts[i] != std::floor(counts[i])) {
      return Refuse(absl::StrCat("count ", i, " must be a whole number, 0 or more"));
    }
    if (!(weights[i] >= 0) || std::isinf(weights[i])) {
      return Refuse(absl::StrCat("weight ", i, " must be a number, 0 or more"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

double ChiSquareTail(double chi_square, uint32_t degrees) {
  const double x = chi_square / 2;
  // Beyond it the tail is 0 in a double for all degrees there may be, and the sum stays finite.
  if (x > 1200) return 0;
  const bool odd = degrees % 2 == 1;
  double sum = 0;
  double term = odd ? 2 * std::sqrt(x / std::numbers::pi) : 1;
  for (uint32_t i = odd ? 3 : 2; i <= degrees; i += 2) {
    sum += term;
    term *= 2 * x / i;
  }
  // exp(-x) alone would be 0 where its product isn't yet.
  const double half = std::exp(-x / 2);
  return std::min(1.0, sum * half * half + (odd ? std::erfc(std::sqrt(x)) : 0));
}

absl::StatusOr<SampleRatio> TestSampleRatio(absl::Span<const double> counts,
                                            absl::Span<const double> weights) {
  if (absl::Status status = CheckSample(counts, weights); !status.ok()) return status;
  double users = 0;
  double weight_sum = 0;
  uint32_t groups = 0;
  double greatest = 0;
  for (const double weight : weights) greatest = std::max(greatest, weight);
  for (size_t i = 0; i < counts.size(); ++i) {
    users += counts[i];
    // By the greatest, since their sum could be infinite.
    weight_sum += greatest > 0 ? weights[i] / greatest : 0;
    groups += weights[i] > 0 ? 1 : 0;
  }
  if (groups < 2) return Refuse("there must be at least two weights above 0");
  SampleRatio result = {0, 1, groups - 1};
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = users * (weights[i] / greatest / weight_sum);
    const double difference = counts[i] - expected;
    if (difference == 0) continue;
    result.chi_square +=
        expected > 0 ? difference * difference / expected : std::numeric_limits<double>::infinity();
  }
  result.p = ChiSquareTail(result.chi_square, result.degrees_of_freedom);
  return result;
}

}  // namespace sluice::experiment
