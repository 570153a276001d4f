// Plans: identities, subjects, variants, visitors.
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/experiment/hash.h"
#include "sluice/policy/cookie.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// SHA-256 of "demo-acme-key" and a key that nobody has, in hex.
constexpr std::string_view kAcme =
    "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873";
constexpr std::string_view kNobody =
    "0000000000000000000000000000000000000000000000000000000000000000";

constexpr std::string_view kPolicy = R"({
  "version": 1,
  "upstreams": {"a": {"type": "service", "binding": "A"}, "b": {"type": "service", "binding": "B"}},
  "auth": {"keys": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b0873", "identity": "ac/me%"}]}},
  "limits": {
    "perIp": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "subject": ["ip"], "phase": "preAuth"},
    "prePath": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "phase": "preAuth",
                "subject": ["path:id", "header:X-Tenant"]},
    "all": {"algorithm": "gcra", "rate": {"units": 9, "per": "1s"}, "subject": []},
    "two": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "subject": ["identity", "path:id"]},
    "four": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"},
             "subject": ["visitor", "cookie:sid", "header:x-tenant", "ip"]}
  },
  "features": {
    "attributes": {"id": "visitor", "tenant": "header:x-tenant", "sku": "path:id"},
    "payload": {"features": {
      "page": {"defaultValue": "classic",
               "rules": [{"key": "page-2026", "variations": ["classic", "grid"], "coverage": 1, "hashVersion": 2}]},
      "tenant": {"defaultValue": "off",
                 "rules": [{"variations": ["on", "off"], "hashAttribute": "tenant", "hashVersion": 2}]},
      "sku": {"defaultValue": "off",
              "rules": [{"variations": ["on", "off"], "hashAttribute": "sku", "hashVersion": 2}]},
      "over": {"defaultValue": "grid"}
    }}
  },
  "transforms": {"slim": [{"pick": ["$.id"]}], "none": []},
  "routes": [
    {"id": "plain", "match": {"path": "/plain"}, "upstream": "b"},
    {"id": "auth", "match": {"path": "/auth/{id}"}, "auth": "keys", "upstream": "a",
     "limits": ["perIp", {"limit": "all", "cost": 3}, "two", "prePath"]},
    {"id": "four", "match": {"path": "/four/{id...}"}, "upstream": "a", "limits": ["four", "two"]},
    {"id": "page", "match": {"path": "/page"}, "upstream": "a", "path": "/classic",
     "response": {"transform": "none"},
     "experiment": {"feature": "page", "variants": {
       "grid": {"upstream": "b", "path": "/grid", "transform": "slim"}, "classic": {"setHeaders": {"x-v": "c"}}}}},
    {"id": "tenant", "match": {"path": "/tenant"}, "upstream": "a",
     "experiment": {"feature": "tenant", "variants": {"on": {"upstream": "b"}, "off": {}}}},
    {"id": "sku", "match": {"path": "/sku/{id}"}, "upstream": "a", 
     "experiment": {"feature": "sku", "variants": {"on": {}, "off": {}}}},
    {"id": "over", "match": {"path": "/over"}, "upstream": "a",
     "experiment": {"feature": "over", "variants": {"grid": {"path": "/grid"}}}}
  ]
})";

enum RouteNumber : uint32_t { kPlain, kAuth, kFour, kPage, kTenant, kSku, kOver };

std::string Digest(std::string_view hex) {
  std::string bytes;
  EXPECT_TRUE(absl::HexStringToBytes(hex, &bytes));
  return bytes;
}

class DecideTest : public testing::Test {
 protected:
  FactsFrame For(std::string_view path) {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotPath, path);
    return facts;
  }
  void SetHeader(FactsFrame& facts, std::string_view name, std::string_view value) {
    facts.Set(policy_.Slot(absl::StrCat("header:", name)), value);
  }
  // The assignment that the experiment engine itself makes.
  bool InVariation(std::string_view seed, std::string_view value, double below) {
    return experiment::Hash(seed, value, 2).value_or(-1) < below;
  }

  // Of the one cookie that the plan sets.
  static std::string MintedId(const DecodedFrame& plan) {
    const std::vector<std::string> cookies = plan.Cookies();
    EXPECT_THAT(cookies, ElementsAre(testing::MatchesRegex(
                             "__Host-sluice-visitor=[A-Za-z0-9_-]*; Max-Age=31536000; Path=/; "
                             "Secure; HttpOnly; SameSite=Lax")));
    if (cookies.empty()) return "";
    const size_t begin = cookies[0].find('=') + 1;
    return cookies[0].substr(begin, cookies[0].find(';') - begin);
  }

  TestPolicy policy_{kPolicy};
};

