// What schemas are called, and by which rules they are read: $schema, $id, anchors.

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/schema/catalog.h"
#include "sluice/uri/reference.h"

namespace sluice::schema {
namespace {

// All resources' URIs together.
constexpr size_t kMaxUriTextBytes = 16u << 20;
// Meta-schemas of meta-schemas.
constexpr int kMaxMetaSchemas = 8;

std::string_view WithoutEmptyFragment(std::string_view uri) {
  if (!uri.empty() && uri.back() == '#') uri.remove_suffix(1);
  return uri;
}

// One that is nearly one of the dialects', as with "https:" for "http:".
std::string DidYouMeanDialect(std::string_view uri) {
  // The one without a date is that of the newest, whichever that was.
  if (uri.find("draft") == std::string_view::npos) return {};
  return DidYouMean(uri, DialectUris());
}

bool IsAnchorName(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || !(is_letter(name[0]) || name[0] == '_')) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == ':';
  });
}

}  // namespace

Rules Catalog::DefaultRules(uint32_t document, json::Value schema) {
  const Rules rules = RulesOf(options_.dialect);
  if (options_.meta_schema.empty()) return rules;
  return FindRules(document, schema, WithoutEmptyFragment(options_.meta_schema)).value_or(rules);
}

Rules Catalog::RulesFor(uint32_t document, json::Value schema, const Rules& inherited) {
  const json::Value name = schema.Find(KeywordName(Keyword::kSchema));
  if (!name.present()) return inherited;
  if (!name.is(json::Kind::kString)) {
    FaultIn(document, name, "wrong_type", "$schema is a string: the URI of a meta-schema");
    return inherited;
  }
  std::string scratch;
  const std::string_view uri = WithoutEmptyFragment(name.string(&scratch));
  return FindRules(document, name, uri).value_or(inherited);
}

std::optional<Rules> Catalog::FindRules(uint32_t document, json::Value name, std::string_view uri) {
  if (uri.find(':') != std::string_view::npos) {
    if (const std::optional<Dialect> dialect = FindDialect(uri)) return RulesOf(*dialect);
  }
  if (const uint32_t meta = FindDocument(uri); meta != kNone) {
    Document& read = documents_[meta];
    if (!read.is_meta) {
      read.is_meta = true;
      read.rules = RulesOfMetaSchema(document, name, read.root);
    }
    return read.rules;
  }
  FaultIn(document, name, "unknown_dialect",
          absl::StrCat("no meta-schema ", Quoted(uri), DidYouMeanDialect(uri),
                       ": known are those of draft-04, draft-06, draft-07, 2019-09 "
                       "(\"https://json-schema.org/draft/2019-09/schema\") and 2020-12, and the "
                       "resources that are given"));
  return std::nullopt;
}

uint32_t Catalog::FindDocument(std::string_view uri) {
  ReadDocumentNames();
  const uint32_t number = document_names_.Find(uri);
  return number == StringInterner::kNone ? kNone : named_documents_[number];
}

void Catalog::ReadDocumentNames() {
  std::string scratch;
  for (; read_documents_ < documents_.size(); ++read_documents_) {
    const Document& document = documents_[read_documents_];
    // Of two that are called the same the first is meant.
    const auto add = [&](std::string_view name) {
      if (document_names_.Intern(name) < named_documents_.size()) return;
      named_documents_.push_back(read_documents_);
    };
    add(document.uri);
    for (const std::string_view keyword : {"$id", "id"}) {
      const json::Value id = document.root.Find(keyword);
      if (id.is(json::Kind::kString)) add(WithoutEmptyFragment(id.string(&scratch)));
    }
  }
}

std::optional<Dialect> Catalog::DialectOfMetaSchema(json::Value meta) {
  std::string scratch;
  for (int i = 0; i < kMaxMetaSchemas; ++i) {
    const json::Value name = meta.Find(KeywordName(Keyword::kSchema));
    if (!name.is(json::Kind::kString)) return options_.dialect;
    const std::string_view uri = WithoutEmptyFragment(name.string(&scratch));
    if (const std::optional<Dialect> dialect = FindDialect(uri)) return dialect;
    const uint32_t document = FindDocument(uri);
    if (document == kNone) return std::nullopt;
    meta = documents_[document].root;
  }
  return std::nullopt;
}

std::optional<Rules> Catalog::RulesOfMetaSchema(uint32_t document, json::Value name,
                                                json::Value meta) {
  const std::optional<Dialect> dialect = DialectOfMetaSchema(meta);
  if (!dialect.has_value()) {
    FaultIn(document, name, "unknown_dialect",
            "the $schema of this meta-schema leads to none of the known dialects");
    return std::nullopt;
  }
  Rules rules = RulesOf(*dialect);
  const json::Value vocabularies = meta.Find(KeywordName(Keyword::kVocabulary));
  if (!vocabularies.is(json::Kind::kObject) || *dialect < Dialect::kDraft2019_09) return rules;
  rules.keywords = CoreKeywords(*dialect);
  std::string scratch;
  for (const json::Member member : json::Members(vocabularies)) {
    const std::string_view uri = member.key.string(&scratch);
    const bool demanded = member.value.is(json::Kind::kTrue);
    if (const std::optional<Vocabulary> vocabulary = FindVocabulary(uri, demanded)) {
      rules.keywords |= vocabulary->keywords;
      rules.assert_format |= vocabulary->asserts_format;
    } else if (demanded) {
      FaultIn(document, name, "unknown_vocabulary",
              absl::StrCat("the meta-schema demands a vocabulary that isn't known: ", Quoted(uri)));
    }
  }
  return rules;
}

