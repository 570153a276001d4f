// Who is assigned what: visitors, consent, bots, sticky buckets, overrides, exposures.
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/base64url.h"
#include "sluice/base/signed_text.h"
#include "sluice/experiment/exposure_id.h"
#include "sluice/experiment/hash.h"
#include "sluice/policy/assignment.h"
#include "sluice/policy/cookie.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::string_view kKey = "the current key of cookies";
constexpr std::string_view kOldKey = "the previous key of cookies";
constexpr std::string_view kVisitor = "__Host-sluice-visitor";
constexpr std::string_view kAttributesOfCookie = "; Path=/; Secure; HttpOnly; SameSite=Lax";
constexpr std::string_view kId = "visitor-number-one";

// `more` goes into the features.
std::string PolicyText(
    std::string_view more,
    std::string_view keys = R"("keys": {"current": "KEY", "previous": "OLD"},)") {
  return absl::StrCat(R"({
  "version": 1,
  "upstreams": {"a": {"type": "service", "binding": "A"}, "b": {"type": "service", "binding": "B"}},
  "auth": {"keys": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "7878787878787878787878787878787878787878787878787878787878787878", "identity": "acme",
       "claims": {"beta": "true", "seats": "12"}}]}},
  "limits": {"perVisitor": {"algorithm": "gcra", "rate": {"units": 1, "per": "1s"}, "subject": ["visitor"]}},
  "features": {)",
                      keys, more, R"(
    "attributes": {"id": ["header:x-device-id", "visitor"], "identity": "identity", "country": "header:cf-ipcountry",
      "beta": {"fact": "claim:beta", "type": "boolean"}, "seats": {"fact": "claim:seats", "type": "number"},
      "tags": {"fact": "header:x-tags", "type": "list"}, "url": "url", "host": "host", "path": "path",
      "method": "method", "utm": "query:utm", "device": "device", "sku": "path:sku"},
    "payload": {"features": {
      "page": {"defaultValue": "classic", "rules": [
        {"key": "pages", "variations": ["classic", "grid"], "meta": [{"key": "c"}, {"key": "g"}], "hashVersion": 2}]},
      "other": {"defaultValue": 0, "rules": [{"key": "others", "variations": [1, 2], "meta": [{"key": "1"}, {"key": "2"}], "hashVersion": 2}]},
      "company": {"defaultValue": "no", "rules": [
        {"variations": ["off", "on"], "hashAttribute": "identity", "hashVersion": 2, "weights": [0, 1]}]},
      "dutch": {"defaultValue": false, "rules": [{"condition": {"country": "NL"}, "force": true}]},
      "typed": {"defaultValue": "no", "rules": [
        {"condition": {"beta": true, "seats": {"$gt": 9}, "tags": {"$elemMatch": {"$eq": "b"}}}, "force": "yes"}]},
      "here": {"defaultValue": "no", "rules": [
        {"condition": {"url": {"$regex": "^https://shop.example/"}, "host": "shop.example", "path": "/f/7%207",
                       "method": "GET", "utm": "a b", "device": "mobile", "sku": "7 7"}, "force": "yes"}]},
      "rollout": {"defaultValue": "old", "rules": [
        {"force": "new", "coverage": 0.1, "hashAttribute": "id", "seed": "r", "hashVersion": 2}]},
      "wide": {"defaultValue": "old", "rules": [
        {"force": "new", "coverage": 0.2, "hashAttribute": "id", "seed": "r", "hashVersion": 2}]},
      "text": {"defaultValue": {"é": "\u20ac😀", "n":
 1}}
    }}},
  "transforms": {"slim": []},
  "routes": [
    {"id": "page", "match": {"path": "/page"}, "upstream": "a",
     "experiment": {"feature": "page", "variants": {"grid": {"upstream": "b"}}}},
    {"id": "always", "match": {"path": "/always"}, "upstream": "a", "mint": "always",
     "experiment": {"feature": "page", "variants": {"grid": {}, "classic": {}}}},
    {"id": "never", "match": {"path": "/never"}, "upstream": "a", "mint": "never",
     "experiment": {"feature": "page", "variants": {"grid": {}}}},
    {"id": "limited", "match": {"path": "/limited"}, "upstream": "a", "limits": ["perVisitor"]},
    {"id": "two", "match": {"path": "/two/{sku}"}, "upstream": "a", "mint": "always", "limits": ["perVisitor"],
     "experiment": [{"feature": "page", "variants": {"grid": {"path": "/grid"}, "classic": {"path": "/classic"}}},
                    {"feature": "other", "variants": {"1": {"path": "/one", "transform": "slim"}, "2": {"upstream": "b"}}}]},
    {"id": "company", "match": {"path": "/company"}, "auth": "keys", "upstream": "a",
     "experiment": {"feature": "company", "variants": {"on": {}, "off": {}, "no": {}}}},
    {"id": "flags", "match": {"path": "/f/{sku}"}, "upstream": "a",
     "flags": {"features": ["dutch", "text", "page", "here"], "header": "x-flags"}},
    {"id": "typed", "match": {"path": "/typed"}, "auth": "keys", "upstream": "a",
     "flags": {"features": ["typed"], "header": "x-flags"}},
    {"id": "go", "match": {"path": "/go/{sku}"}, "upstream": "a", "mint": "always",
     "experiment": {"feature": "page", "variants": {"grid": {"redirect": "/grid/{sku}"},
                                                    "classic": {"redirect": "https://Shop.example/go/{sku}"}}}},
    {"id": "rollout", "match": {"path": "/rollout"}, "upstream": "a",
     "experiment": [{"feature": "rollout", "variants": {"new": {}}}, {"feature": "wide", "variants": {"new": {}}}]}
  ]})");
}

enum RouteNumber : uint32_t {
  kPage,
  kAlways,
  kNever,
  kLimited,
  kTwo,
  kCompany,
  kFlags,
  kTyped,
  kGo,
  kRollout
};

struct Exposure {
  std::string feature, experiment, variation, attribute, value, id;
  uint32_t index;
  bool sticky;
};

