#include "sluice/query/normalized_path.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "sluice/base/status.h"

namespace sluice::query {
namespace {

TEST(NormalizedPath, WritesNamesAndIndices) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"({"a": [1, {"b": 2}], "it's \\ \n\u000b é\u00e9": 3})").ok());
  std::vector<std::string> paths;
  for (const uint32_t node : {0u, 2u, 3u, 4u, 6u, 8u}) {
    AppendNormalizedPath(document, node, &paths.emplace_back());
  }
  EXPECT_EQ(paths, (std::vector<std::string>{"$", "$['a']", "$['a'][0]", "$['a'][1]",
                                             "$['a'][1]['b']", "$['it\\'s \\\\ \\n\\u000b éé']"}));
}

TEST(NormalizedPaths, KeepsTheOrderItIsAskedIn) {
  json::Document document;
  ASSERT_TRUE(document.Parse(R"([[1, 2], {"a": [3]}, 4])").ok());
  NormalizedPaths paths;
  const std::vector<uint32_t> nodes = {8, 3, 7, 0, 3, 2, 4};
  ASSERT_TRUE(paths.Build(document, nodes, 1000).ok());
  ASSERT_EQ(paths.size(), nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    std::string alone;
    AppendNormalizedPath(document, nodes[i], &alone);
    EXPECT_EQ(paths[i], alone);
  }
  EXPECT_EQ(paths[0], "$[2]");
  EXPECT_EQ(paths[2], "$[1]['a'][0]");
}

TEST(NormalizedPaths, HasABudget) {
  json::Document document;
  ASSERT_TRUE(document.Parse("[1,2]").ok());
  NormalizedPaths paths;
  const absl::Status status = paths.Build(document, {1, 2}, 7);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(paths.size(), 0u);
}

// Backwards over 200,000 siblings: from the root each time it would be 2·10^10 steps.
TEST(NormalizedPaths, IsLinearInAnyOrder) {
  std::string json = "[0";
  for (int i = 1; i < 200'000; ++i) json += ",0";
  json += ']';
  json::Document document;
  ASSERT_TRUE(document.Parse(json).ok());
  std::vector<uint32_t> nodes;
  for (uint32_t i = 200'000; i > 0; --i) nodes.push_back(i);
  NormalizedPaths paths;
  ASSERT_TRUE(paths.Build(document, nodes, 1u << 24).ok());
  EXPECT_EQ(paths[0], "$[199999]");
  EXPECT_EQ(paths[199'999], "$[0]");
}

}  // namespace
}  // namespace sluice::query
