// What is refused, where, and in which words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "../../support/exact_buffer.h"
#include "../../support/json_oracle.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"

namespace sluice::json {
namespace {

using test_support::ExactBuffer;
using test_support::JsonOracle;
using test_support::JsonVerdict;
using ::testing::HasSubstr;

JsonVerdict Judge(std::string_view text, const JsonBudget& budget = {}) {
  const ExactBuffer exact(text);
  static Document document;
  const absl::Status status = document.Parse(exact.text(), budget);
  if (status.ok()) return {};
  const bool budgeted = ErrorCodeOf(status) == ErrorCode::kBudgetExceeded;
  if (!budgeted) EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidJson) << status.message();
  EXPECT_TRUE(ByteOffsetOf(status).has_value()) << status.message();
  return {budgeted ? JsonVerdict::kTooDeep : JsonVerdict::kInvalid,
          ByteOffsetOf(status).value_or(~size_t{0})};
}

struct Case {
  std::string_view text;
  size_t offset;
  std::string_view message;
};

// The offsets are what matters; the messages must name what was expected and found.
TEST(Fault, OffsetsAndMessages) {
  const Case cases[] = {
      {"", 0, "expected a value, found the end of the text"},
      {" \n\t ", 4, "expected a value, found the end of the text"},
      {"[", 1, "expected a value or ']' after '[', found the end of the text"},
      {"{", 1, "expected a member name in double quotes or '}' after '{', found the end"},
      {"]", 0, "expected a value, found ']'"},
      {"[1, 2", 5, "expected ',' or ']' after an array element, found the end of the text"},
      {"[1 2]", 3, "expected ',' or ']' after an array element, found '2'"},
      {"[1,]", 3, "expected a value, found ']'"},
      {"[,1]", 1, "expected a value or ']' after '[', found ','"},
      {"[1}", 2, "expected ',' or ']' after an array element, found '}'"},
      {"{\"a\":1]", 6, "expected ',' or '}' after a member, found ']'"},
      {"{\"a\"}", 4, "expected ':' after a member name, found '}'"},
      {"{\"a\":}", 5, "expected a value, found '}'"},
      {"{\"a\":1,}", 7, "expected a member name in double quotes after ',', found '}'"},
      {"{a:1}", 1, "expected a member name in double quotes or '}' after '{', found 'a'"},
      {"{'a':1}", 1, "found '''"},
      {"{1:1}", 1, "found '1'"},
      {"{\"a\" \"b\"}", 5, "expected ':' after a member name, found '\"'"},
      {"1 2", 2, "expected nothing after the document's value, found '2'"},
      {"{}}", 2, "expected nothing after the document's value, found '}'"},
      {"\"a\"b", 3, "expected nothing after the document's value, found 'b'"},
      {"tru", 3, "expected the literal true, found the end of the text"},
      {"[trie]", 3, "expected the literal true, found 'i'"},
      {"falsy", 4, "expected the literal false, found 'y'"},
      {"nul]", 3, "expected the literal null, found ']'"},
      {"[nullx]", 5, "expected ',' or ']' after an array element, found 'x'"},
      {"True", 0, "expected a value, found 'T'"},
      {"NaN", 0, "expected a value, found 'N'"},
      {"[Infinity]", 1, "found 'I'"},
      {"undefined", 0, "found 'u'"},
      {"-", 1, "expected a digit after '-', found the end of the text"},
      {"[-]", 2, "expected a digit after '-', found ']'"},
      {"-Infinity", 1, "expected a digit after '-', found 'I'"},
      {"+1", 0, "found '+'"},
      {".5", 0, "found '.'"},
      {"[1.]", 3, "expected a digit after the decimal point, found ']'"},
      {"1.e5", 2, "expected a digit after the decimal point, found 'e'"},
      {"1e", 2, "expected a digit in the exponent, found the end of the text"},
      {"1e+", 3, "expected a digit in the exponent"},
      {"01", 1, "a number must not start with 0"},
      {"[-012]", 3, "a number must not start with 0"},
      {"0x10", 1, "found 'x'"},
      {"1_000", 1, "found '_'"},
      {"[1.2.3]", 4, "expected ',' or ']' after an array element, found '.'"},
      {"1\"a\"", 1, "found '\"'"},
      {"// c\n1", 0, "found '/'"},
      {"[1]/**/", 3, "found '/'"},
      {"\"abc", 0, "this string has no closing quote"},
      {"[\"a\", \"b]", 6, "this string has no closing quote"},
      {"\"abc\\\"", 0, "this string has no closing quote"},
      {"\"\\q\"", 1, "invalid escape"},
      {"[\"a\\x41\"]", 3, "invalid escape"},
      {"\"\\u12\"", 1, "invalid escape"},
      {"\"\\u12G4\"", 1, "invalid escape"},
      {"\"\\U0041\"", 1, "invalid escape"},
      {"\"a\nb\"", 2, "raw control character (byte 0x0A) in a string"},
      {"\"\t\"", 1, "raw control character (byte 0x09) in a string"},
      {"\"\x80\"", 1, "invalid UTF-8 (byte 0x80)"},
      {"\"\xC0\xAF\"", 1, "invalid UTF-8 (byte 0xC0)"},
      {"\"ab\xED\xA0\x80\"", 3, "invalid UTF-8 (byte 0xED)"},
      {"\"\xF5\x80\x80\x80\"", 1, "invalid UTF-8 (byte 0xF5)"},
      {"\"\xE2\x82\"", 1, "invalid UTF-8 (byte 0xE2)"},
      {"\xC3\xA9", 0, "expected a value, found byte 0xC3"},
      {"[1,\xA0\x32]", 3, "expected a value, found byte 0xA0"},
      {"[1\xC2\xA0]", 2, "found byte 0xC2"},
      {"[1,\f2]", 3, "found byte 0x0C"},
      {"\\\"a\"", 0, "expected a value, found '\\'"},
      {"\xEF\xBB\xBF{}", 0, "byte order mark"},
      {"{}\xEF\xBB\xBF", 2, "found byte 0xEF"},
      // Two faults: the first one counts, whatever stage found it.
      {"[1 2, \"\x01\"]", 3, "expected ',' or ']'"},
      {"[\"\\q\", \"abc]", 2, "invalid escape"},
      {"[1, \"abc] x", 4, "this string has no closing quote"},
      {"1 \"abc", 2, "expected nothing after the document's value, found '\"'"},
      {"{\"a\" \"\xFF\"}", 5, "expected ':' after a member name, found '\"'"},
  };
  for (const Case& c : cases) {
    const ExactBuffer exact(c.text);
    Document document;
    const absl::Status status = document.Parse(exact.text());
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidJson) << c.text;
    EXPECT_EQ(ByteOffsetOf(status), c.offset) << c.text << ": " << status.message();
    EXPECT_THAT(std::string(status.message()), HasSubstr(std::string(c.message))) << c.text;
    EXPECT_EQ(JsonOracle(c.text, 512).Judge(), (JsonVerdict{JsonVerdict::kInvalid, c.offset}))
        << c.text;
  }
}

