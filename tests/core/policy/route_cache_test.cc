// Who may keep a route's answers, and what that can't be combined with.
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/issues.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {
    "a": {"type": "service", "binding": "A"},
    "b": {"type": "service", "binding": "B"},
    "metered": {"type": "service", "binding": "M", "limits": ["byIp"]}
  },
  "auth": {"keys": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", "identity": "acme",
       "claims": {"plan": "pro"}}]}},
  "limits": {
    "byIp": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["ip"]},
    "byWho": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["ip", "identity"]},
    "byClaim": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["claim:plan"]},
    "byVisitor": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["visitor"]},
    "byCookie": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["cookie:sid"]},
    "byCredential": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["header:Authorization"]},
    "byKey": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["header:X-API-Key"]},
    "byHeader": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["header:x-tenant"]}
  },
  "features": {"attributes": {"id": "visitor"},
               "payload": {"features": {"f": {"defaultValue": "x"}, "g": {"defaultValue": "x"}}}},
  "transforms": {"slim": [{"drop": ["$.a"]}], "join": [{"compose": {"user": {}}}], "other": [{"drop": ["$.b"]}]},
  "routes": [
    {"id": "r", "match": {"path": "/r/{id}", "methods": ["GET"]}, "upstream": "a" ROUTE}
  ]
})";

std::string PolicyWith(std::string_view route) {
  return absl::StrReplaceAll(kPolicy, {{" ROUTE", route.empty() ? "" : absl::StrCat(", ", route)}});
}

json::Value RouteOf(const TestPolicy& policy) {
  return *json::Elements(policy.description().Find("routes")).begin();
}

std::string Text(json::Value value) {
  std::string scratch;
  return std::string(value.string(&scratch));
}

TEST(Personal, IsWhatDependsOnWhoAsksOrCountsThem) {
  const auto is_personal = [](std::string_view route) {
    const TestPolicy policy(PolicyWith(route));
    return RouteOf(policy).Find("personal").is(json::Kind::kTrue);
  };
  EXPECT_FALSE(is_personal(""));
  EXPECT_FALSE(is_personal(R"("response": {"transform": "slim"})"));
  EXPECT_TRUE(is_personal(R"("auth": "keys")"));
  EXPECT_TRUE(is_personal(R"("limits": ["byIp"])"));
  EXPECT_TRUE(is_personal(R"("experiment": {"feature": "f"})"));
  EXPECT_TRUE(is_personal(R"("flags": {"features": ["f"], "header": "x-flags"})"));
  // Its upstream's limits are its own, also where only a variant goes there.
  const std::string metered =
      absl::StrReplaceAll(PolicyWith(""), {{R"("upstream": "a")", R"("upstream": "metered")"}});
  EXPECT_TRUE(RouteOf(TestPolicy(metered)).Find("personal").is(json::Kind::kTrue));
  EXPECT_FALSE(is_personal(R"("cache": {"ttl": "1s"})"));
  EXPECT_FALSE(is_personal(R"("sharedCache": true)"));
  EXPECT_FALSE(is_personal(R"("sharedCache": true, "limits": ["byIp", "byHeader"])"));
  EXPECT_TRUE(is_personal(R"("sharedCache": false, "limits": ["byIp"])"));
}

TEST(RouteCache, IsDescribed) {
  const TestPolicy policy(PolicyWith(
      R"("cache": {"ttl": "90s", "vary": ["Accept-Language", "origin"]}, "sharedCache": true)"));
  const json::Value route = RouteOf(policy);
  EXPECT_TRUE(route.Find("sharedCache").is(json::Kind::kTrue));
  EXPECT_EQ(route.Find("cache").Find("ttlMs").raw(), "90000");
  EXPECT_EQ(route.Find("cache").Find("vary").raw(), R"(["accept-language","origin"])");
  EXPECT_EQ(Text(route.Find("cache").Find("mark")).size(), 22u);
}

TEST(RouteCache, MayBeOnARouteWithAuthLimitsExperimentAndInputs) {
  const TestPolicy policy(PolicyWith(
      R"("auth": "keys", "limits": ["byWho"], "inputs": {"user": {"upstream": "b", "path": "/u",
             "forwardHeaders": ["Accept-Language"]}},
         "experiment": {"feature": "f", "variants": {"x": {"transform": "slim"}}},
         "response": {"transform": "join"}, "cache": {"ttl": "30d", "vary": ["accept-language"]})"));
  EXPECT_TRUE(RouteOf(policy).Find("personal").is(json::Kind::kTrue));
}

class MarkTest : public testing::Test {
 protected:
  static constexpr std::string_view kRoute =
      R"("response": {"transform": "slim"}, "cache": {"ttl": "60s"},
         "experiment": {"feature": "f", "variants": {"x": {"upstream": "b"}}})";

  static std::string MarkAfter(std::string_view from, std::string_view to) {
    const std::string policy = PolicyWith(kRoute);
    EXPECT_THAT(policy, HasSubstr(from));
    return Text(
        RouteOf(TestPolicy(absl::StrReplaceAll(policy, {{from, to}}))).Find("cache").Find("mark"));
  }

  const std::string mark_ = MarkAfter("", "");
};