// Marks a text as a whole policy.
struct FullText {};

class Assigned {
 public:
  Assigned(FullText /*tag*/, const std::string& text, bool signs = true) : policy_(text) {
    if (!signs) return;
    EXPECT_TRUE(policy_.policy().SetSecret(0, AsBytes(kKey)).ok());
    signer_.SetKey(SigningKey::kCurrent, AsBytes(kKey));
  }
  explicit Assigned(std::string_view more = "", bool signed_cookies = true)
      : policy_(signed_cookies ? PolicyText(more) : PolicyText(more, "")) {
    if (!signed_cookies) return;
    EXPECT_TRUE(policy_.policy().SetSecret(0, AsBytes(kKey)).ok());
    EXPECT_TRUE(policy_.policy().SetSecret(1, AsBytes(kOldKey)).ok());
    signer_.SetKey(SigningKey::kCurrent, AsBytes(kKey));
  }

  TestPolicy& operator*() { return policy_; }
  TestPolicy* operator->() { return &policy_; }

  FactsFrame Request(std::string_view path) {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotHost, "shop.example").Set(kSlotPath, path);
    return facts.Set(kSlotRandom, "0123456789abcdef");
  }
  // A navigation.
  FactsFrame Visit(std::string_view path) {
    FactsFrame facts = Request(path);
    return Header(facts, "sec-fetch-mode", "navigate");
  }
  FactsFrame& Header(FactsFrame& facts, std::string_view name, std::string_view value) {
    return facts.Set(policy_.Slot(absl::StrCat("header:", name)), value);
  }
  std::string Sign(std::string_view purpose, std::string_view name, std::string_view text) {
    OutputBuffer out(4096);
    signer_.Sign(purpose, name, text, out);
    return std::string(out.text());
  }
  std::string VisitorCookie(std::string_view id) {
    return absl::StrCat(kVisitor, "=", Sign(kVisitorPurpose, kVisitor, id));
  }
  // A request with this Cookie header.
  DecodedFrame Decide(uint32_t route, std::string_view path, std::string_view cookie) {
    FactsFrame facts = Visit(path);
    return policy_.Decide(route, Header(facts, "cookie", cookie));
  }

 private:
  TestPolicy policy_;
  TextSigner signer_;
};

std::vector<Exposure> Exposures(const DecodedFrame& plan) {
  std::vector<Exposure> exposures;
  for (uint32_t i = 0; i < plan.Word(kPlanExposureCount); ++i) {
    EXPECT_EQ(plan.Word(kPlanExposuresOffset) % 4, 0u);
    const uint32_t word = plan.Word(kPlanExposuresOffset) / 4 + i * kExposureWords;
    exposures.push_back(
        {*plan.Text(word + kExposureFeatureOffset), *plan.Text(word + kExposureExperimentOffset),
         *plan.Text(word + kExposureVariationOffset), *plan.Text(word + kExposureAttributeOffset),
         *plan.Text(word + kExposureValueOffset), *plan.Text(word + kExposureIdOffset),
         plan.Word(word + kExposureVariationIndex), plan.Word(word + kExposureSticky) != 0});
  }
  return exposures;
}

bool InGrid(std::string_view id) { return experiment::Hash("pages", id, 2).value_or(-1) >= 0.5; }

std::string_view ValueOf(std::string_view cookie) {
  const size_t begin = cookie.find('=') + 1;
  return cookie.substr(begin, cookie.find(';') - begin);
}

TEST(Assignment, TheFirstVisitGetsASignedIdThatItIsAssignedBy) {
  Assigned policy;
  const DecodedFrame first = policy->Decide(kPage, policy.Visit("/page"));
  const std::string id = "MDEyMzQ1Njc4OWFiY2RlZg";  // base64url of the random bytes
  const std::string cookie = policy.VisitorCookie(id);
  EXPECT_THAT(first.Cookies(),
              ElementsAre(absl::StrCat(cookie, "; Max-Age=31536000", kAttributesOfCookie)));
  EXPECT_THAT(first.Variants(), ElementsAre(InGrid(id) ? 0u : kAbsent));
  const std::vector<Exposure> exposures = Exposures(first);
  ASSERT_THAT(exposures, SizeIs(1));
  EXPECT_EQ(exposures[0].feature, "page");
  EXPECT_EQ(exposures[0].experiment, "pages");
  EXPECT_EQ(exposures[0].variation, InGrid(id) ? "g" : "c");
  EXPECT_EQ(exposures[0].index, InGrid(id) ? 1u : 0u);
  EXPECT_EQ(exposures[0].attribute, "id");
  EXPECT_EQ(exposures[0].value, id);
  EXPECT_FALSE(exposures[0].sticky);
  const experiment::Base64UrlId expected =
      experiment::ExposureId({"id", id, "pages", exposures[0].variation}, policy->limits().now_ms);
  EXPECT_EQ(exposures[0].id, std::string(expected.data(), expected.size()));

  const DecodedFrame again = policy.Decide(kPage, "/page", absl::StrCat("a=b; ", cookie));
  EXPECT_THAT(again.Cookies(), IsEmpty());
  EXPECT_EQ(again.Variants(), first.Variants());
  EXPECT_EQ(Exposures(again)[0].id, exposures[0].id) << "the same of a day";
}

