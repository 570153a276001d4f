// The compiled policy: router and programs. Immutable; replaced whole.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/base/limits.h"
#include "sluice/base/issues.h"
#include "sluice/transform/transform.h"

namespace sluice::policy {

// What the caller keeps between runs so that a request allocates nothing that grows.
struct Scratch;

class Policy {
 public:
  // Compiles a policy text. Every fault found is added to `issues`; then the status is
  // invalid_policy (invalid_json, with its byte offset, for text that is not JSON). The text is
  // not referenced afterwards. O(text) but for sorting.
  static absl::StatusOr<std::unique_ptr<Policy>> Compile(std::string_view text,
                                                         const PolicyBudget& budget,
                                                         Issues& issues);
  ~Policy();

  // Appends the static side as JSON (`PolicyDescription` in worker-shim/core/description.ts).
  void Describe(OutputBuffer& out) const;

  // Finds the route and the charges before authentication; appends a match frame
  // (wasm/abi/sluice.h). invalid_argument for bytes that are no facts frame. O(path + candidates).
  absl::Status Match(ByteSpan facts, Scratch& scratch, OutputBuffer& out) const;

  // Decides about a request on `route`; appends a plan frame.
  absl::Status Decide(uint32_t route, ByteSpan facts, Scratch& scratch, OutputBuffer& out) const;

  // Null for a number that is not a transform's.
  const transform::Program* transform(uint32_t number) const;

 private:
  struct Compiled;
  explicit Policy(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

}  // namespace sluice::policy
