// The bytes that go between an isolate and a limiter object, version 2.
//
// All little-endian, 8-byte aligned by construction. Time is in milliseconds, and only durations
// travel: no two clocks are ever compared.
//   request  header (24 bytes): u32 version (2), u32 count (1 … 32), u64 revision of the policy,
//            u32 durability, u32 0; then per operation (64 bytes): u32 kind, u32 cost, u64 id,
//            u32 want, u32 flags, f64 duration_ms, Rule (32 bytes: u32 algorithm, u32 units,
//            u32 burst, u32 window, u64 period_ms, u64 id)
//   reply    header (16 bytes): u32 version (2), u32 count, u32 allowed (all charges that aren't in
//            shadow), u32 0; then per operation (48 bytes): u32 flags, u32 remaining, f64 reset_ms,
//            f64 retry_after_ms, u32 leased, u32 lease_pace_us, f64 lease_wait_ms, f64 lease_ms
// An object serves one subject, so a subject doesn't travel.
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

constexpr uint32_t kObjectFrameVersion = 2;
constexpr uint32_t kMaxOperations = 32;
constexpr size_t kRequestHeaderBytes = 24;
constexpr size_t kObjectReplyHeaderBytes = 16;

// What of an object survives its death (a crash, an eviction, a deploy). docs/limits.md has the
// bounds.
enum class Durability : uint32_t {
  kMemory = 0,      // nothing but a promise not to admit while leases it gave may be alive
  kStrict = 1,      // everything, before it is answered
  kCheckpoint = 2,  // a block of units written ahead, spent in memory
};

enum class OperationKind : uint32_t {
  kCharge = 1,  // `cost` units, and up to `want` more as a lease of at most `duration_ms`
  kPeek = 2,    // whether `cost` units would pass; nothing is charged
  kCancel = 3,  // charge `id` never happened, whether it has come, comes later or never will: what
                // it charged and its whole lease come back; a concurrency slot is free
  kSettle = 4,  // charge `id` cost `cost` in the end: less comes back; more is charged even beyond
                // the limit. Id 0: `cost` units beyond any charge, a debt
  kReturn = 5,  // the lease of charge `id` is over, `cost` of its units weren't spent
  kRefund = 6,  // `cost` units of no particular charge
  kReset = 7,   // the counter is as new, but for leases that are out. A block stays
  kBlock = 8,   // nothing passes for `duration_ms` from now; 0 ends a block
  kRenew = 9,   // slot `id` is held for another period from now
};

struct Operation {
  static constexpr size_t kEncodedBytes = 64;
  static constexpr uint32_t kMaxWaitMs = (1u << 24) - 1;

  OperationKind kind = OperationKind::kCharge;
  uint32_t cost = 0;
  // Of a charge: unique for all time, chosen by who charges; its high word is the same in all ids
  // of one isolate, which is how an object counts those who share it. 0: a charge that can't be
  // repeated, cancelled or settled, and gets no lease.
  uint64_t id = 0;
  uint32_t want = 0;
  bool shadow = false;       // flag 1: a charge that denies nothing to the request's others
  bool settles = false;      // flag 2: a charge that is settled within `duration_ms`: no lease
  bool paces = false;        // flag 4: the lease may come at a pace (lease_pace_us)
  uint32_t max_wait_ms = 0;  // flags' bits 8 … 31: if the charge is denied, units that come within
                             // this may be reserved (lease_wait_ms); 0: none
  double duration_ms = 0;
  Rule rule;
};

struct OperationVerdict {
  static constexpr size_t kEncodedBytes = 48;

  // Flags 1, 2, 4, 8, 16. Allowed: of a charge, it was admitted if the whole request was; of a
  // peek, it would be; of others, the operation had something to act on.
  bool allowed = false;
  bool scarce = false;   // a charge was denied lately: unspent units are wanted back
  bool blocked = false;  // that is why it was denied
  bool seen = false;     // a charge whose id was known: nothing was charged now
  bool closed = false;   // denied since the object has lost its memory, whatever was charged
  uint32_t remaining = 0;
  double reset_ms = 0;
  double retry_after_ms = -1;  // -1: allowed, or never. Of concurrency: at the latest
  // The lease: units beyond the cost, spendable from lease_wait_ms after the reply came until
  // lease_ms after the request was sent. One that has to be waited for (a reservation) may come
  // with a denied charge too; until then the isolate is to deny by itself.
  uint32_t leased = 0;
  // Not 0 (only if the charge paces): one unit from lease_wait_ms on, and one more after each so
  // many microseconds. Then lease_wait_ms is negative if more than one is there at once.
  uint32_t lease_pace_us = 0;
  double lease_wait_ms = 0;
  double lease_ms = 0;
};

struct Request {
  uint64_t revision = 0;
  Durability durability = Durability::kMemory;
  absl::Span<const uint8_t> operations;  // of kEncodedBytes each, not yet checked
  size_t count() const { return operations.size() / Operation::kEncodedBytes; }
};

void EncodeRequestHeader(uint64_t revision, Durability durability, uint32_t count,
                         OutputBuffer& out);
void EncodeOperation(const Operation& operation, OutputBuffer& out);
void EncodeReplyHeader(bool allowed, uint32_t count, OutputBuffer& out);
void EncodeOperationVerdict(const OperationVerdict& verdict, OutputBuffer& out);

// Checks header and length. Errors: invalid_argument.
absl::Status DecodeRequest(ByteSpan frame, Request& request);
// The operation in the first 64 of `bytes`; nothing if they are too few or no valid operation.
std::optional<Operation> DecodeOperation(ByteSpan bytes);
// The verdict of operation `index`; nothing if `reply` isn't a reply frame with that many.
std::optional<OperationVerdict> DecodeOperationVerdict(ByteSpan reply, size_t index);
// Whether a reply frame says that all charges were admitted.
bool AllAdmitted(ByteSpan reply);

}  // namespace sluice::limit
