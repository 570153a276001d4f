#include "sluice/experiment/features.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/issues.h"
#include "sluice/experiment/decide.h"
#include "sluice/experiment/hash.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

// Codes without the one for rules that get version 1 unasked, as most here do.
std::vector<std::string_view> FaultsIn(const json::CompileContext& context) {
  std::vector<std::string_view> codes;
  for (const Issue& issue : context.issues().list()) {
    if (issue.code != "hash_version_1") codes.push_back(issue.code);
  }
  return codes;
}

// A payload without faults.
Program CompileText(std::string_view text) {
  json::Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  json::CompileContext context;
  absl::StatusOr<Program> program = CompileForDecisions(document.root(), context);
  EXPECT_TRUE(program.ok() && FaultsIn(context).empty()) << program.status();
  return *std::move(program);
}

// A payload of one feature "f" with one rule.
Program CompileRule(std::string_view rule) {
  return CompileText(
      absl::StrCat(R"({"features": {"f": {"defaultValue": -1, "rules": [)", rule, "]}}}"));
}

// What who has this value of the attribute gets.
class Assigned {
 public:
  Assigned(const Program& program, std::string_view feature, std::string_view attribute = "id")
      : program_(program),
        feature_(*program.Find(feature)),
        attribute_(program.FindAttribute(attribute).value_or(kNoText)) {}

  // Its JSON text, and whether the user is in the experiment.
  std::pair<std::string, bool> Of(std::string_view id) {
    const AttributeValue value = {attribute_, AttributeType::kText, id};
    const absl::StatusOr<Decisions> decided =
        Decide(program_, {.attributes = {&value, 1}, .features = {&feature_, 1}}, scratch_);
    EXPECT_TRUE(decided.ok()) << decided.status();
    return {std::string(decided->features[0].value), !decided->exposures.empty()};
  }

 private:
  const Program& program_;
  uint32_t feature_;
  uint32_t attribute_;
  EvaluateScratch scratch_;
};

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
  const Program program = CompileText(kStorefront);
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
  ASSERT_EQ(program.attribute_count(), 2u);
  EXPECT_EQ(program.attribute_name(0), "customer");
  EXPECT_EQ(program.FindAttribute("id"), 1u);
  ASSERT_EQ(program.experiment_count(), 2u);
  EXPECT_EQ(program.experiment_name(0), "checkout");
  EXPECT_EQ(program.FindExperiment("exp-7"), 1u);
  EXPECT_EQ(program.text(kNoText), "null");
}

TEST(Program, OutlivesItsText) {
  std::optional<Program> program;
  {
    const std::string text(kStorefront);
    program = CompileText(text);
  }
  EXPECT_EQ(program->feature_key(3), "product-page");
}

TEST(Program, ANumberThatIsNoneIsAnEmptyFeature) {
  const Program program = CompileText(R"({"features": {}})");
  EXPECT_EQ(program.feature_count(), 0u);
  EXPECT_EQ(program.Find("f"), std::nullopt);
  EXPECT_EQ(program.feature_key(0), "");
  EXPECT_EQ(program.attribute_name(7), "");
  EXPECT_EQ(program.experiment_name(7), "");
  EXPECT_EQ(program.text(7), "");
}

TEST(Program, DecodesEscapesInKeys) {
  const Program program = CompileText(
      R"({"features": {"caf\u00e9\n": {"rules": [{"variations": [0, 1], "seed": "\ud83d\ude00"}]}}})");
  Assigned assigned(program, "café\n");
  for (int user = 0; user < 50; ++user) {
    const std::string id = absl::StrCat(user);
    EXPECT_EQ(assigned.Of(id).first, *Hash("😀", id, 1) < 0.5 ? "0" : "1");
  }
}

TEST(Decide, FollowsHashWeightsAndCoverage) {
  const Program program = CompileText(kStorefront);
  Assigned assigned(program, "product-page", "customer");
  const std::vector<BucketRange> ranges =
      BucketRanges(3, 0.9, std::vector<double>{0.34, 0.33, 0.33});
  constexpr std::string_view kValues[] = {"\"classic\"", "\"classic\"", "\"grid\"",
                                          R"({"story": [1, 2]})"};
  int count[4] = {};
  for (int user = 0; user < 10'000; ++user) {
    const std::string id = absl::StrCat("user-", user);
    const int32_t variation = ChooseVariation(*Hash("pp-2026", id, 2), ranges);
    const auto [value, is_in] = assigned.Of(id);
    ASSERT_EQ(value, kValues[variation + 1]);
    ASSERT_EQ(is_in, variation >= 0);
    ++count[variation + 1];
  }
  EXPECT_NEAR(count[0], 1000, 150);
  EXPECT_NEAR(count[1], 3060, 200);
  EXPECT_NEAR(count[2], 2970, 200);
  EXPECT_NEAR(count[3], 2970, 200);
}

