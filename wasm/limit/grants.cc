#include "sluice/limit/grants.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "sluice/limit/sliding_window.h"
#include "sluice/limit/usage.h"

namespace sluice::limit {
namespace {

constexpr double kMaxLeaseMs = static_cast<double>(kDayMs);
constexpr uint64_t kMarginMs = 20;
constexpr uint64_t kDriftPercent = 1;
constexpr uint64_t kMinEpochMs = 100;
constexpr uint64_t kMaxEpochMs = 60'000;
// How much of what is wanted is leased. It is wanted generously; what several isolates then don't
// spend is missing elsewhere until their window ends. In a sliding window and a log little is ever
// free, because what was spent leaves no earlier than it came; a log also counts all units of a
// lease until the last is spent, so that leases spent within a part x of the period cost a part x
// of what can be admitted. The figures are tests/core/limit/simulation's.
constexpr double kFixedWindowPart = 0.9;
constexpr double kSlidingWindowPart = 0.35;
constexpr double kLogLeasePeriods = 0.06;
// While units are scarce, and where one isolate would lack itself what it hasn't spent yet.
constexpr double kShortLogLeasePeriods = 0.04;
// An isolate that gets less than this part of what it wants has more to do than it may.
constexpr double kEnoughPart = 0.7;
constexpr double kPacedPart = 0.8;
constexpr double kLeastPacedUnits = 3;
// Less than all, because isolates are counted by estimate and charges cost something too.
constexpr uint64_t kSharePercent = 94;
// For how much of the period, and how long, a denial is remembered.
constexpr uint64_t kScarcePart = 4;
constexpr uint64_t kMaxScarceMs = 15'000;

// The longest lease that may begin now. Those of windows end with the window.
uint64_t LongestLease(const Operation& charge, uint64_t now, const Counter& counter) {
  const auto wanted = static_cast<uint64_t>(std::min(charge.duration_ms, kMaxLeaseMs));
  const Rule& rule = counter.rule;
  if (rule.algorithm == Algorithm::kFixedWindow) {
    return counter.state.a > now ? std::min(wanted, LeaseWithin(counter.state.a - now)) : 0;
  }
  if (rule.algorithm == Algorithm::kSlidingWindow) {
    return std::min(wanted, LeaseWithin(SlidingWindowEnd(rule, now, counter.state) - now));
  }
  return wanted;
}

// What may be leased at most. A bucket doesn't refill while as much as it has used is leased out.
uint64_t LeasableQuota(const Rule& rule) {
  return HasBurst(rule.algorithm) ? rule.burst / 2 : rule.units;
}

// The most that may be leased beyond what is.
uint64_t LeasableUnits(const Counter& counter, uint64_t available) {
  if (!HasBurst(counter.rule.algorithm)) return available;
  const uint64_t most = LeasableQuota(counter.rule);
  return std::min(available, most > counter.leased ? most - counter.leased : 0);
}

// Of `available` units that are there, for one of those who share them: an equal part, or nearly
// the part that it has of the whole, while half of the units are left for others.
uint64_t FairShare(uint64_t available, const Counter& counter) {
  const uint64_t isolates = AskerCount(counter.askers);
  if (isolates <= 1) return available;
  const uint64_t part = LeasableQuota(counter.rule) / isolates * kSharePercent / 100;
  return std::max(available / isolates, std::min(part, available / 2));
}

// Whether to lease units as they fade: one isolate asks alone, and more fades in the time that a
// denial is believed than it gets by asking so often. Of several each would wait for its own units
// while others' lie unspent, and be denied below the limit.
bool IsPaced(const Operation& charge, const Counter& counter) {
  const Rule& rule = counter.rule;
  if (!charge.paces || rule.algorithm != Algorithm::kSlidingWindow) return false;
  const double fades =
      static_cast<double>(rule.units) * charge.max_wait_ms / static_cast<double>(rule.period_ms);
  return fades >= kLeastPacedUnits && AskerCount(counter.askers) == 1;
}

// Of what is wanted for charge.duration_ms, what a lease of `lease_ms` may have.
uint32_t WantedUnits(const Operation& charge, uint64_t lease_ms, uint64_t now,
                     const Counter& counter) {
  double part = static_cast<double>(lease_ms) / charge.duration_ms;
  const Rule& rule = counter.rule;
  if (rule.algorithm == Algorithm::kSlidingLog) {
    const bool is_short = IsScarce(now, counter) || AskerCount(counter.askers) == 1;
    const double periods = is_short ? kShortLogLeasePeriods : kLogLeasePeriods;
    part = std::min(part, periods * static_cast<double>(rule.period_ms) / charge.duration_ms);
  } else if (IsPaced(charge, counter)) {
    part *= kPacedPart;
  } else if (!HasBurst(rule.algorithm) && AskerCount(counter.askers) > 1) {
    part *= rule.algorithm == Algorithm::kFixedWindow ? kFixedWindowPart : kSlidingWindowPart;
  }
  return static_cast<uint32_t>(std::ceil(charge.want * std::min(part, 1.0)));
}

// Whether it is better to wait for more than to be asked again so soon.
bool IsTooLittle(uint32_t units, uint32_t wanted, uint64_t now, const Counter& counter) {
  const uint32_t isolates = AskerCount(counter.askers);
  const uint64_t worth = std::min<uint64_t>(wanted, LeasableQuota(counter.rule) / isolates);
  if (!HasBurst(counter.rule.algorithm)) {
    return IsScarce(now, counter) && 4 * uint64_t{units} < worth;
  }
  // One isolate may have a whole burst before it has to wait. With several, a bucket that is near
  // empty was full before: there has long been more demand than comes.
  const bool was_empty =
      counter.scarce_since > 0 && now < counter.scarce_since + counter.rule.period_ms / 2;
  return (was_empty || isolates > 1) && 3 * uint64_t{units} < 2 * worth;
}

// The shorter a log's units lie idle, the more it admits, and the more often it is asked.
uint64_t LongestWait(const Rule& rule) {
  return rule.period_ms / (rule.algorithm == Algorithm::kSlidingLog ? 6 : 2);
}

// The most that is reserved for one of `isolates` of what comes in `ms`. What lies in a bucket's
// future can't be lost, so there it is all: whoever asks first waits least. What of a window isn't
// spent at its end is lost, and a log's units that came first lie idle until the last has: there it
// is an isolate's part of what the rate gives back, at least a unit.
uint64_t ReservableUnits(const Rule& rule, uint64_t ms, uint32_t isolates) {
  if (HasBurst(rule.algorithm)) return kMaxUnits;
  const double units = static_cast<double>(rule.units) * static_cast<double>(ms) /
                       static_cast<double>(rule.period_ms) / isolates;
  const double part = rule.algorithm == Algorithm::kSlidingWindow ? 1.5 * units : units;
  return std::max<uint64_t>(1, static_cast<uint64_t>(part));
}

// The pace of `units` that are to come until `deadline`, the last somewhat before: at the very end
// nobody would spend it.
uint32_t PaceOf(uint32_t units, uint64_t now, uint64_t deadline) {
  const uint64_t pace_us = (deadline - now) * 1000 / (uint64_t{units} + 1) + 1;
  return static_cast<uint32_t>(std::min<uint64_t>(pace_us, kMaxPaceUs));
}

// Units that are there now, and the holder's part of those that fade until the lease ends.
Grant TakePacedLease(const Operation& charge, uint64_t now, const ObjectState& state,
                     Counter& counter) {
  const uint64_t lease_ms = LongestLease(charge, now, counter);
  if (lease_ms == 0) return {};
  const uint64_t deadline = now + lease_ms + DriftMargin(lease_ms);
  const uint64_t wanted = WantedUnits(charge, lease_ms, now, counter);
  const uint32_t spare = PeekCounter(0, now, counter).remaining;
  const auto immediate = static_cast<uint32_t>(std::min(wanted, FairShare(spare, counter)));
  const uint32_t coming = MostPaced(immediate, deadline, now, counter, state);
  const uint64_t most = uint64_t{immediate} + (coming > 0 ? coming - 1 : 0);
  const uint64_t share = std::max<uint64_t>(FairShare(most, counter), immediate);
  Grant grant = {.units = static_cast<uint32_t>(std::min({wanted, most, share})),
                 .pace = {.immediate = immediate},
                 .lease_ms = lease_ms,
                 .deadline = deadline};
  if (grant.units > immediate) {
    grant.pace.pace_us = PaceOf(grant.units - immediate, now, deadline);
    const bool starts_in_time =
        immediate > 0 || grant.pace.pace_us <= uint64_t{charge.max_wait_ms} * 1000;
    if (!starts_in_time || SpanOf(grant.pace, now, deadline) == 0) {
      grant.units = immediate;
      grant.pace.pace_us = 0;
    }
  }
  if (grant.units < kEnoughPart * static_cast<double>(wanted)) counter.scarce_since = now;
  ChargeDebt(grant.units, now, counter);
  return grant;
}

Grant GrantOf(uint32_t units, uint64_t lease_ms, uint64_t wait_ms, uint64_t now) {
  return {.units = units,
          .pace = {.immediate = units},
          .lease_ms = lease_ms,
          .wait_ms = wait_ms,
          .deadline = now + lease_ms + DriftMargin(lease_ms)};
}

}  // namespace

uint64_t DriftMargin(uint64_t ms) { return (ms * kDriftPercent + 99) / 100 + kMarginMs; }

uint64_t LeaseWithin(uint64_t ms) {
  if (ms <= kMarginMs) return 0;
  uint64_t lease_ms = (ms - kMarginMs) * 100 / (100 + kDriftPercent);
  while (lease_ms > 0 && lease_ms + DriftMargin(lease_ms) > ms) --lease_ms;
  return lease_ms;
}

uint64_t WaitWithDrift(uint64_t wait_ms) { return (wait_ms * 100 + 98) / (100 - kDriftPercent); }

void NoteAsker(const Operation& charge, uint64_t now, Counter& counter) {
  if (charge.id == 0) return;
  Askers& askers = counter.askers;
  if (charge.duration_ms > 0) {
    askers.epoch_ms = static_cast<uint32_t>(
        std::clamp<uint64_t>(static_cast<uint64_t>(std::min(charge.duration_ms, kMaxLeaseMs)),
                             kMinEpochMs, kMaxEpochMs));
  }
  if (askers.epoch_ms == 0) return;
  const uint64_t passed = now - std::min(askers.since, now);
  if (passed >= askers.epoch_ms) {
    if (passed < 2 * uint64_t{askers.epoch_ms}) {
      askers.previous = askers.current;
    } else {
      askers.previous = {};
    }
    askers.current = {};
    askers.since = now;
  }
  // The isolate's number is random already, but who asks may be hostile only to itself.
  const auto isolate = static_cast<uint32_t>(charge.id >> 32);
  const uint32_t bit = (isolate * 0x9E3779B1u) >> 25;
  askers.current[bit / 64] |= uint64_t{1} << (bit % 64);
}

uint32_t AskerCount(const Askers& askers) {
  // How many random bits it takes on average until so many different ones are set.
  int set = 0;
  for (size_t i = 0; i < askers.current.size(); ++i) {
    set += std::popcount(askers.current[i] | askers.previous[i]);
  }
  constexpr uint32_t kScale = 16;
  uint32_t count = 0;
  for (uint32_t i = 0; i < static_cast<uint32_t>(set); ++i) {
    count += Askers::kBits * kScale / (Askers::kBits - i);
  }
  return std::max(1u, (count + kScale / 2) / kScale);
}

bool IsScarce(uint64_t now, const Counter& counter) {
  return counter.scarce_since > 0 &&
         now < counter.scarce_since + std::min(counter.rule.period_ms / kScarcePart, kMaxScarceMs);
}

Grant TakeLease(const Operation& charge, uint64_t now, const ObjectState& state, Counter& counter) {
  if (IsPaced(charge, counter)) return TakePacedLease(charge, now, state, counter);
  const uint64_t lease_ms = LongestLease(charge, now, counter);
  if (lease_ms == 0) return {};
  const uint32_t wanted = WantedUnits(charge, lease_ms, now, counter);
  const uint64_t available = PeekCounter(0, now, counter).remaining;
  const uint64_t share = FairShare(LeasableUnits(counter, available), counter);
  const auto units = static_cast<uint32_t>(std::min<uint64_t>(wanted, share));
  if (IsTooLittle(units, wanted, now, counter)) {
    const Grant reserved = TakeReservation(charge, units + 2, now, state, counter);
    if (reserved.units > 0) {
      counter.scarce_since = now;  // the isolate denies by itself now
      return reserved;
    }
  }
  if (units == 0) return {};
  // A log holds what is leased beside its entries.
  if (counter.rule.algorithm != Algorithm::kSlidingLog) ChargeCounter(units, now, counter);
  return GrantOf(units, lease_ms, 0, now);
}

Grant TakeReservation(const Operation& charge, uint32_t least, uint64_t now,
                      const ObjectState& state, Counter& counter) {
  const Rule& rule = counter.rule;
  if (IsPaced(charge, counter)) return TakePacedLease(charge, now, state, counter);
  if (rule.algorithm == Algorithm::kFixedWindow) return {};
  const uint64_t lease_ms = LongestLease(charge, now, counter);
  const uint64_t within =
      std::min({lease_ms - lease_ms / 4, LongestWait(rule), uint64_t{charge.max_wait_ms}});
  if (within == 0 || WaitWithDrift(within) >= lease_ms) return {};
  const uint64_t coming = LeasableUnits(counter, PeekCounter(0, now + within, counter).remaining);
  const uint32_t wanted = WantedUnits(charge, lease_ms - within, now, counter);
  const uint64_t part = ReservableUnits(rule, within, AskerCount(counter.askers));
  const auto units = static_cast<uint32_t>(std::min({uint64_t{wanted}, coming, part}));
  if (units < least) return {};
  const double wait_ms = PeekCounter(units, now, counter).retry_after_ms;
  if (!(wait_ms > 0 && wait_ms <= static_cast<double>(within))) return {};
  if (rule.algorithm != Algorithm::kSlidingLog) ChargeDebt(units, now, counter);
  return GrantOf(units, lease_ms, static_cast<uint64_t>(wait_ms), now);
}

}  // namespace sluice::limit
