// Findings as JSON. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sluice/base/bytes.h"
#include "sluice/json/writer.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/location.h"
#include "sluice/schema/message.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// The elements of "errors" in the form that is ours (Output::kErrors): one error a fault, in the
// order of the text, at most `max_errors`.
class ErrorsWriter {
 public:
  ErrorsWriter(const Tables& tables, const Findings& findings, const json::Document& instance)
      : findings_(findings),
        locator_(tables, findings, instance),
        explainer_(tables, findings, locator_) {}

  void Write(uint32_t max_errors, json::Writer& writer);

 private:
  struct Entry {
    size_t unit;
    size_t byte_offset;
  };

  void Collect();
  bool IsRepeated(size_t unit) const;
  void DropMisspelt();
  void WriteEntry(const Entry& entry, json::Writer& writer);

  const Findings& findings_;
  Locator locator_;
  Explainer explainer_;
  std::vector<Entry> entries_;
};

// Output units of JSON Schema 2020-12, core, section 12.4. A unit with but one unit within is
// replaced by that.
class UnitsWriter {
 public:
  UnitsWriter(const Tables& tables, const Findings& findings, const json::Document& instance,
              bool valid)
      : tables_(tables),
        findings_(findings),
        locator_(tables, findings, instance),
        explainer_(tables, findings, locator_),
        valid_(valid) {}

  // The members of the outermost object, with a list of all units.
  void WriteBasic(json::Writer& writer);
  // The same as a tree.
  void WriteDetailed(json::Writer& writer);

 private:
  // What stands for the unit.
  size_t Collapse(size_t unit) const;
  bool IsLeaf(size_t unit) const { return findings_[unit].kind >= UnitKind::kError; }
  void WriteMembers(size_t unit, json::Writer& writer);
  void WriteRoot(json::Writer& writer);
  void WriteLeafMembers(size_t unit, json::Writer& writer);
  void BeginList(json::Writer& writer) const;

  const Tables& tables_;
  const Findings& findings_;
  Locator locator_;
  Explainer explainer_;
  const bool valid_;
};

}  // namespace sluice::schema
