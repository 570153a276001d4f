#include "sluice/limit/checkpoint.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/settlement.h"
#include "sluice/limit/sliding_window.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

// An allowance is at most this part of the quota, and lasts at least so long.
constexpr uint64_t kAllowancesPerQuota = 16;
constexpr uint64_t kMinAllowanceMs = 5'000;

// When what is allowed now is over at the latest. Of windows: with the window.
uint64_t AllowanceEnd(uint64_t deadline, uint64_t now, const Counter& counter) {
  const Rule& rule = counter.rule;
  if (rule.algorithm == Algorithm::kFixedWindow) return std::max(counter.state.a, now);
  if (rule.algorithm == Algorithm::kSlidingWindow) {
    return SlidingWindowEnd(rule, now, counter.state);
  }
  return now + std::max(2 * (deadline - now), kMinAllowanceMs);
}

}  // namespace

bool MustStore(uint64_t units, uint64_t deadline, uint64_t now, Counter& counter) {
  Allowance& allowance = counter.allowance;
  if (allowance.left >= units && allowance.deadline >= deadline && allowance.deadline > now) {
    allowance.left -= static_cast<uint32_t>(units);
    return false;
  }
  // About twice what the next one's time would take at the pace of the last.
  const uint64_t end = AllowanceEnd(deadline, now, counter);
  const double used =
      static_cast<double>(allowance.block - allowance.left) + static_cast<double>(units);
  const double passed = static_cast<double>(std::max<uint64_t>(1, now - allowance.since));
  const double expected =
      allowance.since == 0 ? 0 : 2 * used * static_cast<double>(end - now) / passed;
  const uint64_t most = counter.rule.quota() / kAllowancesPerQuota;
  const auto block = static_cast<uint32_t>(std::min(expected, static_cast<double>(most)));
  allowance = {.deadline = end, .since = now, .left = block, .block = block};
  return true;
}

void RecoverAllowances(ObjectState& state) {
  for (size_t i = 0; i < state.counter_count(); ++i) {
    Counter& counter = state.counter(i);
    const Allowance allowance = counter.allowance;
    counter.allowance = {};
    if (allowance.left == 0) continue;
    const bool slots = counter.rule.algorithm == Algorithm::kConcurrency;
    if (IsCompact(counter.rule.algorithm)) {
      LimitRefunds(allowance.since, counter, state);
      ChargeDebt(allowance.left, allowance.since, counter);
    }
    state.Insert({.deadline = allowance.deadline,
                  .mark = MarkOf(0, counter),
                  .units = allowance.left,
                  .span_ms = 0,
                  .counter = static_cast<uint16_t>(i),
                  .kind = slots ? Record::Kind::kSlot : Record::Kind::kLease});
  }
}

}  // namespace sluice::limit
