#include "sluice/schema/keyword.h"

#include <cstddef>

namespace sluice::schema {
namespace {

// By Keyword.
constexpr std::string_view kNames[kKeywordCount] = {
    "additionalItems",
    "additionalProperties",
    "allOf",
    "$anchor",
    "anyOf",
    "$comment",
    "const",
    "contains",
    "contentEncoding",
    "contentMediaType",
    "contentSchema",
    "default",
    "definitions",
    "$defs",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "deprecated",
    "description",
    "$id",
    "$dynamicAnchor",
    "$dynamicRef",
    "else",
    "enum",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "format",
    "id",
    "if",
    "items",
    "maxContains",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minContains",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "prefixItems",
    "properties",
    "propertyNames",
    "readOnly",
    "$recursiveAnchor",
    "$recursiveRef",
    "$ref",
    "required",
    "$schema",
    "then",
    "title",
    "type",
    "unevaluatedItems",
    "unevaluatedProperties",
    "uniqueItems",
    "$vocabulary",
    "writeOnly",
};

}  // namespace

std::string_view KeywordName(Keyword keyword) { return kNames[static_cast<size_t>(keyword)]; }

std::optional<Keyword> FindKeyword(std::string_view name) {
  for (size_t i = 0; i < kKeywordCount; ++i) {
    if (kNames[i] == name) return static_cast<Keyword>(i);
  }
  return std::nullopt;
}

}  // namespace sluice::schema
