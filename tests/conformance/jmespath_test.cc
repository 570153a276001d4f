// JMESPath's compliance tests (jmespath/jmespath.test).
#include "sluice/query/jmespath.h"

#include <cstdio>
#include <string>
#include <vector>

#include "../support/conformance.h"
#include "gtest/gtest.h"
#include "sluice/query/compare.h"

namespace sluice::query {
namespace {

using json::Value;

constexpr const char* kFiles[] = {"basic",   "boolean",     "current",     "escape",
                                  "filters", "functions",   "identifiers", "indices",
                                  "literal", "multiselect", "pipe",        "slice",
                                  "syntax",  "unicode",     "wildcard",    "benchmarks"};

bool SameValue(std::string_view json, Value expected) {
  json::Document document;
  if (!document.Parse(json).ok()) return false;
  StepMeter meter(1u << 20);
  Arena arena;
  arena.Reset(1u << 20);
  return Comparer(meter, arena)
      .Equal(Item::Node(&document, 0), Item::Node(expected.document(), expected.index()));
}

// What became of a case: "error: <name>" or the result's text.
std::string Outcome(std::string_view expression, std::string_view given) {
  const absl::StatusOr<JmesPath> path = JmesPath::Compile(expression);
  if (!path.ok()) return "error: " + std::string(JmesErrorName(path.status()));
  json::Document document;
  if (!document.Parse(given).ok()) return "no JSON";
  JmesScratch scratch;
  OutputBuffer out(1u << 20);
  const absl::Status status = path->Run(document, scratch, out);
  if (!status.ok()) return "error: " + std::string(JmesErrorName(status));
  return std::string(out.text());
}

bool Passes(Value test, Value given, std::string* outcome) {
  std::string decoded;
  *outcome = Outcome(test.Find("expression").string(&decoded), given.raw());
  const Value error = test.Find("error");
  if (error.present()) return *outcome == "error: " + std::string(error.raw_string());
  if (test.Find("bench").present()) return outcome->rfind("error", 0) != 0;
  return SameValue(*outcome, test.Find("result"));
}

TEST(Conformance, JmesPath) {
  size_t passed = 0;
  size_t total = 0;
  for (const char* file : kFiles) {
    SLUICE_CONFORMANCE_FILE(text, "jmespath/tests/" + std::string(file) + ".json");
    json::Document suite;
    ASSERT_TRUE(suite.Parse(text).ok()) << file;
    for (const Value group : json::Elements(suite.root())) {
      for (const Value test : json::Elements(group.Find("cases"))) {
        std::string outcome;
        const bool ok = Passes(test, group.Find("given"), &outcome);
        EXPECT_TRUE(ok) << file << " " << test.raw() << "\n" << outcome;
        if (test.Find("bench").present()) continue;
        passed += ok ? 1 : 0;
        ++total;
      }
    }
  }
  std::printf("JMESPath compliance: %zu of %zu\n", passed, total);
  EXPECT_GE(total, 892u);
}

}  // namespace
}  // namespace sluice::query
