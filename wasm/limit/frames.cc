#include "sluice/limit/frames.h"

#include <array>
#include <cstdint>
#include <optional>

#include "absl/base/casts.h"
#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"

namespace sluice::limit {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr size_t kChargeBytes = Rule::kEncodedBytes + 8;
constexpr size_t kCounterBytes = 40;
constexpr size_t kReplyHeaderBytes = 16;
constexpr size_t kVerdictBytes = 24;

void AppendLong(uint64_t value, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(value));
  out.AppendWord(static_cast<uint32_t>(value >> 32));
}

struct Counter {
  Rule kind;  // with the least amounts: they aren't a counter's
  State state;

  bool Serves(const Rule& rule) const {
    return kind.id == rule.id && kind.algorithm == rule.algorithm && kind.window == rule.window &&
           kind.period_ms == rule.period_ms;
  }
};

Rule KindOf(Algorithm algorithm, Window window, uint64_t period_ms, uint64_t id) {
  return {.algorithm = algorithm,
          .units = 1,
          .burst = HasBurst(algorithm) ? 1u : 0u,
          .window = window,
          .period_ms = period_ms,
          .id = id};
}

struct Request {
  struct Entry {
    Rule rule;
    uint32_t cost;
  };
  std::array<Entry, kMaxChargesPerRequest> entries;
  size_t count = 0;
};

// On the stack: an object's state is small, and a request allocates nothing.
class Counters {
 public:
  void Add(const Counter& counter) { counters_[count_++] = counter; }

  // Null if there are kMaxCountersPerState others.
  State* FindOrAdd(const Rule& rule) {
    if (State* state = Find(rule)) return state;
    if (count_ == counters_.size()) return nullptr;
    Add({KindOf(rule.algorithm, rule.window, rule.period_ms, rule.id), {}});
    return &counters_[count_ - 1].state;
  }

  State* Find(const Rule& rule) {
    for (size_t i = 0; i < count_; ++i) {
      if (counters_[i].Serves(rule)) return &counters_[i].state;
    }
    return nullptr;
  }

  void DropExpired(double now_ms) {
    size_t kept = 0;
    for (size_t i = 0; i < count_; ++i) {
      if (!Expired(counters_[i].kind, counters_[i].state, now_ms)) {
        counters_[kept++] = counters_[i];
      }
    }
    count_ = kept;
  }

  void Encode(OutputBuffer& out) const {
    if (count_ == 0) return;
    out.AppendWord(kFrameVersion);
    out.AppendWord(static_cast<uint32_t>(count_));
    for (size_t i = 0; i < count_; ++i) {
      AppendLong(counters_[i].kind.id, out);
      out.AppendWord(static_cast<uint32_t>(counters_[i].kind.algorithm));
      out.AppendWord(static_cast<uint32_t>(counters_[i].kind.window));
      AppendLong(counters_[i].kind.period_ms, out);
      AppendLong(counters_[i].state.a, out);
      AppendLong(counters_[i].state.b, out);
    }
  }

  size_t encoded_bytes() const { return count_ == 0 ? 0 : kHeaderBytes + count_ * kCounterBytes; }

 private:
  std::array<Counter, kMaxCountersPerState> counters_;
  size_t count_ = 0;
};

