#include "sluice/policy/parameter_types.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/sort.h"
#include "sluice/uri/reference.h"

namespace sluice::policy {
namespace {

constexpr uint32_t kMaxNesting = 32;  // of schemas that apply to the same value
constexpr size_t kMaxMembers = 1000;  // of a shape, also while it is put together

// The text of a member that is a string; empty where there is none.
std::string TextOf(json::Value object, std::string_view name) {
  const json::Value value = object.Find(name);
  std::string scratch;
  return value.is(json::Kind::kString) ? std::string(value.string(&scratch)) : std::string();
}

// To all drafts but the fourth "id" is a keyword that nobody knows.
std::string IdOf(json::Value schema, schema::Dialect dialect) {
  return TextOf(schema, dialect == schema::Dialect::kDraft4 ? "id" : "$id");
}

// Of a schema within one of the dialect `outer`. A meta-schema of one's own is like those around.
schema::Dialect DialectOf(json::Value schema, schema::Dialect outer) {
  const std::string name = TextOf(schema, "$schema");
  return name.empty() ? outer : schema::FindDialect(name).value_or(outer);
}

// What a keyword's value is made of. What isn't a schema has no identifier: an example may say
// "id".
enum class Holds : uint8_t { kNoSchema, kSchema, kSchemasByName };

Holds WhatHolds(json::Value keyword) {
  for (const std::string_view name :
       {"additionalItems", "additionalProperties", "allOf", "anyOf", "contains", "contentSchema",
        "else", "if", "items", "not", "oneOf", "prefixItems", "propertyNames", "then",
        "unevaluatedItems", "unevaluatedProperties"}) {
    if (keyword.StringEquals(name)) return Holds::kSchema;
  }
  for (const std::string_view name : {"$defs", "definitions", "dependencies", "dependentSchemas",
                                      "patternProperties", "properties"}) {
    if (keyword.StringEquals(name)) return Holds::kSchemasByName;
  }
  return Holds::kNoSchema;
}

// The index that a token of a pointer is; RFC 6901, section 4.
std::optional<uint32_t> IndexOf(std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) {
    return std::nullopt;
  }
  uint32_t index = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return std::nullopt;
    index = index * 10 + static_cast<uint32_t>(c - '0');
  }
  return index;
}

json::Value ChildOf(json::Value parent, const std::string& token) {
  if (!parent.is(json::Kind::kArray)) return parent.Find(token);
  const std::optional<uint32_t> index = IndexOf(token);
  if (!index.has_value()) return {};
  uint32_t at = 0;
  for (const json::Value element : json::Elements(parent)) {
    if (at++ == *index) return element;
  }
  return {};
}

std::string Unescaped(std::string_view token) {
  std::string text;
  for (size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size();
    text.push_back(!is_escape ? token[i] : token[i + 1] == '1' ? '/' : '~');
    if (is_escape) ++i;
  }
  return text;
}

}  // namespace

void SchemaIndex::Add(std::string_view uri, json::Value schema) {
  struct Open {
    json::Value value;
    uint32_t base;
    Holds holds;
    schema::Dialect dialect;
  };
  AddEntry(std::string(uri), schema, DialectOf(schema, dialect_));
  std::vector<std::string> bases = {std::string(uri)};
  std::vector<Open> open = {{schema, 0, Holds::kSchema, dialect_}};
  while (!open.empty() && !too_large_) {
    Open next = open.back();
    open.pop_back();
    const auto add = [&](json::Value child, Holds holds) {
      if (child.size() != 0) open.push_back({child, next.base, holds, next.dialect});
    };
    for (const json::Value element : json::Elements(next.value)) add(element, Holds::kSchema);
    if (next.holds == Holds::kSchemasByName) {
      for (const json::Member member : json::Members(next.value)) {
        add(member.value, Holds::kSchema);
      }
      continue;
    }
    next.dialect = DialectOf(next.value, next.dialect);
    if (const std::string id = IdOf(next.value, next.dialect); !id.empty()) {
      std::string resolved = uri::Resolve(bases[next.base], id);
      const auto [without, fragment] = uri::SplitFragment(resolved);
      // In older drafts "#name" is an anchor.
      if (!fragment.value_or("").empty()) {
        AddEntry(std::move(resolved), next.value, next.dialect);
      } else {
        next.base = static_cast<uint32_t>(bases.size());
        bases.emplace_back(without);
        AddEntry(bases.back(), next.value, next.dialect);
      }
    }
    for (const std::string_view key : {"$anchor", "$dynamicAnchor"}) {
      const std::string anchor = TextOf(next.value, key);
      if (anchor.empty()) continue;
      AddEntry(absl::StrCat(bases[next.base], "#", anchor), next.value, next.dialect);
    }
    for (const json::Member member : json::Members(next.value)) {
      const Holds holds = WhatHolds(member.key);
      if (holds != Holds::kNoSchema) add(member.value, holds);
    }
  }
}

