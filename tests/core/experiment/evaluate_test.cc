#include "sluice/experiment/evaluate.h"

#include <array>
#include <memory>
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
#include "sluice/experiment/features.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

constexpr std::array<std::string_view, 7> kSources = {
    "unknownFeature", "defaultValue",      "force", "override", "experiment",
    "prerequisite",   "cyclicPrerequisite"};

class Payload {
 public:
  explicit Payload(std::string_view text) {
    json::Document document;
    EXPECT_TRUE(document.Parse(text).ok()) << text;
    absl::StatusOr<Program> program = CompilePayload(std::move(document), context_);
    EXPECT_TRUE(program.ok()) << program.status();
    program_ = std::make_unique<Program>(*std::move(program));
    texts_ = std::make_unique<Texts>(*program_);
  }

  Results Evaluate(EvaluateInput input) {
    OutputBuffer out(1 << 20);
    status_ = experiment::Evaluate(*program_, input, scratch_, out);
    EXPECT_TRUE(status_.ok()) << status_;
    Results results(out.text());
    EXPECT_TRUE(results.whole());
    return results;
  }
  absl::Status Fail(EvaluateInput input) {
    OutputBuffer out(1 << 20);
    return experiment::Evaluate(*program_, input, scratch_, out);
  }
  std::string ValueOf(std::string_view key, std::string_view attributes) {
    const Results results = Evaluate({.attributes = attributes});
    return results.Feature(*program_->Find(key), *texts_).value;
  }

  Program& program() { return *program_; }
  const Texts& texts() const { return *texts_; }
  std::vector<std::string> Issues() const {
    std::vector<std::string> issues;
    for (const Issue& issue : context_.issues().list()) {
      issues.push_back(absl::StrCat(issue.code, " ", issue.pointer));
    }
    return issues;
  }

 private:
  json::CompileContext context_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Texts> texts_;
  EvaluateScratch scratch_;
  absl::Status status_;
};

std::string Member(std::string_view name, Value value) {
  return value.present() ? absl::StrCat(",\"", name, "\":", value.raw()) : std::string();
}

// The payload and the input of a case's context.
std::string PayloadText(Value context, std::string_view experiments = "[]") {
  return absl::StrCat(
      "{\"features\":", context.Find("features").present() ? context.Find("features").raw() : "{}",
      Member("savedGroups", context.Find("savedGroups")),
      Member("contextualBandits", context.Find("contextualBandits")),
      ",\"experiments\":", experiments, "}");
}

struct Context {
  explicit Context(Value context) {
    if (const Value value = context.Find("attributes"); value.present()) {
      input.attributes = value.raw();
    } else {
      input.attributes = "{}";
    }
    if (const Value value = context.Find("forcedVariations"); value.present()) {
      input.forced_variations = value.raw();
    }
    if (const Value value = context.Find("url"); value.is(Kind::kString)) {
      input.url = value.string(&url);
    }
    input.qa_mode = context.Find("qaMode").is(Kind::kTrue);
    input.disabled = context.Find("enabled").is(Kind::kFalse);
  }
  std::string url;
  EvaluateInput input;
};

// Without white space between tokens.
std::string Compact(std::string_view text) {
  std::string compact;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\') {
      compact += c;
      compact += text[++i];
      continue;
    }
    if (c == '"') in_string = !in_string;
    const bool space = c == ' ' || c == '\n' || c == '\r' || c == '\t';
    if (in_string || !space) compact += c;
  }
  return compact;
}

bool SameValue(std::string_view x, std::string_view y) {
  json::Document a;
  json::Document b;
  std::string scratch;
  if (!a.Parse(x).ok() || !b.Parse(y).ok()) return false;
  if (a.root().is(Kind::kNumber) && b.root().is(Kind::kNumber)) {
    return json::ToDouble(a.root()) == json::ToDouble(b.root());
  }
  return Compact(x) == Compact(y);
}

