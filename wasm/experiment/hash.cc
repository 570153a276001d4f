#include "sluice/experiment/hash.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/hash.h"
#include "sluice/base/utf8.h"

namespace sluice::experiment {
namespace {

uint32_t HashUtf16(std::string_view text, uint32_t hash) {
  // What is hashed are nearly always ids in ASCII, where a byte is a code unit.
  size_t ascii = 0;
  while (ascii < text.size() && static_cast<uint8_t>(text[ascii]) < 0x80) {
    hash = Fnv32Step(hash, static_cast<uint8_t>(text[ascii++]));
  }
  ForEachUtf16Unit(text.substr(ascii), [&hash](uint16_t unit) { hash = Fnv32Step(hash, unit); });
  return hash;
}

// Its digits are taken from the last to the first into nibbles, and from there the other way round.
uint32_t HashDecimal(uint32_t number) {
  uint64_t digits = 0;
  uint32_t count = 0;
  do {
    digits = digits << 4 | number % 10;
    number /= 10;
    ++count;
  } while (number > 0);
  uint32_t hash = kFnv32OffsetBasis;
  for (; count > 0; --count, digits >>= 4) {
    hash = Fnv32Step(hash, '0' + static_cast<uint32_t>(digits & 15));
  }
  return hash;
}

}  // namespace

std::optional<double> Hash(std::string_view seed, std::string_view value, uint32_t version) {
  switch (version) {
    case 1:
      return HashUtf16(seed, HashUtf16(value, kFnv32OffsetBasis)) % 1'000 / 1'000.0;
    case 2:
      return HashWithSeed(HashSeed(seed), value);
    default:
      return std::nullopt;
  }
}

uint32_t HashSeed(std::string_view seed) { return HashUtf16(seed, kFnv32OffsetBasis); }

double HashWithSeed(uint32_t seed_hash, std::string_view value) {
  return HashDecimal(HashUtf16(value, seed_hash)) % 10'000 / 10'000.0;
}

std::vector<double> EqualWeights(int32_t n) {
  if (n < 1) return {};
  return std::vector<double>(static_cast<size_t>(n), 1.0 / n);
}

bool AreUsableWeights(int32_t n, absl::Span<const double> weights) {
  if (n < 0 || weights.size() != static_cast<size_t>(n)) return false;
  double sum = 0;
  for (const double weight : weights) sum += weight;
  return sum >= 0.99 && sum <= 1.01;
}

void AppendBucketRanges(int32_t n, double coverage, absl::Span<const double> weights,
                        std::vector<BucketRange>& ranges) {
  const double covered = std::clamp(coverage, 0.0, 1.0);
  std::vector<double> equal;
  if (!AreUsableWeights(n, weights)) {
    equal = EqualWeights(n);
    weights = equal;
  }
  double start = 0;
  for (const double weight : weights) {
    // In the order of GrowthBook's own sums: another would move users at the borders.
    ranges.push_back({start, start + covered * weight});
    start += weight;
  }
}

std::vector<BucketRange> BucketRanges(int32_t n, double coverage,
                                      absl::Span<const double> weights) {
  std::vector<BucketRange> ranges;
  AppendBucketRanges(n, coverage, weights, ranges);
  return ranges;
}

int32_t ChooseVariation(double bucket, absl::Span<const BucketRange> ranges) {
  for (size_t i = 0; i < ranges.size(); ++i) {
    if (bucket >= ranges[i].start && bucket < ranges[i].end) return static_cast<int32_t>(i);
  }
  return -1;
}

}  // namespace sluice::experiment