TEST(Fault, NulBytesAreBytes) {
  EXPECT_EQ(Judge(std::string_view("1\0", 2)), (JsonVerdict{JsonVerdict::kInvalid, 1}));
  EXPECT_EQ(Judge(std::string_view("\"\0\"", 3)), (JsonVerdict{JsonVerdict::kInvalid, 1}));
}

TEST(Fault, EveryEscapeByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("[\"\\") + static_cast<char>(byte) + "0041\"]";
    EXPECT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << byte;
  }
  for (int byte = 0; byte < 256; ++byte) {
    for (size_t place = 0; place < 4; ++place) {
      std::string text = "\"\\u0041\"";
      text[3 + place] = static_cast<char>(byte);
      EXPECT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << byte << " at " << place;
    }
  }
}

constexpr std::string_view kSample =
    "  {\"id\": 9007199254740993, \"n\u00e4me\":\"A \\\"q\\\" \\u00e9\\ud83d\\ude00 "
    "\xF0\x9F\x98\x80\","
    "\n\t\"list\":[1,-2.5e+10,true,false,null,[],{},[[\"\"]]],\"\":{\"a\":{\"b\":0}}}\r\n";

TEST(Fault, TruncatedAtEveryByte) {
  ASSERT_EQ(Judge(kSample), JsonVerdict{});
  for (size_t length = 0; length < kSample.size() - 2; ++length) {
    const std::string_view text = kSample.substr(0, length);
    const JsonVerdict verdict = Judge(text);
    EXPECT_EQ(verdict.kind, JsonVerdict::kInvalid) << length;
    EXPECT_EQ(verdict, JsonOracle(text, 512).Judge()) << length;
  }
}

