// limit::Step on arbitrary frames and on lives that arbitrary bytes describe: no crash, replies
// that fit their requests, states that are read back, and never more admitted than the rules bound,
// however leases are spent and objects die.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "../core/limit/held_lease.h"
#include "../support/check.h"
#include "absl/numeric/int128.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/step.h"

namespace sluice::limit {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

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
  // Small numbers as often as large ones; the bounds are met.
  uint64_t Number(uint64_t max) { return Bits(Bits(1) % 8 + 1) % max + 1; }
  bool empty() const { return size_ == 0; }

 private:
  const uint8_t* data_;
  size_t size_;
};

std::string Frame(const std::vector<Operation>& operations, Durability durability,
                  uint64_t revision) {
  OutputBuffer out(kBufferBytes);
  EncodeRequestHeader(revision, durability, static_cast<uint32_t>(operations.size()), out);
  for (const Operation& operation : operations) EncodeOperation(operation, out);
  return std::string(out.text());
}

struct Stepped {
  bool ok = false;
  bool persist = false;
  std::string reply;
  std::string state;
};

// Checks everything that holds for any frames.
Stepped RunStep(std::string_view request, std::string_view state, bool restored, double now_ms) {
  OutputBuffer reply(kBufferBytes);
  OutputBuffer new_state(kBufferBytes);
  StepEffects effects;
  const absl::Status status =
      Step(AsBytes(request), AsBytes(state), restored, now_ms, reply, new_state, effects);
  if (!status.ok()) {
    CHECK(reply.size() == 0 && new_state.size() == 0);
    return {};
  }
  const size_t count = LoadWord(AsBytes(request).data() + 4);
  CHECK(reply.size() == kObjectReplyHeaderBytes + count * OperationVerdict::kEncodedBytes);
  for (size_t i = 0; i < count; ++i) {
    const std::optional<OperationVerdict> verdict = DecodeOperationVerdict(reply.bytes(), i);
    CHECK(verdict.has_value());
    CHECK(verdict->reset_ms >= 0);
    CHECK(verdict->retry_after_ms == -1 || verdict->retry_after_ms >= 1);
    CHECK((verdict->leased == 0) == (verdict->lease_ms == 0));
    CHECK(verdict->lease_wait_ms < verdict->lease_ms || verdict->leased == 0);
    CHECK(verdict->lease_wait_ms >= 0 || verdict->lease_pace_us > 0);
  }
  return {true, effects.persist, std::string(reply.text()), std::string(new_state.text())};
}

// A state that a step wrote is read, and looking at it changes nothing but the time.
void CheckReadable(std::string_view state, double now_ms) {
  const std::string peek = Frame(
      {{.kind = OperationKind::kPeek,
        .rule = {.algorithm = Algorithm::kFixedWindow, .units = 1, .period_ms = 1, .id = 99}}},
      Durability::kMemory, 0);
  const Stepped looked = RunStep(peek, state, false, now_ms);
  CHECK(looked.ok);
  CHECK(looked.state == state);
  CHECK(RunStep(peek, state, true, now_ms).ok);
}

void FuzzFrames(Input& input) {
  const bool restored = input.Bits(1) % 2 == 0;
  const auto now_ms = static_cast<double>(input.Bits(6));
  const std::string request = input.Bytes(input.Bits(2) % 512);
  const Stepped stepped = RunStep(request, input.Bytes(8192), restored, now_ms);
  if (stepped.ok) CheckReadable(stepped.state, now_ms);
}

Rule MakeRule(Input& input, Algorithm algorithm) {
  Rule rule{.algorithm = algorithm, .period_ms = input.Number(kMaxPeriodMs), .id = 1};
  if (algorithm == Algorithm::kConcurrency) {
    rule.units = static_cast<uint32_t>(input.Number(kMaxConcurrency));
    return rule;
  }
  const uint64_t max = std::min<uint64_t>(kMaxUnits, kMaxBurstTime / rule.period_ms);
  rule.units = static_cast<uint32_t>(input.Number(max));
  if (HasBurst(algorithm)) rule.burst = static_cast<uint32_t>(input.Number(max));
  return rule;
}

// Many operations of any kind, on several counters, under changing amounts.
void FuzzOperations(Input& input) {
  std::string state;
  std::string stored;
  bool restored = false;
  auto now = static_cast<double>(input.Bits(6));
  while (!input.empty()) {
    std::vector<Operation> operations(input.Bits(1) % 4 + 1);
    for (Operation& operation : operations) {
      operation = {.kind = static_cast<OperationKind>(input.Bits(1) % 9 + 1),
                   .cost = static_cast<uint32_t>(input.Bits(input.Bits(1) % 5)),
                   .id = (input.Bits(1) % 4) << 32 | input.Bits(1) % 16,
                   .want = static_cast<uint32_t>(input.Bits(input.Bits(1) % 5)),
                   .shadow = input.Bits(1) % 8 == 0,
                   .settles = input.Bits(1) % 8 == 0,
                   .paces = input.Bits(1) % 4 != 0,
                   .max_wait_ms = static_cast<uint32_t>(input.Bits(input.Bits(1) % 4)),
                   .duration_ms = static_cast<double>(input.Bits(input.Bits(1) % 6)),
                   .rule = MakeRule(input, static_cast<Algorithm>(input.Bits(1) % 6 + 1))};
      operation.rule.id = input.Bits(1) % 2;
      operation.rule.period_ms = input.Bits(1) % 2 == 0 ? 1000 : operation.rule.period_ms;
      if (!IsValid(operation.rule)) operation.rule = MakeRule(input, Algorithm::kSlidingLog);
    }
    const auto durability = static_cast<Durability>(input.Bits(1) % 3);
    const Stepped stepped =
        RunStep(Frame(operations, durability, input.Bits(1) % 4), state, restored, now);
    CHECK(stepped.ok);
    state = stepped.state;
    restored = false;
    CheckReadable(state, now);
    if (stepped.persist) stored = state;
    if (input.Bits(1) % 16 == 0) {
      state = stored;
      restored = true;
    }
    const uint64_t step = input.Bits(1);
    now += static_cast<double>(step < 200 ? step * step : input.Number(kMaxPeriodMs));
    if (now > kMaxTimeMs || input.Bits(1) == 0) now = static_cast<double>(input.Bits(6));
  }
}

