#include "sluice/base/status.h"

#include <cstring>
#include <utility>

#include "absl/strings/cord.h"

namespace sluice {
namespace {

constexpr std::string_view kPayloadUrl = "sluice/error";
constexpr std::string_view kLocationUrl = "sluice/location";

// 12 bytes, so that a Cord holds it inline.
struct Payload {
  uint16_t code;
  uint16_t budget;  // 0: none
  uint32_t offset_low;
  uint32_t offset_high;
};
constexpr uint64_t kNoOffset = ~uint64_t{0};

absl::StatusCode CanonicalCode(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOk:
      return absl::StatusCode::kOk;
    case ErrorCode::kInvalidJson:
    case ErrorCode::kInvalidPolicy:
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidQuery:
    case ErrorCode::kInvalidTransform:
    case ErrorCode::kInvalidSchema:
      return absl::StatusCode::kInvalidArgument;
    case ErrorCode::kStaleHandle:
      return absl::StatusCode::kNotFound;
    case ErrorCode::kBudgetExceeded:
      return absl::StatusCode::kResourceExhausted;
    case ErrorCode::kPoisoned:
    case ErrorCode::kTransformFailed:
    case ErrorCode::kQueryFailed:
    case ErrorCode::kMissingSecret:
      return absl::StatusCode::kFailedPrecondition;
    case ErrorCode::kInternal:
      break;
  }
  return absl::StatusCode::kInternal;
}

absl::Status Make(ErrorCode code, uint16_t budget, std::string_view message,
                  std::optional<size_t> byte_offset) {
  absl::Status status(CanonicalCode(code), message);
  const uint64_t offset = byte_offset ? uint64_t{*byte_offset} : kNoOffset;
  const Payload payload = {static_cast<uint16_t>(code), budget, static_cast<uint32_t>(offset),
                           static_cast<uint32_t>(offset >> 32)};
  char bytes[sizeof(payload)];
  std::memcpy(bytes, &payload, sizeof(payload));
  status.SetPayload(kPayloadUrl, absl::Cord(std::string_view(bytes, sizeof(bytes))));
  return status;
}

std::optional<Payload> PayloadOf(const absl::Status& status) {
  const std::optional<absl::Cord> cord = status.GetPayload(kPayloadUrl);
  if (!cord || cord->size() != sizeof(Payload)) return std::nullopt;
  const std::string bytes(*cord);
  Payload payload;
  std::memcpy(&payload, bytes.data(), sizeof(payload));
  return payload;
}

}  // namespace

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOk:
      return "ok";
    case ErrorCode::kInvalidJson:
      return "invalid_json";
    case ErrorCode::kInvalidPolicy:
      return "invalid_policy";
    case ErrorCode::kInvalidArgument:
      return "invalid_argument";
    case ErrorCode::kStaleHandle:
      return "stale_handle";
    case ErrorCode::kBudgetExceeded:
      return "budget_exceeded";
    case ErrorCode::kPoisoned:
      return "poisoned";
    case ErrorCode::kInvalidQuery:
      return "invalid_query";
    case ErrorCode::kInvalidTransform:
      return "invalid_transform";
    case ErrorCode::kTransformFailed:
      return "transform_failed";
    case ErrorCode::kQueryFailed:
      return "query_failed";
    case ErrorCode::kMissingSecret:
      return "missing_secret";
    case ErrorCode::kInvalidSchema:
      return "invalid_schema";
    case ErrorCode::kInternal:
      break;
  }
  return "internal";
}

std::string_view BudgetName(Budget budget) {
  switch (budget) {
    case Budget::kInputBytes:
      return "input_bytes";
    case Budget::kOutputBytes:
      return "output_bytes";
    case Budget::kDepth:
      return "depth";
    case Budget::kSteps:
      return "steps";
    case Budget::kResults:
      return "results";
    case Budget::kMemory:
      return "memory";
    case Budget::kTextBytes:
      break;
  }
  return "text_bytes";
}

absl::Status MakeError(ErrorCode code, std::string_view message,
                       std::optional<size_t> byte_offset) {
  if (code == ErrorCode::kOk) return absl::OkStatus();
  return Make(code, /*budget=*/0, message, byte_offset);
}

absl::Status MakeBudgetError(Budget budget, std::string_view message,
                             std::optional<size_t> byte_offset) {
  return Make(ErrorCode::kBudgetExceeded, static_cast<uint16_t>(budget), message, byte_offset);
}

absl::Status WithCode(const absl::Status& status, ErrorCode code) {
  if (status.ok()) return status;
  const std::optional<Budget> budget = BudgetOf(status);
  absl::Status renamed = Make(code, budget ? static_cast<uint16_t>(*budget) : uint16_t{0},
                              status.message(), ByteOffsetOf(status));
  const std::optional<std::string> location = LocationOf(status);
  return location ? WithLocation(std::move(renamed), *location) : renamed;
}

absl::Status WithLocation(absl::Status status, std::string_view pointer) {
  if (!status.ok()) status.SetPayload(kLocationUrl, absl::Cord(pointer));
  return status;
}

ErrorCode ErrorCodeOf(const absl::Status& status) {
  if (status.ok()) return ErrorCode::kOk;
  const std::optional<Payload> payload = PayloadOf(status);
  return payload ? static_cast<ErrorCode>(payload->code) : ErrorCode::kInternal;
}

std::optional<size_t> ByteOffsetOf(const absl::Status& status) {
  const std::optional<Payload> payload = PayloadOf(status);
  if (!payload) return std::nullopt;
  const uint64_t offset = uint64_t{payload->offset_high} << 32 | payload->offset_low;
  if (offset == kNoOffset) return std::nullopt;
  return static_cast<size_t>(offset);
}

std::optional<Budget> BudgetOf(const absl::Status& status) {
  const std::optional<Payload> payload = PayloadOf(status);
  if (!payload || payload->budget == 0) return std::nullopt;
  return static_cast<Budget>(payload->budget);
}

std::optional<std::string> LocationOf(const absl::Status& status) {
  const std::optional<absl::Cord> cord = status.GetPayload(kLocationUrl);
  if (!cord) return std::nullopt;
  return std::string(*cord);
}

}  // namespace sluice
