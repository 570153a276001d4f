#include "sluice/experiment/features.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../support/conformance.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/experiment/hash.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using Strings = std::vector<std::string>;

struct Compiled {
  std::optional<Program> program;
  Strings issues;  // "code pointer@offset"
};

Compiled CompileText(std::string_view text) {
  json::Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  json::CompileContext context;
  Compiled compiled;
  absl::StatusOr<Program> program = Compile(document.root(), context);
  for (const Issue& issue : context.issues().list()) {
    EXPECT_FALSE(issue.message.empty());
    compiled.issues.push_back(absl::StrCat(issue.code, " ", issue.pointer, "@", issue.byte_offset));
  }
  EXPECT_EQ(program.ok(), compiled.issues.empty());
  if (program.ok()) {
    compiled.program = *std::move(program);
  } else {
    EXPECT_EQ(ErrorCodeOf(program.status()), ErrorCode::kInvalidPolicy);
  }
  return compiled;
}

constexpr std::string_view kBeforeRule = R"({"features": {"f": {"defaultValue": 0, "rules": [)";

// A payload of one feature "f" with one rule.
Compiled CompileRule(std::string_view rule) {
  return CompileText(absl::StrCat(kBeforeRule, rule, "]}}}"));
}

constexpr std::string_view kStorefront = R"({"features": {
  "product-page": {"defaultValue": "classic", "rules": [
    {"variations": ["classic", "grid", {"story": [1, 2]}], "weights": [0.34, 0.33, 0.33],
     "coverage": 0.9, "hashAttribute": "customer", "hashVersion": 2, "seed": "pp-2026",
     "key": "exp-7", "name": "Product page", "phase": "0", "id": "fr_1",
     "meta": [{"key": "0", "name": "Classic"}, {"key": "1", "passthrough": false}, {}]}]},
  "banner": {"defaultValue": false},
  "checkout": {"rules": [{"variations": [1.50, 2e0]}]},
  "nothing": {"rules": []}
}, "status": 200, "dateUpdated": "2026-11-21"})";

TEST(Program, DescribesItsFeatures) {
  const Compiled compiled = CompileText(kStorefront);
  ASSERT_TRUE(compiled.program.has_value());
  const Program& program = *compiled.program;
  EXPECT_EQ(program.block().format_version(), Program::kFormatVersion);
  ASSERT_EQ(program.feature_count(), 4u);
  EXPECT_EQ(program.Find("banner"), 0u);
  EXPECT_EQ(program.Find("checkout"), 1u);
  EXPECT_EQ(program.Find("nothing"), 2u);
  EXPECT_EQ(program.Find("product-page"), 3u);
  for (const std::string_view absent : {"", "a", "bannes", "z", "product-pag", "product-pages"}) {
    EXPECT_EQ(program.Find(absent), std::nullopt) << absent;
  }
  EXPECT_EQ(program.feature_key(3), "product-page");
  EXPECT_EQ(program.default_value(3), "\"classic\"");
  EXPECT_EQ(program.experiment_key(3), "exp-7");
  EXPECT_EQ(program.hash_attribute(3), "customer");
  ASSERT_EQ(program.variation_count(3), 3u);
  EXPECT_EQ(program.variation_value(3, 1), "\"grid\"");
  EXPECT_EQ(program.variation_value(3, 2), R"({"story": [1, 2]})");
  EXPECT_EQ(program.variation_value(3, 3), "");

  EXPECT_EQ(program.default_value(1), "null");
  EXPECT_EQ(program.experiment_key(1), "checkout");
  EXPECT_EQ(program.hash_attribute(1), "id");
  EXPECT_EQ(program.variation_value(1, 0), "1.50");

  EXPECT_EQ(program.variation_count(0), 0u);
  EXPECT_EQ(program.hash_attribute(0), "");
  EXPECT_EQ(program.default_value(0), "false");
}

TEST(Program, OutlivesItsText) {
  Compiled compiled;
  {
    const std::string text(kStorefront);
    compiled = CompileText(text);
  }
  EXPECT_EQ(compiled.program->feature_key(3), "product-page");
}

TEST(Program, ANumberThatIsNoneIsAnEmptyFeature) {
  const Compiled compiled = CompileText(R"({"features": {}})");
  ASSERT_TRUE(compiled.program.has_value());
  const Program& program = *compiled.program;
  EXPECT_EQ(program.feature_count(), 0u);
  EXPECT_EQ(program.Find("f"), std::nullopt);
  EXPECT_EQ(program.feature_key(0), "");
  EXPECT_EQ(program.default_value(0), "");
  EXPECT_EQ(program.variation_count(7), 0u);
  EXPECT_EQ(program.variation_value(7, 7), "");
  EXPECT_EQ(Assign(program, 7, "user").variation, -1);
}

