// The policy's limits: a rule, whom it counts, when, and what if the object doesn't answer.
#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/base/issues.h"
#include "sluice/base/limits.h"
#include "sluice/json/writer.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Writes the description's `limits` array (worker-shim/core/description.ts).
void DescribeLimits(const std::vector<Limit>& limits, json::Writer& writer);

// Compiles a policy's "limits" on its own and appends that array. Errors as Policy::Compile;
// pointers are those of the text.
absl::Status CompileLimits(std::string_view text, const PolicyBudget& budget, Issues& issues,
                           OutputBuffer& out);

}  // namespace sluice::policy
