#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "run.h"

namespace sluice::transform {
namespace {

TEST(Set, CreatesWhatIsMissing) {
  EXPECT_EQ(Step(R"({"set":{"$.a.b":1}})", "{}"), R"({"a":{"b":1}})");
  EXPECT_EQ(Step(R"({"set":{"/a/0/b":1}})", "{}"), R"({"a":{"0":{"b":1}}})");
  EXPECT_EQ(Step(R"({"set":{"$.a[0]":1}})", "{}"), "{}");  // an index makes no array
  EXPECT_EQ(Step(R"({"set":{"$.a[1].b":1}})", R"({"a":[0]})"), R"({"a":[0,{"b":1}]})");
  EXPECT_EQ(Step(R"({"set":{"$.a[2]":1}})", R"({"a":[0]})"), R"({"a":[0]})");
  EXPECT_EQ(Step(R"({"set":{"/a/-":1,"/b/-":2}})", R"({"a":[0],"b":{}})"),
            R"({"a":[0,1],"b":{"-":2}})");
  EXPECT_EQ(Step(R"({"set":{"$.a.b":1}})", R"({"a":null})"), R"({"a":null})");
  EXPECT_EQ(Step(R"({"set":{"$":[1]}})", "{}"), "[1]");
}

TEST(Set, GoesThroughWildcards) {
  EXPECT_EQ(Step(R"({"set":{"$[*].a":1}})", R"([{},{"a":0},3,[]])"), R"([{"a":1},{"a":1},3,[]])");
  EXPECT_EQ(Step(R"({"set":{"$.x.*":1}})", "{}"), "{}");
  EXPECT_EQ(Step(R"({"set":{"$.*":1}})", R"({"a":0,"a":0})"), R"({"a":1,"a":1})");
}

TEST(Set, GeneralPathsReplaceWhatTheySelect) {
  EXPECT_EQ(Step(R"({"set":{"$..a":0,"$.b":{}}})", R"({"a":{"a":1},"x":[{"a":2}]})"),
            R"({"a":0,"x":[{"a":0}],"b":{}})");
  EXPECT_EQ(Step(R"({"set":{"$[?@.n>1].n":"many"}})", R"([{"n":1},{"n":2}])"),
            R"([{"n":1},{"n":"many"}])");
}

TEST(Set, LeavesOneMemberOfTheName) {
  EXPECT_EQ(Step(R"({"set":{"$.a":1}})", R"({"a":0,"b":0,"a":2})"), R"({"b":0,"a":1})");
}

TEST(Default, OnlyWhereNothingIs) {
  EXPECT_EQ(Step(R"({"default":{"$.a":1,"$.b":2,"$.c.d":3}})", R"({"a":null,"c":{}})"),
            R"({"a":null,"c":{"d":3},"b":2})");
  EXPECT_EQ(Step(R"({"default":{"$[*].a":1}})", R"([{"a":0},{}])"), R"([{"a":0},{"a":1}])");
  EXPECT_EQ(Step(R"({"default":{"$":1}})", "null"), "null");
}

TEST(Move, Members) {
  EXPECT_EQ(Step(R"({"move":{"from":"$.a","to":"$.c.d"}})", R"({"a":[1, 2],"b":3})"),
            R"({"b":3,"c":{"d":[1, 2]}})");
  EXPECT_EQ(Step(R"({"move":{"from":"$.x","to":"$.y"}})", R"({"a":1})"), R"({"a":1})");
  // Loses nothing where it can't write.
  EXPECT_EQ(Step(R"({"move":{"from":"$.a","to":"$.b.c"}})", R"({"a":1,"b":2})"),
            R"({"a":1,"b":2})");
  EXPECT_EQ(Step(R"({"move":{"from":"$.l[0]","to":"$.b.c"}})", R"({"l":[1,2],"b":2})"),
            R"({"l":[1,2],"b":2})");
  EXPECT_EQ(Step(R"({"move":[{"from":"$.a","to":"$.t"},{"from":"$.b","to":"$.a"},
                            {"from":"$.t","to":"$.b"}]})",
                 R"({"a":1,"b":2})"),
            R"({"a":2,"b":1})");
  EXPECT_EQ(Step(R"({"move":{"from":"$.a.b","to":"$.a"}})", R"({"a":{"b":1,"c":2}})"),
            R"({"a":1})");
  EXPECT_EQ(Step(R"({"move":{"from":"/0","to":"/0"}})", "[1,2,3]"), "[1,3]");
}

