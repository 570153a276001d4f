#include "sluice/schema/dialect.h"

#include <cstddef>
#include <iterator>

namespace sluice::schema {
namespace {

using enum Keyword;

// By Dialect.
constexpr std::string_view kNames[] = {"draft-04", "draft-06", "draft-07", "2019-09", "2020-12"};
constexpr std::string_view kUris[] = {
    "http://json-schema.org/draft-04/schema#",      "http://json-schema.org/draft-06/schema#",
    "http://json-schema.org/draft-07/schema#",      "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
};

template <typename... Keywords>
constexpr KeywordSet Set(Keywords... keywords) {
  return (Bit(keywords) | ...);
}

constexpr KeywordSet kDraft4 =
    Set(kId, kSchema, kRef, kTitle, kDescription, kDefault, kDefinitions, kMultipleOf, kMaximum,
        kExclusiveMaximum, kMinimum, kExclusiveMinimum, kMaxLength, kMinLength, kPattern, kItems,
        kAdditionalItems, kMaxItems, kMinItems, kUniqueItems, kMaxProperties, kMinProperties,
        kRequired, kProperties, kPatternProperties, kAdditionalProperties, kDependencies, kEnum,
        kType, kAllOf, kAnyOf, kOneOf, kNot, kFormat);
constexpr KeywordSet kDraft6 =
    (kDraft4 & ~Set(kId)) | Set(kDollarId, kConst, kContains, kPropertyNames, kExamples);
constexpr KeywordSet kDraft7 = kDraft6 | Set(kIf, kThen, kElse, kComment, kReadOnly, kWriteOnly,
                                             kContentEncoding, kContentMediaType);

// The vocabularies of 2019-09 and 2020-12. `definitions` and `dependencies` have left them; both
// still mean what they did, as their meta-schemas reserve them for.
constexpr KeywordSet kCore =
    Set(kDollarId, kSchema, kRef, kAnchor, kVocabulary, kComment, kDefs, kDefinitions);
constexpr KeywordSet kCore2019 = kCore | Set(kRecursiveRef, kRecursiveAnchor);
constexpr KeywordSet kCore2020 = kCore | Set(kDynamicRef, kDynamicAnchor);
constexpr KeywordSet kUnevaluated = Set(kUnevaluatedItems, kUnevaluatedProperties);
constexpr KeywordSet kApplicator =
    Set(kItems, kContains, kAdditionalProperties, kProperties, kPatternProperties, kPropertyNames,
        kDependentSchemas, kDependencies, kIf, kThen, kElse, kAllOf, kAnyOf, kOneOf, kNot);
constexpr KeywordSet kApplicator2019 = kApplicator | Set(kAdditionalItems) | kUnevaluated;
constexpr KeywordSet kApplicator2020 = kApplicator | Set(kPrefixItems);
constexpr KeywordSet kValidation =
    Set(kMultipleOf, kMaximum, kExclusiveMaximum, kMinimum, kExclusiveMinimum, kMaxLength,
        kMinLength, kPattern, kMaxItems, kMinItems, kUniqueItems, kMaxContains, kMinContains,
        kMaxProperties, kMinProperties, kRequired, kDependentRequired, kConst, kEnum, kType);
constexpr KeywordSet kMetaData =
    Set(kTitle, kDescription, kDefault, kDeprecated, kReadOnly, kWriteOnly, kExamples);
constexpr KeywordSet kContent = Set(kContentEncoding, kContentMediaType, kContentSchema);
constexpr KeywordSet kFormatOnly = Set(kFormat);
constexpr KeywordSet kNoAssertions =
    kMetaData | kContent | Set(kComment, kSchema, kVocabulary, kDefs, kDefinitions);

struct NamedVocabulary {
  std::string_view name;
  KeywordSet keywords;
};
constexpr std::string_view kPrefix2019 = "https://json-schema.org/draft/2019-09/vocab/";
constexpr std::string_view kPrefix2020 = "https://json-schema.org/draft/2020-12/vocab/";
constexpr NamedVocabulary k2019[] = {
    {"core", kCore2019},      {"applicator", kApplicator2019}, {"validation", kValidation},
    {"meta-data", kMetaData}, {"format", kFormatOnly},         {"content", kContent},
};
constexpr NamedVocabulary k2020[] = {
    {"core", kCore2020},
    {"applicator", kApplicator2020},
    {"unevaluated", kUnevaluated},
    {"validation", kValidation},
    {"meta-data", kMetaData},
    {"format-annotation", kFormatOnly},
    {"format-assertion", kFormatOnly},
    {"content", kContent},
};

constexpr KeywordSet kAll2019 =
    kCore2019 | kApplicator2019 | kValidation | kMetaData | kFormatOnly | kContent;
constexpr KeywordSet kAll2020 =
    kCore2020 | kApplicator2020 | kUnevaluated | kValidation | kMetaData | kFormatOnly | kContent;

// By Dialect.
constexpr KeywordSet kKeywords[] = {kDraft4, kDraft6, kDraft7, kAll2019, kAll2020};

template <size_t kCount>
const NamedVocabulary* FindIn(const NamedVocabulary (&table)[kCount], std::string_view prefix,
                              std::string_view uri) {
  if (!uri.starts_with(prefix)) return nullptr;
  for (const NamedVocabulary& vocabulary : table) {
    if (vocabulary.name == uri.substr(prefix.size())) return &vocabulary;
  }
  return nullptr;
}

}  // namespace

std::optional<Dialect> FindDialect(std::string_view name) {
  const auto without_fragment = [](std::string_view uri) {
    return uri.ends_with('#') ? uri.substr(0, uri.size() - 1) : uri;
  };
  name = without_fragment(name);
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == name || without_fragment(kUris[i]) == name) return static_cast<Dialect>(i);
  }
  return std::nullopt;
}

std::string_view DialectName(Dialect dialect) { return kNames[static_cast<size_t>(dialect)]; }

absl::Span<const std::string_view> DialectUris() { return kUris; }

bool IsAssertion(Keyword keyword) { return (kNoAssertions & Bit(keyword)) == 0; }

Rules RulesOf(Dialect dialect) { return {dialect, kKeywords[static_cast<size_t>(dialect)], false}; }

std::optional<Vocabulary> FindVocabulary(std::string_view uri, bool demanded) {
  if (const NamedVocabulary* found = FindIn(k2020, kPrefix2020, uri)) {
    return Vocabulary{found->keywords, found->name == "format-assertion"};
  }
  if (const NamedVocabulary* found = FindIn(k2019, kPrefix2019, uri)) {
    return Vocabulary{found->keywords, found->name == "format" && demanded};
  }
  return std::nullopt;
}

KeywordSet CoreKeywords(Dialect dialect) {
  return dialect == Dialect::kDraft2019_09 ? kCore2019 : kCore2020;
}

}  // namespace sluice::schema
