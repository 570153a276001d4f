// JSON Patch (RFC 6902), beside its conformance suite, and JSON Pointers (RFC 6901).
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "run.h"

namespace sluice::transform {
namespace {

std::string Patch(std::string_view operations, std::string_view text) {
  return Step(absl::StrCat(R"({"patch":[)", operations, "]}"), text);
}

TEST(Pointer, Section5) {
  const std::string_view document =
      R"({"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8})";
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"", document},
      {"/foo", R"(["bar","baz"])"},
      {"/foo/0", R"("bar")"},
      {"/", "0"},
      {"/a~1b", "1"},
      {"/c%d", "2"},
      {"/e^f", "3"},
      {"/g|h", "4"},
      {R"(/i\\j)", "5"},
      {R"(/k\"l)", "6"},
      {"/ ", "7"},
      {"/m~0n", "8"},
  };
  for (const auto& [pointer, value] : cases) {
    EXPECT_EQ(Step(absl::StrCat(R"({"unwrap":")", pointer, R"("})"), document), value) << pointer;
    EXPECT_EQ(Patch(absl::StrCat(R"({"op":"test","path":")", pointer, R"(","value":)", value, "}"),
                    document),
              document);
  }
}

TEST(Patch, FailuresSayWhich) {
  EXPECT_EQ(
      Patch(R"({"op":"add","path":"/a","value":1},{"op":"test","path":"/a","value":2})", "{}"),
      "transform_failed /0/patch/1");
  EXPECT_EQ(Patch(R"({"op":"remove","path":""})", "{}"), "transform_failed /0/patch/0");
  EXPECT_EQ(Patch(R"({"op":"move","from":"/a","path":"/b/c"})", R"({"a":1})"),
            "transform_failed /0/patch/0");
  EXPECT_EQ(
      Transformed(R"([{"wrap":"x"},{"patch":[{"op":"replace","path":"/y","value":1}]}])", "1"),
      "transform_failed /1/patch/0");
  EXPECT_EQ(Transformed(R"([{"map":{"path":"$[*]","steps":[{"wrap":"x"},
                             {"patch":[{"op":"remove","path":"/y"}]}]}}])",
                        "[1]"),
            "transform_failed /0/map/steps/1/patch/0");
}

TEST(Patch, ComparesValues) {
  const auto same = [](std::string_view a, std::string_view b) {
    const std::string told = Patch(absl::StrCat(R"({"op":"test","path":"/a","value":)", b, "}"),
                                   absl::StrCat(R"({"a":)", a, "}"));
    return told != "transform_failed /0/patch/0";
  };
  EXPECT_TRUE(same("1.0", "10e-1"));
  EXPECT_FALSE(same("9007199254740993", "9007199254740992"));
  EXPECT_TRUE(same(R"("\u00e9")", R"("é")"));
  EXPECT_TRUE(same(R"({"x":1,"y":[{}]})", R"({"y":[{}],"x":1})"));
  EXPECT_FALSE(same("[1,2]", "[2,1]"));
  EXPECT_FALSE(same("[]", "{}"));
  // What operations before have made.
  EXPECT_EQ(Patch(R"({"op":"add","path":"/a/-","value":{"x":[]}},
                     {"op":"add","path":"/a/1/x/0","value":"y"},
                     {"op":"test","path":"","value":{"a":[1,{"x":["y"]}]}})",
                  R"({"a":[1]})"),
            R"({"a":[1,{"x":["y"]}]})");
}

TEST(Patch, CopiesAreIndependent) {
  EXPECT_EQ(Patch(R"({"op":"add","path":"/a/x","value":1},
                     {"op":"copy","from":"/a","path":"/b"},
                     {"op":"add","path":"/a/y","value":2},
                     {"op":"add","path":"/b/z","value":3},
                     {"op":"copy","from":"","path":"/c"},
                     {"op":"remove","path":"/c/a"},
                     {"op":"replace","path":"/c/b/z","value":4})",
                  R"({"a":{"k":[1, 2]}})"),
            R"({"a":{"k":[1, 2],"x":1,"y":2},"b":{"k":[1, 2],"x":1,"z":3},)"
            R"("c":{"b":{"k":[1, 2],"x":1,"z":4}}})");
}

TEST(Patch, MovesWithinAnArray) {
  EXPECT_EQ(Patch(R"({"op":"move","from":"/0","path":"/2"})", "[1,2,3]"), "[2,3,1]");
  EXPECT_EQ(Patch(R"({"op":"move","from":"/2","path":"/0"})", "[1,2,3]"), "[3,1,2]");
  EXPECT_EQ(Patch(R"({"op":"move","from":"/0","path":"/-"})", "[1,2,3]"), "[2,3,1]");
  EXPECT_EQ(Patch(R"({"op":"move","from":"/0","path":"/3"})", "[1,2,3]"),
            "transform_failed /0/patch/0");
  EXPECT_EQ(Patch(R"({"op":"move","from":"","path":""})", "[1]"), "[1]");
}

TEST(Patch, Duplicates) {
  EXPECT_EQ(Patch(R"({"op":"remove","path":"/a"})", R"({"a":1,"b":2,"a":3})"), R"({"b":2})");
  EXPECT_EQ(Patch(R"({"op":"replace","path":"/a","value":4})", R"({"a":1,"b":2,"a":3})"),
            R"({"b":2,"a":4})");
  EXPECT_EQ(Patch(R"({"op":"move","from":"/a","path":"/c"})", R"({"a":1,"b":2,"a":3})"),
            R"({"b":2,"c":3})");
}

}  // namespace
}  // namespace sluice::transform
