#include "sluice/schema/output.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "../../support/schema_output.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "error_cases.h"
#include "gmock/gmock.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A schema with what it is compiled from.
class Compiled {
 public:
  explicit Compiled(std::string schema, Patterns patterns = Patterns::kLinear)
      : text_(std::move(schema)) {
    EXPECT_TRUE(document_.Parse(text_).ok()) << text_;
    Options options;
    options.assert_format = true;
    options.patterns = patterns;
    json::CompileContext context;
    program_ = Compile(document_.root(), options, context);
    EXPECT_TRUE(program_.ok()) << text_;
  }

  json::Value schema() const { return document_.root(); }
  const Program& program() const { return *program_; }

 private:
  std::string text_;
  json::Document document_;
  absl::StatusOr<Program> program_;
};

std::string Told(const Compiled& schema, std::string_view instance, Output output,
                 uint32_t max_errors = 16, const Budget& budget = {}) {
  json::Document document;
  EXPECT_TRUE(document.Parse(instance).ok()) << instance;
  Scratch scratch;
  OutputBuffer out(1u << 20);
  const absl::StatusOr<bool> valid =
      Validate(schema.program(), document.root(), output, max_errors, budget, scratch, out);
  EXPECT_TRUE(valid.ok()) << valid.status();
  return std::string(out.text());
}

std::string Told(std::string_view schema, std::string_view instance, Output output) {
  return Told(Compiled(std::string(schema)), instance, output);
}

size_t Times(std::string_view text, std::string_view in) {
  size_t times = 0;
  for (size_t at = in.find(text); at != in.npos; at = in.find(text, at + 1)) ++times;
  return times;
}

std::string Text(json::Value value) {
  std::string scratch;
  return value.present() ? std::string(value.string(&scratch)) : "";
}

void ExpectError(json::Value error, const ExpectedError& expected) {
  EXPECT_EQ(Text(error.Find("instanceLocation")), expected.instance_location);
  EXPECT_EQ(Text(error.Find("keywordLocation")), expected.keyword_location);
  EXPECT_EQ(Text(error.Find("absoluteKeywordLocation")), expected.absolute_location);
  EXPECT_EQ(Text(error.Find("keyword")), expected.keyword);
  EXPECT_EQ(error.Find("byteOffset").raw(), absl::StrCat(expected.byte_offset));
  EXPECT_EQ(Text(error.Find("message")), expected.message);
  EXPECT_EQ(Text(error.Find("expected")), expected.expected);
  EXPECT_EQ(Text(error.Find("actual")), expected.actual);
}

TEST(Errors, OfFaultsThatPeopleMake) {
  for (const ErrorCase& test : ErrorCases()) {
    SCOPED_TRACE(test.what);
    const std::string output = Told(test.schema, test.instance, Output::kErrors);
    json::Document document;
    ASSERT_TRUE(document.Parse(output).ok()) << output;
    EXPECT_TRUE(document.root().Find("valid").is(json::Kind::kFalse));
    const json::Value errors = document.root().Find("errors");
    ASSERT_EQ(errors.size(), test.errors.size()) << output;
    size_t i = 0;
    for (const json::Value error : json::Elements(errors)) ExpectError(error, test.errors[i++]);
  }
}

TEST(Errors, EveryOutputIsSound) {
  for (const ErrorCase& test : ErrorCases()) {
    const Compiled schema{std::string(test.schema)};
    json::Document document;
    ASSERT_TRUE(document.Parse(test.instance).ok());
    for (const uint32_t max_errors : {1u, 2u, 16u}) {
      test_support::OutputCheck check(schema.program(), schema.schema(), max_errors);
      EXPECT_EQ(check.Check(document.root()), "") << test.what;
      // Without enough steps there is an answer or a status, and nothing else changes.
      for (uint64_t steps = 1; steps < 200; steps += 13) {
        Budget budget;
        budget.max_steps = steps;
        EXPECT_EQ(check.Check(document.root(), budget), "") << test.what << " " << steps;
      }
    }
  }
}

TEST(Output, OfWhatIsValid) {
  EXPECT_EQ(Told("true", "1", Output::kErrors), "");
  EXPECT_EQ(Told("true", "1", Output::kFlag), R"({"valid":true})");
  EXPECT_EQ(Told("true", "1", Output::kBasic),
            R"({"valid":true,"keywordLocation":"","instanceLocation":"","annotations":[]})");
  EXPECT_EQ(Told("true", "1", Output::kDetailed),
            R"({"valid":true,"keywordLocation":"","instanceLocation":""})");
  EXPECT_EQ(Told("false", "1", Output::kFlag), R"({"valid":false})");
}

