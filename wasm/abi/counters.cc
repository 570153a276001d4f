#include "sluice/abi/counters.h"

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/frames.h"
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
    if (!rule.has_value()) return Invalid("a charge has no valid rule");
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

// Charges in order and takes it back unless it is to be kept.
class Transaction {
 public:
  Transaction(CounterTable& table, const Charges& charges, double now_ms)
      : table_(table), charges_(charges), now_ms_(now_ms) {}

  // False if the table is full.
  bool Run(absl::Span<Verdict> verdicts) {
    for (; done_ < charges_.count; ++done_) {
      const Charge& charge = charges_.charges[done_];
      State* state = Find(done_);
      if (state == nullptr) return false;
      before_[done_] = *state;
      verdicts[done_] = limit::Charge(charge.rule, charge.cost, now_ms_, *state);
      all_allowed_ = all_allowed_ && verdicts[done_].allowed;
    }
    return true;
  }

  bool all_allowed() const { return all_allowed_; }

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
    return table_.Find(charge.rule, charge.subject, now_ms_);
  }

  CounterTable& table_;
  const Charges& charges_;
  double now_ms_;
  std::array<State, kMaxChargesPerRequest> before_;
  size_t done_ = 0;
  bool all_allowed_ = true;
};

absl::Status TableIsFull() {
  return MakeError(ErrorCode::kBudgetExceeded, "the table of counters is full");
}

absl::Status ChargeAll(CounterTable& table, const Charges& charges, bool keep, double now_ms,
                       OutputBuffer& out) {
  std::array<Verdict, kMaxChargesPerRequest> verdicts;
  Transaction transaction(table, charges, now_ms);
  const bool fits = transaction.Run(absl::MakeSpan(verdicts));
  if (!fits || !keep || !transaction.all_allowed()) transaction.TakeBack();
  if (!fits) return TableIsFull();
  limit::EncodeReply(transaction.all_allowed(), {verdicts.data(), charges.count}, out);
  return absl::OkStatus();
}

Verdict PeekOne(CounterTable& table, const Charge& charge, double now_ms) {
  const State* state = table.Find(charge.rule, charge.subject, now_ms);
  State copy = state == nullptr ? State() : *state;
  return limit::Charge(charge.rule, 1, now_ms, copy);
}

absl::Status RefundOrReset(CounterTable& table, const Charges& charges, bool reset, double now_ms,
                           OutputBuffer& out) {
  std::array<Verdict, kMaxChargesPerRequest> verdicts;
  bool all_allowed = true;
  for (size_t i = 0; i < charges.count; ++i) {
    const Charge& charge = charges.charges[i];
    if (reset) {
      table.Erase(charge.rule, charge.subject);
    } else if (State* state = table.Find(charge.rule, charge.subject, now_ms)) {
      limit::Refund(charge.rule, charge.cost, now_ms, *state);
    }
  }
  for (size_t i = 0; i < charges.count; ++i) {
    verdicts[i] = PeekOne(table, charges.charges[i], now_ms);
    all_allowed = all_allowed && verdicts[i].allowed;
  }
  limit::EncodeReply(all_allowed, {verdicts.data(), charges.count}, out);
  return absl::OkStatus();
}

}  // namespace

absl::Status ChargeCounters(CounterTable& table, uint32_t mode, ByteSpan frame, double now_ms,
                            OutputBuffer& out) {
  if (!(now_ms >= 0 && now_ms <= limit::kMaxTimeMs)) {
    return Invalid("the time is not in milliseconds since the Unix epoch");
  }
  Charges charges;
  SLUICE_RETURN_IF_ERROR(Decode(frame, charges));
  switch (static_cast<ChargeMode>(mode)) {
    case ChargeMode::kCharge:
      return ChargeAll(table, charges, true, now_ms, out);
    case ChargeMode::kPeek:
      return ChargeAll(table, charges, false, now_ms, out);
    case ChargeMode::kRefund:
      return RefundOrReset(table, charges, false, now_ms, out);
    case ChargeMode::kReset:
      return RefundOrReset(table, charges, true, now_ms, out);
  }
  return Invalid("the mode is not a sluice_charge_mode");
}

}  // namespace sluice::abi