TEST(Assignment, AnIdIsMintedWhereTheRouteSaysSo) {
  Assigned policy;
  const auto mints = [&](uint32_t route, std::string_view path,
                         const std::map<std::string, std::string>& headers) {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotPath, path).Set(kSlotRandom, std::string(16, 'r'));
    for (const auto& [name, value] : headers) policy.Header(facts, name, value);
    const DecodedFrame plan = policy->Decide(route, facts);
    EXPECT_EQ(plan.Cookies().size(), plan.Word(kPlanExposureCount)) << "no id, no exposure";
    return !plan.Cookies().empty();
  };
  EXPECT_TRUE(mints(kPage, "/page", {{"sec-fetch-mode", "navigate"}}));
  EXPECT_TRUE(
      mints(kPage, "/page", {{"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "document"}}));
  EXPECT_FALSE(
      mints(kPage, "/page", {{"sec-fetch-mode", "navigate"}, {"sec-fetch-dest", "iframe"}}));
  EXPECT_FALSE(mints(kPage, "/page", {{"sec-fetch-mode", "cors"}, {"accept", "text/html"}}));
  EXPECT_TRUE(mints(kPage, "/page", {{"accept", "image/*,Text/HTML;q=0.9"}}));
  EXPECT_FALSE(mints(kPage, "/page", {{"accept", "*/*"}}));
  EXPECT_FALSE(mints(kPage, "/page", {}));
  EXPECT_TRUE(mints(kAlways, "/always", {{"sec-fetch-mode", "cors"}}));
  EXPECT_TRUE(mints(kAlways, "/always", {}));
  EXPECT_FALSE(mints(kNever, "/never", {{"sec-fetch-mode", "navigate"}}));
}

TEST(Assignment, AnIdThatComesByHeaderMintsNothing) {
  Assigned policy;
  FactsFrame facts = policy.Visit("/page");
  const DecodedFrame plan = policy->Decide(kPage, policy.Header(facts, "x-device-id", "device-7"));
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_THAT(plan.Variants(), ElementsAre(InGrid("device-7") ? 0u : kAbsent));
  EXPECT_EQ(Exposures(plan)[0].value, "device-7");
  EXPECT_THAT(policy->Decide(kPage, policy.Header(facts, "x-device-id", "")).Cookies(), SizeIs(1))
      << "an empty one is none";
}

TEST(Assignment, AnExperimentByIdentityMintsNothing) {
  Assigned policy;
  FactsFrame facts = policy.Visit("/company");
  const DecodedFrame plan = policy->Decide(kCompany, facts.Set(kSlotDigest, std::string(32, 'x')));
  EXPECT_THAT(plan.Variants(), ElementsAre(0u)) << "all are in \"on\"";
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_EQ(Exposures(plan)[0].value, "acme");
}

// The policy with other attributes and one feature, "page", on one route, "/page".
std::string PolicyOf(
    std::string_view attributes, std::string_view feature, std::string_view more = "",
    std::string_view route = R"("experiment": {"feature": "page", "variants": {"grid": {}}})") {
  return absl::StrCat(
      R"({"version": 1, "upstreams": {"a": {"type": "service", "binding": "A"}},
  "auth": {"keys": {"type": "apiKey", "header": "x-api-key", "keys": [
      {"sha256": "7878787878787878787878787878787878787878787878787878787878787878", "identity": "acme"}]}},
  "features": {"keys": {"current": "KEY"}, )",
      more, R"("attributes": {)", attributes, R"(}, "payload": {"features": {"page": )", feature,
      R"(}}},
  "routes": [{"id": "page", "match": {"path": "/page"}, "upstream": "a", )",
      route, R"(},
             {"id": "known", "match": {"path": "/known"}, "upstream": "a", "auth": "keys", )",
      route, "}]}");
}

TEST(Assignment, AllAttributesSeeTheVisitorThatIsMinted) {
  for (const std::string_view attributes :
       {R"("anon": "visitor", "id": "visitor")", R"("id": "visitor", "anon": "visitor")"}) {
    Assigned policy(FullText(), PolicyOf(attributes, R"({"defaultValue": "no", "rules": [
        {"variations": ["grid", "grid"], "condition": {"anon": {"$exists": true}}, "hashAttribute": "id"}]})"));
    const DecodedFrame plan = policy->Decide(kPage, policy.Visit("/page"));
    EXPECT_THAT(plan.Variants(), ElementsAre(0u)) << attributes;
    EXPECT_THAT(plan.Cookies(), SizeIs(1));
    EXPECT_EQ(plan.Word(kPlanExposureCount), 1u);
  }
}

TEST(Assignment, AFallbackMintsOnlyWhereItAssigns) {
  const std::string_view attributes = R"("company": "identity", "id": "visitor")";
  const std::string_view feature = R"({"defaultValue": "no", "rules": [
      {"key": "e", "variations": ["grid", "grid"], "hashAttribute": "company", "fallbackAttribute": "id"}]})";
  Assigned sticky(FullText(), PolicyOf(attributes, feature, R"("sticky": {}, )"));
  EXPECT_THAT(sticky->Decide(0, sticky.Visit("/page")).Cookies(), SizeIs(2))
      << "there is no company: the visitor and its bucket";
  FactsFrame facts = sticky.Visit("/known");
  const DecodedFrame known = sticky->Decide(1, facts.Set(kSlotDigest, std::string(32, 'x')));
  EXPECT_THAT(known.Variants(), ElementsAre(0u));
  EXPECT_THAT(known.Cookies(), ElementsAre(StartsWith("__Host-sluice-sticky=")));
  Assigned plain(FullText(), PolicyOf(attributes, feature));
  EXPECT_THAT(plain->Decide(0, plain.Request("/page")).Cookies(), IsEmpty())
      << "fallbacks are for sticky buckets";
}

TEST(Assignment, ABadMacIsNoCookie) {
  Assigned policy;
  std::string cookie = policy.VisitorCookie(kId);
  cookie.back() = cookie.back() == 'A' ? 'Q' : 'A';
  for (const std::string& bad :
       {cookie, absl::StrCat(kVisitor, "=", kId),
        absl::StrCat(kVisitor, "=", policy.Sign(kStickyPurpose, kVisitor, kId)),
        policy.VisitorCookie("short"), policy.VisitorCookie("not base64url")}) {
    const DecodedFrame plan = policy.Decide(kPage, "/page", bad);
    ASSERT_THAT(plan.Cookies(), SizeIs(1)) << bad;
    EXPECT_THAT(plan.Cookies()[0], HasSubstr("MDEyMzQ1Njc4OWFiY2RlZg")) << "a new one";
  }
}

