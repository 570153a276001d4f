// Schemas of a policy: how they are read, and what deciding about a request makes of them.
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/policy/validate.h"
#include "support.h"

namespace sluice::policy {
namespace {

INSTANTIATE_TEST_SUITE_P(
    Schemas, FaultTest,
    testing::Values(
        Fault{"\"schema\": \"order\"", "\"schema\": \"ordre\"", "unknown_schema",
              "/routes/2/request/schema/schema", "\"ordre\"", "did you mean \"order\"?"},
        Fault{"\"schema\": \"address\"", "\"schema\": 7", "wrong_type",
              "/routes/2/response/schema/schema", "7, \"status\"", "name of a schema"},
        Fault{"{\"$ref\": \"address\"}", "{\"$ref\": \"adress\"}", "unresolved_reference",
              "/schemas/order/properties/address/$ref", "\"adress\""},
        Fault{"\"required\": [\"address\"]", "\"required\": \"address\"", "wrong_type",
              "/schemas/order/required", "\"address\""},
        Fault{"\"limit\": {\"type\": \"integer\"}", "\"limit\": {\"type\": \"int\"}",
              "unknown_value", "/routes/2/query/properties/limit/type", "\"int\""},
        Fault{"\"2020-12\"", "\"2020-21\"", "unknown_value", "/schemaOptions/dialect",
              "\"2020-21\"", "did you mean \"2020-12\"?"},
        Fault{"\"assertFormat\": true", "\"assertFormat\": 1", "wrong_type",
              "/schemaOptions/assertFormat", "1, \"patterns\""},
        Fault{"\"patterns\": \"linear\"", "\"patterns\": \"fast\"", "unknown_value",
              "/schemaOptions/patterns", "\"fast\""},
        Fault{"\"assertFormat\": true", "\"assertFormats\": true", "unknown_key",
              "/schemaOptions/assertFormats", "\"assertFormats\"",
              "did you mean \"assertFormat\"?"},
        Fault{"\"application/vnd.order+json\"", "\"text/plain\"", "invalid_media_type",
              "/routes/2/request/schema/contentTypes/1", "\"text/plain\"", "+json"},
        Fault{"\"application/vnd.order+json\"", "\"application/json; charset=utf-8\"",
              "invalid_media_type", "/routes/2/request/schema/contentTypes/1",
              "\"application/json; ", "without parameters"},
        Fault{"[200, 201]", "[204]", "out_of_range", "/routes/2/response/schema/status/0",
              "204], "},
        Fault{"[200, 201]", "[]", "out_of_range", "/routes/2/response/schema/status", "[], \"onI"},
        Fault{"\"onInvalid\": \"enforce\"", "\"onInvalid\": \"refuse\"", "unknown_value",
              "/routes/2/response/schema/onInvalid", "\"refuse\", \"detail\"", "\"enforce\""},
        Fault{"\"onInvalid\": \"enforce\"", "\"onInvalid\": \"report\"", "not_applicable",
              "/routes/2/response/schema/detail", "true}}", "only reported"},
        Fault{"\"onInvalid\": \"refuse\"", "\"oninvalid\": \"refuse\"", "unknown_key",
              "/routes/2/request/schema/oninvalid", "\"oninvalid\"", "onInvalid"},
        Fault{"\"required\": [\"kind\"]", "\"required\": [\"kin\"]", "unknown_parameter",
              "/routes/2/params/required/0", "\"kin\"", "did you mean \"kind\"?"},
        Fault{"/lists/{kind}", "/lists/all", "not_applicable", "/routes/2/params",
              "{\"required\": [\"kind\"]", "no parameters"},
        Fault{"\"methods\": [\"PUT\"]", "\"methods\": [\"GET\"]", "not_applicable",
              "/routes/2/request/schema", "{\"schema\": \"order\"", "\"query\""},
        Fault{"\"schema\": {\"schema\": \"address\"", "\"schema\": {\"shema\": \"address\"",
              "missing_keyword", "/routes/2/response/schema", "{\"shema\"", "none of the keywords"},
        Fault{"\"query\": {\"properties\"", "\"query\": {\"proprties\"", "missing_keyword",
              "/routes/2/query", "{\"proprties\"", "or the name of one"}));

TEST(Schemas, WhatCantBeTransformedMustNotPassAnEnforcedSchema) {
  ExpectFault(R"({"version": 1, "upstreams": {"s": {"type": "service", "binding": "S"}},
    "transforms": {"t": []},
    "routes": [{"id": "a", "match": {"path": "/"}, "upstream": "s",
                "response": {"schema": {"type": "object"}, "transform": "t"}}]})",
              {"\"transform\": \"t\"", "\"transform\": \"t\", \"onInvalidBody\": \"pass\"",
               "not_applicable", "/routes/0/response/onInvalidBody", "\"pass\"", "report"});
}

TEST(Schemas, TogetherAreWithinTheirBudget) {
  Issues issues;
  const auto status = Policy::Compile(kPolicy, {.max_schema_bytes = 100}, issues).status();
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidPolicy);
  ASSERT_EQ(issues.total(), 1u);
  EXPECT_EQ(issues.list()[0].code, "budget_exceeded");
}

// Nobody asks the gateway for annotations.
TEST(Schemas, KeepNoAnnotations) {
  const auto size_with = [](std::string_view annotations) {
    Issues issues;
    const auto policy = Policy::Compile(
        absl::StrCat(R"({"version": 1, "upstreams": {"s": {"type": "service", "binding": "S"}},
                         "schemas": {"a": {"type": "object")",
                     annotations, R"(}},
                         "routes": [{"id": "a", "match": {"path": "/", "methods": ["PUT"]},
                                     "upstream": "s", "request": {"schema": "a"}}]})"),
        {}, issues);
    return policy.ok() ? (*policy)->schemas()->size() : 0;
  };
  EXPECT_GT(size_with(""), 0u);
  EXPECT_EQ(size_with(R"(, "title": "A", "description": "what it is", "x-own": [1, 2])"),
            size_with(""));
}

constexpr std::string_view kChecked = R"({
  "version": 1,
  "upstreams": {"s": {"type": "service", "binding": "S"}},
  "auth": {"k": {"type": "apiKey", "header": "x-key", "keys": []}},
  "schemaOptions": {"patterns": "budgeted"},
  "schemas": {
    "list": {"type": "object", "additionalProperties": false, "properties": {
      "limit": {"$ref": "count"}, "tag": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
      "open": {"type": "boolean"}, "since": {"type": "string", "format": "date"}}},
    "count": {"type": "integer", "minimum": 1, "maximum": 100},
    "password": {"pattern": "^(?=.*[0-9]).{8,}$"}
  },
  "routes": [
    {"id": "list", "match": {"path": "/lists/{id}"}, "upstream": "s", "query": "list",
     "params": {"properties": {"id": {"$ref": "count"}}}},
    {"id": "files", "match": {"path": "/files/{path...}"}, "upstream": "s",
     "params": {"properties": {"path": {"pattern": "^[a-z/ ]*$"}}}},
    {"id": "plain", "match": {"path": "/plain"}, "upstream": "s"},
    {"id": "any", "match": {"path": "/any"}, "upstream": "s", "query": true},
    {"id": "none", "match": {"path": "/none"}, "upstream": "s", "query": {"maxProperties": 0}},
    {"id": "auth", "match": {"path": "/auth"}, "upstream": "s", "auth": "k", "query": false}]
})";

class SchemasOfRequests : public testing::Test {
 protected:
  // What is wrong with a request; nothing: nothing is.
  std::optional<std::string> FaultsOf(std::string_view path, std::string_view query = "") {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotPath, path);
    if (!query.empty()) facts.Set(kSlotQuery, query);
    const DecodedFrame match = policy_.Match(facts);
    EXPECT_EQ(match.outcome(), Outcome::kProceed) << path;
    return policy_.Decide(match.Word(kMatchRoute), facts).Text(kPlanFaultsOffset);
  }
  // Pointers of what is wrong with one part of it.
  std::string Pointers(std::string_view part, const std::optional<std::string>& faults) {
    if (!faults.has_value()) return "(valid)";
    json::Document document;
    EXPECT_TRUE(document.Parse(*faults).ok()) << *faults;
    std::string pointers;
    for (const json::Value error : json::Elements(document.root().Find(part).Find("errors"))) {
      std::string scratch;
      absl::StrAppend(&pointers, error.Find("instanceLocation").string(&scratch), " ");
    }
    return pointers;
  }

  TestPolicy policy_{kChecked};
};

TEST_F(SchemasOfRequests, TakeWhatIsValid) {
  EXPECT_EQ(FaultsOf("/lists/7"), std::nullopt);
  EXPECT_EQ(FaultsOf("/lists/7", "?limit=100&open=true&tag=a&since=2026-11-21"), std::nullopt);
  EXPECT_EQ(FaultsOf("/lists/7", "?tag=a&tag=b&limit=1e1"), std::nullopt);
  EXPECT_EQ(FaultsOf("/plain", "?limit=x"), std::nullopt);
  EXPECT_EQ(FaultsOf("/any", "?limit=x&&=&%"), std::nullopt);
  EXPECT_EQ(FaultsOf("/none"), std::nullopt);
}

