#include "sluice/policy/user_agent.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace sluice::policy {
namespace {

// Parts in a pool, with their filter.
class Parts {
 public:
  explicit Parts(const std::vector<std::string>& parts) {
    for (const std::string& part : parts) {
      refs_.push_back({static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(part.size())});
      pool_ += part;
      filter_.Add(part);
    }
  }
  bool AreIn(std::string_view text) const { return ContainsPart(text, refs_, pool_, filter_); }

 private:
  std::string pool_;
  std::vector<StringRef> refs_;
  PartFilter filter_;
};

TEST(UserAgent, APartIsFoundAtBothEndsAndInAnyCase) {
  const Parts parts({"bot/", "yo", "+http"});
  for (const std::string_view text :
       {"bot/", "a BoT/1", "x yo", "YO", "xyoz", "(+HTTPs", " +http"}) {
    EXPECT_TRUE(parts.AreIn(text)) << text;
  }
  for (const std::string_view text :
       {"", "b", "bot", "y o", "khttp", "bOt\x0F", "+htt", "bo bot"}) {
    EXPECT_FALSE(parts.AreIn(text)) << text;
  }
}

// Over an alphabet in which what differs has the same low bits.
TEST(UserAgent, FindsWhatASearchForEachPartFinds) {
  constexpr std::string_view kAlphabet = "aA!b+K";
  constexpr std::string_view kLower = "a!b+k";
  std::mt19937 random(20261121);
  const auto text_of = [&random](std::string_view alphabet, size_t length) {
    std::string text;
    while (text.size() < length) text += alphabet[random() % alphabet.size()];
    return text;
  };
  int found = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<std::string> names;
    for (uint32_t i = 0; i <= random() % 3; ++i) names.push_back(text_of(kLower, 2 + random() % 4));
    const std::string text = text_of(kAlphabet, random() % 12);
    bool expected = false;
    for (const std::string& name : names) expected |= absl::StrContainsIgnoreCase(text, name);
    ASSERT_EQ(Parts(names).AreIn(text), expected) << text << " " << names[0];
    found += expected ? 1 : 0;
  }
  EXPECT_GT(found, 1000);
  EXPECT_LT(found, 18000);
}

}  // namespace
}  // namespace sluice::policy
