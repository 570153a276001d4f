#include "sluice/experiment/js_value.h"

#include <cmath>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/experiment/lower_case.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

std::string Text(std::string_view json) {
  json::Document document;
  EXPECT_TRUE(document.Parse(json).ok()) << json;
  std::string decoded;
  std::string text;
  return std::string(ToText(LoadValue(document.root(), &decoded), &text));
}

std::string Version(std::string_view json) {
  json::Document document;
  EXPECT_TRUE(document.Parse(json).ok()) << json;
  std::string decoded;
  std::string padded;
  AppendPaddedVersion(LoadValue(document.root(), &decoded), &padded);
  return padded;
}

TEST(JsValue, TextIsStringOf) {
  EXPECT_EQ(Text("[]"), "");
  EXPECT_EQ(Text("[[]]"), "");
  EXPECT_EQ(Text("[[],[[]],1]"), ",,1");
  EXPECT_EQ(Text("[null,null]"), ",");
  EXPECT_EQ(Text(R"([{"a":[1,2]},true])"), "[object Object],true");
  EXPECT_EQ(Text("-0"), "0");
  EXPECT_EQ(Text("1e400"), "Infinity");
  EXPECT_EQ(Text("-1e400"), "-Infinity");
  EXPECT_EQ(Text("0.10"), "0.1");
  EXPECT_EQ(Text(R"("\u00e9")"), "é");
}

TEST(JsValue, NumbersAreReadAsByNumberOf) {
  const struct {
    std::string_view text;
    double number;
  } cases[] = {{"", 0},
               {" \n\u00A0\uFEFF", 0},
               {"007", 7},
               {"5.", 5},
               {".5", .5},
               {"+1e3", 1000},
               {"-.5e-1", -.05},
               {"0x1F", 31},
               {"0b101", 5},
               {"0O17", 15},
               {"-Infinity", -INFINITY},
               {"\u30001\u2028", 1},
               {"1e999", INFINITY},
               {"000.250", .25}};
  for (const auto& c : cases) EXPECT_EQ(TextToNumber(c.text), c.number) << c.text;
  for (const std::string_view text : {".", "e1", "1e", "-0x1", "0x", "0b2", "1 2", "infinity",
                                      "1_000", "--1", "0xg", "+", "5e+", "NaN", "1n", "\xC2\x85"}) {
    EXPECT_TRUE(std::isnan(TextToNumber(text))) << text;
  }
}

TEST(JsValue, VersionsArePadded) {
  EXPECT_EQ(Version("\"v1.2.3\""), "    1-    2-    3-~");
  EXPECT_EQ(Version("\"1.2.3-rc.10+build.5\""), "    1-    2-    3-rc-   10");
  EXPECT_EQ(Version("\"\""), "    0");
  EXPECT_EQ(Version("null"), "    0");
  EXPECT_EQ(Version("1.5"), "    1-    5");
  EXPECT_EQ(Version("\"123456.1.\""), "123456-    1--~");
  EXPECT_EQ(Version("\"v\""), "");
  EXPECT_EQ(Version("\"1+a\\nb+c\""), "1+a\nb");
}

TEST(JsValue, TextIsOrderedByUtf16) {
  EXPECT_EQ(CompareText("a", "b"), Order::kLess);
  EXPECT_EQ(CompareText("a", "a"), Order::kEqual);
  EXPECT_EQ(CompareText("ab", "a"), Order::kGreater);
  EXPECT_EQ(CompareText("", "a"), Order::kLess);
  EXPECT_EQ(CompareText("😀", "\uFF01"), Order::kLess);
  EXPECT_EQ(CompareText("\uE000", "😀"), Order::kGreater);
  EXPECT_EQ(CompareText("\uD7FF", "😀"), Order::kLess);
  EXPECT_EQ(CompareText("😀", "😁"), Order::kLess);
}

TEST(LowerCase, FollowsUnicode) {
  const auto lower = [](std::string_view text) {
    std::string out;
    AppendLowerCase(text, &out);
    return out;
  };
  EXPECT_EQ(lower("AZ az 09"), "az az 09");
  EXPECT_EQ(lower("ÄŸŽǅΩЯԱꙀ𐐀"), "äÿžǆωяաꙁ𐐨");
  EXPECT_EQ(lower("İ"), "i̇");
  EXPECT_EQ(lower("ΣΑΣ ΑΣ.Α Σ"), "σας ασ.α σ");
  EXPECT_EQ(lower("ẞß"), "ßß");
  EXPECT_EQ(lower("中文😀"), "中文😀");
}

}  // namespace
}  // namespace sluice::experiment