TEST(Fault, EveryByteReplacedByEveryByte) {
  std::string text(kSample);
  for (size_t place = 0; place < text.size(); ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      text[place] = static_cast<char>(byte);
      ASSERT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << place << ' ' << byte;
    }
    text[place] = kSample[place];
  }
}

// Blocks of 64 bytes are where SIMD kernels carry state.
TEST(Fault, SameAtEveryAlignment) {
  for (const std::string_view end : {"\"a\\\\\"]", "\"a\\\\\\\"\"]", "\"\\q\"]", "\"\x80\"]", "\"a",
                                     "1x]", "\"\xE2\x82\xAC\"]", "\"\x1F\"]", "\\\"a\"]"}) {
    for (size_t pad = 0; pad < 140; ++pad) {
      const std::string text = "[\"" + std::string(pad, 'x') + "\"," + std::string(end);
      ASSERT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << pad << end;
    }
  }
}

// All texts of up to five pieces.
TEST(Fault, AllShortTexts) {
  constexpr std::string_view kPieces[] = {"{",  "}",     "[",   "]",    ",",    ":",    "\"",
                                          "\\", "u00e9", "1",   "0",    "-",    ".",    "e",
                                          " ",  "t",     "rue", "null", "\x01", "\xC3", "\xA9"};
  constexpr size_t kLength = 4;
  const size_t count = std::size(kPieces);
  size_t total = 1;
  for (size_t i = 0; i < kLength; ++i) total *= count + 1;
  std::string text;
  for (size_t number = 0; number < total; ++number) {
    text.clear();
    for (size_t left = number; left != 0; left /= count + 1) {
      if (const size_t piece = left % (count + 1); piece != 0) text += kPieces[piece - 1];
    }
    ASSERT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << text;
  }
}

std::string Nested(size_t depth, std::string_view open, std::string_view close) {
  std::string text;
  for (size_t i = 0; i < depth; ++i) text += open;
  if (close[0] == '}') text += "0";
  for (size_t i = 0; i < depth; ++i) text += close;
  return text;
}

TEST(Budget, DepthAtTheLimitAndOneBeyond) {
  EXPECT_EQ(Judge(Nested(512, "[", "]")), JsonVerdict{});
  EXPECT_EQ(Judge(Nested(513, "[", "]")), (JsonVerdict{JsonVerdict::kTooDeep, 512}));
  EXPECT_EQ(Judge(Nested(512, "{\"a\":", "}")), JsonVerdict{});
  EXPECT_EQ(Judge(Nested(513, "{\"a\":", "}")), (JsonVerdict{JsonVerdict::kTooDeep, 5 * 512}));
  JsonBudget shallow;
  shallow.max_depth = 1;
  EXPECT_EQ(Judge("[1,{}]", shallow), (JsonVerdict{JsonVerdict::kTooDeep, 3}));
  EXPECT_EQ(Judge("[1,2]", shallow), JsonVerdict{});
  shallow.max_depth = 0;
  EXPECT_EQ(Judge("1", shallow), JsonVerdict{});
  EXPECT_EQ(Judge("[]", shallow), (JsonVerdict{JsonVerdict::kTooDeep, 0}));
}

TEST(Budget, OnlyOpeningBrackets) {
  // The most nodes for its positions: what the node array is sized for.
  for (const size_t count : {1u, 100u, 511u, 512u, 513u, 5000u}) {
    const std::string text(count, '[');
    EXPECT_EQ(Judge(text), JsonOracle(text, 512).Judge()) << count;
  }
}

TEST(Budget, DepthBeforeALexicalFault) {
  JsonBudget shallow;
  shallow.max_depth = 2;
  EXPECT_EQ(Judge("[[[ \"\x01\"", shallow), (JsonVerdict{JsonVerdict::kTooDeep, 2}));
}

TEST(Budget, Length) {
  JsonBudget budget;
  budget.max_input_bytes = 4;
  Document document;
  EXPECT_TRUE(document.Parse("1234", budget).ok());
  const absl::Status status = document.Parse("12345", budget);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("5 bytes, more than the 4 allowed"));
}

}  // namespace
}  // namespace sluice::json
