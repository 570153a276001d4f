#include "sluice/json/document.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "../../support/exact_buffer.h"

namespace sluice::json {
namespace {

// The document told by its tape: kinds, spans, order.
std::string Dump(Value value) {
  std::string text;
  switch (value.kind()) {
    case Kind::kObject:
      for (const Member member : Members(value)) {
        text +=
            (text.empty() ? "" : ",") + std::string(member.key.raw()) + ":" + Dump(member.value);
      }
      return "{" + text + "}";
    case Kind::kArray:
      for (const Value element : Elements(value)) text += (text.empty() ? "" : ",") + Dump(element);
      return "[" + text + "]";
    default:
      return std::string(value.raw());
  }
}

std::string DumpOf(std::string_view text) {
  const test_support::ExactBuffer exact(text);
  Document document;
  const absl::Status status = document.Parse(exact.text());
  EXPECT_TRUE(status.ok()) << text << ": " << status.message();
  return status.ok() ? Dump(document.root()) : "";
}

TEST(Document, KeepsEveryToken) {
  EXPECT_EQ(DumpOf(" { \"b\" : [ 1 , 1.0 , 1e400 , -0 ] ,\"a\":\t{ } , \"b\" : \"\\u0041\" }\n"),
            R"({"b":[1,1.0,1e400,-0],"a":{},"b":"\u0041"})");
  EXPECT_EQ(DumpOf("12345678901234567890123"), "12345678901234567890123");
  EXPECT_EQ(DumpOf("[9223372036854775807,-9223372036854775808,18446744073709551615]"),
            "[9223372036854775807,-9223372036854775808,18446744073709551615]");
}

TEST(Document, RootScalars) {
  for (const std::string_view text :
       {"0", "-0", "1", "12", "-1.5E-3", "true", "false", "null", "\"\"", "\"a\"", "\"\\\"\""}) {
    EXPECT_EQ(DumpOf(text), text);
    EXPECT_EQ(DumpOf(" " + std::string(text) + "\r\n"), text);
  }
}

TEST(Document, EmptyContainers) {
  EXPECT_EQ(DumpOf("[]"), "[]");
  EXPECT_EQ(DumpOf("{}"), "{}");
  EXPECT_EQ(DumpOf("[ ]"), "[]");
  EXPECT_EQ(DumpOf("[[],{},[[]],{\"a\":[]}]"), "[[],{},[[]],{\"a\":[]}]");
}

TEST(Document, StringsWithStructureInside) {
  EXPECT_EQ(DumpOf(R"(["[1,2]","{\"a\":1}",",",":","\\","\\\"","a\\"])"),
            R"(["[1,2]","{\"a\":1}",",",":","\\","\\\"","a\\"])");
  // Whitespace behind a string is not part of it, whitespace at its end is.
  EXPECT_EQ(DumpOf("[\"a  \"  ,\"\"   ,\" \"\n]"), "[\"a  \",\"\",\" \"]");
}

TEST(Document, Nodes) {
  const std::string_view text = R"( {"k":[1,"x\n"],"e":{}} )";
  Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  const absl::Span<const Node> nodes = document.nodes();
  struct Expected {
    uint32_t begin, end, next;
    Kind kind;
    uint32_t count;
    bool escapes;
  };
  const Expected expected[] = {
      {1, 23, 7, Kind::kObject, 2, false}, {2, 5, 2, Kind::kString, 0, false},
      {6, 15, 5, Kind::kArray, 2, false},  {7, 8, 4, Kind::kNumber, 0, false},
      {9, 14, 5, Kind::kString, 0, true},  {16, 19, 6, Kind::kString, 0, false},
      {20, 22, 7, Kind::kObject, 0, false}};
  ASSERT_EQ(nodes.size(), std::size(expected));
  for (size_t i = 0; i < nodes.size(); ++i) {
    EXPECT_EQ(nodes[i].begin, expected[i].begin) << i;
    EXPECT_EQ(nodes[i].end, expected[i].end) << i;
    EXPECT_EQ(nodes[i].next, expected[i].next) << i;
    EXPECT_EQ(nodes[i].kind(), expected[i].kind) << i;
    EXPECT_EQ(nodes[i].count(), expected[i].count) << i;
    EXPECT_EQ(nodes[i].has_escapes(), expected[i].escapes) << i;
  }
}

TEST(Document, CountsSurviveNesting) {
  Document document;
  ASSERT_TRUE(document.Parse(R"([0,[1,2,[3]],{"a":{"b":1,"c":[]},"d":2},4])").ok());
  EXPECT_EQ(document.root().size(), 4u);
  const Value inner = *Elements(document.root()).begin();
  EXPECT_EQ(inner.size(), 0u);
  EXPECT_EQ(document.nodes()[2].count(), 3u);
  EXPECT_EQ(document.nodes()[5].count(), 1u);
}

TEST(Document, ParsesAgainAndKeepsItsMemory) {
  Document document;
  std::string large = "[0";
  for (int i = 0; i < 10'000; ++i) large += ",1";
  large += "]";
  ASSERT_TRUE(document.Parse(large).ok());
  const size_t retained = document.retained_bytes();
  EXPECT_GE(retained, document.nodes().size() * sizeof(Node));
  ASSERT_FALSE(document.Parse("[1,").ok());
  EXPECT_TRUE(document.nodes().empty());
  ASSERT_TRUE(document.Parse("{\"a\":1}").ok());
  EXPECT_EQ(Dump(document.root()), "{\"a\":1}");
  EXPECT_EQ(document.retained_bytes(), retained);
  document.Release();
  EXPECT_EQ(document.retained_bytes(), 0u);
  ASSERT_TRUE(document.Parse("[2]").ok());
  EXPECT_EQ(Dump(document.root()), "[2]");
  EXPECT_LT(document.retained_bytes(), 64u << 10);
}

TEST(Document, Moves) {
  Document document;
  ASSERT_TRUE(document.Parse("[1,2]").ok());
  Document moved(std::move(document));
  EXPECT_EQ(Dump(moved.root()), "[1,2]");
  Document assigned;
  ASSERT_TRUE(assigned.Parse("3").ok());
  assigned = std::move(moved);
  EXPECT_EQ(Dump(assigned.root()), "[1,2]");
}

TEST(Document, ManyElements) {
  std::string text = "[";
  for (int i = 0; i < 100'000; ++i) text += (i == 0 ? "" : ",") + std::to_string(i);
  text += "]";
  EXPECT_EQ(DumpOf(text), text);
  Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  EXPECT_EQ(document.root().size(), 100'000u);
}

}  // namespace
}  // namespace sluice::json
