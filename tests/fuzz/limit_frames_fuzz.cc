// ApplyCharges on arbitrary frames: no crash, a reply that fits its request, all or nothing, a
// state that is read back, and never more admitted than the rules bound.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "../support/check.h"
#include "absl/base/casts.h"
#include "absl/numeric/int128.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/calendar.h"
#include "sluice/limit/frames.h"

namespace sluice::limit {
namespace {

constexpr size_t kBufferBytes = 8192;

class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint64_t Bits(size_t bytes) {
    uint64_t value = 0;
    for (size_t i = 0; i < bytes && size_ > 0; ++i, --size_) value = value << 8 | *data_++;
    return value;
  }
  std::string Bytes(size_t count) {
    count = std::min(count, size_);
    std::string bytes(reinterpret_cast<const char*>(data_), count);
    data_ += count;
    size_ -= count;
    return bytes;
  }
  bool empty() const { return size_ == 0; }

 private:
  const uint8_t* data_;
  size_t size_;
};

struct Entry {
  Rule rule;
  uint32_t cost;
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

bool SameKind(const Rule& x, const Rule& y) {
  return x.id == y.id && x.algorithm == y.algorithm && x.window == y.window &&
         x.period_ms == y.period_ms;
}

std::string Frame(const std::vector<Entry>& charges) {
  OutputBuffer out(kBufferBytes);
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(charges.size()));
  for (const Entry& charge : charges) {
    EncodeRule(charge.rule, out);
    out.AppendWord(charge.cost);
    out.AppendWord(0);
  }
  return std::string(out.text());
}

std::string StateAfter(std::string_view request, std::string_view state, double now_ms) {
  OutputBuffer reply(kBufferBytes);
  OutputBuffer new_state(kBufferBytes);
  CHECK(ApplyCharges(AsBytes(request), AsBytes(state), now_ms, reply, new_state).ok());
  CHECK(LoadWord(reply.bytes().data() + 8) == 1);
  return std::string(new_state.text());
}

// Checks everything that holds for any frames. True if all was charged.
bool Apply(std::string_view request, std::string* state, double now_ms, bool must_be_valid) {
  OutputBuffer reply(kBufferBytes);
  OutputBuffer new_state(kBufferBytes);
  const absl::Status status =
      ApplyCharges(AsBytes(request), AsBytes(*state), now_ms, reply, new_state);
  if (!status.ok()) {
    CHECK(!must_be_valid);
    CHECK(reply.size() == 0 && new_state.size() == 0);
    return false;
  }
  const uint8_t* words = reply.bytes().data();
  const size_t count = LoadWord(words + 4);
  CHECK(LoadWord(words) == kFrameVersion && count == LoadWord(AsBytes(request).data() + 4));
  CHECK(reply.size() == 16 + 24 * count);
  const bool allowed = LoadWord(words + 8) == 1;
  bool each = true;
  for (size_t i = 0; i < count; ++i) {
    const uint8_t* verdict = words + 16 + 24 * i;
    const auto reset_ms = absl::bit_cast<double>(LoadLong(verdict + 8));
    const auto retry_after_ms = absl::bit_cast<double>(LoadLong(verdict + 16));
    const bool one_allowed = LoadWord(verdict) == 1;
    each = each && one_allowed;
    CHECK(reset_ms >= 0);
    CHECK(retry_after_ms == -1 || (!one_allowed && retry_after_ms >= 1));
  }
  CHECK(each == allowed);

  // Peeked at, the new state is read and stays. What was denied left what a peek leaves.
  std::string peek(request);
  for (size_t i = 0; i < count; ++i) std::memset(&peek[8 + 40 * i + 32], 0, 4);
  CHECK(StateAfter(peek, new_state.text(), now_ms) == new_state.text());
  CHECK(allowed || StateAfter(peek, *state, now_ms) == new_state.text());
  state->assign(new_state.text());
  return allowed;
}

void FuzzFrames(Input& input) {
  const auto now_ms = absl::bit_cast<double>(input.Bits(8));
  const std::string request = input.Bytes(input.Bits(2) % 1024);
  std::string state = input.Bytes(4096);
  Apply(request, &state, now_ms, false);
}

void AppendLong(uint64_t value, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(value));
  out.AppendWord(static_cast<uint32_t>(value >> 32));
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

std::string MakeState(const std::vector<Entry>& charges, Input& input) {
  OutputBuffer out(kBufferBytes);
  std::vector<Rule> rules;
  for (const Entry& charge : charges) {
    const bool known = std::any_of(rules.begin(), rules.end(), [&charge](const Rule& rule) {
      return SameKind(rule, charge.rule);
    });
    if (!known && input.Bits(1) % 4 != 0) rules.push_back(charge.rule);
  }
  if (rules.empty()) return {};
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(rules.size()));
  for (const Rule& rule : rules) {
    const State state = MakeCounter(rule, input);
    AppendLong(rule.id, out);
    out.AppendWord(static_cast<uint32_t>(rule.algorithm));
    out.AppendWord(static_cast<uint32_t>(rule.window));
    AppendLong(rule.period_ms, out);
    AppendLong(state.a, out);
    AppendLong(state.b, out);
  }
  return std::string(out.text());
}

// Several charges, which may meet one counter under different amounts, on any state.
void FuzzState(Input& input) {
  std::vector<Entry> charges(input.Bits(1) % 3 + 1);
  for (Entry& charge : charges) {
    charge.rule = input.Bits(1) % 2 == 0 ? MakeRule(input) : charges[0].rule;
    if (!IsValid(charge.rule)) charge.rule = MakeRule(input);
    if (input.Bits(1) % 2 == 0) SetAmounts(input, charge.rule);
    charge.cost = static_cast<uint32_t>(input.Bits(input.Bits(1) % 4 + 1));
  }
  std::string state = MakeState(charges, input);
  auto now_ms = static_cast<double>(input.Bits(6));
  for (int i = 0; i < 3; ++i) {
    Apply(Frame(charges), &state, now_ms, true);
    now_ms += static_cast<double>(input.Bits(2));
  }
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

// One rule from a fresh state: what is admitted in any window or interval is within its bound.
void FuzzBound(Input& input) {
  const Rule rule = MakeRule(input);
  std::vector<std::pair<uint64_t, uint64_t>> admitted;  // time, cost
  std::string state;
  uint64_t now = input.Bits(5);
  while (!input.empty() && admitted.size() < 64) {
    const uint64_t step = input.Bits(1);
    now += step < 128 ? step : Number(input, 2 * rule.period_ms);
    const auto cost =
        static_cast<uint32_t>(input.Bits(1) % 2 == 0 ? input.Bits(1) : Number(input, rule.quota()));
    if (Apply(Frame({{rule, cost}}), &state, static_cast<double>(now), true)) {
      admitted.emplace_back(now, cost);
    }
  }
  for (size_t first = 0; first < admitted.size(); ++first) {
    absl::uint128 units = 0;
    const uint64_t from = admitted[first].first;
    for (size_t last = first; last < admitted.size(); ++last) {
      units += admitted[last].second;
      CHECK(units <= BoundOf(rule, from, admitted[last].first));
    }
  }
}

}  // namespace
}  // namespace sluice::limit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::limit::Input input(data, size);
  switch (input.Bits(1) % 3) {
    case 0:
      sluice::limit::FuzzFrames(input);
      break;
    case 1:
      sluice::limit::FuzzState(input);
      break;
    default:
      sluice::limit::FuzzBound(input);
  }
  return 0;
}
