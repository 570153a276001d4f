#include "sluice/base/issues.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

TEST(Issues, KeepsOrderAndCounts) {
  Issues issues;
  EXPECT_TRUE(issues.empty());
  issues.Add("unknown_key", "/limits/x", 12, "unknown key");
  issues.Add("wrong_type", "", 0, "expected an object");
  ASSERT_EQ(issues.list().size(), 2u);
  EXPECT_EQ(issues.list()[0].pointer, "/limits/x");
  EXPECT_EQ(issues.list()[0].byte_offset, 12u);
  EXPECT_EQ(issues.list()[1].code, "wrong_type");
}

TEST(Issues, BoundedInNumber) {
  Issues issues;
  for (size_t i = 0; i < 250; ++i) issues.Add("x", "", i, "m");
  EXPECT_EQ(issues.total(), 250u);
  EXPECT_EQ(issues.list().size(), Issues::kMaxIssues);
  EXPECT_EQ(issues.list().back().byte_offset, Issues::kMaxIssues - 1);
}

TEST(Issues, BoundedInText) {
  Issues issues;
  for (int i = 0; i < 50; ++i) issues.Add("x", std::string(Issues::kMaxTextBytes / 2, '/'), 0, "");
  EXPECT_EQ(issues.total(), 50u);
  EXPECT_EQ(issues.list().size(), 2u);
  EXPECT_TRUE(issues.full());
}

constexpr std::string_view kKnown[] = {"rate", "burst", "algorithm", "per", "subject"};

TEST(DidYouMean, NearNames) {
  EXPECT_EQ(DidYouMean("brust", kKnown), " (did you mean \"burst\"?)");  // a swap
  EXPECT_EQ(DidYouMean("bursts", kKnown), " (did you mean \"burst\"?)");
  EXPECT_EQ(DidYouMean("pr", kKnown), " (did you mean \"per\"?)");
  EXPECT_EQ(DidYouMean("algoritm", kKnown), " (did you mean \"algorithm\"?)");
  EXPECT_EQ(DidYouMean("Rate", kKnown), " (did you mean \"rate\"?)");
}

TEST(DidYouMean, FarNames) {
  EXPECT_EQ(DidYouMean("", kKnown), "");
  EXPECT_EQ(DidYouMean("x", kKnown), "");
  EXPECT_EQ(DidYouMean("upstream", kKnown), "");
  EXPECT_EQ(DidYouMean("bst", kKnown), "");
  EXPECT_EQ(DidYouMean("burst", {}), "");
  const std::string long_name(65, 'a');
  const std::string_view long_known[] = {long_name};
  EXPECT_EQ(DidYouMean(long_name, long_known), "");
}

// Levenshtein's distance with swaps of neighbours, by its definition.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min(
          {d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0u : 1u)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.size()][b.size()];
}

TEST(NearestName, IsNearByTheDistancesDefinition) {
  uint32_t state = 1;
  const auto below = [&state](uint32_t n) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % n;
  };
  size_t near = 0;
  for (int round = 0; round < 1500; ++round) {
    std::string name(1 + below(64), 'a');
    for (char& c : name) c = static_cast<char>('a' + below(8));
    // Faults of a hand: letters too many, too few, others, swapped.
    std::string other = name;
    for (size_t faults = below(1 + static_cast<uint32_t>(name.size())); faults > 0; --faults) {
      const size_t at = below(static_cast<uint32_t>(other.size()));
      const uint32_t kind = below(4);
      if (kind == 0) other.insert(at, 1, static_cast<char>('a' + below(8)));
      if (kind == 1 && other.size() > 1) other.erase(at, 1);
      if (kind == 2) other[at] = static_cast<char>('\x80' + static_cast<char>(below(3)));
      if (kind == 3 && at > 0) std::swap(other[at], other[at - 1]);
    }
    const std::string_view known[] = {other};
    const bool is_near =
        other.size() <= 64 && Distance(name, other) <= std::max(name.size(), other.size()) / 3;
    EXPECT_EQ(NearestName(name, known), is_near ? other : "") << name;
    near += is_near ? 1 : 0;
  }
  EXPECT_GT(near, 500u);
  EXPECT_LT(near, 1300u);
}

TEST(NearestName, TakesTheNearestAndOfEquallyNearTheFirst) {
  const std::string_view known[] = {"methods", "method", "methode", "metods"};
  EXPECT_EQ(NearestName("metods", known), "metods");
  EXPECT_EQ(NearestName("metodes", known), "metods");
  EXPECT_EQ(NearestName("methos", known), "methods");
}

TEST(Quoted, CutsAtACharacter) {
  EXPECT_EQ(Quoted("short"), "\"short\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')), "\"" + std::string(64, 'x') + "\"");
  EXPECT_EQ(Quoted(std::string(65, 'x')), "\"" + std::string(64, 'x') + "…\"");
  EXPECT_EQ(Quoted(std::string(63, 'x') + "é!"), "\"" + std::string(63, 'x') + "…\"");
}

}  // namespace
}  // namespace sluice
