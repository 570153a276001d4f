#include "error_cases.h"

namespace sluice::schema {

const std::vector<ErrorCase>& ErrorCases() {
  static const auto* const kCases = new std::vector<ErrorCase>{
      {"type",
       R"({"type":"integer"})",
       R"("12")",
       {
           {"", "/type", "type", 0, R"(must be an integer, not the string "12")", "an integer",
            "a string"},
       }},
      {"type: several",
       R"({"type":["integer","null"]})",
       "1.5",
       {
           {"", "/type", "type", 0, "must be an integer or null, not the number 1.5",
            "an integer or null", "a number"},
       }},
      {"type: boolean",
       R"({"properties":{"on":{"type":"boolean"}}})",
       R"({"on":"yes"})",
       {
           {"/on", "/properties/on/type", "type", 6, R"(must be a boolean, not the string "yes")",
            "a boolean", "a string"},
       }},
      {"enum with suggestion",
       R"({"properties":{"color":{"enum":["red","green","blue"]}}})",
       R"({"color":"gren"})",
       {
           {"/color", "/properties/color/enum", "enum", 9,
            R"(must be "red", "green" or "blue", not "gren" (did you mean "green"?))",
            R"("red", "green" or "blue")", R"("gren")"},
       }},
      {"enum of other kinds",
       R"({"enum":[1,null,"a",[1,2],{"x":1}]})",
       "2",
       {
           {"", "/enum", "enum", 0, R"(must be 1, null, "a", [1,2] or {"x":1}, not 2)",
            R"(1, null, "a", [1,2] or {"x":1})", "2"},
       }},
      {"const",
       R"({"const":"v2"})",
       R"("v1")",
       {
           {"", "/const", "const", 0, R"(must be "v2", not "v1")", R"("v2")", R"("v1")"},
       }},
      {"minimum",
       R"({"minimum":1})",
       "0",
       {
           {"", "/minimum", "minimum", 0, "must be at least 1, not 0", "at least 1", "0"},
       }},
      {"exclusiveMaximum",
       R"({"exclusiveMaximum":100})",
       "100",
       {
           {"", "/exclusiveMaximum", "exclusiveMaximum", 0, "must be less than 100, not 100",
            "less than 100", "100"},
       }},
      {"draft 4 exclusiveMinimum",
       R"({"$schema":"http://json-schema.org/draft-04/schema#","minimum":0,)"
       R"("exclusiveMinimum":true})",
       "0",
       {
           {"", "/minimum", "minimum", 0, "must be more than 0, not 0", "more than 0", "0"},
       }},
      {"multipleOf",
       R"({"multipleOf":0.01})",
       "19.995",
       {
           {"", "/multipleOf", "multipleOf", 0, "must be a multiple of 0.01, not 19.995",
            "a multiple of 0.01", "19.995"},
       }},
      {"minLength",
       R"({"minLength":3})",
       R"("é")",
       {
           {"", "/minLength", "minLength", 0, "must have at least 3 characters, not 1",
            "at least 3 characters", "1 character"},
       }},
      {"minLength 1",
       R"({"minLength":1})",
       R"("")",
       {
           {"", "/minLength", "minLength", 0, "must not be empty", "at least 1 character",
            "0 characters"},
       }},
      {"maxLength",
       R"({"maxLength":3})",
       R"("abcd")",
       {
           {"", "/maxLength", "maxLength", 0, "must have at most 3 characters, not 4",
            "at most 3 characters", "4 characters"},
       }},
      {"pattern",
       R"({"pattern":"^[a-z]+$"})",
       R"("A1")",
       {
           {"", "/pattern", "pattern", 0, R"(must match the pattern "^[a-z]+$", not "A1")",
            R"(the pattern "^[a-z]+$")", R"("A1")"},
       }},
      {"format",
       R"({"format":"date"})",
       R"("2026-02-30")",
       {
           {"", "/format", "format", 0, R"(must be a date like 2026-02-28, not "2026-02-30")",
            "a date like 2026-02-28", R"("2026-02-30")"},
       }},
      {"format email",
       R"({"properties":{"email":{"format":"email"}}})",
       R"({"email":"joe at example.com"})",
       {
           {"/email", "/properties/email/format", "format", 9,
            R"(must be an email address, not "joe at example.com")", "an email address",
            R"("joe at example.com")"},
       }},
      {"minItems",
       R"({"minItems":2})",
       "[1]",
       {
           {"", "/minItems", "minItems", 0, "must have at least 2 elements, not 1",
            "at least 2 elements", "1 element"},
       }},
      {"maxItems",
       R"({"maxItems":1})",
       "[1,2,3]",
       {
           {"", "/maxItems", "maxItems", 0, "must have at most 1 element, not 3",
            "at most 1 element", "3 elements"},
       }},
      {"uniqueItems",
       R"({"uniqueItems":true})",
       R"([1,"a",{"x":1,"y":2},{"y":2,"x":1.0}])",
       {
           {"", "/uniqueItems", "uniqueItems", 21,
            "must have no equal elements, but elements 2 and 3 are equal", "no equal elements",
            R"({"x":1,"y":2})"},
       }},
      {"contains",
       R"({"contains":{"const":"admin"}})",
       R"(["user"])",
       {
           {"", "/contains", "contains", 0, R"(must contain "admin")", R"("admin")"},
       }},
      {"minContains",
       R"({"contains":{"type":"string"},"minContains":2})",
       R"(["user",1])",
       {
           {"", "/minContains", "minContains", 0, "must contain a string at least 2 times, not 1",
            "at least 2 times", "1 time"},
       }},
      {"maxContains",
       R"({"contains":{"type":"string","minLength":2},"maxContains":1})",
       R"(["user","other",1])",
       {
           {"", "/maxContains", "maxContains", 0,
            R"(must contain what "contains" accepts at most 1 time, not 2)", "at most 1 time",
            "2 times"},
       }},
      {"items",
       R"({"items":{"type":"number"}})",
       R"([1,"2",3,null])",
       {
           {"/1", "/items/type", "type", 3, R"(must be a number, not the string "2")", "a number",
            "a string"},
           {"/3", "/items/type", "type", 9, "must be a number, not null", "a number", "null"},
       }},
      {"prefixItems and no more",
       R"({"prefixItems":[{"type":"string"},{"type":"number"}],"items":false})",
       R"(["a",1,true])",
       {
           {"/2", "/items", "items", 7, "the array must have at most 2 elements",
            "at most 2 elements", "3 elements"},
       }},
      {"unevaluatedItems",
       R"({"prefixItems":[true],"unevaluatedItems":false})",
       "[1,2]",
       {
           {"/1", "/unevaluatedItems", "unevaluatedItems", 3, "element 1 is one too many"},
       }},
      {"minProperties",
       R"({"minProperties":1})",
       "{}",
       {
           {"", "/minProperties", "minProperties", 0, "must not be empty", "at least 1 property",
            "0 properties"},
       }},
      {"maxProperties",
       R"({"maxProperties":1})",
       R"({"a":1,"b":2})",
       {
           {"", "/maxProperties", "maxProperties", 0, "must have at most 1 property, not 2",
            "at most 1 property", "2 properties"},
       }},
      {"required",
       R"({"required":["name","age"]})",
       R"({"name":1})",
       {
           {"", "/required", "required", 0, R"("age" is missing)", R"(a property "age")"},
       }},
      {"required, misspelt",
       R"({"properties":{"name":true},"required":["name"]})",
       R"({"nmae":1})",
       {
           {"", "/required", "required", 0, R"("name" is missing (is "nmae" meant to be it?))",
            R"(a property "name")", R"("nmae")"},
       }},
      {"additionalProperties, misspelt",
       R"({"properties":{"timeout":true,"retries":true},"additionalProperties":false})",
       R"({"timeut":1})",
       {
           {"/timeut", "/additionalProperties", "additionalProperties", 1,
            R"("timeut" is not a known property (did you mean "timeout"?))", R"("timeout")",
            R"("timeut")"},
       }},
      {"additionalProperties, unlike any",
       R"({"properties":{"timeout":true,"retries":true},"additionalProperties":false})",
       R"({"color":1})",
       {
           {"/color", "/additionalProperties", "additionalProperties", 1,
            R"("color" is not a known property; known are "timeout" and "retries")",
            R"("timeout" and "retries")", R"("color")"},
       }},
      {"misspelt and missing is one fault",
       R"({"properties":{"name":{"type":"string"}},"required":["name"],)"
       R"("additionalProperties":false})",
       R"({"nmae":"x"})",
       {
           {"/nmae", "/additionalProperties", "additionalProperties", 1,
            R"("nmae" is not a known property (did you mean "name"?))", R"("name")", R"("nmae")"},
       }},
      {"additionalProperties is a schema",
       R"({"additionalProperties":{"type":"number"}})",
       R"({"a":1,"b":"2"})",
       {
           {"/b", "/additionalProperties/type", "type", 11,
            R"(must be a number, not the string "2")", "a number", "a string"},
       }},
      {"patternProperties",
       R"({"patternProperties":{"^x-":{"type":"string"}}})",
       R"({"x-a":1})",
       {
           {"/x-a", "/patternProperties/^x-/type", "type", 7, "must be a string, not the number 1",
            "a string", "a number"},
       }},
      {"property not allowed",
       R"({"properties":{"id":false}})",
       R"({"id":1})",
       {
           {"/id", "/properties/id", "properties", 6, R"("id" is not allowed here)"},
       }},
      {"propertyNames",
       R"({"propertyNames":{"maxLength":3,"pattern":"^[a-z]*$"}})",
       R"({"ok":1,"Long":2})",
       {
           {"/Long", "/propertyNames/maxLength", "maxLength", 8,
            R"(the name "Long" must have at most 3 characters, not 4)", "at most 3 characters",
            "4 characters"},
           {"/Long", "/propertyNames/pattern", "pattern", 8,
            R"(the name "Long" must match the pattern "^[a-z]*$")", R"(the pattern "^[a-z]*$")",
            R"("Long")"},
       }},
      {"propertyNames enum",
       R"({"propertyNames":{"enum":["alpha","beta"]}})",
       R"({"alhpa":1})",
       {
           {"/alhpa", "/propertyNames/enum", "enum", 1,
            R"(the name "alhpa" must be "alpha" or "beta" (did you mean "alpha"?))",
            R"("alpha" or "beta")", R"("alhpa")"},
       }},
      {"unevaluatedProperties",
       R"({"allOf":[{"properties":{"street":true}}],"properties":{"kind":true},)"
       R"("unevaluatedProperties":false})",
       R"({"stret":1,"kind":2})",
       {
           {"/stret", "/unevaluatedProperties", "unevaluatedProperties", 1,
            R"("stret" is not a known property (did you mean "street"?))", R"("street")",
            R"("stret")"},
       }},
      {"dependentRequired",
       R"({"dependentRequired":{"card":["billing","name"]}})",
       R"({"card":1,"name":2})",
       {
           {"", "/dependentRequired", "dependentRequired", 0,
            R"("billing" is missing, which is required where there is "card")",
            R"(a property "billing")"},
       }},
      {"dependencies of draft 7",
       R"({"$schema":"http://json-schema.org/draft-07/schema#",)"
       R"("dependencies":{"card":["billing"],"x":{"required":["y"]}}})",
       R"({"card":1,"x":2})",
       {
           {"", "/dependencies", "dependencies", 0,
            R"("billing" is missing, which is required where there is "card")",
            R"(a property "billing")"},
           {"", "/dependencies/x/required", "required", 0, R"("y" is missing)",
            R"(a property "y")"},
       }},
      {"dependentSchemas false",
       R"({"dependentSchemas":{"old":false}})",
       R"({"old":1})",
       {
           {"", "/dependentSchemas/old", "dependentSchemas", 0, R"(must not have "old")"},
       }},
      {"ref",
       R"({"$defs":{"zip":{"type":"string","pattern":"^[0-9]{5}$"}},)"
       R"("properties":{"zip":{"$ref":"#/$defs/zip"}}})",
       R"({"zip":"1234"})",
       {
           {"/zip", "/properties/zip/$ref/pattern", "pattern", 7,
            R"(must match the pattern "^[0-9]{5}$", not "1234")", R"(the pattern "^[0-9]{5}$")",
            R"("1234")"},
       }},
      {"ref in a schema without a URI of its own",
       R"({"$id":"order","$defs":{"zip":{"type":"string"}},"$ref":"#/$defs/zip"})",
       "1",
       {
           {"", "/$ref/type", "type", 0, "must be a string, not the number 1", "a string",
            "a number"},
       }},
      {"absolute locations are percent-encoded",
       R"({"$id":"https://example.com/a","$defs":{"é %/~":{"minimum":1}},)"
       R"("$ref":"#/$defs/%C3%A9%20%25~1~0"})",
       "0",
       {
           {"", "/$ref/minimum", "minimum", 0, "must be at least 1, not 0", "at least 1", "0",
            "https://example.com/a#/$defs/%C3%A9%20%25~1~0/minimum"},
       }},
      {"ref through $id",
       R"({"$id":"https://example.com/order","$defs":{"zip":{"$id":"zip","type":"string"}},)"
       R"("properties":{"a/b":{"$ref":"zip"}}})",
       R"({"a/b":1})",
       {
           {"/a~1b", "/properties/a~1b/$ref/type", "type", 7, "must be a string, not the number 1",
            "a string", "a number", "https://example.com/zip#/type"},
       }},
      {"allOf sharing a base tells once",
       R"({"$defs":{"base":{"required":["id"]}},"allOf":[{"$ref":"#/$defs/base"},)"
       R"({"$ref":"#/$defs/base"}]})",
       "{}",
       {
           {"", "/allOf/0/$ref/required", "required", 0, R"("id" is missing)",
            R"(a property "id")"},
       }},
      {"allOf: two that demand the same tell once",
       R"({"allOf":[{"type":"object","required":["a"]},{"type":"object","required":["a","b"]}]})",
       "{}",
       {
           {"", "/allOf/0/required", "required", 0, R"("a" is missing)", R"(a property "a")"},
           {"", "/allOf/1/required", "required", 0, R"("b" is missing)", R"(a property "b")"},
       }},
      {"allOf: two that demand the same type tell once, another limit by itself",
       R"({"allOf":[{"type":"integer"},{"type":"integer"},{"enum":[1,2]},{"enum":[3]}]})",
       R"("x")",
       {
           {"", "/allOf/0/type", "type", 0, R"(must be an integer, not the string "x")",
            "an integer", "a string"},
           {"", "/allOf/2/enum", "enum", 0, R"(must be 1 or 2, not "x")", "1 or 2", R"("x")"},
           {"", "/allOf/3/enum", "enum", 0, R"(must be 3, not "x")", "3", R"("x")"},
       }},
      {"properties and patternProperties that demand the same tell once",
       R"({"properties":{"ab":{"minimum":1}},"patternProperties":{"^a":{"minimum":1}}})",
       R"({"ab":0,"ac":0})",
       {
           {"/ab", "/properties/ab/minimum", "minimum", 6, "must be at least 1, not 0",
            "at least 1", "0"},
           {"/ac", "/patternProperties/^a/minimum", "minimum", 13, "must be at least 1, not 0",
            "at least 1", "0"},
       }},
      {"anyOf by type",
       R"({"anyOf":[{"type":"string"},{"type":"array","items":{"type":"string"}}]})",
       R"(["a",1])",
       {
           {"/1", "/anyOf/1/items/type", "type", 5, "must be a string, not the number 1",
            "a string", "a number"},
       }},
      {"anyOf: no such type",
       R"({"anyOf":[{"type":"string"},{"type":"array"},{"type":"null"}]})",
       "5",
       {
           {"", "/anyOf", "anyOf", 0, "must be a string, an array or null, not the number 5",
            "a string, an array or null", "a number"},
       }},
      {"anyOf of constants",
       R"({"oneOf":[{"const":"a","title":"A"},{"const":"b"},{"enum":["c","d"]}]})",
       R"("e")",
       {
           {"", "/oneOf", "oneOf", 0, R"(must be "a", "b", "c" or "d", not "e")",
            R"("a", "b", "c" or "d")", R"("e")"},
       }},
      {"anyOf of formats",
       R"({"anyOf":[{"format":"date"},{"format":"date-time"}]})",
       R"("tomorrow")",
       {
           {"", "/anyOf", "anyOf", 0,
            "must be a date like 2026-02-28 or a date and time like 2026-02-28T12:30:00Z, not "
            R"("tomorrow")",
            "a date like 2026-02-28 or a date and time like 2026-02-28T12:30:00Z", R"("tomorrow")"},
       }},
      {"oneOf by tag",
       R"({"oneOf":[{"properties":{"kind":{"const":"circle"},"radius":{"type":"number"}},)"
       R"("required":["kind","radius"]},{"properties":{"kind":{"const":"square"},)"
       R"("side":{"type":"number"}},"required":["kind","side"]}]})",
       R"({"kind":"square","radius":1})",
       {
           {"", "/oneOf/1/required", "required", 0, R"("side" is missing)", R"(a property "side")"},
       }},
      {"oneOf by two tags",
       R"({"oneOf":[{"properties":{"api":{"const":"v1"},"kind":{"const":"A"},"x":{"minimum":5}}},)"
       R"({"properties":{"api":{"const":"v1"},"kind":{"const":"B"},"x":{"maximum":5}}},)"
       R"({"properties":{"api":{"const":"v2"},"kind":{"const":"A"},"x":{"type":"null"}}}]})",
       R"({"api":"v1","kind":"B","x":7})",
       {
           {"/x", "/oneOf/1/properties/x/maximum", "maximum", 27, "must be at most 5, not 7",
            "at most 5", "7"},
       }},
      {"oneOf by two tags: the second is unknown, of those that the first leaves",
       R"({"oneOf":[{"properties":{"api":{"const":"v1"},"kind":{"const":"A"}}},)"
       R"({"properties":{"api":{"const":"v1"},"kind":{"const":"B"}}},)"
       R"({"properties":{"api":{"const":"v2"},"kind":{"const":"B"}}},)"
       R"({"properties":{"api":{"const":"v2"},"kind":{"const":"C"}}}]})",
       R"({"api":"v2","kind":"A"})",
       {
           {"/kind", "/oneOf", "oneOf", 19, R"(must be "B" or "C", not "A")", R"("B" or "C")",
            R"("A")"},
       }},
      {"oneOf by two tags: the first is unknown",
       R"({"oneOf":[{"properties":{"api":{"const":"v1"},"kind":{"const":"A"}}},)"
       R"({"properties":{"api":{"const":"v1"},"kind":{"const":"B"}}},)"
       R"({"properties":{"api":{"const":"v2"},"kind":{"const":"A"}}}]})",
       R"({"api":"beta","kind":"A"})",
       {
           {"/api", "/oneOf", "oneOf", 7, R"(must be "v1" or "v2", not "beta")", R"("v1" or "v2")",
            R"("beta")"},
       }},
      {"oneOf: the name that is nearly there was meant",
       R"({"oneOf":[{"required":["source"],"properties":{"source":true},"additionalProperties":false},)"
       R"({"required":["target"],"properties":{"target":true},"additionalProperties":false}]})",
       R"({"targt":1})",
       {
           {"/targt", "/oneOf/1/additionalProperties", "additionalProperties", 1,
            R"("targt" is not a known property (did you mean "target"?))", R"("target")",
            R"("targt")"},
       }},
      {"oneOf: a tag that is deeper",
       R"({"oneOf":[{"properties":{"meta":{"properties":{"kind":{"const":"x"}}},)"
       R"("s":{"type":"string"}}},{"properties":{"meta":{"properties":{"kind":{"const":"y"}}},)"
       R"("s":{"type":"integer"}}}]})",
       R"({"meta":{"kind":"y"},"s":"q"})",
       {
           {"/s", "/oneOf/1/properties/s/type", "type", 25,
            R"(must be an integer, not the string "q")", "an integer", "a string"},
       }},
      {"oneOf: unknown tag",
       R"({"oneOf":[{"properties":{"kind":{"const":"circle"}},"required":["kind"]},)"
       R"({"properties":{"kind":{"const":"square"}},"required":["kind"]}]})",
       R"({"kind":"sqare"})",
       {
           {"/kind", "/oneOf", "oneOf", 8,
            R"(must be "circle" or "square", not "sqare" (did you mean "square"?))",
            R"("circle" or "square")", R"("sqare")"},
       }},
      {"oneOf: missing tag",
       R"({"oneOf":[{"properties":{"kind":{"const":"circle"}},"required":["kind"]},)"
       R"({"properties":{"kind":{"const":"square"}},"required":["kind"]}]})",
       R"({"radius":1})",
       {
           {"", "/oneOf", "oneOf", 0, R"("kind" is missing; it must be "circle" or "square")",
            R"("circle" or "square")"},
       }},
      {"oneOf by nearest",
       R"({"oneOf":[{"properties":{"name":{"type":"string"},"age":{"type":"integer"}},)"
       R"("required":["name","age"]},{"properties":{"title":{"type":"string"},)"
       R"("pages":{"type":"integer"}},"required":["title","pages"]}]})",
       R"({"title":"x","pages":"12"})",
       {
           {"/pages", "/oneOf/1/properties/pages/type", "type", 21,
            R"(must be an integer, not the string "12")", "an integer", "a string"},
       }},
      {"oneOf: one of two names",
       R"({"oneOf":[{"required":["email"]},{"required":["phone"]}]})",
       "{}",
       {
           {"", "/oneOf", "oneOf", 0, R"("email" or "phone" is missing)",
            R"(a property "email" or a property "phone")"},
       }},
      {"oneOf: both",
       R"({"oneOf":[{"required":["email"]},{"required":["phone"]}]})",
       R"({"email":1,"phone":2})",
       {
           {"", "/oneOf", "oneOf", 0, R"(must not have both "email" and "phone")",
            R"(either "email" or "phone")"},
       }},
      {"not",
       R"({"not":{"type":"string"}})",
       R"("x")",
       {
           {"", "/not", "not", 0, "must not be a string", "anything but a string", R"("x")"},
       }},
      {"not required",
       R"({"not":{"required":["a","b"]}})",
       R"({"a":1,"b":2})",
       {
           {"", "/not", "not", 0, R"(must not have both "a" and "b")"},
       }},
      {"not, complex",
       R"({"not":{"properties":{"a":{"minimum":5}}}})",
       R"({"a":7})",
       {
           {"", "/not", "not", 0, R"(must not be what "not" accepts)", "", R"({"a":7})"},
       }},
      {"if then else",
       R"({"if":{"properties":{"country":{"const":"US"}}},"then":{"required":["zip"]},)"
       R"("else":{"required":["postcode"]}})",
       R"({"country":"DE"})",
       {
           {"", "/else/required", "required", 0, R"("postcode" is missing)",
            R"(a property "postcode")"},
       }},
      {"false",
       "false",
       "1",
       {
           {"", "", "", 0, "nothing is allowed here"},
       }},
      {"nested and many",
       R"({"type":"object","properties":{"servers":{"type":"array","items":{"type":"object",)"
       R"("properties":{"host":{"type":"string"},"port":{"type":"integer","maximum":65535}},)"
       R"("required":["host"],"additionalProperties":false}}}})",
       R"({"servers":[{"host":1,"port":70000},{"prot":1}]})",
       {
           {"/servers/0/host", "/properties/servers/items/properties/host/type", "type", 20,
            "must be a string, not the number 1", "a string", "a number"},
           {"/servers/0/port", "/properties/servers/items/properties/port/maximum", "maximum", 29,
            "must be at most 65535, not 70000", "at most 65535", "70000"},
           {"/servers/1", "/properties/servers/items/required", "required", 36,
            R"("host" is missing)", R"(a property "host")"},
           {"/servers/1/prot", "/properties/servers/items/additionalProperties",
            "additionalProperties", 37, R"("prot" is not a known property (did you mean "port"?))",
            R"("port")", R"("prot")"},
       }},
      {"recursion",
       R"({"$id":"https://example.com/tree",)"
       R"("properties":{"child":{"$ref":"#"},"n":{"type":"integer"}}})",
       R"({"child":{"child":{"n":"x"}}})",
       {
           {"/child/child/n", "/properties/child/$ref/properties/child/$ref/properties/n/type",
            "type", 23, R"(must be an integer, not the string "x")", "an integer", "a string",
            "https://example.com/tree#/properties/n/type"},
       }},
      {"dynamicRef",
       R"({"$id":"https://example.com/strict-tree","$dynamicAnchor":"node","$ref":"tree",)"
       R"("unevaluatedProperties":false,"$defs":{"tree":{"$id":"tree",)"
       R"("$dynamicAnchor":"node","properties":{"data":true,)"
       R"("children":{"items":{"$dynamicRef":"#node"}}}}}})",
       R"({"children":[{"daat":1}]})",
       {
           {"/children/0/daat", "/$ref/properties/children/items/$dynamicRef/unevaluatedProperties",
            "unevaluatedProperties", 14, R"("daat" is not a known property (did you mean "data"?))",
            R"("data")", R"("daat")", "https://example.com/strict-tree#/unevaluatedProperties"},
       }},
      {"nullable object, long value",
       R"({"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]})",
       "{}",
       {
           {"", "/anyOf/1/required", "required", 0, R"("a" is missing)", R"(a property "a")"},
       }},
      {"long values are cut",
       R"({"maxLength":5})",
       R"("0123456789012345678901234567890123456789012345678901234567890123456789012345678901)"
       R"(234567890123456789")",
       {
           {"", "/maxLength", "maxLength", 0, "must have at most 5 characters, not 100",
            "at most 5 characters", "100 characters"},
       }},
      {"escapes",
       R"({"properties":{"a~b":{"properties":{"é %":{"type":"string"}}}}})",
       R"({"a~b":{"\u00e9 %":1}})",
       {
           {"/a~0b/é %", "/properties/a~0b/properties/é %/type", "type", 19,
            "must be a string, not the number 1", "a string", "a number"},
       }},
      {"a tag behind references and allOf",
       R"({"$id":"https://example.com/pets",)"
       R"("$defs":{"base":{"properties":{"id":{"type":"string"}},"required":["id"]},)"
       R"("cat":{"allOf":[{"$ref":"#/$defs/base"},{"properties":{"type":{"const":"cat"},)"
       R"("lives":{"type":"integer","maximum":9}},"required":["type"]}]},)"
       R"("dog":{"allOf":[{"$ref":"#/$defs/base"},{"properties":{"type":{"const":"dog"},)"
       R"("bark":{"type":"boolean"}},"required":["type"]}]}},)"
       R"("items":{"oneOf":[{"$ref":"#/$defs/cat"},{"$ref":"#/$defs/dog"}]}})",
       R"([{"type":"cat","id":"a","lives":10},{"type":"dog","id":1}])",
       {
           {"/0/lives", "/items/oneOf/0/$ref/allOf/1/properties/lives/maximum", "maximum", 32,
            "must be at most 9, not 10", "at most 9", "10",
            "https://example.com/pets#/$defs/cat/allOf/1/properties/lives/maximum"},
           {"/1/id", "/items/oneOf/1/$ref/allOf/0/$ref/properties/id/type", "type", 55,
            "must be a string, not the number 1", "a string", "a number",
            "https://example.com/pets#/$defs/base/properties/id/type"},
       }},
      {"a tag is the name whose values differ",
       R"({"anyOf":[{"properties":{"version":{"const":1},"op":{"enum":["add","replace"]},)"
       R"("value":{"type":"number"}},"required":["version","op","value"]},)"
       R"({"properties":{"version":{"const":1},"op":{"const":"remove"}},)"
       R"("required":["version","op"],"additionalProperties":false}]})",
       R"({"version":1,"op":"remove","value":"x","more":1})",
       {
           {"/value", "/anyOf/1/additionalProperties", "additionalProperties", 27,
            R"("value" is not a known property; known are "version" and "op")",
            R"("version" and "op")", R"("value")"},
           {"/more", "/anyOf/1/additionalProperties", "additionalProperties", 39,
            R"("more" is not a known property; known are "version" and "op")",
            R"("version" and "op")", R"("more")"},
       }},
      {"alternatives within alternatives",
       R"({"anyOf":[{"type":"null"},{"oneOf":[{"type":"integer","minimum":1},)"
       R"({"type":"array"}]}]})",
       "0",
       {
           {"", "/anyOf/1/oneOf/0/minimum", "minimum", 0, "must be at least 1, not 0", "at least 1",
            "0"},
       }},
      {"alternatives within alternatives, no such type",
       R"({"anyOf":[{"type":"null"},{"oneOf":[{"type":"integer"},{"type":"array"}]}]})",
       R"("x")",
       {
           {"", "/anyOf", "anyOf", 0, R"(must be an integer, an array or null, not the string "x")",
            "an integer, an array or null", "a string"},
       }},
      {"a list of values or another type",
       R"({"anyOf":[{"enum":["auto","none"]},{"type":"integer"}]})",
       R"("atuo")",
       {
           {"", "/anyOf/0/enum", "enum", 0,
            R"(must be "auto" or "none", not "atuo" (did you mean "auto"?))", R"("auto" or "none")",
            R"("atuo")"},
       }},
      {"values in alternatives, and a type that has none",
       R"({"anyOf":[{"const":"auto"},{"const":"none"},{"type":"boolean"},{"type":"object"}]})",
       R"("all")",
       {
           {"", "/anyOf", "anyOf", 0,
            R"(must be a boolean, an object, "auto" or "none", not "all")",
            R"(a boolean, an object, "auto" or "none")", R"("all")"},
       }},
      {"nothing near: what each asks for",
       R"({"anyOf":[{"type":"string","maxLength":3},{"type":"string","pattern":"^x"},)"
       R"({"type":"string","format":"ipv4"}]})",
       R"("abcd")",
       {
           {"", "/anyOf", "anyOf", 0,
            R"(must have at most 3 characters or match the pattern "^x" or be an IPv4 address )"
            "like 192.0.2.1",
            R"(at most 3 characters, the pattern "^x" or an IPv4 address like 192.0.2.1)",
            "4 characters"},
       }},
      {"what an alternative that was meant has evaluated is known",
       R"({"oneOf":[{"properties":{"kind":{"const":"a"},"size":{"type":"integer"}},)"
       R"("required":["kind"]},{"properties":{"kind":{"const":"b"}},"required":["kind"]}],)"
       R"("unevaluatedProperties":false})",
       R"({"kind":"a","size":"big"})",
       {
           {"/size", "/oneOf/0/properties/size/type", "type", 19,
            R"(must be an integer, not the string "big")", "an integer", "a string"},
       }},
      {"items: false",
       R"({"items":false})",
       "[1,2]",
       {
           {"/0", "/items", "items", 1, "the array must be empty", "an empty array"},
       }},
      {"additionalItems",
       R"({"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],)"
       R"("additionalItems":{"type":"number"}})",
       R"(["a","b"])",
       {
           {"/1", "/additionalItems/type", "type", 5, R"(must be a number, not the string "b")",
            "a number", "a string"},
       }},
      {"one error for many elements too many",
       R"({"prefixItems":[true],"items":false})",
       "[1,2,3,4]",
       {
           {"/1", "/items", "items", 3, "the array must have at most 1 element",
            "at most 1 element", "4 elements"},
       }},
      {"patternProperties: false",
       R"({"patternProperties":{"^_":false}})",
       R"({"_a":1})",
       {
           {"/_a", "/patternProperties/^_", "patternProperties", 6, R"("_a" is not allowed here)"},
       }},
      {"propertyNames: false",
       R"({"propertyNames":false})",
       R"({"a":1})",
       {
           {"/a", "/propertyNames", "propertyNames", 1, R"(the name "a" is not allowed)"},
       }},
      {"both values of a name that is there twice",
       R"({"properties":{"a":{"type":"string"}}})",
       R"({"a":1,"a":"x"})",
       {
           {"/a", "/properties/a/type", "type", 5, "must be a string, not the number 1", "a string",
            "a number"},
       }},
      {"const of an object",
       R"({"const":{"a":[1,2,3],"b":"a long text that does not fit into a message"}})",
       R"({"a":[1,2,3]})",
       {
           {"", "/const", "const", 0,
            R"(must be {"a":[1,2,3],"b":"a long text that does not fit into a message"}, not )"
            R"({"a":[1,2,3]})",
            R"({"a":[1,2,3],"b":"a long text that does not fit into a message"})",
            R"({"a":[1,2,3]})"},
       }},
      {"exact numbers",
       R"({"maximum":9007199254740992})",
       "9007199254740993",
       {
           {"", "/maximum", "maximum", 0, "must be at most 9007199254740992, not 9007199254740993",
            "at most 9007199254740992", "9007199254740993"},
       }},
      {"draft 4: 1.0 is no integer",
       R"({"$schema":"http://json-schema.org/draft-04/schema#","type":"integer"})",
       "1.0",
       {
           {"", "/type", "type", 0, "must be an integer, not the number 1.0", "an integer",
            "a number"},
       }},
      {"then",
       R"({"if":{"required":["a"]},"then":{"properties":{"b":{"type":"string"}}}})",
       R"({"a":1,"b":2})",
       {
           {"/b", "/then/properties/b/type", "type", 11, "must be a string, not the number 2",
            "a string", "a number"},
       }},
      {"not of values",
       R"({"not":{"enum":["admin","root"]}})",
       R"("root")",
       {
           {"", "/not", "not", 0, R"(must not be "admin" or "root")",
            R"(anything but "admin" or "root")", R"("root")"},
       }},
      {"not of a pattern",
       R"({"not":{"pattern":"^test"}})",
       R"("testing")",
       {
           {"", "/not", "not", 0, R"(must not match the pattern "^test", but "testing" does)", "",
            R"("testing")"},
       }},
      {"not of everything",
       R"({"properties":{"a":{"not":{}}}})",
       R"({"a":1})",
       {
           {"/a", "/properties/a/not", "not", 5, "nothing is allowed here", "", "1"},
       }},
      {"escapes in a value",
       R"({"type":"number"})",
       R"("a\n\"b\"")",
       {
           {"", "/type", "type", 0, R"(must be a number, not the string "a\n\"b\"")", "a number",
            "a string"},
       }},
      {"many names are missing",
       R"({"required":["a","b","c"]})",
       R"({"b":1})",
       {
           {"", "/required", "required", 0, R"("a" is missing)", R"(a property "a")"},
           {"", "/required", "required", 0, R"("c" is missing)", R"(a property "c")"},
       }},
      {"many known names",
       R"({"properties":{"a1":true,"b1":true,"c1":true,"d1":true,"e1":true,"f1":true,)"
       R"("g1":true,"h1":true,"i1":true},"additionalProperties":false})",
       R"({"something":1})",
       {
           {"/something", "/additionalProperties", "additionalProperties", 1,
            R"("something" is not a known property)", "", R"("something")"},
       }},
      {"what is there already isn't suggested",
       R"({"properties":{"color":true,"colour":true},"additionalProperties":false})",
       R"({"color":1,"colr":2})",
       {
           {"/colr", "/additionalProperties", "additionalProperties", 11,
            R"("colr" is not a known property (did you mean "colour"?))", R"("colour")",
            R"("colr")"},
       }},
      {"regular expressions",
       R"({"format":"regex"})",
       R"("(")",
       {
           {"", "/format", "format", 0, R"(must be a regular expression of JavaScript, not "(")",
            "a regular expression of JavaScript", R"("(")"},
       }},
      {"an empty name",
       R"({"properties":{"":{"type":"string"}}})",
       R"({"":1})",
       {
           {"/", "/properties//type", "type", 4, "must be a string, not the number 1", "a string",
            "a number"},
       }},
  };
  return *kCases;
}

}  // namespace sluice::schema