std::vector<Value> Items(Value row) {
  std::vector<Value> items;
  for (const Value item : json::Elements(row)) items.push_back(item);
  return items;
}

void CheckResult(const ShownDetail& detail, Value expected) {
  EXPECT_EQ((detail.flags & 1) != 0, expected.Find("inExperiment").is(Kind::kTrue));
  EXPECT_EQ((detail.flags & 2) != 0, expected.Find("hashUsed").is(Kind::kTrue));
  EXPECT_EQ((detail.flags & 4) != 0, expected.Find("stickyBucketUsed").is(Kind::kTrue));
  EXPECT_EQ(detail.variation, json::ToInt64(expected.Find("variationId")));
  EXPECT_EQ(detail.attribute, expected.Find("hashAttribute").raw());
  EXPECT_EQ(detail.value, expected.Find("hashValue").raw());
  const Value bucket = expected.Find("bucket");
  EXPECT_EQ((detail.flags & 8) != 0, bucket.present());
  if (bucket.present()) EXPECT_EQ(detail.bucket, json::ToDouble(bucket));
}

// Experiments are compared as JavaScript shows them, in tests/core-js/features.test.mjs.
int CheckFeatures(Value rows) {
  int checked = 0;
  for (const Value row : json::Elements(rows)) {
    SCOPED_TRACE(row.raw());
    ++checked;
    const std::vector<Value> items = Items(row);
    Payload payload(PayloadText(items.at(1)));
    const Context context(items.at(1));
    const Results results = payload.Evaluate(context.input);
    std::string key;
    const std::optional<uint32_t> feature = payload.program().Find(items.at(2).string(&key));
    const Value expected = items.at(3);
    if (!feature.has_value()) {
      EXPECT_TRUE(expected.Find("source").StringEquals("unknownFeature"));
      continue;
    }
    const ShownFeature shown = results.Feature(*feature, payload.texts());
    EXPECT_EQ(Compact(shown.value), Compact(expected.Find("value").raw()));
    EXPECT_TRUE(expected.Find("source").StringEquals(kSources.at(shown.source)))
        << kSources.at(shown.source);
    EXPECT_EQ(shown.rule_id, expected.Find("ruleId").raw());
    const Value result = expected.Find("experimentResult");
    EXPECT_EQ(shown.detail != kAbsentWord, result.present());
    if (result.present() && shown.detail != kAbsentWord) {
      CheckResult(results.Detail(shown.detail, payload.texts()), result);
    }
  }
  return checked;
}

TEST(GrowthBookEvaluateCases, FeatureAndContextualBandit) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  EXPECT_EQ(CheckFeatures(document.root().Find("feature")), 55);
  EXPECT_EQ(CheckFeatures(document.root().Find("contextualBandit")), 35);
}

TEST(GrowthBookEvaluateCases, Run) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int checked = 0;
  for (const Value row : json::Elements(document.root().Find("run"))) {
    SCOPED_TRACE(row.raw());
    ++checked;
    const std::vector<Value> items = Items(row);
    Payload payload(PayloadText(items.at(1), absl::StrCat("[", items.at(2).raw(), "]")));
    const Context context(items.at(1));
    const Results results = payload.Evaluate(context.input);
    ASSERT_EQ(results.runs().size(), 1u);
    const ShownDetail detail = results.Detail(results.runs()[0], payload.texts());
    EXPECT_EQ((detail.flags & 1) != 0, items.at(4).is(Kind::kTrue));
    EXPECT_EQ((detail.flags & 2) != 0, items.at(5).is(Kind::kTrue));
    const std::vector<Value> variations = Items(items.at(2).Find("variations"));
    EXPECT_TRUE(SameValue(variations.at(detail.variation).raw(), items.at(3).raw()));
  }
  EXPECT_EQ(checked, 73);
}

