#include "sluice/limit/step.h"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/concurrency.h"
#include "sluice/limit/inline_array.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/object_state.h"
#include "sluice/limit/settlement.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

// A settlement is waited for so long at most.
constexpr double kMaxHeldMs = 3'600'000;
constexpr double kMaxBlockMs = static_cast<double>(kMaxPeriodMs);

// A charge on its way to be committed or undone.
struct Attempt {
  Counter* counter = nullptr;
  State before;
  bool charged = false;
};

// One operation, its answer, and what it is about.
struct Entry {
  Operation operation;
  OperationVerdict verdict;
  Attempt attempt;

  bool is_charge() const { return operation.kind == OperationKind::kCharge; }
  bool is_peek() const { return operation.kind == OperationKind::kPeek; }
};

class Stepper {
 public:
  Stepper(const Request& request, double now_ms, ObjectState& state)
      : request_(request), state_(state) {
    const auto clock = static_cast<uint64_t>(now_ms);
    // A clock that went back stands still until it has caught up; durations are as much longer.
    now_ = std::max(clock, state.seen);
    behind_ms_ = static_cast<double>(now_ - clock);
    state.seen = now_;
  }

  absl::Status Run() {
    SLUICE_RETURN_IF_ERROR(ReadOperations());
    ExpireRecords(now_, state_);
    state_.DropExpired(now_);
    for (Entry& entry : entries_) {
      if (!entry.is_charge() && !entry.is_peek()) Apply(entry);
    }
    SLUICE_RETURN_IF_ERROR(ChargeAll());
    for (Entry& entry : entries_) {
      if (!entry.is_charge()) Look(entry);
    }
    state_.DropExpired(now_);
    return absl::OkStatus();
  }

  void EncodeReply(OutputBuffer& out) const {
    EncodeReplyHeader(all_allowed_, static_cast<uint32_t>(entries_.size()), out);
    for (const Entry& entry : entries_) EncodeOperationVerdict(entry.verdict, out);
  }
  size_t reply_bytes() const {
    return kObjectReplyHeaderBytes + entries_.size() * OperationVerdict::kEncodedBytes;
  }
  bool is_empty() const { return state_.empty(now_); }
  bool must_persist() const { return must_persist_; }

 private:
  absl::Status ReadOperations() {
    for (size_t i = 0; i < request_.count(); ++i) {
      const std::optional<Operation> operation =
          DecodeOperation(request_.operations.subspan(i * Operation::kEncodedBytes));
      if (!operation.has_value()) {
        return MakeError(ErrorCode::kInvalidArgument, "an operation is none, or has no valid rule");
      }
      entries_.push_back({.operation = *operation, .verdict = {}, .attempt = {}});
    }
    return absl::OkStatus();
  }

  // Under the amounts that count: those of the highest revision.
  Counter* Adopt(const Rule& rule, Counter* counter) const {
    if (counter != nullptr && request_.revision >= counter->revision) {
      counter->rule = rule;
      counter->revision = request_.revision;
    }
    return counter;
  }

  void MustPersist() {
    if (request_.durability != Durability::kMemory) must_persist_ = true;
  }

  void Apply(Entry& entry) {
    entry.verdict.allowed = ApplyTo(entry.operation);
    if (entry.verdict.allowed) MustPersist();
  }

  bool ApplyTo(const Operation& operation) {
    switch (operation.kind) {
      case OperationKind::kCancel:
        return CancelCharge(operation.id, now_, state_);
      case OperationKind::kReturn:
        return ReturnLease(operation.id, operation.cost, now_, state_);
      case OperationKind::kRenew:
        return RenewSlot(operation.id, now_, state_);
      case OperationKind::kSettle:
        if (operation.id != 0) return SettleCharge(operation.id, operation.cost, now_, state_);
        return ApplyTo(operation, Adopt(operation.rule, state_.FindOrAdd(operation.rule)));
      case OperationKind::kBlock:
        return ApplyTo(operation, Adopt(operation.rule, state_.FindOrAdd(operation.rule)));
      default:
        return ApplyTo(operation, Adopt(operation.rule, state_.Find(operation.rule)));
    }
  }

  bool ApplyTo(const Operation& operation, Counter* counter) {
    if (counter == nullptr) return false;
    if (operation.kind == OperationKind::kSettle) {
      ChargeDebt(operation.cost, now_, *counter);
    } else if (operation.kind == OperationKind::kRefund) {
      RefundAny(operation.cost, now_, *counter);
    } else if (operation.kind == OperationKind::kReset) {
      ResetAll(now_, *counter, state_);
    } else {
      const auto block_ms = static_cast<uint64_t>(std::min(operation.duration_ms, kMaxBlockMs));
      counter->blocked_until = block_ms > 0 ? now_ + block_ms : 0;
    }
    return true;
  }

  absl::Status ChargeAll() {
    for (Entry& entry : entries_) {
      if (!entry.is_charge()) continue;
      Counter* const counter = Adopt(entry.operation.rule, state_.FindOrAdd(entry.operation.rule));
      if (counter == nullptr) {
        return MakeError(ErrorCode::kBudgetExceeded, "one subject has more live counters than fit");
      }
      entry.attempt = {.counter = counter, .before = counter->state};
      Try(entry);
      all_allowed_ = all_allowed_ && (entry.verdict.allowed || entry.operation.shadow);
    }
    if (!all_allowed_) Undo();
    for (Entry& entry : entries_) {
      if (entry.attempt.charged) Commit(entry);
    }
    return absl::OkStatus();
  }

