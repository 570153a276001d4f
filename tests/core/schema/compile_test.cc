#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "support.h"

namespace sluice::schema {
namespace {

using test::FaultsOf;
using test::In;
using test::MessageOf;
using test::Validator;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(SchemaCompile, FindsDialectsByNameAndUri) {
  EXPECT_EQ(FindDialect("2020-12"), Dialect::kDraft2020_12);
  EXPECT_EQ(FindDialect("draft-04"), Dialect::kDraft4);
  EXPECT_EQ(FindDialect("http://json-schema.org/draft-07/schema#"), Dialect::kDraft7);
  EXPECT_EQ(FindDialect("http://json-schema.org/draft-07/schema"), Dialect::kDraft7);
  EXPECT_EQ(FindDialect("https://json-schema.org/draft/2019-09/schema"), Dialect::kDraft2019_09);
  EXPECT_EQ(FindDialect("draft-05"), std::nullopt);
  EXPECT_EQ(FindDialect(""), std::nullopt);
  EXPECT_EQ(DialectName(Dialect::kDraft6), "draft-06");
}

TEST(SchemaCompile, ReportsEveryFaultWithItsPlace) {
  EXPECT_THAT(
      FaultsOf(R"x({"type":"strin","minLength":-1,"properties":{"a":5,"b":{"pattern":"("}},)x"
               R"("required":"a"})"),
      ElementsAre("unknown_value /type 8", "out_of_range /minLength 28", "wrong_type /required 83",
                  "wrong_type /properties/a 49", "invalid_pattern /properties/b/pattern 68"));
}

TEST(SchemaCompile, FaultsInPartsThatNothingUsesAreFaults) {
  EXPECT_THAT(FaultsOf(R"({"$defs":{"a":{"$defs":{"b":{"maximum":"1"}}}}})"),
              ElementsAre("wrong_type /$defs/a/$defs/b/maximum 39"));
}

TEST(SchemaCompile, WrongValuesOfKeywords) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {R"({"type":[]})", "out_of_range /type 8"},
      {R"({"type":["string","string"]})", "duplicate_value /type/1 18"},
      {R"({"type":5})", "wrong_type /type 8"},
      {R"({"enum":5})", "wrong_type /enum 8"},
      {R"({"multipleOf":0})", "out_of_range /multipleOf 14"},
      {R"({"multipleOf":-2})", "out_of_range /multipleOf 14"},
      {R"({"maxItems":1.5})", "out_of_range /maxItems 12"},
      {R"({"maxItems":"1"})", "wrong_type /maxItems 12"},
      {R"({"uniqueItems":1})", "wrong_type /uniqueItems 15"},
      {R"({"allOf":[]})", "out_of_range /allOf 9"},
      {R"({"allOf":{}})", "wrong_type /allOf 9"},
      {R"({"items":[true]})", "wrong_type /items 9"},
      {R"({"not":null})", "wrong_type /not 7"},
      {R"({"required":["a","a"]})", "duplicate_value /required/1 17"},
      {R"({"required":[1]})", "wrong_type /required/0 13"},
      {R"({"properties":[]})", "wrong_type /properties 14"},
      {R"({"dependentRequired":{"a":["b",1]}})", "wrong_type /dependentRequired/a/1 31"},
      {R"({"dependentRequired":{"a":["b","b"]}})", "duplicate_value /dependentRequired/a/1 31"},
      {R"({"$defs":[]})", "wrong_type /$defs 9"},
      {R"({"definitions":true})", "wrong_type /definitions 15"},
      {R"({"patternProperties":{"[":true}})", "invalid_pattern /patternProperties/[ 24"},
      {R"x({"pattern":"a(?=b)"})x", "unsupported_pattern /pattern 13"},
      {R"x({"pattern":"a(?=b"})x", "invalid_pattern /pattern 17"},
      {R"({"$ref":5})", "wrong_type /$ref 8"},
      {R"({"$anchor":"1x"})", "invalid_id /$anchor 11"},
      {R"({"$id":"http://x/#a"})", "invalid_id /$id 7"},
      {R"({"type":"null","type":"null"})", "duplicate_key /type 15"},
      {R"({"$schema":"http://example.com/none"})", "unknown_dialect /$schema 11"},
      {R"(7)", "wrong_type  0"},
  };
  for (const auto& [schema, fault] : cases) {
    EXPECT_THAT(FaultsOf(schema), ElementsAre(fault)) << schema;
  }
}

TEST(SchemaCompile, Draft4HasRulesOfItsOwn) {
  const Options draft4 = In(Dialect::kDraft4);
  EXPECT_THAT(FaultsOf(R"({"exclusiveMinimum":true})", draft4),
              ElementsAre("missing_key /exclusiveMinimum 20"));
  EXPECT_THAT(FaultsOf(R"({"minimum":1,"exclusiveMinimum":2})", draft4),
              ElementsAre("wrong_type /exclusiveMinimum 32"));
  EXPECT_THAT(FaultsOf(R"({"required":[]})", draft4), ElementsAre("out_of_range /required 12"));
  EXPECT_THAT(FaultsOf(R"({"dependencies":{"a":[]}})", draft4),
              ElementsAre("out_of_range /dependencies/a 21"));
  EXPECT_THAT(FaultsOf(R"({"items":true})", draft4), ElementsAre("wrong_type /items 9"));
  EXPECT_THAT(FaultsOf(R"({"properties":{"additionalItems":false}})", draft4),
              ElementsAre("wrong_type /properties/additionalItems 33"));
  EXPECT_THAT(
      FaultsOf(R"({"items":[],"additionalItems":false,"additionalProperties":true})", draft4),
      ElementsAre("compiles"));
  EXPECT_THAT(FaultsOf(R"({"enum":[]})", draft4), ElementsAre("out_of_range /enum 8"));
  EXPECT_THAT(FaultsOf(R"({"required":[],"enum":[]})"), ElementsAre("compiles"));
  EXPECT_THAT(MessageOf(R"({"properties":{"a":{"required":true}}})"), HasSubstr("draft-03"));
}

TEST(SchemaCompile, ReferencesThatNameNothing) {
  EXPECT_THAT(FaultsOf(R"({"$defs":{"address":{}},"$ref":"#/$defs/adress"})"),
              ElementsAre("unresolved_reference /$ref 31"));
  EXPECT_THAT(MessageOf(R"({"$defs":{"address":{}},"$ref":"#/$defs/adress"})"),
              HasSubstr(R"(did you mean "address"?)"));
  EXPECT_THAT(MessageOf(R"({"$ref":"https://json-schema.org/draft/2020-12/schem"})"),
              HasSubstr("nothing is called"));
  EXPECT_THAT(FaultsOf(R"({"$ref":"#/a%zz"})"), ElementsAre("invalid_reference /$ref 8"));
  EXPECT_THAT(FaultsOf(R"({"$ref":"#/a~2"})"), ElementsAre("invalid_reference /$ref 8"));
  EXPECT_THAT(FaultsOf(R"({"enum":[1],"$ref":"#/enum/0"})"), ElementsAre("wrong_type /enum/0 9"));
  EXPECT_THAT(FaultsOf(R"({"allOf":[true],"$ref":"#/allOf/01"})"),
              ElementsAre("unresolved_reference /$ref 23"));
}

TEST(SchemaCompile, LoopsWithoutProgressAreFaults) {
  const std::string_view loops[] = {
      R"({"$ref":"#"})",
      R"({"allOf":[{"$ref":"#"}]})",
      R"({"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b"},"b":{"$ref":"#/$defs/a"}}})",
      R"({"anyOf":[{"type":"string"},{"not":{"$ref":"#"}}]})",
      R"({"if":{"$ref":"#"}})",
      R"({"dependentSchemas":{"a":{"$ref":"#"}}})",
      R"({"$dynamicAnchor":"a","$dynamicRef":"#a"})",
  };
  for (const std::string_view loop : loops) {
    EXPECT_THAT(FaultsOf(loop), testing::Contains(HasSubstr("reference_loop"))) << loop;
  }
  EXPECT_THAT(
      FaultsOf(R"({"$recursiveAnchor":true,"$recursiveRef":"#"})", In(Dialect::kDraft2019_09)),
      ElementsAre("reference_loop  0"));
  // With progress they are what trees are made of.
  EXPECT_EQ(Validator(R"({"properties":{"a":{"$ref":"#"}},"required":["x"]})")
                .Ask(R"({"x":1,"a":{"x":1,"a":{"x":1}}})"),
            "valid");
}

TEST(SchemaCompile, NamesAreGivenOnce) {
  EXPECT_THAT(FaultsOf(R"({"$defs":{"a":{"$id":"http://x/a"},"b":{"$id":"http://x/a"}}})"),
              ElementsAre("duplicate_id /$defs/b 39"));
  EXPECT_THAT(FaultsOf(R"({"$defs":{"a":{"$anchor":"n"},"b":{"$anchor":"n"}}})"),
              ElementsAre("duplicate_id /$defs/b/$anchor 45"));
}

TEST(SchemaCompile, FaultsInResourcesNameThem) {
  const Resource resources[] = {{"http://x/a.json", R"({"items":{"minimum":"1"}})"},
                                {"http://x/b.json", R"({"items":)"}};
  Options options;
  options.resources = resources;
  EXPECT_THAT(FaultsOf(R"({"$ref":"http://x/a.json"})", options),
              ElementsAre("invalid_json http://x/b.json# 9",
                          "wrong_type http://x/a.json#/items/minimum 20"));
  // What nobody refers to isn't compiled.
  options.resources = absl::MakeConstSpan(resources, 1);
  EXPECT_THAT(FaultsOf("true", options), ElementsAre("compiles"));
}

TEST(SchemaCompile, SeveralRootsShareAProgram) {
  json::Document document;
  ASSERT_TRUE(document
                  .Parse(R"({"order":{"properties":{"to":{"$ref":"address"}}},)"
                         R"("address":{"required":["zip"]}})")
                  .ok());
  const ParsedResource roots[] = {{"schema:/order", document.root().Find("order")},
                                  {"schema:/address", document.root().Find("address")}};
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(roots, Options(), context);
  ASSERT_TRUE(program.ok());
  ASSERT_EQ(program->entry_count(), 2u);
  json::Document instance;
  ASSERT_TRUE(instance.Parse(R"({"to":{}})").ok());
  Scratch scratch;
  EXPECT_FALSE(*IsValid(*program, instance.root(), {}, scratch, 0));
  EXPECT_FALSE(*IsValid(*program, instance.root(), {}, scratch, 1));
  EXPECT_TRUE(*IsValid(*program, instance.root().Find("to"), {}, scratch, 0));
}

TEST(SchemaCompile, PatternsThatAreTooLargeSayWhatToDo) {
  Options budgeted;
  budgeted.patterns = Patterns::kBudgeted;
  const auto expect = [&](std::string_view pattern, std::string_view why) {
    const std::string schema = absl::StrCat("{\"pattern\":\"", pattern, "\"}");
    EXPECT_THAT(FaultsOf(schema), ElementsAre(testing::StartsWith("budget_exceeded /pattern ")));
    EXPECT_THAT(MessageOf(schema), HasSubstr(why));
    EXPECT_THAT(MessageOf(schema), HasSubstr("; with patterns: \"budgeted\" the schema is taken"));
    EXPECT_THAT(FaultsOf(schema, budgeted), ElementsAre("compiles"));
  };
  expect(R"(^[\\p{L}\\p{N}]{1,50}0$)", "needs more than 256 KiB");
  expect("^([^,]{1,100},){1,50}$", "repeats within each other come to more than 1000 times");
  expect("(?:ab){1001}", "a repeat of more than 1000");
  // Too many together, though each alone is small.
  std::string many = R"({"items":[)";
  for (int i = 0; i < 160; ++i) {
    absl::StrAppend(&many, i == 0 ? "" : ",",
                    R"({"pattern":"^(?:[A-Za-z0-9_.-]+/)*[a-z]{1,63}(?:-x)?)", i, "$\"}");
  }
  many += R"(],"$schema":"http://json-schema.org/draft-07/schema#"})";
  EXPECT_THAT(MessageOf(many), HasSubstr("more than 4 MiB together: use fewer or simpler ones"));
  // One that neither takes isn't promised.
  const std::string longest = absl::StrCat("{\"pattern\":\"", std::string(5000, 'a'), "\"}");
  EXPECT_THAT(MessageOf(longest), testing::Not(HasSubstr("budgeted")));
}

TEST(SchemaCompile, SaysWhatBacktrackingIsFor) {
  EXPECT_THAT(MessageOf(R"x({"pattern":"(?!a)"})x"), HasSubstr("patterns: \"budgeted\""));
  Options budgeted;
  budgeted.patterns = Patterns::kBudgeted;
  EXPECT_THAT(FaultsOf(R"x({"pattern":"(?!a)"})x", budgeted), ElementsAre("compiles"));
  // Neither matcher has modifiers.
  const std::string_view modifier = R"x({"pattern":"(?i:a)"})x";
  EXPECT_THAT(MessageOf(modifier), testing::Not(HasSubstr("budgeted")));
  for (const Options& options : {Options(), budgeted}) {
    EXPECT_THAT(FaultsOf(modifier, options),
                ElementsAre(testing::StartsWith("unsupported_pattern /pattern ")));
  }
}

std::vector<std::string> NotesOf(std::string_view schema, const Options& options) {
  json::Document document;
  EXPECT_TRUE(document.Parse(schema).ok());
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(document.root(), options, context);
  std::vector<std::string> notes;
  if (!program.ok()) return {"no program"};
  for (const Note& note : program->notes()) {
    notes.push_back(absl::StrCat(note.code, " ", note.location, ": ", note.message));
  }
  return notes;
}

TEST(SchemaCompile, NotesKeywordsOfOtherDialects) {
  EXPECT_THAT(
      NotesOf(R"({"prefixItems":[true],"dependentRequired":{},"$defs":{},"deprecated":true,)"
              R"("x-mine":1,"foobar":2})",
              In(Dialect::kDraft7)),
      ElementsAre("unknown_keyword /prefixItems: \"prefixItems\" means nothing in draft-07, "
                  "and isn't checked",
                  "unknown_keyword /dependentRequired: \"dependentRequired\" means nothing "
                  "in draft-07, and isn't checked"));
  EXPECT_THAT(NotesOf(R"({"nullable":true,"additionalItems":false,"$recursiveRef":"#"})", {}),
              ElementsAre(HasSubstr("/nullable: \"nullable\" is a keyword of OpenAPI 3.0"),
                          HasSubstr("\"additionalItems\" means nothing in 2020-12"),
                          HasSubstr("\"$recursiveRef\" means nothing in 2020-12")));
  const Resource meta = {"http://x/meta", R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$vocabulary": {"https://json-schema.org/draft/2020-12/vocab/core": true}})"};
  Options options;
  options.resources = absl::MakeConstSpan(&meta, 1);
  EXPECT_THAT(NotesOf(R"({"$schema":"http://x/meta","minimum":1})", options),
              ElementsAre(HasSubstr("means nothing to the vocabularies of the meta-schema")));
}

TEST(SchemaCompile, SaysHowManyMoreNotesThereAre) {
  Options options;
  options.assert_format = true;
  for (const std::string_view keyword : {R"("requried":[])", R"("format":"colour")"}) {
    std::string schema = R"({"$defs":{)";
    for (int i = 0; i < 150; ++i) {
      absl::StrAppend(&schema, i == 0 ? "" : ",", "\"", i, "\":{", keyword, "}");
    }
    const std::vector<std::string> notes = NotesOf(schema + "}}", options);
    ASSERT_EQ(notes.size(), 100u);
    EXPECT_EQ(notes.back(), "more_notes : and 51 more notes on schemas");
  }
}

TEST(SchemaCompile, SuggestsTheDialectThatWasMeant) {
  EXPECT_THAT(MessageOf(R"({"$schema":"https://json-schema.org/draft-07/schema#"})"),
              HasSubstr("(did you mean \"http://json-schema.org/draft-07/schema#\"?): known are"));
  EXPECT_THAT(MessageOf(R"({"$schema":"http://json-schema.org/draft/2020-12/schema"})"),
              HasSubstr("(did you mean \"https://json-schema.org/draft/2020-12/schema\"?)"));
  for (const std::string_view other : {"http://json-schema.org/schema#", "https://x.example/a"}) {
    const std::string message = MessageOf(absl::StrCat("{\"$schema\":\"", other, "\"}"));
    EXPECT_THAT(message, HasSubstr("no meta-schema"));
    EXPECT_THAT(message, testing::Not(HasSubstr("did you mean")));
  }
}

TEST(SchemaCompile, VocabulariesDecideWhichKeywordsWork) {
  const Resource meta = {"http://x/meta", R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$vocabulary": {
      "https://json-schema.org/draft/2020-12/vocab/core": true,
      "https://json-schema.org/draft/2020-12/vocab/applicator": true,
      "http://x/vocab/other": false
    }})"};
  Options options;
  options.resources = absl::MakeConstSpan(&meta, 1);
  Validator validator(R"({"$schema":"http://x/meta","type":"null","items":false})", options);
  EXPECT_EQ(validator.Ask("5"), "valid");
  EXPECT_EQ(validator.Ask("[1]"), "invalid");

  // The same without $schema.
  options.meta_schema = "http://x/meta#";
  Validator by_option(R"({"type":"null","items":false})", options);
  EXPECT_EQ(by_option.Ask("5"), "valid");
  EXPECT_EQ(by_option.Ask("[1]"), "invalid");
  options.meta_schema = "http://x/other";
  EXPECT_THAT(FaultsOf("{}", options), testing::Contains("unknown_dialect  0"));
  options.meta_schema = {};

  const Resource demanding = {"http://x/meta", R"({
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$vocabulary": {"http://x/vocab/other": true}})"};
  options.resources = absl::MakeConstSpan(&demanding, 1);
  EXPECT_THAT(FaultsOf(R"({"$schema":"http://x/meta"})", options),
              ElementsAre("unknown_vocabulary /$schema 11"));
}

TEST(SchemaCompile, NotesWhatAPersonShouldKnow) {
  Options options;
  options.assert_format = true;
  options.patterns = Patterns::kBudgeted;
  const std::string_view schema =
      R"x({"requried":["a"],"x-mine":1,"format":"colour","pattern":"a(?=b)"})x";
  const Validator validator(schema, options);
  std::vector<std::string> notes;
  for (const Note& note : validator.program().notes()) {
    notes.push_back(absl::StrCat(note.code, " ", note.location, " ", note.byte_offset));
  }
  EXPECT_THAT(notes, ElementsAre("unknown_keyword /requried 1", "backtracking_pattern /pattern 57",
                                 "unknown_format /format 38"));
}

TEST(SchemaCompile, TakesPatternsThatNeedNoFlagU) {
  Validator language(R"x({"pattern":"^[a-z]{2}-[A-Z]{2}]?$"})x");
  ASSERT_EQ(language.program().notes().size(), 1u);
  const Note& note = language.program().notes()[0];
  EXPECT_EQ(absl::StrCat(note.code, " ", note.location, " ", note.byte_offset),
            "lenient_pattern /pattern 11");
  EXPECT_THAT(note.message, HasSubstr("a ] that is text is written \\]"));
  EXPECT_EQ(language.Ask("\"en-US]\""), "valid");
  EXPECT_EQ(language.Ask("\"en_US\""), "invalid");
  Validator names(R"x({"patternProperties":{"^[\\w-.]+\\-$":false}})x");
  EXPECT_EQ(names.Ask(R"({"a.-":1})"), "invalid");
  EXPECT_EQ(names.Ask(R"({"a.":1})"), "valid");
  // What isn't linear has to be allowed here, too.
  const std::string_view lookahead = R"xx({"pattern":"^(?=.*\\-)x"})xx";
  EXPECT_THAT(FaultsOf(lookahead), ElementsAre("unsupported_pattern /pattern 11"));
  EXPECT_THAT(MessageOf(lookahead), HasSubstr("patterns: \"budgeted\""));
  Options budgeted;
  budgeted.patterns = Patterns::kBudgeted;
  Validator allowed(lookahead, budgeted);
  EXPECT_EQ(allowed.Ask("\"xa-\""), "valid");
  EXPECT_EQ(allowed.Ask("\"xa\""), "invalid");
  EXPECT_THAT(FaultsOf(R"x({"pattern":"\\-\\h"})x"), ElementsAre("invalid_pattern /pattern 11"));
}

TEST(SchemaCompile, ConstantsAndAnnotationsWithinEachOtherHaveABudget) {
  for (const std::string_view keyword : {"const", "examples"}) {
    std::string inner = absl::StrCat("\"", std::string(size_t{1} << 20, 'x'), "\"");
    std::string references;
    std::string pointer = "#/none";
    for (int i = 0; i < 40; ++i) {
      inner = absl::StrCat("{\"", keyword, "\":", inner, "}");
      absl::StrAppend(&references, i == 0 ? "" : ",", "{\"$ref\":\"", pointer, "\"}");
      absl::StrAppend(&pointer, "/", keyword);
    }
    const std::string schema = absl::StrCat("{\"none\":", inner, ",\"allOf\":[", references, "]}");
    const std::vector<std::string> faults = FaultsOf(schema);
    ASSERT_EQ(faults.size(), 1u);
    EXPECT_THAT(faults[0], testing::StartsWith("budget_exceeded /none/"));
  }
}

TEST(SchemaCompile, OutlivesItsTexts) {
  std::optional<Program> program;
  {
    std::string schema = R"({"enum":["a",{"b":[1,2]}],"pattern":"^a"})";
    json::Document document;
    ASSERT_TRUE(document.Parse(schema).ok());
    json::CompileContext context;
    absl::StatusOr<Program> compiled = Compile(document.root(), Options(), context);
    ASSERT_TRUE(compiled.ok());
    program = *std::move(compiled);
    schema.assign(schema.size(), 'x');
  }
  json::Document instance;
  ASSERT_TRUE(instance.Parse(R"([{"b":[1.0,2]},"a","b"])").ok());
  Scratch scratch;
  std::vector<bool> valid;
  for (const json::Value element : json::Elements(instance.root())) {
    valid.push_back(*IsValid(*program, element, {}, scratch));
  }
  EXPECT_THAT(valid, ElementsAre(true, true, false));
  EXPECT_GT(program->size(), 0u);
}

}  // namespace
}  // namespace sluice::schema
