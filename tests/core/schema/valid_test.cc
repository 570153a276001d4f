// What the public suite leaves open: budgets, hostile schemas and instances, edges of the quick
// instructions.

#include <string>

#include "absl/strings/str_cat.h"
#include "support.h"

namespace sluice::schema {
namespace {

using test::In;
using test::Validator;

std::string Repeat(std::string_view text, size_t times) {
  std::string repeated;
  for (size_t i = 0; i < times; ++i) repeated.append(text);
  return repeated;
}

TEST(SchemaValid, NumbersAreExact) {
  Validator validator(R"({"minimum":9007199254740993,"maximum":1e400})");
  EXPECT_EQ(validator.Ask("9007199254740992"), "invalid");
  EXPECT_EQ(validator.Ask("9007199254740993.0"), "valid");
  EXPECT_EQ(validator.Ask("1e400"), "valid");
  EXPECT_EQ(validator.Ask("1.000000000000000000001e400"), "invalid");
  Validator multiple(R"({"multipleOf":0.01})");
  EXPECT_EQ(multiple.Ask("4.02"), "valid");
  EXPECT_EQ(multiple.Ask("1e308"), "valid");
  EXPECT_EQ(multiple.Ask("0.075"), "invalid");
}

// Most members are found by their text as it stands; it must not matter which.
TEST(SchemaValid, MembersAreFoundByTheirNames) {
  Validator escapes(R"({"properties":{"a\\nb":{"type":"null"},"x":{"type":"null"}},
                        "additionalProperties":false})");
  const std::string tail = R"(,"x":null,"x":null,"x":null})";
  EXPECT_EQ(escapes.Ask(R"({"a\\nb":null)" + tail), "valid");
  EXPECT_EQ(escapes.Ask(R"({"\u0061\\nb":null)" + tail), "valid");
  EXPECT_EQ(escapes.Ask(R"({"a\\nb":1)" + tail), "invalid");
  EXPECT_EQ(escapes.Ask(R"({"a\nb":null)" + tail), "invalid");
  // Names of each length, in order, backwards, and one off in each place.
  std::string properties;
  std::string forwards;
  std::string backwards;
  for (size_t size = 0; size <= 40; ++size) {
    const std::string name(size, 'k');
    absl::StrAppend(&properties, size == 0 ? "" : ",", "\"", name, "\":{\"const\":", size, "}");
    absl::StrAppend(&forwards, size == 0 ? "" : ",", "\"", name, "\":", size);
    backwards = absl::StrCat("\"", name, "\":", size, size == 0 ? "" : ",", backwards);
  }
  Validator names(
      absl::StrCat(R"({"additionalProperties":false,"properties":{)", properties, "}}"));
  EXPECT_EQ(names.Ask(absl::StrCat("{", forwards, "}")), "valid");
  EXPECT_EQ(names.Ask(absl::StrCat("{", backwards, "}")), "valid");
  for (size_t size = 1; size <= 40; ++size) {
    std::string name(size, 'k');
    EXPECT_EQ(names.Ask(absl::StrCat("{\"", name, "\":", size - 1, "}")), "invalid") << size;
    for (size_t at = 0; at < size; ++at) {
      name[at] = 'K';
      EXPECT_EQ(names.Ask(absl::StrCat("{\"", name, "\":", size, "}")), "invalid") << name;
      EXPECT_EQ(names.Ask(absl::StrCat("{\"", name, "\":", size, ",", forwards, "}")), "invalid")
          << name;
      name[at] = 'k';
    }
  }
}

TEST(SchemaValid, IntegersInEveryRange) {
  Validator validator(R"({"type":"integer","minimum":-5,"exclusiveMaximum":7})");
  for (const char* const in : {"-5", "0", "-0", "6", "6.0", "-5.0", "60e-1"}) {
    EXPECT_EQ(validator.Ask(in), "valid") << in;
  }
  for (const char* const out : {"-6", "7", "7.0", "6.5", "1e10", "-123456789", "\"1\""}) {
    EXPECT_EQ(validator.Ask(out), "invalid") << out;
  }
  Validator draft4(R"({"type":"integer","minimum":1,"exclusiveMinimum":true})",
                   In(Dialect::kDraft4));
  EXPECT_EQ(draft4.Ask("1"), "invalid");
  EXPECT_EQ(draft4.Ask("2"), "valid");
  EXPECT_EQ(draft4.Ask("2.0"), "invalid");
  Validator wide(R"({"type":"integer","minimum":-99999999999,"maximum":99999999999})");
  EXPECT_EQ(wide.Ask("-99999999999"), "valid");
  EXPECT_EQ(wide.Ask("100000000000"), "invalid");
}

TEST(SchemaValid, LengthsAreCodePoints) {
  Validator validator(R"({"minLength":2,"maxLength":3})");
  for (const char* const in : {R"("ab")", R"("\ud83d\ude00x")", R"("😀😀😀")", R"("\u0041\n\"")"}) {
    EXPECT_EQ(validator.Ask(in), "valid") << in;
  }
  for (const char* const out : {R"("")", R"("a")", R"("😀")", R"("\u0041")", R"("\ud83d\ude00")",
                                R"("abcd")", R"("😀😀😀😀")"}) {
    EXPECT_EQ(validator.Ask(out), "invalid") << out;
  }
}

TEST(SchemaValid, NamesAreComparedDecoded) {
  Validator validator(R"({"properties":{"a/b\u0063":{"type":"null"},"a name of many bytes":false},)"
                      R"("required":["a/bc"],"additionalProperties":{"const":"\u0078"}})");
  EXPECT_EQ(validator.Ask(R"({"\u0061\/bc":null})"), "valid");
  EXPECT_EQ(validator.Ask(R"({"\u0061\/bc":1})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"a/bc":null,"other":"x"})"), "valid");
  EXPECT_EQ(validator.Ask(R"({"a/bc":null,"other":"y"})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"a/bc":null,"a name of many\u0020bytes":"x"})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"a/bc":null,"a name of MANY bytes":"x"})"), "valid");
}

TEST(SchemaValid, EveryDuplicateCounts) {
  Validator validator(R"({"properties":{"a":{"type":"null"}}})");
  EXPECT_EQ(validator.Ask(R"({"a":1,"a":null})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"a":null,"a":1})"), "invalid");
  Validator choice(R"({"oneOf":[{"properties":{"k":{"const":"a"},"v":{"type":"null"}}},)"
                   R"({"properties":{"k":{"enum":["b","c"]}}}]})");
  EXPECT_EQ(choice.Ask(R"({"k":"a","k":"b"})"), "invalid");
}

TEST(SchemaValid, AlternativesToldApartByAMember) {
  Validator validator(R"({"oneOf":[
    {"required":["k"],"properties":{"k":{"const":"a"},"v":{"type":"null"}}},
    {"$ref":"#/$defs/b"}],
    "$defs":{"b":{"properties":{"k":{"enum":["b","c"]},"v":{"type":"string"}}}}})");
  EXPECT_EQ(validator.Ask(R"({"v":null,"k":"a"})"), "valid");
  EXPECT_EQ(validator.Ask(R"({"k":"a","v":""})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"k":"\u0062","v":""})"), "valid");
  EXPECT_EQ(validator.Ask(R"({"k":"d"})"), "invalid");
  EXPECT_EQ(validator.Ask(R"({"k":1})"), "invalid");
  // Without it, and where it isn't an object, both are asked.
  EXPECT_EQ(validator.Ask(R"({"v":""})"), "valid");
  EXPECT_EQ(validator.Ask("[]"), "invalid");
  Validator marked(R"({"anyOf":[{"properties":{"k":{"const":"a"},"v":true}},
    {"properties":{"k":{"const":"b"},"w":true}}],"unevaluatedProperties":false})");
  EXPECT_EQ(marked.Ask(R"({"k":"a","v":1})"), "valid");
  EXPECT_EQ(marked.Ask(R"({"k":"a","w":1})"), "invalid");
}

