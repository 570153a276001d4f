#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "../../support/exact_buffer.h"
#include "sluice/base/status.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

std::optional<Program> Compiled(std::string_view steps) {
  json::Document document;
  EXPECT_TRUE(document.Parse(steps).ok()) << steps;
  json::CompileContext context;
  absl::StatusOr<Program> program = Compile(document.root(), context);
  for (const Issue& issue : context.issues().list()) ADD_FAILURE() << steps << issue.message;
  if (!program.ok()) return std::nullopt;
  return *std::move(program);
}

std::string Transformed(std::string_view steps, std::string_view text) {
  const std::optional<Program> program = Compiled(steps);
  if (!program) return "";
  const test_support::ExactBuffer exact(text);
  Scratch scratch;
  OutputBuffer out(1u << 20);
  const absl::Status status = Apply(*program, exact.text(), {}, scratch, out);
  EXPECT_TRUE(status.ok()) << status.message();
  return std::string(out.text());
}

std::string Pick(std::string_view paths, std::string_view text) {
  return Transformed("[{\"pick\":" + std::string(paths) + "}]", text);
}
std::string Drop(std::string_view paths, std::string_view text) {
  return Transformed("[{\"drop\":" + std::string(paths) + "}]", text);
}
std::string Redact(std::string_view paths, std::string_view text) {
  return Transformed("[{\"redact\":" + std::string(paths) + "}]", text);
}

TEST(Pick, Members) {
  const std::string_view text = R"({"a":1,"b":{"c":[1,2],"d":2},"e":"x"})";
  EXPECT_EQ(Pick(R"(["$.a"])", text), R"({"a":1})");
  EXPECT_EQ(Pick(R"(["$.e","$.a"])", text), R"({"a":1,"e":"x"})");  // the document's order
  EXPECT_EQ(Pick(R"(["$.b.d"])", text), R"({"b":{"d":2}})");
  EXPECT_EQ(Pick(R"(["$['b']['c']","$.a"])", text), R"({"a":1,"b":{"c":[1,2]}})");
  EXPECT_EQ(Pick(R"(["$"])", text), text);
  EXPECT_EQ(Pick(R"(["$.*"])", text), text);
  EXPECT_EQ(Pick(R"(["$.*.d"])", text), R"({"b":{"d":2}})");
}

TEST(Pick, ContainersOnTheWayStayScalarsGo) {
  EXPECT_EQ(Pick(R"(["$.a.b"])", R"({"a":{"c":1},"x":2})"), R"({"a":{}})");
  EXPECT_EQ(Pick(R"(["$.a.b"])", R"({"a":[1,2]})"), R"({"a":[]})");
  EXPECT_EQ(Pick(R"(["$.a.b"])", R"({"a":7})"), "{}");
  EXPECT_EQ(Pick(R"(["$.a.b"])", R"({"x":7})"), "{}");
  EXPECT_EQ(Pick(R"(["$.a"])", "[1]"), "[]");
  EXPECT_EQ(Pick(R"(["$.a"])", "17"), "null");
  EXPECT_EQ(Pick(R"(["$"])", " 17 "), "17");
}

TEST(Pick, Arrays) {
  const std::string_view text = R"({"items":[{"id":1,"x":0},{"x":0},5,[6],{"id":2}]})";
  EXPECT_EQ(Pick(R"(["$.items[*].id"])", text), R"({"items":[{"id":1},{},[],{"id":2}]})");
  EXPECT_EQ(Pick(R"(["$.items[4].id"])", text), R"({"items":[{"id":2}]})");
  EXPECT_EQ(Pick(R"(["$.items[0]","$.items[2]","$.items[3]"])", text),
            R"({"items":[{"id":1,"x":0},5,[6]]})");
  EXPECT_EQ(Pick(R"(["$.items[99]"])", text), R"({"items":[]})");
  EXPECT_EQ(Pick(R"(["$.items[9007199254740991]"])", text), R"({"items":[]})");
  EXPECT_EQ(Pick(R"(["$.items[*]"])", text), text);
  EXPECT_EQ(Pick(R"(["$[0]"])", R"({"0":1})"), "{}");  // an index is no name
  EXPECT_EQ(Pick(R"(["$['0']"])", R"([1])"), "[]");    // a name is no index
}