std::string Catalog::ReadId(uint32_t place, const Rules& rules, json::Value schema) {
  const json::Value id = schema.Find(KeywordName(rules.id_keyword()));
  if (!id.is(json::Kind::kString)) return {};
  if (rules.ref_stands_alone() && schema.Find("$ref").is(json::Kind::kString)) return {};
  std::string scratch;
  const uri::WithFragment parts = uri::SplitFragment(id.string(&scratch));
  if (parts.fragment.has_value() && !parts.fragment->empty() && !rules.names_by_id()) {
    Fault(place, id, "invalid_id", "$id has no fragment: \"$anchor\" names a place in a resource");
  }
  return std::string(parts.uri);
}

void Catalog::StartResource(uint32_t place, const Rules& rules, std::string_view id) {
  const uint32_t document = places_[place].document;
  const bool starts_document = places_[place].resource == kNone;
  const json::Value at = places_[place].value;
  const std::string base =
      starts_document ? documents_[document].uri : resources_[places_[place].resource].uri;
  std::string uri = id.empty() ? base : uri::Resolve(base, id);
  if (uri.size() > kMaxUriBytes) {
    Fault(place, at, "budget_exceeded",
          absl::StrCat("the URI of this schema is longer than ", kMaxUriBytes, " bytes"));
    uri = base;
  }
  const auto resource = static_cast<uint32_t>(resources_.size());
  places_[place].resource = resource;
  places_[place].parent = kNone;
  places_[place].path = {};
  // Without room for it, it isn't kept here either.
  const bool has_room = Register(uri, place, at) != kNone;
  if (starts_document && base != uri) Register(base, place, at);
  resources_.push_back({has_room ? std::move(uri) : std::string(), document, rules});
}

void Catalog::ReadAnchors(uint32_t place) {
  const json::Value schema = places_[place].value;
  const Rules rules = this->rules(place);
  std::string scratch;
  if (rules.names_by_id()) {
    const json::Value id = schema.Find(KeywordName(rules.id_keyword()));
    if (!id.is(json::Kind::kString) || schema.Find("$ref").is(json::Kind::kString)) return;
    const std::optional<std::string_view> name = uri::SplitFragment(id.string(&scratch)).fragment;
    if (name.has_value() && !name->empty()) AddAnchor(place, id, *name, false);
    return;
  }
  for (const Keyword keyword : {Keyword::kAnchor, Keyword::kDynamicAnchor}) {
    const json::Value anchor = schema.Find(KeywordName(keyword));
    if (!anchor.present() || !rules.Has(keyword)) continue;
    const std::string_view name =
        anchor.is(json::Kind::kString) ? anchor.string(&scratch) : std::string_view();
    if (!IsAnchorName(name)) {
      Fault(place, anchor, "invalid_id",
            absl::StrCat(KeywordName(keyword),
                         " is a string that begins with a letter or \"_\" "
                         "and has only letters, digits, \"-\", \"_\", \".\""));
      continue;
    }
    AddAnchor(place, anchor, name, keyword == Keyword::kDynamicAnchor);
  }
  const bool is_root = places_[place].parent == kNone;
  if (is_root && rules.Has(Keyword::kRecursiveAnchor) &&
      schema.Find(KeywordName(Keyword::kRecursiveAnchor)).is(json::Kind::kTrue)) {
    anchors_.push_back({recursive_name_, places_[place].resource, place});
    resources_[places_[place].resource].has_recursive_anchor = true;
  }
}

void Catalog::AddAnchor(uint32_t place, json::Value at, std::string_view name, bool dynamic) {
  const std::string uri = absl::StrCat(resources_[places_[place].resource].uri, "#", name);
  const uint32_t registered = Register(uri, place, at);
  if (!dynamic || registered == kNone) return;
  const uint32_t number = anchor_names_.Intern(name);
  dynamic_[registered] = number;
  anchors_.push_back({number, places_[place].resource, place});
}

uint32_t Catalog::Register(std::string_view uri, uint32_t place, json::Value at) {
  uri_bytes_ += uri.size();
  if (uri_bytes_ > kMaxUriTextBytes) {
    FaultBudget(places_[place].document, at, "the URIs of all schemas together are too long");
    return kNone;
  }
  const uint32_t number = uris_.Intern(uri);
  if (number >= registered_.size()) {
    registered_.resize(number + 1, kNone);
    dynamic_.resize(number + 1, kNone);
  }
  if (registered_[number] == kNone) {
    registered_[number] = place;
  } else if (registered_[number] != place) {
    const json::Value other = places_[registered_[number]].value;
    const std::string where = LocationOf(registered_[number], other);
    Fault(
        place, at, "duplicate_id",
        absl::StrCat("two schemas are called ", Quoted(uri), ": the other is at ", Quoted(where)));
  }
  return number;
}

uint32_t Catalog::FindRegistered(std::string_view uri) const {
  const uint32_t number = uris_.Find(uri);
  return number == StringInterner::kNone ? kNone : registered_[number];
}

}  // namespace sluice::schema
