// Time must grow with the input, or a budget must stop it: counted in steps, not seconds.
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"

namespace sluice::query {
namespace {

std::string Repeat(std::string_view part, uint32_t count, std::string_view open,
                   std::string_view close) {
  std::string json(open);
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) json += ',';
    json += part;
  }
  return json + std::string(close);
}

std::string Nested(uint32_t depth) {
  std::string json = "1";
  for (uint32_t i = 0; i < depth; ++i)
    json = i % 2 == 0 ? "[" + json + "]" : "{\"a\":" + json + "}";
  return json;
}

bool Runs(std::string_view query, const json::Document& document, uint64_t steps) {
  const auto path = JsonPath::Compile(query, {.max_steps = steps, .max_results = 1u << 22});
  EXPECT_TRUE(path.ok()) << path.status();
  JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  return path->Run(document, scratch, nodes).ok();
}

bool RunsJmes(std::string_view query, const json::Document& document, uint64_t steps) {
  const auto path = JmesPath::Compile(query, {.max_steps = steps});
  EXPECT_TRUE(path.ok()) << path.status();
  JmesScratch scratch;
  OutputBuffer out(64u << 20);
  return path->Run(document, scratch, out).ok();
}

// The fewest steps that suffice.
template <typename Run>
uint64_t StepsOf(Run run, std::string_view query, std::string_view json) {
  json::Document document;
  EXPECT_TRUE(document.Parse(json).ok());
  uint64_t enough = 1;
  while (!run(query, document, enough)) enough *= 2;
  uint64_t too_few = enough / 2;
  while (enough - too_few > 1) {
    const uint64_t middle = (enough + too_few) / 2;
    (run(query, document, middle) ? enough : too_few) = middle;
  }
  return enough;
}

template <typename Run>
void ExpectLinear(Run run, std::string_view query, std::string_view part, std::string_view open,
                  std::string_view close) {
  const uint64_t small = StepsOf(run, query, Repeat(part, 500, open, close));
  const uint64_t large = StepsOf(run, query, Repeat(part, 8'000, open, close));
  EXPECT_LE(large, small * 18) << query << ": " << small << " steps, 16 times as much: " << large;
}

TEST(Linearity, JsonPathInWideDocuments) {
  constexpr std::string_view kOrder = R"({"id":1,"total":12.5,"tags":["a","b"],"x":{"y":null}})";
  for (const std::string_view query :
       {"$..*", "$..id", "$[*].id", "$[?@.total > 12]", "$[?@.tags[?@ == 'b']].id", "$[::-1].id",
        "$[?length(@.tags) == 2 && match(@.tags[0], '[a-z]')]", "$[?@.x == $[0].x]",
        "$[?@.total == $[-1].total]", "$..[?@.y == null]", "$[?count($..id) > 2].id", "$[-1]"}) {
    ExpectLinear(Runs, query, kOrder, "[", "]");
  }
}

TEST(Linearity, JsonPathInObjectsOfManyMembers) {
  for (const std::string_view query : {"$.a", "$.*", "$..a", "$[?@ == 1]"}) {
    ExpectLinear(Runs, query, R"("a":1)", "{", "}");
  }
}

TEST(Linearity, JmesPathInWideDocuments) {
  constexpr std::string_view kOrder = R"({"id":1,"total":12.5,"tags":["a","b"],"x":{"y":null}})";
  for (const std::string_view query :
       {"[].tags[]", "[?total > `12`].{id: id, tag: tags[0]}", "[::-1].id", "sum([].total)",
        "join(',', [].tags[])", "max_by(@, &total).id", "[].to_string(@)", "map(&x, @)",
        "contains([].id, `2`)", "reverse(@)[0]"}) {
    ExpectLinear(RunsJmes, query, kOrder, "[", "]");
  }
  for (const std::string_view query : {"a", "*", "keys(@)", "merge(@, @)", "length(values(@))"}) {
    const uint64_t small = StepsOf(RunsJmes, query, Repeat(R"("a":1)", 500, "{", "}"));
    const uint64_t large = StepsOf(RunsJmes, query, Repeat(R"("a":1)", 8'000, "{", "}"));
    EXPECT_LE(large, small * 28) << query;  // a sort's n log n
  }
}

TEST(Linearity, DescendantsOfDescendantsAreBudgeted) {
  json::Document document;
  ASSERT_TRUE(document.Parse(Nested(500)).ok());
  EXPECT_TRUE(Runs("$..*", document, 2'000));
  EXPECT_FALSE(Runs("$..*..*", document, 100'000));
  EXPECT_TRUE(Runs("$..*..*", document, 1'000'000));
  EXPECT_FALSE(Runs("$..*..*..*..*", document, 10'000'000));
}

// Each unequal member of an object looks for its name among all that follow: names of other
// lengths, which differ at a glance, are looked at as well.
TEST(Linearity, LookingForANameAgainIsCharged) {
  const auto object = [](int value) {
    std::string json = "{";
    for (int i = 0; i < 200; ++i) json += absl::StrCat("\"k", i, "\":", value, ",");
    for (int i = 0; i < 3'000; ++i) json += "\"\":0,";
    for (int i = 0; i < 200; ++i) json += absl::StrCat(i == 0 ? "" : ",", "\"k", i, "\":0");
    return json + "}";
  };
  json::Document document;
  const std::string json = absl::StrCat("[{\"a\":", object(1), ",\"b\":", object(2), "}]");
  ASSERT_TRUE(document.Parse(json).ok());
  EXPECT_FALSE(Runs("$[?@.a == @.b]", document, 400'000));
  EXPECT_TRUE(Runs("$[?@.a == @.b]", document, 4'000'000));
}

TEST(Linearity, ResultsAreBudgeted) {
  json::Document document;
  ASSERT_TRUE(document.Parse(Nested(500)).ok());
  const auto path = JsonPath::Compile("$..*..*", {.max_results = 1000});
  JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  const absl::Status status = path->Run(document, scratch, nodes);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
  EXPECT_TRUE(nodes.empty());
  EXPECT_LE(nodes.capacity(), 2048u);
}

// Each element against a long string with escapes that lies elsewhere.
TEST(Linearity, LongOperandsAreCharged) {
  const std::string big = "\"\\u0061" + std::string(100'000, 'a') + "\"";
  const std::string json = "{\"big\":" + big + ",\"list\":[" + Repeat(big, 20, "", "") + "," +
                           Repeat("\"b\"", 1'000, "", "") + "]}";
  json::Document document;
  ASSERT_TRUE(document.Parse(json).ok());
  EXPECT_FALSE(Runs("$.list[?@ == $.big]", document, 10'000));
  EXPECT_TRUE(Runs("$.list[?@ == $.big]", document, 20'000'000));
}

TEST(Linearity, JmesPathMemoryIsBudgeted) {
  json::Document document;
  ASSERT_TRUE(document.Parse(Repeat("1", 1'000, "[", "]")).ok());
  // Each step makes ten of what there was.
  std::string query = "@";
  for (int i = 0; i < 6; ++i) query = "[" + query + "][].[@,@,@,@,@,@,@,@,@,@][]";
  const auto path = JmesPath::Compile(query, {.max_memory_bytes = 1u << 20});
  ASSERT_TRUE(path.ok()) << path.status();
  JmesScratch scratch;
  OutputBuffer out(1u << 20);
  EXPECT_EQ(ErrorCodeOf(path->Run(document, scratch, out)), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(out.size(), 0u);
  EXPECT_LE(scratch.arena.retained_bytes(), 1u << 20);
}

}  // namespace
}  // namespace sluice::query
