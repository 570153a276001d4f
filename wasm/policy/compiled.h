// What a Policy holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/features.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/program.h"
#include "sluice/transform/transform.h"

namespace sluice::policy {

struct Policy::Compiled {
  Block block;
  Program program;  // views of `block`
  std::optional<experiment::Program> features;
  std::vector<transform::Program> transforms;
  std::vector<std::string> secrets;  // by number: the bindings
  OutputBuffer description{0};
};

}  // namespace sluice::policy
