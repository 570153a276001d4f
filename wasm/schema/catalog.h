// Everything that a compilation can refer to: documents, the resources in them, and the places
// where schemas stand. Inside this room only.
//
// A document is walked once, from its root through the keywords that hold schemas, so that each $id
// and anchor is known before the first reference is resolved. The built-in meta-schemas are walked
// when something names them; what lies where no keyword leads is when a JSON Pointer does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/interner.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/dialect.h"
#include "sluice/schema/program.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

class Catalog {
 public:
  // Where a schema stands, or what should be one.
  struct Place {
    json::Value value;
    uint32_t document;
    uint32_t resource;
    uint32_t parent;  // place in the same resource; kNone: it is the resource's root
    StringRef path;   // from there, in `text`
  };
  struct Document {
    json::Value root;
    std::string uri;                         // that it was given with; "": none
    bool is_root = false;                    // one of those to compile
    std::unique_ptr<json::Document> parsed;  // if it has a text of its own
    std::vector<uint32_t> places;            // by tape index, from the root's on
    uint32_t root_place = kNone;
    bool is_meta = false;        // it was read as a meta-schema:
    std::optional<Rules> rules;  // for these, if it isn't faulty
  };
  struct Resource {
    std::string uri;  // without fragment
    uint32_t document;
    Rules rules;
    bool has_recursive_anchor = false;
  };
  // $dynamicAnchor or $recursiveAnchor.
  struct Anchor {
    uint32_t name;  // a number
    uint32_t resource;
    uint32_t place;
  };
  struct Target {
    uint32_t place = kNone;
    uint32_t anchor = kNone;  // name of the dynamic anchor, if it was named by one
  };

  // Borrows both.
  Catalog(const Options& options, json::CompileContext& context);

  // Takes all documents in and walks them: first the roots, in their order.
  void Load(absl::Span<const ParsedResource> roots);

  // What the text of `reference`, the value of $ref or one like it in the schema at `place`, names.
  // No place, and it is reported, if that isn't there.
  Target Resolve(uint32_t place, json::Value reference);
  // What $recursiveRef names: the root of the place's resource.
  Target ResolveRecursive(uint32_t place);

  // The place of a value in the same document as that at `place`; kNone if no schema can be there.
  uint32_t PlaceOf(uint32_t place, json::Value value) const;

  // Reports a fault at a value of the document that the place is in.
  // `within`: how many bytes after its beginning.
  void Fault(uint32_t place, json::Value at, std::string_view code, std::string message,
             size_t within = 0);
  // The JSON Pointer to a value, as faults have it.
  std::string LocationOf(uint32_t place, json::Value at) const;

  // Something is too much, and it is reported: what comes behind it isn't walked, so that places
  // may be without a resource.
  bool exhausted() const { return exhausted_; }

  absl::Span<const Place> places() const { return places_; }
  const Place& place(uint32_t number) const { return places_[number]; }
  absl::Span<const Document> documents() const { return documents_; }
  absl::Span<const Resource> resources() const { return resources_; }
  absl::Span<const Anchor> anchors() const { return anchors_; }
  const Rules& rules(uint32_t place) const { return resources_[places_[place].resource].rules; }

  // The program's texts.
  StringRef AddText(std::string_view text);
  const std::string& text() const { return text_; }

 private:
  uint32_t AddDocument(std::string_view uri, json::Value root, bool is_root);
  void AddResource(std::string_view uri, std::string_view json);
  void Walk(uint32_t document);
  void VisitNewPlaces();

  uint32_t NewPlace(json::Value value, uint32_t document, uint32_t resource, uint32_t parent,
                    StringRef path);
  void Visit(uint32_t place);
  void VisitMembers(uint32_t place);
  void VisitChildren(uint32_t place, Keyword keyword, json::Value value);

  // $schema.
  // Of a document without $schema.
  Rules DefaultRules(uint32_t document, json::Value schema);
  Rules RulesFor(uint32_t document, json::Value schema, const Rules& inherited);
  std::optional<Rules> FindRules(uint32_t document, json::Value name, std::string_view uri);
  std::optional<Rules> RulesOfMetaSchema(uint32_t document, json::Value name, json::Value meta);
  std::optional<Dialect> DialectOfMetaSchema(json::Value meta);
  uint32_t FindDocument(std::string_view uri);
  void ReadDocumentNames();

  // $id and anchors.
  void StartResource(uint32_t place, const Rules& rules, std::string_view id);
  std::string ReadId(uint32_t place, const Rules& rules, json::Value schema);
  void ReadAnchors(uint32_t place);
  void AddAnchor(uint32_t place, json::Value at, std::string_view name, bool dynamic);
  // The URI's number, or kNone if there is no room for it.
  uint32_t Register(std::string_view uri, uint32_t place, json::Value at);
  uint32_t FindRegistered(std::string_view uri) const;

  // References.
  uint32_t FindResourceRoot(std::string_view uri);
  uint32_t FollowPointer(uint32_t from, json::Value reference, uint32_t start,
                         std::string_view pointer);
  // The member or element that the token of a JSON Pointer names. Of a large container O(1) once it
  // is indexed.
  json::Value FindChild(uint32_t document, json::Value container, std::string_view token);
  // False if there is no room for it.
  bool IndexChildren(std::string_view container_key, json::Value container);
  Target FindAnchor(uint32_t from, json::Value reference, uint32_t root, std::string_view name);
  void FaultUnresolved(uint32_t place, json::Value reference, std::string_view target);

  void FaultIn(uint32_t document, json::Value at, std::string_view code, std::string message,
               size_t within = 0);
  std::string LocationIn(uint32_t document, json::Value at) const;
  void FaultBudget(uint32_t document, json::Value at, std::string message);

  const Options& options_;
  json::CompileContext& context_;
  std::vector<Document> documents_;
  StringInterner document_names_;
  std::vector<uint32_t> named_documents_;  // by number of their name
  uint32_t read_documents_ = 0;            // whose names are known
  std::vector<Resource> resources_;
  std::vector<Place> places_;
  std::vector<Anchor> anchors_;
  uint32_t visited_ = 0;  // places

  StringInterner uris_;               // with fragments that are anchors
  std::vector<uint32_t> registered_;  // places, by number of their URI
  std::vector<uint32_t> dynamic_;     // names of dynamic anchors, or kNone; likewise
  size_t uri_bytes_ = 0;              // of all that were registered, those told twice as well
  StringInterner anchor_names_;
  uint32_t recursive_name_;

  std::string text_;
  StringInterner children_;              // of large containers: the container's key and the token
  std::vector<uint32_t> child_indexes_;  // on the tape, by number of `children_`
  uint64_t lookup_steps_ = 0;
  bool exhausted_ = false;
};

}  // namespace sluice::schema