// The example of JSON Schema 2020-12, core, section 12.4.
constexpr std::string_view kPolygon = R"({
  "$id": "https://example.com/polygon",
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "$defs": {
    "point": {
      "type": "object",
      "properties": {"x": {"type": "number"}, "y": {"type": "number"}},
      "additionalProperties": false,
      "required": ["x", "y"]
    }
  },
  "type": "array",
  "items": {"$ref": "#/$defs/point"},
  "minItems": 3
})";
constexpr std::string_view kTwoPoints = R"([{"x":2.5,"y":1.3},{"x":1,"z":6.7}])";

TEST(Output, DetailedAsInTheSpecification) {
  EXPECT_EQ(
      Told(kPolygon, kTwoPoints, Output::kDetailed),
      R"({"valid":false,"keywordLocation":"",)"
      R"("absoluteKeywordLocation":"https://example.com/polygon#","instanceLocation":"","errors":[)"
      R"({"valid":false,"keywordLocation":"/minItems",)"
      R"("absoluteKeywordLocation":"https://example.com/polygon#/minItems",)"
      R"("instanceLocation":"","error":"must have at least 3 elements, not 2"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref",)"
      R"("absoluteKeywordLocation":"https://example.com/polygon#/$defs/point",)"
      R"("instanceLocation":"/1","errors":[)"
      R"({"valid":false,"keywordLocation":"/items/$ref/required",)"
      R"("absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/required",)"
      R"("instanceLocation":"/1","error":"\"y\" is missing"},)"
      R"({"valid":false,"keywordLocation":"/items/$ref/additionalProperties",)"
      R"("absoluteKeywordLocation":"https://example.com/polygon#/$defs/point/additionalProperties",)"
      R"("instanceLocation":"/1/z",)"
      R"("error":"\"z\" is not a known property; known are \"x\" and \"y\""}]}]})");
}

TEST(Output, BasicIsTheSameAsAList) {
  const std::string output = Told(kPolygon, kTwoPoints, Output::kBasic);
  json::Document document;
  ASSERT_TRUE(document.Parse(output).ok());
  std::vector<std::string> locations;
  for (const json::Value unit : json::Elements(document.root().Find("errors"))) {
    locations.push_back(Text(unit.Find("keywordLocation")));
  }
  EXPECT_THAT(locations, testing::ElementsAre("/minItems", "/items/$ref", "/items/$ref/required",
                                              "/items/$ref/additionalProperties"));
}

TEST(Output, AnnotationsOfWhatHolds) {
  const std::string output = Told(
      R"({"title":"T","anyOf":[{"type":"string","title":"no"},{"default":{"a":1}}],
          "properties":{"a":{"$ref":"#/$defs/a","description":"beside"}},
          "$defs":{"a":{"readOnly":true,"x-mine":null}}})",
      R"({"a":1})", Output::kBasic);
  json::Document document;
  ASSERT_TRUE(document.Parse(output).ok());
  std::vector<std::string> found;
  for (const json::Value unit : json::Elements(document.root().Find("annotations"))) {
    found.push_back(absl::StrCat(Text(unit.Find("keywordLocation")), " ",
                                 Text(unit.Find("instanceLocation")), " ",
                                 unit.Find("annotation").raw()));
  }
  EXPECT_THAT(found, testing::UnorderedElementsAre("/title  \"T\"", "/anyOf/1/default  {\"a\":1}",
                                                   "/properties/a/description /a \"beside\"",
                                                   "/properties/a/$ref/readOnly /a true",
                                                   "/properties/a/$ref/x-mine /a null"));
}

TEST(Output, NoAnnotationsWhereTheProgramKeepsNone) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"({"title":"T"})").ok());
  Options options;
  options.keep_annotations = false;
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(document.root(), options, context);
  ASSERT_TRUE(program.ok());
  Scratch scratch;
  OutputBuffer out(1000);
  ASSERT_TRUE(Validate(*program, document.root(), Output::kBasic, 1, {}, scratch, out).ok());
  EXPECT_THAT(std::string(out.text()), Not(HasSubstr("\"T\"")));
}

TEST(Errors, AreBoundedInNumber) {
  std::string instance = "[";
  for (int i = 0; i < 500; ++i) instance += "{\"a\":1},";
  instance += "0]";
  const Compiled schema(
      R"({"items":{"anyOf":[{"properties":{"a":{"type":"string"}},"required":["b"],"type":"object"},
                            {"type":"null"}]}})");
  for (const uint32_t max_errors : {1u, 3u, 16u, 1000u, 100'000u}) {
    for (const Output output : {Output::kErrors, Output::kDetailed}) {
      json::Document document;
      ASSERT_TRUE(document.Parse(instance).ok());
      test_support::OutputCheck check(schema.program(), schema.schema(),
                                      std::min(max_errors, kMaxErrors));
      EXPECT_EQ(check.Check(document.root()), "");
      EXPECT_THAT(Told(schema, instance, output, max_errors), HasSubstr("is missing"));
    }
  }
}

