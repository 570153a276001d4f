// Every fault that a policy can have: its code, and where it is.
#include <cstddef>
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
#include "sluice/policy/policy.h"

namespace sluice::policy {
namespace {

using ::testing::HasSubstr;

TEST(Compile, TakesAPolicyWithoutFault) {
  const Compiled compiled = Compile(kPolicy);
  EXPECT_TRUE(compiled.status.ok()) << compiled.status << "\n" << Show(compiled.issues);
}

TEST(Compile, TakesTheSchemaThatEditorsLookFor) {
  const std::string text = absl::StrReplaceAll(
      kPolicy, {{"\"version\": 1", "\"$schema\": \"./policy.schema.json\", \"version\": 1"}});
  const Compiled compiled = Compile(text);
  EXPECT_TRUE(compiled.status.ok()) << compiled.status << "\n" << Show(compiled.issues);
}

TEST_P(FaultTest, IsFoundWhereItIs) { ExpectFault(kPolicy, GetParam()); }

constexpr Fault kDocumentFaults[] = {
    {"\"version\": 1,", "", "missing_key", "", "{", "\"version\""},
    {"\"version\": 1", "\"version\": 2", "unsupported_version", "/version", "2", "version 1"},
    {"\"version\": 1", "\"version\": \"1\"", "wrong_type", "/version", "\"1\"", "a number"},
    {"\"limits\": {", "\"limts\": {}, \"limits\": {", "unknown_key", "/limts", "\"limts\"",
     "did you mean \"limits\"?"},
    {"\"version\": 1", "\"version\": 1, \"transforms\": {}", "duplicate_key", "/transforms",
     "\"transforms\": {\"slim\""},
    {"\"version\": 1", "\"$schema\": 7, \"version\": 1", "wrong_type", "/$schema", "7", "a string"},
};
INSTANTIATE_TEST_SUITE_P(Document, FaultTest, testing::ValuesIn(kDocumentFaults));

constexpr Fault kUpstreamFaults[] = {
    {"\"type\": \"service\"", "\"type\": \"servce\"", "unknown_value", "/upstreams/shop/type",
     "\"servce\"", "did you mean \"service\"?"},
    {"\"type\": \"service\", ", "", "missing_key", "/upstreams/shop", "{\"binding\"", "\"type\""},
    {"\"SHOP\"", "\"1SHOP\"", "invalid_binding", "/upstreams/shop/binding", "\"1SHOP\""},
    {"\"SHOP\"", "7", "wrong_type", "/upstreams/shop/binding", "7", "a string"},
    {"\"binding\": \"SHOP\"", "\"binding\": \"SHOP\", \"url\": \"http://a/\"", "not_applicable",
     "/upstreams/shop/url", "\"http://a/\""},
    {"\"timeout\": \"10s\"", "\"timeout\": \"10 s\"", "invalid_duration", "/upstreams/shop/timeout",
     "\"10 s\""},
    {"\"timeout\": \"10s\"", "\"timeout\": \"1h\"", "out_of_range", "/upstreams/shop/timeout",
     "\"1h\"", "600s"},
    {"https://billing.example.com/v1/", "ftp://billing.example.com/", "invalid_url",
     "/upstreams/billing/url", "\"ftp://", "https://"},
    {"https://billing.example.com/v1/", "https://a/?q", "invalid_url", "/upstreams/billing/url",
     "\"https://a/", "query"},
    {"https://billing.example.com/v1/", "https://me:x@a/", "invalid_url", "/upstreams/billing/url",
     "\"https://me", "password"},
    {"https://billing.example.com/v1/", "https://a:0/", "invalid_url", "/upstreams/billing/url",
     "\"https://a:0", "port"},
    {"https://billing.example.com/v1/", "https:///v1", "invalid_url", "/upstreams/billing/url",
     "\"https:///", "host"},
    {"https://billing.example.com/v1/", "https://a/b/../c", "invalid_url", "/upstreams/billing/url",
     "\"https://a/", "normalized"},
    {"\"billing\": {", "\"bil ling\": {\"type\": \"service\", \"binding\": \"B\"}, \"billing\": {",
     "invalid_name", "/upstreams/bil ling", "\"bil ling\""},
    {"\"billing\": {", "\"shop\": {\"type\": \"service\", \"binding\": \"B\"}, \"billing\": {",
     "duplicate_key", "/upstreams/shop", "\"shop\": {\"type\": \"service\", \"binding\": \"B\"}"},
};
INSTANTIATE_TEST_SUITE_P(Upstreams, FaultTest, testing::ValuesIn(kUpstreamFaults));

constexpr Fault kAuthFaults[] = {
    {"\"apiKey\"", "\"apikey\"", "unknown_value", "/auth/customers/type", "\"apikey\"", "apiKey"},
    {"X-Api-Key", "X Api", "invalid_header_name", "/auth/customers/header", "\"X Api\""},
    {"X-Api-Key", "CF-Key", "reserved_header", "/auth/customers/header", "\"CF-Key\""},
    {"8649cdebee", "8649cdebe", "invalid_digest", "/auth/customers/keys/0/sha256", "\"8649cdebe",
     "64 hex digits"},
    {"8649cdebee", "8649cdeb\xC3\xA9", "invalid_digest", "/auth/customers/keys/0/sha256",
     "\"8649cdeb\xC3\xA9"},
    {"8649cdebee", "8649cdebeg", "invalid_digest", "/auth/customers/keys/0/sha256", "\"8649cdebeg"},
    {"0aef9a797b1f4523f91fe6c361cd0df88248789ca6cb8cad188d5030ac2f717e",
     "8649CDEBEE753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", "duplicate_digest",
     "/auth/customers/keys/1/sha256", "\"8649CDEBEE", "\"acme\""},
    {"\"globex\"", "\"\"", "invalid_identity", "/auth/customers/keys/1/identity", "\"\"}"},
    {"\"globex\"", "\"a\\nb\"", "invalid_identity", "/auth/customers/keys/1/identity", "\"a\\nb\""},
    {", \"identity\": \"globex\"", "", "missing_key", "/auth/customers/keys/1",
     "{\"sha256\": \"0aef"},
};
INSTANTIATE_TEST_SUITE_P(Auth, FaultTest, testing::ValuesIn(kAuthFaults));

constexpr Fault kFeatureFaults[] = {
    {"\"id\": \"visitor\"", "\"id\": \"vistor\"", "unknown_fact", "/features/attributes/id",
     "\"vistor\"", "did you mean \"visitor\"?"},
    {"\"id\": \"visitor\"", "\"uid\": \"visitor\"", "unknown_attribute",
     "/routes/0/experiment/feature", "\"page\", \"variants\"", "features.attributes"},
    {"__Host-visitor", "visi tor", "invalid_cookie_name", "/features/visitorCookie/name",
     "\"visi tor\""},
    {"\"365d\"", "\"1ms\"", "out_of_range", "/features/visitorCookie/maxAge", "\"1ms\"", "400d"},
};
INSTANTIATE_TEST_SUITE_P(Features, FaultTest, testing::ValuesIn(kFeatureFaults));

constexpr Fault kMatchFaults[] = {
    {"/orders/{id}/{rest...}", "orders/{id}/{rest...}", "invalid_path", "/routes/0/match/path",
     "\"orders/", "must start with"},
    {"/orders/{id}/{rest...}", "/orders//{id}/{rest...}", "invalid_path", "/routes/0/match/path",
     "\"/orders//", "never match"},
    {"/orders/{id}/{rest...}", "/orders/../{id}/{rest...}", "invalid_path", "/routes/0/match/path",
     "\"/orders/../", "never match"},
    {"/orders/{id}/{rest...}", "/orders-{id}/{id}/{rest...}", "invalid_path",
     "/routes/0/match/path", "\"/orders-{id}", "one whole segment"},
    {"/orders/{id}/{rest...}", "/orders/{id}/{rest...}/x", "invalid_path", "/routes/0/match/path",
     "\"/orders/{id}/{rest...}/x", "last segment"},
    {"/orders/{id}/{rest...}", "/orders/{id}/{id}/{rest...}", "invalid_path",
     "/routes/0/match/path", "\"/orders/{id}/{id}", "twice"},
    {"/orders/{id}/{rest...}", "/orders/%2F/{id}/{rest...}", "invalid_path", "/routes/0/match/path",
     "\"/orders/%2F", "never match"},
    {"/orders/{id}/{rest...}", "/orders/{id}/{rest...}?", "invalid_path", "/routes/0/match/path",
     "\"/orders/{id}/{rest...}?"},
    {"\"shop.example.com\"", "\"shop.example.com:8080\"", "invalid_host", "/routes/0/match/hosts/0",
     "\"shop.example.com:8080\"", "no port"},
    {"\"*.shop.example.com\"", "\"*.*.example.com\"", "invalid_host", "/routes/0/match/hosts/1",
     "\"*.*."},
    {"\"*.shop.example.com\"", "\"SHOP.example.com\"", "duplicate_value", "/routes/0/match/hosts/1",
     "\"SHOP.example.com\""},
    {"[\"GET\", \"POST\"]", "[]", "empty_list", "/routes/0/match/methods", "[],", "all methods"},
    {"\"POST\"", "\"post\"", "unknown_value", "/routes/0/match/methods/1", "\"post\"",
     "did you mean \"POST\"?"},
    {"\"POST\"", "\"GET\"", "duplicate_value", "/routes/0/match/methods/1", "\"GET\"]"},
    {"\"X-Client\": \"mobile\"", "\"X Client\": \"mobile\"", "invalid_header_name",
     "/routes/0/match/headers/X Client", "\"X Client\""},
    {"\"X-Client\": \"mobile\"", "\"X-Client\": \"a\\r\\nb\"", "invalid_header_value",
     "/routes/0/match/headers/X-Client", "\"a\\r\\nb\"", "CR, LF and NUL"},
    {"\"X-Client\": \"mobile\"", "\"X-Client\": \"a\", \"x-client\": \"b\"", "duplicate_key",
     "/routes/0/match/headers/x-client", "\"x-client\""},
};
INSTANTIATE_TEST_SUITE_P(Match, FaultTest, testing::ValuesIn(kMatchFaults));

constexpr Fault kRouteFaults[] = {
    {"\"id\": \"rest\"", "\"id\": \"order\"", "duplicate_id", "/routes/1/id",
     "\"order\", \"match\": {\"path\": \"/{rest"},
    {"\"id\": \"rest\", ", "", "missing_key", "/routes/1", "{\"match\": {\"path\"", "\"id\""},
    {"\"id\": \"rest\"", "\"id\": \"re st\"", "invalid_name", "/routes/1/id", "\"re st\""},
    {"\"auth\": \"customers\"", "\"auth\": \"custmers\"", "unknown_auth", "/routes/0/auth",
     "\"custmers\"", "did you mean \"customers\"?"},
    {"\"limits\": [\"perIp\"", "\"limits\": [\"perCustmer\"", "unknown_limit", "/routes/0/limits/0",
     "\"perCustmer\"", "did you mean \"perCustomer\"?"},
    {"\"limits\": [\"perIp\"", "\"limits\": [\"perIp\", \"perIp\"", "duplicate_limit",
     "/routes/0/limits/1", "\"perIp\", {", "\"cost\""},
    {"\"limits\": [\"perIp\"", "\"limits\": [7", "wrong_type", "/routes/0/limits/0", "7, {",
     "name"},
    {"\"cost\": 5", "\"cost\": 31", "out_of_range", "/routes/0/limits/1/cost", "31", "at most 30"},
    {"\"cost\": 5", "\"cost\": 0", "out_of_range", "/routes/0/limits/1/cost", "0}],"},
    {"\"path:id\"", "\"path:sku\"", "unknown_parameter", "/routes/0/limits/1/limit",
     "\"perCustomer\", \"cost\"", "path:sku"},
    {"\"feature\": \"page\"", "\"feature\": \"pages\"", "unknown_feature",
     "/routes/0/experiment/feature", "\"pages\"", "did you mean \"page\"?"},
    {"\"grid\": {\"upstream\"", "\"gird\": {\"upstream\"", "unknown_variation",
     "/routes/0/experiment/variants/gird", "\"gird\"", "\"classic\" or \"grid\""},
    {"\"path\": \"/v2/{id}\"", "\"path\": \"/v2/{ids}\"", "unknown_parameter",
     "/routes/0/experiment/variants/grid/path", "\"/v2/{ids}\"", "{id}"},
    {"\"path\": \"/v2/{id}\"", "\"path\": \"/v2/{rest}\"", "unknown_parameter",
     "/routes/0/experiment/variants/grid/path", "\"/v2/{rest}\""},
    {"\"upstream\": \"billing\"", "\"upstream\": \"biling\"", "unknown_upstream",
     "/routes/0/experiment/variants/grid/upstream", "\"biling\"", "did you mean \"billing\"?"},
    {", \"upstream\": \"shop\"}", "}", "missing_key", "/routes/1", "{\"id\": \"rest\"",
     "\"upstream\""},
    {"\"path\": \"/internal/{id}/{rest...}\"", "\"path\": \"/internal/{id}/{other...}\"",
     "unknown_parameter", "/routes/0/path", "\"/internal/", "{other...}"},
    {"\"response\": {\"transform\": \"slim\"", "\"response\": {\"transform\": \"slimm\"",
     "unknown_transform", "/routes/0/response/transform", "\"slimm\"", "did you mean \"slim\"?"},
    {"\"onInvalidBody\": \"pass\"", "\"onInvalidBody\": \"psas\"", "unknown_value",
     "/routes/0/response/onInvalidBody", "\"psas\"", "did you mean \"pass\"?"},
    {"\"maxBodyBytes\": 1024", "\"maxBodyBytes\": 999999999", "out_of_range",
     "/routes/0/response/maxBodyBytes", "999999999"},
    {"\"rateLimitHeaders\": false", "\"rateLimitHeaders\": 0", "wrong_type",
     "/routes/0/rateLimitHeaders", "0\n", "a boolean"},
    {"\"upstream\": \"shop\"}",
     "\"upstream\": \"shop\", \"response\": {\"onInvalidBody\": \"pass\"}}", "not_applicable",
     "/routes/1/response/onInvalidBody", "\"pass\"}}", "transforms no body"},
};
INSTANTIATE_TEST_SUITE_P(Routes, FaultTest, testing::ValuesIn(kRouteFaults));

constexpr Fault kHeaderFaults[] = {
    {"\"x-edge\": \"sluice\"", "\"Host\": \"a\"", "reserved_header",
     "/routes/0/request/setHeaders/Host", "\"Host\""},
    {"\"x-edge\": \"sluice\"", "\"content-length\": \"1\"", "reserved_header",
     "/routes/0/request/setHeaders/content-length", "\"content-length\""},
    {"\"x-edge\": \"sluice\"", "\"Transfer-Encoding\": \"a\"", "reserved_header",
     "/routes/0/request/setHeaders/Transfer-Encoding", "\"Transfer-Encoding\""},
    {"\"x-edge\": \"sluice\"", "\"CF-Connecting-IP\": \"a\"", "reserved_header",
     "/routes/0/request/setHeaders/CF-Connecting-IP", "\"CF-Connecting-IP\"", "platform"},
    {"\"x-edge\": \"sluice\"", "\"x-edge\": \"a\\u0000\"", "invalid_header_value",
     "/routes/0/request/setHeaders/x-edge", "\"a\\u0000\""},
    {"\"x-edge\": \"sluice\"", "\"x-edge\": \"a\\nb\"", "invalid_header_value",
     "/routes/0/request/setHeaders/x-edge", "\"a\\nb\""},
    {"\"x-edge\": \"sluice\"", "\"x-edge\": \" a\"", "invalid_header_value",
     "/routes/0/request/setHeaders/x-edge", "\" a\"", "blanks"},
    {"\"x-edge\": \"sluice\"", "\"x-edge\": \"\xC3\xA9\"", "invalid_header_value",
     "/routes/0/request/setHeaders/x-edge", "\"\xC3\xA9\"", "ASCII"},
    {"\"x-edge\": \"sluice\"", "\"x-edge\": null", "wrong_type",
     "/routes/0/request/setHeaders/x-edge", "null", "a string"},
    {"\"x-v\": \"2\"", "\"x:v\": \"2\"", "invalid_header_name",
     "/routes/0/experiment/variants/grid/setHeaders/x:v", "\"x:v\""},
    {"\"server\"", "\"Connection\"", "reserved_header", "/routes/0/response/removeHeaders/0",
     "\"Connection\""},
    {"\"server\"", "\"server\", \"Server\"", "duplicate_key", "/routes/0/response/removeHeaders/1",
     "\"Server\""},
    {"\"x-powered-by\"", "\"\"", "invalid_header_name", "/routes/0/response/setHeaders/",
     "\"\": \"us\""},
};
INSTANTIATE_TEST_SUITE_P(Headers, FaultTest, testing::ValuesIn(kHeaderFaults));

TEST(Compile, FindsAllFaultsAtOnce) {
  const std::string text = absl::StrReplaceAll(
      kPolicy, {{"\"binding\": \"SHOP\"", "\"binding\": \"\""},
                {"\"apiKey\"", "\"oauth\""},
                {"\"units\": 600", "\"units\": -1"},
                {"\"365d\"", "365"},
                {"[{\"pick\"", "[{\"pikc\""},
                {"\"auth\": \"customers\"", "\"auth\": \"nobody\""},
                {"\"server\"", "\"te\""},
                {"/{rest...}\"}, \"upstream\": \"shop\"", "/{rest...}\"}, \"upstream\": \"shp\""}});
  const Compiled compiled = Compile(text);
  std::vector<std::string_view> codes;
  for (const Issue& issue : compiled.issues.list()) codes.push_back(issue.code);
  EXPECT_THAT(codes, testing::IsSupersetOf({"invalid_binding", "unknown_value", "out_of_range",
                                            "wrong_type", "unknown_auth", "reserved_header",
                                            "unknown_upstream"}))
      << Show(compiled.issues);
  EXPECT_THAT(Show(compiled.issues), HasSubstr("/transforms/slim/0"));
}

TEST(Compile, DoesNotBlameRoutesForWhatIsAtFaultElsewhere) {
  const std::string text = absl::StrReplaceAll(
      kPolicy, {{"\"algorithm\": \"gcra\"", "\"algorithm\": 1"},
                {"\"features\": {\n      \"page\"",
                 "\"encryptedFeatures\": \"\", \"features\": {\n      \"page\""},
                {"\"SHOP\"", "null"},
                {"\"$.id\"", "\"id\""}});
  const Compiled compiled = Compile(text);
  for (const Issue& issue : compiled.issues.list()) {
    EXPECT_EQ(issue.pointer.find("/routes"), std::string::npos) << issue.pointer;
  }
  EXPECT_EQ(compiled.issues.total(), 4u) << Show(compiled.issues);
}

TEST(Compile, CountsFaultsThatItDoesNotList) {
  std::string keys;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&keys, "\"x", i, "\": 1, ");
  const std::string text = absl::StrReplaceAll(kPolicy, {{"\"version\": 1,", keys}});
  const Compiled compiled = Compile(text);
  EXPECT_EQ(compiled.issues.total(), 501u);
  EXPECT_EQ(compiled.issues.list().size(), Issues::kMaxIssues);
}

TEST(Compile, TextThatIsNotJsonSaysWhere) {
  const Compiled compiled = Compile(R"({"version": 1,})");
  EXPECT_EQ(ErrorCodeOf(compiled.status), ErrorCode::kInvalidJson);
  EXPECT_EQ(ByteOffsetOf(compiled.status), 14u);
  EXPECT_TRUE(compiled.issues.empty());
}

TEST(Compile, OtherValuesAreNoPolicy) {
  for (const std::string_view text : {"1", "[]", "null", "\"policy\""}) {
    const Compiled compiled = Compile(text);
    EXPECT_EQ(ErrorCodeOf(compiled.status), ErrorCode::kInvalidPolicy) << text;
    ASSERT_EQ(compiled.issues.total(), 1u) << text;
    EXPECT_EQ(compiled.issues.list()[0].code, "wrong_type");
    EXPECT_EQ(compiled.issues.list()[0].pointer, "");
  }
}

TEST(Compile, SectionsOfTheWrongTypeAreFaults) {
  for (const std::string_view section : {"upstreams", "auth", "limits", "features", "transforms",
                                         "schemas", "schemaOptions", "routes"}) {
    const std::string text = absl::StrCat("{\"version\": 1, \"", section, "\": 7",
                                          section == "routes" ? "}" : ", \"routes\": []}");
    const Compiled compiled = Compile(text);
    ASSERT_EQ(compiled.issues.total(), 1u) << text << Show(compiled.issues);
    EXPECT_EQ(compiled.issues.list()[0].code, "wrong_type");
    EXPECT_EQ(compiled.issues.list()[0].pointer, absl::StrCat("/", section));
  }
}

TEST(Compile, BudgetsAreKept) {
  Issues issues;
  const auto code = [&](const PolicyBudget& budget) {
    return ErrorCodeOf(Policy::Compile(kPolicy, budget, issues).status());
  };
  EXPECT_EQ(code({.max_policy_bytes = 100}), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code({.max_routes = 2}), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code({.max_routes = 3}), ErrorCode::kOk);
}

TEST(Compile, AShadowedRouteNamesTheOneThatTakesItsPlace) {
  const Compiled compiled = Compile(R"({"version": 1,
    "upstreams": {"u": {"type": "service", "binding": "U"}},
    "routes": [
      {"id": "reads", "match": {"path": "/a", "methods": ["GET"]}, "upstream": "u"},
      {"id": "writes", "match": {"path": "/a", "methods": ["POST"]}, "upstream": "u"},
      {"id": "never", "match": {"path": "/a", "methods": ["POST"]}, "upstream": "u"}]})");
  ASSERT_EQ(compiled.issues.list().size(), 1u);
  EXPECT_THAT(compiled.issues.list()[0].message, HasSubstr("\"never\""));
  EXPECT_THAT(compiled.issues.list()[0].message, HasSubstr("\"writes\""));
}