TEST(Pick, WildcardsBesideNames) {
  const std::string_view text = R"({"a":{"x":1,"y":2,"z":3},"b":{"x":1,"y":2},"c":0})";
  EXPECT_EQ(Pick(R"(["$.*.x","$.a.y"])", text), R"({"a":{"x":1,"y":2},"b":{"x":1}})");
  EXPECT_EQ(Pick(R"(["$.a.y","$.*.x","$.b"])", text), R"({"a":{"x":1,"y":2},"b":{"x":1,"y":2}})");
  EXPECT_EQ(Pick(R"(["$[1].a","$[*].b"])", R"([{"a":1,"b":2},{"a":1,"b":2}])"),
            R"([{"b":2},{"a":1,"b":2}])");
}

TEST(Pick, ShorterPathWins) {
  EXPECT_EQ(Pick(R"(["$.a.b","$.a"])", R"({"a":{"b":1,"c":2}})"), R"({"a":{"b":1,"c":2}})");
  EXPECT_EQ(Pick(R"(["$.a.b.c","$"])", R"({"z":0})"), R"({"z":0})");
}

TEST(Transform, KeepsWhatItDoesNotTouch) {
  const std::string_view text =
      R"({"n":1.50,"big":12345678901234567890,"huge":1e400,"esc":"\u00e9\/","dup":1,"dup":2,)"
      R"("e":[],"o":{},"é":"ü"})";
  EXPECT_EQ(Pick(R"(["$.n","$.big","$.huge","$.esc","$.dup","$.e","$.o","$.é"])", text), text);
  EXPECT_EQ(Drop(R"(["$.none"])", text), text);
  EXPECT_EQ(Redact(R"(["$.none","$.n.none"])", text), text);
  EXPECT_EQ(Transformed("[]", text), text);
}

TEST(Transform, EscapedNamesAreTheSameNames) {
  const std::string_view text = R"({"\u00e9":1,"é":2,"\u0061":3,"b\"":4,"\ud83d\ude00":5,"x":6})";
  EXPECT_EQ(Pick(R"(["$.é"])", text), R"({"\u00e9":1,"é":2})");
  EXPECT_EQ(Pick(R"(["$['\\u00e9']"])", text), R"({"\u00e9":1,"é":2})");
  EXPECT_EQ(Pick(R"(["$.a"])", text), R"({"\u0061":3})");
  EXPECT_EQ(Pick(R"(["$['b\"']"])", text), R"({"b\"":4})");
  EXPECT_EQ(Pick(R"(["$['\\uD83D\\uDE00']"])", text), R"({"\ud83d\ude00":5})");
  EXPECT_EQ(Drop(R"(["$.é","$.a","$['b\"']","$.😀"])", text), R"({"x":6})");
}

TEST(Transform, NamesOfAllLengths) {
  // Linear and halving search, the length mask, the four-byte prefix.
  std::string text = "{";
  std::string paths = "[";
  std::string expected = "{";
  for (size_t length = 0; length < 130; ++length) {
    for (const char last : {'a', 'b', 'c'}) {
      std::string name(length, 'n');
      if (length > 0) name.back() = last;
      if (length == 0 && last != 'a') continue;
      const std::string member = "\"" + name + "\":" + std::to_string(length);
      text += (text.size() > 1 ? "," : "") + member;
      if (last == 'c') continue;
      expected += (expected.size() > 1 ? "," : "") + member;
      paths += (paths.size() > 1 ? "," : "") + std::string("\"$['") + name + "']\"";
    }
  }
  EXPECT_EQ(Pick(paths + "]", text + "}"), expected + "}");
}

TEST(Transform, EscapedNameLongerThanAnyPath) {
  const std::string text = "{\"\\n" + std::string(2000, 'x') + "\":1,\"a\":2}";
  EXPECT_EQ(Pick(R"(["$.a"])", text), R"({"a":2})");
  EXPECT_EQ(Pick(R"(["$.*"])", text), text);
}

TEST(Drop, Members) {
  const std::string_view text = R"({"a":1,"b":{"c":1,"d":2},"e":[]})";
  EXPECT_EQ(Drop(R"(["$.a"])", text), R"({"b":{"c":1,"d":2},"e":[]})");
  EXPECT_EQ(Drop(R"(["$.b"])", text), R"({"a":1,"e":[]})");
  EXPECT_EQ(Drop(R"(["$.e"])", text), R"({"a":1,"b":{"c":1,"d":2}})");
  EXPECT_EQ(Drop(R"(["$.a","$.b"])", text), R"({"e":[]})");
  EXPECT_EQ(Drop(R"(["$.b","$.e"])", text), R"({"a":1})");
  EXPECT_EQ(Drop(R"(["$.a","$.e"])", text), R"({"b":{"c":1,"d":2}})");
  EXPECT_EQ(Drop(R"(["$.a","$.b","$.e"])", text), "{}");
  EXPECT_EQ(Drop(R"(["$.*"])", text), "{}");
  EXPECT_EQ(Drop(R"(["$.b.c","$.e"])", text), R"({"a":1,"b":{"d":2}})");
  EXPECT_EQ(Drop(R"(["$.b.*"])", text), R"({"a":1,"b":{},"e":[]})");
}