TEST(Assignment, ABadCookieOfTheSameNameHidesNoGoodOne) {
  Assigned policy(R"("override": {"cookie": "q"}, "sticky": {"cookie": "s"},)");
  const std::string visitor = policy.VisitorCookie(kId);
  const std::string bad = absl::StrCat(kVisitor, "=tossed; s=tossed; q=tossed; ");
  const DecodedFrame first = policy.Decide(kTwo, "/two/7", absl::StrCat(bad, bad, bad, visitor));
  ASSERT_THAT(first.Cookies(), ElementsAre(StartsWith("s=")));
  EXPECT_EQ(Exposures(first)[0].value, kId);
  const std::string sticky = absl::StrCat("; s=", ValueOf(first.Cookies()[0]));
  const DecodedFrame second = policy.Decide(kTwo, "/two/7", absl::StrCat(bad, visitor, sticky));
  EXPECT_THAT(second.Cookies(), IsEmpty());
  EXPECT_TRUE(Exposures(second)[0].sticky);

  const std::string text = absl::StrCat("pages=", InGrid(kId) ? 0 : 1, ";1763000001");
  std::string encoded(Base64UrlSize(text.size()), ' ');
  EncodeBase64Url(AsBytes(text), encoded.data());
  const std::string token = absl::StrCat("; q=", policy.Sign(kOverridePurpose, "", encoded));
  EXPECT_THAT(Exposures(policy.Decide(kPage, "/page", absl::StrCat(bad, visitor, token))),
              IsEmpty());
  EXPECT_THAT(policy.Decide(kPage, "/page", absl::StrCat(bad, bad, bad, bad, visitor)).Cookies(),
              testing::Contains(StartsWith(kVisitor)))
      << "no more than four are tried";
}

TEST(Assignment, ACookieOfThePreviousKeyIsSignedAnew) {
  Assigned policy;
  TextSigner old;
  old.SetKey(SigningKey::kCurrent, AsBytes(kOldKey));
  OutputBuffer value(1000);
  old.Sign(kVisitorPurpose, kVisitor, kId, value);
  const DecodedFrame plan =
      policy.Decide(kPage, "/page", absl::StrCat(kVisitor, "=", value.text()));
  EXPECT_THAT(plan.Cookies(),
              ElementsAre(StartsWith(absl::StrCat(policy.VisitorCookie(kId), ";"))));
  EXPECT_EQ(Exposures(plan)[0].value, kId);
}

TEST(Assignment, UnsignedIdsOfBeforeAreAdopted) {
  Assigned policy(
      R"("visitorCookie": {"adopt": ["other", "gbuuid"], "name": "v", "domain": "shop.example", "maxAge": "1d"},)");
  const std::string uuid = "3f2b1c9e-8d7a-4e6f-9b0c-1a2d3e4f5a6b";
  const DecodedFrame plan =
      policy.Decide(kPage, "/page", absl::StrCat("other=no id!; gbuuid=", uuid));
  EXPECT_THAT(plan.Cookies(), ElementsAre(absl::StrCat(
                                  "v=", policy.Sign(kVisitorPurpose, "v", uuid), "; Max-Age=86400",
                                  kAttributesOfCookie, "; Domain=shop.example")));
  EXPECT_EQ(Exposures(plan)[0].value, uuid);
  EXPECT_EQ(policy.Decide(kLimited, "/limited", absl::StrCat("gbuuid=", uuid))
                .Charges(kPlanChargeCount)[0]
                .subject,
            "")
      << "limits count who is known";
}

TEST(Assignment, IdsAreAdoptedOnlyWhereOneMightBeMinted) {
  Assigned policy(
      R"("visitorCookie": {"adopt": ["gbuuid"]}, "consent": {"fact": "header:x-consent", "is": ["all"]},)");
  const auto adopts = [&](uint32_t route, std::string_view path, std::string_view consent,
                          std::string_view mode) {
    FactsFrame facts = policy.Visit(path);
    policy.Header(facts, "x-consent", consent);
    policy.Header(facts, "sec-fetch-mode", mode);
    policy.Header(facts, "cookie", absl::StrCat("gbuuid=", kId));
    const DecodedFrame plan = policy->Decide(route, facts);
    EXPECT_EQ(plan.Cookies().size(), plan.Word(kPlanExposureCount));
    return !plan.Cookies().empty();
  };
  EXPECT_TRUE(adopts(kPage, "/page", "all", "navigate"));
  EXPECT_FALSE(adopts(kPage, "/page", "none", "navigate"));
  EXPECT_FALSE(adopts(kPage, "/page", "all", "cors"));
  EXPECT_TRUE(adopts(kAlways, "/always", "all", "cors"));
  EXPECT_FALSE(adopts(kNever, "/never", "all", "navigate"));
}

TEST(Assignment, LimitsCountTheVisitorOfTheCookie) {
  Assigned policy;
  const auto subject = [&](std::string_view cookie) {
    return policy.Decide(kLimited, "/limited", cookie).Charges(kPlanChargeCount)[0].subject;
  };
  EXPECT_EQ(subject(policy.VisitorCookie(kId)), kId);
  EXPECT_EQ(subject(absl::StrCat(kVisitor, "=", kId)), "");
  const DecodedFrame minted = policy->Decide(kTwo, policy.Visit("/two/7"));
  EXPECT_THAT(minted.Cookies(), SizeIs(1));
  EXPECT_EQ(minted.Charges(kPlanChargeCount)[0].subject, "")
      << "who was just minted may be anybody";
  EXPECT_EQ(
      policy.Decide(kTwo, "/two/7", policy.VisitorCookie(kId)).Charges(kPlanChargeCount)[0].subject,
      kId);
  Assigned adopting(R"("visitorCookie": {"adopt": ["gbuuid"]},)");
  const DecodedFrame adopted = adopting.Decide(kTwo, "/two/7", absl::StrCat("gbuuid=", kId));
  EXPECT_EQ(Exposures(adopted)[0].value, kId);
  EXPECT_EQ(adopted.Charges(kPlanChargeCount)[0].subject, "");
}

