#include "sluice/limit/checkpoint.h"

#include <algorithm>
#include <cstdint>

#include "sluice/limit/settlement.h"
#include "sluice/limit/sliding_window.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

// An allowance is at most this part of what is left (of a bucket: of the burst), and lasts at least
// so long.
constexpr uint64_t kAllowancesPerQuota = 16;
constexpr uint64_t kMinAllowanceMs = 5'000;
// A pace is what came in at least so long: two charges at once are no pace.
constexpr uint64_t kLeastPaceMs = 1'000;

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
  const double passed = static_cast<double>(std::max(kLeastPaceMs, now - allowance.since));
  // Not to the end of a window that may be a month away: what is left of it when the object goes is
  // lost.
  const uint64_t ahead = std::min(end - now, std::max(2 * (deadline - now), kMinAllowanceMs));
  const double expected = allowance.since == 0 ? 0 : 2 * used * static_cast<double>(ahead) / passed;
  // Of what is left, so that however often the object goes, it isn't all lost so; a bucket refills.
  const Rule& rule = counter.rule;
  const uint64_t whole =
      HasBurst(rule.algorithm) ? rule.burst : PeekCounter(0, now, counter).remaining;
  const uint64_t most = whole / kAllowancesPerQuota;
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
