#include <gtest/gtest.h>

#include <array>
#include <string>

#include "../../support/exact_buffer.h"
#include "sluice/json/document.h"

namespace sluice::json {
namespace {

// Decoded all three ways, which must agree.
std::string Decode(std::string_view json) {
  const test_support::ExactBuffer exact(json);
  Document document;
  const absl::Status status = document.Parse(exact.text());
  EXPECT_TRUE(status.ok()) << json << ": " << status.message();
  if (!status.ok()) return "";
  const Value value = document.root();
  std::string scratch;
  const std::string text(value.string(&scratch));
  std::array<char, 64> buffer;
  EXPECT_EQ(value.string(absl::MakeSpan(buffer)), text) << json;
  EXPECT_TRUE(value.StringEquals(text)) << json;
  EXPECT_FALSE(value.StringEquals(text + "x")) << json;
  if (!text.empty()) EXPECT_FALSE(value.StringEquals(text.substr(1))) << json;
  return text;
}

TEST(Value, DecodesEscapes) {
  EXPECT_EQ(Decode(R"("plain é")"), "plain é");
  EXPECT_EQ(Decode(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Decode(R"("\u0041\u00e9\u20AC\uffff")"), "Aé€\xEF\xBF\xBF");
  EXPECT_EQ(Decode(R"("\u0000")"), std::string_view("\0", 1));
  EXPECT_EQ(Decode(R"("a\\u0041")"), "a\\u0041");
  EXPECT_EQ(Decode(R"("")"), "");
}

TEST(Value, Surrogates) {
  EXPECT_EQ(Decode(R"("\ud83d\ude00")"), "😀");
  EXPECT_EQ(Decode(R"("\uD800\uDC00\uDBFF\uDFFF")"), "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF");
  // A half alone becomes U+FFFD and takes nothing else with it.
  EXPECT_EQ(Decode(R"("\ud83d")"), "\xEF\xBF\xBD");
  EXPECT_EQ(Decode(R"("\ude00x")"), "\xEF\xBF\xBDx");
  EXPECT_EQ(Decode(R"("\ud83dx")"), "\xEF\xBF\xBDx");
  EXPECT_EQ(Decode(R"("\ud83d\n")"), "\xEF\xBF\xBD\n");
  EXPECT_EQ(Decode(R"("\ud83d\u0041")"), "\xEF\xBF\xBD\x41");
  EXPECT_EQ(Decode(R"("\ud83d\ud83d\ude00")"), "\xEF\xBF\xBD😀");
  EXPECT_EQ(Decode(R"("\ude00\ud83d")"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST(Value, ScratchOnlyForEscapes) {
  Document document;
  ASSERT_TRUE(document.Parse(R"(["plain","esc\n"])").ok());
  std::string scratch = "untouched";
  const Value plain(&document, 1);
  EXPECT_EQ(plain.string(&scratch).data(), document.text().data() + 2);
  EXPECT_EQ(scratch, "untouched");
  EXPECT_EQ(Value(&document, 2).string(&scratch), "esc\n");
  EXPECT_EQ(scratch, "esc\n");
}

TEST(Value, BufferTooSmall) {
  Document document;
  ASSERT_TRUE(document.Parse(R"(["abc\n","ab\u20ac"])").ok());
  std::array<char, 4> four;
  EXPECT_EQ(Value(&document, 1).string(absl::MakeSpan(four)), "abc\n");
  EXPECT_EQ(Value(&document, 2).string(absl::MakeSpan(four)), std::nullopt);
  EXPECT_EQ(Value(&document, 1).string(absl::Span<char>()), std::nullopt);
}

TEST(Value, Find) {
  Document document;
  ASSERT_TRUE(document.Parse(R"({"a":1,"b":2,"a":{"a":3},"\u0061b":4,"":5,"\u00e9":6})").ok());
  const Value root = document.root();
  EXPECT_EQ(root.Find("a").raw(), "{\"a\":3}");  // the last, and not one from inside it
  EXPECT_EQ(root.Find("b").raw(), "2");
  EXPECT_EQ(root.Find("ab").raw(), "4");
  EXPECT_EQ(root.Find("").raw(), "5");
  EXPECT_EQ(root.Find("é").raw(), "6");
  EXPECT_FALSE(root.Find("c").present());
  EXPECT_FALSE(root.Find("b").Find("x").present());
  EXPECT_FALSE(Value().Find("x").present());
}

TEST(Value, AbsentAndScalarHaveNoChildren) {
  Document document;
  ASSERT_TRUE(document.Parse(R"(["x",{"a":1}])").ok());
  int seen = 0;
  for ([[maybe_unused]] const Value element : Elements(Value())) ++seen;
  for ([[maybe_unused]] const Member member : Members(Value())) ++seen;
  for ([[maybe_unused]] const Member member : Members(document.root())) ++seen;
  for ([[maybe_unused]] const Value element : Elements(Value(&document, 1))) ++seen;
  for ([[maybe_unused]] const Value element : Elements(Value(&document, 2))) ++seen;
  EXPECT_EQ(seen, 0);
  EXPECT_EQ(Value().size(), 0u);
  EXPECT_FALSE(Value().is(Kind::kNull));
}

TEST(Value, Spans) {
  Document document;
  ASSERT_TRUE(document.Parse(R"( {"a": [ 1, "x" ] } )").ok());
  const Value a = document.root().Find("a");
  EXPECT_EQ(document.root().byte_offset(), 1u);
  EXPECT_EQ(a.byte_offset(), 7u);
  EXPECT_EQ(a.raw(), "[ 1, \"x\" ]");
  EXPECT_EQ(KindName(a.kind()), "array");
  EXPECT_EQ(Value(&document, 4).raw_string(), "x");
}

}  // namespace
}  // namespace sluice::json