TEST_F(MarkTest, IsAnotherWhereTheAnswersAreMadeAnotherWay) {
  EXPECT_NE(MarkAfter("$.a", "$.c"), mark_) << "the transform";
  EXPECT_NE(MarkAfter(R"("binding": "A")", R"("binding": "C")"), mark_) << "the upstream";
  EXPECT_NE(MarkAfter(R"("binding": "B")", R"("binding": "C")"), mark_) << "a variant's upstream";
  EXPECT_NE(MarkAfter(R"("ttl": "60s")", R"("ttl": "61s")"), mark_) << "the route";
}

TEST_F(MarkTest, StaysWhereOtherThingsChange) {
  EXPECT_EQ(MarkAfter("$.b", "$.c"), mark_) << "another transform";
  EXPECT_EQ(MarkAfter(R"("binding": "M")", R"("binding": "C")"), mark_) << "another upstream";
  EXPECT_EQ(MarkAfter(R"("units": 9)", R"("units": 8)"), mark_) << "limits";
}

// What a route says, and the fault that it is.
struct RouteFault {
  std::string_view route;
  std::string_view code;
  std::string_view pointer;
  std::string_view hint;
};
void PrintTo(const RouteFault& fault, std::ostream* out) { *out << fault.route; }

class RouteCacheFaultTest : public testing::TestWithParam<RouteFault> {};

TEST_P(RouteCacheFaultTest, IsFoundWhereItIs) {
  const RouteFault& fault = GetParam();
  const std::string policy = PolicyWith(fault.route);
  Issues issues;
  const absl::Status status = Policy::Compile(policy, PolicyBudget(), issues).status();
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidPolicy);
  ASSERT_EQ(issues.total(), 1u) << (issues.list().size() > 1 ? issues.list()[1].message : "");
  const Issue& issue = issues.list()[0];
  EXPECT_EQ(issue.code, fault.code) << issue.message;
  EXPECT_EQ(issue.pointer, fault.pointer) << issue.message;
  EXPECT_THAT(issue.message, HasSubstr(fault.hint));
  EXPECT_LT(issue.byte_offset, policy.size());
  EXPECT_GT(issue.byte_offset, policy.find("\"id\": \"r\""));
}

