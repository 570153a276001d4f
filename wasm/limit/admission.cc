#include "sluice/limit/admission.h"

#include <algorithm>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/status.h"
#include "sluice/limit/checkpoint.h"
#include "sluice/limit/concurrency.h"
#include "sluice/limit/grants.h"
#include "sluice/limit/pacing.h"
#include "sluice/limit/settlement.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

// A settlement is waited for so long at most.
constexpr double kMaxHeldMs = 3'600'000;
// The least that a promise about leases is made for at once, beyond the lease.
constexpr uint64_t kHorizonMs = 5'000;

bool HasSlots(const Counter& counter) { return counter.rule.algorithm == Algorithm::kConcurrency; }

bool WantsLease(const Operation& charge, const Counter& counter) {
  return charge.want > 0 && charge.id != 0 && !charge.settles && !HasSlots(counter);
}

class Admission {
 public:
  Admission(absl::Span<StepEntry> entries, StepContext& context)
      : entries_(entries), context_(context), state_(context.state()), now_(context.now()) {}

  absl::Status Run(bool& all_allowed) {
    all_allowed = true;
    for (StepEntry& entry : entries_) {
      if (!entry.is_charge()) continue;
      entry.counter = context_.Adopt(entry.operation.rule, state_.FindOrAdd(entry.operation.rule));
      if (entry.counter == nullptr) {
        return MakeError(ErrorCode::kBudgetExceeded, "one subject has more live counters than fit");
      }
      entry.before = entry.counter->state;
      NoteAsker(entry.operation, now_, *entry.counter);
      Try(entry);
      all_allowed = all_allowed && (entry.verdict.allowed || entry.operation.shadow);
    }
    if (!all_allowed) Undo();
    for (StepEntry& entry : entries_) {
      if (entry.charged) {
        Commit(entry);
      } else if (entry.refused) {
        Refuse(entry);
      }
    }
    return absl::OkStatus();
  }

 private:
  void Try(StepEntry& entry) {
    const uint32_t cost = entry.operation.cost;
    Counter& counter = *entry.counter;
    const size_t known = state_.FindRecord(entry.operation.id);
    if (known != ObjectState::kNoRecord) return Repeat(state_.record(known), entry);
    if (const StepEntry* const first = FirstOf(entry)) return RepeatOf(*first, entry);
    if (cost > 0 && context_.WriteClosed(counter, entry.verdict)) return;
    LimitRefunds(now_, counter, state_);
    // What can't be remembered couldn't be freed or settled.
    const bool fits = !IsHeld(entry) || state_.HasRoom(pending_);
    context_.Write(
        cost, fits ? ChargeCounter(cost, now_, counter) : PeekCounter(UINT32_MAX, now_, counter),
        counter, entry.verdict);
    entry.charged = entry.verdict.allowed && cost > 0;
    entry.refused = !entry.verdict.allowed;
    if (entry.charged && IsHeld(entry)) ++pending_;
  }

  // Whether there will be a record that is needed until the request's end.
  static bool IsHeld(const StepEntry& entry) {
    return HasSlots(*entry.counter) || (entry.operation.settles && entry.operation.id != 0);
  }

  // The answer that the first charge of this id got, with the time that is left.
  void Repeat(const Record& record, StepEntry& entry) {
    OperationVerdict& verdict = entry.verdict;
    context_.Write(0, PeekCounter(0, now_, *entry.counter), *entry.counter, verdict);
    verdict.seen = true;
    verdict.allowed = record.admitted;
    if (record.kind != Record::Kind::kLease) return;
    WriteLease(record, LeaseWithin(record.deadline - now_), verdict);
  }

  // An earlier charge of the same request with the same id.
  const StepEntry* FirstOf(const StepEntry& entry) const {
    for (const StepEntry& other : entries_) {
      if (&other == &entry || entry.operation.id == 0) return nullptr;
      if (other.is_charge() && other.operation.id == entry.operation.id) return &other;
    }
    return nullptr;
  }

