#include "sluice/json/code_points.h"

#include <string>

#include "gtest/gtest.h"

namespace sluice::json {
namespace {

size_t Length(std::string_view json) {
  Document document;
  EXPECT_TRUE(document.Parse(json).ok()) << json;
  return CodePointLength(document.root());
}

TEST(CodePointLength, CountsWhatPeopleCount) {
  EXPECT_EQ(Length(R"("")"), 0u);
  EXPECT_EQ(Length(R"("plain")"), 5u);
  EXPECT_EQ(Length(R"("é€😀")"), 3u);
  EXPECT_EQ(Length(R"("\n\"\\\/")"), 4u);
  EXPECT_EQ(Length(R"("a\u00e9b\u20ACc")"), 5u);
  EXPECT_EQ(Length(R"("\ud83d\ude00")"), 1u);
  EXPECT_EQ(Length(R"("é\ud83d\ude00é\ud83d\udca9x")"), 5u);
  EXPECT_EQ(Length("\"" + std::string(1000, 'x') + "\\u0000" + std::string(500, 'y') + "\""),
            1501u);
}

TEST(CodePointLength, HalvesOfPairsAreOneEach) {
  EXPECT_EQ(Length(R"("\ud83d")"), 1u);
  EXPECT_EQ(Length(R"("\ude00\ud83d")"), 2u);
  EXPECT_EQ(Length(R"("\ud83d\ud83d\ude00")"), 2u);
  EXPECT_EQ(Length(R"("\ud83dx\ude00")"), 3u);
}

}  // namespace
}  // namespace sluice::json
