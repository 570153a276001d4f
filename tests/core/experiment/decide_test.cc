#include "sluice/experiment/decide.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../../support/conformance.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "results.h"
#include "sluice/base/status.h"
#include "sluice/experiment/sticky_cookie.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;
using Strings = std::vector<std::string>;

// A payload, and what is decided of it.
class Engine {
 public:
  explicit Engine(std::string_view payload) {
    json::Document document;
    EXPECT_TRUE(document.Parse(payload).ok()) << payload;
    absl::StatusOr<Program> program = CompileForDecisions(document.root(), context_);
    EXPECT_TRUE(program.ok()) << program.status();
    program_.emplace(*std::move(program));
  }

  const Program& program() const { return *program_; }
  EvaluateScratch& scratch() { return scratch_; }

  AttributeValue Text(std::string_view name, std::string_view value) const {
    return {Number(name), AttributeType::kText, value, 0};
  }
  uint32_t Number(std::string_view name) const {
    return program_->FindAttribute(name).value_or(kNoText);
  }
  Strings Issues() const {
    Strings issues;
    for (const Issue& issue : context_.issues().list()) {
      issues.push_back(absl::StrCat(issue.code, " ", issue.pointer));
    }
    return issues;
  }

  // Of one feature; the input's own are replaced.
  Decisions Decide(std::string_view key, DecideInput input) {
    feature_ = program_->Find(key).value_or(kNoText);
    input.features = absl::MakeConstSpan(&feature_, 1);
    absl::StatusOr<Decisions> decisions = experiment::Decide(*program_, input, scratch_);
    EXPECT_TRUE(decisions.ok()) << decisions.status();
    return decisions.ok() ? *decisions : Decisions();
  }
  std::string Value(std::string_view key, std::vector<AttributeValue> attributes) {
    const Decisions decisions = Decide(key, {.attributes = attributes});
    return decisions.features.empty() ? "?" : std::string(decisions.features[0].value);
  }

 private:
  json::CompileContext context_;
  std::optional<Program> program_;
  EvaluateScratch scratch_;
  uint32_t feature_ = 0;
};

std::string Shown(const ExposureDecision& exposure) {
  return absl::StrCat(exposure.experiment, "=", exposure.variation, "#", exposure.variation_index,
                      " ", exposure.attribute, ":", exposure.value,
                      exposure.sticky ? " sticky" : "");
}
Strings Shown(const Decisions& decisions) {
  Strings shown;
  for (const ExposureDecision& exposure : decisions.exposures) shown.push_back(Shown(exposure));
  return shown;
}

// The attributes object as typed values where there is a type for them.
std::vector<AttributeValue> Typed(Value attributes, const Program& program,
                                  std::vector<std::string>& memory) {
  std::vector<AttributeValue> typed;
  memory.resize(attributes.size());
  size_t i = 0;
  std::string scratch;
  for (const json::Member member : json::Members(attributes)) {
    const std::optional<uint32_t> number = program.FindAttribute(member.key.string(&scratch));
    if (!number.has_value()) continue;
    AttributeValue value = {*number, AttributeType::kJson, member.value.raw(), 0};
    if (member.value.is(Kind::kString)) {
      value.type = AttributeType::kText;
      value.text = memory[i] = std::string(member.value.string(&scratch));
    } else if (member.value.is(Kind::kNumber)) {
      value.type = AttributeType::kNumber;
      value.number = json::ToDouble(member.value);
    } else if (member.value.is(Kind::kTrue) || member.value.is(Kind::kFalse)) {
      value.type = AttributeType::kBoolean;
      value.number = member.value.is(Kind::kTrue) ? 1 : 0;
    }
    typed.push_back(value);
    ++i;
  }
  return typed;
}

// GrowthBook's cases of features and bandits, whose attributes come as typed values.
int CheckCases(Value rows) {
  int checked = 0;
  for (const Value row : json::Elements(rows)) {
    SCOPED_TRACE(row.raw());
    std::vector<Value> items;
    for (const Value item : json::Elements(row)) items.push_back(item);
    const Value context = items.at(1);
    std::string scratch;
    const std::string_view key = items.at(2).string(&scratch);
    // Where it has neither, the engine has no features at all.
    if (!context.Find("features").present() || context.Find("url").present()) continue;
    Engine engine(context.raw());
    if (!engine.program().Find(key).has_value()) continue;
    std::vector<std::string> memory;
    const std::vector<AttributeValue> attributes =
        Typed(context.Find("attributes"), engine.program(), memory);
    std::vector<ForcedVariation> forced;
    for (const json::Member member : json::Members(context.Find("forcedVariations"))) {
      const auto number = engine.program().FindExperiment(member.key.raw_string());
      if (number.has_value()) {
        forced.push_back({*number, static_cast<int32_t>(*json::ToInt64(member.value))});
      }
    }
    const Decisions decisions =
        engine.Decide(key, {.attributes = attributes,
                            .forced = forced,
                            .qa_mode = context.Find("qaMode").is(Kind::kTrue),
                            .disabled = context.Find("enabled").is(Kind::kFalse)});
    const Value result = items.at(3).Find("experimentResult");
    json::Document expected;
    json::Document actual;
    const Value value = items.at(3).Find("value");
    EXPECT_TRUE(actual.Parse(decisions.features[0].value).ok());
    EXPECT_EQ(actual.root().kind(), value.kind());
    if (value.is(Kind::kString) || value.is(Kind::kNumber)) {
      EXPECT_EQ(actual.root().raw(), value.raw());
    }
    const bool exposed = result.present() && result.Find("hashUsed").is(Kind::kTrue);
    EXPECT_LE(exposed ? 1u : 0u, decisions.exposures.size());
    ++checked;
  }
  return checked;
}

TEST(GrowthBookDecideCases, AttributesAsTypedValues) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  EXPECT_GE(CheckCases(document.root().Find("feature")), 45);
  EXPECT_GE(CheckCases(document.root().Find("contextualBandit")), 30);
}

constexpr std::string_view kTypes = R"({"features": {
  "number": {"defaultValue": 0, "rules": [{"condition": {"age": {"$gte": 18}}, "force": 1}]},
  "boolean": {"defaultValue": 0, "rules": [{"condition": {"beta": true}, "force": 1}]},
  "list": {"defaultValue": 0, "rules": [
      {"condition": {"tags": {"$elemMatch": {"$eq": "a\"b"}}}, "force": 1},
      {"condition": {"tags.length": 2}, "force": 2},
      {"condition": {"tags": {"$size": 0}}, "force": 3}]},
  "path": {"defaultValue": 0, "rules": [{"condition": {"user.plan": "pro"}, "force": 1},
      {"condition": {"user": "pro"}, "force": 2}]}}})";

TEST(Decide, AttributesHaveTypes) {
  Engine engine(kTypes);
  const auto age = [&](double number) {
    return AttributeValue{engine.Number("age"), AttributeType::kNumber, {}, number};
  };
  const auto tags = [&](std::string_view text) {
    return AttributeValue{engine.Number("tags"), AttributeType::kList, text, 0};
  };
  EXPECT_EQ(engine.Value("number", {age(18)}), "1");
  EXPECT_EQ(engine.Value("number", {age(17.5)}), "0");
  EXPECT_EQ(engine.Value("number", {engine.Text("age", "19")}), "1");
  EXPECT_EQ(engine.Value("number", {age(3), age(20)}), "1");
  EXPECT_EQ(engine.Value("number", {}), "0");
  EXPECT_EQ(engine.Value("boolean", {{engine.Number("beta"), AttributeType::kBoolean, {}, 1}}),
            "1");
  EXPECT_EQ(engine.Value("boolean", {{engine.Number("beta"), AttributeType::kBoolean, {}, 0}}),
            "0");
  EXPECT_EQ(engine.Value("list", {tags(" x, a\"b ,")}), "1");
  EXPECT_EQ(engine.Value("list", {tags("x,y")}), "2");
  EXPECT_EQ(engine.Value("list", {tags("")}), "3");
  EXPECT_EQ(engine.Value("list", {tags("x")}), "0");
}