  void RepeatOf(const StepEntry& first, StepEntry& entry) {
    context_.Write(0, PeekCounter(0, now_, *entry.counter), *entry.counter, entry.verdict);
    entry.verdict.seen = true;
    entry.verdict.allowed = first.verdict.allowed;
  }

  void WriteLease(const Record& record, uint64_t lease_ms, OperationVerdict& verdict) const {
    const uint64_t from = record.deadline - record.span_ms;
    ToldPace told = {.wait_ms = static_cast<double>(WaitWithDrift(from > now_ ? from - now_ : 0))};
    if (record.pace_us != 0) told = TellPace(record, now_);
    if (static_cast<double>(lease_ms) <= told.wait_ms) return;
    verdict.leased = record.units;
    verdict.lease_ms = static_cast<double>(lease_ms);
    verdict.lease_wait_ms = told.wait_ms;
    verdict.lease_pace_us = told.pace_us;
  }

  // The last first. Charging nothing then adopts amounts that have changed, as the charge did.
  void Undo() {
    for (size_t i = entries_.size(); i-- > 0;) {
      StepEntry& entry = entries_[i];
      if (!entry.charged) continue;
      UndoCharge(entry.operation.cost, entry.before, *entry.counter);
      ChargeCounter(0, now_, *entry.counter);
      if (IsHeld(entry)) --pending_;
      entry.charged = false;
    }
  }

  void Commit(StepEntry& entry) {
    const Operation& operation = entry.operation;
    Counter& counter = *entry.counter;
    Record record{.id = operation.id,
                  .deadline = now_ + kRememberMs,
                  .mark = MarkOf(operation.cost, counter),
                  .cost = operation.cost,
                  .counter = state_.IndexOf(counter),
                  .admitted = true};
    uint64_t spent_until = now_;
    if (IsHeld(entry)) --pending_;
    if (HasSlots(counter)) {
      counter.slots -= operation.cost;  // the record counts them from now on
      record.kind = Record::Kind::kSlot;
      record.units = operation.cost;
      spent_until = record.deadline = now_ + counter.rule.period_ms;
    } else if (IsHeld(entry)) {
      record.kind = Record::Kind::kHeld;
      record.deadline = now_ + HeldMs(operation);
    } else if (WantsLease(operation, counter) && state_.HasRoom(pending_)) {
      const Grant grant = TakeLease(operation, now_, state_, counter);
      if (grant.units > 0) spent_until = Lease(grant, record, entry.verdict);
    }
    context_.Charged(uint64_t{operation.cost} + (HasSlots(counter) ? 0 : record.units), spent_until,
                     counter);
    if (record.id != 0 || HasSlots(counter)) state_.Insert(record);
    if (record.pace_us != 0) MeasurePaced(now_, state_);
    if (record.kind == Record::Kind::kLease) Refresh(entry);
    MarkScarce(entry);
  }

  static uint64_t HeldMs(const Operation& operation) {
    return static_cast<uint64_t>(
        std::clamp(operation.duration_ms, static_cast<double>(kRememberMs), kMaxHeldMs));
  }

  // Returns when the lease is over.
  uint64_t Lease(const Grant& grant, Record& record, OperationVerdict& verdict) {
    record.kind = Record::Kind::kLease;
    record.units = grant.units;
    record.deadline = grant.deadline;
    record.pace_us = grant.pace.pace_us;
    record.span_ms = record.pace_us != 0
                         ? SpanOf(grant.pace, now_, grant.deadline)
                         : static_cast<uint32_t>(grant.deadline - now_ - grant.wait_ms);
    WriteLease(record, grant.lease_ms, verdict);
    context_.Leased(grant.deadline);
    return grant.deadline;
  }

