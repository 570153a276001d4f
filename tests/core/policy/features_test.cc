// A policy's "features": every fault that they can have, what is a warning only, what is described.
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// All that they can say, without fault.
constexpr std::string_view kFeatures = R"({
  "version": 1,
  "upstreams": {"shop": {"type": "service", "binding": "SHOP"}},
  "features": {
    "payload": {
      "features": {
        "page": {"defaultValue": "classic", "rules": [
          {"id": "nl", "condition": {"country": "NL", "beta": true}, "force": "grid", "coverage": 0.2, "hashAttribute": "id"},
          {"key": "pages", "hashVersion": 2, "variations": ["classic", "grid"], "meta": [{"key": "c"}, {"key": "g"}],
           "condition": {"id": {"$inGroup": "team"}}}]},
        "size": {"defaultValue": 2, "rules": [{"variations": [2, 3.5, {"a": [1]}, true, null], "hashAttribute": "company", "hashVersion": 2}]},
        "plain": {"defaultValue": false}
      },
      "experiments": [{"key": "browsers", "variations": [{}, {}],
                       "urlPatterns": [{"type": "simple", "pattern": "/products/*", "include": true}]}],
      "savedGroups": {"team": ["u1"]}
    },
    "attributes": {
      "id": ["header:x-device-id", "visitor"],
      "country": "header:cf-ipcountry",
      "beta": {"fact": "query:beta", "type": "boolean"},
      "company": {"fact": ["identity"]},
      "age": {"fact": "cookie:age", "type": "number"},
      "tags": {"fact": "header:x-tags", "type": "list"},
      "path": "path", "host": "host", "url": "url", "method": "method", "device": "device", "sku": "path:sku"
    },
    "keys": {"current": "COOKIE_KEY", "previous": "COOKIE_KEY_OLD"},
    "visitorCookie": {"name": "sluice-visitor", "maxAge": "400d", "domain": "Example.com", "adopt": ["gbuuid", "old"]},
    "sticky": {"cookie": "__Secure-sticky", "maxAge": "180d", "maxBytes": 512},
    "consent": {"fact": "cookie:consent", "is": ["all"], "before": "ip", "exposures": true},
    "bots": ["Bot", "crawl"],
    "override": {"query": "qa", "cookie": "__Host-qa"},
    "exposures": {"analytics": "EXPOSURES", "sample": 0.25, "user": "hash"}
  },
  "transforms": {"slim": []},
  "routes": [
    {"id": "product", "match": {"path": "/products/{sku}"}, "upstream": "shop", "mint": "always",
     "experiment": [
       {"feature": "page", "variants": {"grid": {"path": "/v2/{sku}", "redirect": "/new/{sku}"}}},
       {"feature": "size", "variants": {"2": {}, "3.5": {"transform": "slim"}, "{\"a\": [1]}": {}, "true": {},
                                        "null": {"redirect": "https://WWW.example.com:8443/{sku}"}}}],
     "flags": {"features": ["plain", "page"], "header": "X-Flags"}},
    {"id": "all", "match": {"path": "/all"}, "upstream": "shop", "flags": {"features": "*", "header": "x-flags"}}
  ]
})";

TEST(Features, TakeAllOfThisWithoutFault) {
  const Compiled compiled = Compile(kFeatures);
  EXPECT_TRUE(compiled.status.ok()) << compiled.status << "\n" << Show(compiled.issues);
}

class FeatureFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(FeatureFaultTest, IsFoundWhereItIs) { ExpectFault(kFeatures, GetParam()); }

constexpr Fault kAttributeFaults[] = {
    {"\"path\": \"path\"", "\"path\": \"pth\"", "unknown_fact", "/features/attributes/path",
     "\"pth\"", "did you mean \"path\"?"},
    {"\"type\": \"number\"", "\"type\": \"float\"", "unknown_value",
     "/features/attributes/age/type", "\"float\"", "number"},
    {"{\"fact\": \"cookie:age\", ", "{", "missing_key", "/features/attributes/age",
     "{\"type\": \"number\"", "\"fact\""},
    {"[\"identity\"]", "[]", "empty_list", "/features/attributes/company/fact", "[]}", "1 to 8"},
    {"\"query:beta\"", "\"query:\"", "invalid_name", "/features/attributes/beta/fact", "\"query:\"",
     "query:NAME"},
    {"\"host\": \"host\"", "\"path\": \"host\"", "duplicate_key", "/features/attributes/path",
     "\"path\": \"host\""},
    {"\"company\": {\"fact\": [\"identity\"]}", "\"companies\": \"identity\"", "unknown_attribute",
     "/routes/0/experiment/1/feature", "\"size\", \"variants\"", "\"company\""},
};
INSTANTIATE_TEST_SUITE_P(Attributes, FeatureFaultTest, testing::ValuesIn(kAttributeFaults));

