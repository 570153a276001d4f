// RFC 7396.
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "run.h"

namespace sluice::transform {
namespace {

std::string Merge(std::string_view target, std::string_view patch) {
  return Step(absl::StrCat(R"({"merge":)", patch, "}"), target);
}

TEST(Merge, AppendixA) {
  struct Case {
    std::string_view target;
    std::string_view patch;
    std::string_view result;
  };
  for (const Case& c : {
           Case{R"({"a":"b"})", R"({"a":"c"})", R"({"a":"c"})"},
           Case{R"({"a":"b"})", R"({"b":"c"})", R"({"a":"b","b":"c"})"},
           Case{R"({"a":"b"})", R"({"a":null})", R"({})"},
           Case{R"({"a":"b","b":"c"})", R"({"a":null})", R"({"b":"c"})"},
           Case{R"({"a":["b"]})", R"({"a":"c"})", R"({"a":"c"})"},
           Case{R"({"a":"c"})", R"({"a":["b"]})", R"({"a":["b"]})"},
           Case{R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})", R"({"a":{"b":"d"}})"},
           Case{R"({"a":[{"b":"c"}]})", R"({"a":[1]})", R"({"a":[1]})"},
           Case{R"(["a","b"])", R"(["c","d"])", R"(["c","d"])"},
           Case{R"({"a":"b"})", R"(["c"])", R"(["c"])"},
           Case{R"({"a":"foo"})", "null", "null"},
           Case{R"({"a":"foo"})", R"("bar")", R"("bar")"},
           Case{R"({"e":null})", R"({"a":1})", R"({"e":null,"a":1})"},
           Case{R"([1,2])", R"({"a":"b","c":null})", R"({"a":"b"})"},
           Case{R"({})", R"({"a":{"bb":{"ccc":null}}})", R"({"a":{"bb":{}}})"},
       }) {
    EXPECT_EQ(Merge(c.target, c.patch), c.result) << c.target << c.patch;
  }
}

TEST(Merge, KeepsWhatItDoesNotTouch) {
  EXPECT_EQ(
      Merge(R"({ "n" : 1.50, "e":{"x":1e400 , "y": []}, "z" : "\u00e9" })", R"({"e":{"y":{}}})"),
      R"({"n" : 1.50, "e":{"x":1e400 , "y": {}}, "z" : "\u00e9"})");
  EXPECT_EQ(Merge(R"({"a":{"b":1}})", R"({"a":{}})"), R"({"a":{"b":1}})");
  EXPECT_EQ(Merge(" [1] ", "{}"), "{}");
}

TEST(Merge, Duplicates) {
  // The last one counts, in its place, and no other stays: in the target and in the patch.
  EXPECT_EQ(Merge(R"({"a":1,"b":2,"\u0061":3})", R"({"a":4})"), R"({"b":2,"\u0061":4})");
  EXPECT_EQ(Merge(R"({"a":1,"a":2,"b":3})", R"({"a":null})"), R"({"b":3})");
  EXPECT_EQ(Merge(R"({"a":{"x":1},"a":{"y":2}})", R"({"a":{"z":3}})"), R"({"a":{"y":2,"z":3}})");
  EXPECT_EQ(Merge("{}", R"({"a":1,"b":2,"a":3})"), R"({"b":2,"a":3})");
  EXPECT_EQ(Merge("{}", R"({"x":{"a":1,"a":null,"b":2}})"), R"({"x":{"b":2}})");
  EXPECT_EQ(Merge(R"({"a":1})", R"({"\u0061":null})"), "{}");
}

// More members than are compared one by one.
TEST(Merge, ManyMembers) {
  std::string target = "{";
  std::string patch = "{";
  std::string expected = "{";
  for (int i = 0; i < 300; ++i) {
    const std::string separator = i == 0 ? "" : ",";
    absl::StrAppend(&target, separator, "\"k", i, "\":", i);
    if (i % 3 == 0) absl::StrAppend(&patch, i == 0 ? "" : ",", "\"k", i, "\":null");
    if (i % 3 == 1) absl::StrAppend(&patch, ",\"\\u006b", i, "\":[", i, "]");
    if (i % 3 == 1) absl::StrAppend(&expected, i == 1 ? "" : ",", "\"k", i, "\":[", i, "]");
    if (i % 3 == 2) absl::StrAppend(&expected, ",\"k", i, "\":", i);
  }
  EXPECT_EQ(Merge(target + "}", patch + R"(,"new":1,"k1":"last"})"),
            // k1 is twice in the patch
            std::string(expected).replace(expected.find("[1]"), 3, "\"last\"") + R"(,"new":1})");
}

}  // namespace
}  // namespace sluice::transform
