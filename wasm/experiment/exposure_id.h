// What names an exposure, so that a consumer can count it once.
#pragma once

#include <array>
#include <string_view>

#include "sluice/base/sha256.h"

namespace sluice::experiment {

struct ExposureKey {
  std::string_view attribute;   // that was hashed ("id")
  std::string_view value;       // as it is told: with "user": "hash", what UserDigest yields
  std::string_view experiment;  // key
  std::string_view variation;   // key
};

// base64url of 16 bytes.
using Base64UrlId = std::array<char, 22>;

// Of the first 16 bytes of SHA-256(attribute NUL value NUL experiment NUL variation NUL day), where
// the day is the number of days since 1970-01-01 UTC, in decimal. So one user's exposure to one
// variation counts once a day, wherever and however often it is sent. `now_ms` is since the epoch;
// what isn't a day (negative, not finite, over 2^53) counts as day 0.
Base64UrlId ExposureId(const ExposureKey& key, double now_ms);

// Stands for a user's value where it may not be told: the first 16 bytes of HMAC-SHA-256(key,
// "user" NUL value). Who hasn't the key can't try values.
Base64UrlId UserDigest(const HmacSha256& key, std::string_view value);

}  // namespace sluice::experiment
