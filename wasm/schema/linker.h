// From rows to a program. Inside this room only.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/schema/catalog.h"
#include "sluice/schema/generator.h"
#include "sluice/schema/program.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

class Linker {
 public:
  // Borrows all; takes what it needs out of the generator.
  Linker(Catalog& catalog, Generator& generator, const Options& options);

  // Links anchors. False, and reported, if a schema applies itself to the same value, directly or
  // through others; where only dynamic references know, an evaluation's depth bounds it. Only
  // without faults.
  bool CheckLoops();
  // budget_exceeded if memory is short. Only without faults, behind CheckLoops.
  absl::StatusOr<Program> Link();

 private:
  void AppendInPlace(uint32_t schema, std::vector<uint32_t>* targets) const;
  void LinkAnchors();
  // The schema that this one is nothing but a reference to, or kNone.
  uint32_t ReferenceOf(uint32_t schema) const;
  void LinkAliases();
  void LinkPlaces();
  uint32_t PlaceRow(uint32_t place);
  absl::Status BuildConstants();

  Catalog& catalog_;
  Generator& generator_;
  const Options& options_;
  Rows& rows_;
  std::vector<AnchorRow> anchors_;
  std::vector<DynamicAnchor> dynamic_anchors_;
  std::vector<SchemaPlace> places_;
  std::vector<uint32_t> catalog_places_;  // by row of places_
  std::vector<uint32_t> place_rows_;      // by place of the catalog
  std::vector<ResourceRow> resources_;
  std::string constants_;
  json::Document constant_nodes_;
  bool has_dynamic_scope_ = false;
};

}  // namespace sluice::schema
