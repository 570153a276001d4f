// Pseudo-random choices of a simulation: the same for a seed wherever it runs, because the standard
// library's distributions may differ.
#pragma once

#include <cmath>
#include <cstdint>

namespace sluice::limit::simulation {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  // SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
  uint64_t Bits() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  // In [0, 1).
  double Fraction() { return static_cast<double>(Bits() >> 11) * 0x1p-53; }
  double Between(double low, double high) { return low + Fraction() * (high - low); }
  bool Chance(double probability) { return Fraction() < probability; }
  double Exponential(double mean) { return -std::log(1 - Fraction()) * mean; }

 private:
  uint64_t state_;
};

}  // namespace sluice::limit::simulation
