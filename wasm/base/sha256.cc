#include "sluice/base/sha256.h"

#include <algorithm>
#include <cstring>

#include "sluice/base/hash.h"

namespace sluice {
namespace {

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
constexpr uint32_t kRoundConstants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

uint32_t RotateRight(uint32_t word, uint32_t bits) { return word >> bits | word << (32 - bits); }

uint32_t LoadBigEndian(const uint8_t* bytes) {
  return static_cast<uint32_t>(bytes[0]) << 24 | static_cast<uint32_t>(bytes[1]) << 16 |
         static_cast<uint32_t>(bytes[2]) << 8 | static_cast<uint32_t>(bytes[3]);
}

void StoreBigEndian(uint32_t word, uint8_t* bytes) {
  for (uint32_t i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(word >> (24 - 8 * i));
}

// FIPS 180-4, sections 4.1.2 and 6.2.2; the message schedule is kept in a ring of 16 words.
uint32_t Schedule(uint32_t* ring, uint32_t round) {
  const uint32_t w15 = ring[(round + 1) % 16];
  const uint32_t w2 = ring[(round + 14) % 16];
  const uint32_t s0 = RotateRight(w15, 7) ^ RotateRight(w15, 18) ^ (w15 >> 3);
  const uint32_t s1 = RotateRight(w2, 17) ^ RotateRight(w2, 19) ^ (w2 >> 10);
  return ring[round % 16] += s0 + ring[(round + 9) % 16] + s1;
}

}  // namespace

void Sha256::Compress(const uint8_t* block) {
  uint32_t ring[16];
  for (uint32_t i = 0; i < 16; ++i) ring[i] = LoadBigEndian(block + 4 * size_t{i});
  auto [a, b, c, d, e, f, g, h] = state_;
  for (uint32_t round = 0; round < 64; ++round) {
    const uint32_t word = round < 16 ? ring[round] : Schedule(ring, round);
    const uint32_t s1 = RotateRight(e, 6) ^ RotateRight(e, 11) ^ RotateRight(e, 25);
    const uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + kRoundConstants[round] + word;
    const uint32_t s0 = RotateRight(a, 2) ^ RotateRight(a, 13) ^ RotateRight(a, 22);
    const uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const uint32_t add[8] = {a, b, c, d, e, f, g, h};
  for (size_t i = 0; i < 8; ++i) state_[i] += add[i];
}

void Sha256::Update(std::string_view bytes) {
  // Without bytes there may be no address, either, which memcpy doesn't take.
  if (bytes.empty()) return;
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  const size_t filled = size_ % kBlockBytes;
  size_ += left;
  if (filled != 0) {
    const size_t taken = std::min(left, kBlockBytes - filled);
    std::memcpy(pending_.data() + filled, data, taken);
    if (filled + taken < kBlockBytes) return;
    Compress(pending_.data());
    data += taken;
    left -= taken;
  }
  for (; left >= kBlockBytes; data += kBlockBytes, left -= kBlockBytes) Compress(data);
  if (left != 0) std::memcpy(pending_.data(), data, left);
}

Sha256::Digest Sha256::Finish() {
  constexpr size_t kLengthAt = kBlockBytes - 8;
  const uint64_t bits = size_ * 8;
  size_t filled = size_ % kBlockBytes;
  pending_[filled++] = 0x80;
  if (filled > kLengthAt) {
    std::memset(pending_.data() + filled, 0, kBlockBytes - filled);
    Compress(pending_.data());
    filled = 0;
  }
  std::memset(pending_.data() + filled, 0, kLengthAt - filled);
  StoreBigEndian(static_cast<uint32_t>(bits >> 32), pending_.data() + kLengthAt);
  StoreBigEndian(static_cast<uint32_t>(bits), pending_.data() + kLengthAt + 4);
  Compress(pending_.data());
  Digest digest;
  for (size_t i = 0; i < 8; ++i) StoreBigEndian(state_[i], digest.data() + 4 * i);
  return digest;
}

HmacSha256::HmacSha256(ByteSpan key) {
  std::array<uint8_t, Sha256::kBlockBytes> block = {};
  if (key.size() > block.size()) {
    Sha256 hash;
    hash.Update(AsText(key));
    const Sha256::Digest digest = hash.Finish();
    std::copy(digest.begin(), digest.end(), block.begin());
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  const auto start = [&block](uint8_t pad, Sha256& hash) {
    std::array<char, Sha256::kBlockBytes> padded;
    for (size_t i = 0; i < block.size(); ++i) padded[i] = static_cast<char>(block[i] ^ pad);
    hash.Update({padded.data(), padded.size()});
  };
  start(0x36, inner_);
  start(0x5c, outer_);
}

Sha256::Digest HmacSha256::Finish() {
  const Sha256::Digest digest = inner_.Finish();
  outer_.Update({reinterpret_cast<const char*>(digest.data()), digest.size()});
  return outer_.Finish();
}

Sha256::Digest HmacSha256::Sign(std::initializer_list<std::string_view> parts) const {
  HmacSha256 hash = *this;
  for (const std::string_view part : parts) hash.Update(part);
  return hash.Finish();
}

bool HmacSha256::Verify(std::initializer_list<std::string_view> parts, ByteSpan mac) const {
  constexpr size_t kLeastBytes = 16;
  const Sha256::Digest digest = Sign(parts);
  if (mac.size() < kLeastBytes || mac.size() > digest.size()) return false;
  return ConstantTimeEquals(AsText(mac), AsText(ByteSpan(digest).first(mac.size())));
}

}  // namespace sluice
