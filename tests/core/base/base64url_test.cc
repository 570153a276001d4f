#include "sluice/base/base64url.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice {
namespace {

std::string Encoded(std::string_view bytes) {
  std::string text(Base64UrlSize(bytes.size()), '?');
  EncodeBase64Url(AsBytes(bytes), text.data());
  return text;
}

std::optional<std::string> Decoded(std::string_view text) {
  std::array<uint8_t, 256> bytes;
  const std::optional<size_t> size = DecodeBase64Url(text, absl::MakeSpan(bytes));
  if (!size.has_value()) return std::nullopt;
  return std::string(AsText(ByteSpan(bytes).first(*size)));
}

// RFC 4648, section 10, without padding.
TEST(Base64Url, Rfc4648) {
  constexpr std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
      {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(Encoded(bytes), text);
    EXPECT_EQ(Decoded(text), bytes);
  }
  EXPECT_EQ(Encoded("\xfb\xff\xbf"), "-_-_");
}

TEST(Base64Url, EveryLengthAndByte) {
  std::string bytes;
  for (int i = 0; i < 180; ++i) {
    const std::string text = Encoded(bytes);
    EXPECT_TRUE(IsBase64UrlText(text));
    EXPECT_EQ(Decoded(text), bytes);
    OutputBuffer out(1024);
    AppendBase64Url(AsBytes(bytes), out);
    EXPECT_EQ(out.text(), text);
    bytes.push_back(static_cast<char>(i * 37 + 200));
  }
}

TEST(Base64Url, OnlyTheCanonicalFormIsRead) {
  for (const std::string_view text : {"Zg==", "Zg=", "Zm8=", "Z", "Zm9vY", "Zh", "Zn", "Zm9",
                                      "Zm/v", "Zm+v", "Zm9v ", " Zm9v", "Zm\n9", "Zm9\xc3\xa9"}) {
    EXPECT_EQ(Decoded(text), std::nullopt) << text;
  }
  // Of the texts that differ in the bits behind the last byte, one is read.
  int read = 0;
  for (const char c : std::string_view("QRSTUVWXYZabcdef")) {
    if (Decoded(std::string{'A', c}).has_value()) ++read;
  }
  EXPECT_EQ(read, 1);
}

TEST(Base64Url, TooSmallASpan) {
  std::array<uint8_t, 3> bytes;
  EXPECT_EQ(DecodeBase64Url("Zm9v", absl::MakeSpan(bytes)), 3u);
  EXPECT_EQ(DecodeBase64Url("Zm9v", absl::MakeSpan(bytes).first(2)), std::nullopt);
  EXPECT_EQ(DecodeBase64Url("Zm9vYg", absl::MakeSpan(bytes)), std::nullopt);
}

TEST(Base64Url, Alphabet) {
  EXPECT_TRUE(IsBase64UrlText(""));
  EXPECT_TRUE(IsBase64UrlText("azAZ09-_"));
  for (const std::string_view text : {"a b", "a.b", "a+b", "a/b", "a=", "\xff"}) {
    EXPECT_FALSE(IsBase64UrlText(text)) << text;
  }
}

}  // namespace
}  // namespace sluice
