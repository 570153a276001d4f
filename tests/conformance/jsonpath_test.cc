// JSONPath's compliance test suite (jsonpath-standard/jsonpath-compliance-test-suite).
#include "sluice/query/jsonpath.h"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "../support/conformance.h"
#include "gtest/gtest.h"
#include "sluice/query/compare.h"
#include "sluice/query/normalized_path.h"

namespace sluice::query {
namespace {

using json::Value;

// The nodes' values as the elements of `expected`, deeply.
bool SameValues(const json::Document& document, const std::vector<uint32_t>& nodes,
                Value expected) {
  StepMeter meter(1u << 20);
  Arena arena;
  arena.Reset(1u << 20);
  Comparer comparer(meter, arena);
  if (expected.size() != nodes.size()) return false;
  size_t i = 0;
  for (const Value element : json::Elements(expected)) {
    if (!comparer.Equal(Item::Node(&document, nodes[i++]),
                        Item::Node(element.document(), element.index()))) {
      return false;
    }
  }
  return true;
}

bool SamePaths(const NormalizedPaths& paths, Value expected) {
  if (expected.size() != paths.size()) return false;
  std::string decoded;
  size_t i = 0;
  for (const Value element : json::Elements(expected)) {
    if (element.string(&decoded) != paths[i++]) return false;
  }
  return true;
}

// Where several orders are right, values and paths of one of them.
bool AnyOf(const json::Document& document, const std::vector<uint32_t>& nodes, Value test) {
  NormalizedPaths paths;
  if (!paths.Build(document, nodes, 1u << 20).ok()) return false;
  if (test.Find("result").present()) {
    const Value expected = test.Find("result_paths");
    return SameValues(document, nodes, test.Find("result")) &&
           (!expected.present() || SamePaths(paths, expected));
  }
  const Value all_paths = test.Find("results_paths");
  auto expected = json::Elements(all_paths).begin();
  for (const Value result : json::Elements(test.Find("results"))) {
    if (SameValues(document, nodes, result) &&
        (!all_paths.present() || SamePaths(paths, *expected))) {
      return true;
    }
    if (all_paths.present()) ++expected;
  }
  return false;
}

bool Passes(Value test, std::string* why) {
  std::string decoded;
  const absl::StatusOr<JsonPath> path = JsonPath::Compile(test.Find("selector").string(&decoded));
  if (test.Find("invalid_selector").present()) {
    *why = "accepted an invalid selector";
    return !path.ok();
  }
  *why = path.status().ToString();
  if (!path.ok()) return false;
  json::Document document;
  if (!document.Parse(test.Find("document").raw()).ok()) return false;
  JsonPathScratch scratch;
  std::vector<uint32_t> nodes;
  *why = path->Run(document, scratch, nodes).ToString();
  return *why == "OK" && AnyOf(document, nodes, test);
}

TEST(Conformance, JsonPath) {
  SLUICE_CONFORMANCE_FILE(text, "jsonpath/cts.json");
  json::Document suite;
  ASSERT_TRUE(suite.Parse(text).ok());
  size_t passed = 0;
  size_t total = 0;
  for (const Value test : json::Elements(suite.root().Find("tests"))) {
    std::string why;
    const bool ok = Passes(test, &why);
    EXPECT_TRUE(ok) << test.Find("name").raw() << " " << test.Find("selector").raw() << " " << why;
    passed += ok ? 1 : 0;
    ++total;
  }
  std::printf("JSONPath compliance: %zu of %zu\n", passed, total);
  EXPECT_GE(total, 703u);
}

}  // namespace
}  // namespace sluice::query
