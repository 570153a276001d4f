#include "sluice/json/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace sluice::json {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kKeys[] = {"name", "count", "on", "per", "kind", "share"};
constexpr std::string_view kKinds[] = {"red", "green"};

class ObjectReaderTest : public ::testing::Test {
 protected:
  ObjectReader Read(std::string_view text) {
    EXPECT_TRUE(document_.Parse(text).ok()) << text;
    return ObjectReader(document_.root(), kKeys, context_);
  }
  void ExpectIssue(std::string_view code, std::string_view pointer, size_t offset,
                   std::string_view message) {
    ASSERT_EQ(context_.issues().total(), 1u);
    const Issue& issue = context_.issues().list()[0];
    EXPECT_EQ(issue.code, code);
    EXPECT_EQ(issue.pointer, pointer);
    EXPECT_EQ(issue.byte_offset, offset);
    EXPECT_THAT(issue.message, HasSubstr(std::string(message)));
  }

  Document document_;
  CompileContext context_;
};

TEST_F(ObjectReaderTest, ReadsEveryType) {
  const ObjectReader reader =
      Read(R"({"name":"a\u0062","count":1e3,"on":false,"per":"60s","kind":"green","share":0.25})");
  EXPECT_EQ(reader.String("name"), "ab");
  EXPECT_EQ(reader.Integer("count", 0, 1000), 1000);
  EXPECT_EQ(reader.Bool("on"), false);
  EXPECT_EQ(reader.Duration("per"), 60'000);
  EXPECT_EQ(reader.Enum("kind", kKinds), 1u);
  EXPECT_EQ(reader.Number("share"), 0.25);
  EXPECT_TRUE(reader.Require("on").present());
  EXPECT_TRUE(context_.issues().empty());
}

TEST_F(ObjectReaderTest, AbsentMembersAreSilent) {
  const ObjectReader reader = Read("{}");
  EXPECT_EQ(reader.String("name"), std::nullopt);
  EXPECT_EQ(reader.Integer("count", 0, 1), std::nullopt);
  EXPECT_EQ(reader.Bool("on"), std::nullopt);
  EXPECT_EQ(reader.Duration("per"), std::nullopt);
  EXPECT_EQ(reader.Enum("kind", kKinds), std::nullopt);
  EXPECT_EQ(reader.Number("share"), std::nullopt);
  EXPECT_TRUE(context_.issues().empty());
}

TEST_F(ObjectReaderTest, NotAnObject) {
  const ObjectReader reader = Read(" [1]");
  ExpectIssue("wrong_type", "", 1, "expected an object, found an array");
  EXPECT_FALSE(reader.object().present());
  EXPECT_FALSE(reader.Require("name").present());
  EXPECT_EQ(context_.issues().total(), 1u);  // nothing more about what isn't there
}

TEST_F(ObjectReaderTest, AbsentObject) {
  const ObjectReader reader(Value(), kKeys, context_);
  ExpectIssue("wrong_type", "", 0, "expected an object, found nothing");
  EXPECT_FALSE(reader.Get("name").present());
}

TEST_F(ObjectReaderTest, UnknownKey) {
  Read(R"({"name":"x","cuont":1})");
  ExpectIssue("unknown_key", "/cuont", 12, R"(unknown key "cuont" (did you mean "count"?))");
}

TEST_F(ObjectReaderTest, DuplicateKey) {
  Read(R"({"name":"x","n\u0061me":"y"})");
  ExpectIssue("duplicate_key", "/name", 12, R"("name" is there more than once)");
}

TEST_F(ObjectReaderTest, MissingKey) {
  EXPECT_FALSE(Read(R"({"on":true})").Require("name").present());
  ExpectIssue("missing_key", "", 0, R"("name" is missing)");
}

TEST_F(ObjectReaderTest, WrongTypes) {
  EXPECT_EQ(Read(R"({"name":1})").String("name"), std::nullopt);
  ExpectIssue("wrong_type", "/name", 8, "expected a string, found a number");
}

TEST_F(ObjectReaderTest, BooleanIsOneType) {
  EXPECT_EQ(Read(R"({"on":null})").Bool("on"), std::nullopt);
  ExpectIssue("wrong_type", "/on", 6, "expected a boolean, found null");
}

TEST_F(ObjectReaderTest, IntegerRange) {
  EXPECT_EQ(Read(R"({"count":11})").Integer("count", 1, 10), std::nullopt);
  ExpectIssue("out_of_range", "/count", 9, "expected an integer from 1 to 10, found 11");
}

TEST_F(ObjectReaderTest, FractionIsNoInteger) {
  EXPECT_EQ(Read(R"({"count":1.5})").Integer("count", 1, 10), std::nullopt);
  ExpectIssue("out_of_range", "/count", 9, "found 1.5");
}

TEST_F(ObjectReaderTest, InfiniteNumber) {
  EXPECT_EQ(Read(R"({"share":1e999})").Number("share"), std::nullopt);
  ExpectIssue("out_of_range", "/share", 9, "1e999 is too large");
}

TEST_F(ObjectReaderTest, Duration) {
  EXPECT_EQ(Read(R"({"per":"60"})").Duration("per"), std::nullopt);
  ExpectIssue("invalid_duration", "/per", 7, "like \"60s\"");
}

TEST_F(ObjectReaderTest, EnumSuggests) {
  EXPECT_EQ(Read(R"({"kind":"gren"})").Enum("kind", kKinds), std::nullopt);
  ExpectIssue("unknown_value", "/kind", 8,
              R"(expected one of "red", "green" (did you mean "green"?))");
}

TEST_F(ObjectReaderTest, HostileObjectIsBounded) {
  std::string text = "{";
  for (int i = 0; i < 20'000; ++i) text += "\"k" + std::to_string(i) + "\":1,";
  text += "\"" + std::string(200'000, 'x') + "\":1}";
  Read(text);
  EXPECT_EQ(context_.issues().total(), 20'001u);
  EXPECT_EQ(context_.issues().list().size(), Issues::kMaxIssues);
}

TEST(Expect, Kinds) {
  Document document;
  ASSERT_TRUE(document.Parse(R"([true,"x"])").ok());
  CompileContext context;
  EXPECT_TRUE(Expect(Value(&document, 1), Kind::kFalse, context));  // a boolean is a boolean
  EXPECT_TRUE(Expect(document.root(), Kind::kArray, context));
  EXPECT_TRUE(context.issues().empty());
  EXPECT_FALSE(Expect(Value(&document, 2), Kind::kObject, context));
  EXPECT_EQ(context.issues().list()[0].pointer, "/1");
}

}  // namespace
}  // namespace sluice::json