TEST(Evaluate, PrerequisitesAreDecidedOnceAndCyclesEnd) {
  std::string text = R"({"features": {
      "a": {"defaultValue": 1, "rules": [{"parentConditions": [{"id": "b"}], "force": 2}]},
      "b": {"defaultValue": 1, "rules": [{"parentConditions": [{"id": "a"}], "force": 2}]},
      "c": {"defaultValue": 1, "rules": [{"parentConditions": [{"id": "c"}], "force": 2}]},
      "d": {"defaultValue": 1, "rules": [{"parentConditions":
          [{"id": "nowhere", "condition": {"value": null}}], "force": 2}]}}})";
  Payload payload(text);
  const Results results = payload.Evaluate({.attributes = "{}"});
  for (uint32_t i = 0; i < 3; ++i) EXPECT_EQ(results.Feature(i, payload.texts()).source, 6u);
  EXPECT_EQ(results.Feature(3, payload.texts()).value, "2");
  const std::vector<std::string> expected = {
      "unknown_feature /features/d/rules/0/parentConditions/0/id",
      "cyclic_prerequisite /features/b/rules/0/parentConditions/0/id",
      "cyclic_prerequisite /features/c/rules/0/parentConditions/0/id"};
  EXPECT_EQ(payload.Issues(), expected);
}

TEST(Evaluate, ChainsOfPrerequisitesMayBeLong) {
  std::string text = R"({"features": {"f100000": {"defaultValue": true})";
  for (int i = 1; i < 5000; ++i) {
    absl::StrAppend(&text, ",\"f", 100000 + i,
                    R"(": {"defaultValue": false, "rules": [{"force": true, "parentConditions": )",
                    R"([{"id": "f)", 100000 + i - 1,
                    R"(", "condition": {"value": true}, "gate": true}]}]})");
  }
  text += "}}";
  Payload payload(text);
  EXPECT_EQ(payload.ValueOf("f104999", "{}"), "true");
  EXPECT_EQ(payload.Issues(), std::vector<std::string>());
}

TEST(Evaluate, UrlTargetsMatchAsTheSdks) {
  Payload payload(R"_({"experiments": [
      {"key": "simple", "variations": [0, 1], "urlPatterns":
          [{"type": "simple", "include": true, "pattern": "*.example.com/a/*?q=1*"}]},
      {"key": "regex", "variations": [0, 1], "urlPatterns":
          [{"type": "regex", "pattern": "^/a/\\d+"},
           {"type": "regex", "include": false, "pattern": "(?=x)"},
           {"type": "regex", "include": false, "pattern": "secret"}]},
      {"key": "none", "variations": [0, 1], "urlPatterns": []}]})_");
  EXPECT_TRUE(payload.program()
                  .SetUrlPatterns(R"([{"host": "_____.example.com", "pathname": "/a/_____",
                                       "hash": "", "query": [["q", "1_____"]]}])")
                  .ok());
  const auto in = [&](std::string_view parts) {
    EvaluateInput input{.attributes = R"({"id": "u"})"};
    if (!parts.empty()) input.url_parts = parts;
    const Results results = payload.Evaluate(input);
    std::string which;
    for (const uint32_t run : results.runs()) {
      which += (results.Detail(run, payload.texts()).flags & 1) != 0 ? '1' : '0';
    }
    return which;
  };
  EXPECT_EQ(in(""), "000");
  EXPECT_EQ(in(R"({"href": "https://x.EXAMPLE.com/a/7/?q=12", "path": "/a/7/?q=12",
                   "host": "x.example.com", "pathname": "/A/7/", "hash": "",
                   "query": [["z", "0"], ["q", "12"], ["q", "3"]]})"),
            "110");
  EXPECT_EQ(in(R"({"href": "https://example.com/a/7?secret", "path": "/a/7?secret",
                   "host": "example.com", "pathname": "/a/7", "hash": "", "query": []})"),
            "000");
  EXPECT_EQ(payload.Issues(),
            std::vector<std::string>{"invalid_regex /experiments/1/urlPatterns/1/pattern"});
}

