// The keywords of all drafts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::schema {

enum class Keyword : uint8_t {
  kAdditionalItems,
  kAdditionalProperties,
  kAllOf,
  kAnchor,
  kAnyOf,
  kComment,
  kConst,
  kContains,
  kContentEncoding,
  kContentMediaType,
  kContentSchema,
  kDefault,
  kDefinitions,
  kDefs,
  kDependencies,
  kDependentRequired,
  kDependentSchemas,
  kDeprecated,
  kDescription,
  kDollarId,
  kDynamicAnchor,
  kDynamicRef,
  kElse,
  kEnum,
  kExamples,
  kExclusiveMaximum,
  kExclusiveMinimum,
  kFormat,
  kId,
  kIf,
  kItems,
  kMaxContains,
  kMaxItems,
  kMaxLength,
  kMaxProperties,
  kMaximum,
  kMinContains,
  kMinItems,
  kMinLength,
  kMinProperties,
  kMinimum,
  kMultipleOf,
  kNot,
  kOneOf,
  kPattern,
  kPatternProperties,
  kPrefixItems,
  kProperties,
  kPropertyNames,
  kReadOnly,
  kRecursiveAnchor,
  kRecursiveRef,
  kRef,
  kRequired,
  kSchema,
  kThen,
  kTitle,
  kType,
  kUnevaluatedItems,
  kUnevaluatedProperties,
  kUniqueItems,
  kVocabulary,
  kWriteOnly,
};
inline constexpr uint32_t kKeywordCount = static_cast<uint32_t>(Keyword::kWriteOnly) + 1;

// "additionalItems", "$ref", …
std::string_view KeywordName(Keyword keyword);
std::optional<Keyword> FindKeyword(std::string_view name);

}  // namespace sluice::schema
