// Transforms: JSON bytes to JSON bytes by compiled steps.
//
// Unchanged parts are copied as spans of the input: number text, string escapes, member order,
// duplicate members and the whitespace inside the span survive, [] stays [] and {} stays {}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/base/sha256.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"
#include "sluice/transform/draft_memory.h"
#include "sluice/transform/pass_scratch.h"

namespace sluice::transform {

struct Queries;

// What a transform compiles to. Immutable but for its secrets; may be moved and outlives the text
// it came from.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 2;

  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;
  ~Program();

  // The names of the documents that its compose steps put together, without duplicates. A run is
  // given their texts by these numbers.
  const std::vector<std::string>& inputs() const { return inputs_; }
  // The names of the secrets that its redact steps hash with, without duplicates.
  const std::vector<std::string>& secrets() const { return secrets_; }
  // Sets a secret's value, by the number of its name; copied. As long as one was never set, every
  // run fails with missing_secret.
  void SetSecret(uint32_t number, ByteSpan key);

  // Bytes that it holds.
  size_t size() const;

 private:
  friend class Compiler;
  friend struct Run;
  Program(Block block, std::unique_ptr<Queries> queries, std::vector<std::string> inputs,
          std::vector<std::string> secrets);

  Block block_;
  json::Document constants_;  // in the block
  std::unique_ptr<Queries> queries_;
  std::vector<std::string> inputs_;
  std::vector<std::string> secrets_;
  std::vector<HmacSha256> keys_;  // by the secret's number
  std::vector<bool> has_key_;
};

// Compiles an array of steps, each an object with exactly one of these keys, plus "when" if the
// step is to run only on some documents.
//
// A path is JSONPath (RFC 9535, starts with $) or a JSON Pointer (RFC 6901: "" or starts with /),
// in which digits name a member of an object or an element of an array. A simple path is a pointer,
// or JSONPath of one name, index ≥ 0 or wildcard a segment; a location is a simple path without
// wildcards. Names are compared decoded. Where an object has a name more than once, pick, drop,
// redact, rename and map go to each of those members; all else sees the last one, and whoever
// writes or removes a member by name leaves no other of that name.
//
//   {"pick": [path, …]}     Keeps only what the paths select, with the way down to it. A container
//       where a simple path would go on stays, whatever is left in it, even nothing: $.a.b makes
//       {"a":{}} of {"a":{"c":1}}. Array elements that no path goes through disappear, and scalars
//       where a path would go on (the root: null).
//   {"drop": [path, …]}     Removes what they select. What follows in an array moves up.
//   {"redact": [path, …]} or {"redact": {"paths": […], "with": "***", "keepLast": n,
//       "hash": {"secret": name}}}  Puts a string in the place of what they select; see redact.h.
//   {"rename": {path: name, …}}  The members that they select get another name, in their place; a
//       member that had it goes, unless it is renamed too. The paths mean the document before.
//   {"move": {"from": location, "to": location}} or an array of such, in order; {"copy": …}
//   likewise.
//       Writes at `to` as set does. Nothing happens if `from` is absent or `to` can't be written.
//   {"set": {path: value, …}}  In order. A simple path makes what is missing: absent members on the
//       way become objects, an index or - (the last token of a pointer) appends; where a value on
//       the way is of another kind nothing happens. A general path replaces what it selects.
//   {"default": {path: value, …}}  The same by simple paths, only where there is nothing at all.
//   {"wrap": name}          The document becomes {name: document}.
//   {"unwrap": location}    The document becomes the value there, if there is one.
//   {"merge": patch}        RFC 7396.
//   {"patch": [op, …]}      RFC 6902. An operation that fails fails the run.
//   {"query": JMESPath} or {"query": {"jmespath": …}} or {"query": {"jsonpath": …}}  The result
//       becomes the document: of a JSONPath the array of what it selects.
//   {"map": {"path": path, "steps": [step, …]}}  Each selected value is a document of its own for
//       the steps; of values within each other the outermost.
//   {"compose": {input: {"to": location, "missing": "fail" | "null" | "omit", "merge": bool}, …}}
//       Writes inputs as set does, at $.input unless said otherwise; merged (RFC 7396) with what is
//       there if `merge`. Not within map.
//   "when": a logical expression of RFC 9535 (section 2.3.5.1) in which @ and $ are the document,
//   or
//       a pointer to something that must exist.
//
// Adjacent pick, drop, redact and rename steps by simple paths become one pass over the document.
//
// Faults go to the context's issues, all of them: "unknown_key", "wrong_type", "missing_key",
// "invalid_step" (not exactly one step), "invalid_path", "missing_path", "invalid_condition",
// "invalid_query", "unknown_value", "out_of_range", "conflict", "unsupported", "budget_exceeded".
// Then the result is an error status (invalid_transform). Bounds: kMax… below.
absl::StatusOr<Program> Compile(json::Value steps, json::CompileContext& context);

constexpr uint32_t kMaxSteps = 64;            // those within maps included
constexpr uint32_t kMaxPathsPerStep = 1000;   // also operations of a patch
constexpr uint32_t kMaxSegmentsPerPath = 64;  // also how deep a run recurses
constexpr uint32_t kMaxNameBytes = 512;
constexpr uint32_t kMaxMapDepth = 8;
constexpr uint32_t kMaxInputs = 16;
constexpr uint32_t kMaxStates = 10'000;  // of the automata that a program's paths become:
constexpr uint32_t kMaxEdges = 100'000;  // wildcards beside names can multiply them

// Memory of one run, kept between runs so that a run on an input no larger than an earlier one
// allocates nothing. Move-only.
struct Scratch {
  // Bytes that it holds on to.
  size_t retained_bytes() const;
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);

  json::Document document;
  // Between steps: one is read while the other is written.
  OutputBuffer intermediate[2] = {OutputBuffer(0), OutputBuffer(0)};
  PassScratch pass;
  DraftMemory draft;
  query::JsonPathScratch json_path;
  query::JmesScratch jmes_path;
  std::vector<uint32_t> nodes;         // what a path selected
  std::vector<json::Document> inputs;  // by number
  std::unique_ptr<Scratch> nested;     // of the steps of a map
};

// Appends the transformed text to `out`. `inputs` are the texts of the program's inputs by number;
// what is missing at the end is absent too. Without steps it checks and copies. On error `out`
// holds no part of the result. Errors:
//   invalid_json      of `text`, with the byte offset; of an input, whose compose is the location
//   budget_exceeded   which one, see BudgetOf; the location says in which step
//   transform_failed  with the location: the JSON Pointer, in the array of steps, of the step, the
//                     operation of a patch or the input of a compose that can't be done on this
//                     document
//   missing_secret
// Time is linear in input, what lies between steps, and output, for each step; what isn't, such as
// inserting into arrays again and again or filters within filters, is counted as steps.
absl::Status Apply(const Program& program, std::string_view text,
                   absl::Span<const std::optional<std::string_view>> inputs,
                   const TransformBudget& budget, Scratch& scratch, OutputBuffer& out);

// Without inputs and with a budget for the input only.
inline absl::Status Apply(const Program& program, std::string_view text,
                          const JsonBudget& input_budget, Scratch& scratch, OutputBuffer& out) {
  TransformBudget budget;
  budget.input = input_budget;
  budget.max_output_bytes = out.max_bytes();
  return Apply(program, text, {}, budget, scratch, out);
}

}  // namespace sluice::transform
