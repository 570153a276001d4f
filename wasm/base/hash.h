// Keyed hashing for anything a client controls, and comparison that tells nothing by its time.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice {

// 128 random bits that enter an instance once (see wasm/abi). Tests pass a fixed key.
struct HashKey {
  uint64_t k0 = 0;
  uint64_t k1 = 0;
  static HashKey FromBytes(const std::array<uint8_t, 16>& seed);
};

// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; the reduced-round
// variant that Rust's and Python's tables use). An attacker without the key can't steer collisions.
uint64_t SipHash13(HashKey key, std::string_view bytes);
// Of the prefix's 8 bytes, little-endian, and then `bytes`.
uint64_t SipHash13(HashKey key, uint64_t prefix, std::string_view bytes);

// FNV-1a, 32 bits, over bytes; only for formats that prescribe it (GrowthBook), never for tables.
constexpr uint32_t kFnv32OffsetBasis = 0x811C9DC5u;
constexpr uint32_t Fnv32Step(uint32_t hash, uint32_t value) { return (hash ^ value) * 0x01000193u; }

// True if equal. Time depends on the lengths only.
bool ConstantTimeEquals(std::string_view a, std::string_view b);

}  // namespace sluice