constexpr Fault kRuleFaults[] = {
    {"\"payload\": {", "\"payload\": {\"encryptedFeatures\": \"x\",", "encrypted",
     "/features/payload/encryptedFeatures", "\"x\"", "decryptFeatures"},
    {"\"current\": \"COOKIE_KEY\", ", "", "missing_key", "/features/keys", "{\"previous\"",
     "\"current\""},
    {"\"COOKIE_KEY_OLD\"", "\"COOKIE_KEY\"", "duplicate_value", "/features/keys/previous",
     "\"COOKIE_KEY\"}", "another secret"},
    {"\"COOKIE_KEY_OLD\"", "\"COOKIE-KEY\"", "invalid_binding", "/features/keys/previous",
     "\"COOKIE-KEY\""},
    {"\"sluice-visitor\"", "\"__host-visitor\"", "invalid_cookie_name",
     "/features/visitorCookie/name", "\"__host-visitor\"", "domain"},
    {"\"sluice-visitor\"", "\"a b\"", "invalid_cookie_name", "/features/visitorCookie/name",
     "\"a b\"", "letters"},
    {"\"400d\"", "\"500ms\"", "out_of_range", "/features/visitorCookie/maxAge", "\"500ms\"",
     "400d"},
    {"\"Example.com\"", "\"com\"", "invalid_host", "/features/visitorCookie/domain", "\"com\"",
     "\"example.com\""},
    {"\"gbuuid\", \"old\"", "\"a\", \"b\", \"c\", \"d\", \"e\"", "too_many",
     "/features/visitorCookie/adopt", "[\"a\"", "at most 4"},
    {"\"gbuuid\", \"old\"", "\"a;b\"", "invalid_cookie_name", "/features/visitorCookie/adopt",
     "[\"a;b\"]"},
    {"\"__Secure-sticky\"", "\"sluice-visitor\"", "duplicate_value", "/features/sticky/cookie",
     "\"sluice-visitor\", \"maxAge\": \"180d\"", "another cookie"},
    {"\"cookie\": \"__Host-qa\"", "\"cookie\": \"__Secure-sticky\"", "duplicate_value",
     "/features/override/cookie", "\"__Secure-sticky\"}", "another cookie"},
    {"\"__Secure-sticky\"", "\"__Host-sticky\"", "invalid_cookie_name", "/features/sticky/cookie",
     "\"__Host-sticky\"", "domain"},
    {"\"gbuuid\", \"old\"", "\"gbuuid\", \"__Host-qa\"", "duplicate_value",
     "/features/visitorCookie/adopt", "[\"gbuuid\"", "\"__Host-qa\""},
    {"\"gbuuid\", \"old\"", "\"old\", \"old\"", "duplicate_value", "/features/visitorCookie/adopt",
     "[\"old\"", "\"old\""},
    {"\"maxBytes\": 512", "\"maxBytes\": 100", "out_of_range", "/features/sticky/maxBytes", "100}",
     "128"},
    {"\"is\": [\"all\"]", "\"is\": []", "empty_list", "/features/consent/is", "[], \"before\""},
    {"\"fact\": \"cookie:consent\"", "\"fact\": \"visitor\"", "not_applicable",
     "/features/consent/fact", "\"visitor\", \"is\"", "before there is a visitor"},
    {"\"before\": \"ip\"", "\"before\": \"path:sku\"", "not_applicable", "/features/consent/before",
     "\"path:sku\", \"exposures\"", "all routes"},
    {"\"bots\": [\"Bot\", \"crawl\"]", "\"bots\": true", "wrong_type", "/features/bots",
     "true,\n    \"override", "false"},
    {"\"Bot\", \"crawl\"", "\"b\"", "out_of_range", "/features/bots", "[\"b\"]", "2 to 64"},
    {"\"query\": \"qa\"", "\"query\": \"q a\"", "invalid_name", "/features/override/query",
     "\"q a\"", "[A-Za-z0-9._-]"},
    {"\"sample\": 0.25", "\"sample\": 0", "out_of_range", "/features/exposures/sample", "0, \"user",
     "more than 0"},
    {"\"sample\": 0.25", "\"queue\": \"Q\"", "not_applicable", "/features/exposures/queue", "\"Q\"",
     "not to both"},
    {"\"analytics\": \"EXPOSURES\", ", "", "not_applicable", "/features/exposures/sample", "0.25",
     "a queue gets all"},
    {"\"EXPOSURES\"", "\"EXPO-SURES\"", "invalid_binding", "/features/exposures/analytics",
     "\"EXPO-SURES\""},
    {"\"user\": \"hash\"", "\"user\": \"none\"", "unknown_value", "/features/exposures/user",
     "\"none\"", "hash"},
};
INSTANTIATE_TEST_SUITE_P(Rules, FeatureFaultTest, testing::ValuesIn(kRuleFaults));