TEST(Program, DecodesEscapesInKeys) {
  const Compiled compiled = CompileText(
      R"({"features": {"caf\u00e9\n": {"rules": [{"variations": [0, 1], "seed": "\ud83d\ude00"}]}}})");
  ASSERT_TRUE(compiled.program.has_value());
  EXPECT_EQ(compiled.program->Find("café\n"), 0u);
  for (int user = 0; user < 50; ++user) {
    const double bucket = *Hash("😀", absl::StrCat(user), 1);
    EXPECT_EQ(Assign(*compiled.program, 0, absl::StrCat(user)).variation, bucket < 0.5 ? 0 : 1);
  }
}

TEST(Assign, FollowsHashWeightsAndCoverage) {
  const Compiled compiled = CompileText(kStorefront);
  ASSERT_TRUE(compiled.program.has_value());
  const std::vector<BucketRange> ranges =
      BucketRanges(3, 0.9, std::vector<double>{0.34, 0.33, 0.33});
  int count[4] = {};
  for (int user = 0; user < 10'000; ++user) {
    const std::string id = absl::StrCat("user-", user);
    const Assignment assignment = Assign(*compiled.program, 3, id);
    ASSERT_EQ(assignment.variation, ChooseVariation(*Hash("pp-2026", id, 2), ranges));
    EXPECT_EQ(assignment.in_experiment, assignment.variation >= 0);
    ++count[assignment.variation + 1];
  }
  EXPECT_NEAR(count[0], 1000, 150);
  EXPECT_NEAR(count[1], 3060, 200);
  EXPECT_NEAR(count[2], 2970, 200);
  EXPECT_NEAR(count[3], 2970, 200);
}

TEST(Assign, DefaultsToVersion1SeededWithTheKey) {
  const Compiled by_feature = CompileRule(R"({"variations": [0, 1]})");
  const Compiled by_key = CompileRule(R"({"variations": [0, 1], "key": "exp", "seed": ""})");
  for (int user = 0; user < 1000; ++user) {
    const std::string id = absl::StrCat(user);
    EXPECT_EQ(Assign(*by_feature.program, 0, id).variation, *Hash("f", id, 1) < 0.5 ? 0 : 1);
    EXPECT_EQ(Assign(*by_key.program, 0, id).variation, *Hash("exp", id, 1) < 0.5 ? 0 : 1);
  }
}

TEST(Assign, AnEmptyValueOrNoExperimentIsTheDefault) {
  const Compiled compiled = CompileText(kStorefront);
  for (const auto& [feature, value] : {std::pair{3u, ""}, {0u, "user"}, {2u, "user"}}) {
    const Assignment assignment = Assign(*compiled.program, feature, value);
    EXPECT_EQ(assignment.variation, -1);
    EXPECT_FALSE(assignment.in_experiment);
  }
}

TEST(Assign, NoCoverageIsNoOne) {
  const Compiled compiled = CompileRule(R"({"variations": [0, 1], "coverage": 0})");
  for (int user = 0; user < 1000; ++user) {
    EXPECT_FALSE(Assign(*compiled.program, 0, absl::StrCat(user)).in_experiment);
  }
}

