// A signed token with which somebody sees variations of their choice.
//
//   text   = base64url of: [ key "=" variation *( "&" key "=" variation ) ] ";" end
//   token  = text "." MAC      (base/signed_text.h: purpose "override", no name)
//
// Keys of experiments are percent-encoded as encodeURIComponent does it, variations are indexes,
// the end is in seconds since the epoch. `signOverride` (worker-shim/core/override-token.ts) makes
// them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/signed_text.h"

namespace sluice::experiment {

struct OverrideVariation {
  std::string_view experiment;  // key
  uint32_t variation;
};

// Where a verified token is taken apart; keys point into it, so it stays where it is.
class OverrideToken {
 public:
  static constexpr size_t kMaxTokenBytes = 2048;
  static constexpr size_t kMaxExperiments = 32;
  static constexpr uint32_t kMaxVariation = 255;

  OverrideToken() = default;
  OverrideToken(const OverrideToken&) = delete;
  OverrideToken& operator=(const OverrideToken&) = delete;

  // False, and nothing is forced, unless one of the signer's keys made `token`, it is well-formed
  // and its end is after `now_ms`. O(token), no allocation.
  bool Verify(const TextSigner& signer, std::string_view token, double now_ms);

  // In the token's order; a key may be there twice, and the first counts.
  absl::Span<const OverrideVariation> forced() const { return {forced_.data(), count_}; }
  // Milliseconds since the epoch; of a token that was verified.
  double end_ms() const { return end_ms_; }

 private:
  bool Parse(absl::Span<uint8_t> text);
  bool ParsePair(absl::Span<uint8_t> pair);

  std::array<uint8_t, kMaxTokenBytes / 4 * 3> text_;
  std::array<OverrideVariation, kMaxExperiments> forced_;
  size_t count_ = 0;
  double end_ms_ = 0;
};

}  // namespace sluice::experiment