TEST_F(SchemasOfRequests, SayWhatIsWrong) {
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?limit=101")), "/limit ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?limit=ten")), "/limit ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?limit=1&limit=2")), "/limit ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?tag=1&tag=2&tag=3")), "/tag ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?open=1&limit=0")), "/limit /open ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?since=yesterday")), "/since ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/7", "?a~/b=1")), "/a~0~1b ");
  EXPECT_EQ(Pointers("path", FaultsOf("/lists/x")), "/id ");
  EXPECT_EQ(Pointers("query", FaultsOf("/lists/x")), "");
  const std::optional<std::string> both = FaultsOf("/lists/0", "?limit=0");
  EXPECT_EQ(Pointers("path", both), "/id ");
  EXPECT_EQ(Pointers("query", both), "/limit ");
}

TEST_F(SchemasOfRequests, SeeARestWithoutItsSlash) {
  EXPECT_EQ(FaultsOf("/files"), std::nullopt);
  EXPECT_EQ(FaultsOf("/files/a%20b/c"), std::nullopt);
  EXPECT_EQ(Pointers("path", FaultsOf("/files/a/B")), "/path ");
}

TEST_F(SchemasOfRequests, TellNothingToWhoIsntKnown) {
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/auth");
  const DecodedFrame plan = policy_.Decide(5, facts);
  EXPECT_EQ(plan.outcome(), Outcome::kUnauthorized);
  EXPECT_EQ(plan.Text(kPlanFaultsOffset), std::nullopt);
}

TEST_F(SchemasOfRequests, RefuseParametersThatAreTooLong) {
  const std::optional<std::string> faults =
      FaultsOf("/lists/7", absl::StrCat("?tag=", std::string(200 << 10, 'x')));
  ASSERT_TRUE(faults.has_value());
  EXPECT_THAT(*faults, testing::HasSubstr("too long"));
  EXPECT_EQ(FaultsOf("/lists/7", "?limit=1"), std::nullopt);
}

TEST_F(SchemasOfRequests, SayThatTheFaultsAreTooLong) {
  std::string query = "?";
  for (int i = 0; i < 20; ++i) absl::StrAppend(&query, i, std::string(5000, '\1'), "=1&");
  for (const std::string_view path : {"/lists/7", "/lists/x"}) {
    const std::optional<std::string> faults = FaultsOf(path, query);
    ASSERT_TRUE(faults.has_value());
    EXPECT_THAT(*faults, testing::HasSubstr("too long to be told"));
    EXPECT_EQ(Pointers("query", faults), " ");
  }
  EXPECT_EQ(FaultsOf("/lists/7", "?limit=1"), std::nullopt);
}

TEST_F(SchemasOfRequests, ThatBacktrackAreAWarning) {
  const json::Value warnings = policy_.description().Find("warnings");
  ASSERT_EQ(warnings.size(), 1u);
  for (const json::Value warning : json::Elements(warnings)) {
    EXPECT_TRUE(warning.Find("code").StringEquals("backtracking_pattern"));
    EXPECT_TRUE(warning.Find("pointer").StringEquals("/schemas/password/pattern"));
  }
}

TEST(Schemas, AreDescribedByNameOrPlace) {
  TestPolicy policy(kPolicy);
  std::string names;
  for (const json::Value schema : json::Elements(policy.description().Find("schemas"))) {
    std::string scratch;
    absl::StrAppend(&names, schema.Find("name").string(&scratch), " ");
  }
  EXPECT_EQ(names, "order address /routes/2/query /routes/2/params ");
  EXPECT_THAT(policy.description_text(),
              testing::HasSubstr(
                  R"("schema":{"schema":0,"contentTypes":["application/json",)"
                  R"("application/vnd.order+json"],"required":false,"onInvalid":"refuse"})"));
  EXPECT_THAT(
      policy.description_text(),
      testing::HasSubstr(
          R"("schema":{"schema":1,"status":[200,201],"onInvalid":"enforce","detail":true})"));
}

TEST(Schemas, ChangeTheMarkOfACache) {
  const auto mark = [](std::string_view schema) {
    TestPolicy policy(absl::StrCat(
        R"({"version": 1, "upstreams": {"s": {"type": "service", "binding": "S"}}, "schemas": {"a": )",
        schema,
        R"(}, "routes": [{"id": "r", "match": {"path": "/", "methods": ["GET"]}, "upstream": "s",
             "cache": {"ttl": "60s"}, "response": {"schema": "a"}}]})"));
    std::string text;
    for (const json::Value route : json::Elements(policy.description().Find("routes"))) {
      std::string scratch;
      text = route.Find("cache").Find("mark").string(&scratch);
    }
    return text;
  };
  EXPECT_EQ(mark("true"), mark("true"));
  EXPECT_NE(mark("true"), mark("false"));
}

}  // namespace
}  // namespace sluice::policy