TEST(Drop, ElementsMoveUp) {
  EXPECT_EQ(Drop(R"(["$[0]"])", "[1,2,3]"), "[2,3]");
  EXPECT_EQ(Drop(R"(["$[1]"])", "[1,2,3]"), "[1,3]");
  EXPECT_EQ(Drop(R"(["$[2]"])", "[1,2,3]"), "[1,2]");
  EXPECT_EQ(Drop(R"(["$[0]","$[2]"])", "[1,2,3]"), "[2]");
  EXPECT_EQ(Drop(R"(["$[*]"])", "[1,2,3]"), "[]");
  EXPECT_EQ(Drop(R"(["$[*].x","$[1]"])", R"([{"x":1,"y":2},{"y":3},{"y":4,"x":5},6])"),
            R"([{"y":2},{"y":4},6])");
}

TEST(Drop, TakesOneCommaWithIt) {
  EXPECT_EQ(Drop(R"(["$.b"])", "{ \"a\" : 1 , \"b\" : 2 , \"c\" : 3 }"),
            "{ \"a\" : 1 , \"c\" : 3 }");
  EXPECT_EQ(Drop(R"(["$.a"])", "{ \"a\" : 1 , \"b\" : 2 }"), "{ \"b\" : 2 }");
  EXPECT_EQ(Drop(R"(["$.a"])", "\n{ \"a\" : 1 }\n"), "{  }");
}

TEST(Redact, ReplacesWholeValues) {
  const std::string_view text = R"({"card":{"number":"4111"},"name":"Zoë","list":[1,[2],{}]})";
  EXPECT_EQ(Redact(R"(["$.card"])", text), R"({"card":"***","name":"Zoë","list":[1,[2],{}]})");
  EXPECT_EQ(Redact(R"(["$.card.number"])", text),
            R"({"card":{"number":"***"},"name":"Zoë","list":[1,[2],{}]})");
  EXPECT_EQ(Redact(R"(["$.list[*]"])", text),
            R"({"card":{"number":"4111"},"name":"Zoë","list":["***","***","***"]})");
  EXPECT_EQ(Redact(R"(["$"])", text), R"("***")");
  EXPECT_EQ(Redact(R"({"paths":["$.name"],"with":"\"é\n"})", text),
            R"({"card":{"number":"4111"},"name":"\"é\n","list":[1,[2],{}]})");
  EXPECT_EQ(Redact(R"({"paths":["$.name"],"with":""})", R"({"name":null})"), R"({"name":""})");
  EXPECT_EQ(Redact(R"(["$.a"])", "17"), "17");
}

TEST(Transform, StepsRunInOrder) {
  const std::string_view text = R"({"a":{"b":1,"c":2},"d":[1,2,3],"e":4})";
  EXPECT_EQ(Transformed(R"([{"pick":["$.a","$.d"]},{"drop":["$.a.b","$.d[0]"]}])", text),
            R"({"a":{"c":2},"d":[2,3]})");
  EXPECT_EQ(Transformed(R"([{"drop":["$.d[0]"]},{"drop":["$.d[0]"]},{"redact":["$.d[0]"]}])", text),
            R"({"a":{"b":1,"c":2},"d":["***"],"e":4})");
  EXPECT_EQ(
      Transformed(R"([{"redact":["$.a"]},{"pick":["$.a"]},{"pick":["$.a"]},{"pick":["$.a.b"]}])",
                  text),
      "{}");
  EXPECT_EQ(Transformed(R"([{"pick":["$.a"]},{"drop":["$.a"]},{"pick":["$"]}])", text), "{}");
}

