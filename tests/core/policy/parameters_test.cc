// Parameters of queries and paths as the JSON that schemas are for.
#include "sluice/policy/parameters.h"

#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/json/document.h"
#include "sluice/policy/parameter_types.h"

namespace sluice::policy {
namespace {

// A table out of the shape of a schema.
struct Table {
  explicit Table(ParameterShape from) : shape(std::move(from)) {
    for (const NamedTypes& member : shape.members) {
      rows.push_back(
          {{static_cast<uint32_t>(pool.size()), static_cast<uint32_t>(member.name.size())},
           member.types});
      pool += member.name;
    }
  }
  ParameterTable view() const { return {rows, pool, shape.others}; }

  ParameterShape shape;
  std::string pool;
  std::vector<ParameterRow> rows;
};

ParameterShape ShapeOfText(std::string_view schema) {
  json::Document document;
  EXPECT_TRUE(document.Parse(schema).ok()) << schema;
  SchemaIndex index(schema::Dialect::kDraft2020_12);
  index.Add("schema:/test", document.root());
  index.Seal();
  return ShapeOf(index, "schema:/test", document.root());
}

std::string Instance(std::string_view schema, std::string_view query) {
  const Table table(ShapeOfText(schema));
  ParameterList list;
  list.AddQuery(query);
  OutputBuffer out(1 << 20);
  EXPECT_TRUE(list.AppendObject(table.view(), out));
  json::Document document;
  EXPECT_TRUE(document.Parse(out.text()).ok()) << out.text();
  return std::string(out.text());
}

std::string Plain(std::string_view query) { return Instance("{}", query); }

TEST(Parameters, AreTextByName) {
  EXPECT_EQ(Plain(""), "{}");
  EXPECT_EQ(Plain("?"), "{}");
  EXPECT_EQ(Plain("?b=2&a=1"), R"({"a":"1","b":"2"})");
  EXPECT_EQ(Plain("?a&b="), R"({"a":"","b":""})");
  EXPECT_EQ(Plain("?&&a=1&"), R"({"a":"1"})");
  EXPECT_EQ(Plain("?a=b=c"), R"({"a":"b=c"})");
  EXPECT_EQ(Plain("?=x"), R"({"":"x"})");
}

TEST(Parameters, OfOneNameAreAnArrayInTheirOrder) {
  EXPECT_EQ(Plain("?a=2&b=x&a=1&a=3"), R"({"a":["2","1","3"],"b":"x"})");
  EXPECT_EQ(Plain("?%61=1&a=2"), R"({"a":["1","2"]})");
}

TEST(Parameters, AreDecodedAsAForm) {
  EXPECT_EQ(Plain("?q=a+b%20c%2B"), R"({"q":"a b c+"})");
  EXPECT_EQ(Plain("?q=100%&r=%zz"), R"({"q":"100%","r":"%zz"})");
  EXPECT_EQ(Plain("?%22=%5C%0a"), "{\"\\\"\":\"\\\\\\n\"}");
  EXPECT_EQ(Plain("?q=%C3%A9"), "{\"q\":\"\u00e9\"}");
}

TEST(Parameters, ThatAreNoUtf8AreMadeIt) {
  EXPECT_EQ(Plain("?q=%ff"), "{\"q\":\"\ufffd\"}");
  EXPECT_EQ(Plain("?q=\xff"), "{\"q\":\"\ufffd\"}");
  EXPECT_EQ(Plain("?q=%E2%82"), "{\"q\":\"\ufffd\"}");
}

TEST(Parameters, OfAPathKeepTheirPlus) {
  const Table table(ShapeOfText(R"({"properties": {"id": {"type": "integer"}}})"));
  ParameterList list;
  list.AddSegment("id", "12");
  list.AddSegment("name", "a+b%20c");
  OutputBuffer out(1 << 10);
  EXPECT_TRUE(list.AppendObject(table.view(), out));
  EXPECT_EQ(out.text(), R"({"id":12,"name":"a+b c"})");
}

constexpr std::string_view kTyped = R"({"properties": {
  "n": {"type": "integer"}, "x": {"type": "number"}, "b": {"type": "boolean"},
  "z": {"type": ["null", "integer"]}, "s": {"type": "string"},
  "list": {"type": "array", "items": {"type": "integer"}},
  "flags": {"type": "array", "items": {"type": "boolean"}}
}})";