constexpr RouteFault kFaults[] = {
    {R"("sharedCache": "yes")", "wrong_type", "/routes/0/sharedCache", "boolean"},
    {R"("sharedCache": true, "auth": "keys")", "not_applicable", "/routes/0/sharedCache",
     "without checking the key; \"cache\" keeps"},
    {R"("sharedCache": true, "experiment": {"feature": "f"})", "not_applicable",
     "/routes/0/sharedCache", "the variant of one user"},
    {R"("sharedCache": true, "flags": {"features": "*", "header": "x-flags"})", "not_applicable",
     "/routes/0/sharedCache", "the flags of one user"},
    {R"("sharedCache": true, "limits": ["byIp", "byWho"])", "not_applicable",
     "/routes/0/sharedCache", "\"byWho\" counts by identity"},
    {R"("sharedCache": true, "limits": ["byClaim"])", "not_applicable", "/routes/0/sharedCache",
     "a claim"},
    {R"("sharedCache": true, "limits": ["byVisitor"])", "not_applicable", "/routes/0/sharedCache",
     "visitor"},
    {R"("sharedCache": true, "limits": ["byKey"])", "not_applicable", "/routes/0/sharedCache",
     "\"byKey\" counts by a credential"},
    {R"("sharedCache": true, "limits": ["byCookie"])", "not_applicable", "/routes/0/sharedCache",
     "a cookie"},
    {R"("sharedCache": true, "limits": ["byCredential"])", "not_applicable",
     "/routes/0/sharedCache", "a credential"},
    {R"("sharedCache": true, "inputs": {"user": {"upstream": "b", "path": "/u"}},
        "response": {"transform": "join"})",
     "not_applicable", "/routes/0/sharedCache", "always private"},
    {R"("sharedCache": true, "response": {"setHeaders": {"Set-Cookie": "a=1"}})", "not_applicable",
     "/routes/0/response/setHeaders", "with a cookie"},
    {R"("cache": true)", "wrong_type", "/routes/0/cache", "expected an object"},
    {R"("cache": {})", "missing_key", "/routes/0/cache", "\"ttl\""},
    {R"("cache": {"ttl": 60})", "wrong_type", "/routes/0/cache/ttl", "string"},
    {R"("cache": {"ttl": "60"})", "invalid_duration", "/routes/0/cache/ttl", ""},
    {R"("cache": {"ttl": "999ms"})", "out_of_range", "/routes/0/cache/ttl", "from 1s to 30d"},
    {R"("cache": {"ttl": "31d"})", "out_of_range", "/routes/0/cache/ttl", "from 1s to 30d"},
    {R"("cache": {"ttl": "1s", "stale": "1s"})", "unknown_key", "/routes/0/cache/stale", "stale"},
    {R"("cache": {"ttl": "1s", "vary": "accept"})", "wrong_type", "/routes/0/cache/vary", "array"},
    {R"("cache": {"ttl": "1s", "vary": ["*"]})", "invalid_vary", "/routes/0/cache/vary",
     "no two requests"},
    {R"("cache": {"ttl": "1s", "vary": ["accept", "Cookie"]})", "invalid_vary",
     "/routes/0/cache/vary", "says who asks"},
    {R"("cache": {"ttl": "1s", "vary": ["authorization"]})", "invalid_vary", "/routes/0/cache/vary",
     "says who asks"},
    {R"("cache": {"ttl": "1s", "vary": ["X-API-Key"]}, "auth": "keys")", "invalid_vary",
     "/routes/0/cache/vary", "says who asks"},
    {R"("cache": {"ttl": "1s", "vary": ["range"]})", "invalid_vary", "/routes/0/cache/vary",
     "the whole answer"},
    {R"("cache": {"ttl": "1s", "vary": ["If-None-Match"]})", "invalid_vary", "/routes/0/cache/vary",
     "the whole answer"},
    {R"("cache": {"ttl": "1s", "vary": ["accept-encoding"]})", "invalid_vary",
     "/routes/0/cache/vary", "without a coding"},
    {R"("cache": {"ttl": "1s", "vary": ["cache-control"]})", "invalid_vary", "/routes/0/cache/vary",
     "isn't heeded"},
    {R"("cache": {"ttl": "1s", "vary": ["traceparent"]})", "invalid_vary", "/routes/0/cache/vary",
     "each request"},
    {R"("cache": {"ttl": "1s", "vary": ["X-Debug"]}, "request": {"removeHeaders": ["x-debug"]})",
     "invalid_vary", "/routes/0/cache/vary", "takes it away"},
    {R"("cache": {"ttl": "1s", "vary": ["host"]})", "reserved_header", "/routes/0/cache/vary/0",
     "host"},
    {R"("cache": {"ttl": "1s"}, "flags": {"features": ["f"], "header": "x-flags"})",
     "not_applicable", "/routes/0/cache", "one user's flags"},
    {R"("cache": {"ttl": "1s"}, "request": {"transform": "slim"})", "not_applicable",
     "/routes/0/request/transform", "no body"},
    {R"("cache": {"ttl": "1s", "vary": ["accept"]}, "response": {"transform": "join"},
        "inputs": {"user": {"upstream": "b", "path": "/u", "forwardHeaders": ["accept", "cookie"]}})",
     "not_applicable", "/routes/0/inputs/user/forwardHeaders", "\"cookie\" of one request"},
    {R"("cache": {"ttl": "1s"},
        "limits": [{"limit": "byIp", "cost": {"reserve": 2, "from": "/n"}}])",
     "not_applicable", "/routes/0/cache", "\"byIp\" is said by the upstream"},
};
INSTANTIATE_TEST_SUITE_P(RouteCache, RouteCacheFaultTest, testing::ValuesIn(kFaults));

TEST(RouteCache, IsForGetAndHeadOnly) {
  const std::string cached = PolicyWith(R"("cache": {"ttl": "1s"})");
  TestPolicy head(absl::StrReplaceAll(cached, {{R"(["GET"])", R"(["GET", "HEAD"])"}}));
  for (const std::string_view methods : {R"("methods": ["GET", "POST"])", R"("hosts": ["h"])"}) {
    Issues issues;
    const std::string policy = absl::StrReplaceAll(cached, {{R"("methods": ["GET"])", methods}});
    EXPECT_FALSE(Policy::Compile(policy, PolicyBudget(), issues).ok());
    ASSERT_EQ(issues.total(), 1u);
    EXPECT_EQ(issues.list()[0].pointer, "/routes/0/cache");
    EXPECT_THAT(issues.list()[0].message, HasSubstr("\"methods\": [\"GET\"]"));
  }
}

TEST(RouteCache, LimitsOfAnUpstreamCountAsItsRoutes) {
  const std::string by_who = absl::StrReplaceAll(
      PolicyWith(R"("sharedCache": true)"), {{R"("limits": ["byIp"])", R"("limits": ["byCookie"])"},
                                             {R"("upstream": "a")", R"("upstream": "metered")"}});
  Issues issues;
  EXPECT_FALSE(Policy::Compile(by_who, PolicyBudget(), issues).ok());
  ASSERT_EQ(issues.total(), 1u);
  EXPECT_THAT(issues.list()[0].message, HasSubstr("\"byCookie\" counts by a cookie"));
}

}  // namespace
}  // namespace sluice::policy
