// A limiter object's life, one step at a time: bytes and a time in, bytes out.
#pragma once

#include "absl/status/status.h"
#include "sluice/base/bytes.h"

namespace sluice::limit {

struct StepEffects {
  // The new state must be durable before the reply is sent (an empty one: what was stored is
  // deleted). If that fails, nothing of this step happened: keep the old state.
  bool persist = false;
};

// Applies a request to an object's state at `now_ms` and appends the reply (object_frames.h) and
// the new state (object_state.h).
//
// Operations other than charges and peeks come first, in order; then the charges, which see each
// other, all or none: if one that isn't in shadow is denied, nothing is charged and the others'
// verdicts say what they would have been. Peeks see what was charged. Verdicts are in the order of
// the operations.
//
// Every charge with an id is remembered for 10 s, or as long as its lease, slot or settlement is
// out: a repeated one gets the same answer and charges nothing. Cancel, settle and return happen
// once; what comes late or again is ignored. What is remembered is bounded (64 finished charges,
// 256 others): when that is full, the oldest finished one is forgotten, or no lease is given.
//
// The amounts (units, burst) that count are those of the highest revision seen.
//
// `restored`: the state comes from storage and this is the first step since. What the object may
// have admitted or leased after it was written counts as spent (kCheckpoint), or nothing is
// admitted until the leases it may have given are over (kMemory).
//
// A clock that goes backwards stands still instead.
//
// Errors, with which nothing is appended: invalid_argument for a frame that is not one and for a
// time outside [0, kMaxTimeMs]; budget_exceeded if more than kMaxCountersPerState counters (or 8
// sliding logs) would be live, or a buffer's cap is too low. O(operations × (counters + charges
// remembered)); 40 KB of stack; memory is allocated only for sliding logs, 16 KB each, checked.
absl::Status Step(ByteSpan request, ByteSpan state, bool restored, double now_ms,
                  OutputBuffer& reply, OutputBuffer& new_state, StepEffects& effects);

}  // namespace sluice::limit
