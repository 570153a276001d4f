// A GrowthBook feature payload, compiled: experiments by hash, weights and coverage.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

// Features are numbered in byte order of their keys. A number that is none behaves as a feature
// without key, value and experiment. All views point into the program.
class Program {
 public:
  static constexpr uint32_t kFormatVersion = 1;
  explicit Program(Block block) : block_(std::move(block)) {}

  // Number of the feature with this key, if there is one. O(log features).
  std::optional<uint32_t> Find(std::string_view key) const;
  uint32_t feature_count() const;
  std::string_view feature_key(uint32_t feature) const;
  // The value of whoever is in no variation, as JSON text; "null" where the payload has none.
  std::string_view default_value(uint32_t feature) const;

  // Variations of the feature's experiment; 0 if it has none, as what follows is empty then.
  uint32_t variation_count(uint32_t feature) const;
  // A variation's value as JSON text ("\"grid\"").
  std::string_view variation_value(uint32_t feature, uint32_t variation) const;
  // The name under which exposures are counted ("pp-2026").
  std::string_view experiment_key(uint32_t feature) const;
  // The attribute that the feature's experiment hashes ("id").
  std::string_view hash_attribute(uint32_t feature) const;

  const Block& block() const { return block_; }

 private:
  Block block_;
};

constexpr uint32_t kMaxVariations = 256;

// Compiles {"features": {key: {"defaultValue": v, "rules": [rule]}}} where a rule is an experiment:
// {"key", "variations", "weights", "coverage", "hashAttribute", "hashVersion", "seed", "meta",
// "name", "phase", "id"}, with GrowthBook's defaults: the feature's key as key, that key as seed,
// "id", hash version 1, coverage 1, equal weights. The payload's "status" and "dateUpdated" are
// taken and have no effect; meta, name, phase and id neither.
// Until the engine knows the other rule properties they are refused as "unsupported", never
// ignored: an ignored condition would change who is in an experiment. So are a second rule and
// "passthrough". Weights that GrowthBook would silently replace by equal ones are
// "invalid_weights"; other codes are those of json::ObjectReader. Any issue makes the result
// invalid_policy; all of them are in the context.
absl::StatusOr<Program> Compile(json::Value payload, json::CompileContext& context);

struct Assignment {
  int32_t variation = -1;      // -1: the default value
  bool in_experiment = false;  // false: no exposure
};

// Assigns by the value of the hash attribute; an empty value is never in the experiment. No
// allocation; O(variations + length).
Assignment Assign(const Program& program, uint32_t feature, std::string_view hash_value);

}  // namespace sluice::experiment
