// What a Policy holds.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/experiment/features.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/program.h"
#include "sluice/schema/schema.h"
#include "sluice/transform/transform.h"

namespace sluice::policy {

struct Policy::Compiled {
  struct Secret {
    std::string binding;
    size_t min_bytes;
  };

  Block block;
  Program program;  // views of `block`
  std::optional<experiment::Program> features;
  std::vector<transform::Program> transforms;
  std::optional<schema::Program> schemas;
  std::vector<Secret> secrets;
  TextSigner signer;
  std::optional<uint32_t> signing_keys[2];  // by SigningKey: numbers of secrets
  OutputBuffer description{0};
};

}  // namespace sluice::policy
