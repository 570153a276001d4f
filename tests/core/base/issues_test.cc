#include "sluice/base/issues.h"

#include <gtest/gtest.h>

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

TEST(Quoted, CutsAtACharacter) {
  EXPECT_EQ(Quoted("short"), "\"short\"");
  EXPECT_EQ(Quoted(std::string(64, 'x')), "\"" + std::string(64, 'x') + "\"");
  EXPECT_EQ(Quoted(std::string(65, 'x')), "\"" + std::string(64, 'x') + "…\"");
  EXPECT_EQ(Quoted(std::string(63, 'x') + "é!"), "\"" + std::string(63, 'x') + "…\"");
}

}  // namespace
}  // namespace sluice