TEST(Decide, PathsLeadIntoJsonOnly) {
  Engine engine(kTypes);
  const auto json = [&](std::string_view text) {
    return AttributeValue{engine.Number("user"), AttributeType::kJson, text, 0};
  };
  EXPECT_EQ(engine.Value("path", {json(R"({"plan": "pro"})")}), "1");
  EXPECT_EQ(engine.Value("path", {json("\"pro\"")}), "2");
  EXPECT_EQ(engine.Value("path", {engine.Text("user", "pro")}), "2");
  EXPECT_EQ(engine.Value("path", {{kNoText, AttributeType::kText, "x", 0}}), "0");
  const std::vector<AttributeValue> broken = {json("}")};
  const absl::StatusOr<Decisions> failed =
      Decide(engine.program(), {.attributes = broken}, engine.scratch());
  EXPECT_EQ(ErrorCodeOf(failed.status()), ErrorCode::kInvalidJson);
}

constexpr std::string_view kExperiment = R"({"features": {
  "page": {"defaultValue": "classic", "rules": [
      {"key": "pp", "variations": ["classic", {"grid": [1, 2]}], "weights": [0, 1],
       "coverage": 1, "hashVersion": 2, "hashAttribute": "id", "fallbackAttribute": "device",
       "meta": [{"key": "c"}, {"key": "g"}]}]},
  "child": {"defaultValue": false, "rules": [
      {"parentConditions": [{"id": "page", "condition": {"value": "classic"}}], "force": true}]},
  "other": {"defaultValue": 1}}})";

TEST(Decide, TellsValuesAndExposures) {
  Engine engine(kExperiment);
  const std::vector<AttributeValue> user = {engine.Text("id", "u1")};
  const Decisions decisions = engine.Decide("page", {.attributes = user});
  ASSERT_EQ(decisions.features.size(), 1u);
  EXPECT_EQ(decisions.features[0].value, R"({"grid": [1, 2]})");
  EXPECT_EQ(decisions.features[0].source, Source::kExperiment);
  EXPECT_EQ(engine.program().text(decisions.features[0].text), R"({"grid": [1, 2]})");
  EXPECT_EQ(Shown(decisions), Strings{"pp=g#1 id:u1"});
  EXPECT_EQ(engine.program().feature_key(decisions.exposures[0].feature), "page");

  EXPECT_EQ(engine.Decide("other", {.attributes = user}).exposures.size(), 0u);
  EXPECT_EQ(Shown(engine.Decide("child", {.attributes = user})), Strings{"pp=g#1 id:u1"});
  EXPECT_EQ(engine.Value("page", {}), "\"classic\"");
  EXPECT_EQ(engine.Decide("page", {.attributes = user, .qa_mode = true}).exposures.size(), 0u);
  EXPECT_EQ(engine.Decide("page", {.attributes = user, .disabled = true}).features[0].value,
            "\"classic\"");
}

TEST(Decide, ForcedVariationsAreNoExposure) {
  Engine engine(kExperiment);
  const std::vector<AttributeValue> user = {engine.Text("id", "u1")};
  const std::vector<ForcedVariation> forced = {{*engine.program().FindExperiment("pp"), 0}, {7, 1}};
  const Decisions decisions = engine.Decide("page", {.attributes = user, .forced = forced});
  EXPECT_EQ(decisions.features[0].value, "\"classic\"");
  EXPECT_EQ(decisions.features[0].source, Source::kExperiment);
  EXPECT_TRUE(decisions.exposures.empty());
  const std::vector<ForcedVariation> twice = {forced[0], {forced[0].experiment, 1}};
  EXPECT_EQ(engine.Decide("page", {.attributes = user, .forced = twice}).features[0].value,
            "\"classic\"")
      << "the first counts";
  // The next request isn't forced.
  EXPECT_EQ(engine.Decide("page", {.attributes = user}).exposures.size(), 1u);
}

