#include "sluice/query/jmespath.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sluice/base/status.h"

namespace sluice::query {
namespace {

// The result's text, or the error's message.
std::string Query(std::string_view expression, std::string_view json,
                  const QueryBudget& budget = {}) {
  const absl::StatusOr<JmesPath> path = JmesPath::Compile(expression, budget);
  if (!path.ok()) return std::string(path.status().message());
  json::Document document;
  EXPECT_TRUE(document.Parse(json).ok()) << json;
  JmesScratch scratch;
  OutputBuffer out(1u << 20);
  const absl::Status status = path->Run(document, scratch, out);
  return std::string(status.ok() ? out.text() : status.message());
}

TEST(JmesPath, CopiesValuesAsTheyAreWritten) {
  constexpr std::string_view kJson =
      R"({"big": 12345678901234567890, "huge": 1e400, "one": 1.0, "s": "\u00e9\/", "o": { "b" : 1, "a":[ ] }})";
  EXPECT_EQ(Query("[big, huge, one, s]", kJson), R"([12345678901234567890,1e400,1.0,"\u00e9\/"])");
  EXPECT_EQ(Query("o", kJson), R"({ "b" : 1, "a":[ ] })");
  EXPECT_EQ(Query("to_string(o)", kJson), R"("{\"b\":1,\"a\":[]}")");
  EXPECT_EQ(Query("keys(@)", kJson), R"(["big","huge","one","s","o"])");
  EXPECT_EQ(Query("abs(`-1.50`)", "0"), "1.50");
  EXPECT_EQ(Query("to_number('12345678901234567890')", "0"), "12345678901234567890");
  EXPECT_EQ(Query("max([`9007199254740992`, `9007199254740993`])", "0"), "9007199254740993");
  EXPECT_EQ(Query("ceil(`1e400`)", "0"), "1e400");
  EXPECT_EQ(Query("'\"\\'\n'", "0"), "\"\\\"'\\n\"");
}

TEST(JmesPath, Reshapes) {
  constexpr std::string_view kJson =
      R"({"orders": [{"id": "a", "total": 5, "items": [{"n": 1}, {"n": 2}]}, {"id": "b", "total": 20, "items": []}]})";
  EXPECT_EQ(Query("orders[?total > `4`].{id: id, ns: items[].n}", kJson),
            R"([{"id":"a","ns":[1,2]},{"id":"b","ns":[]}])");
  EXPECT_EQ(Query("sort_by(orders, &total)[-1].id", kJson), "\"b\"");
  EXPECT_EQ(Query("sum(orders[].total) | {sum: @, avg: avg([`1`, `2`])}", kJson),
            R"({"sum":25,"avg":1.5})");
  EXPECT_EQ(Query("{a: `1`, b: `2`, a: `3`}", "{}"), R"({"a":3,"b":2})");
}

TEST(JmesPath, BindsNotLooserThanFields) {
  EXPECT_EQ(Query("!a.b", R"({"a": {"b": false}})"), "true");
  EXPECT_EQ(Query("!a == `true`", R"({"a": false})"), "true");
}

TEST(JmesPath, KeepsProjectionsGoingAfterMultiSelects) {
  EXPECT_EQ(Query("[*].{a: x}.a", R"([{"x": 1}, {"x": 2}])"), "[1,2]");
  EXPECT_EQ(Query("[*].[x, y][0]", R"([{"x": 1}, {"x": 2}])"), "[1,2]");
}

TEST(JmesPath, SeesDuplicateMembers) {
  constexpr std::string_view kJson = R"({"a": 1, "b": 2, "\u0061": 3})";
  EXPECT_EQ(Query("a", kJson), "3");
  EXPECT_EQ(Query("values(@)", kJson), "[1,2,3]");
  EXPECT_EQ(Query("merge(@, {c: `4`})", kJson), R"({"a":3,"b":2,"c":4})");
}

// What is written while it is made, and the same made first.
TEST(JmesPath, WritesReshapesAtOnce) {
  constexpr std::string_view kJson =
      R"({"a": {"b": [1, null, {"c": 2}]}, "list": [{"x": 1, "y": "s"}, {"x": 2}, null, 3]})";
  const auto expect = [&](const std::string& expression, std::string_view result) {
    EXPECT_EQ(Query(expression, kJson), result) << expression;
    EXPECT_EQ(Query("[" + expression + "] | [0]", kJson), result) << expression;
  };
  expect("{a: a.b[0], b: a.b[1], c: a.nothing.at.all, d: @.a.b[2].c}",
         R"({"a":1,"b":null,"c":null,"d":2})");
  expect("list[?x > `1`].{y: y, x: x, z: {x: x}}", R"([{"y":null,"x":2,"z":{"x":2}}])");
  expect("list[].{x: x}", R"([{"x":1},{"x":2},{"x":null}])");
  expect("list[*].y", R"(["s"])");
  expect("list[*].nothing", "[]");
  expect("a.*[0]", "[1]");
  expect("nothing[*].{x: x}", "null");
  expect("nothing.{x: x}", "null");
  expect("list[?y == 's' || !(x < `2`)].[x, y]", R"([[1,"s"],[2,null],[null,null]])");
  expect("{x: nothing | not_null(@, 'none')}", R"({"x":"none"})");
}

TEST(JmesPath, HandlesTextByCharacter) {
  EXPECT_EQ(Query("reverse('aé✓😀')", "0"), "\"😀✓éa\"");
  EXPECT_EQ(Query("length(@)", R"("\ud83d\ude00é")"), "2");
  EXPECT_EQ(Query("contains('ab', '')", "0"), "true");
  const std::string text = "x" + std::string(100, 'a') + "b";
  const std::string part = std::string(50, 'a') + "b";
  EXPECT_EQ(Query("contains('" + text + "', '" + part + "')", "0"), "true");
  EXPECT_EQ(Query("contains('" + text + "', '" + part + "c')", "0"), "false");
}

TEST(JmesPath, NamesItsErrors) {
  const auto error = [](std::string_view expression) {
    const absl::StatusOr<JmesPath> path = JmesPath::Compile(expression);
    EXPECT_FALSE(path.ok()) << expression;
    return std::string(JmesErrorName(path.status())) + " " +
           std::to_string(ByteOffsetOf(path.status()).value_or(999));
  };
  EXPECT_EQ(error(""), "syntax 0");
  EXPECT_EQ(error("a.b."), "syntax 4");
  EXPECT_EQ(error("a[b]"), "syntax 2");
  EXPECT_EQ(error("a #"), "syntax 2");
  EXPECT_EQ(error("`{`"), "syntax 1");
  EXPECT_EQ(error("\"\\u12\""), "syntax 1");
  EXPECT_EQ(error("a[?b"), "syntax 4");
  EXPECT_EQ(error("nope(@)"), "unknown-function 0");
  EXPECT_EQ(error("a | abs(@, @)"), "invalid-arity 4");
  EXPECT_EQ(error("sort_by(a, b)"), "invalid-type 0");
  EXPECT_EQ(error("abs(&a)"), "invalid-type 0");
  EXPECT_EQ(error("[::0]"), "invalid-value 3");
  EXPECT_EQ(error("[9007199254740992]"), "invalid-value 1");
  EXPECT_EQ(JmesErrorName(absl::OkStatus()), "");
  EXPECT_EQ(Query("a.abs(@)", R"({"a": "x"})"),
            "JMESPath invalid-type, byte 2: abs() takes a number as argument 1, not a string");
  EXPECT_EQ(Query("sort(@)", R"([1, "a"])"),
            "JMESPath invalid-type, byte 0: only numbers, or only strings, have an order; found a "
            "string beside a number");
  EXPECT_EQ(Query("sum(@)", "[1e308, 1e308]"),
            "JMESPath invalid-value, byte 0: the result is out of a double's range");
}

TEST(JmesPath, RefusesWhatIsTooDeepOrTooLong) {
  const auto code = [](const std::string& expression) {
    return ErrorCodeOf(JmesPath::Compile(expression).status());
  };
  EXPECT_EQ(code(std::string(1000, '(')), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(std::string(1000, '!') + "a"), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(std::string(70'000, 'a')), ErrorCode::kBudgetExceeded);
  std::string levels = "[@]";
  std::string projections = "a";
  std::string fields = "a";
  for (int i = 0; i < 1000; ++i) {
    levels += "|[@]";
    projections += "[*].[a]";
    fields += ".a";
  }
  EXPECT_EQ(code(levels), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(projections), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(fields), ErrorCode::kOk);
}

// At the compiled limit the stack must hold, with a document of its own depth on top.
TEST(JmesPath, RunsAtTheLimitOfItsDepth) {
  std::string expression = "@";
  while (JmesPath::Compile("[" + expression + "]").ok()) expression = "[" + expression + "]";
  EXPECT_GT(expression.size(), 200u);
  const std::string json = std::string(512, '[') + std::string(512, ']');
  const std::string result = Query(expression, json);
  EXPECT_EQ(result.size(), expression.size() - 1 + json.size());
  const std::string inner = expression.substr(1, expression.size() - 2);
  EXPECT_EQ(Query(inner + " == " + inner, json), "true");
}

TEST(JmesPath, LeavesTheOutputAloneOnError) {
  const absl::StatusOr<JmesPath> path = JmesPath::Compile("[@, @]");
  json::Document document;
  ASSERT_TRUE(document.Parse("\"0123456789\"").ok());
  JmesScratch scratch;
  OutputBuffer out(20);
  out.Append("ab");
  EXPECT_EQ(ErrorCodeOf(path->Run(document, scratch, out)), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(out.text(), "ab");
}

}  // namespace
}  // namespace sluice::query
