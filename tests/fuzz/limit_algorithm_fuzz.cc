// The compact algorithms on any state that one of them may have left and under any amounts: states
// stay plausible, verdicts make sense, what is denied changes nothing, and never more is admitted
// than the rules bound.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

#include "../support/check.h"
#include "absl/numeric/int128.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/calendar.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {
namespace {

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint64_t Bits(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && size_ > 0; ++i, --size_) value = value << 8 | *data_++;
    return value;
  }
  bool empty() const { return size_ == 0; }

 private:
  const uint8_t* data_;
  size_t size_;
};

// Small numbers as often as large ones; the bounds are met.
uint64_t Number(Input& input, uint64_t max) {
  const size_t bytes = input.Bits(1) % 8 + 1;
  return input.Bits(bytes) % max + 1;
}

// Any amounts that a rule of this kind may have.
void SetAmounts(Input& input, Rule& rule) {
  const uint64_t max = rule.algorithm == Algorithm::kFixedWindow
                           ? kMaxUnits
                           : std::min<uint64_t>(kMaxUnits, kMaxBurstTime / rule.period_ms);
  if (HasBurst(rule.algorithm)) {
    rule.units = static_cast<uint32_t>(Number(input, kMaxUnits));
    rule.burst = static_cast<uint32_t>(Number(input, max));
  } else {
    rule.units = static_cast<uint32_t>(Number(input, max));
  }
}

Rule MakeRule(Input& input) {
  Rule rule{.algorithm = static_cast<Algorithm>(input.Bits(1) % 4 + 1),
            .period_ms = Number(input, kMaxPeriodMs)};
  if (rule.algorithm == Algorithm::kFixedWindow) {
    rule.window = static_cast<Window>(input.Bits(1) % 4);
    if (rule.window == Window::kWeek) rule.period_ms = kWeekMs;
    if (rule.window == Window::kMonth) rule.period_ms = kLongestMonthMs;
  }
  rule.id = input.Bits(1) % 4;
  SetAmounts(input, rule);
  CHECK(IsValid(rule));
  return rule;
}

// A counter of this kind as some isolate may have left it, at any time and under any amounts.
State MakeCounter(Rule kind, Input& input) {
  State state{.a = input.Bits(input.Bits(1) % 8) >> 1, .b = input.Bits(8)};
  if (!HasBurst(kind.algorithm)) state.a -= state.a % kind.period_ms;
  if (IsPlausible(kind, state)) return state;
  state = {};
  const size_t charges = input.Bits(1) % 4;
  auto now_ms = static_cast<double>(input.Bits(input.Bits(1) % 7 + 1));
  for (size_t i = 0; i < charges; ++i) {
    SetAmounts(input, kind);
    const Verdict verdict =
        Charge(kind, static_cast<uint32_t>(Number(input, kind.quota())), now_ms, state);
    CHECK(IsPlausible(kind, state));
    CHECK(verdict.remaining <= kind.quota());
    if (input.Bits(1) % 4 == 0) Refund(kind, static_cast<uint32_t>(input.Bits(4)), now_ms, state);
    CHECK(IsPlausible(kind, state));
    now_ms += static_cast<double>(Number(input, 2 * kind.period_ms)) - 1;
  }
  return state;
}

// Whether two times lie in one window of the grid that the rule counts by.
bool SameWindow(const Rule& rule, uint64_t x, uint64_t y) {
  switch (rule.window) {
    case Window::kWeek:
      return WeekEndMs(x) == WeekEndMs(y);
    case Window::kMonth:
      return MonthEndMs(x) == MonthEndMs(y);
    case Window::kAligned:
    case Window::kFirstUse:
      break;
  }
  return x / rule.period_ms == y / rule.period_ms;
}

// What may have been admitted from `from` to `to`, both included, at most.
absl::uint128 BoundOf(const Rule& rule, uint64_t from, uint64_t to) {
  const absl::uint128 units = rule.units;
  const uint64_t passed = to - from;
  if (HasBurst(rule.algorithm)) return rule.burst + units * passed / rule.period_ms;
  if (rule.window != Window::kFirstUse && SameWindow(rule, from, to)) return units;
  // Windows that can have begun after `from`; a week has 7 days at least, a month 28.
  const uint64_t least = rule.window == Window::kMonth ? 28 * kDayMs : rule.period_ms;
  return units * (passed / least + 2);
}

// One charge on any state.
void FuzzState(Input& input) {
  Rule rule = MakeRule(input);
  State state = MakeCounter(rule, input);
  SetAmounts(input, rule);
  auto now_ms = static_cast<double>(input.Bits(6));
  for (int i = 0; i < 4; ++i) {
    const auto cost = static_cast<uint32_t>(input.Bits(input.Bits(1) % 5));
    State peeked = state;
    const Verdict before = Charge(rule, 0, now_ms, peeked);
    const Verdict verdict = Charge(rule, cost, now_ms, state);
    CHECK(IsPlausible(rule, state));
    CHECK(before.allowed && before.remaining <= rule.quota());
    CHECK(verdict.allowed == (cost <= before.remaining));
    CHECK(verdict.reset_ms >= 0);
    CHECK(verdict.retry_after_ms == -1 || (!verdict.allowed && verdict.retry_after_ms >= 1));
    if (!verdict.allowed) CHECK(state.a == peeked.a && state.b == peeked.b);
    if (input.Bits(1) % 4 == 0) Refund(rule, static_cast<uint32_t>(input.Bits(4)), now_ms, state);
    CHECK(IsPlausible(rule, state));
    now_ms += static_cast<double>(input.Bits(2));
  }
}

// One rule from a fresh state: what is admitted in any window or interval is within its bound.
void FuzzBound(Input& input) {
  const Rule rule = MakeRule(input);
  std::vector<std::pair<uint64_t, uint64_t>> admitted;  // time, cost
  State state;
  uint64_t now = input.Bits(5);
  while (!input.empty() && admitted.size() < 64) {
    const uint64_t step = input.Bits(1);
    now += step < 128 ? step : Number(input, 2 * rule.period_ms);
    const auto cost =
        static_cast<uint32_t>(input.Bits(1) % 2 == 0 ? input.Bits(1) : Number(input, rule.quota()));
    if (Charge(rule, cost, static_cast<double>(now), state).allowed) {
      admitted.emplace_back(now, cost);
    }
  }
  for (size_t first = 0; first < admitted.size(); ++first) {
    absl::uint128 units = 0;
    for (size_t last = first; last < admitted.size(); ++last) {
      units += admitted[last].second;
      CHECK(units <= BoundOf(rule, admitted[first].first, admitted[last].first));
    }
  }
}

}  // namespace
}  // namespace sluice::limit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::limit::Input input(data, size);
  if (input.Bits(1) % 2 == 0) {
    sluice::limit::FuzzState(input);
  } else {
    sluice::limit::FuzzBound(input);
  }
  return 0;
}
