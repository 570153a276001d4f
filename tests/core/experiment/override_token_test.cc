#include "sluice/experiment/override_token.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"

namespace sluice::experiment {
namespace {

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr double kEndMs = 1'767'225'600'000;

using Forced = std::vector<std::pair<std::string, uint32_t>>;

TextSigner Signer() {
  TextSigner signer;
  signer.SetKey(SigningKey::kCurrent, AsBytes(kKey));
  return signer;
}

std::string TokenOf(std::string_view text) {
  OutputBuffer encoded(8192);
  AppendBase64Url(AsBytes(text), encoded);
  OutputBuffer token(8192);
  Signer().Sign(kOverridePurpose, "", encoded.text(), token);
  return std::string(token.text());
}

// What is forced; nothing if the token isn't valid.
std::optional<Forced> Verified(std::string_view token, double now_ms = kEndMs - 1) {
  OverrideToken override;
  if (!override.Verify(Signer(), token, now_ms)) {
    EXPECT_TRUE(override.forced().empty());
    return std::nullopt;
  }
  Forced forced;
  for (const auto& [experiment, variation] : override.forced()) {
    forced.emplace_back(experiment, variation);
  }
  return forced;
}

// tests/core-js/override.test.mjs makes the same with signOverride.
TEST(OverrideToken, KnownTokens) {
  EXPECT_EQ(Verified("cHAtMjAyNj0xJmNhZiVDMyVBOSUyMCUyNiUyMGNvPTA7MTc2NzIyNTYwMA"
                     ".4-RhR8RCA6b2GoqVzrbawQ"),
            (Forced{{"pp-2026", 1}, {"caf\xc3\xa9 & co", 0}}));
  EXPECT_EQ(Verified("OzE3NjcyMjU2MDA.wLK3dJl0_N_mN1vfqU6kYQ"), Forced());
}

TEST(OverrideToken, ItsEnd) {
  const std::string token = TokenOf("a=1;1767225600");
  EXPECT_TRUE(Verified(token, kEndMs - 1).has_value());
  for (const double now : {kEndMs, kEndMs + 1, 1e300, std::numeric_limits<double>::infinity(),
                           std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_FALSE(Verified(token, now).has_value()) << now;
  }
  OverrideToken override;
  ASSERT_TRUE(override.Verify(Signer(), token, 0));
  EXPECT_EQ(override.end_ms(), kEndMs);
}

TEST(OverrideToken, Keys) {
  EXPECT_EQ(Verified(TokenOf("%3D%26%3B%25=255;1767225600")), (Forced{{"=&;%", 255}}));
  EXPECT_EQ(Verified(TokenOf("a=1&a=2&b=0;1767225600")), (Forced{{"a", 1}, {"a", 2}, {"b", 0}}));
}

TEST(OverrideToken, MalformedThoughSigned) {
  for (const std::string_view text : {"",
                                      "a=1",
                                      "a=1;",
                                      "a=1;x",
                                      "a=1;-1",
                                      "a=1;+1767225600",
                                      "a=1;1767225600;",
                                      "a=1;01767225600",
                                      "a=1;17672256000",
                                      "a=1;1767225600 ",
                                      "a;1767225600",
                                      "a=;1767225600",
                                      "=1;1767225600",
                                      "a=256;1767225600",
                                      "a=01;1767225600",
                                      "a=1.0;1767225600",
                                      "a=-1;1767225600",
                                      "a=99999999999999999999;1767225600",
                                      "a=1&;b=1;1767225600",
                                      "&a=1;1767225600",
                                      "a=1&&b=1;1767225600",
                                      "a%=1;1767225600",
                                      "a%4=1;1767225600",
                                      "a%4x=1;1767225600",
                                      "a%zz=1;1767225600",
                                      "a=1=1;1767225600"}) {
    EXPECT_EQ(Verified(TokenOf(text)), std::nullopt) << text;
  }
}

TEST(OverrideToken, HowManyExperiments) {
  std::string pairs = "e0=0";
  for (size_t i = 1; i < OverrideToken::kMaxExperiments; ++i)
    absl::StrAppend(&pairs, "&e", i, "=1");
  EXPECT_EQ(Verified(TokenOf(pairs + ";1767225600"))->size(), OverrideToken::kMaxExperiments);
  EXPECT_EQ(Verified(TokenOf(pairs + "&x=1;1767225600")), std::nullopt);
}

TEST(OverrideToken, HowLong) {
  const auto token_of_key = [](size_t size) {
    return TokenOf(std::string(size, 'k') + "=1;1767225600");
  };
  size_t size = 1;
  while (token_of_key(size + 1).size() <= OverrideToken::kMaxTokenBytes) ++size;
  EXPECT_EQ(Verified(token_of_key(size))->at(0).first, std::string(size, 'k'));
  EXPECT_EQ(Verified(token_of_key(size + 1)), std::nullopt);
}

TEST(OverrideToken, SignedForSomethingElse) {
  const std::string token = TokenOf("a=1;1767225600");
  const std::string text = token.substr(0, token.size() - TextSigner::kOverhead);
  for (const auto& [purpose, name] : std::vector<std::pair<std::string_view, std::string_view>>{
           {kVisitorPurpose, ""}, {kStickyPurpose, ""}, {kOverridePurpose, "cookie"}}) {
    OutputBuffer other(8192);
    Signer().Sign(purpose, name, text, other);
    EXPECT_EQ(Verified(other.text()), std::nullopt);
  }
  for (size_t i = 0; i < token.size(); ++i) {
    std::string other = token;
    other[i] = other[i] == 'A' ? 'B' : 'A';
    EXPECT_EQ(Verified(other), std::nullopt);
  }
  // Not what was there before stays, either.
  OverrideToken override;
  ASSERT_TRUE(override.Verify(Signer(), token, 0));
  EXPECT_FALSE(override.Verify(Signer(), "x", 0));
  EXPECT_TRUE(override.forced().empty());
}

// What is signed but not base64url, or not the canonical one.
TEST(OverrideToken, NotCanonical) {
  for (const std::string_view text : {"YT0xOzE3NjcyMjU2MDA=", "YT0xOzE3NjcyMjU2MDB", "!", "a"}) {
    OutputBuffer token(8192);
    Signer().Sign(kOverridePurpose, "", text, token);
    EXPECT_EQ(Verified(token.text()), std::nullopt) << text;
  }
  OutputBuffer token(8192);
  Signer().Sign(kOverridePurpose, "", "YT0xOzE3NjcyMjU2MDA", token);
  EXPECT_EQ(Verified(token.text()), (Forced{{"a", 1}}));
}

TEST(OverrideToken, ThePreviousKeyCounts) {
  TextSigner signer;
  signer.SetKey(SigningKey::kCurrent, AsBytes("another key"));
  OverrideToken override;
  EXPECT_FALSE(override.Verify(signer, TokenOf("a=1;1767225600"), 0));
  signer.SetKey(SigningKey::kPrevious, AsBytes(kKey));
  EXPECT_TRUE(override.Verify(signer, TokenOf("a=1;1767225600"), 0));
}

}  // namespace
}  // namespace sluice::experiment
