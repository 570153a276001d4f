// Which keywords mean something: by dialect, and by the vocabularies of a meta-schema. Inside this
// room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/schema/keyword.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

// Sets of keywords, as bits.
using KeywordSet = uint64_t;
static_assert(kKeywordCount <= 64);
constexpr KeywordSet Bit(Keyword keyword) {
  return KeywordSet{1} << static_cast<uint32_t>(keyword);
}

// How the schemas of a resource are read.
struct Rules {
  Dialect dialect;
  KeywordSet keywords;
  bool assert_format;  // the meta-schema demands it

  bool Has(Keyword keyword) const { return (keywords & Bit(keyword)) != 0; }
  // $ref stands alone: what is beside it doesn't count.
  bool ref_stands_alone() const { return dialect <= Dialect::kDraft7; }
  Keyword id_keyword() const {
    return dialect == Dialect::kDraft4 ? Keyword::kId : Keyword::kDollarId;
  }
  // "$id": "#name" is how a name is given.
  bool names_by_id() const { return dialect <= Dialect::kDraft7; }
};

// Of the meta-schemas, as $schema has them; by Dialect.
absl::Span<const std::string_view> DialectUris();

// Whether it says something of what is valid, or names or refers to what does.
bool IsAssertion(Keyword keyword);

// What a dialect's own meta-schema says.
Rules RulesOf(Dialect dialect);

// One vocabulary of 2019-09 or 2020-12.
struct Vocabulary {
  KeywordSet keywords;
  bool asserts_format;
};
// nullopt for one that isn't known. Those of the other of the two dialects are known as well.
// `demanded` is the value in $vocabulary: in 2019-09 `format` is asserted only if it is true.
std::optional<Vocabulary> FindVocabulary(std::string_view uri, bool demanded);
// Keywords that work whatever the vocabularies are.
KeywordSet CoreKeywords(Dialect dialect);

}  // namespace sluice::schema
