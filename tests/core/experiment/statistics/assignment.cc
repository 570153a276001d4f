#include "assignment.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/hash.h"
#include "sluice/experiment/sample_ratio.h"

namespace sluice::experiment::statistics {
namespace {

// SplitMix64 (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  double Below1() { return static_cast<double>(Next() >> 11) * 0x1p-53; }

 private:
  uint64_t state_;
};

class MintedId {
 public:
  explicit MintedId(Random& random) {
    uint8_t bytes[16];
    for (size_t i = 0; i < sizeof bytes; i += 8) {
      const uint64_t word = random.Next();
      for (size_t j = 0; j < 8; ++j) bytes[i + j] = static_cast<uint8_t>(word >> (8 * j));
    }
    EncodeBase64Url(bytes, text_);
  }
  std::string_view view() const { return {text_, sizeof text_}; }

 private:
  char text_[Base64UrlSize(16)];
};

double BucketOf(std::string_view seed, std::string_view id, uint32_t version) {
  return *Hash(seed, id, version);
}

std::string KeyOf(size_t experiment) { return absl::StrCat("exp-", experiment + 1); }

// How one experiment spreads the users.
struct Experiment {
  std::vector<uint64_t> second;  // a bit a user: in the second variation
  size_t second_count = 0;
  double bucket_score = 0;
};

Experiment Run(absl::Span<const std::string> ids, std::string_view key, uint32_t version) {
  const double bucket_count = version == 1 ? 1'000 : 10'000;
  Experiment experiment;
  experiment.second.resize((ids.size() + 63) / 64);
  std::vector<uint32_t> counts(static_cast<size_t>(bucket_count));
  for (size_t i = 0; i < ids.size(); ++i) {
    const double bucket = BucketOf(key, ids[i], version);
    ++counts[static_cast<size_t>(bucket * bucket_count + 0.5)];
    experiment.second[i / 64] |= static_cast<uint64_t>(bucket >= 0.5) << (i % 64);
  }
  for (const uint64_t word : experiment.second) {
    experiment.second_count += static_cast<size_t>(std::popcount(word));
  }
  const double expected = static_cast<double>(ids.size()) / bucket_count;
  double chi_square = 0;
  for (const uint32_t count : counts) chi_square += (count - expected) * (count - expected);
  chi_square /= expected;
  experiment.bucket_score = (chi_square - (bucket_count - 1)) / std::sqrt(2 * (bucket_count - 1));
  return experiment;
}

// φ of the 2×2 table, times √users.
double PairScore(const Experiment& one, const Experiment& other, double users) {
  size_t both = 0;
  for (size_t i = 0; i < one.second.size(); ++i) {
    both += static_cast<size_t>(std::popcount(one.second[i] & other.second[i]));
  }
  const auto p = static_cast<double>(one.second_count) / users;
  const auto q = static_cast<double>(other.second_count) / users;
  const double covariance = static_cast<double>(both) / users - p * q;
  return covariance / std::sqrt(p * (1 - p) * q * (1 - q)) * std::sqrt(users);
}

double HalfScore(const Experiment& one, double users) {
  return (static_cast<double>(one.second_count) - users / 2) / std::sqrt(users / 4);
}

double PValue(absl::Span<const double> counts, absl::Span<const double> weights) {
  const absl::StatusOr<SampleRatio> ratio = TestSampleRatio(counts, weights);
  if (ratio.ok()) return ratio->p;
  std::fprintf(stderr, "%s\n", std::string(ratio.status().message()).c_str());
  std::abort();
}

}  // namespace

std::vector<std::string> MakeIds(IdKind kind, size_t count, size_t skipped) {
  Random random(skipped + 1);
  std::vector<std::string> ids;
  ids.reserve(count);
  for (size_t i = 0; i < count; ++i) {
    ids.push_back(kind == IdKind::kMinted ? std::string(MintedId(random).view())
                                          : absl::StrCat(skipped + i + 1));
  }
  return ids;
}

Spread Measure(absl::Span<const std::string> ids, size_t pairs, uint32_t hash_version) {
  const auto users = static_cast<double>(ids.size());
  Spread spread;
  for (size_t pair = 0; pair < pairs; ++pair) {
    const Experiment two[] = {Run(ids, KeyOf(2 * pair), hash_version),
                              Run(ids, KeyOf(2 * pair + 1), hash_version)};
    for (const Experiment& one : two) {
      spread.halves.push_back(HalfScore(one, users));
      spread.buckets.push_back(one.bucket_score);
    }
    spread.pairs.push_back(PairScore(two[0], two[1], users));
  }
  return spread;
}

double MeasurePair(absl::Span<const std::string> ids, size_t pair, uint32_t hash_version) {
  return PairScore(Run(ids, KeyOf(2 * pair), hash_version),
                   Run(ids, KeyOf(2 * pair + 1), hash_version), static_cast<double>(ids.size()));
}

size_t GreatestPair(const Spread& spread) {
  const auto greatest =
      std::max_element(spread.pairs.begin(), spread.pairs.end(),
                       [](double x, double y) { return std::abs(x) < std::abs(y); });
  return static_cast<size_t>(greatest - spread.pairs.begin());
}

std::vector<double> SampleRatios(size_t experiments, size_t users,
                                 absl::Span<const std::vector<double>> splits) {
  Random random(2);
  std::vector<double> ps;
  for (size_t i = 0; i < experiments; ++i) {
    const std::vector<double>& weights = splits[i % splits.size()];
    const std::vector<BucketRange> ranges =
        BucketRanges(static_cast<int32_t>(weights.size()), 1, weights);
    const std::string key = absl::StrCat("srm-", i);
    std::vector<double> counts(weights.size());
    for (size_t user = 0; user < users; ++user) {
      const double bucket = BucketOf(key, MintedId(random).view(), 2);
      const int32_t variation = ChooseVariation(bucket, ranges);
      if (variation >= 0) ++counts[static_cast<size_t>(variation)];
    }
    ps.push_back(PValue(counts, weights));
  }
  return ps;
}

std::vector<double> LossyRatios(size_t experiments, size_t users, double loss) {
  Random random(3);
  std::vector<double> ps;
  for (size_t i = 0; i < experiments; ++i) {
    const std::string key = absl::StrCat("loss-", i);
    double counts[2] = {0, 0};
    for (size_t user = 0; user < users; ++user) {
      const bool second = BucketOf(key, MintedId(random).view(), 2) >= 0.5;
      if (!second || random.Below1() >= loss) ++counts[second ? 1 : 0];
    }
    ps.push_back(PValue(counts, {1, 1}));
  }
  return ps;
}

}  // namespace sluice::experiment::statistics
