// Every fault that limits, and charges against them, can have.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/rule.h"
#include "sluice/policy/limits.h"

namespace sluice::policy {
namespace {

constexpr Fault kLimitFaults[] = {
    {"\"gcra\"", "\"gcar\"", "unknown_value", "/limits/perIp/algorithm", "\"gcar\"", "\"gcra\"?"},
    {"\"burst\": 60", "\"brust\": 60", "unknown_key", "/limits/perIp/brust", "\"brust\"",
     "did you mean \"burst\"?"},
    {"\"units\": 600", "\"units\": 0", "out_of_range", "/limits/perIp/rate/units", "0, \"per\""},
    {"\"per\": \"60s\"", "\"per\": \"1y\"", "invalid_duration", "/limits/perIp/rate/per", "\"1y\""},
    {"\"subject\": [\"ip\", \"header:X-Tenant\"], ", "", "missing_key", "/limits/perIp",
     "{\"algorithm\": \"gcra\"", "\"subject\""},
    {"\"header:X-Tenant\"", "\"headr:X-Tenant\"", "unknown_fact", "/limits/perIp/subject/1",
     "\"headr:X-Tenant\"", "did you mean \"header:\"?"},
    {"\"header:X-Tenant\"", "\"header:X Tenant\"", "invalid_header_name", "/limits/perIp/subject/1",
     "\"header:X Tenant\""},
    {"\"header:X-Tenant\"", "\"identity\"", "not_applicable", "/limits/perIp/subject/1",
     "\"identity\"], \"phase\"", "before authentication"},
    {"\"cookie:sid\"", "\"cookie:\"", "invalid_cookie_name", "/limits/perCustomer/subject/2",
     "\"cookie:\""},
    {"\"cookie:sid\"", "\"path:\"", "invalid_name", "/limits/perCustomer/subject/2", "\"path:\""},
    {"\"cookie:sid\"", "\"ip\", \"cookie:sid\"", "too_many", "/limits/perCustomer/subject",
     "[\"identity\"", "at most 4"},
    {"\"preAuth\"", "\"preauth\"", "unknown_value", "/limits/perIp/phase", "\"preauth\"",
     "preAuth"},
    {"\"mayForget\": true, ", "", "may_forget", "/limits/perIp/durability", "\"memory\"",
     "\"mayForget\": true"},
    {"\"durability\": \"memory\"", "\"durability\": \"strict\"", "not_applicable",
     "/limits/perIp/mayForget", "true, \"onOutage\"", "forgets"},
    {"\"onOutage\": \"open\"", "\"onOutage\": \"opn\"", "unknown_value", "/limits/perIp/onOutage",
     "\"opn\"", "did you mean \"open\"?"},
    {"\"timeout\": \"100ms\"", "\"timeout\": \"1m\"", "out_of_range", "/limits/perIp/timeout",
     "\"1m\"", "30s"},
    {"\"claim:plan\"", "\"claim:\"", "invalid_name", "/limits/tokens/subject/0", "\"claim:\""},
    {"\"claim:plan\"", "\"claim:pln\"", "unknown_claim", "/limits/tokens/subject", "[\"claim:pln\"",
     "did you mean \"plan\"?"},
    {"\"ipv6Prefix\": 56", "\"ipv6Prefix\": 129", "out_of_range", "/limits/perIp/ipv6Prefix",
     "129"},
    {"\"mode\": \"enforce\"", "\"ipv6Prefix\": 56", "not_applicable", "/limits/tokens/ipv6Prefix",
     "56, \"durability\"", "doesn't count by ip"},
    {"\"mode\": \"enforce\"", "\"mode\": \"shaddow\"", "unknown_value", "/limits/tokens/mode",
     "\"shaddow\"", "did you mean \"shadow\"?"},
    {"\"penalty\": \"10m\"", "\"mode\": \"shadow\", \"penalty\": \"10m\"", "not_applicable",
     "/limits/perIp/penalty", "\"10m\"", "denies nothing"},
    {"\"penalty\": \"10m\"", "\"penalty\": \"10ms\"", "out_of_range", "/limits/perIp/penalty",
     "\"10ms\"", "from 1s to 30d"},
    {"\"retryJitter\": \"2s\"", "\"retryJitter\": \"2h\"", "out_of_range",
     "/limits/perIp/retryJitter", "\"2h\"", "from 0s to 300s"},
    {"\"mode\": \"enforce\"", "\"mayForget\": true", "not_applicable", "/limits/tokens/mayForget",
     "true, \"durability\""},
};
INSTANTIATE_TEST_SUITE_P(Limits, FaultTest, testing::ValuesIn(kLimitFaults));

constexpr Fault kLeaseFaults[] = {
    {"\"lease\": false", "\"lease\": true", "wrong_type", "/limits/perIp/lease", "true, \"allow\"",
     "or false"},
    {"\"duration\": \"9s\"", "\"duration\": \"2h\"", "out_of_range",
     "/limits/tokens/lease/duration", "\"2h\"", "from 50ms to 3600s"},
    {"\"duration\": \"9s\"", "\"duration\": \"0s\"", "invalid_duration",
     "/limits/tokens/lease/duration", "\"0s\", \"units\""},
    {"\"units\": 80", "\"units\": 101", "out_of_range", "/limits/tokens/lease/units", "101", "100"},
    {"\"units\": 80", "\"unit\": 80", "unknown_key", "/limits/tokens/lease/unit", "\"unit\"",
     "did you mean \"units\"?"},
    {"\"denyCacheMax\": \"0s\"", "\"denyCacheMax\": \"61s\"", "out_of_range",
     "/limits/tokens/denyCacheMax", "\"61s\"", "from 0s to 60s"},
    {"\"localShare\": 0.5", "\"localShare\": 0", "out_of_range", "/limits/tokens/localShare",
     "0, \"sh", "more than 0"},
    {"\"localShare\": 0.5", "\"localShare\": 1.01", "out_of_range", "/limits/tokens/localShare",
     "1.01"},
    {"\"onOutage\": \"local\", ", "", "not_applicable", "/limits/tokens/localShare", "0.5",
     "\"onOutage\": \"local\""},
    {"\"shards\": 4", "\"shards\": 65", "out_of_range", "/limits/tokens/shards", "65, \"co"},
    {"\"colocate\": \"llm\"", "\"colocate\": \"+llm\"", "invalid_name", "/limits/tokens/colocate",
     "\"+llm\""},
};
INSTANTIATE_TEST_SUITE_P(Leases, FaultTest, testing::ValuesIn(kLeaseFaults));

constexpr Fault kListFaults[] = {
    {"\"10.0.0.0/8\"", "\"10.0.0.1/8\"", "invalid_network", "/limits/perIp/allow/0",
     "\"10.0.0.1/8\"", "write \"10.0.0.0/8\""},
    {"\"10.0.0.0/8\"", "\"10.0.0.0/33\"", "invalid_network", "/limits/perIp/allow/0",
     "\"10.0.0.0/33\"", "no network"},
    {"\"10.0.0.0/8\"", "10", "wrong_type", "/limits/perIp/allow/0", "10]", "a string"},
    {"\"192.0.2.7/evil\"", "\"a*/evil\"", "invalid_pattern", "/limits/perIp/deny/1", "\"a*/evil\"",
     "can only be the end"},
    {"\"192.0.2.7/evil\"", "\"a%/evil\"", "invalid_pattern", "/limits/perIp/deny/1", "\"a%/evil\"",
     "\"%25\""},
    {"\"192.0.2.7/evil\"", "\"evil\"", "invalid_pattern", "/limits/perIp/deny/1", "\"evil\"",
     "has 2 parts"},
    {"\"192.0.2.7/evil\"", "\"::ffff:192.0.2.1\"", "duplicate_value", "/limits/perIp/deny/1",
     "\"::ffff:192.0.2.1\""},
    {"[\"claim:plan\"]", "[]", "not_applicable", "/limits/tokens/overrides/1/subject",
     "\"basic-*\"", "all requests together"},
    {"\"basic-*\"", "\"10.0.0.0/8\"", "not_applicable", "/limits/tokens/overrides/1/subject",
     "\"10.0.0.0/8\", \"burst\"", "doesn't count by ip"},
};
INSTANTIATE_TEST_SUITE_P(Lists, FaultTest, testing::ValuesIn(kListFaults));

constexpr Fault kOverrideFaults[] = {
    {"\"claim\": {\"plan\": \"pro\"}, ", "", "missing_key", "/limits/tokens/overrides/0",
     "{\"rate\": {\"units\": 1800", "\"claim\""},
    {"\"subject\": \"basic-*\"", "\"subject\": \"a\", \"claim\": {\"plan\": \"a\"}",
     "not_applicable", "/limits/tokens/overrides/1", "{\"subject\": \"a\"", "\"claim\""},
    {"{\"plan\": \"pro\"}, \"rate\"", "{}, \"rate\"", "empty_list",
     "/limits/tokens/overrides/0/claim", "{}, \"rate\""},
    {"{\"plan\": \"pro\"}, \"rate\"", "{\"pln\": \"pro\"}, \"rate\"", "unknown_claim",
     "/limits/tokens/overrides/0/claim", "{\"pln\"", "did you mean \"plan\"?"},
    {"\"per\": \"24h\"", "\"per\": \"1h\"", "not_applicable", "/limits/tokens/overrides/0/rate/per",
     "\"1h\"", "\"1d\""},
    {"\"units\": 1800, ", "", "missing_key", "/limits/tokens/overrides/0/rate", "{\"per\": \"24h\"",
     "\"units\""},
    {"\"subject\": \"basic-*\", \"burst\": 70", "\"subject\": \"basic-*\"", "missing_key",
     "/limits/tokens/overrides/1", "{\"subject\": \"basic-*\"}", "\"burst\""},
    {"\"burst\": 70}]", "\"slots\": 60}]", "not_applicable", "/limits/tokens/overrides/1/slots",
     "60}]", "no slots"},
    {"\"burst\": 70}]", "\"burst\": 40}]", "out_of_range",
     "/upstreams/billing/limits/0/cost/reserve", "50, \"from\"", "at most 40 units"},
    {"\"subject\": \"basic-*\", \"burst\": 70",
     "\"brust\": 61, \"subject\": \"basic-*\", \"burst\": 70", "unknown_key",
     "/limits/tokens/overrides/1/brust", "\"brust\"", "did you mean \"burst\"?"},
    {"\"claims\": {\"plan\": \"pro\"}", "\"claims\": {\"plan\": 7}", "wrong_type",
     "/auth/customers/keys/0/claims/plan", "7}", "a string"},
    {"\"claims\": {\"plan\": \"pro\"}", "\"claims\": {\"plan\": \"\"}", "invalid_claim",
     "/auth/customers/keys/0/claims/plan", "\"\"}"},
    {"\"claims\": {\"plan\": \"pro\"}", "\"claims\": {\"plan\": \"pro\", \"1\": \"x\"}",
     "invalid_name", "/auth/customers/keys/0/claims/1", "\"1\": \"x\""},
    {"\"claims\": {\"plan\": \"pro\"}", "\"claims\": {\"plan\": \"pro\", \"plan\": \"x\"}",
     "duplicate_key", "/auth/customers/keys/0/claims/plan", "\"plan\": \"x\""},
};
INSTANTIATE_TEST_SUITE_P(Overrides, FaultTest, testing::ValuesIn(kOverrideFaults));

constexpr Fault kSettleFaults[] = {
    {"\"/usage/total\"", "\"usage.total\"", "invalid_pointer",
     "/upstreams/billing/limits/0/cost/from", "\"usage.total\"", "\"/usage/total_tokens\""},
    {"\"/usage/total\"", "\"/a~2\"", "invalid_pointer", "/upstreams/billing/limits/0/cost/from",
     "\"/a~2\""},
    {"\"/usage/total\"", "\"\"", "invalid_pointer", "/upstreams/billing/limits/0/cost/from",
     "\"\", \"event\""},
    {"\"reserve\": 50, ", "", "missing_key", "/upstreams/billing/limits/0/cost", "{\"from\"",
     "\"reserve\""},
    {"\"reserve\": 50", "\"reserve\": 0.5", "out_of_range",
     "/upstreams/billing/limits/0/cost/reserve", "0.5, \"from\"", "an integer"},
    {"\"event\": \"done\"", "\"event\": \"a\\nb\"", "out_of_range",
     "/upstreams/billing/limits/0/cost/event", "\"a\\nb\"", "a line"},
    {"\"limits\": [\"perIp\"", "\"limits\": [\"tokens\", \"perIp\"", "duplicate_limit",
     "/routes/0/limits/0", "\"tokens\", \"perIp\"", "\"billing\""},
};
INSTANTIATE_TEST_SUITE_P(Settle, FaultTest, testing::ValuesIn(kSettleFaults));

// What an upstream can't charge, and what is too much for one request.
TEST(Compile, LimitsOfUpstreams) {
  const auto issues_of = [](std::string_view limits, std::string_view charged,
                            std::string_view own) {
    return Compile(absl::StrCat(
        R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U", "limits": [)",
        charged, R"(]}}, "limits": {)", limits, R"(}, "routes": [{"id": "r", "match": )",
        R"({"path": "/{p}"}, "upstream": "u", "limits": [)", own, "]}]}"));
  };
  const auto limit = [](std::string_view name, std::string_view more) {
    return absl::StrCat("\"", name, R"(": {"algorithm": "fixed_window", "rate": {"units": 5, )",
                        R"("per": "2s"}, )", more, "}");
  };
  const auto first = [](const Compiled& compiled) -> std::string {
    if (compiled.issues.empty()) return "";
    const Issue& issue = compiled.issues.list()[0];
    return absl::StrCat(issue.code, " at ", issue.pointer);
  };
  EXPECT_EQ(first(issues_of(limit("a", R"("subject": ["ip"], "phase": "preAuth")"), "\"a\"", "")),
            "not_applicable at /upstreams/u/limits/0");
  EXPECT_EQ(first(issues_of(limit("a", R"("subject": ["path:p"])"), R"({"limit": "a"})", "")),
            "not_applicable at /upstreams/u/limits/0/limit");
  EXPECT_EQ(first(issues_of(limit("a", R"("subject": [])"), "\"a\"", "\"a\"")),
            "duplicate_limit at /routes/0/limits/0");
  std::string limits;
  std::string names;
  for (int i = 0; i < 16; ++i) {
    absl::StrAppend(&limits, limit(absl::StrCat("l", i), R"("subject": [])"), ",");
    absl::StrAppend(&names, i == 0 ? "" : ",", "\"l", i, "\"");
  }
  absl::StrAppend(&limits, limit("a", R"("subject": [])"));
  EXPECT_EQ(first(issues_of(limits, names, "")), "");
  EXPECT_EQ(first(issues_of(limits, names, "\"a\"")), "too_many at /routes/0/upstream");
}

TEST(CompileLimits, LimitsOfAGroupShareTheirObjects) {
  const auto issues_of = [](std::string_view more) {
    Issues issues;
    OutputBuffer out(1 << 16);
    const std::string_view common =
        R"("algorithm": "gcra", "rate": {"units": 5, "per": "2s"}, "colocate": "g")";
    EXPECT_EQ(CompileLimits(absl::StrCat(R"({"a": {)", common, R"(, "subject": ["ip"]}, "b": {)",
                                         common, ", ", more, "}}"),
                            PolicyBudget(), issues, out)
                  .ok(),
              issues.empty());
    std::string text;
    for (const Issue& issue : issues.list()) {
      absl::StrAppend(&text, issue.code, " at ", issue.pointer, "; ");
    }
    return text;
  };
  EXPECT_EQ(issues_of(R"("subject": ["ip"], "durability": "strict", "shards": 1)"), "");
  EXPECT_EQ(issues_of(R"("subject": ["header:ip"])"), "different_in_group at /b/subject; ");
  EXPECT_EQ(issues_of(R"("subject": ["ip"], "ipv6Prefix": 60, "phase": "preAuth")"),
            "different_in_group at /b/phase; different_in_group at /b/ipv6Prefix; ");
  EXPECT_EQ(issues_of(R"("subject": ["ip"], "durability": "checkpoint", "shards": 2)"),
            "different_in_group at /b/durability; different_in_group at /b/shards; ");
  // What is at fault already isn't compared.
  EXPECT_EQ(issues_of(R"("subject": ["ipp"], "ipv6Prefix": 60, "allow": ["10.0.0.0/8"])"),
            "unknown_fact at /b/subject/0; ");
}

TEST(CompileLimits, AnObjectHoldsFewLogs) {
  const auto issues_of = [](int logs) {
    std::string text;
    for (int i = 0; i < logs; ++i) {
      absl::StrAppend(&text, i == 0 ? "{" : ", ", "\"l", i, "\"",
                      R"(: {"algorithm": "sliding_log", "rate": {"units": 5, "per": "2s"},)",
                      R"( "subject": ["ip"], "colocate": "g"})");
    }
    Issues issues;
    OutputBuffer out(1 << 16);
    EXPECT_EQ(CompileLimits(text + "}", PolicyBudget(), issues, out).ok(), issues.empty());
    return issues.empty() ? "" : absl::StrCat(issues.list()[0].code, issues.list()[0].pointer);
  };
  EXPECT_EQ(issues_of(4), "");
  EXPECT_EQ(issues_of(5), "too_many/l4/colocate");
}

// What slots can't do that units can.
TEST(CompileLimits, SlotsAreHeld) {
  const auto issues_of = [](std::string_view more) {
    const Compiled compiled = Compile(absl::StrCat(
        R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "limits": )",
        R"({"l": {"algorithm": "concurrency", "slots": 10, "slotTimeout": "9s", "subject": ["ip"])",
        more, "}]}"));
    std::string text;
    for (const Issue& issue : compiled.issues.list()) {
      absl::StrAppend(&text, issue.code, " at ", issue.pointer, "; ");
    }
    return text;
  };
  const std::string routes =
      R"(}}, "routes": [{"id": "r", "match": {"path": "/"}, "upstream": "u")";
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "durability": "memory", "lease": false, "shards": 1, )",
                                   R"("overrides": [{"subject": "::/9", "slots": 5}])", routes,
                                   R"(, "limits": [{"limit": "l", "cost": 5}])")),
            "");
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "lease": {"units": 5})", routes)),
            "not_applicable at /limits/l/lease; ");
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "onOutage": "local")", routes)),
            "not_applicable at /limits/l/onOutage; ");
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "shards": 2)", routes)),
            "not_applicable at /limits/l/shards; ");
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "overrides": [{"subject": "::/9", "rate": {"units": 5}}])",
                                   routes)),
            "not_applicable at /limits/l/overrides/0/rate; ");
  EXPECT_EQ(issues_of(absl::StrCat(R"(, "overrides": [{"subject": "::/9", "burst": 5}])", routes)),
            "not_applicable at /limits/l/overrides/0/burst; ");
  EXPECT_EQ(
      issues_of(absl::StrCat(R"(, "overrides": [{"subject": "::/9", "slots": 257}])", routes)),
      "out_of_range at /limits/l/overrides/0/slots; ");
  EXPECT_EQ(issues_of(absl::StrCat(
                routes, R"(, "limits": [{"limit": "l", "cost": {"reserve": 1, "from": "/a"}}])")),
            "not_applicable at /routes/0/limits/0/cost; ");
}

