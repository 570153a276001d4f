#include "sluice/transform/path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace sluice::transform {
namespace {

using ::testing::HasSubstr;
using Kind = Segment::Kind;

// A path as text: names in quotes, indexes, *, and tokens as both.
std::string Described(const Path& path) {
  std::string text;
  for (const Segment& segment : path.segments) {
    switch (segment.kind) {
      case Kind::kName:
        text += "'" + segment.name + "'";
        break;
      case Kind::kIndex:
        text += std::to_string(segment.index);
        break;
      case Kind::kWildcard:
        text += "*";
        break;
      case Kind::kToken:
        text += "'" + segment.name + "'|" + std::to_string(segment.index);
        break;
    }
    text += " ";
  }
  return text;
}

std::string Parsed(std::string_view text) {
  Path path;
  PathFault fault;
  EXPECT_TRUE(ParsePath(text, &path, &fault)) << text << ": " << fault.message;
  EXPECT_TRUE(path.simple) << text;
  return Described(path);
}

TEST(Path, JsonPath) {
  EXPECT_EQ(Parsed("$"), "");
  EXPECT_EQ(Parsed("$.a.b_1.é.*"), "'a' 'b_1' 'é' * ");
  EXPECT_EQ(Parsed("$['a b'][\"'\"]['\\'']['']"), "'a b' ''' ''' '' ");
  EXPECT_EQ(Parsed("$[0][17][*]"), "0 17 * ");
  EXPECT_EQ(Parsed("$ .a [ 'b' ]\n[\t0 ]"), "'a' 'b' 0 ");
  EXPECT_EQ(Parsed("$['\\u00e9\\ud83d\\ude00\\n\\/\\\\']"), "'é😀\n/\\' ");
  EXPECT_EQ(Parsed("$[9007199254740991]"), std::to_string(kNoSuchIndex) + " ");
}

TEST(Path, JsonPointer) {
  EXPECT_EQ(Parsed(""), "");
  EXPECT_EQ(Parsed("/"), "'' ");
  EXPECT_EQ(Parsed("/a/b c//é"), "'a' 'b c' '' 'é' ");
  EXPECT_EQ(Parsed("/a~1b/m~0n/~01"), "'a/b' 'm~n' '~1' ");
  EXPECT_EQ(Parsed("/0/10/4294967294"), "'0'|0 '10'|10 '4294967294'|4294967294 ");
  // No indexes: a leading zero, a sign, the end of an array, more than any array has.
  EXPECT_EQ(Parsed("/00/-1/-/1e0/4294967295/18446744073709551616"),
            "'00' '-1' '-' '1e0' '4294967295' '18446744073709551616' ");
  EXPECT_EQ(Parsed("/$/*"), "'$' '*' ");
}

TEST(Path, GeneralOnesHaveASimpleBeginning) {
  const struct {
    std::string_view text;
    std::string_view beginning;
    size_t offset;
    std::string_view what;
  } cases[] = {
      {"$..a", "", 2, "the descendant segment"},
      {"$.a..b", "'a' ", 4, "the descendant segment"},
      {"$.a[0].b[?@.c > 1].d", "'a' 0 'b' ", 9, "a filter"},
      {"$.*[-1]", "* ", 4, "a negative index"},
      {"$.a[1:2].b", "'a' ", 5, "a slice"},
      {"$.a[ :2]", "'a' ", 5, "a slice"},
      {"$.a['b','c']", "'a' ", 7, "a list"},
      {"$.a[*, 0]", "'a' ", 5, "a list"},
      {"$[0 , 1]", "", 4, "a list"},
  };
  for (const auto& c : cases) {
    Path path;
    PathFault fault;
    ASSERT_TRUE(ParsePath(c.text, &path, &fault)) << c.text;
    EXPECT_FALSE(path.simple) << c.text;
    EXPECT_FALSE(path.is_location()) << c.text;
    EXPECT_EQ(Described(path), c.beginning) << c.text;
    EXPECT_EQ(path.general_offset, c.offset) << c.text;
    EXPECT_THAT(std::string(path.general_what), HasSubstr(std::string(c.what))) << c.text;
  }
}

TEST(Path, Locations) {
  const auto is_location = [](std::string_view text) {
    Path path;
    PathFault fault;
    EXPECT_TRUE(ParsePath(text, &path, &fault)) << text;
    return path.is_location();
  };
  EXPECT_TRUE(is_location("$"));
  EXPECT_TRUE(is_location("$.a[0]['b']"));
  EXPECT_TRUE(is_location("/a/0/-"));
  EXPECT_TRUE(is_location("/*"));
  EXPECT_FALSE(is_location("$.*"));
  EXPECT_FALSE(is_location("$.a[*].b"));
  EXPECT_FALSE(is_location("$..a"));
}

TEST(Path, Faults) {
  const struct {
    std::string_view text;
    size_t offset;
    std::string_view message;
  } cases[] = {
      {"a.b", 0, "starts with $ (JSONPath) or / (JSON Pointer)"},
      {" $", 0, "starts with $"},
      {"$a", 1, "expected '.' or '['"},
      {"$.", 2, "expected a name or *"},
      {"$.a ", 4, "expected '.' or '['"},
      {"$[", 2, "expected a name in quotes"},
      {"$['a'", 5, "expected ']'"},
      {"$['a'x]", 5, "expected ']'"},
      {"$[01]", 2, "no leading zeros"},
      {"$['\\ud800']", 3, "surrogate"},
      {"$['\\x']", 3, "invalid escape"},
      {"/a~", 2, "after ~ comes 0"},
      {"/a~2b", 2, "after ~ comes 0"},
      {"/~0~/x", 3, "after ~ comes 0"},
  };
  for (const auto& c : cases) {
    Path path;
    PathFault fault;
    EXPECT_FALSE(ParsePath(c.text, &path, &fault)) << c.text;
    EXPECT_EQ(fault.offset, c.offset) << c.text;
    EXPECT_THAT(fault.message, HasSubstr(std::string(c.message))) << c.text;
  }
}

// Any beginning of a path is parsed or refused, within the text.
TEST(Path, CutAnywhere) {
  const std::string text = "$ .a['b\\u00e9\\ud83d\\ude00'][12].*[ * ]..c";
  for (size_t size = 0; size <= text.size(); ++size) {
    const std::string cut = text.substr(0, size);
    Path path;
    PathFault fault;
    if (!ParsePath(cut, &path, &fault)) EXPECT_LE(fault.offset, size) << cut;
  }
}

}  // namespace
}  // namespace sluice::transform