TEST(Decide, DefaultsToVersion1SeededWithTheKey) {
  const Program by_feature = CompileRule(R"({"variations": [0, 1]})");
  const Program by_key = CompileRule(R"({"variations": [0, 1], "key": "exp", "seed": ""})");
  Assigned of_feature(by_feature, "f");
  Assigned of_key(by_key, "f");
  for (int user = 0; user < 1000; ++user) {
    const std::string id = absl::StrCat(user);
    EXPECT_EQ(of_feature.Of(id).first, *Hash("f", id, 1) < 0.5 ? "0" : "1");
    EXPECT_EQ(of_key.Of(id).first, *Hash("exp", id, 1) < 0.5 ? "0" : "1");
  }
}

TEST(Decide, AnEmptyValueOrNoExperimentIsTheDefault) {
  const Program program = CompileText(kStorefront);
  const auto of = [&program](std::string_view feature, std::string_view id) {
    return Assigned(program, feature, "customer").Of(id);
  };
  EXPECT_EQ(of("product-page", ""), std::make_pair(std::string("\"classic\""), false));
  EXPECT_EQ(of("banner", "user"), std::make_pair(std::string("false"), false));
  EXPECT_EQ(of("nothing", "user"), std::make_pair(std::string("null"), false));
}

TEST(Decide, NoCoverageIsNoOne) {
  const Program program = CompileRule(R"({"variations": [0, 1], "coverage": 0})");
  Assigned assigned(program, "f");
  for (int user = 0; user < 1000; ++user) EXPECT_FALSE(assigned.Of(absl::StrCat(user)).second);
}

// As GrowthBook writes a holdout: a feature of its own, whose control the first rule asks for.
constexpr std::string_view kHoldout = R"({"features": {
  "$holdout:q1": {"defaultValue": "genpop", "rules": [
    {"key": "q1", "hashVersion": 2, "hashAttribute": "id", "coverage": 0.2, "weights": [0.5, 0.5],
     "variations": ["holdoutcontrol", "holdouttreatment"]}]},
  "checkout": {"defaultValue": "old", "rules": [
    {"id": "held", "force": "old",
     "parentConditions": [{"id": "$holdout:q1", "condition": {"value": "holdoutcontrol"}}]},
    {"key": "e1", "hashVersion": 2, "variations": ["a", "b"]}]}}})";

TEST(Decide, AHoldoutKeepsItsControlOutOfExperiments) {
  const Program program = CompileText(kHoldout);
  const uint32_t feature = *program.Find("checkout");
  const uint32_t id = *program.FindAttribute("id");
  EvaluateScratch scratch;
  std::map<std::string, int> users;
  for (int user = 0; user < 2000; ++user) {
    const std::string name = absl::StrCat("user-", user);
    const AttributeValue value = {id, AttributeType::kText, name};
    const absl::StatusOr<Decisions> decided =
        Decide(program, {.attributes = {&value, 1}, .features = {&feature, 1}}, scratch);
    ASSERT_TRUE(decided.ok());
    std::string seen = decided->features[0].value == "\"old\"" ? "old" : "new";
    for (const ExposureDecision& exposure : decided->exposures) {
      absl::StrAppend(&seen, " ", exposure.experiment, "#",
                      exposure.experiment == "q1" ? absl::StrCat(exposure.variation_index) : "");
    }
    ++users[seen];
  }
  EXPECT_EQ(users.size(), 3u);
  EXPECT_NEAR(users["old q1#0"], 200, 45);
  EXPECT_NEAR(users["new q1#1 e1#"], 200, 45);
  EXPECT_NEAR(users["new e1#"], 1600, 60);
}

TEST(CompileForDecisions, TooManyVariationsAreNobodys) {
  std::string variations = "0";
  for (uint32_t i = 1; i < kMaxVariations; ++i) absl::StrAppend(&variations, ", ", i);
  CompileRule(absl::StrCat("{\"variations\": [", variations, "]}"));

  json::Document document;
  const std::string text =
      absl::StrCat(R"({"features": {"f": {"rules": [{"variations": [)", variations, ", 0]}]}}}");
  ASSERT_TRUE(document.Parse(text).ok());
  json::CompileContext context;
  const absl::StatusOr<Program> program = CompileForDecisions(document.root(), context);
  ASSERT_TRUE(program.ok());
  EXPECT_EQ(FaultsIn(context), std::vector<std::string_view>{"out_of_range"});
  EXPECT_FALSE(Assigned(*program, "f").Of("user").second);
}

}  // namespace
}  // namespace sluice::experiment
