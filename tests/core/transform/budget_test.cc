// What hostile documents and steps may cost.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "run.h"

namespace sluice::transform {
namespace {

std::string Repeat(std::string_view part, size_t times) {
  std::string text;
  for (size_t i = 0; i < times; ++i) text += part;
  return text;
}

// The fewest steps that suffice.
uint64_t StepsOf(std::string_view steps, std::string_view text) {
  const std::optional<Program> program = Compiled(steps);
  if (!program) return 0;
  Scratch scratch;
  const auto runs = [&](uint64_t max_steps) {
    TransformBudget budget;
    budget.max_steps = max_steps;
    OutputBuffer out(64u << 20);
    const absl::Status status = Apply(*program, text, {}, budget, scratch, out);
    EXPECT_TRUE(status.ok() || BudgetOf(status) == Budget::kSteps) << status.message();
    return status.ok();
  };
  uint64_t enough = 1;
  while (!runs(enough)) enough *= 2;
  return enough;
}

TEST(Budget, EachByItsName) {
  TransformBudget budget;
  budget.max_output_bytes = 10;
  EXPECT_EQ(Transformed(R"([{"set":{"$.a":"0123456789"}}])", "{}", {}, budget),
            "budget_exceeded output_bytes");
  EXPECT_EQ(Transformed(R"([{"set":{"$.a":"0123456789"}},{"pick":["$.b"]}])", "{}", {}, budget),
            "budget_exceeded output_bytes /1");
  budget = {};
  budget.max_steps = 10;
  EXPECT_EQ(Transformed(R"([{"set":{"$[20]":1}}])", "[1,2,3,4,5,6,7,8,9,10,11,12]", {}, budget),
            "budget_exceeded steps /0");
  EXPECT_EQ(Transformed(R"([{"query":"[].a"}])", "[1,2,3,4,5,6,7,8,9,10,11,12]", {}, budget),
            "budget_exceeded steps /0");
  budget = {};
  budget.input.max_depth = 3;
  EXPECT_EQ(
      Transformed(R"([{"wrap":"a"},{"wrap":"a"},{"wrap":"a"},{"wrap":"a"}])", "1", {}, budget),
      "budget_exceeded depth");
  EXPECT_EQ(Transformed(R"([{"wrap":"a"},{"pick":["$.a"]}])", "[[[1]]]", {}, budget),
            "budget_exceeded depth /1");
  EXPECT_EQ(Transformed(R"([{"compose":{"x":{}}}])", "{}", {"[[[[1]]]]"}, budget),
            "budget_exceeded depth /0/compose/x");
  budget = {};
  budget.input.max_input_bytes = 4;
  EXPECT_EQ(Transformed("[]", "[1,2]", {}, budget), "budget_exceeded input_bytes");
  budget = {};
  budget.max_memory_bytes = 4096;
  EXPECT_EQ(
      Transformed(R"([{"set":{"/-":1}}])", absl::StrCat("[1", Repeat(",1", 2000), "]"), {}, budget),
      "budget_exceeded memory /0");
}

// Each operation copies the document into itself: 2^40 times as long.
TEST(Budget, DoublingEndsAtTheOutput) {
  std::string operations;
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&operations, i == 0 ? "" : ",", R"({"op":"copy","from":"","path":"/)", i,
                    "\"}");
  }
  EXPECT_EQ(Step(absl::StrCat(R"({"patch":[)", operations, "]}"), R"({"a":[1]})"),
            "budget_exceeded output_bytes");
  TransformBudget budget;
  budget.max_steps = 1000;
  EXPECT_EQ(Transformed(absl::StrCat(R"([{"patch":[)", operations,
                                     R"(,{"op":"test","path":"","value":1}]}])"),
                        R"({"a":[1]})", {}, budget),
            "budget_exceeded steps /0/patch/29");
}

