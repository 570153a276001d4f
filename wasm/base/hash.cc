#include "sluice/base/hash.h"

#include <bit>

#include "sluice/base/bytes.h"

namespace sluice {
namespace {

// `size` bytes, fewer than 8, little-endian.
uint64_t LoadShort(const uint8_t* bytes, size_t size) {
  if (size >= 4) {
    // Two words, which may overlap.
    const uint64_t high = LoadWord(bytes + size - 4);
    return LoadWord(bytes) | high << (8 * (size - 4));
  }
  if (size == 0) return 0;
  // The first, the middle and the last byte, which may be one.
  const size_t middle = size / 2;
  return bytes[0] | uint64_t{bytes[middle]} << (8 * middle) |
         uint64_t{bytes[size - 1]} << (8 * (size - 1));
}

struct SipState {
  explicit SipState(HashKey key)
      : v0(key.k0 ^ 0x736f6d6570736575u),
        v1(key.k1 ^ 0x646f72616e646f6du),
        v2(key.k0 ^ 0x6c7967656e657261u),
        v3(key.k1 ^ 0x7465646279746573u) {}

  uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Absorb(uint64_t word) {
    v3 ^= word;
    Round();
    v0 ^= word;
  }
  // Absorbs the last bytes, of a message that has `size` in all.
  uint64_t Finish(std::string_view bytes, size_t size) {
    const uint8_t* next = AsBytes(bytes).data();
    size_t left = bytes.size();
    for (; left >= 8; left -= 8, next += 8) Absorb(LoadLong(next));
    Absorb(uint64_t{size} << 56 | LoadShort(next, left));
    v2 ^= 0xff;
    for (int i = 0; i < 3; ++i) Round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

}  // namespace

HashKey HashKey::FromBytes(const std::array<uint8_t, 16>& seed) {
  return {LoadLong(seed.data()), LoadLong(seed.data() + 8)};
}

uint64_t SipHash13(HashKey key, std::string_view bytes) {
  SipState state(key);
  return state.Finish(bytes, bytes.size());
}

uint64_t SipHash13(HashKey key, uint64_t prefix, std::string_view bytes) {
  SipState state(key);
  state.Absorb(prefix);
  return state.Finish(bytes, bytes.size() + sizeof prefix);
}

bool ConstantTimeEquals(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  // Volatile keeps the compiler from leaving the loop at the first difference.
  volatile uint8_t difference = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    difference = static_cast<uint8_t>(difference | (a[i] ^ b[i]));
  }
  return difference == 0;
}

}  // namespace sluice
