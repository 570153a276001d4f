#include "sluice/limit/settlement.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

// Keeps a record that was removed for those who repeat the charge.
void Remember(Record record, uint64_t since, uint64_t now, ObjectState& state) {
  if (record.id == 0 || since + kRememberMs <= now) return;
  record.kind = Record::Kind::kDone;
  record.units = 0;
  record.deadline = since + kRememberMs;
  state.Insert(record);
}

// Removes the lease of record `at` and ends it.
Record EndLeaseOf(size_t at, uint32_t unspent, uint64_t time, ObjectState& state) {
  const uint16_t number = state.record(at).counter;
  LimitRefunds(time, state.counter(number), state);
  const Record record = state.Remove(at);
  EndLease(record.units, std::min(unspent, record.units), record.mark, time, state.counter(number));
  return record;
}

}  // namespace

void LimitRefunds(uint64_t now, const Counter& counter, ObjectState& state) {
  if (!HasBurst(counter.rule.algorithm)) return;
  const uint16_t number = state.IndexOf(counter);
  // They share what can come back: each unit of it is one record's.
  uint64_t left = RefundableUnits(now, counter);
  for (size_t i = state.record_count(); i-- > 0;) {
    Record& record = state.record(i);
    if (record.counter != number) continue;
    record.mark = std::min({record.mark, uint64_t{record.cost}, left});
    left -= record.mark;
  }
}

void ExpireRecords(uint64_t now, ObjectState& state) {
  while (state.record_count() > 0 && state.record(0).deadline <= now) {
    if (state.record(0).kind != Record::Kind::kLease) {
      state.Remove(0);
      continue;
    }
    const Record record = EndLeaseOf(0, 0, state.record(0).deadline, state);
    Remember(record, record.deadline, now, state);
  }
}

bool CancelCharge(uint64_t id, uint64_t now, ObjectState& state) {
  if (id == 0) return false;
  const size_t at = state.FindRecord(id);
  if (at != ObjectState::kNoRecord) {
    if (state.record(at).kind == Record::Kind::kCancelled) return false;
    const bool leased = state.record(at).kind == Record::Kind::kLease;
    const Record record = leased ? EndLeaseOf(at, UINT32_MAX, now, state) : state.Remove(at);
    RefundCharge(record.cost, record.mark, now, state.counter(record.counter));
  }
  state.Insert({.id = id, .deadline = now + kRememberMs, .kind = Record::Kind::kCancelled});
  return true;
}

void SettleCharge(size_t at, uint32_t cost, uint64_t now, ObjectState& state) {
  Record& record = state.record(at);
  Counter& counter = state.counter(record.counter);
  if (cost < record.cost) {
    RefundCharge(record.cost - cost, record.mark, now, counter);
  } else {
    LimitRefunds(now, counter, state);
    ChargeDebt(cost - record.cost, now, counter);
  }
  record.cost = 0;
  if (record.kind == Record::Kind::kHeld) Remember(state.Remove(at), now, now, state);
}

bool ReturnLease(uint64_t id, uint32_t unspent, uint64_t now, ObjectState& state) {
  const size_t at = state.FindRecord(id);
  if (at == ObjectState::kNoRecord || state.record(at).kind != Record::Kind::kLease) return false;
  Remember(EndLeaseOf(at, unspent, now, state), now, now, state);
  return true;
}

Record RenewSlot(size_t at, uint64_t now, ObjectState& state) {
  Record record = state.Remove(at);
  record.deadline = now + state.counter(record.counter).rule.period_ms;
  state.Insert(record);
  return record;
}

void ResetAll(uint64_t now, Counter& counter, ObjectState& state) {
  ResetCounter(now, counter);
  const uint16_t number = state.IndexOf(counter);
  for (size_t i = state.record_count(); i-- > 0;) {
    Record& record = state.record(i);
    if (record.counter != number) continue;
    record.cost = 0;
    if (record.kind == Record::Kind::kSlot) state.Remove(i);
  }
}

}  // namespace sluice::limit
