// "visitorHeader": whom the upstream is told of, and what can't be combined with it.
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/base/signed_text.h"
#include "sluice/policy/cookie.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::StartsWith;

constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {"a": {"type": "service", "binding": "A"}},
  "limits": {"perVisitor": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": ["visitor"]}},
  "features": {
    "visitorHeader": "X-Visitor-Id",
    "keys": {"current": "KEY"},
    "visitorCookie": {"adopt": ["gbuuid"]},
    "consent": {"fact": "header:x-consent", "is": ["yes"], "before": "header:x-before"},
    "attributes": {"id": ["header:x-device-id", "visitor"]},
    "payload": {"features": {"page": {"defaultValue": "a", "rules": [{"variations": ["a", "b"], "hashVersion": 2}]}}}
  },
  "transforms": {"join": [{"compose": {"user": {}}}]},
  "routes": [
    {"id": "plain", "match": {"path": "/plain"}, "upstream": "a"},
    {"id": "page", "match": {"path": "/page"}, "upstream": "a", "experiment": {"feature": "page"}},
    {"id": "limited", "match": {"path": "/limited"}, "upstream": "a", "limits": ["perVisitor"]},
    {"id": "kept", "match": {"path": "/kept", "methods": ["GET"]}, "upstream": "a", "experiment": {"feature": "page"},
     "cache": {"ttl": "9s", "vary": ["accept"]}},
    {"id": "flags", "match": {"path": "/flags"}, "upstream": "a", "flags": {"features": "*", "header": "x-flags"}},
    {"id": "join", "match": {"path": "/join"}, "upstream": "a", "response": {"transform": "join"},
     "inputs": {"user": {"upstream": "a", "path": "/user", "forwardHeaders": ["accept"]}}}
  ]
})";

enum RouteNumber : uint32_t { kPlain, kPage, kLimited, kKept, kFlags };

constexpr std::string_view kKey = "sixteen bytes are enough";
constexpr std::string_view kVisitor = "__Host-sluice-visitor";
constexpr std::string_view kMinted = "MDEyMzQ1Njc4OWFiY2RlZg";  // base64url of the random bytes

class VisitorHeaderTest : public testing::Test {
 protected:
  VisitorHeaderTest() { EXPECT_TRUE(policy_.policy().SetSecret(0, AsBytes(kKey)).ok()); }

  // A navigation of who consented.
  FactsFrame Visit() {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotHost, "shop.example");
    facts.Set(kSlotRandom, "0123456789abcdef");
    Header(facts, "sec-fetch-mode", "navigate");
    return Header(facts, "x-consent", "yes");
  }
  FactsFrame& Header(FactsFrame& facts, std::string_view name, std::string_view value) {
    return facts.Set(policy_.Slot(absl::StrCat("header:", name)), value);
  }
  std::string Cookie(std::string_view id) {
    TextSigner signer;
    signer.SetKey(SigningKey::kCurrent, AsBytes(kKey));
    OutputBuffer out(512);
    signer.Sign(kVisitorPurpose, kVisitor, id, out);
    return absl::StrCat(kVisitor, "=", out.text());
  }
  DecodedFrame Decide(uint32_t route, FactsFrame facts) {
    constexpr std::string_view kPaths[] = {"/plain", "/page", "/limited", "/kept", "/flags"};
    return policy_.Decide(route, facts.Set(kSlotPath, kPaths[route]));
  }
  std::string Told(uint32_t route, const FactsFrame& facts) {
    return Decide(route, facts).Text(kPlanVisitorOffset).value_or("(nobody)");
  }

  TestPolicy policy_{kPolicy};
};

TEST_F(VisitorHeaderTest, TellsTheIdThatTheRequestIsAssignedBy) {
  const DecodedFrame first = Decide(kPage, Visit());
  EXPECT_EQ(first.Text(kPlanVisitorOffset), kMinted);
  ASSERT_EQ(first.Cookies().size(), 1u);
  EXPECT_THAT(first.Cookies()[0], StartsWith(absl::StrCat(kVisitor, "=", kMinted, ".")));
  FactsFrame facts = Visit();
  EXPECT_EQ(Told(kPage, Header(facts, "cookie", Cookie("somebody-known"))), "somebody-known");
  EXPECT_EQ(Told(kFlags, facts), "somebody-known");
  EXPECT_EQ(Told(kLimited, facts), "somebody-known");
  EXPECT_EQ(Told(kPage, Header(facts, "cookie", "gbuuid=known-from-before")), "known-from-before");
}

