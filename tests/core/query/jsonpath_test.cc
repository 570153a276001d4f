#include "sluice/query/jsonpath.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "reference_jsonpath.h"
#include "sluice/base/status.h"

namespace sluice::query {
namespace {

// The selected values' texts, or the error.
std::string Select(std::string_view query, std::string_view json, const QueryBudget& budget = {},
                   Duplicates duplicates = Duplicates::kLast) {
  const absl::StatusOr<JsonPath> path = JsonPath::Compile(query, budget, duplicates);
  if (!path.ok()) return std::string(path.status().message());
  json::Document document;
  EXPECT_TRUE(document.Parse(json).ok()) << json;
  JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  const absl::Status status = path->Run(document, scratch, nodes);
  if (!status.ok()) return std::string(ErrorCodeName(ErrorCodeOf(status)));
  std::string result;
  for (const uint32_t node : nodes) {
    result += (result.empty() ? "" : " ") + std::string(json::Value(&document, node).raw());
  }
  return result;
}

std::optional<size_t> FaultAt(std::string_view query) {
  const absl::StatusOr<JsonPath> path = JsonPath::Compile(query);
  EXPECT_FALSE(path.ok()) << query;
  return ByteOffsetOf(path.status());
}

TEST(JsonPath, SelectsInTheRfcsOrder) {
  constexpr std::string_view kJson = R"({"o": [{"j": 1}, {"j": 2, "k": [3, 4]}], "a": 5})";
  EXPECT_EQ(Select("$", "1"), "1");
  EXPECT_EQ(Select("$.o[1].k[-1]", kJson), "4");
  EXPECT_EQ(Select("$..j", kJson), "1 2");
  EXPECT_EQ(Select("$.o[::-1].j", kJson), "2 1");
  EXPECT_EQ(Select("$.o[1, 0, 1].j", kJson), "2 1 2");
  EXPECT_EQ(Select("$..[0]", kJson), "{\"j\": 1} 3");
  EXPECT_EQ(Select("$[?@ == 5]", kJson), "5");
  EXPECT_EQ(Select("$.o[?@.k[?@ > 3]].j", kJson), "2");
}

TEST(JsonPath, SaysWhereItWentWrong) {
  EXPECT_EQ(FaultAt(""), 0u);
  EXPECT_EQ(FaultAt("a"), 0u);
  EXPECT_EQ(FaultAt("$ "), 1u);
  EXPECT_EQ(FaultAt("$."), 2u);
  EXPECT_EQ(FaultAt("$.a."), 4u);
  EXPECT_EQ(FaultAt("$['a'"), 5u);
  EXPECT_EQ(FaultAt("$['a"), 2u);
  EXPECT_EQ(FaultAt("$['\\x']"), 3u);
  EXPECT_EQ(FaultAt("$[01]"), 2u);
  EXPECT_EQ(FaultAt("$[9007199254740992]"), 2u);
  EXPECT_EQ(FaultAt("$[?@.a == ]"), 10u);
  EXPECT_EQ(FaultAt("$[?@.* == 1]"), 3u);
  EXPECT_EQ(FaultAt("$[?1 == @..a]"), 8u);
  EXPECT_EQ(FaultAt("$[?nope(@)]"), 3u);
  EXPECT_EQ(FaultAt("$[?length(@.*) > 1]"), 10u);
  EXPECT_EQ(FaultAt("$[?count(1) > 1]"), 9u);
  EXPECT_EQ(FaultAt("$.a\xFF"), 3u);
}

TEST(JsonPath, SaysWhatWouldBeRight) {
  EXPECT_EQ(Select("$[?count(@) ]", "1"),
            "JSONPath, byte 3: the result of count() is a value and must be compared");
  EXPECT_EQ(Select("$[?match(@, 'a') == true]", "1"),
            "JSONPath, byte 3: the result of match() is true or false and can't be compared");
  EXPECT_EQ(Select("$[?search(@)]", "1"), "JSONPath, byte 11: search() takes 2 arguments");
}

TEST(JsonPath, KnowsWhenItIsSingular) {
  EXPECT_TRUE(JsonPath::Compile("$.a['b'][-1]")->singular());
  for (const std::string_view query : {"$.*", "$..a", "$[0,1]", "$[0:1]", "$[?@]"}) {
    EXPECT_FALSE(JsonPath::Compile(query)->singular()) << query;
  }
}

TEST(JsonPath, FindsEscapedNames) {
  EXPECT_EQ(Select("$['é']", R"({"\u00e9": 1})"), "1");
  EXPECT_EQ(Select("$['\\u00e9']", R"({"é": 1})"), "1");
  EXPECT_EQ(Select("$['\\ud83d\\ude00']", R"({"😀": 1})"), "1");
}

TEST(JsonPath, TakesTheLastOfDuplicatesOrEach) {
  constexpr std::string_view kJson = R"({"a": 1, "b": {"a": 2, "\u0061": 3}, "a": 4})";
  EXPECT_EQ(Select("$.a", kJson), "4");
  EXPECT_EQ(Select("$..a", kJson), "4 3");
  EXPECT_EQ(Select("$.a", kJson, {}, Duplicates::kEvery), "1 4");
  EXPECT_EQ(Select("$..a", kJson, {}, Duplicates::kEvery), "1 4 2 3");
  EXPECT_EQ(Select("$.*", kJson), R"(1 {"a": 2, "\u0061": 3} 4)");
}

TEST(JsonPath, ComparesNumbersExactly) {
  constexpr std::string_view kJson = "[9007199254740992, 9007199254740993, 1e400, 1.0, 1e401]";
  EXPECT_EQ(Select("$[?@ == 9007199254740993]", kJson), "9007199254740993");
  EXPECT_EQ(Select("$[?@ == 1]", kJson), "1.0");
  EXPECT_EQ(Select("$[?@ >= 1e400]", kJson), "1e400 1e401");
}

TEST(JsonPath, AsksTheRootOnce) {
  std::string json = R"({"limit": 3, "pad": [)";
  for (int i = 0; i < 1000; ++i) json += "0,";
  json += R"(0], "items": [)";
  for (int i = 0; i < 1000; ++i) json += std::to_string(i % 7) + ",";
  json += "0]}";
  // 1,000 times the pad would be a million steps.
  EXPECT_NE(Select("$.items[?@ > $.limit && $.pad[?@ == 0]]", json, {.max_steps = 20'000}),
            "budget_exceeded");
}

TEST(JsonPath, MatchesPatternsFromTheDocument) {
  EXPECT_EQ(Select("$.v[?match(@, $.p)]", R"({"p": "a.c", "v": ["abc", "ab", "axc"]})"),
            R"("abc" "axc")");
  EXPECT_EQ(Select("$[?match(@.s, @.p)].s",
                   R"([{"s": "a", "p": "a"}, {"s": "b", "p": "("}, {"s": "\u0063", "p": "[c]"}])"),
            R"("a" "\u0063")");
  EXPECT_EQ(Select("$.v[?search(@, $.p)]", R"({"p": "(a{1000}){1000}", "v": ["a"]})"),
            "budget_exceeded");
}

TEST(JsonPath, BoundsThePatternsOfADocument) {
  std::string json = "[0";
  for (int i = 0; i < 100; ++i) json += ",\"a" + std::to_string(i) + "\"";
  json += "]";
  EXPECT_EQ(Select("$[?match('x', @)]", json), "budget_exceeded");
  EXPECT_EQ(Select("$[?match('x', @)]", json, {.max_dynamic_patterns = 100}), "");
}

TEST(JsonPath, TellsOfALiteralPatternThatNeverMatches) {
  const absl::StatusOr<JsonPath> path = JsonPath::Compile("$[?match(@, '(')]");
  ASSERT_TRUE(path.ok());
  EXPECT_FALSE(path->pattern_fault().ok());
  EXPECT_TRUE(JsonPath::Compile("$[?match(@, 'a')]")->pattern_fault().ok());
  EXPECT_EQ(Select("$[?match(@, '(')]", R"(["("])"), "");
}

TEST(JsonPath, RefusesWhatIsTooDeepOrTooLong) {
  const auto nested = [](int levels) {
    std::string query = "$";
    for (int i = 0; i < levels; ++i) query += "[?@";
    for (int i = 0; i < levels; ++i) query += ']';
    return query;
  };
  EXPECT_TRUE(JsonPath::Compile(nested(20)).ok());
  EXPECT_EQ(ErrorCodeOf(JsonPath::Compile(nested(200)).status()), ErrorCode::kBudgetExceeded);
  std::string parentheses = "$[?" + std::string(200, '(');
  EXPECT_EQ(ErrorCodeOf(JsonPath::Compile(parentheses).status()), ErrorCode::kBudgetExceeded);
  std::string wildcards = "$";
  for (int i = 0; i < 200; ++i) wildcards += ".*";
  EXPECT_EQ(ErrorCodeOf(JsonPath::Compile(wildcards).status()), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(ErrorCodeOf(JsonPath::Compile("$.aaaa", {.max_text_bytes = 5}).status()),
            ErrorCode::kBudgetExceeded);
  std::string names = "$";
  for (int i = 0; i < 2000; ++i) names += ".a";
  EXPECT_TRUE(JsonPath::Compile(names).ok());
  std::string chain = "$[?@.a";
  for (int i = 0; i < 2000; ++i) chain += " || @.a";
  EXPECT_TRUE(JsonPath::Compile(chain + "]").ok());
}

// At the compiled limit the stack must hold.
TEST(JsonPath, RunsAtTheLimitOfItsDepth) {
  std::string query = "$";
  std::string json = "1";
  int levels = 0;
  while (JsonPath::Compile(query + ".*").ok()) {
    query += ".*";
    json = "[" + json + "]";
    ++levels;
  }
  EXPECT_GE(levels, 100);
  EXPECT_EQ(Select(query, json), "1");
}

TEST(JsonPath, AgreesWithTheReference) {
  constexpr std::string_view kJson =
      R"({"a": [{"a": 1, "b": "x"}, {"a": 1.0, "b": [1, 2, [3]]}, [[], {}]], "b": {"a": {"b": 1}}})";
  json::Document document;
  ASSERT_TRUE(document.Parse(kJson).ok());
  for (const std::string_view query :
       {"$..*", "$..*..*", "$..[0, 'a', ::-1]", "$..[?@.a == 1]", "$.a[?@ == $.a[1]]",
        "$..[?count(@.*) > 1 && !@.b]", "$..[?length(@) >= 2]", "$.a[-1:0:-1]..*"}) {
    const absl::StatusOr<JsonPath> path = JsonPath::Compile(query);
    ASSERT_TRUE(path.ok()) << path.status();
    JsonPathScratch scratch;
    std::vector<uint32_t> nodes;
    ASSERT_TRUE(path->Run(document, scratch, nodes).ok());
    EXPECT_EQ(nodes, ReferenceJsonPath(query, document, 10'000)) << query;
  }
}

}  // namespace
}  // namespace sluice::query