// What may be admitted from `from` to `to`, both included, at most.
absl::uint128 BoundOf(const Rule& rule, uint64_t from, uint64_t to) {
  const absl::uint128 units = rule.units;
  const uint64_t passed = to - from;
  if (HasBurst(rule.algorithm)) return rule.burst + units * passed / rule.period_ms;
  if (rule.algorithm == Algorithm::kSlidingLog) return units * (passed / rule.period_ms + 1);
  if (from / rule.period_ms == to / rule.period_ms) return units;
  return units * (passed / rule.period_ms + 2);
}

// One rule from a fresh state, with leases that are spent at any time, returned or forgotten, and
// an object that dies: what is admitted in any interval is within its bound.
class BoundedLife {
 public:
  explicit BoundedLife(Input& input)
      : input_(input),
        rule_(MakeRule(input, kAlgorithms[input.Bits(1) % 4])),
        durability_(static_cast<Durability>(input.Bits(1) % 3)),
        now_(input.Bits(5) + 1) {}

  void Run() {
    while (!input_.empty() && admitted_.size() < 64) {
      const uint64_t step = input_.Bits(1);
      now_ += step < 128 ? step : input_.Number(2 * rule_.period_ms);
      switch (input_.Bits(1) % 8) {
        case 0:
          Return();
          break;
        case 1:
          if (durability_ != Durability::kMemory) Die();
          break;
        case 2:
        case 3:
        case 4:
          Spend();
          break;
        default:
          Ask();
      }
    }
    Check();
  }

 private:
  static constexpr Algorithm kAlgorithms[] = {Algorithm::kFixedWindow, Algorithm::kSlidingWindow,
                                              Algorithm::kGcra, Algorithm::kSlidingLog};

  OperationVerdict Do(const Operation& operation) {
    const Stepped stepped =
        RunStep(Frame({operation}, durability_, 1), state_, restored_, static_cast<double>(now_));
    CHECK(stepped.ok);
    state_ = stepped.state;
    restored_ = false;
    if (stepped.persist) stored_ = state_;
    return *DecodeOperationVerdict(AsBytes(stepped.reply), 0);
  }

  void Ask() {
    const auto cost = static_cast<uint32_t>(input_.Bits(1) % 2 == 0 ? input_.Bits(1)
                                                                    : input_.Number(rule_.quota()));
    const uint64_t id = (input_.Bits(1) % 3 + 1) << 32 | ++last_id_;
    const OperationVerdict verdict =
        Do({.kind = OperationKind::kCharge,
            .cost = cost,
            .id = id,
            .want = static_cast<uint32_t>(input_.Number(rule_.quota()) - 1),
            .paces = input_.Bits(1) % 4 != 0,
            .max_wait_ms = static_cast<uint32_t>(input_.Number(1 << 20) - 1),
            .duration_ms = static_cast<double>(input_.Number(rule_.period_ms)),
            .rule = rule_});
    if (verdict.allowed) admitted_.emplace_back(now_, cost);
    if (verdict.leased == 0) return;
    leases_.push_back(Hold(id, verdict, now_, now_));
  }

  void Spend() {
    if (leases_.empty()) return;
    HeldLease& lease = leases_[input_.Bits(1) % leases_.size()];
    if (lease.units == 0 || lease.until <= now_) return;
    // As late as can be, or now.
    uint64_t at = std::max(now_, static_cast<uint64_t>(std::max(0.0, std::ceil(lease.from))));
    if (input_.Bits(1) % 2 == 0) at = std::max(now_, lease.until - 1);
    if (lease.There(at) == 0) return;
    now_ = at;
    const auto units = static_cast<uint32_t>(input_.Number(lease.There(now_)));
    lease.units -= units;
    admitted_.emplace_back(now_, units);
  }

  void Return() {
    if (leases_.empty()) return;
    const size_t at = input_.Bits(1) % leases_.size();
    const HeldLease lease = leases_[at];
    leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(at));
    Do({.kind = OperationKind::kReturn, .cost = lease.units, .id = lease.id, .rule = rule_});
  }

  void Die() {
    state_ = stored_;
    restored_ = true;
  }

  void Check() const {
    for (size_t first = 0; first < admitted_.size(); ++first) {
      absl::uint128 units = 0;
      for (size_t last = first; last < admitted_.size(); ++last) {
        units += admitted_[last].second;
        CHECK(units <= BoundOf(rule_, admitted_[first].first, admitted_[last].first));
      }
    }
  }

  Input& input_;
  const Rule rule_;
  const Durability durability_;
  uint64_t now_;
  uint64_t last_id_ = 0;
  std::string state_;
  std::string stored_;
  bool restored_ = false;
  std::vector<HeldLease> leases_;
  std::vector<std::pair<uint64_t, uint32_t>> admitted_;
};

}  // namespace
}  // namespace sluice::limit

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  sluice::limit::Input input(data, size);
  switch (input.Bits(1) % 3) {
    case 0:
      sluice::limit::FuzzFrames(input);
      break;
    case 1:
      sluice::limit::FuzzOperations(input);
      break;
    default:
      sluice::limit::BoundedLife(input).Run();
  }
  return 0;
}
