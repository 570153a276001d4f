// Layout of the frames that go in and out of a policy. The numbers are those of wasm/abi/sluice.h,
// which states what the words mean; wasm/abi asserts that they agree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::policy {

constexpr uint32_t kAbsent = 0xFFFFFFFF;
constexpr uint32_t kFactsVersion = 1;
constexpr uint32_t kMatchVersion = 1;
constexpr uint32_t kPlanVersion = 1;

enum Slot : uint32_t {
  kSlotMethod,
  kSlotHost,
  kSlotPath,
  kSlotQuery,
  kSlotIp,
  kSlotRandom,
  kSlotDigest,
  kSlotFirstNamed,
};

enum class Outcome : uint32_t {
  kProceed,
  kNotFound,
  kMethodNotAllowed,
  kBadTarget,
  kUnauthorized,
};

enum MatchWord : uint32_t {
  kMatchVersionWord,
  kMatchLength,
  kMatchOutcome,
  kMatchRoute,
  kMatchDetailOffset,
  kMatchDetailLength,
  kMatchChargeCount,
  kMatchChargesOffset,
  kMatchWords,
};

enum PlanWord : uint32_t {
  kPlanVersionWord,
  kPlanLength,
  kPlanOutcome,
  kPlanUpstream,
  kPlanTransform,
  kPlanPathOffset,
  kPlanPathLength,
  kPlanIdentityOffset,
  kPlanIdentityLength,
  kPlanVisitorOffset,
  kPlanVisitorLength,
  kPlanVariation,
  kPlanVariant,
  kPlanChargeCount,
  kPlanChargesOffset,
  kPlanWords,
};

enum ChargeWord : uint32_t {
  kChargeLimit,
  kChargeCost,
  kChargeSubjectOffset,
  kChargeSubjectLength,
  kChargeWords,
};

// Appends one frame: fixed words first, all of them absent until set, then bytes. If the buffer
// runs out, the frame is unusable and the buffer says so (`out.exhausted()`).
class FrameWriter {
 public:
  FrameWriter(OutputBuffer& out, uint32_t words) : out_(out), start_(out.size()) {
    AddWords(words);
  }

  OutputBuffer& out() { return out_; }

  // Byte offset from the frame's start of what is appended next.
  uint32_t offset() const { return static_cast<uint32_t>(out_.size() - start_); }

  void Set(uint32_t word, uint32_t value) {
    if (!out_.exhausted()) out_.PatchWord(start_ + 4 * size_t{word}, value);
  }
  // Appends text and sets the pair of words that says where it lies.
  void SetText(uint32_t offset_word, std::string_view text) {
    Set(offset_word, offset());
    Set(offset_word + 1, static_cast<uint32_t>(text.size()));
    out_.Append(text);
  }
  // Appends words and returns the number of the first. Only before any text: words are aligned.
  uint32_t AddWords(uint32_t count) {
    const uint32_t first = offset() / 4;
    for (uint32_t i = 0; i < count; ++i) out_.AppendWord(kAbsent);
    return first;
  }

 private:
  OutputBuffer& out_;
  size_t start_;
};

}  // namespace sluice::policy