TEST(CompileFeatures, EveryFaultOfAPayloadHasItsPlace) {
  const struct {
    std::string_view text;
    Strings issues;
  } cases[] = {
      {"[]", {"wrong_type @0"}},
      {"{}", {"missing_key @0"}},
      {R"({"features": 1})", {"wrong_type /features@13"}},
      {R"({"features": {}, "feature": {}})", {"unknown_key /feature@17"}},
      {R"({"features": {"a": 1, "b": {"rules": 2, "defaultvalue": 3}}})",
       {"wrong_type /features/a@19", "unknown_key /features/b/defaultvalue@40",
        "wrong_type /features/b/rules@37"}},
      {R"({"features": {"b": {}, "a": {}, "b": {}}})", {"duplicate_key /features/b@32"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(CompileText(c.text).issues, c.issues);
  }
}

TEST(CompileFeatures, EveryFaultOfARuleHasItsPlace) {
  constexpr std::string_view kRule = "/features/f/rules/0";
  const struct {
    std::string_view rule;
    Strings issues;  // pointers below the rule, offsets in the rule
  } cases[] = {
      {"7", {"wrong_type @0"}},
      {"{}", {"missing_key @0"}},
      {R"({"variations": {}})", {"wrong_type /variations@15"}},
      {R"({"variations": [1]})", {"out_of_range /variations@15"}},
      {R"({"force": 1})", {"unsupported /force@1"}},
      {R"({"variations": [1, 2], "condition": {"a": 1}})", {"unsupported /condition@23"}},
      {R"({"variations": [1, 2], "ranges": []})", {"unsupported /ranges@23"}},
      {R"({"variations": [1, 2], "namespace": ["n", 0, 1]})", {"unsupported /namespace@23"}},
      {R"({"variations": [1, 2], "seed": 1, "key": 2, "hashAttribute": 3, "name": 4})",
       {"wrong_type /key@41", "wrong_type /seed@31", "wrong_type /hashAttribute@61",
        "wrong_type /name@72"}},
      {R"({"variations": [1, 2], "variations": [1, 2]})", {"duplicate_key /variations@23"}},
      {R"({"variations": [1, 2], "hashVersion": 3})", {"out_of_range /hashVersion@38"}},
      {R"({"variations": [1, 2], "hashVersion": "2"})", {"wrong_type /hashVersion@38"}},
      {R"({"variations": [1, 2], "coverage": 1.01})", {"out_of_range /coverage@35"}},
      {R"({"variations": [1, 2], "coverage": -1e999})", {"out_of_range /coverage@35"}},
      {R"({"variations": [1, 2], "weights": [0.5, 0.3, 0.2]})", {"invalid_weights /weights@34"}},
      {R"({"variations": [1, 2], "weights": []})", {"invalid_weights /weights@34"}},
      {R"({"variations": [1, 2], "weights": [0.4, 0.1]})", {"invalid_weights /weights@34"}},
      {R"({"variations": [1, 2], "weights": [1.5, -0.5]})",
       {"out_of_range /weights/0@35", "out_of_range /weights/1@40"}},
      {R"({"variations": [1, 2], "weights": ["1", 0]})", {"wrong_type /weights/0@35"}},
      {R"({"variations": [1, 2], "meta": [{"passthrough": true}, 1, {"nam": ""}]})",
       {"unsupported /meta/0/passthrough@48", "wrong_type /meta/1@55",
        "unknown_key /meta/2/nam@59"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.rule);
    Strings expected;
    for (const std::string& issue : c.issues) {
      const size_t space = issue.find(' ') + 1;
      const size_t at = issue.find('@') + 1;
      const size_t offset = kBeforeRule.size() + std::stoul(issue.substr(at));
      expected.push_back(
          absl::StrCat(issue.substr(0, space), kRule, issue.substr(space, at - space), offset));
    }
    EXPECT_EQ(CompileRule(c.rule).issues, expected);
  }
}

TEST(CompileFeatures, ASecondRuleIsRefused) {
  const Strings expected = {
      absl::StrCat("unsupported /features/f/rules/1@", kBeforeRule.size() + 24)};
  EXPECT_EQ(CompileRule(R"({"variations": [1, 2]}, {"variations": [1, 2]})").issues, expected);
}

TEST(CompileFeatures, TooManyVariationsAreRefused) {
  std::string variations = "0";
  for (uint32_t i = 1; i < kMaxVariations; ++i) absl::StrAppend(&variations, ", ", i);
  EXPECT_TRUE(CompileRule(absl::StrCat("{\"variations\": [", variations, "]}")).issues.empty());
  EXPECT_EQ(CompileRule(absl::StrCat("{\"variations\": [", variations, ", 0]}")).issues.size(), 1u);
}

// GrowthBook's own cases whose rules are experiments that this engine takes: same value, same
// in or out.
TEST(GrowthBookCases, Feature) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int checked = 0;
  for (const json::Value row : json::Elements(document.root().Find("feature"))) {
    std::vector<json::Value> items;
    for (const json::Value item : json::Elements(row)) items.push_back(item);
    const json::Value payload = items.at(1);
    std::string scratch;
    json::Document features;
    if (!payload.Find("features").present()) continue;
    const std::string only = absl::StrCat("{\"features\": ", payload.Find("features").raw(), "}");
    ASSERT_TRUE(features.Parse(only).ok());
    json::CompileContext context;
    const absl::StatusOr<Program> program = Compile(features.root(), context);
    const std::string key(items.at(2).string(&scratch));
    if (!program.ok()) continue;
    const std::optional<uint32_t> feature = program->Find(key);
    if (!feature.has_value()) continue;
    SCOPED_TRACE(row.raw());
    const json::Value value =
        payload.Find("attributes").present()
            ? payload.Find("attributes").Find(program->hash_attribute(*feature))
            : json::Value();
    std::string id;
    if (value.is(json::Kind::kString)) id = value.string(&scratch);
    if (value.is(json::Kind::kNumber)) id = value.raw();
    const Assignment assignment = Assign(*program, *feature, id);
    const json::Value expected = items.at(3).Find("value");
    EXPECT_EQ(assignment.in_experiment
                  ? program->variation_value(*feature, static_cast<uint32_t>(assignment.variation))
                  : program->default_value(*feature),
              expected.raw());
    ++checked;
  }
  EXPECT_EQ(checked, 7);
}

}  // namespace
}  // namespace sluice::experiment
