#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../support/conformance.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/experiment/condition_compiler.h"
#include "sluice/experiment/condition_eval.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kSteps = 100'000;

// A condition, compiled with its saved groups and evaluated once or often.
class Condition {
 public:
  explicit Condition(std::string_view condition, std::string_view groups = "{}",
                     Root root = Root::kAttributes) {
    const std::string text = absl::StrCat("[", condition, ",", groups, "]");
    EXPECT_TRUE(document_.Parse(text).ok()) << text;
    std::vector<json::Value> parts;
    for (const json::Value part : json::Elements(document_.root())) parts.push_back(part);
    ConditionCompiler compiler(parts.at(1), context_);
    if (root == Root::kAttributes) {
      clauses_ = compiler.CompileClauses(parts.at(0));
    } else {
      code_ = compiler.Compile(parts.at(0), root);
    }
    compiler.CompileGroups();
    BlockBuilder builder(1);
    compiler.AddTables(builder);
    block_ = builder.Build();
    regexes_ = compiler.TakeRegexes();
    constants_ = json::Document(block_.Text(kStringPool), block_.Table<json::Node>(kConstants));
  }

  bool Holds(std::string_view attributes) {
    json::Document document;
    EXPECT_TRUE(document.Parse(attributes).ok()) << attributes;
    const ConditionTables tables(block_);
    ConditionMachine machine(tables, constants_, regexes_, kSteps, scratch_);
    machine.SetAttributes(document.root());
    const bool holds = machine.Holds(clauses_);
    exhausted_ = machine.exhausted();
    return holds;
  }

  bool HoldsForParent(std::string_view value) {
    json::Document document;
    EXPECT_TRUE(document.Parse(value).ok()) << value;
    const ConditionTables tables(block_);
    ConditionMachine machine(tables, constants_, regexes_, kSteps, scratch_);
    return machine.HoldsForParent(code_, document.root());
  }

  // "code pointer", the pointer from the condition on.
  std::vector<std::string> Issues() const {
    std::vector<std::string> issues;
    for (const Issue& issue : context_.issues().list()) {
      issues.push_back(absl::StrCat(issue.code, " ", issue.pointer.substr(2)));
    }
    return issues;
  }
  // What the first says.
  std::string Message() const {
    return context_.issues().empty() ? "" : context_.issues().list()[0].message;
  }
  bool exhausted() const { return exhausted_; }

 private:
  json::Document document_;
  json::CompileContext context_;
  Block block_;
  std::vector<regex::Regex> regexes_;
  json::Document constants_;
  ClauseRange clauses_ = {0, 0};
  CodeRange code_ = kNoCode;
  ConditionScratch scratch_;
  bool exhausted_ = false;
};

bool Holds(std::string_view condition, std::string_view attributes,
           std::string_view groups = "{}") {
  return Condition(condition, groups).Holds(attributes);
}

TEST(GrowthBookCases, EvalCondition) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int checked = 0;
  for (const json::Value row : json::Elements(document.root().Find("evalCondition"))) {
    std::vector<json::Value> items;
    for (const json::Value item : json::Elements(row)) items.push_back(item);
    const bool expected = items.at(3).is(json::Kind::kTrue);
    const std::string_view groups = items.size() > 4 ? items[4].raw() : "{}";
    EXPECT_EQ(Holds(items.at(1).raw(), items.at(2).raw(), groups), expected) << row.raw();
    ++checked;
  }
  EXPECT_EQ(checked, 248);
}

TEST(Condition, EqualityCoercesAsJavaScript) {
  EXPECT_TRUE(Holds(R"({"a": "1"})", R"({"a": 1})"));
  EXPECT_TRUE(Holds(R"({"a": "1,2,,x"})", R"({"a": [1, [2, null], "x"]})"));
  EXPECT_TRUE(Holds(R"({"a": "[object Object]"})", R"({"a": {}})"));
  EXPECT_TRUE(Holds(R"({"a": "null"})", R"({})"));
  EXPECT_TRUE(Holds(R"({"a": "1e+21"})", R"({"a": 1000000000000000000000})"));
  EXPECT_TRUE(Holds(R"({"a": 12})", R"({"a": " 0xC\n"})"));
  EXPECT_TRUE(Holds(R"({"a": 0})", R"({})"));
  EXPECT_TRUE(Holds(R"({"a": 7})", R"({"a": [["7"]]})"));
  EXPECT_FALSE(Holds(R"({"a": 7})", R"({"a": "7 8"})"));
  EXPECT_TRUE(Holds(R"({"a": true})", R"({"a": "no"})"));
  EXPECT_FALSE(Holds(R"({"a": false})", R"({})"));
  EXPECT_TRUE(Holds(R"({"a": false})", R"({"a": ""})"));
  EXPECT_TRUE(Holds(R"({"a": null})", R"({"a": null})"));
  EXPECT_FALSE(Holds(R"({"a": null})", R"({"a": 0})"));
  EXPECT_TRUE(Holds(R"({"a": {"b": [1, "x"]}})", R"({"a": { "b" : [1.0,"\u0078"]}})"));
  EXPECT_FALSE(Holds(R"({"a": {"b": 1, "c": 2}})", R"({"a": {"c": 2, "b": 1}})"));
  EXPECT_FALSE(Holds(R"({"a": []})", R"({"a": ""})"));
}

