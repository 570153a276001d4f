#include "sluice/abi/ledger.h"

#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "absl/base/casts.h"
#include "absl/types/span.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/little_endian.h"
#include "sluice/limit/object_frames.h"

namespace sluice::abi {
namespace {

constexpr size_t kOperationBytes = limit::Operation::kEncodedBytes;
constexpr size_t kVerdictBytes = limit::OperationVerdict::kEncodedBytes;

enum VerdictFlag : uint32_t { kAllowed = 1, kScarce = 2, kBlocked = 4 };

// An object is ours, but what it says has been on the wire: durations that are none are 0.
double LoadDuration(const uint8_t* bytes) {
  const double duration = limit::LoadDouble(bytes);
  return duration > 0 && duration <= limit::kMaxTimeMs ? duration : 0;
}

// That of a lease at a pace may have begun before.
double LoadWait(const uint8_t* bytes) {
  const double wait = limit::LoadDouble(bytes);
  return wait >= -limit::kMaxTimeMs && wait <= limit::kMaxTimeMs ? wait : 0;
}

limit::OperationVerdict DecodeVerdict(const uint8_t* bytes) {
  const uint32_t flags = LoadWord(bytes);
  return {.allowed = (flags & kAllowed) != 0,
          .scarce = (flags & kScarce) != 0,
          .blocked = (flags & kBlocked) != 0,
          .remaining = LoadWord(bytes + 4),
          .reset_ms = LoadDuration(bytes + 8),
          .retry_after_ms = limit::LoadDouble(bytes + 16) >= 0 ? LoadDuration(bytes + 16) : -1,
          .leased = LoadWord(bytes + 24),
          .lease_pace_us = LoadWord(bytes + 28),
          .lease_wait_ms = LoadWait(bytes + 32),
          .lease_ms = LoadDuration(bytes + 40)};
}

}  // namespace

bool IsTime(double now_ms) { return now_ms >= 0 && now_ms <= limit::kMaxTimeMs; }

absl::Status InstallVerdict(limit::Ledger& ledger, ByteSpan frame, const InstallTimes& times,
                            OutputBuffer& out) {
  const std::optional<limit::Operation> operation = limit::DecodeOperation(frame);
  if (frame.size() < kOperationBytes + kVerdictBytes || !operation.has_value() ||
      operation->kind != limit::OperationKind::kCharge) {
    return MakeError(ErrorCode::kInvalidArgument, "no charge's operation with its verdict");
  }
  const limit::SubjectCharge charge = {
      .rule = operation->rule,
      .subject = AsText(frame.subspan(kOperationBytes + kVerdictBytes)),
      .cost = operation->cost,
      .terms = {.deny_cache_ms = times.deny_cache_ms > 0 ? times.deny_cache_ms : 0},
      .settles = operation->settles};
  const limit::OperationVerdict verdict = DecodeVerdict(frame.data() + kOperationBytes);
  const size_t begin = out.size();
  for (uint32_t word = 0; word < SLUICE_INSTALLED_WORDS; ++word) out.AppendWord(0);
  const limit::Answer answer =
      ledger.Install(charge, {operation->id, operation->want, operation->duration_ms}, verdict,
                     times.sent_ms, times.now_ms, out);
  const auto set = [&](uint32_t word, uint64_t value) {
    out.PatchWord(begin + 4 * size_t{word}, static_cast<uint32_t>(value));
  };
  const auto set_double = [&](uint32_t word, double value) {
    set(word, absl::bit_cast<uint64_t>(value));
    set(word + 1, absl::bit_cast<uint64_t>(value) >> 32);
  };
  set(SLUICE_INSTALLED_WORD_ALLOWED, answer.allowed ? 1 : 0);
  set(SLUICE_INSTALLED_WORD_FLAGS, answer.blocked ? SLUICE_CHARGE_FLAG_BLOCKED : 0);
  set(SLUICE_INSTALLED_WORD_REMAINING, answer.remaining);
  const bool spent = answer.source == limit::Source::kLease;
  set(SLUICE_INSTALLED_WORD_LEASED, !spent && answer.lease != 0 ? 1 : 0);
  set(SLUICE_INSTALLED_WORD_SPENT, spent ? answer.lease : 0);
  set(SLUICE_INSTALLED_WORD_SPENT + 1, spent ? answer.lease >> 32 : 0);
  set_double(SLUICE_INSTALLED_WORD_RESET_MS, answer.reset_ms);
  set_double(SLUICE_INSTALLED_WORD_RETRY_MS, answer.retry_after_ms >= 0
                                                 ? answer.retry_after_ms
                                                 : std::numeric_limits<double>::quiet_NaN());
  return absl::OkStatus();
}

void WriteDueReturns(limit::Ledger& ledger, double now_ms, OutputBuffer& out) {
  std::array<limit::LeaseReturn, 32> returns;
  const size_t count = ledger.DueReturns(now_ms, absl::MakeSpan(returns));
  for (size_t i = 0; i < count; ++i) {
    out.AppendWord(static_cast<uint32_t>(returns[i].lease));
    out.AppendWord(static_cast<uint32_t>(returns[i].lease >> 32));
    out.AppendWord(returns[i].units);
    out.AppendWord(0);
  }
}

}  // namespace sluice::abi