  void Try(Entry& entry) {
    const Operation& operation = entry.operation;
    OperationVerdict& verdict = entry.verdict;
    Counter& counter = *entry.attempt.counter;
    const size_t known = state_.FindRecord(operation.id);
    if (known != ObjectState::kNoRecord) {
      Write(0, PeekCounter(0, now_, counter), counter, verdict);
      verdict.seen = true;
      verdict.allowed = state_.record(known).admitted;
      return;
    }
    const uint64_t closed_until = std::max(counter.blocked_until, state_.closed_until);
    if (operation.cost > 0 && closed_until > now_) {
      Write(0, PeekCounter(0, now_, counter), counter, verdict);
      Close(closed_until, counter, verdict);
      return;
    }
    const bool slots = counter.rule.algorithm == Algorithm::kConcurrency;
    if (slots && !state_.HasRoom(pending_slots_)) {
      Write(operation.cost, PeekCounter(UINT32_MAX, now_, counter), counter, verdict);
      return;
    }
    Write(operation.cost, ChargeCounter(operation.cost, now_, counter), counter, verdict);
    entry.attempt.charged = verdict.allowed && operation.cost > 0;
    if (slots && entry.attempt.charged) ++pending_slots_;
  }

  void Close(uint64_t until, const Counter& counter, OperationVerdict& verdict) const {
    verdict.allowed = false;
    verdict.remaining = 0;
    verdict.blocked = counter.blocked_until > now_;
    verdict.retry_after_ms = static_cast<double>(until - now_) + behind_ms_;
    verdict.reset_ms = std::max(verdict.reset_ms, verdict.retry_after_ms);
  }

  // The last first. Charging nothing then adopts amounts that have changed, as the charge did.
  void Undo() {
    for (size_t i = entries_.size(); i-- > 0;) {
      Attempt& attempt = entries_[i].attempt;
      if (!attempt.charged) continue;
      UndoCharge(entries_[i].operation.cost, attempt.before, *attempt.counter);
      ChargeCounter(0, now_, *attempt.counter);
      attempt.charged = false;
    }
  }

  void Commit(Entry& entry) {
    const Operation& operation = entry.operation;
    Counter& counter = *entry.attempt.counter;
    MustPersist();
    Record record{.id = operation.id,
                  .deadline = now_ + kRememberMs,
                  .mark = MarkOf(counter),
                  .cost = operation.cost,
                  .counter = state_.IndexOf(counter),
                  .admitted = true};
    if (counter.rule.algorithm == Algorithm::kConcurrency) {
      counter.slots -= operation.cost;  // the record counts them from now on
      record.kind = Record::Kind::kSlot;
      record.units = operation.cost;
      record.deadline = now_ + counter.rule.period_ms;
      --pending_slots_;
    } else if (operation.id == 0) {
      return;
    } else if (operation.settles && state_.HasRoom(pending_slots_)) {
      record.kind = Record::Kind::kHeld;
      record.deadline =
          now_ + static_cast<uint64_t>(std::clamp(operation.duration_ms,
                                                  static_cast<double>(kRememberMs), kMaxHeldMs));
    }
    state_.Insert(record);
  }

  void Write(uint32_t cost, Verdict result, const Counter& counter, OperationVerdict& verdict) {
    if (counter.slots > 0) {
      TimeSlots(state_, counter, cost, now_, result);
    }
    verdict.allowed = result.allowed;
    verdict.remaining = result.remaining;
    verdict.reset_ms = result.reset_ms > 0 ? result.reset_ms + behind_ms_ : 0;
    verdict.retry_after_ms = result.retry_after_ms >= 0 ? result.retry_after_ms + behind_ms_ : -1;
  }

  // How things stand after all of it.
  void Look(Entry& entry) {
    const bool done = entry.verdict.allowed;
    const uint32_t cost = entry.is_peek() ? entry.operation.cost : 0;
    const Counter fresh{
        .rule = entry.operation.rule, .state = {}, .askers = {}, .reserve = {}, .log = {}};
    const Counter* const found = Adopt(entry.operation.rule, state_.Find(entry.operation.rule));
    if (found != nullptr) {
      Write(cost, PeekCounter(cost, now_, *found), *found, entry.verdict);
    } else {
      Write(cost, PeekCounter(cost, now_, fresh), fresh, entry.verdict);
    }
    const uint64_t closed_until =
        std::max(found != nullptr ? found->blocked_until : 0, state_.closed_until);
    if (closed_until > now_) Close(closed_until, found != nullptr ? *found : fresh, entry.verdict);
    if (!entry.is_peek()) entry.verdict.allowed = done;
  }

  const Request& request_;
  ObjectState& state_;
  uint64_t now_;
  double behind_ms_;
  InlineArray<Entry, kMaxOperations> entries_;
  uint32_t pending_slots_ = 0;  // charges that will be outstanding records
  bool all_allowed_ = true;
  bool must_persist_ = false;
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
  if (restored) state.closed_until = std::max(state.closed_until, state.horizon);
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
  effects.persist = stepper.must_persist() ||
                    (empty && !state_frame.empty() && request.durability != Durability::kMemory);
  return absl::OkStatus();
}

}  // namespace sluice::limit
