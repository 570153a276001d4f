#include "sluice/limit/pacing.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "sluice/limit/grants.h"
#include "sluice/limit/sliding_window.h"

namespace sluice::limit {
namespace {

// Sums of hundreds of quotients are off by less, and by less than such a part of them.
constexpr double kRounding = 1e-3;
constexpr double kRoundingPart = 1e-12;
constexpr uint64_t kMaxSpanMs = UINT32_MAX / 2;

bool IsPaced(const Record& record, uint16_t counter) {
  return record.kind == Record::Kind::kLease && record.pace_us != 0 && record.counter == counter;
}

// Units of a lease that have come by a time, as a straight line above the steps in which they do.
// Times are from now, in milliseconds.
struct Line {
  double begin;  // the line's first unit has come whole a pace later
  double pace_ms;
};

Line LineOf(const Record& lease, uint64_t now) {
  const double pace_ms = lease.pace_us / 1000.0;
  const auto start = static_cast<double>(static_cast<int64_t>(lease.deadline - now) -
                                         static_cast<int64_t>(lease.span_ms));
  return {.begin = start - pace_ms, .pace_ms = pace_ms};
}

// Goes back in time from the window's end: what is free at each lease's end and now.
class LevelSweep {
 public:
  LevelSweep(uint16_t number, uint64_t now, const Counter& counter, const ObjectState& state)
      : number_(number),
        now_(now),
        state_(state),
        use_(SlidingWindowUseAt(counter.rule, now, counter.state)) {}

  // Calls `visit(from now, level)` for each point but the window's end, the latest first, and for
  // `more`, if it isn't negative.
  template <typename Visit>
  void Run(double more, Visit visit) {
    for (size_t i = state_.record_count(); i-- > 0;) {
      const Record& record = state_.record(i);
      if (!IsPaced(record, number_)) continue;
      const auto end = static_cast<double>(record.deadline - now_);
      if (more >= end) {
        visit(more, LevelAt(more));
        more = -1;
      }
      visit(end, LevelAt(end));
      const Line line = LineOf(record, now_);
      units_ += record.units;
      rate_ += 1 / line.pace_ms;
      come_ -= line.begin / line.pace_ms;
    }
    if (more >= 0) visit(more, LevelAt(more));
    visit(0.0, LevelAt(0));
  }

  double free_at_end() const { return use_.free_at_end; }
  bool empty() const { return rate_ == 0; }

 private:
  // With what is still to come of those leases that end later.
  double LevelAt(double t) const {
    const double fading = use_.fading_per_ms * std::max(0.0, use_.ends_in_ms - t);
    const double come = come_ + rate_ * t;
    return use_.free_at_end - fading + units_ - come - kRounding -
           kRoundingPart * (fading + units_ + come);
  }

  const uint16_t number_;
  const uint64_t now_;
  const ObjectState& state_;
  const SlidingWindowUse use_;
  double units_ = 0;
  double rate_ = 0;
  double come_ = 0;  // by now
};

}  // namespace

ToldPace TellPace(const Record& lease, uint64_t now) {
  const uint64_t pace_us = lease.pace_us;
  const int64_t since_us = (static_cast<int64_t>(now) - static_cast<int64_t>(lease.deadline) +
                            static_cast<int64_t>(lease.span_ms)) *
                           1000;
  const uint64_t come = since_us < 0 ? 0 : static_cast<uint64_t>(since_us) / pace_us + 1;
  const auto next_us = static_cast<uint64_t>(static_cast<int64_t>(come * pace_us) - since_us);
  const auto told_us = static_cast<uint32_t>((pace_us * 100 + 98) / 99);
  // An isolate's clock is of whole milliseconds.
  const uint64_t next_ms = WaitWithDrift((next_us + 999) / 1000) + 1;
  return {.wait_ms = static_cast<double>(next_ms) -
                     static_cast<double>(come) * static_cast<double>(told_us) / 1000.0,
          .pace_us = told_us};
}

uint32_t SpanOf(const Pace& pace, uint64_t now, uint64_t deadline) {
  if (pace.pace_us == 0) return static_cast<uint32_t>(deadline - now);
  const double before_ms = (pace.immediate - 1.0) * pace.pace_us / 1000.0;
  const double span_ms = static_cast<double>(deadline - now) + before_ms;
  if (!(span_ms >= 1 && span_ms < static_cast<double>(kMaxSpanMs))) return 0;
  return static_cast<uint32_t>(span_ms);
}

void MeasurePaced(uint64_t now, ObjectState& state) {
  for (size_t i = 0; i < state.counter_count(); ++i) {
    Counter& counter = state.counter(i);
    counter.kept_back = 0;
    if (counter.rule.algorithm != Algorithm::kSlidingWindow || counter.leased == 0) continue;
    LevelSweep sweep(static_cast<uint16_t>(i), now, counter, state);
    double least = sweep.free_at_end();
    sweep.Run(-1, [&least](double, double level) { least = std::min(least, level); });
    if (sweep.empty()) continue;
    counter.kept_back = static_cast<uint64_t>(std::ceil(sweep.free_at_end() - least));
  }
}

uint32_t MostPaced(uint32_t immediate, uint64_t deadline, uint64_t now, const Counter& counter,
                   const ObjectState& state) {
  const auto ends = static_cast<double>(deadline - now);
  LevelSweep sweep(state.IndexOf(counter), now, counter, state);
  double most = sweep.free_at_end() - immediate;
  sweep.Run(ends, [&most, ends, immediate](double t, double level) {
    if (t <= 0) return;
    most = std::min(most, (level - immediate) * std::max(1.0, ends / t));
  });
  return most >= 1 ? static_cast<uint32_t>(most) : 0;
}

}  // namespace sluice::limit
