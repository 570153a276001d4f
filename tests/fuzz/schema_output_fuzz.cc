// A schema and an instance: what is told of it agrees with IsValid, is JSON, points to what there
// is, and is bounded.
//
// Input: a byte of flags, then for 1 << 7 unset: the schema, a NUL, the instance. Else bytes that
// choose a schema and an instance that has to do with it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/choices.h"
#include "../support/schema_output.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/output.h"
#include "sluice/schema/schema.h"

namespace {

using sluice::json::Document;
using sluice::schema::Dialect;
using sluice::test_support::Choices;

constexpr const char* kNames[] = {"a", "b", "kind", "aa", "~/%", "\\u0062"};
constexpr const char* kScalars[] = {"1",     "1.0",     "0",    "-2",   "1.5",   "\"a\"",
                                    "\"b\"", "\"\"",    "null", "true", "false", "\"2026-02-28\"",
                                    "1e400", "\"kind\""};

// Writes schemas that compile, but for references that loop.
class SchemaWriter {
 public:
  explicit SchemaWriter(Choices& choices) : choices_(choices) {}

  std::string Write() {
    Schema(0);
    // What references name.
    if (text_.back() != '}') text_ = "{}";
    text_.insert(1, R"("$defs":{"s":{"$dynamicAnchor":"n","type":["object","string","array"],)"
                    R"("properties":{"a":{"$ref":"#/$defs/s"},"b":{"$dynamicRef":"#n"}},)"
                    R"("items":{"$ref":"#"}},"t":{"$ref":"#/$defs/u"},"u":)" +
                        std::string(text_ == "{}" ? "{\"const\":1}}" : "{\"type\":\"string\"}},"));
    return text_;
  }

 private:
  void Schema(int depth) {
    if (depth > 4 || choices_.OneIn(8)) {
      text_ += choices_.Below(3) == 0 ? "false" : "true";
      return;
    }
    text_ += '{';
    for (uint32_t i = choices_.Below(depth == 0 ? 6 : 4); i > 0; --i) {
      Keyword(depth);
      if (i > 1) text_ += ',';
    }
    text_ += '}';
  }

  void Keyword(int depth) {
    // The same keyword twice is a fault; a prefix keeps most of them apart.
    static constexpr const char* kSimple[] = {R"("type":"object")",
                                              R"("type":"integer")",
                                              R"("type":["string","null"])",
                                              R"("minimum":1)",
                                              R"("maxLength":1)",
                                              R"("pattern":"^a")",
                                              R"("format":"date")",
                                              R"("minItems":1)",
                                              R"("uniqueItems":true)",
                                              R"("enum":["a",1,{"a":1}])",
                                              R"("const":"kind")",
                                              R"("required":["a","kind"])",
                                              R"("minProperties":1)",
                                              R"("dependentRequired":{"a":["b","kind"]})",
                                              R"("multipleOf":0.5)",
                                              R"("$ref":"#/$defs/s")",
                                              R"("$ref":"#/$defs/t")",
                                              R"("$dynamicRef":"#n")",
                                              R"("minContains":2)",
                                              R"("title":"t")",
                                              R"("additionalProperties":false)",
                                              R"("unevaluatedProperties":false)",
                                              R"("unevaluatedItems":false)"};
    static constexpr const char* kWithSchema[] = {"not",
                                                  "items",
                                                  "contains",
                                                  "propertyNames",
                                                  "additionalProperties",
                                                  "unevaluatedProperties",
                                                  "unevaluatedItems",
                                                  "if",
                                                  "then",
                                                  "else"};
    static constexpr const char* kWithList[] = {"allOf", "anyOf", "oneOf", "prefixItems"};
    static constexpr const char* kWithMap[] = {"properties", "patternProperties",
                                               "dependentSchemas"};
    switch (choices_.Below(5)) {
      case 0:
        return Append("\"", choices_.Of(kWithSchema), "\":", depth);
      case 1: {
        text_ += std::string("\"") + choices_.Of(kWithList) + "\":[";
        for (uint32_t i = choices_.Below(3) + 1; i > 0; --i) {
          Schema(depth + 1);
          if (i > 1) text_ += ',';
        }
        text_ += ']';
        return;
      }
      case 2: {
        text_ += std::string("\"") + choices_.Of(kWithMap) + "\":{";
        for (uint32_t i = choices_.Below(3); i > 0; --i) {
          Append("\"", kNames[(choices_.Below(2) + 2 * i) % 5], "\":", depth);
          if (i > 1) text_ += ',';
        }
        text_ += '}';
        return;
      }
      default:
        text_ += choices_.Of(kSimple);
    }
  }

  void Append(const char* before, const char* name, const char* behind, int depth) {
    text_ += before;
    text_ += name;
    text_ += behind;
    Schema(depth + 1);
  }

  Choices& choices_;
  std::string text_;
};

void WriteInstance(Choices& choices, int depth, std::string& text) {
  const uint32_t choice = choices.Below(5);
  if (depth > 4 || choice > 2) {
    text += choices.Of(kScalars);
    return;
  }
  const bool object = choice < 2;
  text += object ? '{' : '[';
  for (uint32_t i = choices.Below(4); i > 0; --i) {
    if (object) text += std::string("\"") + choices.Of(kNames) + "\":";
    WriteInstance(choices, depth + 1, text);
    if (i > 1) text += ',';
  }
  text += object ? '}' : ']';
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 1u << 13) return 0;
  const uint8_t flags = data[0];
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::string schema_text;
  std::string instance_text;
  if ((flags & 0x80) != 0) {
    Choices choices(input);
    schema_text = SchemaWriter(choices).Write();
    WriteInstance(choices, 0, instance_text);
  } else {
    const size_t split = input.find('\0');
    if (split == std::string_view::npos) return 0;
    schema_text = input.substr(0, split);
    instance_text = input.substr(split + 1);
  }
  Document schema;
  Document instance;
  if (!schema.Parse(schema_text).ok() || !instance.Parse(instance_text).ok()) return 0;

  sluice::schema::Options options;
  options.dialect = static_cast<Dialect>(4 - flags % 5);
  options.assert_format = (flags & 0x40) != 0;
  options.patterns =
      (flags & 0x20) != 0 ? sluice::schema::Patterns::kBudgeted : sluice::schema::Patterns::kLinear;
  sluice::json::CompileContext context;
  const auto program = sluice::schema::Compile(schema.root(), options, context);
  if (!program.ok()) return 0;
  sluice::schema::Budget budget;
  budget.max_steps = 100'000;
  budget.max_pattern_steps = 1000;
  sluice::test_support::OutputCheck check(*program, schema.root(), (flags & 0x10) != 0 ? 2 : 16);
  const std::string why = check.Check(instance.root(), budget);
  if (why.empty()) return 0;
  std::fprintf(stderr, "%s\nschema: %s\ninstance: %s\n", why.c_str(), schema_text.c_str(),
               instance_text.c_str());
  std::abort();
}
