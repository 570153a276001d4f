// Redirects of variants: where they lead, where they end, what goes along.
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "faults.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "support.h"

namespace sluice::policy {
namespace {

using ::testing::HasSubstr;

// One route whose users are all in the variant that redirects.
std::string PolicyText(std::string_view match, std::string_view redirect,
                       std::string_view features = "") {
  return absl::StrCat(R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}},
  "features": {)",
                      features, R"("payload": {"features": {"page": {"defaultValue": "new"}}}},
  "routes": [{"id": "r", "upstream": "u", "match": {"path": ")",
                      match, R"("}, "experiment": {"feature": "page", "variants": {
    "new": {"redirect": ")",
                      redirect, R"("}}}}]})");
}

class Redirects {
 public:
  Redirects(std::string_view match, std::string_view redirect, std::string_view features = "")
      : policy_(PolicyText(match, redirect, features)) {}

  TestPolicy* operator->() { return &policy_; }

  DecodedFrame Plan(std::string_view path, std::string_view query = "",
                    std::string_view host = "shop.example") {
    FactsFrame facts;
    facts.Set(kSlotMethod, "GET").Set(kSlotHost, host).Set(kSlotPath, path);
    facts.Set(kSlotQuery, query);
    EXPECT_EQ(policy_.Match(facts).outcome(), Outcome::kProceed) << path;
    return policy_.Decide(0, facts);
  }
  std::string From(std::string_view path, std::string_view host = "shop.example") {
    return Plan(path, "", host).Text(kPlanRedirectOffset).value_or("(none)");
  }

 private:
  TestPolicy policy_;
};

TEST(Redirect, IsntFollowedTwice) {
  Redirects deeper("/products/{rest...}", "/products/v2/{rest...}");
  EXPECT_EQ(deeper.From("/products/7"), "/products/v2/7");
  EXPECT_EQ(deeper.From("/products/v2/7"), "(none)");
  EXPECT_EQ(deeper.From("/products"), "/products/v2");
  EXPECT_EQ(deeper.From("/products/v2"), "(none)");
  EXPECT_EQ(deeper.From("/products/%762/7"), "(none)") << "however it is written";

  Redirects language("/{language}/{page}", "/en/{page}");
  EXPECT_EQ(language.From("/de/x"), "/en/x");
  EXPECT_EQ(language.From("/en/x"), "(none)");

  Redirects one("/products/{id}", "/products/sale");
  EXPECT_EQ(one.From("/products/7"), "/products/sale");
  EXPECT_EQ(one.From("/products/sale"), "(none)");

  Redirects turned("/{a}/{b}/{c}", "/{b}/{a}/x");
  EXPECT_EQ(turned.From("/1/2/3"), "/2/1/x");
  EXPECT_EQ(turned.From("/2/1/x"), "(none)");
}

TEST(Redirect, ThatShortensThePathEndsByItself) {
  Redirects shorter("/old/{rest...}", "/{rest...}");
  EXPECT_EQ(shorter.From("/old/7"), "/7");
  EXPECT_EQ(shorter.From("/old/old/7"), "/old/7");
  EXPECT_EQ(shorter.From("/old"), "/");
}

TEST(Redirect, ToAUrlIsntFollowedOnItsHost) {
  Redirects url("/products/{rest...}", "https://Shop.example/products/v2/{rest...}");
  EXPECT_EQ(url.From("/products/7"), "https://shop.example/products/v2/7");
  EXPECT_EQ(url.From("/products/v2/7"), "(none)");
  EXPECT_EQ(url.From("/products/v2/7", "www.example"), "https://shop.example/products/v2/v2/7");

  Redirects same("/{rest...}", "https://shop.example/{rest...}");
  EXPECT_EQ(same.From("/a/b", "www.example"), "https://shop.example/a/b");
  EXPECT_EQ(same.From("/a/b"), "(none)");
}

TEST(Redirect, OfLiteralsThatNoUrlHasAsTheyAreEndsToo) {
  Redirects quoted("/go/{id}", R"(/go/\"<>`^|[é)");
  const std::string target = "/go/%22%3C%3E%60%5E%7C%5B%C3%A9";
  EXPECT_EQ(quoted.From("/go/7"), target);
  EXPECT_EQ(quoted.From(target), "(none)");
}

class RedirectLoopTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RedirectLoopTest, IsFoundWhereItIs) {
  const auto [match, redirect] = GetParam();
  const std::string text = PolicyText(match, redirect);
  const Compiled compiled = Compile(text);
  ASSERT_EQ(compiled.issues.total(), 1u) << Show(compiled.issues);
  const Issue& issue = compiled.issues.list()[0];
  EXPECT_EQ(issue.code, "redirect_loop");
  EXPECT_EQ(issue.pointer, "/routes/0/experiment/variants/new/redirect");
  EXPECT_EQ(issue.byte_offset, text.find(absl::StrCat("\"", redirect, "\"}}")));
  EXPECT_THAT(issue.message, HasSubstr("none of the route's"));
}

INSTANTIATE_TEST_SUITE_P(Redirect, RedirectLoopTest,
                         testing::Values(std::pair{"/a", "/a"}, std::pair{"/{x...}", "/{x...}"},
                                         std::pair{"/a/{x}", "/%61/{x}"},
                                         std::pair{"/a/{x}/{y}", "/a/{y}/{x}"},
                                         std::pair{"/a/b/{x}", "/a/b/{x}"}));

TEST(Redirect, AndUpstreamDontGetTheTokenOfAnOverride) {
  Redirects policy("/go/{id}", "https://www.example/{id}",
                   R"("keys": {"current": "KEY"}, "override": {"query": "qa"},)");
  const std::string key = "sixteen bytes are enough";
  ASSERT_TRUE(policy->policy().SetSecret(0, AsBytes(key)).ok());
  const auto query_of = [&](std::string_view query) {
    const DecodedFrame plan = policy.Plan("/go/7", query);
    const std::string path = *plan.Text(kPlanPathOffset);
    EXPECT_EQ(path.substr(0, 5), "/go/7");
    EXPECT_EQ(plan.Text(kPlanRedirectOffset),
              absl::StrCat("https://www.example/7", path.substr(5)));
    return path.substr(5);
  };
  EXPECT_EQ(query_of("?qa=token.mac"), "");
  EXPECT_EQ(query_of("?qa"), "");
  EXPECT_EQ(query_of("?a=1&qa=token.mac&b=2"), "?a=1&b=2");
  EXPECT_EQ(query_of("?qa=x&a=1&qa=y"), "?a=1");
  EXPECT_EQ(query_of("?qa=x&&a"), "?&a");
  EXPECT_EQ(query_of("?qa=x&"), "?");
  EXPECT_EQ(query_of("?qab=x&b=qa&&"), "?qab=x&b=qa&&");
  EXPECT_EQ(query_of("?"), "?");
  EXPECT_EQ(query_of(""), "");
}

TEST(Redirect, AQueryGoesAlongWhereThereIsNoOverride) {
  Redirects policy("/go/{id}", "/{id}/x/y");
  EXPECT_EQ(policy.Plan("/go/7", "?sluice-override=x").Text(kPlanRedirectOffset),
            "/7/x/y?sluice-override=x");
}

}  // namespace
}  // namespace sluice::policy
