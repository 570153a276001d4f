// ApplyCharges on arbitrary frames: no crash, a reply that fits its request, all or nothing, a
// state that is read back, and never more admitted than the rules bound.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "absl/base/casts.h"
#include "absl/numeric/int128.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/frames.h"

namespace sluice::limit {
namespace {

#define CHECK(condition)                                                           \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

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

struct Charge {
  Rule rule;
  uint32_t cost;
};

// Small numbers as often as large ones; the bounds are met.
uint64_t Number(Input& input, uint64_t max) {
  const size_t bytes = input.Bits(1) % 8 + 1;
  return input.Bits(bytes) % max + 1;
}

Rule MakeRule(Input& input) {
  Rule rule{.units = static_cast<uint32_t>(Number(input, kMaxUnits)),
            .period_ms = Number(input, kMaxPeriodMs)};
  rule.id = input.Bits(1) % 4;
  if (input.Bits(1) % 2 == 0) return rule;
  rule.algorithm = Algorithm::kGcra;
  const uint64_t max_burst = std::min<uint64_t>(kMaxUnits, kMaxBurstTime / rule.period_ms);
  rule.burst = static_cast<uint32_t>(Number(input, max_burst));
  return rule;
}

std::string Frame(const std::vector<Charge>& charges) {
  OutputBuffer out(kBufferBytes);
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(charges.size()));
  for (const Charge& charge : charges) {
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

// A state as some isolate may have left it, at any time and under any amounts.
std::string MakeState(const std::vector<Charge>& charges, Input& input) {
  OutputBuffer out(kBufferBytes);
  std::vector<Rule> rules;
  for (const Charge& charge : charges) {
    const bool known = std::any_of(rules.begin(), rules.end(), [&charge](const Rule& rule) {
      return rule.id == charge.rule.id && rule.algorithm == charge.rule.algorithm &&
             rule.period_ms == charge.rule.period_ms;
    });
    if (!known && input.Bits(1) % 4 != 0) rules.push_back(charge.rule);
  }
  if (rules.empty()) return {};
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(rules.size()));
  for (const Rule& rule : rules) {
    AppendLong(rule.id, out);
    out.AppendWord(static_cast<uint32_t>(rule.algorithm));
    out.AppendWord(0);
    AppendLong(rule.period_ms, out);
    if (rule.algorithm == Algorithm::kGcra) {
      const uint64_t units = Number(input, kMaxUnits);
      AppendLong(input.Bits(input.Bits(1) % 8 + 1) >> 1, out);
      AppendLong(units << 32 | input.Bits(4) % units, out);
    } else {
      AppendLong(input.Bits(6) / rule.period_ms * rule.period_ms, out);
      AppendLong(input.Bits(4) % (kMaxUnits + 1), out);
    }
  }
  return std::string(out.text());
}

// Several charges, which may meet one counter under different amounts, on any state.
void FuzzState(Input& input) {
  std::vector<Charge> charges(input.Bits(1) % 3 + 1);
  for (Charge& charge : charges) {
    charge.rule = input.Bits(1) % 2 == 0 ? MakeRule(input) : charges[0].rule;
    if (!IsValid(charge.rule)) charge.rule = MakeRule(input);
    charge.cost = static_cast<uint32_t>(input.Bits(input.Bits(1) % 4 + 1));
  }
  std::string state = MakeState(charges, input);
  auto now_ms = static_cast<double>(input.Bits(6));
  for (int i = 0; i < 3; ++i) {
    Apply(Frame(charges), &state, now_ms, true);
    now_ms += static_cast<double>(input.Bits(2));
  }
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
      const uint64_t to = admitted[last].first;
      if (rule.algorithm == Algorithm::kGcra) {
        CHECK(units * rule.period_ms <=
              absl::uint128{rule.burst} * rule.period_ms + absl::uint128{rule.units} * (to - from));
      } else if (from / rule.period_ms == to / rule.period_ms) {
        CHECK(units <= rule.units);
      }
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