absl::Status BadFrame(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

// Checks version, count and size of a frame whose entries have `entry_bytes` each.
std::optional<size_t> EntryCount(ByteSpan frame, size_t entry_bytes, size_t max_count) {
  if (frame.size() < kHeaderBytes || LoadWord(frame.data()) != kFrameVersion) return std::nullopt;
  const size_t count = LoadWord(frame.data() + 4);
  if (count < 1 || count > max_count) return std::nullopt;
  if (frame.size() != kHeaderBytes + count * entry_bytes) return std::nullopt;
  return count;
}

absl::Status Decode(ByteSpan frame, Request& request) {
  const std::optional<size_t> count = EntryCount(frame, kChargeBytes, kMaxChargesPerRequest);
  if (!count.has_value()) return BadFrame("the charges are no frame of version 1");
  for (size_t i = 0; i < *count; ++i) {
    const ByteSpan entry = frame.subspan(kHeaderBytes + i * kChargeBytes, kChargeBytes);
    const std::optional<Rule> rule = DecodeRule(entry);
    if (!rule.has_value() || !IsCompact(rule->algorithm)) {
      return BadFrame("a charge has no valid rule");
    }
    if (LoadWord(entry.data() + Rule::kEncodedBytes + 4) != 0) {
      return BadFrame("a charge has unknown flags");
    }
    request.entries[i] = {*rule, LoadWord(entry.data() + Rule::kEncodedBytes)};
  }
  request.count = *count;
  return absl::OkStatus();
}

absl::Status Decode(ByteSpan frame, Counters& counters) {
  if (frame.empty()) return absl::OkStatus();
  const std::optional<size_t> count = EntryCount(frame, kCounterBytes, kMaxCountersPerState);
  if (!count.has_value()) return BadFrame("the state is no frame of version 1");
  for (size_t i = 0; i < *count; ++i) {
    const uint8_t* entry = frame.data() + kHeaderBytes + i * kCounterBytes;
    const Counter counter{.kind = KindOf(static_cast<Algorithm>(LoadWord(entry + 8)),
                                         static_cast<Window>(LoadWord(entry + 12)),
                                         LoadLong(entry + 16), LoadLong(entry)),
                          .state = {.a = LoadLong(entry + 24), .b = LoadLong(entry + 32)}};
    if (!IsValid(counter.kind) || !IsCompact(counter.kind.algorithm) ||
        !IsPlausible(counter.kind, counter.state)) {
      return BadFrame("the state has a counter that no algorithm writes");
    }
    if (counters.Find(counter.kind) != nullptr) {
      return BadFrame("the state has a counter twice");
    }
    counters.Add(counter);
  }
  return absl::OkStatus();
}

// What one charge did, so that it can be undone.
struct Applied {
  State* state;
  State before;
  Verdict verdict;
};

// Charges what it can and says whether that was all; nothing if there are too many counters.
std::optional<bool> ChargeEach(const Request& request, double now_ms, Counters& counters,
                               absl::Span<Applied> applied) {
  bool all = true;
  for (size_t i = 0; i < request.count; ++i) {
    const Request::Entry& charge = request.entries[i];
    State* state = counters.FindOrAdd(charge.rule);
    if (state == nullptr) return std::nullopt;
    applied[i] = {state, *state, {}};
    applied[i].verdict = Charge(charge.rule, charge.cost, now_ms, *state);
    all = all && applied[i].verdict.allowed;
  }
  return all;
}

// Two charges may have met one counter, so the last is undone first. Peeking then adopts a rule
// whose amount has changed, as the charge did.
void Undo(const Request& request, double now_ms, absl::Span<const Applied> applied) {
  for (size_t i = request.count; i-- > 0;) *applied[i].state = applied[i].before;
  for (size_t i = 0; i < request.count; ++i) {
    Charge(request.entries[i].rule, 0, now_ms, *applied[i].state);
  }
}

}  // namespace

void EncodeRule(const Rule& rule, OutputBuffer& out) {
  out.AppendWord(static_cast<uint32_t>(rule.algorithm));
  out.AppendWord(rule.units);
  out.AppendWord(rule.burst);
  out.AppendWord(static_cast<uint32_t>(rule.window));
  AppendLong(rule.period_ms, out);
  AppendLong(rule.id, out);
}

std::optional<Rule> DecodeRule(ByteSpan bytes) {
  if (bytes.size() < Rule::kEncodedBytes) return std::nullopt;
  const Rule rule{.algorithm = static_cast<Algorithm>(LoadWord(bytes.data())),
                  .units = LoadWord(bytes.data() + 4),
                  .burst = LoadWord(bytes.data() + 8),
                  .window = static_cast<Window>(LoadWord(bytes.data() + 12)),
                  .period_ms = LoadLong(bytes.data() + 16),
                  .id = LoadLong(bytes.data() + 24)};
  if (!IsValid(rule)) return std::nullopt;
  return rule;
}

void EncodeReply(bool allowed, absl::Span<const Verdict> verdicts, OutputBuffer& out) {
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(verdicts.size()));
  out.AppendWord(allowed ? 1 : 0);
  out.AppendWord(0);
  for (const Verdict& verdict : verdicts) {
    out.AppendWord(verdict.allowed ? 1 : 0);
    out.AppendWord(verdict.remaining);
    AppendLong(absl::bit_cast<uint64_t>(verdict.reset_ms), out);
    AppendLong(absl::bit_cast<uint64_t>(verdict.retry_after_ms), out);
  }
}

absl::Status ApplyCharges(ByteSpan request_frame, ByteSpan state_frame, double now_ms,
                          OutputBuffer& reply, OutputBuffer& new_state) {
  if (!(now_ms >= 0 && now_ms <= kMaxTimeMs)) {
    return BadFrame("the time is not in milliseconds since the Unix epoch");
  }
  Request request;
  Counters counters;
  SLUICE_RETURN_IF_ERROR(Decode(request_frame, request));
  SLUICE_RETURN_IF_ERROR(Decode(state_frame, counters));
  counters.DropExpired(now_ms);

  std::array<Applied, kMaxChargesPerRequest> applied;
  const std::optional<bool> all =
      ChargeEach(request, now_ms, counters, {applied.data(), request.count});
  if (!all.has_value()) {
    return MakeError(ErrorCode::kBudgetExceeded, "one subject has more than 64 live counters");
  }
  if (!*all) Undo(request, now_ms, applied);
  counters.DropExpired(now_ms);

  if (!reply.Reserve(kReplyHeaderBytes + request.count * kVerdictBytes) ||
      !new_state.Reserve(counters.encoded_bytes())) {
    return MakeError(ErrorCode::kBudgetExceeded, "no room for the reply and the new state");
  }
  std::array<Verdict, kMaxChargesPerRequest> verdicts;
  for (size_t i = 0; i < request.count; ++i) verdicts[i] = applied[i].verdict;
  EncodeReply(*all, {verdicts.data(), request.count}, reply);
  counters.Encode(new_state);
  return absl::OkStatus();
}

}  // namespace sluice::limit
