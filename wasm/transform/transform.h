// Transforms: JSON bytes to JSON bytes by compiled steps.
//
// Unchanged parts are copied as spans of the input: number text, string escapes and member order
// survive, [] stays [] and {} stays {}.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::transform {

// What a transform compiles to. Immutable; may be moved and outlives the text it came from.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  explicit Program(Block block) : block_(std::move(block)) {}
  const Block& block() const { return block_; }

 private:
  Block block_;
};

// Compiles an array of steps, each an object with exactly one step:
//   {"pick":   [path, …]}   keeps only what the paths select, with the way down to it
//   {"drop":   [path, …]}   removes what the paths select
//   {"redact": [path, …]} or {"redact": {"paths": [path, …], "with": "***"}}
//                           puts a string in the place of what the paths select ("***" by default)
// A path is the JSONPath (RFC 9535) of singular and wildcard segments: $.a, $['a'], $[0], $[*], $.*.
// Faults go to the context's issues, all of them; then the result is an error status.
absl::StatusOr<Program> Compile(json::Value steps, json::CompileContext& context);

// Memory of one run, kept between runs so that a run on an input no larger than an earlier one
// allocates nothing.
struct Scratch {
  json::Document document;
  OutputBuffer intermediate{0};
};

// Appends the transformed text to `out`. Errors: invalid_json with its byte offset;
// budget_exceeded for input, depth or output. On error `out` holds no part of the result.
// O(input + output) a step.
absl::Status Apply(const Program& program, std::string_view text, const JsonBudget& input_budget,
                   Scratch& scratch, OutputBuffer& out);

}  // namespace sluice::transform
