#include "sluice/schema/linker.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/schema/quick.h"

namespace sluice::schema {

Linker::Linker(Catalog& catalog, Generator& generator, const Options& options)
    : catalog_(catalog), generator_(generator), options_(options), rows_(generator.rows()) {}

void Linker::AppendInPlace(uint32_t schema, std::vector<uint32_t>* targets) const {
  const Schema& row = rows_.schemas[schema];
  const auto add = [&](uint32_t target) {
    if (target != kNone) targets->push_back(target);
  };
  for (uint32_t i = row.first; i < row.first + row.count; ++i) {
    const Instruction& in = rows_.instructions[i];
    switch (in.op) {
      case Op::kRef:
      case Op::kNot:
        add(in.a);
        break;
      case Op::kAllOf:
      case Op::kAnyOf:
      case Op::kOneOf:
        for (uint32_t j = 0; j < in.b; ++j) add(rows_.lists[in.a + j]);
        break;
      case Op::kIf:
        for (const uint32_t target : {in.a, in.b, in.c}) add(target);
        break;
      case Op::kDependencies:
        for (uint32_t j = 0; j < in.b; ++j) add(rows_.dependencies[in.a + j].schema);
        break;
      default:
        break;
    }
  }
}

bool Linker::CheckLoops() {
  // Of a dynamic reference that can lead to one place only it makes a plain one.
  LinkAnchors();
  // Depth first, with a stack of its own; kOpen are the schemas on the way to the current one.
  enum State : uint8_t { kNew, kOpen, kDone };
  struct Frame {
    uint32_t schema;
    uint32_t first_target;  // of those that are left: up to the stack's end when it is on top
  };
  std::vector<State> states(rows_.schemas.size(), kNew);
  std::vector<Frame> frames;
  std::vector<uint32_t> targets;
  bool ok = true;
  for (uint32_t start = 0; start < rows_.schemas.size(); ++start) {
    uint32_t next = states[start] == kNew ? start : kNone;
    while (next != kNone || !frames.empty()) {
      if (next != kNone) {
        states[next] = kOpen;
        frames.push_back({next, static_cast<uint32_t>(targets.size())});
        AppendInPlace(next, &targets);
        next = kNone;
      } else if (targets.size() == frames.back().first_target) {
        states[frames.back().schema] = kDone;
        frames.pop_back();
        continue;
      }
      if (targets.size() == frames.back().first_target) continue;
      const uint32_t target = targets.back();
      targets.pop_back();
      if (states[target] == kNew) {
        next = target;
      } else if (states[target] == kOpen) {
        ok = false;
        const uint32_t from = rows_.places[frames.back().schema];
        const uint32_t to = rows_.places[target];
        catalog_.Fault(from, catalog_.place(from).value, "reference_loop",
                       absl::StrCat("this schema applies ",
                                    Quoted(catalog_.LocationOf(to, catalog_.place(to).value)),
                                    " to the same value, and that in turn this one: no value could "
                                    "ever be validated"));
      }
    }
  }
  return ok;
}

void Linker::LinkAnchors() {
  // By name and, within it, by resource. Those that aren't wanted, or aren't entered, have no
  // schema or no instruction that asks for them.
  std::vector<Catalog::Anchor> anchors(catalog_.anchors().begin(), catalog_.anchors().end());
  Sort(anchors.begin(), anchors.end(), [](const Catalog::Anchor& a, const Catalog::Anchor& b) {
    return a.name != b.name ? a.name < b.name : a.resource < b.resource;
  });
  for (const Catalog::Anchor& anchor : anchors) {
    const uint32_t schema = generator_.SchemaAt(anchor.place);
    if (schema == kNone) continue;
    const auto end = static_cast<uint32_t>(dynamic_anchors_.size());
    if (anchor.name >= anchors_.size()) anchors_.resize(anchor.name + 1, {0, 0});
    AnchorRow& row = anchors_[anchor.name];
    if (row.count == 0) row.first = end;
    ++row.count;
    dynamic_anchors_.push_back({anchor.resource, schema});
  }
  for (Instruction& in : rows_.instructions) {
    if (in.op != Op::kDynamicRef) continue;
    if (anchors_[in.b].count > 1) {
      has_dynamic_scope_ = true;
    } else {
      // No other can be meant.
      in.op = Op::kRef;
      in.b = kNone;
    }
  }
}

uint32_t Linker::ReferenceOf(uint32_t schema) const {
  const Schema& row = rows_.schemas[schema];
  if (row.count != 1 || row.kinds != kAnyKind) return kNone;
  const Instruction& in = rows_.instructions[row.first];
  if (in.op != Op::kRef) return kNone;
  // To enter a resource means something to dynamic references.
  const bool enters = rows_.schemas[in.a].resource != row.resource;
  return has_dynamic_scope_ && enters ? kNone : in.a;
}

void Linker::LinkAliases() {
  for (uint32_t schema = 0; schema < rows_.schemas.size(); ++schema) {
    places_[schema].alias_of = ReferenceOf(schema);
    if (places_[schema].alias_of == kNone) continue;
    places_[schema].alias_keyword = rows_.instructions[rows_.schemas[schema].first].keyword;
  }
  // To where each leads in the end; there are no loops. What is found is kept for those that lead
  // there as well.
  std::vector<uint32_t> ends(rows_.schemas.size(), kNone);
  std::vector<uint32_t> way;
  for (uint32_t schema = 0; schema < rows_.schemas.size(); ++schema) {
    uint32_t end = schema;
    for (; ends[end] == kNone && places_[end].alias_of != kNone; end = places_[end].alias_of) {
      way.push_back(end);
    }
    if (ends[end] != kNone) end = ends[end];
    for (const uint32_t alias : way) ends[alias] = end;
    way.clear();
  }
  for (uint32_t schema = 0; schema < rows_.schemas.size(); ++schema) {
    if (ends[schema] == kNone) continue;
    rows_.schemas[schema] = rows_.schemas[ends[schema]];
    rows_.schemas[schema].flags |= kAlias;
  }
}

uint32_t Linker::PlaceRow(uint32_t place) {
  if (place == kNone) return kNone;
  if (place_rows_[place] == kNone) {
    place_rows_[place] = static_cast<uint32_t>(catalog_places_.size());
    catalog_places_.push_back(place);
  }
  return place_rows_[place];
}

void Linker::LinkPlaces() {
  place_rows_.assign(catalog_.places().size(), kNone);
  for (const uint32_t place : rows_.places) PlaceRow(place);
  // Grows by parents.
  // NOLINTNEXTLINE(modernize-loop-convert): the vector grows
  for (size_t i = 0; i < catalog_places_.size(); ++i) {
    const Catalog::Place& place = catalog_.place(catalog_places_[i]);
    places_.push_back({PlaceRow(place.parent), place.path, place.resource,
                       static_cast<uint32_t>(place.value.byte_offset()), kNone, Keyword::kRef});
  }
  for (const Catalog::Resource& resource : catalog_.resources()) {
    const bool is_root = catalog_.documents()[resource.document].is_root;
    resources_.push_back(
        {catalog_.AddText(resource.uri), is_root ? 0 : resource.document, resource.rules.dialect});
  }
}

absl::Status Linker::BuildConstants() {
  constants_ = absl::StrCat("[", rows_.constants);
  if (constants_.back() == ',') {
    constants_.back() = ']';
  } else {
    constants_.push_back(']');
  }
  JsonBudget budget;
  budget.max_input_bytes = constants_.size();
  budget.max_depth += 8;
  return constant_nodes_.Parse(constants_, budget);
}

absl::StatusOr<Program> Linker::Link() {
  LinkPlaces();
  QuickGenerator(rows_, generator_.names()).Run();
  LinkAliases();
  SLUICE_RETURN_IF_ERROR(BuildConstants());

  BlockBuilder builder(Program::kFormatVersion);
  builder.Add(rows_.schemas);
  builder.Add(rows_.instructions);
  builder.Add(rows_.quick);
  builder.Add(rows_.choices);
  builder.Add(rows_.lists);
  builder.Add(generator_.names().names());
  builder.Add(generator_.names().buckets());
  builder.Add(rows_.objects);
  builder.Add(rows_.properties);
  builder.Add(rows_.pattern_properties);
  builder.Add(rows_.contains);
  builder.Add(rows_.dependencies);
  builder.Add(rows_.required_names);
  builder.Add(rows_.enums);
  builder.Add(rows_.enum_entries);
  builder.Add(anchors_);
  builder.Add(dynamic_anchors_);
  builder.Add(generator_.entries());
  builder.Add(places_);
  builder.Add(resources_);
  builder.Add(rows_.annotations);
  builder.Add(std::string_view(catalog_.text()));
  builder.Add(std::string_view(constants_));
  builder.Add(constant_nodes_.nodes());

  auto tables = std::make_unique<Tables>();
  tables->block = builder.Build();
  const Block& block = tables->block;
  if (block.size() == 0)
    return MakeBudgetError(sluice::Budget::kMemory, "no memory for the schema");
  uint32_t table = 0;
  const auto next = [&]<typename Row>(absl::Span<const Row>& rows) {
    rows = block.Table<Row>(table++);
  };
  next(tables->schemas);
  next(tables->instructions);
  next(tables->quick);
  next(tables->choices);
  next(tables->lists);
  next(tables->names);
  next(tables->buckets);
  next(tables->objects);
  next(tables->properties);
  next(tables->pattern_properties);
  next(tables->contains);
  next(tables->dependencies);
  next(tables->required_names);
  next(tables->enums);
  next(tables->enum_entries);
  next(tables->anchors);
  next(tables->dynamic_anchors);
  next(tables->entries);
  next(tables->places);
  next(tables->resources);
  next(tables->annotations);
  tables->text = block.Text(table++);
  const std::string_view constants = block.Text(table++);
  tables->constants = json::Document(constants, block.Table<json::Node>(table++));
  tables->patterns = std::move(rows_.patterns);
  tables->notes = std::move(generator_.notes());
  tables->hash_key = options_.hash_key;
  tables->pattern_bytes = generator_.pattern_bytes();
  tables->has_dynamic_scope = has_dynamic_scope_;
  return Program(std::move(tables));
}

}  // namespace sluice::schema