void SchemaIndex::AddEntry(std::string uri, json::Value schema, schema::Dialect dialect) {
  text_bytes_ += uri.size();
  too_large_ = too_large_ || text_bytes_ > kMaxTextBytes;
  if (!too_large_) entries_.push_back({std::move(uri), schema, dialect});
}

void SchemaIndex::Seal() {
  Sort(entries_.begin(), entries_.end(),
       [](const Entry& a, const Entry& b) { return a.uri < b.uri; });
}

SchemaIndex::Place SchemaIndex::Find(std::string_view uri, std::string_view base) const {
  const auto entry = std::lower_bound(
      entries_.begin(), entries_.end(), uri,
      [](const Entry& candidate, std::string_view u) { return candidate.uri < u; });
  if (entry == entries_.end() || entry->uri != uri) return {{}, {}, dialect_};
  return {entry->schema, std::string(base), entry->dialect};
}

SchemaIndex::Place SchemaIndex::Follow(std::string_view base, std::string_view reference) const {
  std::string target = uri::Resolve(base, reference);
  const auto [uri, fragment] = uri::SplitFragment(target);
  const std::string decoded = uri::PercentDecode(fragment.value_or("")).value_or("");
  if (!decoded.empty() && decoded[0] != '/') {
    return Find(absl::StrCat(uri, "#", decoded), uri);
  }
  Place place = Find(uri, uri);
  for (size_t begin = 1; begin <= decoded.size() && place.schema.present();) {
    const size_t end = std::min(decoded.find('/', begin), decoded.size());
    place = Within(place, ChildOf(place.schema, Unescaped(decoded.substr(begin, end - begin))));
    begin = end + 1;
  }
  return place;
}

SchemaIndex::Place SchemaIndex::At(std::string_view uri, json::Value schema) const {
  return Within({{}, std::string(uri), dialect_}, schema);
}

SchemaIndex::Place SchemaIndex::Within(const Place& place, json::Value schema) {
  const schema::Dialect dialect = DialectOf(schema, place.dialect);
  const std::string id = IdOf(schema, dialect);
  if (id.empty() || id[0] == '#') return {schema, place.base, dialect};
  const std::string resolved = uri::Resolve(place.base, id);
  return {schema, std::string(uri::SplitFragment(resolved).uri), dialect};
}

namespace {

// What schemas say of one value. Nothing said is anything.
struct Said {
  bool is_said = false;
  ParameterTypes types;

  void And(const Said& other) {
    if (!other.is_said) return;
    if (is_said) {
      types.types &= other.types.types;
      types.item_types |= other.types.item_types;
    } else {
      *this = other;
    }
  }
  void Or(const Said& other) {
    is_said = is_said || other.is_said;
    types.types |= other.types.types;
    types.item_types |= other.types.item_types;
  }
};

struct SaidMember {
  std::string name;
  Said said;
};

// Of an object's members.
struct SaidObject {
  std::vector<SaidMember> members;
  Said others;

  Said& operator[](std::string_view name) {
    for (SaidMember& member : members) {
      if (member.name == name) return member.said;
    }
    members.push_back({std::string(name), {}});
    return members.back().said;
  }
  void And(const SaidObject& other) {
    for (const SaidMember& member : other.members) (*this)[member.name].And(member.said);
    others.And(other.others);
  }
  void Or(const SaidObject& other) {
    for (const SaidMember& member : other.members) (*this)[member.name].Or(member.said);
    others.Or(other.others);
  }
};

uint32_t TypeNamed(json::Value name) {
  if (!name.is(json::Kind::kString)) return 0;
  if (name.StringEquals("integer") || name.StringEquals("number")) return kNumberParameter;
  if (name.StringEquals("boolean")) return kBooleanParameter;
  if (name.StringEquals("null")) return kNullParameter;
  return name.StringEquals("array") ? kArrayParameter : 0;
}

uint32_t TypeOfConstant(json::Value value) {
  switch (value.kind()) {
    case json::Kind::kNumber:
      return kNumberParameter;
    case json::Kind::kTrue:
    case json::Kind::kFalse:
      return kBooleanParameter;
    case json::Kind::kNull:
      return kNullParameter;
    case json::Kind::kArray:
      return kArrayParameter;
    default:
      return 0;
  }
}

class ShapeReader {
 public:
  explicit ShapeReader(const SchemaIndex& index) : index_(index), too_large_(index.too_large()) {}

  using Place = SchemaIndex::Place;

  // What it says of the value that it is for, and of that value's elements.
  Said Value(const Place& place, uint32_t nesting) {
    Said said;
    if (!Enter(place, nesting)) return said;
    said.And(OwnTypes(place, nesting));
    ForAll(place, [&](const Place& other) { said.And(Value(other, nesting + 1)); });
    ForAlternatives(place, [&](const std::vector<Place>& branches) {
      Said any;
      for (const Place& branch : branches) any.Or(Value(branch, nesting + 1));
      said.And(any);
    });
    return said;
  }