constexpr Fault kRouteFaults[] = {
    {"\"3.5\": {", "\"3.50\": {", "unknown_variation", "/routes/0/experiment/1/variants/3.50",
     "\"3.50\"", "\"2\""},
    {"{\"feature\": \"size\", ", "{\"feature\": \"page\"}, {\"feature\": \"size\", ",
     "duplicate_value", "/routes/0/experiment/1/feature", "\"page\"}, {", "another experiment"},
    {"\"redirect\": \"/new/{sku}\"", "\"redirect\": \"/new/{id}\"", "unknown_parameter",
     "/routes/0/experiment/0/variants/grid/redirect", "\"/new/{id}\"", "{id}"},
    {"\"redirect\": \"/new/{sku}\"", "\"redirect\": \"http://a/\"", "invalid_url",
     "/routes/0/experiment/0/variants/grid/redirect", "\"http://a/\"", "https://"},
    {"\"redirect\": \"/new/{sku}\"", "\"redirect\": \"/new?x\"", "invalid_url",
     "/routes/0/experiment/0/variants/grid/redirect", "\"/new?x\"", "goes along"},
    {"\"redirect\": \"/new/{sku}\"", "\"redirect\": \"https://u@a/\"", "invalid_url",
     "/routes/0/experiment/0/variants/grid/redirect", "\"https://u@a/\"", "user"},
    {"[\"plain\", \"page\"]", "[\"plain\", \"pages\"]", "unknown_feature",
     "/routes/0/flags/features/1", "\"pages\"]", "\"page\""},
    {"[\"plain\", \"page\"]", "[\"plain\", \"plain\"]", "duplicate_value",
     "/routes/0/flags/features/1", "\"plain\"]", "already"},
    {"[\"plain\", \"page\"]", "[]", "empty_list", "/routes/0/flags/features", "[], \"header\""},
    {"[\"plain\", \"page\"]", "\"all\"", "wrong_type", "/routes/0/flags/features", "\"all\", \"h",
     "\"*\""},
    {"\"X-Flags\"", "\"Host\"", "reserved_header", "/routes/0/flags/header", "\"Host\""},
    {"\"X-Flags\"", "\"Cookie\"", "reserved_header", "/routes/0/flags/header", "\"Cookie\"",
     "meaning of its own"},
    {"\"X-Flags\"", "\"traceparent\"", "reserved_header", "/routes/0/flags/header",
     "\"traceparent\""},
    {"\"bots\": [\"Bot", "\"visitorHeader\": \"x-request-id\", \"bots\": [\"Bot", "reserved_header",
     "/features/visitorHeader", "\"x-request-id\""},
    {"\"bots\": [\"Bot", "\"visitorHeader\": \"content-type\", \"bots\": [\"Bot", "reserved_header",
     "/features/visitorHeader", "\"content-type\""},
    {"\"X-Flags\"", "\"x flags\"", "invalid_header_name", "/routes/0/flags/header", "\"x flags\""},
    {", \"header\": \"X-Flags\"", "", "missing_key", "/routes/0/flags", "{\"features\": [\"plain\"",
     "\"header\""},
    {"\"mint\": \"always\"", "\"mint\": \"sometimes\"", "unknown_value", "/routes/0/mint",
     "\"sometimes\"", "navigation"},
    {"\"upstream\": \"shop\", \"flags\": {\"features\": \"*\", \"header\": \"x-flags\"}",
     "\"upstream\": \"shop\", \"mint\": \"never\"", "not_applicable", "/routes/1/mint", "\"never\"",
     "has neither"},
};
INSTANTIATE_TEST_SUITE_P(Routes, FeatureFaultTest, testing::ValuesIn(kRouteFaults));

