// A GrowthBook feature payload, compiled: experiments by hash, weights and coverage.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {

class Program {
 public:
  static constexpr uint32_t kFormatVersion = 1;
  explicit Program(Block block) : block_(std::move(block)) {}

  // Number of the feature with this key, if there is one. O(log features).
  std::optional<uint32_t> Find(std::string_view key) const;
  uint32_t feature_count() const;
  std::string_view feature_key(uint32_t feature) const;
  // Variations of the feature's experiment; 0 if it has none.
  uint32_t variation_count(uint32_t feature) const;
  // A variation's value as JSON text ("\"grid\"").
  std::string_view variation_value(uint32_t feature, uint32_t variation) const;
  // The attribute that the feature's experiment hashes ("id").
  std::string_view hash_attribute(uint32_t feature) const;

  const Block& block() const { return block_; }

 private:
  Block block_;
};

// Compiles {"features": {key: {"defaultValue": v, "rules": [rule]}}} where a rule is an experiment:
// {"key", "variations", "weights", "coverage", "hashAttribute", "hashVersion", "seed", "meta",
// "name", "phase"}. Until the engine knows the other rule properties they are refused as
// "unsupported", never ignored: an ignored condition would change who is in an experiment.
absl::StatusOr<Program> Compile(json::Value payload, json::CompileContext& context);

struct Assignment {
  int32_t variation = -1;       // -1: the default value
  bool in_experiment = false;   // false: no exposure
};

// Assigns by the value of the hash attribute; an empty value is never in the experiment. No
// allocation; O(variations + length).
Assignment Assign(const Program& program, uint32_t feature, std::string_view hash_value);

}  // namespace sluice::experiment
