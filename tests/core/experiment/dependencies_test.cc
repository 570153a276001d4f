#include "sluice/experiment/dependencies.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

using Strings = std::vector<std::string>;

Program CompileText(std::string_view text) {
  json::Document document;
  EXPECT_TRUE(document.Parse(text).ok()) << text;
  json::CompileContext context;
  absl::StatusOr<Program> program = CompileForDecisions(document.root(), context);
  EXPECT_TRUE(program.ok()) << program.status();
  return *std::move(program);
}

Strings AttributesOf(const Program& program, std::string_view feature) {
  const uint32_t number = *program.Find(feature);
  Strings names;
  for (const uint32_t attribute :
       DependenciesOf(program, absl::MakeConstSpan(&number, 1)).attributes) {
    names.emplace_back(program.attribute_name(attribute));
  }
  return names;
}

constexpr std::string_view kPayload = R"({"features": {
  "plain": {"defaultValue": 1},
  "condition": {"rules": [{"condition": {"$or": [{"a.b": 1}, {"c": {"$elemMatch": {"d": 1}}}]},
                           "force": {"x": 1}}]},
  "rollout": {"rules": [{"coverage": 0.5, "hashAttribute": "company", "force": 1}]},
  "experiment": {"rules": [{"key": "e", "variations": ["p", "q"], "hashAttribute": "id",
      "fallbackAttribute": "device", "filters": [{"attribute": "f", "seed": "s", "ranges": []}]}]},
  "child": {"rules": [{"parentConditions": [{"id": "condition", "condition": {"value": 1}}],
                       "variations": [0, 1]}]},
  "gated": {"defaultValue": 1, "rules": [
      {"parentConditions": [{"id": "condition", "condition": {"value": 1}, "gate": true}], "force": 2}]},
  "group": {"rules": [{"condition": {"$savedGroup": {"id": "loop"}}, "force": 1}]}},
  "savedGroups": {"loop": {"type": "condition", "condition":
      {"country": "NL", "$not": {"$savedGroup": {"id": "loop"}}}}},
  "experiments": [{"key": "run", "variations": [0, 1], "hashAttribute": "browser",
                   "urlPatterns": [{"type": "simple", "pattern": "/a"}]}]})";

TEST(Dependencies, AreWhatConditionsHashesAndParentsLookAt) {
  const Program program = CompileText(kPayload);
  EXPECT_EQ(AttributesOf(program, "plain"), Strings());
  EXPECT_EQ(AttributesOf(program, "condition"), (Strings{"a", "c"}));
  EXPECT_EQ(AttributesOf(program, "rollout"), Strings{"company"});
  EXPECT_EQ(AttributesOf(program, "experiment"), (Strings{"device", "f", "id"}));
  EXPECT_EQ(AttributesOf(program, "child"), (Strings{"a", "c", "id"}));
  EXPECT_EQ(AttributesOf(program, "group"), Strings{"country"});
}

TEST(Dependencies, AFallbackIsHashedInAnothersPlaceOnly) {
  const Program program = CompileText(kPayload);
  const uint32_t number = *program.Find("experiment");
  const Dependencies needs = DependenciesOf(program, absl::MakeConstSpan(&number, 1));
  Strings hashed;
  for (const uint32_t attribute : needs.hashed) {
    hashed.emplace_back(program.attribute_name(attribute));
  }
  std::sort(hashed.begin(), hashed.end());
  EXPECT_EQ(hashed, (Strings{"f", "id"}));
  ASSERT_EQ(needs.fallbacks.size(), 1u);
  EXPECT_EQ(program.attribute_name(needs.fallbacks[0].attribute), "device");
  EXPECT_EQ(program.attribute_name(needs.fallbacks[0].instead_of), "id");
}

TEST(Dependencies, NameExperimentsAndUrls) {
  const Program program = CompileText(kPayload);
  const uint32_t number = *program.Find("experiment");
  const Dependencies own = DependenciesOf(program, absl::MakeConstSpan(&number, 1));
  ASSERT_EQ(own.experiments.size(), 1u);
  EXPECT_EQ(program.experiment_name(own.experiments[0]), "e");
  EXPECT_FALSE(own.url);
  const Dependencies runs = DependenciesOf(program, {}, /*runs=*/true);
  ASSERT_EQ(runs.experiments.size(), 1u);
  EXPECT_EQ(program.experiment_name(runs.experiments[0]), "run");
  EXPECT_TRUE(runs.url);
  EXPECT_EQ(program.url_pattern_count(), 1u);
  EXPECT_EQ(program.url_pattern(0), "/a");
}

TEST(ValuesOf, AreDefaultForcedAndVariations) {
  const Program program = CompileText(kPayload);
  const auto values = [&](std::string_view key) {
    Strings texts;
    for (const uint32_t text : ValuesOf(program, *program.Find(key))) {
      texts.emplace_back(program.text(text));
    }
    return texts;
  };
  EXPECT_EQ(values("plain"), Strings{"1"});
  EXPECT_EQ(values("condition"), (Strings{R"({"x": 1})", "null"}));
  EXPECT_EQ(values("child"), (Strings{"0", "1", "null"}));
  EXPECT_EQ(values("gated"), (Strings{"1", "2", "null"}));
  EXPECT_EQ(values("experiment"), (Strings{"\"p\"", "\"q\"", "null"}));
}

}  // namespace
}  // namespace sluice::experiment