TEST(Evaluate, AVariationInTheQueryMayStandBehindAnySpace) {
  Payload payload(R"({"experiments": [{"key": "e", "variations": [0, 1, 2], "coverage": 0}]})");
  const auto variation = [&](std::string_view value) {
    const std::string url = absl::StrCat("https://x.example/?e=", value);
    const Results results = payload.Evaluate({.attributes = R"({"id": "u"})", .url = url});
    const ShownDetail detail = results.Detail(results.runs()[0], payload.texts());
    return (detail.flags & 1) != 0 ? static_cast<int>(detail.variation) : -1;
  };
  EXPECT_EQ(variation("2"), 2);
  EXPECT_EQ(variation(" \t2x"), 2);
  EXPECT_EQ(variation("\u00A0\uFEFF2"), 2);
  EXPECT_EQ(variation("\u00A0"), -1);
}

TEST(Evaluate, WhatIsWrongNamesItsText) {
  Payload payload(R"({"features": {"a": {}}})");
  const auto fail = [&](EvaluateInput input) { return payload.Fail(std::move(input)); };
  const absl::Status attributes = fail({.attributes = "{,}"});
  EXPECT_EQ(ErrorCodeOf(attributes), ErrorCode::kInvalidJson);
  EXPECT_EQ(ByteOffsetOf(attributes), 1u);
  EXPECT_EQ(ErrorCodeOf(fail({.attributes = "[]"})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(fail({.attributes = "{}", .forced_variations = "1"})),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(fail({.attributes = "{}", .sticky_buckets = "{"})),
            ErrorCode::kInvalidJson);
  const uint8_t none[] = {1, 0, 0, 0};
  EXPECT_EQ(ErrorCodeOf(fail({.attributes = "{}", .features = ByteSpan(none)})),
            ErrorCode::kInvalidArgument);
}

TEST(Evaluate, TooMuchWorkIsRefused) {
  std::string text = R"({"features": {)";
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\"f", i,
                    R"(": {"rules": [{"force": 1, "condition": {"a": {"$in": ["x)", i, "\"]}}}]}");
  }
  text += "}}";
  Payload payload(text);
  std::string attributes = R"({"a": [0)";
  for (int i = 0; i < 50'000; ++i) attributes += ",0";
  attributes += "]}";
  const absl::Status status = payload.Fail({.attributes = attributes});
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(BudgetOf(status), Budget::kSteps);
}

TEST(Evaluate, HashingALongIdIsWork) {
  std::string text = R"({"features": {)";
  for (int i = 0; i < 200; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ",", "\"f", i,
                    R"(": {"rules": [{"variations": [0, 1]}]})");
  }
  text += "}}";
  Payload payload(text);
  const std::string attributes = absl::StrCat(R"({"id": ")", std::string(1'000'000, 'x'), "\"}");
  const absl::Status status = payload.Fail({.attributes = attributes});
  EXPECT_EQ(BudgetOf(status), Budget::kSteps);
}

TEST(CompilePayload, FaultsAreIssuesWithTheSdksEffect) {
  Payload payload(R"({"features": {
      "a": 1,
      "b": {"defaultValue": 1, "rules": [
          7, {}, {"variations": [1, 2], "weights": [0.1], "hashVersion": 3},
          {"variations": {}}, {"force": 5, "range": [0], "coverage": 1}]},
      "a": {"defaultValue": 2}}, "encryptedFeatures": "x"})");
  const std::vector<std::string> expected = {"encrypted /encryptedFeatures",
                                             "duplicate_key /features/a",
                                             "wrong_type /features/b/rules/0",
                                             "missing_key /features/b/rules/1",
                                             "out_of_range /features/b/rules/2/hashVersion",
                                             "invalid_weights /features/b/rules/2/weights",
                                             "wrong_type /features/b/rules/3/variations",
                                             "wrong_type /features/b/rules/4/range"};
  EXPECT_EQ(payload.Issues(), expected);
  EXPECT_EQ(payload.ValueOf("a", "{}"), "2");
  EXPECT_EQ(payload.ValueOf("b", R"({"id": "u"})"), "1");
}

// The value for a user "u1" of a feature with this one rule.
std::string ValueOfRule(std::string_view rule, std::vector<std::string>* issues) {
  Payload payload(absl::StrCat(R"({"features": {"f": {"defaultValue": 0, "rules": [)", rule,
                               R"(]}, "p": {"defaultValue": 1}}})"));
  *issues = payload.Issues();
  return payload.ValueOf("f", R"({"id": "u1"})");
}

TEST(CompilePayload, NumbersInQuotesCountAsTheSdkCountsThem) {
  for (const std::string_view rule : {
           R"({"force": 2, "coverage": "1"})",
           R"({"force": 2, "range": ["0", "1"]})",
           R"({"variations": [1, 2], "weights": [0, 1], "coverage": "1"})",
           R"({"variations": [1, 2], "weights": ["0", 1]})",
           R"({"variations": [1, 2], "ranges": [[1, 1], ["0", 1]]})",
           R"({"variations": [1, 2], "weights": [0, 1], "namespace": ["n", "0", 1]})",
       }) {
    std::vector<std::string> issues;
    EXPECT_EQ(ValueOfRule(rule, &issues), "2") << rule;
    ASSERT_FALSE(issues.empty()) << rule;
    EXPECT_EQ(issues[0].substr(0, 11), "wrong_type ") << rule;
  }
}

TEST(CompilePayload, WhatCannotBeReadLetsNobodyIn) {
  for (const std::string_view rule : {
           R"({"force": 2, "coverage": "x"})",
           R"({"force": 2, "coverage": null})",
           R"({"force": 2, "range": 1})",
           R"({"force": 2, "range": ["x", 1]})",
           R"({"force": 2, "filters": {}})",
           R"({"force": 2, "filters": [7]})",
           R"({"force": 2, "parentConditions": {"id": "p"}})",
           R"({"variations": [1, 2], "coverage": "x"})",
           R"({"variations": [1, 2], "filters": "x"})",
           R"({"variations": [1, 2], "namespace": "n"})",
           R"({"variations": [1, 2], "namespace": {"id": "n", "range": [0, 1]}})",
           R"({"variations": [1, 2], "namespace": ["n", 0]})",
           R"({"variations": [1, 2], "namespace": ["n", "x", 1]})",
       }) {
    std::vector<std::string> issues;
    EXPECT_EQ(ValueOfRule(rule, &issues), "0") << rule;
    ASSERT_EQ(issues.size(), 1u) << rule;
    EXPECT_EQ(issues[0].substr(0, 11), "wrong_type ") << rule;
  }
  std::vector<std::string> issues;
  EXPECT_EQ(ValueOfRule(R"({"variations": [1, 2], "hashVersion": "2"})", &issues), "0");
  EXPECT_EQ(issues, std::vector<std::string>{"out_of_range /features/f/rules/0/hashVersion"});
}

TEST(CompilePayload, WhatCannotBeMeantIsReported) {
  const struct {
    std::string_view rule;
    std::string_view issue;  // its pointer from the rule on
    std::string_view value;
  } cases[] = {
      {R"({"force": 2, "coverage": 50})", "out_of_range /coverage", "2"},
      {R"({"force": 2, "coverage": -1})", "out_of_range /coverage", "0"},
      {R"({"variations": [1, 2], "weights": [0, 1], "coverage": 50})", "out_of_range /coverage",
       "2"},
      {R"({"force": 2, "range": [1, 0.2]})", "out_of_range /range", "0"},
      {R"({"force": 2, "range": [0, 100]})", "out_of_range /range", "2"},
      {R"({"variations": [1, 2], "namespace": ["n", 0.5, 0.2]})", "out_of_range /namespace", "0"},
      {R"({"variations": [1, 2], "weights": [1.5, -0.5]})", "out_of_range /weights/1", "1"},
      {R"({"variations": [1, 2], "ranges": [[0, 1]]})", "invalid_ranges /ranges", "1"},
      {R"({"variations": [1, 2], "ranges": [[1, 1], [1, 1], [0, 1]]})", "invalid_ranges /ranges",
       "0"},
      {R"({"force": 2, "filters": [{"seed": "x"}]})", "missing_key /filters/0", "0"},
      {R"({"force": 2, "filters": [{"ranges": [[0, 1]]}]})", "missing_key /filters/0", "2"},
      {R"({"variations": [1, 2], "weights": [0, 1], "bucketVersion": 1, "minBucketVersion": 2})",
       "out_of_range /minBucketVersion", "2"},
  };
  for (const auto& c : cases) {
    std::vector<std::string> issues;
    EXPECT_EQ(ValueOfRule(c.rule, &issues), c.value) << c.rule;
    const size_t pointer = c.issue.find('/');
    EXPECT_EQ(issues,
              std::vector<std::string>{absl::StrCat(
                  c.issue.substr(0, pointer), "/features/f/rules/0", c.issue.substr(pointer))})
        << c.rule;
  }
  for (const std::string_view rule : {
           R"({"force": 2, "coverage": 1, "range": [0, 0]})",
           R"({"variations": [1, 2], "ranges": [[0, 0.5], [0.5, 1.0000000000000002]]})",
           R"({"variations": [1, 2], "bucketVersion": 2, "minBucketVersion": 2})",
       }) {
    std::vector<std::string> issues;
    ValueOfRule(rule, &issues);
    EXPECT_EQ(issues, std::vector<std::string>()) << rule;
  }
  const Payload groups(R"({"features": {}, "savedGroups": ["g"]})");
  EXPECT_EQ(groups.Issues(), std::vector<std::string>{"wrong_type /savedGroups"});
}

TEST(CompilePayload, AnExperimentBehindARolloutOfTheSameSeedIsReported) {
  const auto issues = [](std::string_view rollout, std::string_view experiment) {
    return Payload(absl::StrCat(R"({"features": {"f": {"rules": [{"force": 0, )", rollout,
                                R"(}, {"variations": [1, 2], )", experiment, "}]}}}"))
        .Issues();
  };
  const std::vector<std::string> shared = {"shared_seed /features/f/rules/1"};
  const std::vector<std::string> none;
  EXPECT_EQ(issues(R"("coverage": 0.5)", R"("weights": [0.5, 0.5])"), shared);
  EXPECT_EQ(issues(R"("range": [0, 0.5])", R"("key": "f", "hashVersion": 1)"), shared);
  EXPECT_EQ(issues(R"("coverage": 0.5, "seed": "s")", R"("key": "e", "seed": "s")"), shared);
  EXPECT_EQ(issues(R"("coverage": 0.5)", R"("key": "e")"), none);
  EXPECT_EQ(issues(R"("coverage": 0.5)", R"("seed": "s")"), none);
  EXPECT_EQ(issues(R"("coverage": 0.5)", R"("hashVersion": 2)"), none);
  EXPECT_EQ(issues(R"("coverage": 0.5)", R"("hashAttribute": "company")"), none);
  EXPECT_EQ(issues(R"("coverage": 0)", R"("weights": [0.5, 0.5])"), none);
  EXPECT_EQ(issues(R"("coverage": 0.2)", R"("ranges": [[0.2, 0.6], [0.6, 1]])"), none);
}

TEST(CompilePayload, AnExperimentsFiltersAreReportedOnce) {
  Payload payload(R"({
      "features": {"f": {"rules": [
          {"variations": [1, 2], "filters": [{"seed": "x", "ranges": [5]}]}]}},
      "experiments": [
          {"key": "e", "variations": [1, 2], "filters": [{"seed": "x", "ranges": [6]}]}]})");
  const std::vector<std::string> expected = {"wrong_type /features/f/rules/0/filters/0/ranges/0",
                                             "wrong_type /experiments/0/filters/0/ranges/0"};
  EXPECT_EQ(payload.Issues(), expected);
}

}  // namespace
}  // namespace sluice::experiment