TEST_F(DecideTest, APlainRouteHasNothingButItsUpstream) {
  const DecodedFrame plan = policy_.Decide(kPlain, For("/plain"));
  EXPECT_EQ(plan.outcome(), Outcome::kProceed);
  EXPECT_EQ(plan.Word(kPlanUpstream), 1u);
  EXPECT_EQ(plan.Word(kPlanTransform), kAbsent);
  EXPECT_EQ(plan.Text(kPlanPathOffset), "/plain");
  EXPECT_EQ(plan.Text(kPlanIdentityOffset), std::nullopt);
  EXPECT_EQ(plan.Text(kPlanRedirectOffset), std::nullopt);
  EXPECT_EQ(plan.Text(kPlanFlagsOffset), std::nullopt);
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_THAT(plan.Variants(), IsEmpty());
  EXPECT_EQ(plan.Word(kPlanExposureCount), 0u);
  EXPECT_THAT(plan.Charges(kPlanChargeCount), IsEmpty());
}

TEST_F(DecideTest, PreAuthChargesComeWithTheMatch) {
  FactsFrame facts = For("/auth/7");
  facts.Set(kSlotIp, "2001:db8::1");
  SetHeader(facts, "x-tenant", "t");
  const DecodedFrame match = policy_.Match(facts);
  EXPECT_EQ(match.Word(kMatchRoute), kAuth);
  EXPECT_THAT(match.Charges(kMatchChargeCount),
              ElementsAre(DecodedCharge{0, 1, "2001:db8::"}, DecodedCharge{1, 1, "7/t"}));
}

TEST_F(DecideTest, AKnownKeyIsAnIdentity) {
  const DecodedFrame plan =
      policy_.Decide(kAuth, For("/auth/x%2Ey").Set(kSlotDigest, Digest(kAcme)));
  EXPECT_EQ(plan.outcome(), Outcome::kProceed);
  EXPECT_EQ(plan.Text(kPlanIdentityOffset), "ac/me%");
  EXPECT_THAT(plan.Charges(kPlanChargeCount),
              ElementsAre(DecodedCharge{2, 3, ""}, DecodedCharge{3, 1, "ac%2Fme%25/x.y"}));
}

TEST_F(DecideTest, NoKeyOrAnUnknownOneIsUnauthorizedAndChargesNothing) {
  for (const std::string& digest : {std::string(), Digest(kNobody), Digest(kAcme).substr(1)}) {
    const DecodedFrame plan = policy_.Decide(kAuth, For("/auth/7").Set(kSlotDigest, digest));
    EXPECT_EQ(plan.outcome(), Outcome::kUnauthorized);
    EXPECT_THAT(plan.Charges(kPlanChargeCount), IsEmpty());
    EXPECT_EQ(plan.Text(kPlanIdentityOffset), std::nullopt);
  }
  EXPECT_EQ(policy_.Decide(kAuth, For("/auth/7")).outcome(), Outcome::kUnauthorized);
}

TEST_F(DecideTest, DifferentPartsNeverMakeTheSameSubject) {
  const auto subject = [&](std::string_view sid, std::string_view tenant) {
    FactsFrame facts = For("/four/x");
    SetHeader(facts, "cookie", absl::StrCat("sid=", sid));
    SetHeader(facts, "x-tenant", tenant);
    facts.Set(kSlotIp, "::1");
    return policy_.Decide(kFour, facts).Charges(kPlanChargeCount)[0].subject;
  };
  EXPECT_EQ(subject("a", "bc"), "/a/bc/::");
  EXPECT_EQ(subject("ab", "c"), "/ab/c/::");
  EXPECT_EQ(subject("a/b", "c"), "/a%2Fb/c/::");
  EXPECT_EQ(subject("a", "b/c"), "/a/b%2Fc/::");
  EXPECT_EQ(subject("a%2Fb", "c"), "/a%252Fb/c/::");
  EXPECT_EQ(subject("", ""), "///::");
}