TEST(Compile, AnOriginsHostMayHaveCapitals) {
  const Compiled compiled = Compile(absl::StrReplaceAll(
      kPolicy, {{"https://billing.example.com", "https://Billing.Example.com"}}));
  EXPECT_TRUE(compiled.issues.empty());
}

TEST(Compile, AShadowedRouteIsAFault) {
  const auto issues_of = [](std::string_view first, std::string_view second) {
    const std::string text = absl::StrCat(
        R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "routes": [)",
        R"({"id": "a", "upstream": "u", "match": )", first,
        R"(}, {"id": "b", "upstream": "u", "match": )", second, "}]}");
    const Compiled compiled = Compile(text);
    return compiled.issues.empty() ? ""
                                   : std::string(compiled.issues.list()[0].code) + " " +
                                         compiled.issues.list()[0].pointer;
  };
  const std::string ambiguous = "ambiguous_route /routes/1/match";
  EXPECT_EQ(issues_of(R"({"path": "/a"})", R"({"path": "/a"})"), ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/a"})", R"({"path": "/%61"})"), ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/{x}"})", R"({"path": "/{y}"})"), ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/{x...}"})", R"({"path": "/{y...}"})"), ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/a"})", R"({"path": "/a", "methods": ["GET"]})"), ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/a", "hosts": ["b.c", "d.e"]})",
                      R"({"path": "/a", "hosts": ["d.e"]})"),
            ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/a", "headers": {"X": "1", "y": "2"}})",
                      R"({"path": "/a", "headers": {"Y": "2", "x": "1"}})"),
            ambiguous);
  EXPECT_EQ(issues_of(R"({"path": "/a", "methods": ["GET"]})", R"({"path": "/a"})"), "");
  EXPECT_EQ(issues_of(R"({"path": "/a"})", R"({"path": "/a/"})"), "");
  EXPECT_EQ(issues_of(R"({"path": "/a"})", R"({"path": "/a", "hosts": ["b.c"]})"), "");
  EXPECT_EQ(issues_of(R"({"path": "/a", "headers": {"x": "1"}})",
                      R"({"path": "/a", "headers": {"x": "2"}})"),
            "");
  EXPECT_EQ(issues_of(R"({"path": "/a", "headers": {"x": "1"}})",
                      R"({"path": "/a", "headers": {"y": "1"}})"),
            "");
}

TEST(Compile, AmbiguityIsBounded) {
  // At each of n depths a literal or a parameter: 2^n templates, and a request that falls back from
  // each literal could visit as many nodes.
  const auto issues_of = [](int depth) {
    std::string routes;
    for (int bits = 0; bits < 1 << depth; ++bits) {
      std::string path;
      for (int i = 0; i < depth; ++i) {
        path += (bits >> i & 1) != 0 ? "/a" : absl::StrCat("/{p", i, "}");
      }
      absl::StrAppend(&routes, bits == 0 ? "" : ",", R"({"id": "r)", bits,
                      R"(", "upstream": "u", "match": {"path": ")", path, "\"}}");
    }
    return Compile(absl::StrCat(
        R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "routes": [)",
        routes, "]}"));
  };
  EXPECT_TRUE(issues_of(8).status.ok());
  const Compiled refused = issues_of(10);
  ASSERT_EQ(refused.issues.total(), 1u);
  EXPECT_EQ(refused.issues.list()[0].code, "too_ambiguous");
  EXPECT_EQ(refused.issues.list()[0].pointer, "/routes");
}

}  // namespace
}  // namespace sluice::policy