TEST(Copy, SharesNothing) {
  EXPECT_EQ(Transformed(R"([{"copy":{"from":"$.a","to":"$.b"}},{"set":{"$.b.x":2}},
                           {"copy":{"from":"$.b","to":"$.c"}},{"set":{"$.b.y":3,"$.c.z":4}}])",
                        R"({"a":{"x":1}})"),
            R"({"a":{"x":1},"b":{"x":2,"y":3},"c":{"x":2,"z":4}})");
  EXPECT_EQ(Step(R"({"copy":{"from":"$","to":"$.a"}})", R"({"b":1})"), R"({"b":1,"a":{"b":1}})");
}

TEST(Wrap, AndUnwrap) {
  EXPECT_EQ(Step(R"({"wrap":"da\"ta"})", " [1, 2] "), R"({"da\"ta":[1, 2]})");
  EXPECT_EQ(Step(R"({"unwrap":"$.data"})", R"({"data":[1, 2]})"), "[1, 2]");
  EXPECT_EQ(Step(R"({"unwrap":"$.none"})", R"({"data":1})"), R"({"data":1})");
  EXPECT_EQ(Transformed(R"([{"wrap":"a"},{"wrap":"b"},{"unwrap":"/b"}])", "1"), R"({"a":1})");
  EXPECT_EQ(Transformed(R"([{"unwrap":"$.a"},{"pick":["$.b"]},{"unwrap":"$.b"}])",
                        R"({"a":{"b":[{"x":1e400}],"c":2}})"),
            R"([{"x":1e400}])");
}

TEST(Query, BothLanguages) {
  const std::string_view text = R"({"a":[{"id":1.0,"n":"x"},{"id":2}]})";
  EXPECT_EQ(Step(R"({"query":"a[].id"})", text), "[1.0,2]");
  EXPECT_EQ(Step(R"({"query":{"jmespath":"a[0].n"}})", text), R"("x")");
  EXPECT_EQ(Step(R"({"query":{"jsonpath":"$.a[?@.n]"}})", text), R"([{"id":1.0,"n":"x"}])");
  EXPECT_EQ(Step(R"({"query":{"jsonpath":"$.b"}})", text), "[]");
  EXPECT_EQ(Step(R"x({"query":"abs(a)"})x", text), "transform_failed /0");
}

TEST(Map, RunsStepsOnEach) {
  EXPECT_EQ(Step(R"({"map":{"path":"$.l[*]","steps":[{"set":{"$.n":1}},{"drop":["$.x"]}]}})",
                 R"({ "l" : [ {"x":0}, 2 , {"y":[1, 2]} ] })"),
            R"({ "l" : [ {"n":1}, 2 , {"y":[1, 2],"n":1} ] })");
  EXPECT_EQ(
      Step(R"({"map":{"path":"$..a","steps":[{"wrap":"w"}]}})", R"({"a":{"a":1},"b":[{"a":2}]})"),
      R"({"a":{"w":{"a":1}},"b":[{"a":{"w":2}}]})");
  EXPECT_EQ(Step(R"({"map":{"path":"$","steps":[]}})", " [1 ] "), "[1 ]");
  EXPECT_EQ(
      Step(R"x({"map":{"path":"/l/1","steps":[{"query":"length(@)"}]}})x", R"({"l":[[],"é"]})"),
      R"({"l":[[],1]})");
  EXPECT_EQ(Step(R"({"map":{"path":"$[*]","steps":[{"map":{"path":"$[*]",
                    "steps":[{"set":{"$":0},"when":"@ > 1"}]}}]}})",
                 "[[1,2],[3],4]"),
            "[[1,0],[0],4]");
}

TEST(When, Decides) {
  const std::string_view steps = R"([{"set":{"$.x":1},"when":"$.a"},{"set":{"$.y":1},"when":"/a/0"},
      {"pick":["$.a"],"when":"@.a == 'no'"},{"wrap":"w","when":"length($.a) == 1 && !@.b"}])";
  EXPECT_EQ(Transformed(steps, R"({"a":[2]})"), R"({"w":{"a":[2],"x":1,"y":1}})");
  EXPECT_EQ(Transformed(steps, R"({"b":1})"), R"({"b":1})");
  EXPECT_EQ(Transformed(steps, R"({"a":"no","b":2})"), R"({"a":"no"})");
  EXPECT_EQ(Step(R"({"wrap":"w","when":""})", "1"), R"({"w":1})");
  // The last step doesn't run: what the one before made is the result.
  EXPECT_EQ(Transformed(R"([{"drop":["$.a"]},{"wrap":"w","when":"$.a"}])", R"({"a":1,"b":2})"),
            R"({"b":2})");
}

