#include "sluice/base/duration.h"

#include <gtest/gtest.h>

namespace sluice {
namespace {

TEST(Duration, Units) {
  EXPECT_EQ(ParseDuration("1ms"), 1);
  EXPECT_EQ(ParseDuration("250ms"), 250);
  EXPECT_EQ(ParseDuration("10s"), 10e3);
  EXPECT_EQ(ParseDuration("5m"), 300e3);
  EXPECT_EQ(ParseDuration("1h"), 3600e3);
  EXPECT_EQ(ParseDuration("7d"), 604800e3);
}

TEST(Duration, AtMost400Days) {
  EXPECT_EQ(ParseDuration("400d"), 400 * 86400e3);
  EXPECT_EQ(ParseDuration("34560000000ms"), 400 * 86400e3);
  EXPECT_EQ(ParseDuration("401d"), std::nullopt);
  EXPECT_EQ(ParseDuration("34560000001ms"), std::nullopt);
  EXPECT_EQ(ParseDuration("18446744073709551617ms"), std::nullopt);
  EXPECT_EQ(ParseDuration("99999999999999999999999999d"), std::nullopt);
}

TEST(Duration, Refuses) {
  for (const std::string_view text :
       {"", "s", "0s", "05s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1", "1S", "1sec", "1us",
        "1w", "s1", "1s1", "1msm", "\xEF\xBC\x91s"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice
