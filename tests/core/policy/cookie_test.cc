#include "sluice/policy/cookie.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/bytes.h"

namespace sluice::policy {
namespace {

std::string Find(std::string_view header, std::string_view name = "id") {
  return std::string(FindCookie(header, name).value_or("(none)"));
}

TEST(Cookie, IsFoundAmongOthers) {
  EXPECT_EQ(Find("id=1"), "1");
  EXPECT_EQ(Find("a=0; id=1; b=2"), "1");
  EXPECT_EQ(Find("a=0;id=1"), "1");
  EXPECT_EQ(Find("a=0;\t id = 1 ;b=2"), "1");
  EXPECT_EQ(Find("id="), "");
  EXPECT_EQ(Find("id=a=b"), "a=b");
  EXPECT_EQ(Find("__Host-id=1", "__Host-id"), "1");
}

TEST(Cookie, FirstOneWins) { EXPECT_EQ(Find("id=1; id=2"), "1"); }

TEST(Cookie, NamesAreWholeAndCaseSensitive) {
  EXPECT_EQ(Find("ID=1"), "(none)");
  EXPECT_EQ(Find("xid=1; idx=2"), "(none)");
  EXPECT_EQ(Find("x=id=1"), "(none)");
}

TEST(Cookie, QuotesAreNotPartOfAValue) {
  EXPECT_EQ(Find("id=\"1\""), "1");
  EXPECT_EQ(Find("id=\"\""), "");
  EXPECT_EQ(Find("id=\""), "\"");
  EXPECT_EQ(Find("id=\"1"), "\"1");
}

TEST(Cookie, WhatIsNoPairIsPassedOver) {
  EXPECT_EQ(Find(""), "(none)");
  EXPECT_EQ(Find(";"), "(none)");
  EXPECT_EQ(Find(";;; ; =; =x; id"), "(none)");
  EXPECT_EQ(Find("id; id=1"), "1");
  EXPECT_EQ(Find("=;id=1;"), "1");
}

TEST(VisitorId, IsEightToSixtyFourCharactersOfBase64Url) {
  EXPECT_TRUE(IsVisitorId("AAAAAAAAAAAAAAAAAAAAAA"));
  EXPECT_TRUE(IsVisitorId("az09AZ-_az09AZ-_az09AZ"));
  EXPECT_TRUE(IsVisitorId("3f2b1c9e-8d7a-4e6f-9b0c-1a2d3e4f5a6b")) << "a UUID";
  EXPECT_TRUE(IsVisitorId("12345678"));
  EXPECT_TRUE(IsVisitorId(std::string(64, 'x')));
  EXPECT_FALSE(IsVisitorId(""));
  EXPECT_FALSE(IsVisitorId("1234567"));
  EXPECT_FALSE(IsVisitorId(std::string(65, 'x')));
  EXPECT_FALSE(IsVisitorId("AAAAAAAAAAAAAAAAAAAAA="));
  EXPECT_FALSE(IsVisitorId("AAAAAAAAAA/AAAAAAAAAAA"));
  EXPECT_FALSE(IsVisitorId("AAAAAAAAAA AAAAAAAAAAA"));
}

TEST(VisitorId, IsTheBase64UrlOfItsBytes) {
  const auto mint = [](std::string_view bytes) {
    const VisitorId id = MintVisitorId(AsBytes(bytes));
    return std::string(id.data(), id.size());
  };
  EXPECT_EQ(mint(std::string(16, '\0')), "AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(mint(std::string(16, '\xff')), "_____________________w");
  // Python: base64.urlsafe_b64encode(bytes(range(16)))
  std::string counting;
  for (char c = 0; c < 16; ++c) counting.push_back(c);
  EXPECT_EQ(mint(counting), "AAECAwQFBgcICQoLDA0ODw");
  EXPECT_TRUE(IsVisitorId(mint(counting)));
}

}  // namespace
}  // namespace sluice::policy