TEST_F(DecideTest, MissingPartsAreEmpty) {
  const DecodedFrame plan = policy_.Decide(kFour, For("/four/a/b%20c"));
  EXPECT_THAT(plan.Charges(kPlanChargeCount),
              ElementsAre(DecodedCharge{4, 1, "///"}, DecodedCharge{3, 1, "/a%2Fb c"}))
      << "a rest is decoded, and has no slash at its start";
}

TEST_F(DecideTest, OneThingHasOneNameHoweverItIsWritten) {
  const auto subject = [&](std::string_view path) {
    return policy_.Decide(kFour, For(path)).Charges(kPlanChargeCount)[1].subject;
  };
  EXPECT_EQ(subject("/four/a@b"), "/a@b");
  EXPECT_EQ(subject("/four/a%40b"), "/a@b");
  EXPECT_EQ(subject("/four//%61%40%62"), "/a@b");
}

TEST_F(DecideTest, AVisitorsVariationDecidesUpstreamPathAndTransform) {
  int grids = 0;
  for (int i = 0; i < 64; ++i) {
    const std::string id = absl::StrCat("visitor-number-", 1000000 + i);
    ASSERT_TRUE(IsVisitorId(id));
    FactsFrame facts = For("/page");
    SetHeader(facts, "cookie", absl::StrCat("x=1; __Host-sluice-visitor=", id));
    const DecodedFrame plan = policy_.Decide(kPage, facts);
    const bool grid = !InVariation("page-2026", id, 0.5);
    grids += grid ? 1 : 0;
    EXPECT_THAT(plan.Variants(), ElementsAre(grid ? 0u : 1u)) << "in the order of the variants";
    EXPECT_EQ(plan.Word(kPlanUpstream), grid ? 1u : 0u);
    EXPECT_EQ(plan.Word(kPlanTransform), grid ? 0u : 1u);
    EXPECT_EQ(plan.Text(kPlanPathOffset), grid ? "/grid" : "/classic");
    EXPECT_THAT(plan.Cookies(), IsEmpty()) << "the cookie is there already";
  }
  EXPECT_GT(grids, 10);
  EXPECT_LT(grids, 54);
}

TEST_F(DecideTest, AFirstVisitIsAssignedByTheIdThatIsMinted) {
  for (char byte = 0; byte < 32; ++byte) {
    FactsFrame facts = For("/page");
    SetHeader(facts, "sec-fetch-mode", "navigate");
    facts.Set(kSlotRandom, std::string(16, byte));
    const DecodedFrame first = policy_.Decide(kPage, facts);
    const std::string id = MintedId(first);
    EXPECT_TRUE(IsVisitorId(id)) << id;
    EXPECT_THAT(first.Variants(), ElementsAre(InVariation("page-2026", id, 0.5) ? 1u : 0u));

    FactsFrame again = For("/page");
    SetHeader(again, "cookie", absl::StrCat("__Host-sluice-visitor=", id));
    EXPECT_EQ(policy_.Decide(kPage, again).Variants(), first.Variants());
  }
}

TEST_F(DecideTest, AMalformedCookieCountsAsNone) {
  for (const std::string_view value :
       {"", "short", "AAAAAAAAAAAAAAAAAAAAA!", "AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"}) {
    FactsFrame facts = For("/page");
    SetHeader(facts, "sec-fetch-mode", "navigate");
    SetHeader(facts, "cookie", absl::StrCat("__Host-sluice-visitor=", value));
    facts.Set(kSlotRandom, std::string(16, '\x55'));
    EXPECT_EQ(MintedId(policy_.Decide(kPage, facts)), "VVVVVVVVVVVVVVVVVVVVVQ") << value;
  }
}