TEST(Parameters, AreWhatTheSchemaSaysWhereTheyCanBe) {
  EXPECT_EQ(Instance(kTyped, "?n=12&x=-1.50e3&b=true&s=12"),
            R"({"b":true,"n":12,"s":"12","x":-1.50e3})");
  EXPECT_EQ(Instance(kTyped, "?n=12345678901234567890"), R"({"n":12345678901234567890})");
  EXPECT_EQ(Instance(kTyped, "?n=12a&b=yes&x=1."), R"({"b":"yes","n":"12a","x":"1."})");
  EXPECT_EQ(Instance(kTyped, "?n=1.5"), R"({"n":1.5})");
  EXPECT_EQ(Instance(kTyped, "?z=null"), R"({"z":null})");
  EXPECT_EQ(Instance(kTyped, "?z=7"), R"({"z":7})");
  EXPECT_EQ(Instance(kTyped, "?n="), R"({"n":""})");
}

TEST(Parameters, ThatAreArraysAreSoWithOneValue) {
  EXPECT_EQ(Instance(kTyped, "?list=1"), R"({"list":[1]})");
  EXPECT_EQ(Instance(kTyped, "?list=1&list=b&list=3"), R"({"list":[1,"b",3]})");
  EXPECT_EQ(Instance(kTyped, "?flags=true&flags=1"), R"({"flags":[true,"1"]})");
  EXPECT_EQ(Instance(kTyped, "?n=1&n=2"), R"({"n":[1,2]})");
}

TEST(Parameters, NumbersAreThoseOfJson) {
  for (const std::string_view number :
       {"0", "-0", "1", "10", "1.0", "0.5", "1e5", "1E+5", "-1.5e-3"}) {
    EXPECT_TRUE(IsJsonNumber(number)) << number;
  }
  for (const std::string_view text : {"", "-", "+1", "01", "00", "1.", ".5", "1e", "1e+", "0x1",
                                      "1 ", " 1", "Infinity", "NaN", "1,0", "--1"}) {
    EXPECT_FALSE(IsJsonNumber(text)) << text;
  }
}

TEST(Parameters, TooLongOnesAreNoObject) {
  ParameterList list;
  list.AddQuery("?a=" + std::string(200 << 10, 'x'));
  OutputBuffer out(1 << 20);
  EXPECT_FALSE(list.AppendObject({}, out));
  list.Clear();
  list.AddQuery("?a=1");
  EXPECT_TRUE(list.AppendObject({}, out));
}

// What the schema says of the parameter "p": digits of 1 (number), 2 (boolean), 4 (null), 8
// (array).
uint32_t TypesOfP(std::string_view schema) {
  const ParameterShape shape = ShapeOfText(schema);
  EXPECT_FALSE(shape.too_large);
  for (const NamedTypes& member : shape.members) {
    if (member.name == "p") return member.types.types;
  }
  return shape.others.types;
}

TEST(ParameterTypes, AreFoundWhereSchemasSayThem) {
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"type": "integer"}}})"), 1u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"type": ["boolean", "null"]}}})"), 6u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"enum": [1, 2]}}})"), 1u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"enum": [1, "2"]}}})"), 0u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"const": true}}})"), 2u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"minimum": 1}}})"), 0u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": true}})"), 0u);
  EXPECT_EQ(TypesOfP(R"({"additionalProperties": {"type": "number"}})"), 1u);
  EXPECT_EQ(
      TypesOfP(
          R"({"properties": {"p": {"type": "string"}}, "additionalProperties": {"type": "number"}})"),
      0u);
}

TEST(ParameterTypes, FollowReferences) {
  EXPECT_EQ(
      TypesOfP(R"({"$ref": "#/$defs/o", "$defs": {"o": {"properties": {"p": {"$ref": "#/$defs/n"}}},
                         "n": {"type": "integer"}}})"),
      1u);
  EXPECT_EQ(
      TypesOfP(
          R"({"properties": {"p": {"$ref": "#n"}}, "$defs": {"x": {"$anchor": "n", "type": "integer"}}})"),
      1u);
  EXPECT_EQ(
      TypesOfP(
          R"({"properties": {"p": {"$ref": "test#/$defs/a~1b"}}, "$defs": {"a/b": {"type": "integer"}}})"),
      1u);
  EXPECT_EQ(TypesOfP(R"({"$id": "https://example.com/x/y", "properties": {"p": {"$ref": "n"}},
                         "$defs": {"q": {"$id": "n", "type": "integer"}}})"),
            1u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"$ref": "nobody"}}})"), 0u);
  EXPECT_EQ(
      TypesOfP(R"({"properties": {"p": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}})"), 5u);
}