TEST(Decide, BucketsAreKeptInACookie) {
  Engine engine(kExperiment);
  StickyCookie cookie;
  const uint64_t group = StickyCookie::GroupHash("id", "u1");
  const uint32_t bucket = StickyCookie::BucketHash("pp__0");
  EXPECT_EQ(std::vector<uint32_t>(engine.program().sticky_buckets().begin(),
                                  engine.program().sticky_buckets().end()),
            std::vector<uint32_t>{bucket});
  const std::vector<AttributeValue> user = {engine.Text("id", "u1"), engine.Text("device", "d")};
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = user, .sticky = &cookie})),
            Strings{"pp=g#1 id:u1"});
  EXPECT_TRUE(cookie.changed());
  EXPECT_EQ(cookie.Find(group, bucket), StickyCookie::VariationHash("g"));
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = user, .sticky = &cookie})),
            Strings{"pp=g#1 id:u1 sticky"});
  // A variation of weight 0 that was given before stays.
  cookie.Put(group, bucket, StickyCookie::VariationHash("c"));
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = user, .sticky = &cookie})),
            Strings{"pp=c#0 id:u1 sticky"});
  // One that there no longer is doesn't.
  cookie.Put(group, bucket, StickyCookie::VariationHash("gone"));
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = user, .sticky = &cookie})),
            Strings{"pp=g#1 id:u1"});
}

TEST(Decide, ACookieKnowsVariationsWithoutKeysByTheirNumbers) {
  const auto payload = [](std::string_view weights) {
    return absl::StrCat(R"({"features": {"f": {"defaultValue": 0, "rules": [
        {"key": "e", "variations": [1, 2, 3], "weights": )",
                        weights, R"(, "meta": [{"name": "a"}, {"key": ""}]}]}}})");
  };
  Engine before(payload("[1, 0, 0]"));
  Engine after(payload("[0, 0.5, 0.5]"));
  StickyCookie cookie;
  const std::vector<AttributeValue> user = {before.Text("id", "u")};
  EXPECT_EQ(Shown(before.Decide("f", {.attributes = user, .sticky = &cookie})),
            Strings{"e=0#0 id:u"});
  EXPECT_EQ(Shown(after.Decide("f", {.attributes = user, .sticky = &cookie})),
            Strings{"e=0#0 id:u sticky"});
  cookie.Put(StickyCookie::GroupHash("id", "u"), StickyCookie::BucketHash("e__0"),
             StickyCookie::VariationHash("1"));
  EXPECT_EQ(Shown(before.Decide("f", {.attributes = user, .sticky = &cookie})),
            Strings{"e=1#1 id:u sticky"});
}

TEST(Decide, TheFallbackAttributesBucketCounts) {
  Engine engine(kExperiment);
  StickyCookie cookie;
  const uint32_t bucket = StickyCookie::BucketHash("pp__0");
  const std::vector<AttributeValue> before = {engine.Text("device", "d")};
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = before, .sticky = &cookie})),
            Strings{"pp=g#1 device:d"});
  cookie.Put(StickyCookie::GroupHash("device", "d"), bucket, StickyCookie::VariationHash("c"));
  const std::vector<AttributeValue> after = {engine.Text("id", "u"), engine.Text("device", "d")};
  EXPECT_EQ(Shown(engine.Decide("page", {.attributes = after, .sticky = &cookie})),
            Strings{"pp=c#0 id:u sticky"});
  EXPECT_EQ(cookie.Find(StickyCookie::GroupHash("id", "u"), bucket),
            StickyCookie::VariationHash("c"));
}

TEST(Decide, OldBucketVersionsBlock) {
  Engine engine(R"({"features": {"f": {"defaultValue": 0, "rules": [
      {"key": "e", "variations": [1, 2], "meta": [{"key": "a"}, {"key": "b"}],
       "bucketVersion": 3, "minBucketVersion": 2}]}}})");
  const std::vector<AttributeValue> user = {engine.Text("id", "u")};
  const uint64_t group = StickyCookie::GroupHash("id", "u");
  StickyCookie cookie;
  cookie.Put(group, StickyCookie::BucketHash("e__2"), StickyCookie::VariationHash("a"));
  EXPECT_EQ(engine.Decide("f", {.attributes = user, .sticky = &cookie}).exposures.size(), 1u);
  cookie.Put(group, StickyCookie::BucketHash("e__1"), StickyCookie::VariationHash("a"));
  EXPECT_EQ(engine.Decide("f", {.attributes = user, .sticky = &cookie}).features[0].value, "0");
}

