// Rules on the wire, and the reply of a table of counters.
//
// All little-endian, 8-byte aligned by construction.
//   rule     32 bytes: u32 algorithm, u32 units, u32 burst, u32 window, u64 period_ms, u64 id
//   reply    u32 version (1), u32 count, u32 allowed (0|1), u32 0, then per charge: u32 allowed,
//            u32 remaining, f64 reset_ms, f64 retry_after_ms   (24 bytes)
// What goes between an isolate and a limiter object is in object_frames.h.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

constexpr uint32_t kFrameVersion = 1;
constexpr uint32_t kMaxChargesPerRequest = 16;

void EncodeRule(const Rule& rule, OutputBuffer& out);

// The rule in the first 32 of `bytes`, or nothing if they are too few or no valid rule.
std::optional<Rule> DecodeRule(ByteSpan bytes);

// Appends a reply frame.
void EncodeReply(bool allowed, absl::Span<const Verdict> verdicts, OutputBuffer& out);

}  // namespace sluice::limit