TEST(Assignment, WithoutKeysTheCookieIsTheIdAlone) {
  Assigned policy("", /*signed_cookies=*/false);
  EXPECT_THAT(policy->Decide(kPage, policy.Visit("/page")).Cookies(),
              ElementsAre(StartsWith(absl::StrCat(kVisitor, "=MDEyMzQ1Njc4OWFiY2RlZg;"))));
  const DecodedFrame plan = policy.Decide(kPage, "/page", absl::StrCat(kVisitor, "=", kId));
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_EQ(Exposures(plan)[0].value, kId);
}

TEST(Assignment, BeforeItsKeyIsThereNothingIsDecided) {
  TestPolicy policy(PolicyText(""));
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/page");
  EXPECT_EQ(ErrorCodeOf(policy.TryDecide(kPage, facts.Encode()).status()),
            ErrorCode::kMissingSecret);
}

TEST(Assignment, BotsAreNobody) {
  Assigned policy(R"("bots": ["Spider"],)");
  FactsFrame facts = policy.Visit("/page");
  policy.Header(facts, "user-agent", "Mozilla/5.0 (compatible; superSPIDER/2)");
  policy.Header(facts, "x-device-id", "device-7");
  DecodedFrame plan = policy->Decide(kPage, facts);
  EXPECT_THAT(plan.Cookies(), IsEmpty());
  EXPECT_THAT(plan.Variants(), ElementsAre(kAbsent));
  EXPECT_EQ(plan.Word(kPlanExposureCount), 0u);
  plan = policy->Decide(
      kTwo, policy.Header(facts.Set(kSlotPath, "/two/1"), "cookie", policy.VisitorCookie(kId)));
  EXPECT_EQ(plan.Charges(kPlanChargeCount)[0].subject, "") << "nor has it an id for limits";
  policy.Header(facts.Set(kSlotPath, "/page"), "user-agent", "Mozilla/5.0 (a spyder)");
  EXPECT_EQ(policy->Decide(kPage, facts).Word(kPlanExposureCount), 1u);
}

TEST(Assignment, TheDefaultBotsAreCrawlersNotBrowsers) {
  Assigned policy;
  const auto is_bot = [&](std::string_view user_agent) {
    FactsFrame facts = policy.Visit("/page");
    policy.Header(facts, "user-agent", user_agent);
    return policy->Decide(kPage, facts).Cookies().empty();
  };
  EXPECT_TRUE(is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"));
  EXPECT_TRUE(is_bot("facebookexternalhit/1.1"));
  EXPECT_TRUE(is_bot("Twitterbot/1.0"));
  EXPECT_TRUE(is_bot("Mozilla/5.0 (compatible; Yahoo! Slurp)"));
  EXPECT_TRUE(is_bot("Mozilla/5.0 AppleWebKit/537.36 HeadlessChrome/120.0.0.0"));
  EXPECT_FALSE(is_bot("Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) Chrome/96.0 Mobile"));
  EXPECT_FALSE(is_bot("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"));
  EXPECT_FALSE(is_bot(""));
}

constexpr std::string_view kConsent =
    R"("consent": {"fact": "cookie:consent", "is": ["all", "analytics"], "before": "header:x-guest"},
       "sticky": {},)";

TEST(Assignment, BeforeConsentNothingIsReadOrKept) {
  Assigned policy(kConsent);
  const DecodedFrame plan = policy.Decide(kPage, "/page", policy.VisitorCookie(kId));
  EXPECT_THAT(plan.Cookies(),
              ElementsAre(absl::StrCat(kVisitor, "=; Max-Age=0", kAttributesOfCookie)))
      << "what came is deleted";
  EXPECT_THAT(plan.Variants(), ElementsAre(kAbsent));
  EXPECT_EQ(plan.Word(kPlanExposureCount), 0u);
  EXPECT_THAT(policy.Decide(kPage, "/page", "consent=none; __Host-sluice-sticky=x").Cookies(),
              ElementsAre(absl::StrCat("__Host-sluice-sticky=; Max-Age=0", kAttributesOfCookie)));
  EXPECT_EQ(policy.Decide(kLimited, "/limited", policy.VisitorCookie(kId))
                .Charges(kPlanChargeCount)[0]
                .subject,
            "");

  FactsFrame facts = policy.Visit("/page");
  const DecodedFrame guest = policy->Decide(kPage, policy.Header(facts, "x-guest", "guest-7"));
  EXPECT_THAT(guest.Variants(), ElementsAre(InGrid("guest-7") ? 0u : kAbsent))
      << "whom the policy names stands for the visitor";
  EXPECT_EQ(guest.Word(kPlanExposureCount), 0u);
  EXPECT_THAT(guest.Cookies(), IsEmpty());
}

TEST(Assignment, WithConsentAllIsAsEver) {
  Assigned policy(kConsent);
  const DecodedFrame plan =
      policy.Decide(kPage, "/page", absl::StrCat("consent=analytics; ", policy.VisitorCookie(kId)));
  EXPECT_EQ(Exposures(plan)[0].value, kId);
  EXPECT_THAT(policy.Decide(kPage, "/page", "consent=all").Cookies(), SizeIs(2))
      << "the visitor and its bucket";
}

TEST(Assignment, ExposuresBeforeConsentAreThePolicysToAllow) {
  Assigned policy(
      R"("consent": {"fact": "cookie:consent", "is": ["all"], "before": "header:x-guest", "exposures": true},)");
  FactsFrame facts = policy.Visit("/page");
  const DecodedFrame plan = policy->Decide(kPage, policy.Header(facts, "x-guest", "guest-7"));
  EXPECT_EQ(Exposures(plan)[0].value, "guest-7");
}