TEST(Decide, WhoGetsTheDefaultValueIsNotExposed) {
  Engine engine(R"({"features": {"f": {"defaultValue": 0, "rules": [
      {"key": "e", "hashVersion": 1, "variations": [1, 2], "ranges": [[0, 0], [0, 0], [0, 1]]}]}}})");
  EXPECT_EQ(engine.Issues(), Strings{"invalid_ranges /features/f/rules/0/ranges"});
  StickyCookie cookie;
  const std::vector<AttributeValue> user = {engine.Text("id", "u")};
  const Decisions decisions = engine.Decide("f", {.attributes = user, .sticky = &cookie});
  EXPECT_EQ(decisions.features[0].value, "0");
  EXPECT_EQ(Shown(decisions), Strings());
  EXPECT_TRUE(cookie.empty());
}

TEST(Decide, VariationsOfOneKeyAreNotSticky) {
  Engine engine(R"({"features": {"f": {"defaultValue": 0, "rules": [
      {"key": "e", "hashVersion": 1, "variations": [1, 2, 3], "weights": [1, 0, 0],
       "meta": [{"key": "A"}, {"key": "A"}, {"key": "A"}]}]}}})");
  EXPECT_EQ(engine.Issues(), Strings{"duplicate_key /features/f/rules/0"});
  StickyCookie cookie;
  const std::vector<AttributeValue> user = {engine.Text("id", "u")};
  for (int visit = 0; visit < 2; ++visit) {
    EXPECT_EQ(Shown(engine.Decide("f", {.attributes = user, .sticky = &cookie})),
              Strings{"e=A#0 id:u"});
  }
  EXPECT_TRUE(cookie.empty());
}

TEST(Decide, HashesThatCollideAreIssues) {
  // Two of 400 keys share 16 bits.
  std::string variations = "0";
  std::string meta = "{\"key\": \"v0\"}";
  for (int i = 1; i < 256; ++i) {
    absl::StrAppend(&variations, ",", i);
    absl::StrAppend(&meta, ",{\"key\": \"v", i, "\"}");
  }
  std::string text = R"({"features": {)";
  for (int i = 0; i < 12; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\"f", i, R"(": {"rules": [{"key": "e)", i,
                    R"(", "variations": [)", variations, R"(], "meta": [)", meta, "]}]}");
  }
  text += "}}";
  Engine engine(text);
  bool collides = false;
  for (int i = 0; i < 256; ++i) {
    for (int j = 0; j < i; ++j) {
      collides |= StickyCookie::VariationHash(absl::StrCat("v", i)) ==
                  StickyCookie::VariationHash(absl::StrCat("v", j));
    }
  }
  EXPECT_EQ(!engine.Issues().empty(), collides);
  StickyCookie cookie;
  const std::vector<AttributeValue> user = {engine.Text("id", "u")};
  EXPECT_EQ(engine.Decide("f0", {.attributes = user, .sticky = &cookie}).exposures.size(), 1u);
  EXPECT_EQ(cookie.changed(), !collides);
}

TEST(Decide, WhatIsntThereIsRefused) {
  Engine engine(kExperiment);
  const uint32_t none[] = {3};
  EXPECT_EQ(ErrorCodeOf(Decide(engine.program(), {.features = none}, engine.scratch()).status()),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(Decide(engine.program(), {.url_parts = "[]"}, engine.scratch()).status()),
            ErrorCode::kInvalidArgument);
}

TEST(Decide, ScratchServesProgramsInTurn) {
  Engine small(kTypes);
  Engine large(kExperiment);
  EvaluateScratch scratch;
  const std::vector<AttributeValue> user = {large.Text("id", "u1")};
  const std::vector<uint32_t> features = {*large.program().Find("page")};
  const std::vector<AttributeValue> age = {{small.Number("age"), AttributeType::kNumber, {}, 30}};
  const std::vector<uint32_t> number = {*small.program().Find("number")};
  for (int i = 0; i < 3; ++i) {
    const auto first = Decide(large.program(), {.attributes = user, .features = features}, scratch);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(Shown(*first), Strings{"pp=g#1 id:u1"});
    const auto second = Decide(small.program(), {.attributes = age, .features = number}, scratch);
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(second->features[0].value, "1");
    if (i == 1) scratch.Trim(0);
  }
}

}  // namespace
}  // namespace sluice::experiment
