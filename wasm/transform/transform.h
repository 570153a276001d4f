// Transforms: JSON bytes to JSON bytes by compiled steps.
//
// Unchanged parts are copied as spans of the input: number text, string escapes, member order,
// duplicate members and the whitespace inside the span survive, [] stays [] and {} stays {}.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/pass_scratch.h"

namespace sluice::transform {

// What a transform compiles to. Immutable but for its secrets; may be moved and outlives the text
// it came from.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  explicit Program(Block block) : block_(std::move(block)) {}
  const Block& block() const { return block_; }

  // The names of the documents that its compose steps put together, without duplicates. A run is
  // given their texts by these numbers.
  const std::vector<std::string>& inputs() const { return inputs_; }
  // The names of the secrets that its redact steps hash with, without duplicates.
  const std::vector<std::string>& secrets() const { return secrets_; }
  // Sets a secret's value, by the number of its name; copied. A run that needs one which was never
  // set fails with missing_secret.
  void SetSecret(uint32_t number, ByteSpan key);

  // Bytes that it holds.
  size_t size() const { return block_.size(); }

 private:
  Block block_;
  std::vector<std::string> inputs_;
  std::vector<std::string> secrets_;
};

// Compiles an array of steps, each an object with exactly one step:
//   {"pick":   [path, …]}   keeps only what the paths select, with the way down to it
//   {"drop":   [path, …]}   removes what the paths select
//   {"redact": [path, …]} or {"redact": {"paths": [path, …], "with": "***"}}
//                           puts a string in the place of what the paths select ("***" by default)
// A path is the JSONPath (RFC 9535) of singular and wildcard segments: $.a, $['a'], $[0], $[*],
// $.*. Names select members of objects only, indexes elements of arrays only, * both; what a path
// asks for and the document lacks is no error. Names are compared decoded: $['é'] selects "\u00e9".
// Where paths overlap, the shorter one decides: it selects the whole value.
//   pick    A container where a selected path would go on stays, whatever is left in it, even
//           nothing: $.a.b makes {"a":{}} of {"a":{"c":1}}, $.a[*].b makes {} of an element
//           without b. Array elements that no path goes through disappear: $.a[2] leaves one. A
//           scalar where a path would go on disappears (at the root: null). $ is the identity.
//   drop    What follows in an array moves up. $ is refused: nothing would be left.
//   redact  A container is replaced as a whole. Array lengths and member names stay.
// Faults go to the context's issues, all of them: "unknown_key", "wrong_type", "missing_key",
// "invalid_step" (not exactly one step name), "invalid_path" (not JSONPath), "unsupported"
// (JSONPath beyond the above: slices, negative indexes, filters, unions, ..), "budget_exceeded".
// Then the result is an error status. Bounds: kMax… below.
absl::StatusOr<Program> Compile(json::Value steps, json::CompileContext& context);

constexpr uint32_t kMaxSteps = 64;
constexpr uint32_t kMaxPathsPerStep = 1000;
constexpr uint32_t kMaxSegmentsPerPath = 64;  // also how deep a run recurses
constexpr uint32_t kMaxNameBytes = 512;
constexpr uint32_t kMaxStates = 10'000;  // of the automata that a program's paths become:
constexpr uint32_t kMaxEdges = 100'000;  // wildcards beside names can multiply them

// Memory of one run, kept between runs so that a run on an input no larger than an earlier one
// allocates nothing.
struct Scratch {
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);

  json::Document document;
  // Between steps: one is read while the other is written.
  OutputBuffer intermediate[2] = {OutputBuffer(0), OutputBuffer(0)};
  PassScratch pass;
};

// Appends the transformed text to `out`. `inputs` are the texts of the program's inputs by number;
// what is missing at the end is absent too. Without steps it checks and copies. Errors:
// invalid_json with its byte offset; budget_exceeded for input, depth or output (what a step in
// between makes may not be longer than `out` either). On error `out` holds no part of the result.
// O(input + output) a step: one parse and one pass over what the paths go through.
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
