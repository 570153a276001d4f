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

}  // namespace

void ExpireRecords(uint64_t now, ObjectState& state) {
  while (state.record_count() > 0 && state.record(0).deadline <= now) {
    const Record record = state.Remove(0);
    if (record.kind != Record::Kind::kLease) continue;
    EndLease(record.units, 0, record.mark, record.deadline, state.counter(record.counter));
    Remember(record, record.deadline, now, state);
  }
}

bool CancelCharge(uint64_t id, uint64_t now, ObjectState& state) {
  if (id == 0) return false;
  const size_t at = state.FindRecord(id);
  if (at != ObjectState::kNoRecord) {
    if (state.record(at).kind == Record::Kind::kCancelled) return false;
    const Record record = state.Remove(at);
    Counter& counter = state.counter(record.counter);
    if (record.kind == Record::Kind::kLease) {
      EndLease(record.units, record.units, record.mark, now, counter);
    }
    RefundCharge(record.cost, record.mark, now, counter);
  }
  state.Insert({.id = id, .deadline = now + kRememberMs, .kind = Record::Kind::kCancelled});
  return true;
}

bool SettleCharge(uint64_t id, uint32_t cost, uint64_t now, ObjectState& state) {
  const size_t at = state.FindRecord(id);
  if (at == ObjectState::kNoRecord || !state.record(at).unsettled()) return false;
  Record& record = state.record(at);
  Counter& counter = state.counter(record.counter);
  if (cost < record.cost) {
    RefundCharge(record.cost - cost, record.mark, now, counter);
  } else {
    ChargeDebt(cost - record.cost, now, counter);
  }
  record.cost = 0;
  if (record.kind == Record::Kind::kHeld) Remember(state.Remove(at), now, now, state);
  return true;
}

bool ReturnLease(uint64_t id, uint32_t unspent, uint64_t now, ObjectState& state) {
  const size_t at = state.FindRecord(id);
  if (at == ObjectState::kNoRecord || state.record(at).kind != Record::Kind::kLease) return false;
  const Record record = state.Remove(at);
  EndLease(record.units, std::min(unspent, record.units), record.mark, now,
           state.counter(record.counter));
  Remember(record, now, now, state);
  return true;
}

bool RenewSlot(uint64_t id, uint64_t now, ObjectState& state) {
  const size_t at = state.FindRecord(id);
  if (at == ObjectState::kNoRecord || state.record(at).kind != Record::Kind::kSlot) return false;
  Record record = state.Remove(at);
  record.deadline = now + state.counter(record.counter).rule.period_ms;
  state.Insert(record);
  return true;
}

void ResetAll(uint64_t now, Counter& counter, ObjectState& state) {
  ResetCounter(now, counter);
  const uint16_t number = state.IndexOf(counter);
  for (size_t i = state.record_count(); i-- > 0;) {
    Record& record = state.record(i);
    if (record.counter != number) continue;
    record.cost = 0;
    if (record.kind == Record::Kind::kSlot) Remember(state.Remove(i), now, now, state);
  }
}

}  // namespace sluice::limit
