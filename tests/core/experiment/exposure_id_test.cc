#include "sluice/experiment/exposure_id.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "sluice/base/bytes.h"

namespace sluice::experiment {
namespace {

constexpr double kDayMs = 86'400'000;
constexpr double kNewYear2026 = 20454 * kDayMs;

std::string IdOf(const ExposureKey& key, double now_ms) {
  const Base64UrlId id = ExposureId(key, now_ms);
  return std::string(id.data(), id.size());
}

// These values by Python's hashlib and base64.
TEST(ExposureId, KnownValues) {
  const ExposureKey key = {"id", "u1", "pp-2026", "grid"};
  EXPECT_EQ(IdOf(key, kNewYear2026), "sCnxYB5UzCkpzKZ6nGYjyw");
  EXPECT_EQ(IdOf(key, kNewYear2026 + kDayMs), "daO2NPGwjS7jyD-WSkN1xw");
  EXPECT_EQ(IdOf(key, 0), "QeiynzPa8j1st3IM8_9zRg");
}

TEST(ExposureId, ADayInUtc) {
  const ExposureKey key = {"id", "u1", "pp-2026", "grid"};
  EXPECT_EQ(IdOf(key, kNewYear2026), IdOf(key, kNewYear2026 + kDayMs - 1));
  EXPECT_NE(IdOf(key, kNewYear2026), IdOf(key, kNewYear2026 - 1));
}

TEST(ExposureId, EachPartCounts) {
  const std::string id = IdOf({"id", "u1", "pp-2026", "grid"}, 0);
  EXPECT_NE(id, IdOf({"company", "u1", "pp-2026", "grid"}, 0));
  EXPECT_NE(id, IdOf({"id", "u2", "pp-2026", "grid"}, 0));
  EXPECT_NE(id, IdOf({"id", "u1", "pp-2027", "grid"}, 0));
  EXPECT_NE(id, IdOf({"id", "u1", "pp-2026", "list"}, 0));
  EXPECT_NE(id, IdOf({"idu", "1", "pp-2026", "grid"}, 0));
}

TEST(ExposureId, TimesThatAreNone) {
  const ExposureKey key = {"id", "u1", "pp-2026", "grid"};
  const std::string day0 = IdOf(key, 0);
  for (const double ms : {-1.0, -1e300, 1e300, std::numeric_limits<double>::infinity(),
                          std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_EQ(IdOf(key, ms), day0) << ms;
  }
}

TEST(UserDigest, KnownValue) {
  const HmacSha256 key(AsBytes("0123456789abcdef0123456789abcdef"));
  const Base64UrlId digest = UserDigest(key, "u1");
  EXPECT_EQ(std::string(digest.data(), digest.size()), "ql66Bg9fd2tfoIqt3ZOtvA");
  EXPECT_NE(UserDigest(key, "u2"), digest);
  EXPECT_NE(UserDigest(HmacSha256(AsBytes("another key")), "u1"), digest);
}

}  // namespace
}  // namespace sluice::experiment
