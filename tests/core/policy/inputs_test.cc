// Routes that compose: inputs, their paths, and what may not be.
#include <string>
#include <string_view>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {"a": {"type": "service", "binding": "A"}, "b": {"type": "service", "binding": "B"}},
  "auth": {"keys": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", "identity": "acme"}]}},
  "limits": {"all": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": []}},
  "features": {"attributes": {"id": "visitor"}, "payload": {"features": {"f": {"defaultValue": "x"}}}},
  "transforms": {"join": [{"compose": {"user": {}, "rest": {}}}], "home": [{"compose": {"home": {}}}], "slim": []},
  "routes": [
    {"id": "join", "match": {"path": "/join/{id}/{rest...}"}, "upstream": "a", "auth": "keys", "limits": ["all"],
     "inputs": {"user": {"upstream": "b", "path": "/users/{id}", "setHeaders": {"X-A": "1"}, "forwardHeaders": ["Cookie"]},
                "rest": {"upstream": "a", "path": "/{rest...}", "maxBodyBytes": 9},
                "home": {"upstream": "a", "path": "/"}},
     "experiment": {"feature": "f", "variants": {"x": {"transform": "home"}}},
     "request": {"transform": "slim"},
     "response": {"transform": "join"}}
  ]
})";

TEST(Inputs, HaveTheirOwnPathsFromTheSameParameters) {
  TestPolicy policy(kPolicy);
  std::string digest;
  ASSERT_TRUE(absl::HexStringToBytes(
      "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", &digest));
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/join/a%20b/x/y").Set(kSlotQuery, "?q=1");
  facts.Set(kSlotDigest, digest);
  const DecodedFrame plan = policy.Decide(0, facts);
  EXPECT_EQ(plan.Text(kPlanPathOffset), "/join/a%20b/x/y?q=1");
  EXPECT_THAT(plan.InputPaths(), ElementsAre("/users/a%20b", "/x/y", "/"));
  EXPECT_THAT(plan.Charges(kPlanChargeCount), ElementsAre(DecodedCharge{0, 1, ""}));
  facts.Set(kSlotPath, "/join/7");
  EXPECT_THAT(policy.Decide(0, facts).InputPaths(), ElementsAre("/users/7", "/", "/"));
}

TEST(Inputs, AreNoneForWhoIsRefused) {
  TestPolicy policy(kPolicy);
  FactsFrame facts;
  const DecodedFrame plan =
      policy.Decide(0, facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/join/7"));
  EXPECT_EQ(plan.outcome(), Outcome::kUnauthorized);
  EXPECT_THAT(plan.InputPaths(), IsEmpty());
}

// What replaces what in the policy, and the fault that it makes.
struct Fault {
  std::string_view from;
  std::string_view to;
  std::string_view code;
  std::string_view pointer;
  std::string_view hint;
};
void PrintTo(const Fault& fault, std::ostream* out) { *out << fault.to; }

class InputFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(InputFaultTest, IsFoundWhereItIs) {
  const Fault& fault = GetParam();
  ASSERT_NE(kPolicy.find(fault.from), std::string_view::npos) << fault.from;
  Issues issues;
  const absl::Status status =
      Policy::Compile(absl::StrReplaceAll(kPolicy, {{fault.from, fault.to}}), PolicyBudget(),
                      issues)
          .status();
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidPolicy);
  ASSERT_EQ(issues.total(), 1u);
  EXPECT_EQ(issues.list()[0].code, fault.code) << issues.list()[0].message;
  EXPECT_EQ(issues.list()[0].pointer, fault.pointer) << issues.list()[0].message;
  EXPECT_THAT(issues.list()[0].message, HasSubstr(fault.hint));
}

constexpr Fault kFaults[] = {
    {"\"rest\": {}}", "\"rset\": {}, \"rest\": {}}", "unknown_input",
     "/routes/0/response/transform", "did you mean \"rest\"?"},
    {"{\"home\": {}}", "{\"home\": {}, \"hme\": {}}", "unknown_input",
     "/routes/0/experiment/variants/x/transform", "\"hme\""},
    {"{\"transform\": \"home\"}", "{}", "unused_input", "/routes/0/inputs/home", "for nothing"},
    {"\"request\": {\"transform\": \"slim\"}", "\"request\": {\"transform\": \"home\"}",
     "not_applicable", "/routes/0/request/transform", "\"home\" composes"},
    {"\"request\": {\"transform\": \"slim\"}", "\"request\": {\"transform\": \"slm\"}",
     "unknown_transform", "/routes/0/request/transform", "\"slim\""},
    {"\"request\": {\"transform\": \"slim\"}", "\"request\": {\"maxBodyBytes\": 7}",
     "not_applicable", "/routes/0/request/maxBodyBytes", "neither transforms nor checks"},
    {"{\"transform\": \"slim\"}", "{\"transform\": \"slim\", \"onInvalidBody\": \"ignore\"}",
     "unknown_value", "/routes/0/request/onInvalidBody", "\"pass\""},
    {"\"upstream\": \"b\", ", "\"upstream\": \"c\", ", "unknown_upstream",
     "/routes/0/inputs/user/upstream", "\"c\""},
    {"\"upstream\": \"b\", ", "", "missing_key", "/routes/0/inputs/user", "\"upstream\""},
    {"/users/{id}", "/users/{ids}", "unknown_parameter", "/routes/0/inputs/user/path", "{id}"},
    {"\"Cookie\"", "\"X-Api-Key\"", "not_applicable", "/routes/0/inputs/user/forwardHeaders",
     "key"},
    {"\"X-A\"", "\"Host\"", "reserved_header", "/routes/0/inputs/user/setHeaders/Host", "\"host\""},
    {"\"maxBodyBytes\": 9", "\"maxBodyBytes\": 0", "out_of_range",
     "/routes/0/inputs/rest/maxBodyBytes", "16777216"},
    {"\"maxBodyBytes\": 9", "\"maxBytes\": 9", "unknown_key", "/routes/0/inputs/rest/maxBytes",
     "maxBodyBytes"},
};
INSTANTIATE_TEST_SUITE_P(Inputs, InputFaultTest, testing::ValuesIn(kFaults));

