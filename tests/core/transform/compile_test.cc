#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "run.h"
#include "sluice/base/status.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

using ::testing::HasSubstr;

struct Case {
  std::string_view steps;
  std::string_view code;
  std::string_view pointer;
  size_t offset;
  std::string_view message;
};

TEST(Compile, Steps) {
  const Case cases[] = {
      {R"({"pick":["$.a"]})", "wrong_type", "", 0, "expected an array, found an object"},
      {R"([1])", "wrong_type", "/0", 1, "expected an object, found a number"},
      {R"([{}])", "invalid_step", "/0", 1, "found none"},
      {R"([{"pick":["$.a"],"drop":["$.b"]}])", "invalid_step", "/0", 1, "found 2 steps"},
      {R"([{"pik":["$.a"]}])", "unknown_key", "/0/pik", 2, "(did you mean \"pick\"?)"},
      {R"([{"pick":"$.a"}])", "wrong_type", "/0/pick", 9, "expected an array, found a string"},
      {R"([{"pick":[]}])", "missing_path", "/0/pick", 9, "expected at least one path"},
      {R"([{"drop":["$.a",3]}])", "wrong_type", "/0/drop/1", 16, "expected a string"},
      {R"([{"redact":{"with":"x"}}])", "missing_key", "/0/redact", 11, "\"paths\" is missing"},
      {R"([{"redact":{"paths":["$"],"wiht":"x"}}])", "unknown_key", "/0/redact/wiht", 26, "with"},
      {R"([{"redact":{"paths":["$"],"with":1}}])", "wrong_type", "/0/redact/with", 33, "a string"},
      {R"([{"drop":["$.a"]},{"drop":["$"]}])", "unsupported", "/1/drop/0", 27, "can't be dropped"},
  };
  for (const Case& c : cases) {
    const Issue issue = IssueOf(c.steps);
    EXPECT_EQ(issue.code, c.code) << c.steps;
    EXPECT_EQ(issue.pointer, c.pointer) << c.steps;
    EXPECT_EQ(issue.byte_offset, c.offset) << c.steps;
    EXPECT_THAT(issue.message, HasSubstr(std::string(c.message))) << c.steps;
  }
}

struct PathCase {
  std::string_view path;  // as in JSON
  std::string_view code;
  size_t at;  // in the path
  std::string_view message;
};

TEST(Compile, PathsThatAreRefused) {
  const PathCase cases[] = {
      {"/a~2", "invalid_path", 2, "after ~ comes 0"},
      {"/a~", "invalid_path", 2, "after ~ comes 0"},
      {"a.b", "invalid_path", 0, "a path starts with $"},
      {"@.a", "invalid_path", 0, "a path starts with $"},
      {"$a", "invalid_path", 1, "expected '.' or '['"},
      {"$.", "invalid_path", 2, "expected a name or *"},
      {"$.2a", "invalid_path", 2, "other names are written ['name']"},
      {"$.a-b", "invalid_path", 3, "is written ['name']"},
      {"$.a ", "invalid_path", 4, "expected '.' or '['"},
      {"$ .a. b", "invalid_path", 5, "expected a name or *"},
      {"$[", "invalid_path", 2, "expected a name in quotes, an index or *"},
      {"$[]", "invalid_path", 2, "expected a name in quotes, an index or *"},
      {"$[a]", "invalid_path", 2, "expected a name in quotes, an index or *"},
      {"$[0", "invalid_path", 3, "expected ']'"},
      {"$[01]", "invalid_path", 2, "no leading zeros"},
      {"$[9007199254740992]", "invalid_path", 17, "at most 2^53 - 1"},
      {"$['a", "invalid_path", 4, "expected the closing quote"},
      {"$['a'", "invalid_path", 5, "expected ']'"},
      {"$['\\\\x']", "invalid_path", 3, "invalid escape"},
      {"$['\\\\\\\"']", "invalid_path", 3, "invalid escape"},  // the other quote needs none
      {"$['\\\\u12']", "invalid_path", 3, "4 hex digits"},
      {"$['\\\\ud800']", "invalid_path", 3, "surrogate"},
      {"$['\\\\ude00\\\\ud800']", "invalid_path", 3, "surrogate"},
      {"$['\\u0001']", "invalid_path", 3, "control character"},
  };
  for (const PathCase& c : cases) {
    const Issue issue = IssueOf("[{\"pick\":[\"" + std::string(c.path) + "\"]}]");
    EXPECT_EQ(issue.code, c.code) << c.path;
    EXPECT_EQ(issue.pointer, "/0/pick/0") << c.path;
    EXPECT_EQ(issue.byte_offset, 10u) << c.path;
    EXPECT_THAT(issue.message, HasSubstr(" at " + std::to_string(c.at) + ": ")) << c.path;
    EXPECT_THAT(issue.message, HasSubstr(std::string(c.message))) << c.path;
  }
}

