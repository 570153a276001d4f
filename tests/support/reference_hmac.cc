#include "reference_hmac.h"

#include <cmath>

namespace sluice::reference {
namespace {

using Word = uint32_t;

Word Rotr(Word x, int n) { return x >> n | x << (32 - n); }

// The first 32 bits of the fractional part.
Word Fraction(double root) { return static_cast<Word>((root - std::floor(root)) * 4294967296.0); }

// FIPS 180-4, 4.2.2 and 5.3.3: of the cube and square roots of the first primes.
struct Constants {
  Word k[64];
  Word h[8];
  Constants() {
    int count = 0;
    for (int n = 2; count < 64; ++n) {
      bool prime = true;
      for (int d = 2; d < n; ++d) prime = prime && n % d != 0;
      if (!prime) continue;
      k[count] = Fraction(std::cbrt(static_cast<double>(n)));
      if (count < 8) h[count] = Fraction(std::sqrt(static_cast<double>(n)));
      ++count;
    }
  }
};

}  // namespace

std::string Sha256(std::string_view message) {
  static const Constants constants;
  std::string padded(message);
  padded += '\x80';
  while (padded.size() % 64 != 56) padded += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) {
    padded += static_cast<char>(uint64_t{message.size()} * 8 >> shift);
  }

  std::array<Word, 8> hash;
  for (size_t i = 0; i < 8; ++i) hash[i] = constants.h[i];
  for (size_t block = 0; block < padded.size(); block += 64) {
    Word w[64];
    for (size_t t = 0; t < 16; ++t) {
      w[t] = 0;
      for (size_t i = 0; i < 4; ++i) {
        w[t] = w[t] << 8 | static_cast<unsigned char>(padded[block + 4 * t + i]);
      }
    }
    for (size_t t = 16; t < 64; ++t) {
      const Word s0 = Rotr(w[t - 15], 7) ^ Rotr(w[t - 15], 18) ^ w[t - 15] >> 3;
      const Word s1 = Rotr(w[t - 2], 17) ^ Rotr(w[t - 2], 19) ^ w[t - 2] >> 10;
      w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
    auto [a, b, c, d, e, f, g, h] = hash;
    for (size_t t = 0; t < 64; ++t) {
      const Word big1 = Rotr(e, 6) ^ Rotr(e, 11) ^ Rotr(e, 25);
      const Word t1 = h + big1 + ((e & f) ^ (~e & g)) + constants.k[t] + w[t];
      const Word big0 = Rotr(a, 2) ^ Rotr(a, 13) ^ Rotr(a, 22);
      const Word t2 = big0 + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + t1, d = c, c = b, b = a, a = t1 + t2;
    }
    const std::array<Word, 8> add = {a, b, c, d, e, f, g, h};
    for (size_t i = 0; i < 8; ++i) hash[i] += add[i];
  }
  std::string out;
  for (const Word word : hash) {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(word >> shift);
  }
  return out;
}

std::string HmacSha256(std::string_view key, std::string_view text) {
  std::string block(key.size() > 64 ? Sha256(key) : std::string(key));
  block.resize(64, '\0');
  std::string inner = block;
  std::string outer = block;
  for (size_t i = 0; i < 64; ++i) {
    inner[i] = static_cast<char>(inner[i] ^ 0x36);
    outer[i] = static_cast<char>(outer[i] ^ 0x5c);
  }
  return Sha256(outer + Sha256(inner + std::string(text)));
}

std::string HexOf(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    out += "0123456789abcdef"[static_cast<unsigned char>(c) >> 4];
    out += "0123456789abcdef"[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

}  // namespace sluice::reference