// An isolate on its own has no log: at most burst + units - 1 pass a bucket in a period.
TEST(CompileLimits, TheShareOfALogIsABucketThatAdmitsNoMore) {
  for (const uint32_t units : {1u, 2u, 3u, 10u, 999u}) {
    Issues issues;
    OutputBuffer out(1 << 16);
    ASSERT_TRUE(
        CompileLimits(absl::StrCat(R"({"a": {"algorithm": "sliding_log", "rate": {"units": )",
                                   units, R"(, "per": "1s"}, "subject": ["ip"], "onOutage": )",
                                   R"("local", "localShare": 1}})"),
                      PolicyBudget(), issues, out)
            .ok());
    json::Document document;
    ASSERT_TRUE(document.Parse(out.text()).ok());
    std::string scratch;
    const json::Value limit = *json::Elements(document.root()).begin();
    std::string bytes;
    ASSERT_TRUE(absl::HexStringToBytes(limit.Find("localRule").string(&scratch), &bytes));
    const std::optional<limit::Rule> rule = limit::DecodeRule(AsBytes(bytes));
    ASSERT_TRUE(rule.has_value());
    EXPECT_EQ(rule->algorithm, limit::Algorithm::kGcra);
    EXPECT_EQ(rule->burst + rule->units - 1, units);
  }
}

