#include "sluice/base/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace sluice {
namespace {

HashKey CountingKey() {
  std::array<uint8_t, 16> seed;
  for (uint8_t i = 0; i < 16; ++i) seed[i] = i;
  return HashKey::FromBytes(seed);
}

TEST(SipHash, KeyIsLittleEndian) {
  EXPECT_EQ(CountingKey().k0, 0x0706050403020100u);
  EXPECT_EQ(CountingKey().k1, 0x0F0E0D0C0B0A0908u);
}

// The vectors of Rust's standard library (SipHasher13): key 00 … 0f, inputs of 0, 1, … bytes 00,
// 01, ….
TEST(SipHash, KnownVectors) {
  constexpr uint64_t kExpected[] = {0xabac0158050fc4dc, 0xc9f49bf37d57ca93, 0x82cb9b024dc7d44d,
                                    0x8bf80ab8e7ddf7fb, 0xcf75576088d38328, 0xdef9d52f49533b67,
                                    0xc50d2b50c59f22a7, 0xd3927d989bb11140, 0x369095118d299a8e,
                                    0x25a48eb36c063de4, 0x79de85ee92ff097f, 0x70c118c1f94dc352};
  std::string input;
  for (const uint64_t expected : kExpected) {
    EXPECT_EQ(SipHash13(CountingKey(), input), expected) << input.size();
    input.push_back(static_cast<char>(input.size()));
  }
}

TEST(SipHash, APrefixIsEightBytesMore) {
  const std::string rest = "subject of any length";
  for (size_t size = 0; size <= rest.size(); ++size) {
    const std::string text = rest.substr(0, size);
    EXPECT_EQ(SipHash13({1, 2}, 0x6867666564636261, text), SipHash13({1, 2}, "abcdefgh" + text));
  }
}

TEST(SipHash, KeyMatters) {
  EXPECT_NE(SipHash13({1, 2}, "subject"), SipHash13({1, 3}, "subject"));
  EXPECT_NE(SipHash13({1, 2}, "subject"), SipHash13({2, 2}, "subject"));
}

TEST(SipHash, TrailingZerosMatter) {
  std::set<uint64_t> seen;
  for (size_t zeros = 0; zeros < 20; ++zeros) {
    seen.insert(SipHash13({1, 2}, std::string(zeros, '\0')));
  }
  EXPECT_EQ(seen.size(), 20u);
}

TEST(Fnv, KnownValue) {
  uint32_t hash = kFnv32OffsetBasis;
  for (const char c : std::string_view("foobar")) {
    hash = Fnv32Step(hash, static_cast<uint8_t>(c));
  }
  EXPECT_EQ(hash, 0xBF9CF968u);  // from the FNV authors' test suite
}

TEST(ConstantTimeEquals, IsEquality) {
  EXPECT_TRUE(ConstantTimeEquals("", ""));
  EXPECT_TRUE(ConstantTimeEquals("secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secreT"));
  EXPECT_FALSE(ConstantTimeEquals("Secret", "secret"));
  EXPECT_FALSE(ConstantTimeEquals("secret", "secret1"));
  EXPECT_FALSE(ConstantTimeEquals("", "a"));
  EXPECT_FALSE(ConstantTimeEquals("\x80", std::string_view("\0", 1)));
}

}  // namespace
}  // namespace sluice
