// Evaluates features for one user, as GrowthBook's SDK 1.8 does.
//
// What differs from calling the SDK for one feature after the other: each feature is decided at
// most once, against the sticky buckets that were handed in, so a result doesn't depend on what was
// evaluated before it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/features.h"

namespace sluice::experiment {

// The numbers are part of the ABI (wasm/abi/sluice.h).
enum class Source : uint32_t {
  kUnknownFeature = 0,
  kDefaultValue = 1,
  kForce = 2,
  kOverride = 3,
  kExperiment = 4,
  kPrerequisite = 5,
  kCyclicPrerequisite = 6,
};

// All texts are JSON, and borrowed.
struct EvaluateInput {
  std::string_view attributes;                                       // an object
  std::optional<std::string_view> forced_variations = std::nullopt;  // {experiment key: variation}
  // {"attribute||value": {"assignments": {…}}}; where it is absent, buckets aren't sticky.
  std::optional<std::string_view> sticky_buckets = std::nullopt;
  // As it is, for overrides by query string. (Initialized for designated initializers.)
  std::string_view url = {};  // NOLINT(readability-redundant-member-init)
  // {"href", "path", "host", "pathname", "hash", "query": [[name, value], …]}: the same, parsed by
  // the host, for URL targeting.
  std::optional<std::string_view> url_parts = std::nullopt;
  // Numbers of features, little-endian words; absent: all of them, and the payload's experiments.
  std::optional<ByteSpan> features = std::nullopt;
  bool qa_mode = false;   // nobody is in an experiment but who is forced
  bool disabled = false;  // no experiments at all
};

constexpr uint64_t kEvaluateSteps = uint64_t{1} << 22;

// Memory of evaluations, kept between them.
class EvaluateScratch {
 public:
  EvaluateScratch();
  ~EvaluateScratch();
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);

  struct Parts;
  Parts& parts() { return *parts_; }

 private:
  std::unique_ptr<Parts> parts_;
};

// Appends a results frame (wasm/abi/sluice.h, sluice_results). invalid_json with the byte offset in
// the text at fault, whose name the message has; invalid_argument; budget_exceeded (kSteps for
// attributes or conditions that are too much work, kOutputBytes).
// O(features × rules + work of conditions); allocates only what `scratch` lacks.
absl::Status Evaluate(const Program& program, const EvaluateInput& input, EvaluateScratch& scratch,
                      OutputBuffer& out);

}  // namespace sluice::experiment
