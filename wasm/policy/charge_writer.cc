#include "sluice/policy/charge_writer.h"

#include <cstdint>
#include <new>

#include "absl/base/casts.h"
#include "sluice/limit/ledger.h"

namespace sluice::policy {
namespace {

void SetLong(FrameWriter& frame, uint32_t word, uint64_t value) {
  frame.Set(word, static_cast<uint32_t>(value));
  frame.Set(word + 1, static_cast<uint32_t>(value >> 32));
}

ChargeVerdict VerdictOf(const ResolvedCharge& charge, const limit::Answer& answer) {
  if (charge.action == ChargeAction::kExempt) return ChargeVerdict::kExempt;
  if (charge.action == ChargeAction::kRefuse) return ChargeVerdict::kRefused;
  if (answer.source == limit::Source::kAsk) return ChargeVerdict::kAsk;
  return answer.allowed ? ChargeVerdict::kAdmitted : ChargeVerdict::kDenied;
}

}  // namespace

limit::SubjectCharge ChargeWriter::ToCharge(const Pending& charge) const {
  const ResolvedCharge& resolved = charge.resolved;
  return {.rule = *resolved.rule,
          .subject = frame_.text().text().substr(charge.subject_at, charge.subject_length),
          .cost = resolved.cost,
          .terms = {.max_ms = static_cast<double>(resolved.lease_ms),
                    .max_units = resolved.lease_units,
                    .deny_cache_ms = static_cast<double>(resolved.deny_cache_ms)},
          .shadow = resolved.shadow,
          .settles = resolved.settles};
}

// Resolves the charge of `row`, and writes what the ledger says to it.
void ChargeWriter::Resolve(const ChargeRow& row, uint32_t word) {
  Pending& charge = *new (&storage_.charges[count_++])
                        Pending{.subject_at = frame_.text().size(),
                                .resolved = ResolveCharge(request_, row, scratch_, frame_.text())};
  charge.subject_length = frame_.text().size() - charge.subject_at;
  const bool counts = charge.resolved.action == ChargeAction::kCharge;
  const limit::Answer answer =
      counts ? limits_.ledger.Spend(ToCharge(charge), limits_.now_ms) : limit::Answer();
  charge.source = answer.source;
  charge.lease = answer.lease;
  WriteAnswer(charge, answer, word);
}

void ChargeWriter::WriteAnswer(const Pending& charge, const limit::Answer& answer, uint32_t word) {
  const ResolvedCharge& resolved = charge.resolved;
  const ChargeVerdict verdict = VerdictOf(resolved, answer);
  asks_ = asks_ || verdict == ChargeVerdict::kAsk;
  const bool refuses = verdict == ChargeVerdict::kRefused || verdict == ChargeVerdict::kDenied;
  denied_ = denied_ || (refuses && !resolved.shadow);
  frame_.Set(word + kChargeLimit, resolved.limit);
  frame_.Set(word + kChargeRule, resolved.rule_number);
  frame_.Set(word + kChargeCost, resolved.cost);
  frame_.Set(word + kChargeVerdict, static_cast<uint32_t>(verdict));
  frame_.Set(word + kChargeSource, static_cast<uint32_t>(answer.source));
  frame_.Set(word + kChargeFlags,
             (resolved.shadow ? kChargeShadow : 0) | (answer.blocked ? kChargeBlocked : 0));
  frame_.Set(word + kChargeSubjectOffset,
             static_cast<uint32_t>(frame_.text_offset() + charge.subject_at));
  frame_.Set(word + kChargeSubjectLength, static_cast<uint32_t>(charge.subject_length));
  frame_.Set(word + kChargeRemaining, answer.remaining);
  SetLong(frame_, word + kChargeResetMs, absl::bit_cast<uint64_t>(answer.reset_ms));
  if (answer.retry_after_ms >= 0) {
    SetLong(frame_, word + kChargeRetryMs, absl::bit_cast<uint64_t>(answer.retry_after_ms));
  }
  SetLong(frame_, word + kChargeId, answer.lease);
  frame_.Set(word + kChargeOperationsLength, 0);
}

void ChargeWriter::GiveBack(const Pending& charge, uint32_t word) {
  limits_.ledger.GiveBack(charge.lease, charge.resolved.cost, limits_.now_ms);
  SetLong(frame_, word + kChargeId, 0);
}

void ChargeWriter::WriteOperations(const Pending& charge, uint32_t word) {
  const uint32_t begin = frame_.offset();
  const limit::WrittenCharge written =
      limits_.ledger.WriteCharge(ToCharge(charge), limits_.now_ms, frame_.text());
  SetLong(frame_, word + kChargeId, written.id);
  frame_.Set(word + kChargeOperationsOffset, begin);
  frame_.Set(word + kChargeOperationsLength, frame_.offset() - begin);
}

void ChargeWriter::Write(std::initializer_list<Range> ranges, uint32_t count_word,
                         uint32_t first_word) {
  for (const Range range : ranges) {
    for (const ChargeRow& row : request_.program.charges.subspan(range.first, range.count)) {
      Resolve(row, first_word + count_ * kChargeWords);
    }
  }
  frame_.Set(count_word, count_);
  frame_.Set(count_word + 1, 4 * first_word);
  if (!denied_ && !asks_) return;
  for (uint32_t i = 0; i < count_; ++i) {
    const Pending& charge = storage_.charges[i];
    const uint32_t word = first_word + i * kChargeWords;
    const bool asks =
        charge.resolved.action == ChargeAction::kCharge && charge.source == limit::Source::kAsk;
    if (denied_ && charge.source == limit::Source::kLease) GiveBack(charge, word);
    if (asks && !denied_) WriteOperations(charge, word);
  }
}

}  // namespace sluice::policy
