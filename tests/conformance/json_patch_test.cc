// The test suite for JSON Patch (json-patch/json-patch-tests, tests.json), from its raw text:
// parsed and written again it would lose the duplicate members that some cases are about.
//
// The suite disables three cases; all three are run here as well:
//   "Toplevel scalar values OK?"  RFC 7159 allows them, older parsers don't
//   "Whole document"              a test of "", the pointer to the root, which RFC 6902 allows
//   "duplicate ops"               most parsers drop one of the two members before a patch sees it
#include <cstdint>
#include <string>

#include "../support/conformance.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/query/compare.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

using json::Value;

bool Same(Value a, Value b) {
  query::StepMeter meter(1u << 20);
  query::Arena arena;
  arena.Reset(1u << 20);
  return query::Comparer(meter, arena)
      .Equal(query::Item::Node(a.document(), a.index()),
             query::Item::Node(b.document(), b.index()));
}

// "" where the patch does what the case says.
std::string Check(Value test) {
  const std::string steps = "[{\"patch\":" + std::string(test.Find("patch").raw()) + "}]";
  const bool fails = test.Find("error").present();
  json::Document document;
  json::CompileContext context;
  if (!document.Parse(steps).ok()) return "no JSON";
  const absl::StatusOr<Program> program = Compile(document.root(), context);
  if (!program.ok()) return fails ? "" : "doesn't compile: " + context.issues().list()[0].message;
  Scratch scratch;
  OutputBuffer out(1u << 20);
  const absl::Status status =
      Apply(*program, test.Find("doc").raw(), {}, TransformBudget(), scratch, out);
  if (fails) return ErrorCodeOf(status) == ErrorCode::kTransformFailed ? "" : "doesn't fail";
  if (!status.ok()) return std::string(status.message());
  json::Document result;
  if (!result.Parse(out.text()).ok()) return "the result is no JSON";
  const Value expected = test.Find("expected");
  if (!expected.present() || Same(result.root(), expected)) return "";
  return "comes to " + std::string(out.text());
}

TEST(JsonPatchSuite, All) {
  SLUICE_CONFORMANCE_FILE(text, "json-patch/tests.json");
  json::Document suite;
  ASSERT_TRUE(suite.Parse(text).ok());
  uint32_t passed = 0;
  uint32_t disabled = 0;
  for (const Value test : json::Elements(suite.root())) {
    const std::string wrong = Check(test);
    EXPECT_EQ(wrong, "") << test.raw();
    passed += wrong.empty() ? 1 : 0;
    disabled += test.Find("disabled").present() ? 1 : 0;
  }
  EXPECT_EQ(passed, suite.root().size());
  EXPECT_EQ(disabled, 3u);
  EXPECT_GE(passed, 95u);
}

}  // namespace
}  // namespace sluice::transform