TEST(Assignment, StickyBucketsLieInOneSignedCookie) {
  Assigned policy(R"("sticky": {"cookie": "s", "maxAge": "1d", "maxBytes": 128},)");
  const std::string visitor = policy.VisitorCookie(kId);
  const DecodedFrame first = policy.Decide(kTwo, "/two/7", visitor);
  ASSERT_THAT(first.Cookies(), SizeIs(1));
  const std::string cookie = first.Cookies()[0];
  EXPECT_THAT(cookie, testing::EndsWith(absl::StrCat("; Max-Age=86400", kAttributesOfCookie)));
  EXPECT_LE(ValueOf(cookie).size(), 128u);
  const std::string with = absl::StrCat(visitor, "; s=", ValueOf(cookie));
  const DecodedFrame second = policy.Decide(kTwo, "/two/7", with);
  EXPECT_THAT(second.Cookies(), IsEmpty()) << "nothing new";
  EXPECT_EQ(second.Variants(), first.Variants());
  for (const Exposure& exposure : Exposures(second)) EXPECT_TRUE(exposure.sticky);
  for (const Exposure& exposure : Exposures(first)) EXPECT_FALSE(exposure.sticky);
  std::string forged = with;
  forged.back() = forged.back() == 'A' ? 'Q' : 'A';
  EXPECT_THAT(policy.Decide(kTwo, "/two/7", forged).Cookies(), SizeIs(1)) << "a new one";
}

TEST(Assignment, HostsThatShareTheVisitorShareItsBuckets) {
  Assigned policy(
      R"("visitorCookie": {"domain": "shop.example"}, "sticky": {},
         "consent": {"fact": "cookie:consent", "is": ["all"]},)");
  EXPECT_THAT(
      policy.Decide(kPage, "/page", "consent=all").Cookies(),
      ElementsAre(AllOf(StartsWith("sluice-visitor="), testing::EndsWith("; Domain=shop.example")),
                  AllOf(StartsWith("sluice-sticky="), testing::EndsWith("; Domain=shop.example"))));
  EXPECT_THAT(policy.Decide(kPage, "/page", "sluice-sticky=x").Cookies(),
              ElementsAre(absl::StrCat("sluice-sticky=; Max-Age=0", kAttributesOfCookie,
                                       "; Domain=shop.example")));
}