TEST(Condition, OrderIsJavaScripts) {
  EXPECT_TRUE(Holds(R"({"a": {"$lt": 10}})", R"({"a": "9"})"));
  EXPECT_FALSE(Holds(R"({"a": {"$lt": "10"}})", R"({"a": "9"})"));
  EXPECT_TRUE(Holds(R"({"a": {"$lt": "10"}})", R"({"a": 9})"));
  EXPECT_FALSE(Holds(R"({"a": {"$lte": 10}})", R"({"a": "x"})"));
  EXPECT_FALSE(Holds(R"({"a": {"$gt": 10}})", R"({"a": "x"})"));
  EXPECT_TRUE(Holds(R"({"a": {"$gte": 0, "$lte": 0}})", R"({})"));
  EXPECT_TRUE(Holds(R"({"a": {"$gt": "\ud83d\ude00"}})", R"({"a": "\uff01"})"));
  EXPECT_TRUE(Holds(R"({"a": {"$lt": [2]}})", R"({"a": "1"})"));
}

TEST(Condition, PathsGoThroughArraysToo) {
  EXPECT_TRUE(Holds(R"({"a.1.b": 2})", R"({"a": [0, {"b": 2}]})"));
  EXPECT_TRUE(Holds(R"({"a.length": 2})", R"({"a": [0, 1]})"));
  EXPECT_TRUE(Holds(R"({"a.01": null})", R"({"a": [0, 1]})"));
  EXPECT_TRUE(Holds(R"({"a.length": null})", R"({"a": "xx"})"));
  EXPECT_TRUE(Holds(R"({"a.b": null})", R"({"a.b": 1})"));
  EXPECT_TRUE(Holds(R"({"a": 2})", R"({"a": 1, "a": 2})"));
  EXPECT_TRUE(Holds(R"({"": 1})", R"({"": 1})"));
}

TEST(Condition, ElementsAreTheirOwnRoot) {
  constexpr std::string_view kAttributes =
      R"({"n": 1, "list": [null, {"n": 5, "tags": ["a", "b"]}, {"n": 7, "tags": []}]})";
  EXPECT_TRUE(Holds(R"({"list": {"$elemMatch": {"n": 7, "tags": {"$size": 0}}}})", kAttributes));
  EXPECT_FALSE(Holds(R"({"list": {"$elemMatch": {"n": 7, "tags": "a"}}})", kAttributes));
  EXPECT_TRUE(
      Holds(R"({"list": {"$elemMatch": {"tags": {"$elemMatch": {"$eq": "b"}}, "n": 5}}, "n": 1})",
            kAttributes));
  EXPECT_TRUE(Holds(R"({"list": {"$not": {"$elemMatch": {"n": 1}}}})", kAttributes));
  EXPECT_TRUE(Holds(R"({"list": {"$size": {"$gt": 2}}})", kAttributes));
  EXPECT_TRUE(Holds(R"({"list.1.tags": {"$all": ["b", "a"]}})", kAttributes));
  EXPECT_FALSE(Holds(R"({"list.1.tags": {"$all": ["b", "A"]}})", kAttributes));
  EXPECT_TRUE(Holds(R"({"list.1.tags": {"$alli": ["b", "A"]}})", kAttributes));
  EXPECT_TRUE(Holds(R"({"list.2.tags": {"$all": []}})", kAttributes));
  EXPECT_FALSE(Holds(R"({"n": {"$all": []}})", kAttributes));
}

TEST(Condition, CaseFoldingIsUnicodes) {
  EXPECT_TRUE(Holds(R"({"a": {"$ini": ["ÀΣΔ", 3]}})", R"({"a": "àσδ"})"));
  EXPECT_TRUE(Holds(R"({"a": {"$ini": ["İ"]}})", R"({"a": "i̇"})"));
  EXPECT_TRUE(Holds(R"({"a": {"$ini": ["ΟΔΟΣ"]}})", R"({"a": "οδος"})"));
  EXPECT_FALSE(Holds(R"({"a": {"$nini": ["X"]}})", R"({"a": ["y", "x"]})"));
}

