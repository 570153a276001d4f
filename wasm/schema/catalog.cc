#include "sluice/schema/catalog.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/json/pointer.h"
#include "sluice/schema/meta_schemas.h"
#include "sluice/uri/reference.h"

namespace sluice::schema {
namespace {

// What stands in the value of a keyword.
enum class Holds : uint8_t { kNothing, kSchema, kSchemas, kNamedSchemas };

Holds HoldsOf(Keyword keyword, json::Value value) {
  switch (keyword) {
    case Keyword::kAdditionalItems:
    case Keyword::kAdditionalProperties:
    case Keyword::kContains:
    case Keyword::kContentSchema:
    case Keyword::kElse:
    case Keyword::kIf:
    case Keyword::kNot:
    case Keyword::kPropertyNames:
    case Keyword::kThen:
    case Keyword::kUnevaluatedItems:
    case Keyword::kUnevaluatedProperties:
      return Holds::kSchema;
    case Keyword::kItems:
      return value.is(json::Kind::kArray) ? Holds::kSchemas : Holds::kSchema;
    case Keyword::kAllOf:
    case Keyword::kAnyOf:
    case Keyword::kOneOf:
    case Keyword::kPrefixItems:
      return Holds::kSchemas;
    case Keyword::kDefinitions:
    case Keyword::kDefs:
    case Keyword::kDependencies:
    case Keyword::kDependentSchemas:
    case Keyword::kPatternProperties:
    case Keyword::kProperties:
      return Holds::kNamedSchemas;
    default:
      return Holds::kNothing;
  }
}

}  // namespace

Catalog::Catalog(const Options& options, json::CompileContext& context)
    : options_(options),
      context_(context),
      document_names_(options.hash_key),
      uris_(options.hash_key),
      anchor_names_(options.hash_key),
      // No anchor's name, as those don't begin so.
      recursive_name_(anchor_names_.Intern(KeywordName(Keyword::kRecursiveAnchor))),
      children_(options.hash_key) {}

void Catalog::Load(absl::Span<const ParsedResource> roots) {
  // All are known before the first is walked: one may be the meta-schema of another.
  for (const ParsedResource& root : roots) AddDocument(root.uri, root.value, true);
  for (const ParsedResource& resource : options_.parsed_resources) {
    AddDocument(resource.uri, resource.value, false);
  }
  size_t text_bytes = 0;
  for (const schema::Resource& resource : options_.resources) {
    text_bytes += resource.json.size();
    if (text_bytes > kMaxTextBytes) {
      FaultBudget(0, {}, "the resources are too large: together they may have 16 MiB");
      break;
    }
    AddResource(resource.uri, resource.json);
  }
  const auto count = static_cast<uint32_t>(documents_.size());
  for (uint32_t document = 0; document < count; ++document) Walk(document);
}

uint32_t Catalog::AddDocument(std::string_view uri, json::Value root, bool is_root) {
  Document& document = documents_.emplace_back();
  document.root = root;
  document.uri = uri::Resolve("", uri::SplitFragment(uri).uri);
  document.is_root = is_root;
  return static_cast<uint32_t>(documents_.size() - 1);
}

void Catalog::AddResource(std::string_view uri, std::string_view json) {
  auto parsed = std::make_unique<json::Document>();
  const absl::Status status = parsed->Parse(json);
  if (!status.ok()) {
    context_.issues().Add(
        ErrorCodeOf(status) == ErrorCode::kInvalidJson ? "invalid_json" : "budget_exceeded",
        absl::StrCat(uri, "#"), ByteOffsetOf(status).value_or(0), std::string(status.message()));
    return;
  }
  const json::Value root = parsed->root();
  documents_[AddDocument(uri, root, false)].parsed = std::move(parsed);
}

void Catalog::Walk(uint32_t document) {
  const json::Value root = documents_[document].root;
  const json::Node& node = root.document()->nodes()[root.index()];
  documents_[document].places.assign(node.next - root.index(), kNone);
  documents_[document].root_place = NewPlace(root, document, kNone, kNone, {});
  VisitNewPlaces();
}

void Catalog::VisitNewPlaces() {
  // Iterative: a visit appends the places of its children.
  while (!exhausted_ && visited_ < places_.size()) Visit(visited_++);
}

uint32_t Catalog::NewPlace(json::Value value, uint32_t document, uint32_t resource, uint32_t parent,
                           StringRef path) {
  Document& in = documents_[document];
  uint32_t& slot = in.places[value.index() - in.root.index()];
  if (slot != kNone) return slot;
  if (places_.size() >= kMaxSchemas) {
    FaultBudget(document, value,
                absl::StrCat("too many schemas: there may be ", kMaxSchemas, " in all"));
    if (!places_.empty() && parent != kNone) return parent;
  }
  slot = static_cast<uint32_t>(places_.size());
  places_.push_back({value, document, resource, parent, path});
  return slot;
}

void Catalog::Visit(uint32_t place) {
  const json::Value schema = places_[place].value;
  const uint32_t document = places_[place].document;
  const bool starts_document = places_[place].resource == kNone;
  const Rules inherited = starts_document ? DefaultRules(document, schema) : rules(place);
  if (!schema.is(json::Kind::kObject)) {
    if (starts_document) StartResource(place, inherited, {});
    return;
  }
  const bool has_id =
      schema.Find("$id").is(json::Kind::kString) || schema.Find("id").is(json::Kind::kString);
  // Within a resource a dialect doesn't change.
  const Rules rules = starts_document || has_id ? RulesFor(document, schema, inherited) : inherited;
  const std::string id = has_id ? ReadId(place, rules, schema) : std::string();
  if (starts_document || !id.empty()) StartResource(place, rules, id);
  ReadAnchors(place);
  VisitMembers(place);
}

void Catalog::VisitMembers(uint32_t place) {
  const json::Value schema = places_[place].value;
  const Rules rules = this->rules(place);
  const bool only_definitions =
      rules.ref_stands_alone() && schema.Find("$ref").is(json::Kind::kString);
  std::string scratch;
  for (const json::Member member : json::Members(schema)) {
    const std::optional<Keyword> keyword = FindKeyword(member.key.string(&scratch));
    if (!keyword.has_value() || !rules.Has(*keyword)) continue;
    if (only_definitions && keyword != Keyword::kDefinitions) continue;
    VisitChildren(place, *keyword, member.value);
  }
}

void Catalog::VisitChildren(uint32_t place, Keyword keyword, json::Value value) {
  const uint32_t document = places_[place].document;
  const uint32_t resource = places_[place].resource;
  std::string path = absl::StrCat("/", KeywordName(keyword));
  const size_t keyword_size = path.size();
  const auto add = [&](json::Value child) {
    NewPlace(child, document, resource, place, AddText(path));
  };
  switch (HoldsOf(keyword, value)) {
    case Holds::kNothing:
      return;
    case Holds::kSchema:
      return add(value);
    case Holds::kSchemas: {
      size_t index = 0;
      for (const json::Value element : json::Elements(value)) {
        path.resize(keyword_size);
        absl::StrAppend(&path, "/", index++);
        add(element);
      }
      return;
    }
    case Holds::kNamedSchemas: {
      std::string scratch;
      for (const json::Member member : json::Members(value)) {
        // The other form of `dependencies`.
        if (keyword == Keyword::kDependencies && member.value.is(json::Kind::kArray)) continue;
        path.resize(keyword_size);
        json::AppendPointerToken(member.key.string(&scratch), &path);
        add(member.value);
      }
      return;
    }
  }
}

void Catalog::Fault(uint32_t place, json::Value at, std::string_view code, std::string message,
                    size_t within) {
  FaultIn(places_[place].document, at, code, std::move(message), within);
}

std::string Catalog::LocationOf(uint32_t place, json::Value at) const {
  return LocationIn(places_[place].document, at);
}

void Catalog::FaultIn(uint32_t document, json::Value at, std::string_view code, std::string message,
                      size_t within) {
  context_.issues().Add(code, LocationIn(document, at),
                        (at.present() ? at.byte_offset() : 0) + within, std::move(message));
}

std::string Catalog::LocationIn(uint32_t document, json::Value at) const {
  if (context_.issues().full()) return {};
  std::string pointer = json::PointerTo(at);
  if (document >= documents_.size() || documents_[document].parsed == nullptr) return pointer;
  return absl::StrCat(documents_[document].uri, "#", pointer);
}

void Catalog::FaultBudget(uint32_t document, json::Value at, std::string message) {
  if (exhausted_) return;
  exhausted_ = true;
  FaultIn(document, at, "budget_exceeded", std::move(message));
}

StringRef Catalog::AddText(std::string_view text) {
  const StringRef ref = {static_cast<uint32_t>(text_.size()), static_cast<uint32_t>(text.size())};
  text_.append(text);
  return ref;
}

}  // namespace sluice::schema
