#include "sluice/base/signed_text.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice {
namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherKey = "another key, as long as the first";
constexpr std::string_view kCookie = "__Host-sluice-visitor";
constexpr std::string_view kId = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

TextSigner SignerOf(std::string_view current, std::string_view previous = {}) {
  TextSigner signer;
  signer.SetKey(SigningKey::kCurrent, AsBytes(current));
  if (!previous.empty()) signer.SetKey(SigningKey::kPrevious, AsBytes(previous));
  return signer;
}

std::string Signed(const TextSigner& signer, std::string_view text = kId) {
  OutputBuffer out(8192);
  signer.Sign(kVisitorPurpose, kCookie, text, out);
  return std::string(out.text());
}

std::optional<std::string> TextOf(const TextSigner& signer, std::string_view value) {
  const std::optional<SignedText> verified = signer.Verify(kVisitorPurpose, kCookie, value);
  if (!verified.has_value()) return std::nullopt;
  return std::string(verified->text);
}

// The same by Python's hmac and base64.
TEST(SignedText, KnownValue) {
  EXPECT_EQ(Signed(SignerOf(kKey)), std::string(kId) + ".mJm4QHrPWg9Luh99pn0bkw");
}

TEST(SignedText, TextsComeBack) {
  const TextSigner signer = SignerOf(kKey);
  for (const std::string_view text : {"", ".", "a.b", "x", "a text. With dots."}) {
    EXPECT_EQ(TextOf(signer, Signed(signer, text)), text);
  }
  EXPECT_EQ(Signed(signer, "").size(), TextSigner::kOverhead);
}

TEST(SignedText, NoByteCanBeAnother) {
  const TextSigner signer = SignerOf(kKey);
  const std::string value = Signed(signer);
  for (size_t i = 0; i < value.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string other = value;
      other[i] = static_cast<char>(other[i] ^ (1 << bit));
      EXPECT_EQ(TextOf(signer, other), std::nullopt) << other;
    }
  }
}

TEST(SignedText, NothingCanBeMissingOrMore) {
  const TextSigner signer = SignerOf(kKey);
  const std::string value = Signed(signer);
  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_EQ(TextOf(signer, value.substr(0, size)), std::nullopt);
    EXPECT_EQ(TextOf(signer, value.substr(value.size() - size)), std::nullopt);
  }
  for (const char* more : {"=", "==", "A", " ", "."}) {
    EXPECT_EQ(TextOf(signer, value + more), std::nullopt);
    EXPECT_EQ(TextOf(signer, more + value), std::nullopt);
  }
}

TEST(SignedText, PurposeAndNameCount) {
  const TextSigner signer = SignerOf(kKey);
  const std::string value = Signed(signer);
  EXPECT_FALSE(signer.Verify(kStickyPurpose, kCookie, value).has_value());
  EXPECT_FALSE(signer.Verify(kVisitorPurpose, "sluice-visitor", value).has_value());
  EXPECT_FALSE(signer.Verify(kVisitorPurpose, "", value).has_value());
  // What moves over a border is something else.
  OutputBuffer out(1024);
  signer.Sign("a", "bc", "d", out);
  EXPECT_TRUE(signer.Verify("a", "bc", out.text()).has_value());
  EXPECT_FALSE(signer.Verify("ab", "c", out.text()).has_value());
  EXPECT_FALSE(signer.Verify("", "abc", out.text()).has_value());
}

TEST(SignedText, LongValuesAreNotLookedAt) {
  const TextSigner signer = SignerOf(kKey);
  const std::string fits(TextSigner::kMaxValueBytes - TextSigner::kOverhead, 'x');
  EXPECT_EQ(TextOf(signer, Signed(signer, fits)), fits);
  EXPECT_EQ(TextOf(signer, Signed(signer, fits + "x")), std::nullopt);
}

TEST(SignedText, KeysChangeHands) {
  const std::string old = Signed(SignerOf(kOtherKey));
  const TextSigner rotated = SignerOf(kKey, kOtherKey);
  EXPECT_EQ(rotated.Verify(kVisitorPurpose, kCookie, old)->key, SigningKey::kPrevious);
  EXPECT_EQ(rotated.Verify(kVisitorPurpose, kCookie, Signed(rotated))->key, SigningKey::kCurrent);
  EXPECT_EQ(Signed(rotated), Signed(SignerOf(kKey)));
  EXPECT_EQ(TextOf(SignerOf(kKey), old), std::nullopt);
}

TEST(SignedText, WithoutKeysNothingIsSigned) {
  const TextSigner none;
  EXPECT_EQ(none.current(), nullptr);
  EXPECT_EQ(TextOf(none, Signed(SignerOf(kKey))), std::nullopt);
  TextSigner previous;
  previous.SetKey(SigningKey::kPrevious, AsBytes(kKey));
  EXPECT_EQ(previous.current(), nullptr);
  EXPECT_EQ(previous.Verify(kVisitorPurpose, kCookie, Signed(SignerOf(kKey)))->key,
            SigningKey::kPrevious);
}

}  // namespace
}  // namespace sluice