TEST(Condition, SavedGroupsAreResolved) {
  constexpr std::string_view kGroups = R"({
    "list": {"type": "list", "attributeKey": "user.id", "values": ["a", 1]},
    "legacy": ["x"],
    "adults": {"type": "condition", "condition": {"age": {"$gte": 18}}},
    "loop": {"type": "condition", "condition": {"$not": {"$savedGroup": {"id": "loop"}}}},
    "both": {"type": "condition", "condition":
        {"$and": [{"$savedGroup": {"id": "adults"}}, {"$savedGroup": {"id": "list"}}]}},
    "odd": {"type": "tomorrow"}})";
  constexpr std::string_view kUser = R"({"age": 20, "user": {"id": 1}, "other": "a"})";
  EXPECT_TRUE(Holds(R"({"$savedGroup": {"id": "both"}})", kUser, kGroups));
  EXPECT_FALSE(Holds(R"({"$savedGroup": {"id": "both"}})", R"({"age": 17})", kGroups));
  EXPECT_TRUE(Holds(R"({"$savedGroup": {"id": "list", "attributeKey": "other"}})", kUser, kGroups));
  EXPECT_TRUE(Holds(R"({"$savedGroup": {"id": "loop"}})", kUser, kGroups));
  EXPECT_FALSE(Holds(R"({"$savedGroup": {"id": "odd"}})", kUser, kGroups));
  EXPECT_FALSE(Holds(R"({"$savedGroup": {"id": "legacy"}})", kUser, kGroups));
  EXPECT_TRUE(Holds(R"({"user.id": {"$inGroup": "list"}})", kUser, kGroups));
  EXPECT_TRUE(Holds(R"({"other": {"$notInGroup": "legacy"}})", kUser, kGroups));
  EXPECT_TRUE(Holds(R"({"other": {"$notInGroup": "none"}})", kUser, kGroups));
  EXPECT_FALSE(Holds(R"({"other": {"$notInGroup": "odd"}})", kUser, kGroups));
  EXPECT_TRUE(Holds(R"({"list": {"$elemMatch": {"$savedGroup": {"id": "adults"}, "x": 1}}})",
                    R"({"list": [{"age": 20, "x": 1}]})", kGroups));
}

TEST(Condition, SavedGroupsThatReferToThemselvesAreReported) {
  const Condition condition(R"({"$savedGroup": {"id": "a"}})", R"({
    "a": {"type": "condition", "condition": {"$or": [{"$savedGroup": {"id": "b"}}]}},
    "b": {"type": "condition", "condition":
        {"$and": [{"$savedGroup": {"id": "c"}}, {"$savedGroup": {"id": "a"}}]}},
    "c": {"type": "condition", "condition": {"x": 1}}})");
  EXPECT_EQ(condition.Issues(),
            std::vector<std::string>{"cyclic_saved_group /b/condition/$and/1/$savedGroup/id"});
}

TEST(Condition, AParentsValueIsAnObject) {
  EXPECT_TRUE(Condition(R"({"value": true})", "{}", Root::kParent).HoldsForParent("1"));
  EXPECT_TRUE(Condition(R"({"value.a": 2})", "{}", Root::kParent).HoldsForParent(R"({"a": 2})"));
  EXPECT_TRUE(Condition(R"({"other": null})", "{}", Root::kParent).HoldsForParent("1"));
  EXPECT_TRUE(
      Condition(R"({"value": {"$exists": false}})", "{}", Root::kParent).HoldsForParent("null"));
  EXPECT_TRUE(Condition(R"({"$savedGroup": {"id": "g"}})",
                        R"({"g": {"type": "condition", "condition": {"value": "on"}}})",
                        Root::kParent)
                  .HoldsForParent("\"on\""));
}