// Names are a client's: to look for what it meant is for so many of them, not for all.
TEST(Errors, HintsAreBoundedTogether) {
  std::string properties;
  std::string misspelt;
  for (int i = 0; i < 500; ++i) {
    const std::string name = absl::StrCat(std::string(50, 'n'), absl::Dec(i, absl::kZeroPad8));
    absl::StrAppend(&properties, i == 0 ? "" : ",", "\"", name, "\":true");
    absl::StrAppend(&misspelt, i == 0 ? "" : ",", "\"", name, "x\":0");
  }
  const Compiled unknown(
      absl::StrCat(R"({"additionalProperties":false,"properties":{)", properties, "}}"));
  const std::string known = Told(unknown, absl::StrCat("{", misspelt, "}"), Output::kErrors, 1000);
  EXPECT_EQ(Times("is not a known property", known), 500u);
  EXPECT_GE(Times("did you mean", known), 2u);
  EXPECT_LE(Times("did you mean", known), 10u);
  // What is told at a misspelt name isn't told as missing; all others are.
  const std::string names = absl::StrReplaceAll(properties, {{":true", ""}});
  const Compiled required(absl::StrCat(R"({"additionalProperties":false,"required":[)", names,
                                       R"(],"properties":{)", properties, "}}"));
  const std::string told = Told(required, absl::StrCat("{", misspelt, "}"), Output::kErrors, 1000);
  EXPECT_EQ(Times("is missing", told) + Times("did you mean", told), 500u);
  EXPECT_LE(Times("did you mean", told) + Times("meant to be it", told), 10u);
}

