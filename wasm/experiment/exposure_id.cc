#include "sluice/experiment/exposure_id.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "sluice/base/base64url.h"

namespace sluice::experiment {
namespace {

constexpr std::string_view kNul("\0", 1);
constexpr double kDayMs = 24.0 * 60 * 60 * 1000;
constexpr double kMaxMs = 9007199254740992;

Base64UrlId IdOf(const Sha256::Digest& digest) {
  constexpr size_t kBytes = 16;
  Base64UrlId id;
  static_assert(Base64UrlSize(kBytes) == id.size());
  EncodeBase64Url(ByteSpan(digest).first(kBytes), id.data());
  return id;
}

}  // namespace

Base64UrlId ExposureId(const ExposureKey& key, double now_ms) {
  Sha256 hash;
  for (const std::string_view part : {key.attribute, key.value, key.experiment, key.variation}) {
    hash.Update(part);
    hash.Update(kNul);
  }
  const bool is_time = now_ms >= 0 && now_ms <= kMaxMs;
  const absl::AlphaNum day(is_time ? static_cast<uint32_t>(now_ms / kDayMs) : 0u);
  hash.Update(day.Piece());
  return IdOf(hash.Finish());
}

Base64UrlId UserDigest(const HmacSha256& key, std::string_view value) {
  return IdOf(key.Sign({"user", kNul, value}));
}

}  // namespace sluice::experiment
