#include "sluice/abi/counters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/hash.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/little_endian.h"
#include "sluice/limit/rule.h"

namespace sluice::abi {
namespace {

using limit::CounterTable;
using limit::kMaxChargesPerRequest;
using limit::Rule;
using limit::State;
using limit::Verdict;

constexpr uint32_t kChargesVersion = 1;
constexpr size_t kHeaderBytes = 8;
constexpr size_t kChargeBytes = Rule::kEncodedBytes + 16;

constexpr uint32_t kChangesVersion = 1;
constexpr size_t kChangesHeaderBytes = 16;
constexpr size_t kChangeBytes = 24;
// No algorithm's state matters for longer than that.
constexpr uint64_t kGreatestTime =
    static_cast<uint64_t>(limit::kMaxTimeMs) + 2 * limit::kMaxPeriodMs;

struct Charge {
  Rule rule;
  uint32_t cost = 0;
  std::string_view subject;
};

struct Charges {
  std::array<Charge, kMaxChargesPerRequest> charges;
  size_t count = 0;
};

absl::Status Invalid(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

absl::Status TableIsFull() {
  return MakeError(ErrorCode::kBudgetExceeded, "the table of counters is full");
}

absl::Status CheckTime(double now_ms) {
  if (now_ms >= 0 && now_ms <= limit::kMaxTimeMs) return absl::OkStatus();
  return Invalid("the time is not in milliseconds since the Unix epoch");
}

// A rule whose counter is a State.
absl::Status CheckRule(const std::optional<Rule>& rule) {
  if (!rule.has_value()) return Invalid("a charge has no valid rule");
  if (limit::IsCompact(rule->algorithm)) return absl::OkStatus();
  return Invalid(
      "sliding_log and concurrency remember each charge, which a table of counters can't: use "
      "sliding_window, gcra or token_bucket here");
}

absl::Status Decode(ByteSpan frame, Charges& charges) {
  if (frame.size() < kHeaderBytes || LoadWord(frame.data()) != kChargesVersion) {
    return Invalid("the charges are no frame of version 1");
  }
  const size_t count = LoadWord(frame.data() + 4);
  if (count < 1 || count > kMaxChargesPerRequest ||
      count * kChargeBytes > frame.size() - kHeaderBytes) {
    return Invalid("a frame holds 1 to 16 charges");
  }
  for (size_t i = 0; i < count; ++i) {
    const ByteSpan bytes = frame.subspan(kHeaderBytes + i * kChargeBytes, kChargeBytes);
    const std::optional<Rule> rule = limit::DecodeRule(bytes);
    SLUICE_RETURN_IF_ERROR(CheckRule(rule));
    const uint8_t* words = bytes.data() + Rule::kEncodedBytes;
    const size_t offset = LoadWord(words + 4);
    const size_t length = LoadWord(words + 8);
    if (offset > frame.size() || length > frame.size() - offset || LoadWord(words + 12) != 0) {
      return Invalid("a charge's subject lies outside the frame");
    }
    charges.charges[i] = {*rule, LoadWord(words), AsText(frame.subspan(offset, length))};
  }
  charges.count = count;
  return absl::OkStatus();
}

// A block is a counter of its own: its state says until when, and that it is one, by more units
// than any algorithm counts.
constexpr uint64_t kBlockMark = UINT64_MAX;

Rule BlockOf(Rule rule) {
  rule.id ^= 0x7365645F626C6F63;
  return rule;
}

// Until when the subject is blocked; in the past if it isn't.
double BlockedUntil(Counters& counters, const Rule& rule, std::string_view subject, double now_ms) {
  if (counters.blocked_until <= now_ms) return 0;
  const State* block = counters.table.Lookup(BlockOf(rule), subject);
  return block == nullptr || block->b != kBlockMark ? 0 : static_cast<double>(block->a);
}

// The verdict on a charge of a subject that is blocked, which charges nothing.
Verdict Blocked(const Charge& charge, double blocked_until, double now_ms, State& state) {
  const double blocked_ms = blocked_until - std::floor(now_ms);
  State later = state;
  const Verdict after = limit::Charge(charge.rule, charge.cost, blocked_until, later);
  Verdict verdict = limit::Charge(charge.rule, 0, now_ms, state);
  verdict.allowed = false;
  verdict.retry_after_ms = blocked_ms;
  if (!after.allowed) {
    verdict.retry_after_ms = after.retry_after_ms < 0 ? -1 : blocked_ms + after.retry_after_ms;
  }
  return verdict;
}

// Charges the counter if it may; `before` is its state before. False if the table is full. The
// table's last Find is that of the counter.
bool ChargeOne(Counters& counters, const Charge& charge, double now_ms, State& before,
               Verdict& verdict) {
  counters.latest_ms = std::max(counters.latest_ms, now_ms);
  const double blocked_until = BlockedUntil(counters, charge.rule, charge.subject, now_ms);
  State* state = counters.table.Find(charge.rule, charge.subject, now_ms);
  if (state == nullptr) return false;
  before = *state;
  verdict = blocked_until > now_ms ? Blocked(charge, blocked_until, now_ms, *state)
                                   : limit::Charge(charge.rule, charge.cost, now_ms, *state);
  return true;
}

// Charges in order and takes it back unless it is to be kept.
class Transaction {
 public:
  Transaction(Counters& counters, const Charges& charges, double now_ms)
      : counters_(counters), charges_(charges), now_ms_(now_ms) {}

  // False if the table is full.
  bool Run(absl::Span<Verdict> verdicts) {
    for (; done_ < charges_.count; ++done_) {
      if (!ChargeOne(counters_, charges_.charges[done_], now_ms_, before_[done_],
                     verdicts[done_])) {
        return false;
      }
      all_allowed_ = all_allowed_ && verdicts[done_].allowed;
    }
    return true;
  }

  bool all_allowed() const { return all_allowed_; }

  void Keep() {
    for (size_t i = 0; i < done_; ++i) {
      if (Find(i) != nullptr) counters_.table.MarkChanged();
    }
  }

  // Two charges may have met one counter, so the last is undone first. Peeking then adopts a rule
  // whose amount has changed, as the charge did: that is what its verdict speaks of.
  void TakeBack() {
    for (size_t i = done_; i-- > 0;) {
      if (State* state = Find(i)) *state = before_[i];
    }
    for (size_t i = 0; i < done_; ++i) {
      if (State* state = Find(i)) limit::Charge(charges_.charges[i].rule, 0, now_ms_, *state);
    }
  }

 private:
  // A counter that is gone while it is taken back had expired: it was all zero, as it is now.
  State* Find(size_t number) {
    const Charge& charge = charges_.charges[number];
    return counters_.table.Find(charge.rule, charge.subject, now_ms_);
  }

  Counters& counters_;
  const Charges& charges_;
  double now_ms_;
  std::array<State, kMaxChargesPerRequest> before_;
  size_t done_ = 0;
  bool all_allowed_ = true;
};

absl::Status ChargeAll(Counters& counters, const Charges& charges, bool keep, double now_ms,
                       OutputBuffer& out) {
  std::array<Verdict, kMaxChargesPerRequest> verdicts;
  Transaction transaction(counters, charges, now_ms);
  const bool fits = transaction.Run(absl::MakeSpan(verdicts));
  if (fits && keep && transaction.all_allowed()) {
    transaction.Keep();
  } else {
    transaction.TakeBack();
  }
  if (!fits) return TableIsFull();
  limit::EncodeReply(transaction.all_allowed(), {verdicts.data(), charges.count}, out);
  return absl::OkStatus();
}

Verdict PeekOne(Counters& counters, const Charge& charge, double now_ms) {
  const State* state = counters.table.Lookup(charge.rule, charge.subject);
  State copy = state == nullptr ? State() : *state;
  return limit::Charge(charge.rule, 1, now_ms, copy);
}

absl::Status RefundOrReset(Counters& counters, const Charges& charges, bool reset, double now_ms,
                           OutputBuffer& out) {
  std::array<Verdict, kMaxChargesPerRequest> verdicts;
  bool all_allowed = true;
  for (size_t i = 0; i < charges.count; ++i) {
    const Charge& charge = charges.charges[i];
    if (reset) {
      counters.table.Erase(charge.rule, charge.subject);
    } else if (State* state = counters.table.Find(charge.rule, charge.subject, now_ms)) {
      limit::Refund(charge.rule, charge.cost, now_ms, *state);
      counters.table.MarkChanged();
    }
  }
  for (size_t i = 0; i < charges.count; ++i) {
    verdicts[i] = PeekOne(counters, charges.charges[i], now_ms);
    all_allowed = all_allowed && verdicts[i].allowed;
  }
  limit::EncodeReply(all_allowed, {verdicts.data(), charges.count}, out);
  return absl::OkStatus();
}

absl::Status CheckChanges(const Counters& counters, ByteSpan changes) {
  if (changes.size() < kChangesHeaderBytes || LoadWord(changes.data()) != kChangesVersion) {
    return Invalid("these are no drained counters of version 1");
  }
  const size_t count = LoadWord(changes.data() + 4);
  if (count > kMaxDrained || changes.size() != kChangesHeaderBytes + count * kChangeBytes) {
    return Invalid("these drained counters are not whole");
  }
  if (LoadLong(changes.data() + 8) != counters.seed_fingerprint) {
    return Invalid(
        "these counters were drained under another seed, which their subjects are hashed with: "
        "make the instance that loads them with the same seed");
  }
  for (size_t at = kChangesHeaderBytes; at < changes.size(); at += kChangeBytes) {
    if (LoadLong(changes.data() + at + 8) > kGreatestTime) {
      return Invalid("these drained counters are damaged");
    }
  }
  return absl::OkStatus();
}

// Counters are drained in the order of the table, and one that is filled in order splits at one end
// only. Steps of the golden ratio of the whole spread them (Weyl's sequence).
size_t ScatteringStride(size_t count) {
  size_t stride = count - count * 382 / 1000;
  while (std::gcd(stride, count) > 1) ++stride;
  return stride;
}

}  // namespace

Counters::Counters(HashKey key, size_t max_entries)
    : table(key, max_entries), seed_fingerprint(SipHash13(key, "seed of counters")) {}

absl::Status ChargeCounters(Counters& counters, uint32_t mode, ByteSpan frame, double now_ms,
                            OutputBuffer& out) {
  SLUICE_RETURN_IF_ERROR(CheckTime(now_ms));
  Charges charges;
  SLUICE_RETURN_IF_ERROR(Decode(frame, charges));
  switch (static_cast<ChargeMode>(mode)) {
    case ChargeMode::kCharge:
      return ChargeAll(counters, charges, true, now_ms, out);
    case ChargeMode::kPeek:
      return ChargeAll(counters, charges, false, now_ms, out);
    case ChargeMode::kRefund:
      return RefundOrReset(counters, charges, false, now_ms, out);
    case ChargeMode::kReset:
      return RefundOrReset(counters, charges, true, now_ms, out);
  }
  return Invalid("the mode is not a sluice_charge_mode");
}

absl::Status ChargeCounter(Counters& counters, uint32_t rule, std::string_view subject,
                           uint32_t cost, double now_ms, Verdict& verdict) {
  SLUICE_RETURN_IF_ERROR(CheckTime(now_ms));
  if (rule >= counters.rules.size()) return Invalid("there is no rule of this number");
  State before;
  if (!ChargeOne(counters, {counters.rules[rule], cost, subject}, now_ms, before, verdict)) {
    return TableIsFull();
  }
  if (verdict.allowed) counters.table.MarkChanged();
  return absl::OkStatus();
}

absl::Status BlockCounter(Counters& counters, uint32_t rule, std::string_view subject,
                          double until_ms) {
  if (rule >= counters.rules.size()) return Invalid("there is no rule of this number");
  if (!(until_ms <= limit::kMaxTimeMs)) {
    return Invalid("a block ends at a time in milliseconds since the Unix epoch");
  }
  const Rule block = BlockOf(counters.rules[rule]);
  if (until_ms <= counters.latest_ms) {
    counters.table.Erase(block, subject);
    return absl::OkStatus();
  }
  State* state = counters.table.Find(block, subject, counters.latest_ms);
  if (state == nullptr) return TableIsFull();
  const double until = std::ceil(until_ms);
  *state = {.a = static_cast<uint64_t>(until), .b = kBlockMark};
  counters.table.MarkChanged();
  counters.blocked_until = std::max(counters.blocked_until, until);
  return absl::OkStatus();
}

absl::Status SetRules(ByteSpan bytes, Counters& counters) {
  if (bytes.size() % Rule::kEncodedBytes != 0) return Invalid("a rule has 32 bytes");
  std::vector<Rule> rules;
  rules.reserve(bytes.size() / Rule::kEncodedBytes);
  for (size_t at = 0; at < bytes.size(); at += Rule::kEncodedBytes) {
    const std::optional<Rule> rule = limit::DecodeRule(bytes.subspan(at, Rule::kEncodedBytes));
    SLUICE_RETURN_IF_ERROR(CheckRule(rule));
    rules.push_back(*rule);
  }
  counters.rules = std::move(rules);
  return absl::OkStatus();
}

absl::Status DrainChanges(Counters& counters, OutputBuffer& out) {
  constexpr size_t kBatch = 256;
  std::array<CounterTable::Change, kBatch> batch;
  const size_t begin = out.size();
  if (!out.Reserve(kChangesHeaderBytes + kBatch * kChangeBytes)) {
    return MakeError(ErrorCode::kBudgetExceeded, "no room for the counters that have changed");
  }
  out.AppendWord(kChangesVersion);
  out.AppendWord(0);
  limit::AppendLong(counters.seed_fingerprint, out);
  size_t count = 0;
  while (count + kBatch <= kMaxDrained) {
    // Room first: what is taken isn't marked any more.
    const size_t taken = counters.table.TakeChanges(absl::MakeSpan(batch));
    for (size_t i = 0; i < taken; ++i) {
      limit::AppendLong(batch[i].fingerprint, out);
      limit::AppendLong(batch[i].state.a, out);
      limit::AppendLong(batch[i].state.b, out);
    }
    count += taken;
    if (taken < kBatch) break;
    if (out.max_bytes() - out.size() < kBatch * kChangeBytes ||
        !out.Reserve(kBatch * kChangeBytes)) {
      break;
    }
  }
  out.PatchWord(begin + 4, static_cast<uint32_t>(count));
  return absl::OkStatus();
}

absl::Status LoadChanges(ByteSpan changes, double now_ms, Counters& counters) {
  SLUICE_RETURN_IF_ERROR(CheckTime(now_ms));
  SLUICE_RETURN_IF_ERROR(CheckChanges(counters, changes));
  const size_t count = (changes.size() - kChangesHeaderBytes) / kChangeBytes;
  const size_t stride = ScatteringStride(count);
  for (size_t i = 0, next = 0; i < count; ++i, next = (next + stride) % count) {
    const uint8_t* change = changes.data() + kChangesHeaderBytes + next * kChangeBytes;
    const State state = {.a = LoadLong(change + 8), .b = LoadLong(change + 16)};
    if (!counters.table.Put({LoadLong(change), state}, now_ms)) return TableIsFull();
    if (state.b == kBlockMark) {
      counters.blocked_until = std::max(counters.blocked_until, static_cast<double>(state.a));
    }
  }
  return absl::OkStatus();
}

}  // namespace sluice::abi