TEST(Compose, WritesInputs) {
  const Inputs inputs = {R"({"n":"Zoë"})", std::nullopt};
  EXPECT_EQ(Step(R"({"compose":{"user":{},"more":{"missing":"null"}}})", R"({"id":1})", inputs),
            R"({"id":1,"user":{"n":"Zoë"},"more":null})");
  EXPECT_EQ(Step(R"({"compose":{"user":{"to":"/a/u"},"more":{"missing":"omit"}}})", "{}", inputs),
            R"({"a":{"u":{"n":"Zoë"}}})");
  EXPECT_EQ(Step(R"({"compose":{"user":{"to":"$","merge":true}}})", R"({"id":1,"n":0})", inputs),
            R"({"id":1,"n":"Zoë"})");
  EXPECT_EQ(Step(R"({"compose":{"user":{"merge":true}}})", R"({"user":{"id":1}})", inputs),
            R"({"user":{"id":1,"n":"Zoë"}})");
  EXPECT_EQ(Step(R"({"compose":{"user":{},"more":{}}})", "{}", inputs),
            "transform_failed /0/compose/more");
  EXPECT_EQ(Step(R"({"compose":{"us/er":{}}})", "{}"), "transform_failed /0/compose/us~1er");
  EXPECT_EQ(Step(R"({"compose":{"user":{"to":"/a/b"}}})", R"({"a":1})", inputs),
            "transform_failed /0/compose/user");
  EXPECT_EQ(Step(R"({"compose":{"user":{}}})", "{}", {"{]"}), "invalid_json /0/compose/user");
  EXPECT_EQ(Transformed(R"([{"compose":{"user":{}}},{"compose":{"user":{"to":"/again"}}}])", "{}",
                        inputs),
            R"({"user":{"n":"Zoë"},"again":{"n":"Zoë"}})");
  // An input alone is a document like any.
  EXPECT_EQ(
      Transformed(R"([{"compose":{"user":{}}},{"unwrap":"/user"},{"pick":["$.n"]}])", "{}", inputs),
      R"({"n":"Zoë"})");
}

TEST(Secrets, AreNeeded) {
  std::optional<Program> program = Compiled(
      R"([{"redact":{"paths":["$.a"],"hash":{"secret":"PEPPER"}}},{"redact":{"paths":["$..b"],
          "hash":{"secret":"PEPPER"}}}])");
  ASSERT_TRUE(program);
  EXPECT_EQ(program->secrets(), std::vector<std::string>{"PEPPER"});
  Scratch scratch;
  OutputBuffer out(1000);
  const std::string_view text = R"({"a":"x","c":{"b":"x"}})";
  EXPECT_EQ(Told(Apply(*program, text, {}, TransformBudget(), scratch, out)), "missing_secret");
  program->SetSecret(0, AsBytes("key"));
  program->SetSecret(7, AsBytes("ignored"));
  ASSERT_TRUE(Apply(*program, text, {}, TransformBudget(), scratch, out).ok());
  // printf x | openssl dgst -sha256 -hmac key
  EXPECT_EQ(
      out.text(),
      R"({"a":"4fc3b7eaf34d7e594a6f51d9517ba543","c":{"b":"4fc3b7eaf34d7e594a6f51d9517ba543"}})");
}

TEST(Steps, KeepTheTextOfWhatTheyDoNotTouch) {
  const std::string_view text =
      "{\n  \"a\": 1.0,\n  \"b\": [ 1 , {\"c\":1e400} ],\n  \"d\": \"\\u00e9\"\n}";
  EXPECT_EQ(Step(R"({"set":{"$.a":2}})", text),
            "{\"a\": 2,\n  \"b\": [ 1 , {\"c\":1e400} ],\n  \"d\": \"\\u00e9\"}");
  EXPECT_EQ(Step(R"({"default":{"$.a":2}})", text), text);
}

}  // namespace
}  // namespace sluice::transform
