// Findings as the specification's output units. Inside this room only.
#pragma once

#include <cstddef>

#include "sluice/json/writer.h"
#include "sluice/schema/findings.h"
#include "sluice/schema/gather_memory.h"
#include "sluice/schema/location.h"
#include "sluice/schema/message.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// Output units of JSON Schema 2020-12, core, section 12.4. A unit with but one unit within is
// replaced by that.
class UnitsWriter {
 public:
  // Borrows all of them; of the memory what is not findings.
  UnitsWriter(const Tables& tables, GatherMemory& memory, const json::Document& instance,
              bool valid)
      : tables_(tables),
        findings_(memory.findings),
        locator_(tables, memory.findings, instance, memory.locations),
        words_(memory.words),
        explainer_(tables, memory.findings, locator_, memory.words),
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
  Words& words_;
  Explainer explainer_;
  const bool valid_;
};

}  // namespace sluice::schema