// `count` experiments of which all users are in this variation, in a cookie for 11 of them.
std::string FullCookiePolicy(int count, uint32_t variation) {
  std::string features;
  for (int i = 0; i < count; ++i) {
    absl::StrAppend(&features, i == 0 ? "" : ",", "\"f", 100 + i,
                    R"(": {"rules": [{"hashVersion": 2, "variations": [1, 2], "weights": )",
                    variation == 0 ? "[1, 0]" : "[0, 1]", "}]}");
  }
  return absl::StrCat(
      R"({"version": 1, "upstreams": {"a": {"type": "service", "binding": "A"}},
  "features": {"keys": {"current": "KEY"}, "attributes": {"id": "visitor"}, "sticky": {"maxBytes": 128},
               "payload": {"features": {)",
      features, R"(}}},
  "routes": [{"id": "page", "match": {"path": "/page"}, "upstream": "a",
              "flags": {"features": "*", "header": "x-flags"}}]})");
}

TEST(Assignment, AFullStickyCookieKeepsWhatItHas) {
  Assigned before(FullText(), FullCookiePolicy(15, 0));
  Assigned after(FullText(), FullCookiePolicy(15, 1));
  const std::string visitor = before.VisitorCookie(kId);
  const DecodedFrame first = before.Decide(0, "/page", visitor);
  ASSERT_THAT(first.Cookies(), SizeIs(1));
  const std::string with =
      absl::StrCat(visitor, "; __Host-sluice-sticky=", ValueOf(first.Cookies()[0]));
  EXPECT_THAT(before.Decide(0, "/page", with).Cookies(), IsEmpty());
  const DecodedFrame moved = after.Decide(0, "/page", with);
  EXPECT_THAT(moved.Cookies(), IsEmpty()) << "so the next visit is as this one";
  uint32_t kept = 0;
  for (const Exposure& exposure : Exposures(moved)) kept += exposure.index == 0 ? 1 : 0;
  EXPECT_EQ(kept, 11u);
}

TEST(Assignment, MoreExperimentsThanACookieHoldsAreAWarning) {
  const auto warnings = [](int count) {
    Assigned policy(FullText(), FullCookiePolicy(count, 0));
    return std::string(policy->description().Find("warnings").raw());
  };
  EXPECT_EQ(warnings(11), "[]");
  EXPECT_THAT(warnings(12), AllOf(HasSubstr("\"sticky_budget\""), HasSubstr("/features/sticky"),
                                  HasSubstr("12 experiments"), HasSubstr("holds 11")));
}

TEST(Assignment, AnOverrideShowsVariationsOnesOwnWay) {
  Assigned policy(R"("override": {"query": "qa", "cookie": "q"},)");
  const std::string id(kId);
  const uint32_t other = InGrid(id) ? 0 : 1;
  const auto token = [&](std::string_view text) {
    std::string encoded(Base64UrlSize(text.size()), ' ');
    EncodeBase64Url(AsBytes(text), encoded.data());
    return policy.Sign(kOverridePurpose, "", encoded);
  };
  // The time of the tests is 1,763,000,000 s.
  const std::string good = token(absl::StrCat("pages=", other, "&others=1&none=1;1763000001"));
  FactsFrame facts = policy.Visit("/two/7");
  policy.Header(facts, "cookie", policy.VisitorCookie(kId));
  facts.Set(kSlotQuery, absl::StrCat("?a=b&qa=", good));
  const DecodedFrame plan = policy->Decide(kTwo, facts);
  EXPECT_THAT(plan.Variants(), ElementsAre(other == 1 ? 0u : 1u, 1u));
  EXPECT_THAT(plan.Cookies(), ElementsAre(absl::StrCat("q=", good, kAttributesOfCookie)));
  EXPECT_THAT(Exposures(plan), IsEmpty()) << "who forces is no sample";

  const std::string visitor = policy.VisitorCookie(kId);
  const DecodedFrame by_cookie = policy.Decide(kTwo, "/two/7", absl::StrCat(visitor, "; q=", good));
  EXPECT_EQ(by_cookie.Variants(), plan.Variants());
  EXPECT_THAT(by_cookie.Cookies(), IsEmpty());
  const DecodedFrame none = policy.Decide(kTwo, "/two/7", visitor);
  for (const std::string& bad :
       {token("pages=1;1763000000"), std::string("x.y"), absl::StrCat(good, "A")}) {
    const DecodedFrame ignored = policy.Decide(kTwo, "/two/7", absl::StrCat(visitor, "; q=", bad));
    EXPECT_EQ(ignored.Variants(), none.Variants()) << bad;
    EXPECT_THAT(Exposures(ignored), SizeIs(2));
  }
}

TEST(Assignment, TheFirstExperimentThatSetsAThingWins) {
  Assigned policy;
  for (int i = 0; i < 40; ++i) {
    const std::string id = absl::StrCat("visitor-number-", i);
    const DecodedFrame plan = policy.Decide(kTwo, "/two/7", policy.VisitorCookie(id));
    const bool grid = InGrid(id);
    const bool two = experiment::Hash("others", id, 2).value_or(-1) >= 0.5;
    EXPECT_THAT(plan.Variants(), ElementsAre(grid ? 0u : 1u, two ? 1u : 0u));
    EXPECT_EQ(plan.Text(kPlanPathOffset), grid ? "/grid" : "/classic");
    EXPECT_EQ(plan.Word(kPlanUpstream), two ? 1u : 0u);
    EXPECT_EQ(plan.Word(kPlanTransform), two ? kAbsent : 0u);
    EXPECT_THAT(Exposures(plan), SizeIs(2));
  }
}

TEST(Assignment, ARedirectGoesElsewhereOnly) {
  Assigned policy;
  const auto redirect = [&](std::string_view id, std::string_view method, std::string_view host,
                            std::string_view path) {
    FactsFrame facts = policy.Visit(path);
    facts.Set(kSlotMethod, method).Set(kSlotHost, host).Set(kSlotQuery, "?a=1&b");
    policy.Header(facts, "x-device-id", id);
    const DecodedFrame plan = policy->Decide(kGo, facts);
    EXPECT_EQ(plan.Word(kPlanExposureCount), 1u);
    return plan.Text(kPlanRedirectOffset).value_or("(none)");
  };
  std::string grid = "g";
  while (!InGrid(grid)) grid += 'g';
  std::string classic = "c";
  while (InGrid(classic)) classic += 'c';
  EXPECT_EQ(redirect(grid, "GET", "shop.example", "/go/a%20b"), "/grid/a%20b?a=1&b");
  EXPECT_EQ(redirect(grid, "HEAD", "shop.example", "/go/7"), "/grid/7?a=1&b");
  EXPECT_EQ(redirect(grid, "POST", "shop.example", "/go/7"), "(none)");
  EXPECT_EQ(redirect(classic, "GET", "www.example", "/go/7"), "https://shop.example/go/7?a=1&b");
  EXPECT_EQ(redirect(classic, "GET", "shop.example", "/go/7"), "(none)") << "that's where it is";
}

TEST(Assignment, FlagsAreOneLineOfAsciiJson) {
  Assigned policy;
  FactsFrame facts = policy.Visit("/f/7%207");
  policy.Header(facts, "cf-ipcountry", "NL");
  policy.Header(facts, "x-device-id", "c");
  const DecodedFrame plan = policy->Decide(kFlags, facts);
  EXPECT_EQ(
      plan.Text(kPlanFlagsOffset),
      absl::StrCat(R"({"dutch":true,"text":{"\u00e9": "\u20ac\ud83d\ude00", "n":  1},"page":")",
                   InGrid("c") ? "grid" : "classic", R"(","here":"no"})"));
  EXPECT_THAT(Exposures(plan), SizeIs(1)) << "flags count as seen";
}

TEST(Assignment, FlagsThatAreTooLongAreLeftOut) {
  std::string payload =
      R"({"version": 1, "upstreams": {"a": {"type": "service", "binding": "A"}}, "features": {"payload": {"features": {)";
  for (int i = 0; i < 100; ++i) {
    absl::StrAppend(&payload, i == 0 ? "" : ",", "\"f", 100 + i, R"(": {"defaultValue": ")",
                    std::string(80, 'x'), "\"}");
  }
  absl::StrAppend(&payload, R"(}}}, "routes": [{"id": "r", "match": {"path": "/"}, "upstream": "a",
                       "flags": {"features": "*", "header": "x-flags"}}]})");
  TestPolicy long_policy(payload);
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, "/");
  EXPECT_EQ(long_policy.Decide(0, facts).Text(kPlanFlagsOffset), std::nullopt);
  payload.replace(payload.find("\"features\": \"*\""), 15, "\"features\": [\"f100\"]");
  TestPolicy short_policy(payload);
  EXPECT_EQ(short_policy.Decide(0, facts).Text(kPlanFlagsOffset)->size(), 91u);
}

TEST(Assignment, FlagsThatNobodyIsToldExposeNobody) {
  const std::string rule = R"("rules": [{"variations": ["grid", "grid"], "hashAttribute": "id"}])";
  const auto exposed = [&](size_t length) {
    const std::string text = absl::StrCat(
        R"({"version": 1, "upstreams": {"a": {"type": "service", "binding": "A"}},
  "features": {"attributes": {"id": "header:x-id"}, "payload": {"features": {
      "a": {)",
        rule, R"(}, "b": {)", rule, R"(}, "long": {"defaultValue": ")", std::string(length, 'x'),
        R"("}}}},
  "routes": [{"id": "r", "match": {"path": "/page"}, "upstream": "a",
              "experiment": {"feature": "b", "variants": {"grid": {}}},
              "flags": {"features": "*", "header": "x-flags"}}]})");
    Assigned policy(FullText(), text, /*signs=*/false);
    FactsFrame facts = policy.Request("/page");
    const DecodedFrame plan = policy->Decide(0, policy.Header(facts, "x-id", "u"));
    std::string told = plan.Text(kPlanFlagsOffset).has_value() ? "told:" : "withheld:";
    for (const Exposure& exposure : Exposures(plan)) told += exposure.experiment;
    const std::string_view warnings = policy->description().Find("warnings").raw();
    if (warnings.find("\"too_long\"") != std::string_view::npos) told += " warned";
    return told;
  };
  EXPECT_EQ(exposed(10), "told:ba");
  EXPECT_EQ(exposed(8192), "withheld:b warned");
}

