#include "sluice/policy/template.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "support.h"

namespace sluice::policy {
namespace {

// The upstream path that a route with these templates makes of a request path.
std::string Rewrite(std::string_view match, std::string_view upstream, std::string_view path,
                    std::string_view query = "") {
  TestPolicy policy(absl::StrCat(
      R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "routes": [)",
      R"({"id": "r", "upstream": "u", "match": {"path": ")", match, "\"}",
      upstream.empty() ? "" : absl::StrCat(R"(, "path": ")", upstream, "\""), "}]}"));
  FactsFrame facts;
  facts.Set(kSlotMethod, "GET").Set(kSlotPath, path);
  if (!query.empty()) facts.Set(kSlotQuery, query);
  EXPECT_EQ(policy.Match(facts).outcome(), Outcome::kProceed) << path;
  return *policy.Decide(0, facts).Text(kPlanPathOffset);
}

TEST(Template, DefaultIsTheNormalizedPath) {
  EXPECT_EQ(Rewrite("/{x...}", "", "/a/%62"), "/a/b");
  EXPECT_EQ(Rewrite("/{x...}", "", "/a/../b%3f"), "/b%3F");
  EXPECT_EQ(Rewrite("/{x...}", "", "/"), "/");
}

TEST(Template, ParametersGoWhereTheyAreNamed) {
  EXPECT_EQ(Rewrite("/orders/{id}", "/internal/orders/{id}", "/orders/7"), "/internal/orders/7");
  EXPECT_EQ(Rewrite("/{a}/{b}", "/{b}/{a}", "/x/y"), "/y/x");
  EXPECT_EQ(Rewrite("/{a}/{b}", "/{b}/fixed/", "/x/y"), "/y/fixed/");
  EXPECT_EQ(Rewrite("/{a}", "/", "/x"), "/");
  EXPECT_EQ(Rewrite("/a", "/b c/\xC3\xA9/%7E/%41/%2a", "/a"), "/b%20c/%C3%A9/~/A/%2A");
  EXPECT_EQ(Rewrite("/a", R"(/!$&'()*+,;=:@-._~/\"<>[]^`|)", "/a"),
            "/!$&'()*+,;=:@-._~/%22%3C%3E%5B%5D%5E%60%7C")
      << "RFC 3986, pchar";
}

TEST(Template, ValuesStayEncoded) {
  EXPECT_EQ(Rewrite("/{a}", "/x/{a}", "/caf%c3%a9%3f%23"), "/x/caf%C3%A9%3F%23");
}

TEST(Template, RestMayBeEmptyOrManySegments) {
  EXPECT_EQ(Rewrite("/files/{rest...}", "/f/{rest...}", "/files/a/b"), "/f/a/b");
  EXPECT_EQ(Rewrite("/files/{rest...}", "/f/{rest...}", "/files/a/"), "/f/a/");
  EXPECT_EQ(Rewrite("/files/{rest...}", "/f/{rest...}", "/files/"), "/f/");
  EXPECT_EQ(Rewrite("/files/{rest...}", "/f/{rest...}", "/files"), "/f");
  EXPECT_EQ(Rewrite("/files/{rest...}", "/{rest...}", "/files"), "/");
  EXPECT_EQ(Rewrite("/{rest...}", "/{rest...}", "/"), "/");
}

TEST(Template, QueryGoesAlong) {
  EXPECT_EQ(Rewrite("/{a}", "/x/{a}", "/y", "?p=1&q=%2F"), "/x/y?p=1&q=%2F");
  EXPECT_EQ(Rewrite("/{a}", "", "/y", "?"), "/y?");
}

TEST(Template, LongestAllowed) {
  std::string match;
  std::string path;
  for (uint32_t i = 0; i < kMaxSegments; ++i) {
    absl::StrAppend(&match, i < kMaxParameters ? absl::StrCat("/{p", i, "}") : "/s");
    absl::StrAppend(&path, i < kMaxParameters ? absl::StrCat("/v", i) : "/s");
  }
  EXPECT_EQ(Rewrite(match, "/{p15}/{p0}", path), "/v15/v0");
  const auto fault = [](const std::string& text) {
    Issues issues;
    (void)Policy::Compile(
        absl::StrCat(
            R"({"version": 1, "upstreams": {"u": {"type": "service", "binding": "U"}}, "routes": [)",
            R"({"id": "r", "upstream": "u", "match": {"path": ")", text, "\"}}]}"),
        PolicyBudget(), issues);
    return issues.empty() ? "" : std::string(issues.list()[0].code);
  };
  EXPECT_EQ(fault(match), "");
  EXPECT_EQ(fault(match + "/s"), "too_many");
  std::string parameters;
  for (uint32_t i = 0; i <= kMaxParameters; ++i) absl::StrAppend(&parameters, "/{p", i, "}");
  EXPECT_EQ(fault(parameters), "too_many");
  EXPECT_EQ(fault("/" + std::string(kMaxLiteralBytes, 'a')), "");
  EXPECT_EQ(fault("/" + std::string(kMaxLiteralBytes + 1, 'a')), "invalid_path");
}

}  // namespace
}  // namespace sluice::policy
