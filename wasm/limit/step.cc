#include "sluice/limit/step.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/admission.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/checkpoint.h"
#include "sluice/limit/inline_array.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/object_state.h"
#include "sluice/limit/pacing.h"
#include "sluice/limit/settlement.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

constexpr double kMaxBlockMs = static_cast<double>(kMaxPeriodMs);

class Stepper {
 public:
  Stepper(const Request& request, double now_ms, ObjectState& state)
      : request_(request), state_(state), context_(request, now_ms, state) {}

  absl::Status Run() {
    SLUICE_RETURN_IF_ERROR(ReadOperations());
    ExpireRecords(context_.now(), state_);
    state_.DropExpired(context_.now());
    for (StepEntry& entry : entries_) {
      if (!entry.is_charge() && !entry.is_peek()) {
        entry.verdict.allowed = Apply(entry.operation);
      }
    }
    MeasurePaced(context_.now(), state_);
    SLUICE_RETURN_IF_ERROR(
        ChargeAll(absl::MakeSpan(entries_.begin(), entries_.size()), context_, all_allowed_));
    for (StepEntry& entry : entries_) {
      if (!entry.is_charge()) Look(entry);
    }
    state_.DropExpired(context_.now());
    return absl::OkStatus();
  }

  void EncodeReply(OutputBuffer& out) const {
    EncodeReplyHeader(all_allowed_, static_cast<uint32_t>(entries_.size()), out);
    for (const StepEntry& entry : entries_) EncodeOperationVerdict(entry.verdict, out);
  }
  size_t reply_bytes() const {
    return kObjectReplyHeaderBytes + entries_.size() * OperationVerdict::kEncodedBytes;
  }
  bool is_empty() const { return state_.empty(context_.now()); }
  bool must_persist() const { return context_.must_persist(); }

 private:
  absl::Status ReadOperations() {
    for (size_t i = 0; i < request_.count(); ++i) {
      const std::optional<Operation> operation =
          DecodeOperation(request_.operations.subspan(i * Operation::kEncodedBytes));
      if (!operation.has_value()) {
        return MakeError(ErrorCode::kInvalidArgument, "an operation is none, or has no valid rule");
      }
      entries_.push_back({.operation = *operation, .verdict = {}, .before = {}});
    }
    return absl::OkStatus();
  }

  // Whether there was anything to do.
  bool Apply(const Operation& operation) {
    const uint64_t now = context_.now();
    switch (operation.kind) {
      case OperationKind::kCancel:
        return Freed(CancelCharge(operation.id, now, state_));
      case OperationKind::kReturn:
        return Freed(ReturnLease(operation.id, operation.cost, now, state_));
      case OperationKind::kRenew:
        return Renew(operation.id);
      case OperationKind::kSettle:
        if (operation.id != 0) return Settle(operation);
        return ApplyTo(operation, state_.FindOrAdd(operation.rule));
      case OperationKind::kBlock:
        return ApplyTo(operation, state_.FindOrAdd(operation.rule));
      default:
        return ApplyTo(operation, state_.Find(operation.rule));
    }
  }

  bool ApplyTo(const Operation& operation, Counter* counter) {
    if (counter == nullptr) return false;
    context_.Adopt(operation.rule, counter);
    const uint64_t now = context_.now();
    if (operation.kind == OperationKind::kRefund) {
      RefundAny(operation.cost, now, *counter);
      return Freed(true);
    }
    if (operation.kind == OperationKind::kSettle) {
      LimitRefunds(now, *counter, state_);
      ChargeDebt(operation.cost, now, *counter);
    } else if (operation.kind == OperationKind::kReset) {
      ResetAll(now, *counter, state_);
    } else {
      const auto block_ms =
          static_cast<uint64_t>(std::ceil(std::min(operation.duration_ms, kMaxBlockMs)));
      // The longest counts: a penalty on its way doesn't shorten what an operator has said.
      counter->blocked_until = block_ms > 0 ? std::max(counter->blocked_until, now + block_ms) : 0;
    }
    context_.Changed(/*only_if_strict=*/false);
    return true;
  }

  // What gives units back may be forgotten: then less is admitted, never more.
  bool Freed(bool done) {
    if (done) context_.Changed(/*only_if_strict=*/true);
    return done;
  }

  bool Settle(const Operation& operation) {
    const size_t at = state_.FindRecord(operation.id);
    if (at == ObjectState::kNoRecord || !state_.record(at).unsettled()) return false;
    context_.Changed(/*only_if_strict=*/operation.cost <= state_.record(at).cost);
    SettleCharge(at, operation.cost, context_.now(), state_);
    return true;
  }

  bool Renew(uint64_t id) {
    const size_t at = state_.FindRecord(id);
    if (at == ObjectState::kNoRecord || state_.record(at).kind != Record::Kind::kSlot) return false;
    const Record renewed = RenewSlot(at, context_.now(), state_);
    context_.Charged(renewed.units, renewed.deadline, state_.counter(renewed.counter));
    return true;
  }

  // How things stand after all of it.
  void Look(StepEntry& entry) {
    const bool done = entry.verdict.allowed;
    const uint32_t cost = entry.is_peek() ? entry.operation.cost : 0;
    const Counter fresh{
        .rule = entry.operation.rule, .state = {}, .askers = {}, .allowance = {}, .log = {}};
    const Counter* const found =
        context_.Adopt(entry.operation.rule, state_.Find(entry.operation.rule));
    const Counter& counter = found != nullptr ? *found : fresh;
    context_.Write(cost, PeekCounter(cost, context_.now(), counter), counter, entry.verdict);
    context_.WriteClosed(counter, entry.verdict);
    if (!entry.is_peek()) entry.verdict.allowed = done;
  }

  const Request& request_;
  ObjectState& state_;
  StepContext context_;
  InlineArray<StepEntry, kMaxOperations> entries_;
  bool all_allowed_ = true;
};

}  // namespace

absl::Status Step(ByteSpan request_frame, ByteSpan state_frame, bool restored, double now_ms,
                  OutputBuffer& reply, OutputBuffer& new_state, StepEffects& effects) {
  if (!(now_ms >= 0 && now_ms <= kMaxTimeMs)) {
    return MakeError(ErrorCode::kInvalidArgument,
                     "the time is not in milliseconds since the Unix epoch");
  }
  Request request;
  ObjectState state;
  SLUICE_RETURN_IF_ERROR(DecodeRequest(request_frame, request));
  SLUICE_RETURN_IF_ERROR(state.Decode(state_frame));
  if (restored) {
    RecoverAllowances(state);
    state.closed_until = std::max(state.closed_until, state.horizon);
  }
  Stepper stepper(request, now_ms, state);
  SLUICE_RETURN_IF_ERROR(stepper.Run());

  if (!reply.Reserve(stepper.reply_bytes())) {
    return MakeError(ErrorCode::kBudgetExceeded, "no room for the reply");
  }
  const bool empty = stepper.is_empty();
  if (!empty && !state.Encode(new_state)) {
    return MakeError(ErrorCode::kBudgetExceeded, "no room for the new state");
  }
  stepper.EncodeReply(reply);
  // What was stored is to be deleted when nothing of it counts any more.
  const bool ended = empty && !state_frame.empty();
  effects.persist = stepper.must_persist() || (ended && request.durability != Durability::kMemory);
  return absl::OkStatus();
}

}  // namespace sluice::limit
