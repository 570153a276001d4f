// Where units are: in the schema, and in the instance. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/json/document.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

struct Location {
  std::string instance;       // JSON Pointers, cut to what encloses them beyond kMaxLocationBytes
  std::string keyword;        // the way through references
  std::string absolute;       // URI reference: of the resource, with a JSON Pointer as its fragment
  bool by_reference = false;  // the way goes through one
  bool has_base = false;      // `absolute` is a URI
};

class Locator {
 public:
  // Borrows all of them.
  Locator(const Tables& tables, const Findings& findings, const json::Document& instance)
      : tables_(tables), findings_(findings), instance_(instance) {}

  // Of the unit; overwritten by the next call. O(depth), and O(schemas on the way up) for the
  // absolute location.
  const Location& Locate(size_t unit);

  // The schema or keyword that the unit is within.
  size_t Enclosing(size_t unit) const { return unit - findings_[unit].up; }
  // The schema that the unit, no schema itself, is a part of.
  size_t EnclosingSchema(size_t unit) const;
  // Whether the error is about a member's name, which `propertyNames` applies to.
  bool IsName(size_t error) const;
  // Whether the name of the member that the error is at is at fault, not its value.
  bool IsAboutName(size_t error) const;
  // The name's node, of the member whose value is at `node`.
  json::Value NameOf(uint32_t node) const { return {&instance_, node - 1}; }
  json::Value ValueAt(uint32_t node) const { return {&instance_, node}; }

 private:
  class Pointer;

  void AppendStep(const Unit& unit, const Unit& from, Pointer& keyword, Pointer& instance);
  void AppendPosition(const Unit& schema, const Unit& keyword, Pointer& pointer) const;
  uint32_t AppendAliases(uint32_t schema, uint32_t end, Pointer& pointer);
  std::string_view LastToken(const Unit& unit, const Unit& within) const;
  void AppendAbsolute(uint32_t schema);

  const Tables& tables_;
  const Findings& findings_;
  const json::Document& instance_;
  Location location_;
  std::vector<uint32_t> way_;
  std::string scratch_;
};

// The keyword that an error is of; "" for a schema that is `false` and stands in none.
std::string_view KeywordOf(const Findings& findings, size_t error);

}  // namespace sluice::schema
