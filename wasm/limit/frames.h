// The bytes that go between the gateway and a limiter object.
//
// All little-endian, 8-byte aligned by construction.
//   request  u32 version (1), u32 count (1 … 16), then per charge: Rule (32 bytes: u32 algorithm,
//            u32 units, u32 burst, u32 window, u64 period_ms, u64 id), u32 cost, u32 flags (0)
//   state    u32 version (1), u32 count (1 … 64), then per counter: u64 rule id, u32 algorithm,
//            u32 window, u64 period_ms, u64 a, u64 b (40 bytes; a, b: see State in algorithm.h);
//            an empty frame (0 bytes) is "never charged"
//   reply    u32 version (1), u32 count, u32 allowed (0|1), u32 0, then per charge: u32 allowed,
//            u32 remaining, f64 reset_ms, f64 retry_after_ms   (24 bytes)
// An object serves one subject, so a subject doesn't travel.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

constexpr uint32_t kFrameVersion = 1;
constexpr uint32_t kMaxChargesPerRequest = 16;
constexpr uint32_t kMaxCountersPerState = 64;

void EncodeRule(const Rule& rule, OutputBuffer& out);

// The rule in the first 32 of `bytes`, or nothing if they are too few or no valid rule.
std::optional<Rule> DecodeRule(ByteSpan bytes);

// Appends a reply frame.
void EncodeReply(bool allowed, absl::Span<const Verdict> verdicts, OutputBuffer& out);

// Applies all charges of `request` to `state` at `now_ms`, or none (if one is denied, the others'
// verdicts say what they would have been, and are not charged). Charges of one request see each
// other. Appends the reply and the new state; expired counters are dropped from it.
// Errors, with which nothing is appended: invalid_argument for a frame that is not one and for a
// time outside [0, kMaxTimeMs]; budget_exceeded if more than kMaxCountersPerState counters would be
// live, or a buffer's cap is too low. O(charges × counters).
absl::Status ApplyCharges(ByteSpan request, ByteSpan state, double now_ms, OutputBuffer& reply,
                          OutputBuffer& new_state);

}  // namespace sluice::limit