TEST_F(VisitorHeaderTest, TellsNobodyWhoIsntKnown) {
  FactsFrame facts = Visit();
  const std::string forged = absl::StrCat(kVisitor, "=somebody-known.AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(Told(kLimited, Header(facts, "cookie", forged)), "(nobody)");
  EXPECT_EQ(Told(kPage, facts), kMinted);
  EXPECT_EQ(Told(kPage, Header(facts, "sec-fetch-mode", "cors")), "(nobody)");

  FactsFrame known = Visit();
  Header(known, "cookie", Cookie("somebody-known"));
  EXPECT_EQ(Told(kPlain, known), "(nobody)") << "the route doesn't ask who it is";
  EXPECT_EQ(Told(kKept, known), "(nobody)") << "what is kept is for all";
  FactsFrame bot = known;
  EXPECT_EQ(Told(kPage, Header(bot, "user-agent", "Somebot/1.0")), "(nobody)");
}

TEST_F(VisitorHeaderTest, TellsNobodyBeforeConsent) {
  FactsFrame facts = Visit();
  Header(facts, "cookie", Cookie("somebody-known"));
  Header(facts, "x-before", "stands-for-the-visitor");
  Header(facts, "x-consent", "no");
  EXPECT_EQ(Told(kPage, facts), "(nobody)");
  EXPECT_EQ(Told(kLimited, facts), "(nobody)");
}

TEST_F(VisitorHeaderTest, AClientThatNamesItselfIsNoVisitor) {
  FactsFrame facts = Visit();
  EXPECT_EQ(Told(kPage, Header(facts, "x-device-id", "a-device")), "(nobody)");
}

TEST_F(VisitorHeaderTest, IsDescribed) {
  EXPECT_TRUE(policy_.description().Find("visitorHeader").StringEquals("x-visitor-id"));
  const TestPolicy without(
      absl::StrReplaceAll(kPolicy, {{R"("visitorHeader": "X-Visitor-Id",)", ""}}));
  EXPECT_TRUE(without.description().Find("visitorHeader").is(json::Kind::kNull));
}

TEST(VisitorHeader, IsNotToldWhereThePolicyHasNone) {
  TestPolicy policy(absl::StrReplaceAll(kPolicy, {{R"("visitorHeader": "X-Visitor-Id",)", ""}}));
  ASSERT_TRUE(policy.policy().SetSecret(0, AsBytes(kKey)).ok());
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/page").Set(kSlotRandom, "0123456789abcdef");
  facts.Set(policy.Slot("header:x-consent"), "yes");
  facts.Set(policy.Slot("header:sec-fetch-mode"), "navigate");
  const DecodedFrame plan = policy.Decide(kPage, facts);
  EXPECT_EQ(plan.Cookies().size(), 1u);
  EXPECT_EQ(plan.Text(kPlanVisitorOffset), std::nullopt);
}

class VisitorHeaderFaultTest : public testing::TestWithParam<Fault> {};

TEST_P(VisitorHeaderFaultTest, IsFoundWhereItIs) { ExpectFault(kPolicy, GetParam()); }

constexpr Fault kFaults[] = {
    {"\"X-Visitor-Id\"", "\"x visitor\"", "invalid_header_name", "/features/visitorHeader",
     "\"x visitor\"", "letters"},
    {"\"X-Visitor-Id\"", "\"Host\"", "reserved_header", "/features/visitorHeader", "\"Host\"",
     "connection"},
    {"\"X-Visitor-Id\"", "\"X-Flags\"", "duplicate_value", "/routes/4/flags/header",
     "\"x-flags\"}}", "of their own"},
    {"\"X-Visitor-Id\"", "7", "wrong_type", "/features/visitorHeader", "7,", "string"},
    {"\"vary\": [\"accept\"]", "\"vary\": [\"X-VISITOR-ID\"]", "invalid_vary",
     "/routes/3/cache/vary", "[\"X-VISITOR-ID\"]", "isn't passed on"},
    {"\"forwardHeaders\": [\"accept\"]", "\"forwardHeaders\": [\"x-visitor-id\"]", "not_applicable",
     "/routes/5/inputs/user/forwardHeaders", "[\"x-visitor-id\"]", "features.visitorHeader"},
};
INSTANTIATE_TEST_SUITE_P(VisitorHeader, VisitorHeaderFaultTest, testing::ValuesIn(kFaults));

}  // namespace
}  // namespace sluice::policy
