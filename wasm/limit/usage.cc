#include "sluice/limit/usage.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/concurrency.h"
#include "sluice/limit/fixed_window.h"
#include "sluice/limit/gcra.h"
#include "sluice/limit/sliding_log.h"
#include "sluice/limit/sliding_window.h"

namespace sluice::limit {
namespace {

// What is leased is in use, from whatever time on.
void Hold(uint64_t now, Counter& counter) {
  if (HasBurst(counter.rule.algorithm)) {
    HoldGcra(counter.rule, counter.leased, now, counter.state);
  }
}

void RefundBucket(uint32_t cost, uint64_t now, Counter& counter) {
  Hold(now, counter);
  RefundGcra(counter.rule, cost, now, counter.state);
  Hold(now, counter);
}

void RefundLast(uint32_t cost, Counter& counter) {
  while (cost > 0 && counter.log.size() > 0) {
    const LogEntry last = counter.log.entries[counter.log.end - 1];
    const uint32_t units = std::min(cost, last.units);
    RefundLog(counter.rule, units, last.time, counter.log, counter.state);
    cost -= units;
  }
}

}  // namespace

Verdict ChargeCounter(uint32_t cost, uint64_t now, Counter& counter) {
  const Rule& rule = counter.rule;
  if (rule.algorithm == Algorithm::kSlidingLog) {
    return ChargeLog(rule, cost, counter.leased, now, counter.log, counter.state);
  }
  if (rule.algorithm == Algorithm::kConcurrency) return ChargeSlots(rule, cost, counter.slots);
  if (rule.algorithm == Algorithm::kSlidingWindow && counter.kept_back > 0) {
    return ChargePacedWindow(rule, cost, counter.kept_back, now, counter.state);
  }
  Hold(now, counter);
  return Charge(rule, cost, static_cast<double>(now), counter.state);
}

Verdict PeekCounter(uint32_t cost, uint64_t now, const Counter& counter) {
  if (counter.rule.algorithm == Algorithm::kSlidingLog) {
    return PeekLog(counter.rule, cost, counter.leased, now, counter.log);
  }
  Counter copy = counter;
  return ChargeCounter(cost, now, copy);
}

void UndoCharge(uint32_t cost, const State& before, Counter& counter) {
  if (counter.rule.algorithm == Algorithm::kSlidingLog) {
    UndoLog(counter.rule, cost, counter.log, counter.state);
  } else if (counter.rule.algorithm == Algorithm::kConcurrency) {
    counter.slots -= cost;
  } else {
    counter.state = before;
  }
}

uint64_t MarkOf(uint32_t cost, const Counter& counter) {
  if (HasBurst(counter.rule.algorithm)) return cost;
  return counter.rule.algorithm == Algorithm::kSlidingLog ? LastTime(counter.log) : counter.state.a;
}

uint64_t RefundableUnits(uint64_t now, const Counter& counter) {
  if (!HasBurst(counter.rule.algorithm)) return kMaxUnits;
  return SlackOfGcra(counter.rule, counter.leased, now, counter.state);
}

void RefundCharge(uint32_t cost, uint64_t mark, uint64_t now, Counter& counter) {
  if (cost == 0) return;
  const Rule& rule = counter.rule;
  switch (rule.algorithm) {
    case Algorithm::kFixedWindow:
      if (counter.state.a == mark) RefundFixedWindow(cost, 0, counter.state);
      break;
    case Algorithm::kSlidingWindow:
      RefundWindowEnding(rule, cost, mark, counter.state);
      break;
    case Algorithm::kGcra:
    case Algorithm::kTokenBucket:
      RefundBucket(static_cast<uint32_t>(std::min<uint64_t>(cost, mark)), now, counter);
      break;
    case Algorithm::kSlidingLog:
      RefundLog(rule, cost, mark, counter.log, counter.state);
      break;
    case Algorithm::kConcurrency:
      break;
  }
}

void RefundAny(uint32_t cost, uint64_t now, Counter& counter) {
  // Leases are all of the window that was last charged in.
  switch (counter.rule.algorithm) {
    case Algorithm::kFixedWindow:
      return RefundFixedWindow(cost, counter.leased, counter.state);
    case Algorithm::kSlidingWindow:
      return RefundSlidingWindow(cost, counter.leased, counter.state);
    case Algorithm::kSlidingLog:
      return RefundLast(cost, counter);
    default:
      return RefundCharge(cost, cost, now, counter);
  }
}

void ChargeDebt(uint32_t cost, uint64_t now, Counter& counter) {
  switch (counter.rule.algorithm) {
    case Algorithm::kFixedWindow:
      return ForceFixedWindow(counter.rule, cost, now, counter.state);
    case Algorithm::kSlidingWindow:
      return ForceSlidingWindow(counter.rule, cost, now, counter.state);
    case Algorithm::kGcra:
    case Algorithm::kTokenBucket:
      Hold(now, counter);
      return ForceGcra(counter.rule, cost, now, counter.state);
    case Algorithm::kSlidingLog:
      return AppendLog(counter.rule, cost, now, counter.log, counter.state);
    case Algorithm::kConcurrency:
      return;
  }
}

void ResetCounter(uint64_t now, Counter& counter) {
  switch (counter.rule.algorithm) {
    case Algorithm::kFixedWindow:
      return ResetFixedWindow(counter.leased, counter.state);
    case Algorithm::kSlidingWindow:
      return ResetSlidingWindow(counter.leased, counter.state);
    case Algorithm::kGcra:
    case Algorithm::kTokenBucket:
      counter.state = {};
      return Hold(now, counter);
    case Algorithm::kSlidingLog:
      counter.state = {};
      counter.log.first = counter.log.end = 0;
      return;
    case Algorithm::kConcurrency:
      return;
  }
}

void EndLease(uint32_t units, uint32_t unspent, uint64_t mark, uint64_t time, Counter& counter) {
  if (counter.rule.algorithm == Algorithm::kSlidingLog) {
    return AppendLog(counter.rule, units - unspent, time, counter.log, counter.state);
  }
  if (HasBurst(counter.rule.algorithm)) {
    HoldGcra(counter.rule, counter.leased + units, time, counter.state);
    return RefundBucket(unspent, time, counter);
  }
  RefundCharge(unspent, mark, time, counter);
}

}  // namespace sluice::limit