TEST(Transform, DeepDocuments) {
  std::string text = "1";
  std::string path = "$";
  for (int i = 0; i < 64; ++i) {
    text = i % 2 == 0 ? "[0," + text + "]" : "{\"a\":" + text + ",\"b\":0}";
  }
  for (int i = 63; i >= 0; --i) path += i % 2 == 0 ? "[1]" : ".a";
  EXPECT_EQ(Pick("[\"" + path + "\"]", text).find("b"), std::string::npos);
  EXPECT_NE(Redact("[\"" + path + "\"]", text).find("[0,\"***\"]"), std::string::npos);
  std::string deepest;
  for (int i = 0; i < 512; ++i) deepest += "{\"a\":";
  deepest += "1" + std::string(512, '}');
  EXPECT_EQ(Drop(R"(["$.a.a.a.b"])", deepest), deepest);
}

TEST(Apply, ErrorsLeaveNothing) {
  const std::optional<Program> program = Compiled(R"([{"pick":["$.a"]},{"redact":["$.a"]}])");
  ASSERT_TRUE(program);
  Scratch scratch;
  OutputBuffer out(1000);
  out.Append("kept");
  absl::Status status = Apply(*program, R"({"a":1,})", {}, scratch, out);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidJson);
  EXPECT_EQ(ByteOffsetOf(status), 7u);
  EXPECT_EQ(out.text(), "kept");

  JsonBudget tight;
  tight.max_input_bytes = 5;
  EXPECT_EQ(ErrorCodeOf(Apply(*program, R"({"a":1})", tight, scratch, out)),
            ErrorCode::kBudgetExceeded);
  tight = {};
  tight.max_depth = 1;
  EXPECT_EQ(ErrorCodeOf(Apply(*program, R"({"a":[]})", tight, scratch, out)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(out.text(), "kept");

  // The same scratch still works.
  EXPECT_TRUE(Apply(*program, R"({"a":1})", {}, scratch, out).ok());
  EXPECT_EQ(out.text(), R"(kept{"a":"***"})");
}

TEST(Apply, OutputCap) {
  const std::optional<Program> program = Compiled(R"([{"redact":["$[*]"]}])");
  ASSERT_TRUE(program);
  Scratch scratch;
  const std::string_view expected = R"(["***","***","***"])";
  for (size_t cap = 0; cap < expected.size(); ++cap) {
    OutputBuffer out(cap);
    EXPECT_EQ(ErrorCodeOf(Apply(*program, "[1,2,3]", {}, scratch, out)),
              ErrorCode::kBudgetExceeded);
    EXPECT_EQ(out.size(), 0u);
  }
  OutputBuffer out(expected.size());
  EXPECT_TRUE(Apply(*program, "[1,2,3]", {}, scratch, out).ok());
  EXPECT_EQ(out.text(), expected);
}

TEST(Apply, StepsBetweenMayOutgrowTheInputBudget) {
  const std::optional<Program> program = Compiled(R"([{"redact":["$[*]"]},{"pick":["$[0]"]}])");
  ASSERT_TRUE(program);
  JsonBudget exact;
  exact.max_input_bytes = 7;
  Scratch scratch;
  OutputBuffer out(100);
  EXPECT_TRUE(Apply(*program, "[1,2,3]", exact, scratch, out).ok());
  EXPECT_EQ(out.text(), R"(["***"])");
}

TEST(Apply, AllocatesNothingTheSecondTime) {
  const std::optional<Program> program =
      Compiled(R"([{"pick":["$[*].a"]},{"drop":["$[0]"]},{"redact":["$[0].a"]}])");
  ASSERT_TRUE(program);
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += R"({"a":1,"b":2},)";
  text += "{}]";
  Scratch scratch;
  OutputBuffer out(1u << 20);
  ASSERT_TRUE(Apply(*program, text, {}, scratch, out).ok());
  const auto memory = [&] { return scratch.retained_bytes() + out.capacity(); };
  const size_t before = memory();
  const std::string first(out.text());
  out.Clear();
  ASSERT_TRUE(Apply(*program, text, {}, scratch, out).ok());
  EXPECT_EQ(memory(), before);
  EXPECT_EQ(out.text(), first);
}

TEST(Program, OutlivesItsText) {
  std::optional<Program> program;
  {
    const std::string steps = R"([{"pick":["$.name"]}])";
    program = Compiled(steps);
  }
  ASSERT_TRUE(program);
  const Program moved = *std::move(program);
  Scratch scratch;
  OutputBuffer out(100);
  ASSERT_TRUE(Apply(moved, R"({"name":1,"x":2})", {}, scratch, out).ok());
  EXPECT_EQ(out.text(), R"({"name":1})");
}

}  // namespace
}  // namespace sluice::transform
