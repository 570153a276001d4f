// Layout of the frames that go in and out of a policy. The numbers are those of wasm/abi/sluice.h,
// which states what the words mean; wasm/abi asserts that they agree.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::policy {

constexpr uint32_t kAbsent = 0xFFFFFFFF;
constexpr uint32_t kFactsVersion = 1;
constexpr uint32_t kMatchVersion = 2;
constexpr uint32_t kPlanVersion = 6;

enum Slot : uint32_t {
  kSlotMethod,
  kSlotHost,
  kSlotPath,
  kSlotQuery,
  kSlotIp,
  kSlotRandom,
  kSlotDigest,
  kSlotUrl,
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
  kPlanRedirectOffset,
  kPlanRedirectLength,
  kPlanFlagsOffset,
  kPlanFlagsLength,
  kPlanVisitorOffset,
  kPlanVisitorLength,
  kPlanVariantCount,
  kPlanVariantsOffset,
  kPlanCookieCount,
  kPlanCookiesOffset,
  kPlanExposureCount,
  kPlanExposuresOffset,
  kPlanChargeCount,
  kPlanChargesOffset,
  kPlanInputCount,
  kPlanInputsOffset,
  kPlanFaultsOffset,
  kPlanFaultsLength,
  kPlanWords,
};

// Words of one cookie to be set.
enum CookieWord : uint32_t {
  kCookieOffset,
  kCookieLength,
  kCookieWords,
};

// Words of one exposure.
enum ExposureWord : uint32_t {
  kExposureIdOffset,
  kExposureIdLength,
  kExposureFeatureOffset,
  kExposureFeatureLength,
  kExposureExperimentOffset,
  kExposureExperimentLength,
  kExposureVariationOffset,
  kExposureVariationLength,
  kExposureAttributeOffset,
  kExposureAttributeLength,
  kExposureValueOffset,
  kExposureValueLength,
  kExposureVariationIndex,
  kExposureSticky,
  kExposureWords,
};

// Words of one input of a plan.
enum InputWord : uint32_t {
  kInputPathOffset,
  kInputPathLength,
  kInputWords,
};

enum ChargeWord : uint32_t {
  kChargeLimit,
  kChargeRule,
  kChargeCost,
  kChargeVerdict,
  kChargeSource,
  kChargeFlags,
  kChargeSubjectOffset,
  kChargeSubjectLength,
  kChargeRemaining,
  kChargeResetMs,  // f64, in two words
  kChargeResetMsHigh,
  kChargeRetryMs,  // f64
  kChargeRetryMsHigh,
  kChargeId,  // u64
  kChargeIdHigh,
  kChargeOperationsOffset,
  kChargeOperationsLength,
  kChargeWords,
};

enum class ChargeVerdict : uint32_t {
  kAsk,
  kAdmitted,
  kDenied,
  kExempt,
  kRefused,
};

enum ChargeFlag : uint32_t {
  kChargeShadow = 1,
  kChargeBlocked = 2,
};

constexpr uint32_t kMaxCharges = 16;
constexpr uint32_t kMaxInputs = 16;
constexpr uint32_t kMaxExperiments = 8;
// Of the visitor, the sticky buckets, the override.
constexpr uint32_t kMaxCookies = 3;

// Makes one frame: its words on the stack, its text in a buffer that is kept between frames, and
// both appended at the end. That is three times as fast as patching words into the output.
class FrameWriter {
 public:
  // Charges, inputs, variants and cookies, as many as a route may have, lie behind the fixed words;
  // exposures in the text. All words are absent until set. Borrows `text` and clears it.
  FrameWriter(uint32_t word_count, OutputBuffer& text) : word_count_(word_count), text_(text) {
    for (uint32_t word = 0; word < word_count_; ++word) words_[word] = kAbsent;
    text_.Clear();
  }

  // Where the text of the frame goes.
  OutputBuffer& text() { return text_; }
  // Byte offset from the frame's start of what is appended next to the text.
  uint32_t offset() const { return 4 * word_count_ + static_cast<uint32_t>(text_.size()); }

  // That of the text's start.
  uint32_t text_offset() const { return 4 * word_count_; }

  void Set(uint32_t word, uint32_t value) { words_[word] = value; }
  // Appends text and sets the pair of words that says where it lies.
  void SetText(uint32_t offset_word, std::string_view text) {
    Set(offset_word, offset());
    Set(offset_word + 1, static_cast<uint32_t>(text.size()));
    text_.Append(text);
  }

  // Appends the frame. False if the text or `out` ran out of room; then what is in `out` is no
  // frame.
  bool AppendTo(OutputBuffer& out) const {
    static_assert(std::endian::native == std::endian::little);
    out.Append({reinterpret_cast<const char*>(words_), 4 * size_t{word_count_}});
    out.Append(text_.text());
    return !text_.exhausted() && !out.exhausted();
  }

 private:
  static constexpr uint32_t kMaxFixedWords = kPlanWords;
  static_assert(kMatchWords <= kMaxFixedWords);
  static constexpr uint32_t kMaxWords = kMaxFixedWords + kMaxCharges * kChargeWords +
                                        kMaxInputs * kInputWords + kMaxExperiments +
                                        kMaxCookies * kCookieWords;

  uint32_t words_[kMaxWords];
  uint32_t word_count_;
  OutputBuffer& text_;
};

}  // namespace sluice::policy
