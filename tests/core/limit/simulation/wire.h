// The frames between an isolate and an object, read and written as docs and spec of the protocol
// have them, independently of the code under test.
#pragma once

#include <cstdint>

#include "absl/base/casts.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"

namespace sluice::limit::simulation {

constexpr uint32_t kChargeKind = 1;
constexpr uint32_t kCancelKind = 3;
constexpr uint32_t kSettleKind = 4;
constexpr uint32_t kReturnKind = 5;
constexpr size_t kOperationBytes = 64;
constexpr size_t kReplyHeaderBytes = 16;
constexpr size_t kVerdictBytes = 48;

inline void AppendLong(uint64_t value, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(value));
  out.AppendWord(static_cast<uint32_t>(value >> 32));
}
inline double LoadDouble(const uint8_t* bytes) { return absl::bit_cast<double>(LoadLong(bytes)); }

inline void AppendRequestHeader(Durability durability, OutputBuffer& out) {
  out.AppendWord(2);
  out.AppendWord(0);   // the count, patched later
  AppendLong(1, out);  // revision
  out.AppendWord(static_cast<uint32_t>(durability));
  out.AppendWord(0);
}
inline void PatchCount(OutputBuffer& request) {
  request.PatchWord(
      4, static_cast<uint32_t>((request.size() - kRequestHeaderBytes) / kOperationBytes));
}

inline void AppendOperation(uint32_t kind, const Rule& rule, uint32_t cost, uint64_t id,
                            OutputBuffer& out) {
  out.AppendWord(kind);
  out.AppendWord(cost);
  AppendLong(id, out);
  AppendLong(0, out);  // want, flags
  AppendLong(0, out);  // duration
  EncodeRule(rule, out);
}

inline uint32_t KindOf(const uint8_t* operation) { return LoadWord(operation); }
inline uint32_t CostOf(const uint8_t* operation) { return LoadWord(operation + 4); }
inline uint64_t IdOf(const uint8_t* operation) { return LoadLong(operation + 8); }

inline ObjectVerdict ReadVerdict(const uint8_t* bytes) {
  const uint32_t flags = LoadWord(bytes);
  return {.allowed = (flags & 1) != 0,
          .scarce = (flags & 2) != 0,
          .blocked = (flags & 4) != 0,
          .remaining = LoadWord(bytes + 4),
          .reset_ms = LoadDouble(bytes + 8),
          .retry_after_ms = LoadDouble(bytes + 16),
          .leased = LoadWord(bytes + 24),
          .lease_pace_us = LoadWord(bytes + 28),
          .lease_wait_ms = LoadDouble(bytes + 32),
          .lease_ms = LoadDouble(bytes + 40)};
}

}  // namespace sluice::limit::simulation
