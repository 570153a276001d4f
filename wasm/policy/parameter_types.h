// What a schema says the parameters of a query or a path may be, beside text: read once, when a
// policy compiles, for parameters.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/json/document.h"
#include "sluice/policy/parameters.h"
#include "sluice/schema/schema.h"

namespace sluice::policy {

// The schemas of a policy by the URIs that references name them by, those of their $ids and anchors
// included. Borrows the values.
class SchemaIndex {
 public:
  // `dialect`: of schemas that don't say $schema.
  explicit SchemaIndex(schema::Dialect dialect) : dialect_(dialect) {}

  // A schema at the top, found at `uri`. O(values), besides $ids.
  void Add(std::string_view uri, json::Value schema);
  // After the last Add. O(n log n).
  void Seal();

  // A schema, what references in it are relative to, and what it is written in.
  struct Place {
    json::Value schema;
    std::string base;
    schema::Dialect dialect;
  };
  // What `reference` means in a schema at `base`; an absent value where it names nothing in here.
  Place Follow(std::string_view base, std::string_view reference) const;
  // A schema that was added.
  Place At(std::string_view uri, json::Value schema) const;
  // `schema`, as it is found within `place`.
  static Place Within(const Place& place, json::Value schema);
  // The URIs together are more than is kept; then some name nothing.
  bool too_large() const { return too_large_; }

 private:
  struct Entry {
    std::string uri;  // with the fragment of an anchor
    json::Value schema;
    schema::Dialect dialect;
  };

  static constexpr size_t kMaxTextBytes = 4 << 20;

  void AddEntry(std::string uri, json::Value schema, schema::Dialect dialect);
  // In its own resource; nowhere if there is none.
  Place Find(std::string_view uri, std::string_view base) const;

  schema::Dialect dialect_;
  std::vector<Entry> entries_;
  size_t text_bytes_ = 0;
  bool too_large_ = false;
};

// A member of the object that a schema is for.
struct NamedTypes {
  std::string name;
  ParameterTypes types;
};

struct ParameterShape {
  std::vector<NamedTypes> members;  // sorted by name; only those that aren't merely text
  ParameterTypes others;            // of additionalProperties
  bool too_large = false;           // more than is followed: kMaxShapeSteps
};

constexpr uint32_t kMaxShapeSteps = 20'000;  // schemas that are looked at, each time that they are

// Follows "properties", "additionalProperties", "$ref", "allOf", "anyOf", "oneOf", "then" and
// "else" to where "type", "enum" or "const" say it. Of schemas that all apply what both say counts,
// of those of which one applies what any says.
ParameterShape ShapeOf(const SchemaIndex& index, std::string_view uri, json::Value schema);

// The names in the schema's own "required", for checks against the names that there are.
std::vector<json::Value> RequiredNames(json::Value schema);

}  // namespace sluice::policy