TEST(Compile, PathsThatAreTaken) {
  for (const std::string_view path : {"$",
                                      "$.a",
                                      "$._",
                                      "$.a1",
                                      "$.é",
                                      "$.☺",
                                      "$.*",
                                      "$[*]",
                                      "$[0]",
                                      "$[9007199254740991]",
                                      "$['']",
                                      "$['a b']",
                                      "$[\\\"a\\\"]",
                                      "$['\\\\'']",
                                      "$[\\\"'\\\"]",
                                      "$['\\\\n\\\\\\\\\\\\/']",
                                      "$ .a",
                                      "$[ 'a' ]",
                                      "$\\n[\\t0 ] .b",
                                      "$['\\\\ud83d\\\\ude00']",
                                      "$.a[0]['b'].*[*]"}) {
    json::Document document;
    const std::string steps = "[{\"pick\":[\"" + std::string(path) + "\"]}]";
    ASSERT_TRUE(document.Parse(steps).ok()) << steps;
    json::CompileContext context;
    const absl::StatusOr<Program> program = Compile(document.root(), context);
    EXPECT_TRUE(program.ok()) << path;
    for (const Issue& issue : context.issues().list()) ADD_FAILURE() << path << issue.message;
  }
}

TEST(Compile, FindsAllFaults) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"([{"pick":["$[","x"]},7,{"nope":1},{"drop":["$"]}])").ok());
  json::CompileContext context;
  EXPECT_FALSE(Compile(document.root(), context).ok());
  std::string pointers;
  for (const Issue& issue : context.issues().list()) pointers += issue.pointer + " ";
  EXPECT_EQ(pointers, "/0/pick/0 /0/pick/1 /1 /2/nope /3/drop/0 ");
}

TEST(Compile, OnlyItsOwnFaultsFailIt) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"([{"pick":["$.a"]}])").ok());
  json::CompileContext context;
  context.AddIssue(document.root(), "earlier", "another part of the policy");
  EXPECT_TRUE(Compile(document.root(), context).ok());
}

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

TEST(Compile, Budgets) {
  const std::string path = "$" + Repeat(".a", kMaxSegmentsPerPath);
  json::Document document;
  json::CompileContext context;
  const std::string longest = "[{\"pick\":[\"" + path + "\"]}]";
  ASSERT_TRUE(document.Parse(longest).ok());
  EXPECT_TRUE(Compile(document.root(), context).ok());
  EXPECT_EQ(IssueOf("[{\"pick\":[\"" + path + ".a\"]}]").code, "budget_exceeded");

  EXPECT_EQ(IssueOf("[{\"pick\":[\"$." + std::string(kMaxNameBytes + 1, 'a') + "\"]}]").code,
            "budget_exceeded");
  const std::string many_paths = Repeat("\"$.a\",", kMaxPathsPerStep);
  EXPECT_EQ(IssueOf("[{\"pick\":[" + many_paths + "\"$.b\"]}]").pointer, "/0/pick");
  const std::string many_steps = Repeat("{\"pick\":[\"$\"]},", kMaxSteps);
  EXPECT_EQ(IssueOf("[" + many_steps + "{\"pick\":[\"$\"]}]").pointer, "");
}

TEST(Compile, StateExplosionIsRefused) {
  // "Some member on the way is called a" for each of 20 places: 2^20 sets.
  std::string paths;
  for (int place = 0; place < 20; ++place) {
    paths += (place == 0 ? "\"$" : ",\"$") + Repeat(".*", static_cast<size_t>(place)) + ".a" +
             Repeat(".*", static_cast<size_t>(40 - place)) + ".z\"";
  }
  const Issue issue = IssueOf("[{\"pick\":[" + paths + "]}]");
  EXPECT_EQ(issue.code, "budget_exceeded");
  EXPECT_EQ(issue.pointer, "/0/pick");
  EXPECT_THAT(issue.message, HasSubstr("10000 states"));
}

}  // namespace
}  // namespace sluice::transform
