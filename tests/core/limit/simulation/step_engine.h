// What runs in a limiter object.
#pragma once

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/step.h"

namespace sluice::limit::simulation {

// An Engine: limit::Step.
inline absl::Status StepEngine(ByteSpan request, ByteSpan state, bool restored, double now_ms,
                               OutputBuffer& reply, OutputBuffer& new_state, bool& persist) {
  StepEffects effects;
  absl::Status status = Step(request, state, restored, now_ms, reply, new_state, effects);
  persist = effects.persist;
  return status;
}

}  // namespace sluice::limit::simulation
