#include "oracle.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace sluice::limit::simulation {
namespace {

uint64_t Over(uint64_t used, uint64_t allowed) { return used > allowed ? used - allowed : 0; }

// The most in any period of the log, less `allowed`.
uint64_t ExcessInAnyPeriod(absl::Span<const Admission> log, uint64_t period_ms, uint64_t allowed) {
  uint64_t units = 0;
  uint64_t worst = 0;
  size_t first = 0;
  for (const Admission& one : log) {
    units += one.units;
    while (log[first].at_ms + period_ms <= one.at_ms) units -= log[first++].units;
    worst = std::max(worst, Over(units, allowed));
  }
  return worst;
}

uint64_t ExcessInWindows(absl::Span<const Admission> log, uint64_t period_ms, uint64_t allowed) {
  uint64_t units = 0;
  uint64_t worst = 0;
  uint64_t window = UINT64_MAX;
  for (const Admission& one : log) {
    if (one.at_ms / period_ms != window) units = 0;
    window = one.at_ms / period_ms;
    units += one.units;
    worst = std::max(worst, Over(units, allowed));
  }
  return worst;
}

// In parts of 1/period of a unit, so that nothing is rounded.
uint64_t ExcessInSlidingWindow(absl::Span<const Admission> log, uint64_t period_ms,
                               uint64_t allowed) {
  uint64_t previous = 0;
  uint64_t current = 0;
  uint64_t window = 0;
  uint64_t worst = 0;
  for (const Admission& one : log) {
    const uint64_t now = one.at_ms / period_ms;
    if (now != window) {
      previous = now == window + 1 ? current : 0;
      current = 0;
      window = now;
    }
    current += one.units;
    const uint64_t parts = current * period_ms + previous * (period_ms - one.at_ms % period_ms);
    worst = std::max(worst, (Over(parts, allowed * period_ms) + period_ms - 1) / period_ms);
  }
  return worst;
}

// Refills a bucket exactly: in parts of 1/period of a token, `units` parts each millisecond.
uint64_t ExcessInBucket(const Rule& rule, absl::Span<const Admission> log, uint64_t more) {
  const uint64_t full = rule.burst * rule.period_ms;
  uint64_t used = 0;
  uint64_t last_ms = 0;
  uint64_t worst = 0;
  for (const Admission& one : log) {
    const uint64_t elapsed = one.at_ms - last_ms;
    const uint64_t refill = elapsed > used / rule.units ? used : elapsed * rule.units;
    last_ms = one.at_ms;
    used = used - refill + one.units * rule.period_ms;
    const uint64_t over = Over(used, full + more * rule.period_ms);
    worst = std::max(worst, (over + rule.period_ms - 1) / rule.period_ms);
  }
  return worst;
}

uint64_t ExcessOfOneLife(const Rule& rule, absl::Span<const Admission> log, uint64_t more) {
  switch (rule.algorithm) {
    case Algorithm::kFixedWindow:
      if (rule.window == Window::kFirstUse) {
        return ExcessInAnyPeriod(log, rule.period_ms, 2 * uint64_t{rule.units} - 1 + more);
      }
      return ExcessInWindows(log, rule.period_ms, rule.units + more);
    case Algorithm::kSlidingWindow:
      return ExcessInSlidingWindow(log, rule.period_ms, rule.units + more);
    case Algorithm::kGcra:
    case Algorithm::kTokenBucket:
      return ExcessInBucket(rule, log, more);
    default:
      return ExcessInAnyPeriod(log, rule.period_ms, rule.units + more);
  }
}

}  // namespace

uint64_t WorstExcess(const Rule& rule, std::vector<Admission> log, std::vector<Loss> losses) {
  const auto by_time = [](const auto& x, const auto& y) { return x.at_ms < y.at_ms; };
  std::sort(log.begin(), log.end(), by_time);
  std::sort(losses.begin(), losses.end(), by_time);
  uint64_t worst = 0;
  uint64_t more = 0;
  size_t from = 0;
  for (size_t life = 0; life <= losses.size(); ++life) {
    size_t to = log.size();
    if (life < losses.size()) {
      to = static_cast<size_t>(
          std::lower_bound(log.begin(), log.end(), losses[life].at_ms,
                           [](const Admission& one, uint64_t at) { return one.at_ms < at; }) -
          log.begin());
    }
    worst = std::max(
        worst, ExcessOfOneLife(rule, absl::MakeConstSpan(log).subspan(from, to - from), more));
    from = to;
    if (life < losses.size()) more = losses[life].leased_units;
  }
  return worst;
}

bool ExactLog::Fits(uint32_t cost, uint64_t now_ms) {
  while (oldest_ < log_.size() && log_[oldest_].at_ms + period_ms_ <= now_ms) {
    in_use_ -= log_[oldest_++].units;
  }
  return in_use_ + cost <= units_;
}

void ExactLog::Add(uint32_t cost, uint64_t now_ms) {
  in_use_ += cost;
  log_.push_back({now_ms, cost});
}

}  // namespace sluice::limit::simulation