  // A charge was denied: units may be reserved that come soon.
  void Refuse(StepEntry& entry) {
    const Operation& operation = entry.operation;
    Counter& counter = *entry.counter;
    counter.scarce_since = now_;
    if (WantsLease(operation, counter) && state_.HasRoom(pending_)) {
      LimitRefunds(now_, counter, state_);
      const Grant grant = TakeReservation(operation, operation.cost, now_, state_, counter);
      if (grant.units > 0) {
        Record record{
            .id = operation.id, .mark = MarkOf(0, counter), .counter = state_.IndexOf(counter)};
        context_.Charged(grant.units, Lease(grant, record, entry.verdict), counter);
        state_.Insert(record);
        if (record.pace_us != 0) MeasurePaced(now_, state_);
        // Others wait longer now, this isolate doesn't.
        entry.verdict.retry_after_ms = std::max(1.0, entry.verdict.lease_wait_ms);
      }
    }
    MarkScarce(entry);
  }

  // What is left after the lease.
  void Refresh(StepEntry& entry) {
    context_.Write(0, PeekCounter(0, now_, *entry.counter), *entry.counter, entry.verdict);
  }

  void MarkScarce(StepEntry& entry) const { entry.verdict.scarce = IsScarce(now_, *entry.counter); }

  absl::Span<StepEntry> entries_;
  StepContext& context_;
  ObjectState& state_;
  const uint64_t now_;
  uint32_t pending_ = 0;  // charges that will be outstanding records
};

}  // namespace

StepContext::StepContext(const Request& request, double now_ms, ObjectState& state)
    : request_(request), state_(state) {
  const auto clock = static_cast<uint64_t>(now_ms);
  // A clock that went back stands still until it has caught up; durations are as much longer.
  now_ = std::max(clock, state.seen);
  behind_ms_ = static_cast<double>(now_ - clock);
  state.seen = now_;
}

Counter* StepContext::Adopt(const Rule& rule, Counter* counter) const {
  if (counter != nullptr && request_.revision >= counter->revision) {
    counter->rule = rule;
    counter->revision = request_.revision;
  }
  return counter;
}

void StepContext::Charged(uint64_t units, uint64_t deadline, Counter& counter) {
  if (request_.durability == Durability::kStrict) must_persist_ = true;
  if (request_.durability == Durability::kCheckpoint && MustStore(units, deadline, now_, counter)) {
    must_persist_ = true;
  }
}

void StepContext::Leased(uint64_t deadline) {
  if (request_.durability != Durability::kMemory || deadline <= state_.horizon) return;
  state_.horizon = deadline + std::min(deadline - now_, kHorizonMs);
  must_persist_ = true;
}

void StepContext::Changed(bool only_if_strict) {
  if (request_.durability == Durability::kStrict ||
      (request_.durability == Durability::kCheckpoint && !only_if_strict)) {
    must_persist_ = true;
  }
}

void StepContext::Write(uint32_t cost, Verdict result, const Counter& counter,
                        OperationVerdict& verdict) {
  if (counter.slots > 0) TimeSlots(state_, counter, cost, now_, result);
  verdict.allowed = result.allowed;
  verdict.remaining = result.remaining;
  verdict.reset_ms = result.reset_ms > 0 ? result.reset_ms + behind_ms_ : 0;
  verdict.retry_after_ms = result.retry_after_ms >= 0 ? result.retry_after_ms + behind_ms_ : -1;
}

bool StepContext::WriteClosed(const Counter& counter, OperationVerdict& verdict) const {
  const uint64_t until = std::max(counter.blocked_until, state_.closed_until);
  if (until <= now_) return false;
  verdict.allowed = false;
  verdict.blocked = counter.blocked_until > now_;
  verdict.closed = !verdict.blocked;
  verdict.remaining = 0;
  verdict.retry_after_ms = static_cast<double>(until - now_) + behind_ms_;
  verdict.reset_ms = std::max(verdict.reset_ms, verdict.retry_after_ms);
  return true;
}

absl::Status ChargeAll(absl::Span<StepEntry> entries, StepContext& context, bool& all_allowed) {
  return Admission(entries, context).Run(all_allowed);
}

}  // namespace sluice::limit