  // What it says of the members of the object that it is for.
  SaidObject Object(const Place& place, uint32_t nesting) {
    SaidObject said;
    if (!Enter(place, nesting)) return said;
    for (const json::Member member : json::Members(place.schema.Find("properties"))) {
      Check(said);
      if (too_large_) break;
      std::string scratch;
      said[member.key.string(&scratch)].And(Value(SchemaIndex::Within(place, member.value), 0));
    }
    const json::Value others = place.schema.Find("additionalProperties");
    if (others.present()) said.others = Value(SchemaIndex::Within(place, others), 0);
    ForAll(place, [&](const Place& other) {
      said.And(Object(other, nesting + 1));
      Check(said);
    });
    ForAlternatives(place, [&](const std::vector<Place>& branches) {
      SaidObject any;
      for (const Place& branch : branches) {
        any.Or(Object(branch, nesting + 1));
        Check(any);
      }
      said.And(any);
      Check(said);
    });
    return said;
  }

  bool too_large() const { return too_large_; }

 private:
  // Whether to look at it.
  bool Enter(const Place& place, uint32_t nesting) {
    if (++steps_ > kMaxShapeSteps || nesting > kMaxNesting) too_large_ = true;
    return !too_large_ && place.schema.is(json::Kind::kObject);
  }

  void Check(const SaidObject& said) {
    too_large_ = too_large_ || said.members.size() > kMaxMembers;
  }

  Said OwnTypes(const Place& place, uint32_t nesting) {
    Said said;
    const json::Value type = place.schema.Find("type");
    const json::Value values = place.schema.Find("enum");
    const json::Value constant = place.schema.Find("const");
    if (type.present()) {
      said = {true, {TypeNamed(type), 0}};
      for (const json::Value one : json::Elements(type)) said.types.types |= TypeNamed(one);
    } else if (values.is(json::Kind::kArray)) {
      said.is_said = true;
      for (const json::Value one : json::Elements(values)) {
        // A text among them may be the one that is meant.
        if (one.is(json::Kind::kString)) return {true, {}};
        said.types.types |= TypeOfConstant(one);
      }
    } else if (constant.present()) {
      said = {true, {TypeOfConstant(constant), 0}};
    }
    const json::Value items = place.schema.Find("items");
    // Elements' own elements are none of a parameter's: a schema of trees ends here.
    if (items.is(json::Kind::kObject) && !in_element_) {
      in_element_ = true;
      said.types.item_types = Value(SchemaIndex::Within(place, items), nesting + 1).types.types;
      in_element_ = false;
    }
    return said;
  }

  // Those that apply to the same value.
  template <typename Visit>
  void ForAll(const Place& place, Visit&& visit) {
    const std::string reference = TextOf(place.schema, "$ref");
    if (!reference.empty()) visit(index_.Follow(place.base, reference));
    for (const json::Value one : json::Elements(place.schema.Find("allOf"))) {
      visit(SchemaIndex::Within(place, one));
    }
  }

  // Those of which one or another applies.
  template <typename Visit>
  void ForAlternatives(const Place& place, Visit&& visit) {
    for (const std::string_view key : {"anyOf", "oneOf"}) {
      std::vector<Place> branches;
      for (const json::Value one : json::Elements(place.schema.Find(key))) {
        branches.push_back(SchemaIndex::Within(place, one));
      }
      if (!branches.empty()) visit(branches);
    }
    std::vector<Place> branches;
    for (const std::string_view key : {"then", "else"}) {
      const json::Value branch = place.schema.Find(key);
      if (branch.present()) branches.push_back(SchemaIndex::Within(place, branch));
    }
    if (!branches.empty()) visit(branches);
  }

  const SchemaIndex& index_;
  uint32_t steps_ = 0;
  bool in_element_ = false;
  bool too_large_;
};

}  // namespace

ParameterShape ShapeOf(const SchemaIndex& index, std::string_view uri, json::Value schema) {
  ShapeReader reader(index);
  SaidObject said = reader.Object(index.At(uri, schema), 0);
  ParameterShape shape;
  shape.others = said.others.types;
  for (SaidMember& member : said.members) {
    const bool is_text = member.said.types == ParameterTypes();
    // Also one that is only text where others are more.
    if (is_text && shape.others == ParameterTypes()) continue;
    shape.members.push_back({std::move(member.name), member.said.types});
  }
  Sort(shape.members.begin(), shape.members.end(),
       [](const NamedTypes& a, const NamedTypes& b) { return a.name < b.name; });
  shape.too_large = reader.too_large();
  return shape;
}

std::vector<json::Value> RequiredNames(json::Value schema) {
  std::vector<json::Value> names;
  for (const json::Value name : json::Elements(schema.Find("required"))) {
    if (name.is(json::Kind::kString)) names.push_back(name);
  }
  return names;
}

}  // namespace sluice::policy