TEST(Inputs, AreAtMostSixteen) {
  std::string inputs;
  for (int i = 0; i < 17; ++i) {
    absl::StrAppend(&inputs, i == 0 ? "" : ",", "\"i", i, R"(": {"upstream": "u", "path": "/"})");
  }
  Issues issues;
  const absl::Status status =
      Policy::Compile(
          absl::StrCat(R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}},
        "transforms": {"t": []}, "routes": [{"id": "r", "match": {"path": "/"}, "upstream": "u", "inputs": {)",
                       inputs, R"(}, "response": {"transform": "t"}}]})"),
          PolicyBudget(), issues)
          .status();
  EXPECT_FALSE(status.ok());
  ASSERT_EQ(issues.total(), 1u);
  EXPECT_EQ(issues.list()[0].code, "too_many");
}

TEST(Inputs, AreNotBlamedForATransformAtFault) {
  Issues issues;
  const absl::Status status =
      Policy::Compile(absl::StrReplaceAll(kPolicy, {{"\"rest\": {}}", "\"rest\": 7}"}}),
                      PolicyBudget(), issues)
          .status();
  EXPECT_FALSE(status.ok());
  for (const Issue& issue : issues.list())
    EXPECT_THAT(issue.pointer, HasSubstr("/transforms/join"));
}

TEST(Inputs, AreDescribed) {
  const std::string_view text = R"({
    "version": 1,
    "upstreams": {"s": {"type": "service", "binding": "S"}, "u": {"type": "service", "binding": "U"}},
    "transforms": {"plain": [], "both": [{"compose": {"user": {}}}, {"compose": {"stock": {}}}]},
    "routes": [{"id": "r", "match": {"path": "/{x}"}, "upstream": "s",
      "inputs": {"stock": {"upstream": "u", "path": "/s/{x}", "setHeaders": {"A": "b"},
                           "forwardHeaders": ["Cookie"], "maxBodyBytes": 5},
                 "user": {"upstream": "s", "path": "/u"}},
      "response": {"transform": "both"}}]})";
  TestPolicy policy(text);
  EXPECT_EQ(policy.description().Find("transforms").raw(),
            R"([{"name":"plain","inputs":[]},{"name":"both","inputs":["user","stock"]}])");
  const json::Value routes = policy.description().Find("routes");
  EXPECT_EQ((*json::Elements(routes).begin()).Find("inputs").raw(),
            R"([{"name":"stock","upstream":1,"setHeaders":[["a","b"]],"forwardHeaders":["cookie"],)"
            R"("maxBodyBytes":5},{"name":"user","upstream":0,"setHeaders":[],"forwardHeaders":[],)"
            R"("maxBodyBytes":4194304}])");
}

TEST(Secrets, AreDescribedOnceWithTheirPlace) {
  const std::string_view text = R"({
    "version": 1,
    "transforms": {"a": [{"redact": {"paths": ["$.x"], "hash": {"secret": "ONE"}}}],
                   "b": [{"redact": {"paths": ["$.y"], "hash": {"secret": "TWO"}}},
                         {"redact": {"paths": ["$.z"], "hash": {"secret": "ONE"}}}]},
    "routes": []})";
  TestPolicy policy(text);
  EXPECT_EQ(policy.description().Find("secrets").raw(),
            absl::StrCat(R"([{"binding":"ONE","pointer":"/transforms/a","byteOffset":)",
                         text.find("[{\"redact\""), R"(,"optional":false,"minBytes":1},)",
                         R"({"binding":"TWO","pointer":"/transforms/b","byteOffset":)",
                         text.find(R"([{"redact": {"paths": ["$.y"])"),
                         R"(,"optional":false,"minBytes":1}])"));
}

}  // namespace
}  // namespace sluice::policy