constexpr std::string_view kAllFlags = R"("flags": {"features": "*", "header": "x-flags"})";

TEST(Assignment, AFlagThatIsFarTooLongFailsNoRequest) {
  std::string value = "\"";
  for (int i = 0; i < 200'000; ++i) value += "é";
  value += '"';
  Assigned policy(FullText(),
                  PolicyOf("", absl::StrCat(R"({"defaultValue": )", value, "}"), "", kAllFlags));
  const DecodedFrame plan = policy->Decide(0, policy.Request("/page"));
  EXPECT_EQ(plan.outcome(), Outcome::kProceed);
  EXPECT_EQ(plan.Text(kPlanFlagsOffset), std::nullopt);
}

TEST(Assignment, ALongIdIsAssignedAndNotTold) {
  constexpr uint32_t kCount = 20;
  const std::string_view rules = R"({"defaultValue": 0, "rules": [{"variations": [1, 1]}]})";
  std::string features(rules);
  for (uint32_t i = 1; i < kCount; ++i) absl::StrAppend(&features, ", \"f", i, "\": ", rules);
  for (const std::string_view more : {"", R"("exposures": {"user": "hash"}, )"}) {
    Assigned policy(FullText(),
                    PolicyOf(R"("id": "header:x-device-id")", features, more, kAllFlags));
    const auto exposures = [&](size_t size) {
      FactsFrame facts = policy.Request("/page");
      policy.Header(facts, "x-device-id", std::string(size, 'x'));
      const DecodedFrame plan = policy->Decide(0, facts);
      EXPECT_EQ(plan.outcome(), Outcome::kProceed);
      EXPECT_THAT(plan.Text(kPlanFlagsOffset).value_or(""), HasSubstr(R"("page":1)"));
      return plan.Word(kPlanExposureCount);
    };
    EXPECT_EQ(exposures(512), kCount);
    EXPECT_EQ(exposures(513), 0u);
    EXPECT_EQ(exposures(60'000), 0u);
  }
}

TEST(Assignment, AttributesHaveTheirTypes) {
  Assigned policy;
  const auto typed = [&](std::string_view tags) {
    FactsFrame facts = policy.Visit("/typed");
    policy.Header(facts, "x-tags", tags).Set(kSlotDigest, std::string(32, 'x'));
    return *policy->Decide(kTyped, facts).Text(kPlanFlagsOffset);
  };
  EXPECT_EQ(typed("a, b"), R"({"typed":"yes"})");
  EXPECT_EQ(typed("a, c"), R"({"typed":"no"})");
}

TEST(Assignment, AttributesTellOfTheRequest) {
  Assigned policy;
  const auto here = [&](std::string_view user_agent, std::string_view query) {
    FactsFrame facts = policy.Visit("/f/7%207");
    policy.Header(facts, "user-agent", user_agent);
    facts.Set(kSlotQuery, query).Set(kSlotUrl, R"({"href": "https://shop.example/f/7"})");
    return *policy->Decide(kFlags, facts).Text(kPlanFlagsOffset);
  };
  const std::string_view phone = "Mozilla/5.0 (iPhone) Mobile/15E148";
  EXPECT_THAT(here(phone, "?x=1&utm=a+b&utm=c"), HasSubstr(R"("here":"yes")"));
  EXPECT_THAT(here(phone, "?utm=a%20b"), HasSubstr(R"("here":"yes")"));
  EXPECT_THAT(here(phone, "?utm=a%2Bb"), HasSubstr(R"("here":"no")"));
  EXPECT_THAT(here("Mozilla/5.0 (X11; Linux x86_64)", "?utm=a+b"), HasSubstr(R"("here":"no")"));
}

TEST(Assignment, ARolloutMovesExactlyThoseInBetween) {
  Assigned policy;
  int moved = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string id = absl::StrCat("user-", i);
    FactsFrame facts = policy.Visit("/rollout");
    const DecodedFrame plan = policy->Decide(kRollout, policy.Header(facts, "x-device-id", id));
    const double bucket = experiment::Hash("r", id, 2).value_or(-1);
    EXPECT_THAT(plan.Variants(),
                ElementsAre(bucket <= 0.1 ? 0u : kAbsent, bucket <= 0.2 ? 0u : kAbsent));
    moved += bucket > 0.1 && bucket <= 0.2 ? 1 : 0;
  }
  EXPECT_GT(moved, 10);
}

TEST(Assignment, ExposuresCanHideTheUser) {
  Assigned policy(R"("exposures": {"user": "hash"},)");
  const DecodedFrame plan = policy.Decide(kPage, "/page", policy.VisitorCookie(kId));
  const HmacSha256 key(AsBytes(kKey));
  const experiment::Base64UrlId digest = experiment::UserDigest(key, kId);
  const std::vector<Exposure> exposures = Exposures(plan);
  ASSERT_THAT(exposures, SizeIs(1));
  EXPECT_EQ(exposures[0].value, std::string(digest.data(), digest.size()));
}

TEST(Assignment, ExposuresCanBeOff) {
  Assigned policy(R"("exposures": false,)");
  EXPECT_EQ(policy.Decide(kPage, "/page", policy.VisitorCookie(kId)).Word(kPlanExposureCount), 0u);
}

TEST(Assignment, TextThatIsNotUtf8IsNoAttribute) {
  Assigned policy;
  FactsFrame facts = policy.Visit("/page");
  const DecodedFrame plan = policy->Decide(kPage, policy.Header(facts, "x-device-id", "a\xFF"));
  EXPECT_THAT(plan.Variants(), ElementsAre(kAbsent));
  EXPECT_EQ(plan.Word(kPlanExposureCount), 0u);
}

}  // namespace
}  // namespace sluice::policy