TEST_F(DecideTest, WithoutRandomBytesThereIsNoVisitor) {
  for (const std::string& random : {std::string(), std::string(15, 'x'), std::string(17, 'x')}) {
    FactsFrame facts = For("/page").Set(kSlotRandom, random);
    SetHeader(facts, "sec-fetch-mode", "navigate");
    const DecodedFrame plan = policy_.Decide(kPage, facts);
    EXPECT_EQ(plan.outcome(), Outcome::kProceed);
    EXPECT_THAT(plan.Cookies(), IsEmpty());
    EXPECT_THAT(plan.Variants(), ElementsAre(1u)) << "the default value is \"classic\"";
    EXPECT_EQ(plan.Text(kPlanPathOffset), "/classic");
  }
}

TEST_F(DecideTest, NoIdIsMintedWhereNoExperimentNeedsIt) {
  FactsFrame facts = For("/four/x").Set(kSlotRandom, std::string(16, 'x'));
  const DecodedFrame plan = policy_.Decide(kFour, facts);
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_EQ(plan.Charges(kPlanChargeCount)[0].subject, "///");

  SetHeader(facts, "cookie", "__Host-sluice-visitor=AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(policy_.Decide(kFour, facts).Charges(kPlanChargeCount)[0].subject,
            "AAAAAAAAAAAAAAAAAAAAAA///");
}

TEST_F(DecideTest, OtherFactsCanBeHashed) {
  for (int i = 0; i < 16; ++i) {
    const std::string tenant = absl::StrCat("t", i);
    FactsFrame facts = For("/tenant");
    SetHeader(facts, "x-tenant", tenant);
    const bool on = InVariation("tenant", tenant, 0.5);
    EXPECT_THAT(policy_.Decide(kTenant, facts).Variants(), ElementsAre(on ? 0u : 1u));
    const bool sku_on = InVariation("sku", absl::StrCat("a b", i), 0.5);
    EXPECT_THAT(policy_.Decide(kSku, For(absl::StrCat("/sku/a%20b", i))).Variants(),
                ElementsAre(sku_on ? 0u : 1u))
        << "decoded";
  }
  EXPECT_THAT(policy_.Decide(kTenant, For("/tenant")).Variants(), ElementsAre(1u));
}

TEST_F(DecideTest, AFeatureWhoseExperimentIsOverAppliesItsDefaultValue) {
  const DecodedFrame plan = policy_.Decide(kOver, For("/over"));
  EXPECT_THAT(plan.Variants(), ElementsAre(0u));
  EXPECT_EQ(plan.Text(kPlanPathOffset), "/grid");
}

TEST_F(DecideTest, MisuseIsAnError) {
  const auto code = [&](uint32_t route, std::string_view frame) {
    return ErrorCodeOf(policy_.TryDecide(route, frame).status());
  };
  const std::string facts = For("/plain").Encode();
  EXPECT_EQ(code(kPlain, facts), ErrorCode::kOk);
  EXPECT_EQ(code(7, facts), ErrorCode::kInvalidArgument) << "no such route";
  EXPECT_EQ(code(kAbsent, facts), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(kAuth, facts), ErrorCode::kInvalidArgument) << "another route's path";
  EXPECT_EQ(code(kPlain, For("/plain/x").Encode()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(kPlain, For("/plain%2F").Encode()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(kPlain, FactsFrame().Encode()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(kPlain, For("/plain").Set(kSlotQuery, "q").Encode()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code(kPlain, facts.substr(1)), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(policy_.TryMatch("").status()), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(policy_.TryMatch(FactsFrame().Set(kSlotPath, "/").Encode()).status()),
            ErrorCode::kInvalidArgument);
}

TEST_F(DecideTest, AnOutputTooLongIsAnErrorNotAHalf) {
  Scratch scratch;
  const std::string facts = For("/plain").Set(kSlotQuery, "?" + std::string(500, 'q')).Encode();
  for (size_t cap = 0; cap < 560; cap += 7) {
    OutputBuffer out(cap);
    EXPECT_EQ(
        ErrorCodeOf((*policy_).Decide(kPlain, AsBytes(facts), policy_.limits(), scratch, out)),
        ErrorCode::kBudgetExceeded)
        << cap;
  }
  OutputBuffer out(1000);
  EXPECT_TRUE((*policy_).Decide(kPlain, AsBytes(facts), policy_.limits(), scratch, out).ok());
}

}  // namespace
}  // namespace sluice::policy
