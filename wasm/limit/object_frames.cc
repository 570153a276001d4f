#include "sluice/limit/object_frames.h"

#include <cstdint>
#include <optional>

#include "absl/base/casts.h"
#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/little_endian.h"

namespace sluice::limit {
namespace {

constexpr uint32_t kShadow = 1;
constexpr uint32_t kSettles = 2;
constexpr uint32_t kPaces = 4;
constexpr uint32_t kUnknownOperationFlags = 0xF8;
constexpr uint32_t kWaitShift = 8;

constexpr uint32_t kAllowed = 1;
constexpr uint32_t kScarce = 2;
constexpr uint32_t kBlocked = 4;
constexpr uint32_t kSeen = 8;
constexpr uint32_t kClosed = 16;

absl::Status BadRequest(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

}  // namespace

void EncodeRequestHeader(uint64_t revision, Durability durability, uint32_t count,
                         OutputBuffer& out) {
  out.AppendWord(kObjectFrameVersion);
  out.AppendWord(count);
  AppendLong(revision, out);
  out.AppendWord(static_cast<uint32_t>(durability));
  out.AppendWord(0);
}

void EncodeOperation(const Operation& operation, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(operation.kind));
  out.AppendWord(operation.cost);
  AppendLong(operation.id, out);
  out.AppendWord(operation.want);
  out.AppendWord((operation.shadow ? kShadow : 0) | (operation.settles ? kSettles : 0) |
                 (operation.paces ? kPaces : 0) | operation.max_wait_ms << kWaitShift);
  AppendDouble(operation.duration_ms, out);
  EncodeRule(operation.rule, out);
}

void EncodeReplyHeader(bool allowed, uint32_t count, OutputBuffer& out) {
  out.AppendWord(kObjectFrameVersion);
  out.AppendWord(count);
  out.AppendWord(allowed ? 1 : 0);
  out.AppendWord(0);
}

void EncodeOperationVerdict(const OperationVerdict& verdict, OutputBuffer& out) {
  out.AppendWord((verdict.allowed ? kAllowed : 0) | (verdict.scarce ? kScarce : 0) |
                 (verdict.blocked ? kBlocked : 0) | (verdict.seen ? kSeen : 0) |
                 (verdict.closed ? kClosed : 0));
  out.AppendWord(verdict.remaining);
  AppendDouble(verdict.reset_ms, out);
  AppendDouble(verdict.retry_after_ms, out);
  out.AppendWord(verdict.leased);
  out.AppendWord(verdict.lease_pace_us);
  AppendDouble(verdict.lease_wait_ms, out);
  AppendDouble(verdict.lease_ms, out);
}

absl::Status DecodeRequest(ByteSpan frame, Request& request) {
  if (frame.size() < kRequestHeaderBytes || LoadWord(frame.data()) != kObjectFrameVersion) {
    return BadRequest("the request is no frame of version 2");
  }
  const uint32_t count = LoadWord(frame.data() + 4);
  const uint32_t durability = LoadWord(frame.data() + 16);
  if (count < 1 || count > kMaxOperations ||
      frame.size() != kRequestHeaderBytes + count * Operation::kEncodedBytes) {
    return BadRequest("the request is not as long as its operations, of which 1 to 32 may be");
  }
  if (durability > static_cast<uint32_t>(Durability::kCheckpoint) ||
      LoadWord(frame.data() + 20) != 0) {
    return BadRequest("the request has an unknown durability");
  }
  request = {.revision = LoadLong(frame.data() + 8),
             .durability = static_cast<Durability>(durability),
             .operations = frame.subspan(kRequestHeaderBytes)};
  return absl::OkStatus();
}

std::optional<Operation> DecodeOperation(ByteSpan bytes) {
  if (bytes.size() < Operation::kEncodedBytes) return std::nullopt;
  const uint32_t kind = LoadWord(bytes.data());
  const uint32_t flags = LoadWord(bytes.data() + 20);
  const double duration_ms = LoadDouble(bytes.data() + 24);
  const std::optional<Rule> rule = DecodeRule(bytes.subspan(32));
  if (kind < static_cast<uint32_t>(OperationKind::kCharge) ||
      kind > static_cast<uint32_t>(OperationKind::kRenew) ||
      (flags & kUnknownOperationFlags) != 0 || !(duration_ms >= 0 && duration_ms <= kMaxTimeMs) ||
      !rule.has_value()) {
    return std::nullopt;
  }
  return Operation{.kind = static_cast<OperationKind>(kind),
                   .cost = LoadWord(bytes.data() + 4),
                   .id = LoadLong(bytes.data() + 8),
                   .want = LoadWord(bytes.data() + 16),
                   .shadow = (flags & kShadow) != 0,
                   .settles = (flags & kSettles) != 0,
                   .paces = (flags & kPaces) != 0,
                   .max_wait_ms = flags >> kWaitShift,
                   .duration_ms = duration_ms,
                   .rule = *rule};
}

std::optional<OperationVerdict> DecodeOperationVerdict(ByteSpan reply, size_t index) {
  if (reply.size() < kObjectReplyHeaderBytes || LoadWord(reply.data()) != kObjectFrameVersion) {
    return std::nullopt;
  }
  const size_t count = LoadWord(reply.data() + 4);
  if (index >= count ||
      reply.size() != kObjectReplyHeaderBytes + count * OperationVerdict::kEncodedBytes) {
    return std::nullopt;
  }
  const uint8_t* bytes =
      reply.data() + kObjectReplyHeaderBytes + index * OperationVerdict::kEncodedBytes;
  const uint32_t flags = LoadWord(bytes);
  return OperationVerdict{.allowed = (flags & kAllowed) != 0,
                          .scarce = (flags & kScarce) != 0,
                          .blocked = (flags & kBlocked) != 0,
                          .seen = (flags & kSeen) != 0,
                          .closed = (flags & kClosed) != 0,
                          .remaining = LoadWord(bytes + 4),
                          .reset_ms = LoadDouble(bytes + 8),
                          .retry_after_ms = LoadDouble(bytes + 16),
                          .leased = LoadWord(bytes + 24),
                          .lease_pace_us = LoadWord(bytes + 28),
                          .lease_wait_ms = LoadDouble(bytes + 32),
                          .lease_ms = LoadDouble(bytes + 40)};
}

bool AllAdmitted(ByteSpan reply) {
  return reply.size() >= kObjectReplyHeaderBytes && LoadWord(reply.data() + 8) == 1;
}

}  // namespace sluice::limit
