// The static side of a compiled policy as JSON: PolicyDescription in
// worker-shim/core/description.ts.
#pragma once

#include "sluice/base/bytes.h"
#include "sluice/policy/model.h"
#include "sluice/policy/program.h"

namespace sluice::policy {

// Running out of the buffer's cap is seen by `out.exhausted()`. O(output + routes × routes with
// header conditions).
void Describe(const Model& model, const ProgramBlock& program, OutputBuffer& out);

}  // namespace sluice::policy
