// Faults in steps, where they are and what is said of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "run.h"

namespace sluice::transform {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CompileSteps, Faults) {
  struct Case {
    std::string_view steps;
    std::string_view code;
    std::string_view pointer;
    std::string_view message;
  };
  const Case cases[] = {
      {R"([{"when":"$.a"}])", "invalid_step", "/0", "found none"},
      {R"([{"set":{"$.a":1},"wrap":"b"}])", "invalid_step", "/0", "found 2 steps"},
      {R"([{"merg":{}}])", "unknown_key", "/0/merg", "did you mean \"merge\"?"},
      {R"([{"set":{}}])", "missing_path", "/0/set", "at least one path"},
      {R"([{"set":{"a":1}}])", "invalid_path", "/0/set/a", "starts with $"},
      {R"([{"set":{"$..a[":1}}])", "invalid_path", "/0/set/$..a[", "byte 5"},
      {R"([{"default":{"$..a":1}}])", "unsupported", "/0/default/$..a", "descendant"},
      {R"([{"move":{"from":"$.a"}}])", "missing_key", "/0/move", "\"to\" is missing"},
      {R"([{"move":{"from":"$.a[*]","to":"$.b"}}])", "unsupported", "/0/move/from", "one value"},
      {R"([{"move":{"from":"$.a","to":"/a/b"}}])", "invalid_path", "/0/move/to", "into itself"},
      {R"([{"copy":[{"from":"/a","to":"/b"},{"from":1,"to":"/b"}]}])", "wrong_type",
       "/0/copy/1/from", "expected a string"},
      {R"([{"wrap":1}])", "wrong_type", "/0/wrap", "expected a string"},
      {R"([{"unwrap":"$.*"}])", "unsupported", "/0/unwrap", "one value"},
      {R"([{"rename":{"$.a[0]":"b"}}])", "unsupported", "/0/rename/$.a[0]", "only a member"},
      {R"([{"rename":{"$.a":1}}])", "wrong_type", "/0/rename/$.a", "expected a string"},
      {R"([{"redact":{"paths":["$.a"],"keepLast":65}}])", "out_of_range", "/0/redact/keepLast",
       "from 1 to 64"},
      {R"([{"redact":{"paths":["$.a"],"keepLast":4,"hash":{"secret":"S"}}}])", "conflict",
       "/0/redact/hash", "doesn't go with"},
      {R"([{"redact":{"paths":["$.a"],"hash":{}}}])", "missing_key", "/0/redact/hash", "secret"},
      {R"([{"query":"a["}])", "invalid_query", "/0/query", "byte"},
      {R"([{"query":{"jsonpath":"a"}}])", "invalid_query", "/0/query/jsonpath", "byte 0"},
      {R"([{"query":{}}])", "invalid_query", "/0/query", "either"},
      {R"([{"map":{"path":"$[*]"}}])", "missing_key", "/0/map", "\"steps\""},
      {R"([{"map":{"path":"$[*]","steps":[{"compose":{"a":{}}}]}}])", "unsupported",
       "/0/map/steps/0/compose", "within \"map\""},
      {R"([{"map":{"path":"$[*]","steps":[{"nope":1}]}}])", "unknown_key", "/0/map/steps/0/nope",
       ""},
      {R"([{"compose":{"a":{"missing":"fial"}}}])", "unknown_value", "/0/compose/a/missing",
       "did you mean \"fail\"?"},
      {R"([{"wrap":"a","when":"@.a >"}])", "invalid_condition", "/0/when", "byte 5"},
      {R"([{"wrap":"a","when":"@.a @.b"}])", "invalid_condition", "/0/when", "byte 4"},
      {R"([{"wrap":"a","when":"/a~"}])", "invalid_path", "/0/when", "~"},
      {R"([{"patch":{}}])", "wrong_type", "/0/patch", "expected an array"},
      {R"([{"patch":[{"op":"ad","path":"/a","value":1}]}])", "unknown_value", "/0/patch/0/op",
       "did you mean \"add\"?"},
      {R"([{"patch":[{"op":"add","path":"/a"}]}])", "missing_key", "/0/patch/0", "\"value\""},
      {R"([{"patch":[{"op":"add","path":"$.a","value":1}]}])", "invalid_path", "/0/patch/0/path",
       "JSON Pointer"},
      {R"([{"patch":[{"op":"move","from":"/a","path":"/a/b"}]}])", "invalid_path",
       "/0/patch/0/path", "into itself"},
      {R"([{"patch":[{"op":"test","path":"","value":1,"value":2}]}])", "duplicate_key",
       "/0/patch/0/value", "more than once"},
  };
  for (const Case& c : cases) {
    const Issue issue = IssueOf(c.steps);
    EXPECT_EQ(issue.code, c.code) << c.steps;
    EXPECT_EQ(issue.pointer, c.pointer) << c.steps;
    EXPECT_THAT(issue.message, HasSubstr(std::string(c.message))) << c.steps;
  }
}

TEST(CompileSteps, Bounds) {
  const auto nested = [](uint32_t depth) {
    std::string steps = "[]";
    for (uint32_t i = 0; i < depth; ++i) {
      steps = absl::StrCat(R"([{"map":{"path":"$[*]","steps":)", steps, "}}]");
    }
    return steps;
  };
  EXPECT_TRUE(Compiled(nested(kMaxMapDepth)));
  EXPECT_EQ(IssueOf(nested(kMaxMapDepth + 1)).code, "budget_exceeded");
  // The steps of maps count too.
  std::string many = R"({"wrap":"a"})";
  for (uint32_t i = 2; i < kMaxSteps; ++i) many += R"(,{"wrap":"a"})";
  EXPECT_TRUE(Compiled(absl::StrCat("[", many, R"(,{"wrap":"b"}])")));
  EXPECT_EQ(IssueOf(absl::StrCat(R"([{"map":{"path":"$","steps":[)", many, R"(,{"wrap":"b"}]}}])"))
                .pointer,
            "/0/map/steps");
  std::string inputs;
  for (uint32_t i = 0; i <= kMaxInputs; ++i)
    absl::StrAppend(&inputs, i == 0 ? "" : ",", "\"i", i, "\":{}");
  EXPECT_EQ(IssueOf(absl::StrCat(R"([{"compose":{)", inputs, "}}]")).code, "budget_exceeded");
}

TEST(CompileSteps, NamesInputsAndSecretsOnce) {
  const std::optional<Program> program = Compiled(
      R"([{"compose":{"b":{},"a":{}}},{"compose":{"b":{"to":"/c"}}},
          {"redact":{"paths":["$.x"],"hash":{"secret":"S"}}},
          {"redact":{"paths":["$..y"],"hash":{"secret":"T"}}},
          {"redact":{"paths":["$.z"],"hash":{"secret":"S"}}}])");
  ASSERT_TRUE(program);
  EXPECT_THAT(program->inputs(), ElementsAre("b", "a"));
  EXPECT_THAT(program->secrets(), ElementsAre("S", "T"));
  EXPECT_GT(program->size(), 500u);
}

}  // namespace
}  // namespace sluice::transform