// A thousand insertions at the front of a long array move it a thousand times.
TEST(Budget, InsertingInFrontIsCounted) {
  std::string operations;
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&operations, i == 0 ? "" : ",", R"({"op":"add","path":"/0","value":0})");
  }
  const std::string text = absl::StrCat("[1", Repeat(",1", 100'000), "]");
  EXPECT_EQ(Step(absl::StrCat(R"({"patch":[)", operations, "]}"), text),
            "budget_exceeded steps /0/patch/666");
}

// What a map does for each value is charged, also steps that look at nothing.
TEST(Budget, MapsCountTheirSteps) {
  TransformBudget budget;
  budget.max_steps = 10'000;
  const std::string wraps = absl::StrCat(R"({"wrap":"a"})", Repeat(R"(,{"wrap":"a"})", 59));
  const std::string steps = absl::StrCat(R"([{"map":{"path":"$[*]","steps":[)", wraps, "]}}]");
  EXPECT_EQ(Transformed(steps, absl::StrCat("[1", Repeat(",1", 999), "]"), {}, budget),
            "budget_exceeded steps /0/map/steps");
  EXPECT_EQ(Transformed(steps, "[]", {}, budget), "[]");
}

TEST(Budget, StepsGrowWithTheInput) {
  const auto objects = [](size_t count) {
    return absl::StrCat(R"([{"a":{"b":1},"c":2})", Repeat(R"(,{"a":{"b":1},"c":2})", count), "]");
  };
  const auto keys = [](size_t count) {
    std::string text = R"({"k":0)";
    for (size_t i = 0; i < count; ++i) text += ",\"k" + std::to_string(i) + "\":0";
    return text + "}";
  };
  const auto nested = [](size_t count) {
    return Repeat("[", count) + R"({"a":1})" + Repeat("]", count);
  };
  const std::string_view steps[] = {
      R"([{"set":{"$[*].a.b":2,"$[*].d":3}}])",
      R"([{"merge":{"k1":null,"k2":{"x":1},"n":{"y":null}}}])",
      R"([{"map":{"path":"$[*]","steps":[{"set":{"$.c":1}},{"default":{"$.d":1}}]}}])",
      R"([{"map":{"path":"$..a","steps":[{"wrap":"w"}]}}])",
      R"([{"drop":["$..a"]},{"set":{"$..c":1}}])",
      R"([{"query":{"jsonpath":"$..a"}}])",
      R"([{"wrap":"x","when":"$..zz"},{"move":{"from":"/0","to":"/-"}}])",
  };
  for (const std::string_view one : steps) {
    EXPECT_LE(StepsOf(one, objects(4000)), 4 * StepsOf(one, objects(1000))) << one;
    EXPECT_LE(StepsOf(one, keys(4000)), 4 * StepsOf(one, keys(1000))) << one;
    EXPECT_LE(StepsOf(one, nested(400)), 4 * StepsOf(one, nested(100))) << one;
  }
}

// RFC 7396 with a wide patch on a wide target must not be the product of both.
TEST(Budget, WideMerges) {
  const auto wide = [](size_t count, std::string_view value) {
    std::string text = "{";
    for (size_t i = 0; i < count; ++i) {
      text += (i == 0 ? "\"k" : ",\"k") + std::to_string(i) + "\":";
      text += value;
    }
    return text + "}";
  };
  const std::string patch = absl::StrCat(R"([{"merge":)", wide(2000, "null"), "}]");
  EXPECT_EQ(Transformed(patch, wide(2000, "1")), "{}");
  EXPECT_LT(StepsOf(patch, wide(100'000, "1")), 2'000'000u);
}

TEST(Budget, StarsBelowEverythingEnd) {
  const std::string text = absl::StrCat("[", Repeat("[1,[2,[3]]],", 20'000), "0]");
  const std::string told = Step(R"({"query":{"jsonpath":"$..*..*..*"}})", text);
  EXPECT_TRUE(told == "budget_exceeded results /0" || told.size() > 1000) << told;
  const std::string deep = Repeat("[", 500) + Repeat("]", 500);
  EXPECT_EQ(Step(R"({"drop":["$..*..*"]})", deep), "[[]]");
}

TEST(Budget, AMillionKeys) {
  std::string text = R"({"first":1)";
  for (int i = 0; i < 1'000'000; ++i) text += ",\"" + std::to_string(i) + "\":0";
  text += "}";
  TransformBudget budget;
  budget.max_output_bytes = 32u << 20;
  EXPECT_EQ(Transformed(R"([{"merge":{"first":2}}])", text, {}, budget),
            std::string(text).replace(9, 1, "2"));
}

TEST(Memory, SecondRunKeepsIt) {
  const std::optional<Program> program = Compiled(
      R"([{"set":{"$.l[*].x":1}},{"drop":["$..a"]},{"map":{"path":"$.l[*]","steps":[
          {"default":{"$.n":{"m":1}}},{"query":"{x: x, n: n}"},{"merge":{"x":null,"z":[]}}]}},
          {"compose":{"in":{"merge":true,"to":"$"}}},{"query":{"jsonpath":"$.l[?@.z]"}},
          {"patch":[{"op":"copy","from":"/0","path":"/-"},{"op":"test","path":"/0","value":
          {"n":{"m":1},"z":[]}}]}])");
  ASSERT_TRUE(program);
  const std::string text =
      absl::StrCat(R"({"l":[{"a":1})", Repeat(R"(,{"a":{"b":[1,2,3]}})", 2000), "]}");
  const Inputs inputs = {R"({"more":{"x":null,"y":1}})"};
  Scratch scratch;
  OutputBuffer out(16u << 20);
  std::string first;
  size_t retained = 0;
  for (int run = 0; run < 3; ++run) {
    out.Clear();
    const absl::Status status = Apply(*program, text, inputs, TransformBudget(), scratch, out);
    ASSERT_TRUE(status.ok()) << Told(status) << status.message();
    if (run == 0) {
      first = std::string(out.text());
      retained = scratch.retained_bytes() + out.capacity();
    }
    EXPECT_EQ(out.text(), first);
    EXPECT_EQ(scratch.retained_bytes() + out.capacity(), retained);
  }
  scratch.Trim(1024);
  EXPECT_LT(scratch.retained_bytes(), 64u << 10);
  out.Clear();
  ASSERT_TRUE(Apply(*program, text, inputs, TransformBudget(), scratch, out).ok());
  EXPECT_EQ(out.text(), first);
}

}  // namespace
}  // namespace sluice::transform