TEST(Features, ACookieByDefaultIsNoOthersEither) {
  const auto faults = [](std::string_view rules) {
    const Compiled compiled = Compile(
        absl::StrCat(R"({"version": 1, "routes": [], "features": {"keys": {"current": "K"}, )",
                     rules, R"(, "payload": {"features": {}}}})"));
    std::vector<std::string> places;
    for (const Issue& issue : compiled.issues.list()) {
      places.push_back(absl::StrCat(issue.code, " ", issue.pointer));
    }
    return places;
  };
  EXPECT_THAT(faults(R"("visitorCookie": {"name": "__Host-sluice-sticky"}, "sticky": {})"),
              testing::ElementsAre("duplicate_value /features/sticky"));
  EXPECT_THAT(faults(R"("sticky": {"cookie": "__Host-sluice-override"}, "override": {})"),
              testing::ElementsAre("duplicate_value /features/override"));
  EXPECT_THAT(
      faults(R"("visitorCookie": {"maxAge": "1d"}, "sticky": {"cookie": "__Host-sluice-visitor"})"),
      testing::ElementsAre("duplicate_value /features/sticky/cookie"));
  EXPECT_THAT(faults(R"("visitorCookie": {"adopt": ["__Host-sluice-sticky"]}, "sticky": {})"),
              testing::ElementsAre("duplicate_value /features/visitorCookie/adopt"));
  EXPECT_THAT(faults(R"("visitorCookie": {"adopt": ["__Host-sluice-visitor"]}, "sticky": {})"),
              testing::IsEmpty())
      << "unsigned values of before";
}

std::vector<std::string> Warnings(std::string_view policy_text) {
  TestPolicy policy(policy_text);
  std::vector<std::string> warnings;
  for (const json::Value warning : json::Elements(policy.description().Find("warnings"))) {
    std::string scratch;
    std::string code(warning.Find("code").string(&scratch));
    warnings.push_back(absl::StrCat(code, " ", warning.Find("pointer").string(&scratch)));
  }
  return warnings;
}

TEST(Features, CookiesOfOneHostHaveThePrefixThatKeepsThemItsOwn) {
  const auto warnings = [](std::string_view rules) {
    return Warnings(
        absl::StrCat(R"({"version": 1, "routes": [], "features": {"keys": {"current": "K"}, )",
                     rules, R"(, "payload": {"features": {}}}})"));
  };
  EXPECT_THAT(
      warnings(
          R"("visitorCookie": {"name": "id"}, "sticky": {"cookie": "__Secure-s"}, "override": {"cookie": "__host-o"})"),
      testing::ElementsAre("cookie_prefix /features/visitorCookie/name",
                           "cookie_prefix /features/sticky/cookie",
                           "cookie_prefix /features/override/cookie"));
  EXPECT_THAT(warnings(R"("visitorCookie": {"maxAge": "1d"}, "sticky": {}, "override": {})"),
              IsEmpty());
  EXPECT_THAT(
      warnings(
          R"("visitorCookie": {"name": "id", "domain": "example.com"}, "sticky": {"cookie": "s"}, "override": {})"),
      IsEmpty())
      << "what hosts share can't have it";
}

TEST(Features, WithoutKeysNothingCanBeSigned) {
  const std::string text = absl::StrReplaceAll(
      kFeatures,
      {{"\"keys\": {\"current\": \"COOKIE_KEY\", \"previous\": \"COOKIE_KEY_OLD\"},", ""}});
  const Compiled compiled = Compile(text);
  std::vector<std::string> places;
  for (const Issue& issue : compiled.issues.list()) {
    EXPECT_EQ(issue.code, "missing_key");
    EXPECT_THAT(issue.message, HasSubstr("\"current\""));
    places.push_back(issue.pointer);
  }
  EXPECT_THAT(places, testing::ElementsAre("/features/sticky", "/features/override",
                                           "/features/exposures/user"));
}