TEST(Condition, WhatCannotMatchIsReported) {
  const struct {
    std::string_view condition;
    bool holds;
    std::vector<std::string> issues;
  } cases[] = {
      {R"({"a": {"$regx": "x"}})", false, {"unknown_operator /a/$regx"}},
      {R"({"a": {"$not": {"$groups": []}}})", true, {"unknown_operator /a/$not/$groups"}},
      {R"({"$nott": {"a": 1}})", false, {"unknown_operator /$nott"}},
      {R"({"$nott": null})", true, {"unknown_operator /$nott"}},
      {R"({"$or": [{"$eq": 1}]})", false, {"unknown_operator /$or/0/$eq"}},
      {R"({"a": {"$elemMatch": {"$and": []}}})", false, {"unknown_operator /a/$elemMatch/$and"}},
      {R"_({"a": {"$regex": "(?=x)"}})_", false, {"invalid_regex /a/$regex"}},
      {R"_({"a": {"$not": {"$regex": "("}}})_", true, {"invalid_regex /a/$not/$regex"}},
      {R"({"a": {"$regex": 7}})", false, {"invalid_regex /a/$regex"}},
      {R"({"a": {"$in": "x"}})", false, {"wrong_type /a/$in"}},
      {R"({"a": {"$nin": "x"}})", false, {"wrong_type /a/$nin"}},
      {R"({"$or": null})", false, {"wrong_type /$or"}},
      {R"({"$not": {"$and": [7]}})", false, {"wrong_type /$not/$and/0"}},
      {R"({"a": {"$type": "date"}})", false, {"unknown_value /a/$type"}},
      {R"({"a": {"$type": "undefined"}})", false, {}},
      {R"({"a": {"$inGroup": "g"}})", false, {"unknown_saved_group /a/$inGroup"}},
      {R"({"$savedGroup": {"id": "g"}})", false, {"unknown_saved_group /$savedGroup/id"}},
      {R"({"$savedGroup": "g"})", false, {"wrong_type /$savedGroup"}},
      {R"({"a": 2, "a": 1})", true, {"duplicate_key /a"}},
      {"7", false, {"wrong_type "}},
  };
  for (const auto& c : cases) {
    Condition condition(c.condition);
    EXPECT_EQ(condition.Holds(R"({"a": 1})"), c.holds) << c.condition;
    EXPECT_EQ(condition.Issues(), c.issues) << c.condition;
  }
}

TEST(Condition, AnIssueSaysWhatWasMeant) {
  const auto message = [](std::string_view text) { return Condition(text).Message(); };
  EXPECT_THAT(message(R"({"a": {"$regx": "x"}})"), HasSubstr("did you mean \"$regex\"?"));
  EXPECT_THAT(message(R"({"$ors": []})"), HasSubstr("did you mean \"$or\"?"));
  EXPECT_THAT(message(R"({"$savedgroup": {"id": "g"}})"),
              HasSubstr("did you mean \"$savedGroup\"?"));
  EXPECT_THAT(message(R"({"$exists": false})"), HasSubstr("operator of a value"));
  EXPECT_THAT(message(R"({"a": {"$elemMatch": {"$and": []}}})"),
              AllOf(HasSubstr("where attributes are named"), Not(HasSubstr("did you mean"))));
}

TEST(Condition, NestingBeyondTheLimitNeverMatches) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += R"({"$and": [)";
    text += "{}";
    for (int i = 0; i < levels; ++i) text += "]}";
    return text;
  };
  EXPECT_TRUE(Holds(nested(63), "{}"));
  Condition deep(nested(64));
  EXPECT_FALSE(deep.Holds("{}"));
  EXPECT_EQ(deep.Issues().size(), 1u);
}

TEST(Condition, WorkIsBounded) {
  std::string list = "[0";
  for (int i = 0; i < 1000; ++i) list += ",0";
  list += "]";
  Condition condition(R"({"a": {"$elemMatch": {"$elemMatch": {"$elemMatch": {"$eq": 1}}}}})");
  EXPECT_FALSE(condition.Holds(absl::StrCat(R"({"a": )", list, "}")));
  EXPECT_FALSE(condition.exhausted());
  std::string lists = absl::StrCat("[", list);
  for (int i = 0; i < 99; ++i) absl::StrAppend(&lists, ",", list);
  lists += "]";
  Condition square(R"({"a": {"$elemMatch": {"$elemMatch": {"$eq": 1}}}})");
  EXPECT_FALSE(square.Holds(absl::StrCat(R"({"a": )", lists, "}")));
  EXPECT_TRUE(square.exhausted());
  // Groups that double at every level.
  std::string groups = "{\"g0\": {\"type\": \"condition\", \"condition\": {\"x\": 1}}";
  for (int i = 1; i < 40; ++i) {
    const std::string call = absl::StrCat("{\"$savedGroup\": {\"id\": \"g", i - 1, "\"}}");
    absl::StrAppend(&groups, ",\"g", i, "\": {\"type\": \"condition\", \"condition\": {\"$or\": [",
                    call, ",", call, "]}}");
  }
  groups += "}";
  Condition doubling(R"({"$savedGroup": {"id": "g39"}})", groups);
  EXPECT_FALSE(doubling.Holds("{}"));
  EXPECT_TRUE(doubling.exhausted());
}

}  // namespace
}  // namespace sluice::experiment