TEST(CompileLimits, DescribesLimitsAlone) {
  Issues issues;
  OutputBuffer out(1 << 16);
  const absl::Status status = CompileLimits(
      R"({"a": {"algorithm": "gcra", "rate": {"units": 2, "per": "1s"}, "subject": ["ip"]}})",
      PolicyBudget(), issues, out);
  ASSERT_TRUE(status.ok()) << status << Show(issues);
  EXPECT_THAT(std::string(out.text()),
              testing::StartsWith(
                  R"([{"name":"a","algorithm":"gcra","periodMs":1000,"units":2,"burst":2,"rule":")"
                  "0200000002000000020000000000000"
                  "0e803000000000000"));
  EXPECT_THAT(
      std::string(out.text()),
      testing::EndsWith(
          R"("timeoutMs":250,"penaltyMs":null,"object":"a","subjectAddressBits":[64],"shards":1,"retryJitterMs":0}])"));
}

TEST(CompileLimits, ReportsFaultsAndAppendsNothing) {
  Issues issues;
  OutputBuffer out(1 << 16);
  const absl::Status status =
      CompileLimits(R"({"a": {"algorithm": "gcra"}})", PolicyBudget(), issues, out);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidPolicy);
  EXPECT_EQ(issues.total(), 2u) << Show(issues);
  EXPECT_EQ(out.size(), 0u);
}

}  // namespace
}  // namespace sluice::policy
