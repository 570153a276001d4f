// Checking a body by one of a policy's schemas.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/abi/instance.h"
#include "sluice/base/bytes.h"
#include "sluice/policy/policy.h"

namespace sluice::abi {

struct SchemaCheck {
  uint32_t schema;  // number
  uint32_t flags;   // sluice_check
};

// Whether the text is valid; if not, why is appended to `errors` as SLUICE_SCHEMA_OUTPUT_ERRORS has
// it. With SLUICE_CHECK_REPORT what can't be checked isn't valid, and that is why. invalid_json,
// budget_exceeded; invalid_argument for a number that is no schema's.
absl::StatusOr<bool> CheckBody(Instance& instance, const policy::Policy& policy, SchemaCheck check,
                               std::string_view json, OutputBuffer& errors);

}  // namespace sluice::abi
