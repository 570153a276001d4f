// JSON Schema: drafts 4, 6, 7, 2019-09 and 2020-12, compiled to a program that says of a value
// whether it is valid.
//
// Two phases: IsValid decides, as fast as it can, and says no more than yes or no; only where it
// says no does Validate (output.h) walk the same program again and tell everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/base/hash.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::schema {

enum class Dialect : uint8_t { kDraft4, kDraft6, kDraft7, kDraft2019_09, kDraft2020_12 };

// By the names "draft-04", "draft-06", "draft-07", "2019-09" and "2020-12", or by the URI of a
// meta-schema, with or without an empty fragment.
std::optional<Dialect> FindDialect(std::string_view name);
// The name, as above.
std::string_view DialectName(Dialect dialect);

// What happens to a regular expression that can't be matched in linear time (lookaround,
// backreferences).
enum class Patterns : uint8_t {
  kLinear,    // it is a fault of the schema
  kBudgeted,  // it is matched by backtracking, within a budget of steps; see Budget
};

// A schema, or any JSON document that holds some, that others can refer to. Its URI is absolute,
// without fragment; the $ids in it are found as well.
struct Resource {
  std::string_view uri;
  std::string_view json;
};
// The same, parsed. Values within each other, or within a root, are fine.
struct ParsedResource {
  std::string_view uri;
  json::Value value;
};

struct Options {
  Dialect dialect = Dialect::kDraft2020_12;  // where no $schema says otherwise
  // The URI of a resource that is the meta-schema there instead; "": none. As with $schema, its
  // dialect and its vocabularies count; that schemas are valid against it isn't checked.
  std::string_view meta_schema;
  // Of a root schema that doesn't have an $id that is absolute; "": none.
  std::string_view base_uri;
  // Whether `format` decides validity. If not, then only where the vocabularies of a schema's
  // meta-schema demand it.
  bool assert_format = false;
  Patterns patterns = Patterns::kLinear;
  // Whether the program keeps the annotations that Output::kBasic and kDetailed tell of a valid
  // value (titles, descriptions, defaults, …).
  bool keep_annotations = true;
  absl::Span<const Resource> resources;
  absl::Span<const ParsedResource> parsed_resources;
  // Keys the hashes of values that a client chooses (uniqueItems). Random in production.
  HashKey hash_key;
};

// What a person should know of a schema that compiles all the same; for lint.
struct Note {
  // A literal: "backtracking_pattern", "lenient_pattern", "unknown_format", …; "more_notes", the
  // last one, where there are more than 99.
  std::string_view code;
  std::string location;  // JSON Pointer in the schema; in a resource `<uri>#<pointer>`
  size_t byte_offset;    // there
  std::string message;
};

struct Tables;

// A compiled schema, or several that share their parts. Immutable, movable; outlives the texts that
// it came from.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // Bytes that it holds, those of regular expressions as far as they were budgeted for.
  size_t size() const;
  // How many schemas it was compiled from: what `entry` can be.
  uint32_t entry_count() const;
  const std::vector<Note>& notes() const;

  // For the evaluators of this room; see program.h.
  const Tables& tables() const { return *tables_; }

 private:
  friend class Linker;
  explicit Program(std::unique_ptr<Tables> tables);

  std::unique_ptr<Tables> tables_;
};

// Compiles one schema: an object or a boolean.
//
// All faults that are found go to the context's issues; then the result is invalid_schema. Codes:
//   "wrong_type", "out_of_range", "duplicate_value"   the value of a keyword, or of a schema
//   "invalid_pattern", "unsupported_pattern"          no regular expression; none that is linear
//   "unresolved_reference", "invalid_reference"       $ref and its like
//   "reference_loop"                                  a schema that applies itself to its value
//   "duplicate_id", "invalid_id"                      $id, id, $anchor, $dynamicAnchor
//   "unknown_dialect", "unknown_vocabulary"           $schema, $vocabulary
//   "invalid_json"                                    a resource
//   "budget_exceeded"                                 too much of something; see kMax… below
// A pointer is into the schema's document; of a resource it is `<uri>#<pointer>`, and the byte
// offset one into the resource's text.
//
// No network ever: what a reference names is in the schema, in a resource, or one of the
// meta-schemas of the five drafts, which are built in.
//
// O(text) besides regular expressions; iterative, so the depth of a schema costs no stack.
absl::StatusOr<Program> Compile(json::Value schema, const Options& options,
                                json::CompileContext& context);

// Several schemas at once, which may refer to each other; entry i is root i. `base_uri` is not
// used: each root has its own URI ("": none).
absl::StatusOr<Program> Compile(absl::Span<const ParsedResource> roots, const Options& options,
                                json::CompileContext& context);

inline constexpr uint32_t kMaxSchemas = 200'000;    // of one program, subschemas included
inline constexpr size_t kMaxTextBytes = 16u << 20;  // all resources together
inline constexpr size_t kMaxUriBytes = 8u << 10;    // of a base with what it comes from

// What one evaluation may cost.
struct Budget {
  // A step is about one keyword, member, element or 16 bytes of text that is looked at.
  uint64_t max_steps = uint64_t{1} << 26;
  // Schemas within each other that are applied at once: each level of an instance takes one, and
  // one more for each $ref, allOf, … that is gone through on the way. It bounds the stack.
  uint32_t max_depth = 1024;
  // Of one regular expression that is matched by backtracking. If it runs out, the text doesn't
  // match.
  uint64_t max_pattern_steps = uint64_t{1} << 20;
};

struct ScratchMemory;

// Memory of an evaluation, kept between runs: a run on an instance no larger than an earlier one
// allocates nothing (but for RE2, which does it within the program's memory). Move-only.
class Scratch {
 public:
  Scratch();
  Scratch(Scratch&&) noexcept;
  Scratch& operator=(Scratch&&) noexcept;
  ~Scratch();

  // Bytes that it holds on to.
  size_t retained_bytes() const;
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);

  // For the evaluators of this room.
  ScratchMemory& memory() { return *memory_; }

 private:
  std::unique_ptr<ScratchMemory> memory_;
};

// Whether the instance is valid against the program's schema (or, of several, number `entry`). The
// first fault decides. Every member of an object counts, also those whose names it has twice.
// budget_exceeded for steps, depth or memory: then nothing is known of it.
absl::StatusOr<bool> IsValid(const Program& program, json::Value instance, const Budget& budget,
                             Scratch& scratch, uint32_t entry = 0);

}  // namespace sluice::schema