TEST(SchemaValid, ManyRequiredNames) {
  std::string names;
  std::string members;
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&names, i == 0 ? "" : ",", "\"n", i, "\"");
    absl::StrAppend(&members, i == 0 ? "" : ",", "\"n", i, "\":0");
  }
  Validator validator(absl::StrCat("{\"required\":[", names, "]}"));
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members, "}")), "valid");
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members.substr(members.find(',') + 1), "}")),
            "invalid");
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members.substr(0, members.rfind(',')), "}")),
            "invalid");
}

TEST(SchemaValid, RecursionEndsAtItsBudget) {
  // A level of the instance is a schema, and one more for the reference beside another keyword.
  Validator validator(
      R"({"$ref":"#/$defs/list","$defs":{"list":{"type":"array","items":{"$ref":"#"}}}})");
  const std::string deep = absl::StrCat(Repeat("[", 512), Repeat("]", 512));
  EXPECT_EQ(validator.Ask(deep), "valid");
  EXPECT_EQ(validator.Ask(deep, {.max_depth = 512}), "valid");
  EXPECT_EQ(validator.Ask(deep, {.max_depth = 511}), "depth");
}

// The module's stack has to bear what max_depth allows: the ways that take most of it for a level.
TEST(SchemaValid, TheDeepestRunsThatAreAllowed) {
  const std::string arrays = absl::StrCat(Repeat("[", 512), Repeat("]", 512));
  const std::string objects = absl::StrCat(Repeat("{\"a\":", 511), "0", Repeat("}", 511));
  const std::string_view schemas[] = {
      R"({"minItems":0,"oneOf":[{"minItems":0,"items":{"$ref":"#"}}]})",
      R"({"minItems":0,"anyOf":[{"additionalProperties":{"$ref":"#"},"items":{"$ref":"#"}}]})",
      R"({"unevaluatedItems":{"$ref":"#"},"unevaluatedProperties":{"$ref":"#"},"not":false})",
      R"({"contains":{"not":{"items":{"$ref":"#"}}}})",
      R"({"if":{"items":{"$ref":"#"}},"then":true,"else":false})",
      R"({"dependentSchemas":{"a":{"properties":{"a":{"$ref":"#"}}}}})",
  };
  for (const std::string_view schema : schemas) {
    Validator validator(schema);
    for (const std::string& instance : {arrays, objects}) {
      const std::string answer = validator.Ask(instance);
      EXPECT_TRUE(answer == "valid" || answer == "invalid" || answer == "depth") << answer;
    }
  }
}

TEST(SchemaValid, ExponentialSchemasEndAtTheirBudget) {
  // Each level asks the next one twice.
  std::string schema = R"({"$ref":"#/$defs/a0","$defs":{)";
  for (int i = 0; i < 60; ++i) {
    const std::string next = absl::StrCat(R"({"$ref":"#/$defs/a)", i + 1, "\"}");
    absl::StrAppend(&schema, "\"a", i, R"(":{"anyOf":[)", next, ",", next, "]},");
  }
  Validator validator(absl::StrCat(schema, R"("a60":{"type":"string"}}})"));
  EXPECT_EQ(validator.Ask("1", {.max_steps = 1u << 20}), "steps");
  EXPECT_EQ(validator.Ask("\"x\""), "valid");
}

TEST(SchemaValid, NegationDoesntTurnABudgetIntoAPass) {
  std::string nots = R"({"not":{"items":{"minimum":5}}})";
  Validator validator(nots);
  const std::string many = absl::StrCat("[", Repeat("9,", 5000), "9]");
  EXPECT_EQ(validator.Ask(many, {.max_steps = 100}), "steps");
  Options budgeted;
  budgeted.patterns = Patterns::kBudgeted;
  Validator pattern(R"x({"not":{"pattern":"^(?=(a+)+$)b"}})x", budgeted);
  const std::string text = absl::StrCat("\"", Repeat("a", 40), "c\"");
  EXPECT_EQ(pattern.Ask(text, {.max_pattern_steps = 1000}), "invalid");
  EXPECT_EQ(pattern.Ask("\"x\""), "valid");
}

TEST(SchemaValid, BacktrackingIsPaidForWhateverComesOfIt) {
  Options budgeted;
  budgeted.patterns = Patterns::kBudgeted;
  Validator validator(R"({"items":{"not":{"pattern":"^(?=a)(?:a|a)*(?=c)d"}}})", budgeted);
  const std::string text = absl::StrCat("\"", Repeat("a", 8), "b\"");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", text, "]"), {.max_steps = 100'000}), "valid");
  const std::string many = absl::StrCat("[", Repeat(text + ",", 100), text, "]");
  EXPECT_EQ(validator.Ask(many, {.max_steps = 100'000}), "steps");
}

TEST(SchemaValid, AlternativesThatShareLongListsTakeLinearSpace) {
  std::string lists[2];
  for (int i = 0; i < 1000; ++i) {
    absl::StrAppend(&lists[i % 2], i < 2 ? "" : ",", "\"", i, "\"");
  }
  std::string defs;
  for (const int parity : {0, 1}) {
    const std::string names = absl::StrCat("\"strings", parity, "\"");
    absl::StrAppend(&defs, names, ":{\"enum\":[", lists[parity], "]},");
    absl::StrAppend(&defs, "\"object", parity, R"(":{"properties":{)");
    for (int i = 0; i < 16; ++i) {
      absl::StrAppend(&defs, i == 0 ? "\"" : ",\"", i, R"(":{"$ref":"#/$defs/strings)", parity,
                      "\"}");
    }
    absl::StrAppend(&defs, "}},");
  }
  const std::string alternatives =
      Repeat(R"({"$ref":"#/$defs/object0"},{"$ref":"#/$defs/object1"},)", 300);
  Validator validator(absl::StrCat("{\"$defs\":{", defs, R"("any":{}},"anyOf":[)", alternatives,
                                   R"({"$ref":"#/$defs/object0"}]})"));
  EXPECT_EQ(validator.Ask(R"({"0":"1","1":"3"})"), "valid");
  EXPECT_EQ(validator.Ask(R"({"0":"1","1":"2"})"), "invalid");
  EXPECT_LT(validator.program().size(), size_t{16} << 20);
}

TEST(SchemaValid, AlternativesArePaidForEach) {
  const std::string types = Repeat(R"({"type":"string"},)", 1000);
  const std::string ones = absl::StrCat("[", Repeat("1,", 999), "1]");
  for (const std::string_view keyword : {"anyOf", "oneOf"}) {
    Validator validator(absl::StrCat(R"({"items":{")", keyword, "\":[", types, "true]}}"));
    EXPECT_EQ(validator.Ask(ones, {.max_steps = 100'000}), "steps");
    EXPECT_EQ(validator.Ask("[1]", {.max_steps = 100'000}), "valid");
  }
}

TEST(SchemaValid, LongNumbersArePaidForByTheByte) {
  const std::string number = absl::StrCat("1", Repeat("0", 100'000));
  for (const std::string_view keywords :
       {R"("type":"integer","maximum":9)", R"("minimum":0.5)", R"("maximum":1e999999)",
        R"("multipleOf":3e-7)", R"("enum":[7])"}) {
    Validator validator(
        absl::StrCat(R"({"allOf":[{},)", Repeat(absl::StrCat("{", keywords, "},"), 9), "{}]}"));
    EXPECT_EQ(validator.Ask(number, {.max_steps = 1000}), "steps") << keywords;
  }
}

TEST(SchemaValid, HashingIsPaidForByTheByte) {
  Validator validator(R"({"anyOf":[{"enum":[[1],[2],[3],[4],[5]]},{"uniqueItems":true}]})");
  const std::string text = absl::StrCat("\"", Repeat("x", 100'000), "\"");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", text, "]"), {.max_steps = 1000}), "steps");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", text, "]"), {.max_steps = 10'000}), "valid");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", text, ",1]"), {.max_steps = 10'000}), "steps");
}

TEST(SchemaValid, LargeEnumsAreLookedUp) {
  std::string values;
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&values, i, ",\"s", i, "\",[", i, "],");
  Validator validator(absl::StrCat("{\"items\":{\"enum\":[", values, "null]}}"));
  std::string all;
  for (int i = 0; i < 5000; ++i) absl::StrAppend(&all, i, ".0,\"s", 19'999 - i, "\",[", i, "],");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", all, "null]"), {.max_steps = 200'000}), "valid");
  EXPECT_EQ(validator.Ask("[[20000]]"), "invalid");
  EXPECT_EQ(validator.Ask("[\"s20000\"]"), "invalid");
  EXPECT_EQ(validator.Ask("[false]"), "invalid");
}

TEST(SchemaValid, UniqueItemsOfManyElements) {
  Validator validator(R"({"uniqueItems":true})");
  std::string elements;
  for (int i = 0; i < 20'000; ++i) absl::StrAppend(&elements, "{\"a\":", i, ",\"b\":\"", i, "\"},");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", elements, "0]"), {.max_steps = 500'000}), "valid");
  EXPECT_EQ(validator.Ask(absl::StrCat("[", elements, "{\"b\":\"\\u0037\",\"a\":7.0}]")),
            "invalid");
  EXPECT_EQ(validator.Ask("[1,true,\"1\",1.0]"), "invalid");
  EXPECT_EQ(validator.Ask("[1,true,\"1\",[1],{\"a\":1},null,0,false]"), "valid");
}

TEST(SchemaValid, UnevaluatedAcrossManyMembers) {
  std::string properties;
  std::string members;
  for (int i = 0; i < 150; ++i) {
    absl::StrAppend(&properties, i == 0 ? "" : ",", "\"n", i, "\":{\"$ref\":\"#/$defs/any\"}");
    absl::StrAppend(&members, "\"n", 149 - i, "\":0,");
  }
  Validator validator(absl::StrCat(R"({"anyOf":[{"required":["none"]},{"properties":{)", properties,
                                   R"(}}],"unevaluatedProperties":{"type":"null"},)",
                                   R"("$defs":{"any":true}})"));
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members, "\"x\":null}")), "valid");
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members, "\"x\":0}")), "invalid");
  EXPECT_EQ(validator.Ask(absl::StrCat("{", members, "\"none\":null}")), "valid");
}

TEST(SchemaValid, ScratchIsKeptAndGivenBack) {
  Validator validator(R"({"unevaluatedItems":{"uniqueItems":true,"pattern":"x"}})");
  EXPECT_EQ(validator.Ask(R"(["\u0078",[1,2,3,4,5,6,7,8,9]])"), "valid");
  const size_t kept = validator.scratch().retained_bytes();
  EXPECT_GT(kept, 0u);
  EXPECT_EQ(validator.Ask(R"(["\u0078",[1,2,3,4,5,6,7,8,9]])"), "valid");
  EXPECT_EQ(validator.scratch().retained_bytes(), kept);
  validator.scratch().Trim(0);
  EXPECT_EQ(validator.scratch().retained_bytes(), 0u);
}

}  // namespace
}  // namespace sluice::schema
