// Where units are: in the schema, and in the instance. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/schema/checked_array.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

struct Location {
  std::string_view instance;  // JSON Pointers, cut to what encloses them beyond kMaxLocationBytes
  std::string_view keyword;   // the way through references
  bool by_reference = false;  // the way goes through one
};

// What a Locator writes in, kept between runs.
struct LocatorMemory {
  LocatorMemory();

  OutputBuffer instance;
  OutputBuffer keyword;
  OutputBuffer absolute;
  std::vector<uint32_t> way;
  std::vector<StringRef> parts;
  CheckedArray<char> name;  // a member's whose escapes are decoded

  size_t retained_bytes() const;
  void Trim(size_t max_bytes);
};

class Locator {
 public:
  // Borrows all of them.
  Locator(const Tables& tables, const Findings& findings, const json::Document& instance,
          LocatorMemory& memory)
      : tables_(tables), findings_(findings), instance_(instance), memory_(memory) {}

  // Of the unit; overwritten by the next call. O(depth).
  Location Locate(size_t unit);
  // Where the unit that was located last stands: the URI of its resource, with a JSON Pointer as
  // the fragment. Nothing if the resource has no absolute URI, or if it is longer than
  // kMaxLocationBytes. Overwritten by the next call. O(schemas on the way up).
  std::optional<std::string_view> LocateAbsolutely();

  // The schema or keyword that the unit is within.
  size_t Enclosing(size_t unit) const { return unit - findings_[unit].up; }
  // The schema that the unit, no schema itself, is a part of.
  size_t EnclosingSchema(size_t unit) const;
  // Whether the error is about a member's name, which `propertyNames` applies to.
  bool IsName(size_t error) const;
  // Whether the error is that the member it is at isn't known: its name is at fault, not its value.
  bool IsUnknownMember(size_t error) const;
  // The name's node, of the member whose value is at `node`.
  json::Value NameOf(uint32_t node) const { return {&instance_, node - 1}; }
  json::Value ValueAt(uint32_t node) const { return {&instance_, node}; }

 private:
  void AppendStep(const Unit& unit, const Unit& from);
  void AppendPosition(const Unit& schema, const Unit& keyword);
  uint32_t AppendAliases(uint32_t schema, uint32_t end);
  std::string_view TextOf(const json::Value& name);
  std::string_view LastToken(const Unit& unit, const Unit& within) const;

  const Tables& tables_;
  const Findings& findings_;
  const json::Document& instance_;
  LocatorMemory& memory_;
  size_t unit_ = 0;          // that was located last
  uint32_t schema_ = kNone;  // that it is in, or is
  bool by_reference_ = false;
};

// The keyword that an error is of; "" for a schema that is `false` and stands in none.
std::string_view KeywordOf(const Findings& findings, size_t error);

}  // namespace sluice::schema