TEST(Features, WhatDoesNotStopAPayloadIsAWarning) {
  const std::string text = absl::StrReplaceAll(
      kFeatures, {{"$inGroup", "$inGrup"}, {"\"country\": \"header:cf-ipcountry\",", ""}});
  EXPECT_THAT(Warnings(text),
              testing::ElementsAre(
                  "ignored /features/payload/experiments",
                  "unknown_operator /features/payload/features/page/rules/1/condition/id/$inGrup",
                  "unknown_attribute /routes/0/experiment/0/feature",
                  "unknown_attribute /routes/1/flags/features"));
  EXPECT_EQ(TestPolicy(text).description().Find("warningCount").raw(), "4");
}

// A policy with these features, rules as the payload has them, and one route.
std::string WithRules(std::string_view features, std::string_view rules, std::string_view route) {
  return absl::StrCat(
      R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "features": {)",
      features, R"(, "payload": {"features": {"f": {"defaultValue": "a", "rules": [)", rules,
      R"(]}, "g": {"defaultValue": 1, "rules": [{"force": 2, "condition": {"age": 7}}]}}}},)",
      R"("routes": [{"id": "r", "match": {"path": "/"}, "upstream": "u", )", route, "}]}");
}

TEST(Features, FlagsTellOfAttributesThatNothingIsMappedToAsExperimentsDo) {
  constexpr std::string_view kExperiment = R"({"variations": ["a", "b"], "hashVersion": 2})";
  constexpr std::string_view kOther = R"("keys": {"current": "K"}, "attributes": {"x": "visitor"})";
  constexpr std::string_view kAll = R"("flags": {"features": "*", "header": "x-flags"})";
  constexpr std::string_view kOne = R"("flags": {"features": ["f"], "header": "x-flags"})";
  const Compiled named = Compile(WithRules(kOther, kExperiment, kOne));
  ASSERT_EQ(named.issues.list().size(), 1u) << Show(named.issues);
  EXPECT_EQ(named.issues.list()[0].code, "unknown_attribute");
  EXPECT_EQ(named.issues.list()[0].pointer, "/routes/0/flags/features/0");

  TestPolicy all(WithRules(kOther, kExperiment, kAll));
  const json::Value warnings = all.description().Find("warnings");
  ASSERT_EQ(warnings.size(), 1u) << "one for all of them";
  EXPECT_THAT(std::string(warnings.raw()),
              AllOf(HasSubstr("\"/routes/0/flags/features\""), HasSubstr(R"(\"id\" or \"age\")"),
                    HasSubstr(R"(nobody is assigned by \"id\")")));
  EXPECT_THAT(
      Warnings(WithRules(
          R"("keys": {"current": "K"}, "attributes": {"id": "visitor"})",
          R"({"condition": {"age": 7}, "variations": ["a", "b"], "hashVersion": 2})",
          R"("experiment": {"feature": "f"}, "flags": {"features": ["f"], "header": "x-flags"})")),
      testing::ElementsAre("unknown_attribute /routes/0/experiment/feature"))
      << "once for each feature";
}

TEST(Features, WhoeverMayChooseTheirIdIsToldOf) {
  constexpr std::string_view kFlags = R"("flags": {"features": ["f"], "header": "x-flags"})";
  constexpr std::string_view kAttributes =
      R"("attributes": {"age": "ip", "id": ["header:x-id", "visitor"], "own": "visitor"})";
  EXPECT_THAT(Warnings(WithRules(kAttributes, "", kFlags)),
              testing::ElementsAre("unsigned_visitor /features/attributes/id"));
  EXPECT_THAT(
      Warnings(WithRules(absl::StrCat(R"("keys": {"current": "K"}, )", kAttributes), "", kFlags)),
      IsEmpty());
  EXPECT_THAT(Warnings(WithRules(R"("attributes": {"id": "header:x-id"})", "", kFlags)), IsEmpty());
  EXPECT_THAT(Warnings(
                  R"({"version": 1, "routes": [], "limits": {
               "mine": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "subject": ["ip", "visitor"]}}})"),
              testing::ElementsAre("unsigned_visitor /limits/mine"));
}

TEST(Features, ExperimentsThatGetVersion1UnaskedAreOneWarning) {
  const auto warnings = [](std::string_view rules) {
    return Warnings(
        WithRules(R"("keys": {"current": "K"}, "attributes": {"id": "visitor", "age": "ip"})",
                  rules, R"("flags": {"features": "*", "header": "x-flags"})"));
  };
  EXPECT_THAT(
      warnings(
          R"({"key": "new", "variations": [1, 2], "hashVersion": 2}, {"force": 1, "coverage": 0.5},
                          {"key": "x", "variations": [1, 2]}, {"key": "y", "variations": [1, 2]})"),
      testing::ElementsAre("hash_version_1 /features/payload/features/f/rules/2"));
  EXPECT_THAT(warnings(R"({"key": "runs", "variations": [1, 2], "hashVersion": 1})"), IsEmpty())
      << "who says it, knows";
}

