// From schemas to rows and instructions. Inside this room only.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/interner.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/equality.h"
#include "sluice/regex/regex.h"
#include "sluice/schema/catalog.h"
#include "sluice/schema/name_table.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// The tables while they grow.
struct Rows {
  std::vector<Schema> schemas;
  std::vector<uint32_t> places;  // in the catalog, by schema
  std::vector<Instruction> instructions;
  std::vector<QuickInstruction> quick;
  std::vector<ChoiceRow> choices;
  std::vector<uint32_t> lists;
  std::vector<ObjectRow> objects;
  std::vector<Property> properties;
  std::vector<PatternProperty> pattern_properties;
  std::vector<ContainsRow> contains;
  std::vector<Dependency> dependencies;
  std::vector<StringRef> required_names;
  std::vector<EnumRow> enums;
  std::vector<EnumEntry> enum_entries;
  std::vector<Pattern> patterns;
  std::vector<Annotation> annotations;
  std::string constants;        // JSON texts of arrays, each with a comma behind it
  uint32_t constant_nodes = 1;  // of the array around them
};

class Generator {
 public:
  // Borrows all.
  Generator(Catalog& catalog, const Options& options, json::CompileContext& context);

  // Schemas for the catalog's roots, for all that they lead to, and for all else in their
  // documents, so that every fault there is found. Iterative.
  void Run();

  const std::vector<uint32_t>& entries() const { return entries_; }
  Rows& rows() { return rows_; }
  NameTableBuilder& names() { return names_; }
  std::vector<Note>& notes() { return notes_; }
  size_t pattern_bytes() const { return regex::MemoryBudget::kPerPolicy - pattern_budget_.left(); }
  // The schema at a place; kNone if there is none.
  uint32_t SchemaAt(uint32_t place) const {
    return place < schema_at_.size() ? schema_at_[place] : kNone;
  }

 private:
  // The values of a schema's keywords, those that its rules have.
  struct Members {
    std::array<json::Value, kKeywordCount> values;
    json::Value operator[](Keyword keyword) const { return values[static_cast<size_t>(keyword)]; }
  };

  // The number of the schema at a place, which comes into the queue if it has none yet.
  uint32_t Request(uint32_t place);
  uint32_t RequestChild(json::Value value) { return Request(catalog_.PlaceOf(place_, value)); }
  void Drain();
  void Enter(uint32_t resource);
  void WantAnchor(uint32_t name);
  void ReadNewAnchors();
  void GenerateSchema(uint32_t schema);
  // A boolean schema, which draft 4 doesn't have but for what is additional.
  void CheckBoolean(json::Value value);
  Members ReadMembers(json::Value schema);
  void NoteForeign(json::Value key, Keyword keyword);
  void NoteUnknown(json::Value key, std::string_view name);
  void AddNote(json::Value at, std::string_view code, std::string message);

  // One family of keywords each.
  void AddReferences(const Members& members);
  void AddReference(json::Value value, Keyword keyword);
  void AddType(const Members& members);
  void AddTypeName(json::Value name, KindSet* kinds, bool* integer);
  void AddNumbers(const Members& members);
  void AddLimit(json::Value value, Op op, Keyword keyword);
  void AddDraft4Limit(const Members& members, Keyword limit, Keyword exclusive, Op op,
                      Op exclusive_op);
  void AddStrings(const Members& members);
  void AddFormat(json::Value value);
  void AddEnum(json::Value value, Keyword keyword);
  void AddEnumValue(json::Value value, uint32_t node, EnumRow& row, std::vector<StringRef>& strings,
                    std::vector<EnumEntry>& numbers, std::vector<EnumEntry>& containers);
  void AddArrays(const Members& members);
  void AddItems(const Members& members);
  void AddContains(const Members& members);
  void AddObjects(const Members& members);
  void AddProperties(const Members& members);
  void ReadRequired(json::Value value, std::vector<StringRef>* names);
  // The names of an array, which are strings and all different.
  void ReadNames(json::Value list, Keyword keyword, std::vector<StringRef>* names);
  void AddDependencies(json::Value value, Keyword keyword);
  void AddApplicators(const Members& members);
  void AddIf(const Members& members);
  void AddUnevaluated(const Members& members);

  // generator_annotations.cc
  void AddAnnotations(uint32_t schema, json::Value value);

  // Reading values; what is wrong is reported.
  bool Expect(json::Value value, Keyword keyword, json::Kind kind);
  std::optional<uint32_t> ReadCount(json::Value value, Keyword keyword);
  uint32_t AddCount(json::Value value, Keyword keyword, Op op, KindSet kinds);
  std::optional<uint32_t> ReadPattern(json::Value text);
  void FaultPattern(json::Value text, std::string_view source, const absl::Status& fault);
  StringRef AddString(json::Value value);
  // Whether there is room for a copy of the value's text. A reference can make a schema of what
  // stands in a constant or an annotation: those within each other are copied once each.
  bool HasRoomFor(json::Value value);
  // A list of schemas: false if it isn't a filled array.
  bool AddList(json::Value value, Keyword keyword, uint32_t* first, uint32_t* count);

  void Add(Op op, KindSet kinds, Keyword keyword, uint32_t a = kNone, uint32_t b = kNone,
           uint32_t c = kNone, uint8_t flags = 0);
  void Fault(json::Value at, std::string_view code, std::string message, size_t within = 0);

  Catalog& catalog_;
  const Options& options_;
  json::CompileContext& context_;
  Rows rows_;
  NameTableBuilder names_;
  std::vector<uint32_t> schema_at_;  // by place

  // Dynamic anchors. A dynamic reference can lead to those of the name that it asks for, in
  // resources that are entered: that have a schema in the program.
  std::vector<bool> entered_;                            // by resource
  std::vector<bool> wanted_;                             // by name
  std::vector<std::vector<uint32_t>> resource_anchors_;  // anchors of the catalog, by resource
  std::vector<std::vector<uint32_t>> name_anchors_;      // by name
  uint32_t read_anchors_ = 0;
  std::vector<uint32_t> entries_;
  uint32_t generated_ = 0;  // schemas
  std::vector<Note> notes_;
  size_t untold_notes_ = 0;
  // Of what unknown keywords are compared with, to see whether they are misspelt.
  size_t name_bytes_left_ = size_t{1} << 24;
  StringInterner pattern_sources_;
  regex::MemoryBudget pattern_budget_;
  size_t copied_bytes_ = 0;  // of constants and annotations
  json::EqualityScratch equality_;

  // Of the schema that is being generated.
  uint32_t place_ = kNone;
  Schema row_ = {};
};

}  // namespace sluice::schema
