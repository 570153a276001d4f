#include "sluice/base/utf8.h"

#include <gtest/gtest.h>

#include <vector>

namespace sluice {
namespace {

std::vector<uint32_t> Decode(std::string_view text) {
  std::vector<uint32_t> points;
  size_t position = 0;
  while (position < text.size()) points.push_back(NextCodePoint(text, &position));
  EXPECT_EQ(position, text.size());
  return points;
}

using Points = std::vector<uint32_t>;

TEST(Utf8, Valid) {
  EXPECT_EQ(Decode("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"), (Points{'a', 0xE9, 0x20AC, 0x1F600}));
  EXPECT_EQ(Decode("\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF"), (Points{0xD7FF, 0xE000, 0x10FFFF}));
  EXPECT_EQ(Decode(std::string_view("\0", 1)), (Points{0}));
}

// Unicode 15, tables 3-8 to 3-11.
TEST(Utf8, MaximalIllFormedParts) {
  EXPECT_EQ(Decode("\xC0\xAF\xE0\x80\xBF\xF0\x81\x82\x41"),
            (Points{0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A'}));
  EXPECT_EQ(Decode("\xED\xA0\x80\xED\xBF\xBF\xED\xAF\x41"),
            (Points{0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A'}));
  EXPECT_EQ(Decode("\xF4\x91\x92\x93\xFF\x41\x80\xBF\x42"),
            (Points{0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A', 0xFFFD, 0xFFFD, 'B'}));
  EXPECT_EQ(Decode("\xE1\x80\xE2\xF0\x91\x92\xF1\xBF\x41"),
            (Points{0xFFFD, 0xFFFD, 0xFFFD, 0xFFFD, 'A'}));
}

TEST(Utf8, EncodesEveryCodePoint) {
  for (uint32_t point = 0; point <= 0x10FFFF; ++point) {
    std::string text;
    AppendUtf8(point, &text);
    size_t position = 0;
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(NextCodePoint(text, &position), surrogate ? 0xFFFD : point);
    ASSERT_EQ(position, text.size());
    ASSERT_EQ(FindInvalidUtf8(text), text.size());
  }
  std::string text;
  AppendUtf8(0x110000, &text);
  EXPECT_EQ(text, "\xEF\xBF\xBD");
}

TEST(Utf8, FindsTheFirstInvalidByte) {
  EXPECT_EQ(FindInvalidUtf8(""), 0u);
  EXPECT_EQ(FindInvalidUtf8("abc"), 3u);
  EXPECT_EQ(FindInvalidUtf8("\xEF\xBF\xBD"), 3u);  // a genuine U+FFFD
  EXPECT_EQ(FindInvalidUtf8("ab\xFF"), 2u);
  EXPECT_EQ(FindInvalidUtf8("\xC3\xA9\xC3"), 2u);
  EXPECT_EQ(FindInvalidUtf8("\xE2\x82(\xAC"), 0u);
}

TEST(Utf8, Utf16Units) {
  std::vector<uint16_t> units;
  ForEachUtf16Unit("a\xE2\x82\xAC\xF0\x9F\x98\x80", [&](uint16_t unit) { units.push_back(unit); });
  EXPECT_EQ(units, (std::vector<uint16_t>{'a', 0x20AC, 0xD83D, 0xDE00}));
}

}  // namespace
}  // namespace sluice