TEST(Features, WhatIsOneUsersOrTheBrowsersIsIgnored) {
  EXPECT_THAT(
      Warnings(WithRules(
          R"("attributes": {"age": "ip"})",
          R"({"force": 1, "tracks": []}, {"force": 1, "tracks": [{"experiment": {"key": "t"}, "result": {}}]},
             {"force": 2, "tracks": [{"experiment": {"key": "u"}, "result": {}}]})",
          R"("flags": {"features": "*", "header": "x-flags"})")),
      testing::ElementsAre("ignored /features/payload/features/f/rules/1/tracks"));
}

TEST(Features, AreDescribed) {
  TestPolicy policy(kFeatures);
  const json::Value description = policy.description();
  EXPECT_EQ(description.Find("exposures").raw(),
            R"({"queue":null,"analytics":"EXPOSURES","sample":0.25})");
  EXPECT_EQ(description.Find("overrideCookie").raw(), "\"__Host-qa\"");
  EXPECT_EQ(description.Find("urlPatterns").raw(), R"(["/products/*"])");
  EXPECT_THAT(Warnings(kFeatures), testing::ElementsAre("ignored /features/payload/experiments"));
  EXPECT_EQ(description.Find("secrets").raw(),
            absl::StrCat(R"([{"binding":"COOKIE_KEY","pointer":"/features/keys/current",)",
                         R"("byteOffset":)", kFeatures.find("\"COOKIE_KEY\""),
                         R"(,"optional":false,"minBytes":16},)",
                         R"({"binding":"COOKIE_KEY_OLD","pointer":"/features/keys/previous",)",
                         R"("byteOffset":)", kFeatures.find("\"COOKIE_KEY_OLD\""),
                         R"(,"optional":true,"minBytes":16}])"));
  std::vector<std::string> experiments;
  for (const json::Value route : json::Elements(description.Find("routes"))) {
    experiments.emplace_back(route.Find("experiments").raw());
    EXPECT_EQ(route.Find("flags").raw(), R"({"header":"x-flags"})");
  }
  EXPECT_THAT(experiments,
              testing::ElementsAre(
                  R"([{"feature":"page","variants":[{"value":"grid","setHeaders":[]}]},)"
                  R"({"feature":"size","variants":[{"value":"2","setHeaders":[]},)"
                  R"({"value":"3.5","setHeaders":[]},{"value":"{\"a\": [1]}","setHeaders":[]},)"
                  R"({"value":"true","setHeaders":[]},{"value":"null","setHeaders":[]}]}])",
                  "[]"));
}

TEST(Features, ExposuresCanBeOffAndOnByDefault) {
  const auto exposures = [](std::string_view more) {
    TestPolicy policy(absl::StrCat(R"({"version": 1, "routes": [], "features": {)", more,
                                   R"("payload": {"features": {}}}})"));
    return std::string(policy.description().Find("exposures").raw());
  };
  EXPECT_EQ(exposures(""), R"({"queue":"SLUICE_EXPOSURES","analytics":null,"sample":1})");
  EXPECT_EQ(exposures(R"("exposures": false,)"), "null");
  EXPECT_EQ(exposures(R"("exposures": {"queue": "Q"},)"),
            R"({"queue":"Q","analytics":null,"sample":1})");
}

TEST(Features, ASecretIsRefusedThatIsTooShort) {
  Issues issues;
  absl::StatusOr<std::unique_ptr<Policy>> policy =
      Policy::Compile(kFeatures, PolicyBudget(), issues);
  ASSERT_TRUE(policy.ok());
  const absl::Status status = (*policy)->SetSecret(0, AsBytes("fifteen bytes.."));
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("COOKIE_KEY must have at least 16 bytes"));
  EXPECT_TRUE((*policy)->SetSecret(0, AsBytes("sixteen bytes...")).ok());
  EXPECT_EQ(ErrorCodeOf((*policy)->SetSecret(2, AsBytes("sixteen bytes..."))),
            ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::policy
