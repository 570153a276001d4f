// What features look at.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "sluice/experiment/features.h"

namespace sluice::experiment {

// Where buckets are sticky, users that lack `instead_of` are assigned by `attribute`.
struct FallbackAttribute {
  uint32_t attribute;
  uint32_t instead_of;
};

struct Dependencies {
  std::vector<uint32_t> attributes;  // Program::attribute_name, ascending
  std::vector<uint32_t> hashed;      // those of them by which users are assigned
  std::vector<FallbackAttribute> fallbacks;
  std::vector<uint32_t> experiments;  // Program::experiment_name, ascending: who may be in them
  std::vector<uint32_t> buckets;      // StickyCookie::BucketHash of those that are sticky there
  bool url = false;                   // some experiment has URL targets
};

// Of these features and, by prerequisites, of others. `runs`: of the payload's own experiments too.
// For when a policy loads: O(program).
Dependencies DependenciesOf(const Program& program, absl::Span<const uint32_t> features,
                            bool runs = false);

// Numbers of the texts (Program::text) that the feature's value can be, ascending. A prerequisite
// that gates makes it null.
std::vector<uint32_t> ValuesOf(const Program& program, uint32_t feature);

}  // namespace sluice::experiment