TEST(ParameterTypes, AreNotThoseOfWhatIsNoSchema) {
  // Each of the values has an "id" that means the schema that the parameter refers to.
  const std::string others =
      R"({"default": {"id": "n"}, "const": {"$id": "n"}, "enum": [{"id": "n"}, {"id": "n"}],
          "examples": [{"id": "n"}, {"id": "n"}, {"id": "n"}], "x-more": {"$anchor": "m"}})";
  for (const std::string_view reference : {"n", "#m"}) {
    for (const bool before : {false, true}) {
      const std::string number = R"("b": {"$id": "n", "type": "integer"},
                                    "c": {"$anchor": "m", "type": "integer"})";
      const std::string defs =
          before ? "\"a\": " + others + "," + number : number + ",\"d\": " + others;
      EXPECT_EQ(TypesOfP(absl::StrCat(R"({"properties": {"p": {"$ref": ")", reference,
                                      R"("}}, "$defs": {)", defs, "}}")),
                1u)
          << reference << defs;
    }
  }
  EXPECT_EQ(
      TypesOfP(R"({"properties": {"p": {"$ref": "n"}, "enum": {"$id": "n", "type": "null"}}})"),
      4u);
}

TEST(ParameterTypes, AreFoundByTheIdentifiersOfTheDialect) {
  const auto types = [](std::string_view dialect, std::string_view id) {
    return TypesOfP(absl::StrCat(R"({"$schema": ")", dialect, R"(", "properties": {"p": {")", id,
                                 R"(": "x/y", "allOf": [{"$ref": "#/definitions/n"}]}},
                                 "definitions": {"n": {"type": "integer"}}})"));
  };
  const std::string_view draft4 = "http://json-schema.org/draft-04/schema#";
  const std::string_view draft7 = "http://json-schema.org/draft-07/schema#";
  // What is no identifier doesn't change what a reference means.
  EXPECT_EQ(types(draft4, "id"), 0u);
  EXPECT_EQ(types(draft4, "$id"), 1u);
  EXPECT_EQ(types(draft7, "id"), 1u);
  EXPECT_EQ(types(draft7, "$id"), 0u);
  EXPECT_EQ(types("2020-12", "id"), 1u);
  // A resource may be of another draft than what it is in.
  EXPECT_EQ(TypesOfP(absl::StrCat(R"({"properties": {"p": {"$ref": "old#/definitions/m"}},
                      "$defs": {"a": {"$schema": ")",
                                  draft4, R"(", "id": "old", "definitions": {
                        "m": {"$ref": "n"}, "n": {"id": "n", "type": "integer"}}}}})")),
            1u);
}

TEST(ParameterTypes, OfSeveralSchemasAreThoseThatAllSay) {
  EXPECT_EQ(TypesOfP(R"({"allOf": [{"properties": {"p": {"type": ["integer", "boolean"]}}},
                                   {"properties": {"p": {"type": ["integer", "string"]}}}]})"),
            1u);
  EXPECT_EQ(TypesOfP(R"({"allOf": [{"properties": {"p": {"minimum": 1}}},
                                   {"properties": {"p": {"type": "integer"}}}]})"),
            1u);
  EXPECT_EQ(TypesOfP(R"({"oneOf": [{"properties": {"p": {"type": "integer"}}},
                                   {"properties": {"p": {"type": "boolean"}}}]})"),
            3u);
}

TEST(ParameterTypes, OfArraysOfArraysAreThoseOfElements) {
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"$ref": "#/$defs/tree"}}, "$defs": {
                         "tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}}})"),
            8u);
  EXPECT_EQ(TypesOfP(R"({"properties": {"p": {"$ref": "#/$defs/tree"}}, "$defs": {
                         "tree": {"anyOf": [{"type": "integer"},
                                            {"type": "array", "items": {"$ref": "#/$defs/tree"}}]}}})"),
            9u);
}

TEST(ParameterTypes, EndWhereTheyAreTooMuch) {
  EXPECT_TRUE(ShapeOfText(R"({"$ref": "#"})").too_large);
  std::string wide = R"({"properties": {"p0": {})";
  for (int i = 1; i < 2000; ++i) wide += ",\"p" + std::to_string(i) + "\": {}";
  EXPECT_TRUE(ShapeOfText(wide + "}}").too_large);
  // Two ways at each of thirty levels.
  std::string deep = R"({"$ref": "#/$defs/d0", "$defs": {)";
  for (int i = 0; i < 30; ++i) {
    const std::string next = R"({"$ref": "#/$defs/d)" + std::to_string(i + 1) + "\"}";
    deep += "\"d" + std::to_string(i) + "\": {\"allOf\": [" + next + "," + next + "]},";
  }
  EXPECT_TRUE(ShapeOfText(deep + R"("d30": {}}})").too_large);
}

}  // namespace
}  // namespace sluice::policy
