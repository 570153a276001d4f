#include "sluice/base/sha256.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace sluice {
namespace {

std::string Hex(const Sha256::Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const uint8_t byte : digest) {
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

std::string HashOf(std::string_view text) {
  Sha256 hash;
  hash.Update(text);
  return Hex(hash.Finish());
}

// NIST, "Examples with Intermediate Values" and the SHAVS byte vectors.
TEST(Sha256, Vectors) {
  EXPECT_EQ(HashOf(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(HashOf("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(HashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(HashOf("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
                   "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"),
            "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
  EXPECT_EQ(HashOf("\xd3"), "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1");
  EXPECT_EQ(HashOf(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesOfAnySize) {
  std::string text;
  for (int i = 0; i < 300; ++i) text.push_back(static_cast<char>(i * 7));
  const std::string whole = HashOf(text);
  for (size_t piece = 1; piece <= 200; ++piece) {
    Sha256 hash;
    for (size_t at = 0; at < text.size(); at += piece) {
      hash.Update(std::string_view(text).substr(at, piece));
    }
    EXPECT_EQ(Hex(hash.Finish()), whole) << piece;
  }
}

// Every length around the padding's borders, against digests of digests so that one value covers
// them all (the same loop in Python's hashlib).
TEST(Sha256, AllLengths) {
  Sha256 all;
  for (size_t length = 0; length < 200; ++length) all.Update(HashOf(std::string(length, 'x')));
  EXPECT_EQ(Hex(all.Finish()), "f61ffcc417e1f0e59eba2da7fa32fbe05b64e478b68c6bacf990455f00248b98");
}

std::string HmacOf(std::string_view key, std::string_view text) {
  HmacSha256 hash(AsBytes(key));
  hash.Update(text);
  return Hex(hash.Finish());
}

// RFC 4231, section 4.
TEST(HmacSha256, Rfc4231) {
  EXPECT_EQ(HmacOf(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(HmacOf("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(HmacOf(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
  std::string counting;
  for (char c = 1; c <= 25; ++c) counting.push_back(c);
  EXPECT_EQ(HmacOf(counting, std::string(50, '\xcd')),
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
  // Case 5 gives the first 16 bytes.
  EXPECT_EQ(HmacOf(std::string(20, '\x0c'), "Test With Truncation").substr(0, 32),
            "a3b6167473100ee06e0c796c2955552b");
  EXPECT_EQ(
      HmacOf(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_EQ(HmacOf(std::string(131, '\xaa'),
                   "This is a test using a larger than block-size key and a larger than block-size "
                   "data. The key needs to be hashed before being used by the HMAC algorithm."),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

TEST(HmacSha256, CopiesOfAKeyedOneAreIndependent) {
  const HmacSha256 keyed(AsBytes("Jefe"));
  for (int i = 0; i < 2; ++i) {
    HmacSha256 hash = keyed;
    hash.Update("what do ya want ");
    hash.Update("for nothing?");
    EXPECT_EQ(Hex(hash.Finish()),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  }
}

TEST(HmacSha256, PartsAreOneMessage) {
  const HmacSha256 keyed(AsBytes("Jefe"));
  const std::string mac = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
  EXPECT_EQ(Hex(keyed.Sign({"what do ya want for nothing?"})), mac);
  EXPECT_EQ(Hex(keyed.Sign({"what do ya ", "", "want", " for nothing?"})), mac);
  EXPECT_NE(Hex(keyed.Sign({})), mac);
}

TEST(HmacSha256, VerifiesAPrefixOfHalfTheBytesOrMore) {
  const HmacSha256 keyed(AsBytes("Jefe"));
  const Sha256::Digest mac = keyed.Sign({"text"});
  for (size_t size = 0; size <= mac.size(); ++size) {
    EXPECT_EQ(keyed.Verify({"te", "xt"}, ByteSpan(mac).first(size)), size >= 16) << size;
  }
  for (size_t i = 0; i < mac.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Sha256::Digest other = mac;
      other[i] = static_cast<uint8_t>(other[i] ^ (1 << bit));
      EXPECT_FALSE(keyed.Verify({"text"}, other));
    }
  }
  EXPECT_FALSE(keyed.Verify({"texts"}, mac));
  EXPECT_FALSE(HmacSha256(AsBytes("jefe")).Verify({"text"}, mac));
  const std::string longer = std::string(AsText(mac)) + "x";
  EXPECT_FALSE(keyed.Verify({"text"}, AsBytes(longer)));
}

TEST(HmacSha256, KeysAroundABlock) {
  // A key of a block is taken as it is, one byte more is hashed.
  EXPECT_EQ(HmacOf(std::string(64, 'k'), "m"),
            "3b7a8d453e76edb519238a515105a57508d0f169f480ebeee120a9e7803289fa");
  EXPECT_EQ(HmacOf(std::string(65, 'k'), "m"),
            "c2d7d4c2256ddb097409ec0c67e1d58fa1a007fc6932cac0d892a525d08af7cc");
}

}  // namespace
}  // namespace sluice