TEST(Errors, LongNamesDoNotMakeLongLocations) {
  const std::string name(100'000, 'n');
  const Compiled schema(R"({"additionalProperties":{"additionalProperties":{"type":"string"}}})");
  const std::string instance = absl::StrCat(R"({"a":{")", name, R"(":1}})");
  const std::string output = Told(schema, instance, Output::kErrors);
  EXPECT_LT(output.size(), 1000u);
  EXPECT_THAT(output, HasSubstr(R"("instanceLocation":"/a",)"));
  EXPECT_THAT(output, HasSubstr("must be a string"));
}

// However many alternatives there are, by the member that tells them apart.
TEST(Errors, OfManyTaggedAlternatives) {
  std::string alternatives;
  for (int i = 0; i < 300; ++i) {
    absl::StrAppend(&alternatives, i == 0 ? "" : ",", R"({"required":["type"],"properties":)",
                    R"({"type":{"const":"v)", i, R"("},"x)", i, R"(":{"type":"null"}}})");
  }
  const Compiled schema(absl::StrCat(R"({"oneOf":[)", alternatives, "]}"));
  EXPECT_THAT(Told(schema, R"({"type":"v299","x299":1})", Output::kErrors),
              HasSubstr(R"("/oneOf/299/properties/x299/type")"));
  const std::string unknown = Told(schema, R"({"type":"v2x"})", Output::kErrors);
  EXPECT_THAT(unknown, HasSubstr(R"(must be \"v0\", \"v1\",)"));
  EXPECT_THAT(unknown, HasSubstr(R"(did you mean \"v2\"?)"));
  EXPECT_THAT(Told(schema, "{}", Output::kErrors),
              HasSubstr(R"(\"type\" is missing; it must be \"v0\", \"v1\",)"));
  // Where nothing tells them apart, what is missing is said once.
  std::string others;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&others, R"({"required":["type"]},)");
  const Compiled same(absl::StrCat(R"({"anyOf":[)", others, R"({"required":["kind"]}]})"));
  EXPECT_THAT(Told(same, "{}", Output::kErrors),
              HasSubstr(R"("message":"\"type\" or \"kind\" is missing")"));
}

TEST(Errors, OfAlternativesTooFarWithinEachOther) {
  std::string definitions;
  for (int i = 0; i < 9; ++i) {
    const std::string next = absl::StrCat(R"({"$ref":"#/$defs/a)", i + 1, "\"}");
    absl::StrAppend(&definitions, "\"a", i, R"(":{"anyOf":[)", next, ",", next, "]},");
  }
  const Compiled kinds(absl::StrCat(R"({"$defs":{)", definitions,
                                    R"("a9":{"type":"integer"}},"$ref":"#/$defs/a0"})"));
  EXPECT_THAT(Told(kinds, R"("1")", Output::kErrors),
              HasSubstr(R"("message":"must match at least one alternative, but matches none")"));
  EXPECT_THAT(Told(kinds, "1.5", Output::kErrors), HasSubstr("but matches none"));
}

// As deep as documents and references go: a stack that is too small ends here.
TEST(Errors, AsDeepAsABudgetAllows) {
  const Compiled schema(
      R"({"$defs":{"a":{"type":["object","integer"],"properties":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}}}},
          "$ref":"#/$defs/a"})");
  std::string instance = "\"x\"";
  for (int i = 0; i < 500; ++i) instance = absl::StrCat(R"({"a":)", instance, "}");
  for (const Output output : {Output::kErrors, Output::kBasic, Output::kDetailed}) {
    const std::string told = Told(schema, instance, output);
    EXPECT_THAT(told, HasSubstr("must be an integer or an object, not the string"));
    EXPECT_LT(told.size(), 200'000u);
  }
}

TEST(Errors, OfAPatternThatTakesTooLong) {
  const Compiled schema(R"({"not":{"properties":{"a":{"pattern":"^(?=(a+)+$)b"}}}})",
                        Patterns::kBudgeted);
  const std::string instance = absl::StrCat(R"({"a":")", std::string(5000, 'a'), "!\"}");
  Budget budget;
  budget.max_pattern_steps = 1000;
  for (const Output output : {Output::kErrors, Output::kBasic, Output::kDetailed}) {
    const std::string told = Told(schema, instance, output, 16, budget);
    EXPECT_THAT(told, HasSubstr("takes too many steps to match the pattern"));
    EXPECT_THAT(told, HasSubstr("/not/properties/a/pattern"));
  }
}

TEST(Output, ThatIsTooLongIsAStatus) {
  const Compiled schema(R"({"required":["a"]})");
  json::Document document;
  ASSERT_TRUE(document.Parse("{}").ok());
  Scratch scratch;
  OutputBuffer out(50);
  const absl::StatusOr<bool> valid =
      Validate(schema.program(), document.root(), Output::kErrors, 16, {}, scratch, out);
  EXPECT_EQ(BudgetOf(valid.status()), sluice::Budget::kOutputBytes);
}

TEST(Output, SaysWhichBudgetTheAnnotationsExceed) {
  std::string elements = "[0";
  for (int i = 0; i < 70'000; ++i) elements += ",0";
  elements += "]";
  json::Document document;
  ASSERT_TRUE(document.Parse(elements).ok());
  const auto exceeded = [&](std::string schema, const Budget& budget) {
    const Compiled compiled(std::move(schema));
    Scratch scratch;
    OutputBuffer out(1u << 20);
    const absl::StatusOr<bool> valid =
        Validate(compiled.program(), document.root(), Output::kBasic, 16, budget, scratch, out);
    return BudgetOf(valid.status());
  };
  EXPECT_EQ(exceeded(R"({"items":{"title":"a"}})", {}), sluice::Budget::kResults);
  // What is valid by its first alternative has annotations of the second.
  Budget few;
  few.max_steps = 1000;
  EXPECT_EQ(exceeded(R"({"anyOf":[true,{"items":{"minimum":0}}]})", few), sluice::Budget::kSteps);
}

// Alternatives at each level of a deep value: what is kept of them doesn't multiply.
TEST(Errors, AlternativesWithinAlternatives) {
  const Compiled schema(
      R"({"$defs":{"t":{"oneOf":[
            {"type":"object","properties":{"l":{"$ref":"#/$defs/t"},"v":{"type":"string"}},
             "required":["l","v"]},
            {"type":"object","properties":{"l":{"$ref":"#/$defs/t"},"v":{"type":"number"}},
             "required":["l","v","w"]},
            {"const":"leaf"}]}},"$ref":"#/$defs/t"})");
  std::string instance = "\"laef\"";
  for (int i = 0; i < 12; ++i) instance = absl::StrCat(R"({"v":"x","l":)", instance, "}");
  const std::string output = Told(schema, instance, Output::kErrors);
  EXPECT_THAT(output, HasSubstr("must be \\\"leaf\\\", not \\\"laef\\\""));
  json::Document document;
  ASSERT_TRUE(document.Parse(output).ok());
  EXPECT_EQ(document.root().Find("errors").size(), 1u) << output;
}

TEST(Scratch, KeepsWhatErrorsNeedAndGivesItBack) {
  const Compiled schema(R"({"items":{"type":"string"},"uniqueItems":true})");
  json::Document document;
  ASSERT_TRUE(document.Parse("[1,2,3,4,5,6,7,8,9]").ok());
  Scratch scratch;
  OutputBuffer out(1u << 20);
  size_t retained = 0;
  for (int i = 0; i < 5; ++i) {
    out.Clear();
    ASSERT_TRUE(
        Validate(schema.program(), document.root(), Output::kErrors, 16, {}, scratch, out).ok());
    if (i == 0) retained = scratch.retained_bytes();
    EXPECT_EQ(scratch.retained_bytes(), retained);
  }
  scratch.Trim(0);
  EXPECT_EQ(scratch.retained_bytes(), 0u);
}

}  // namespace
}  // namespace sluice::schema
