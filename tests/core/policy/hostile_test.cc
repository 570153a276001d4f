// Policies that are JSON and small enough, and made to cost much. Each took minutes, or more memory
// than a module has, where a compiler did something twice nested.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/base/issues.h"
#include "sluice/base/limits.h"
#include "sluice/base/status.h"
#include "sluice/policy/limits.h"
#include "sluice/policy/policy.h"
#include "support.h"

namespace sluice::policy {
namespace {

using testing::HasSubstr;
using testing::Not;

// make(0), make(1), … with commas.
template <typename Make>
std::string List(int count, Make&& make) {
  std::string list;
  for (int i = 0; i < count; ++i) absl::StrAppend(&list, i == 0 ? "" : ",", make(i));
  return list;
}

// Starts with a letter and has 64 bytes.
std::string LongName(int number) {
  std::string name = absl::StrCat("n", number);
  name.resize(64, 'x');
  return name;
}

std::string Route(int number, std::string_view match, std::string_view more = "") {
  return absl::StrCat(R"({"id":"r)", number, R"(","match":{)", match, R"(},"upstream":"u")", more,
                      "}");
}

std::string PolicyOf(std::string_view sections, std::string_view routes) {
  return absl::StrCat(R"({"version":1,"upstreams":{"u":{"type":"service","binding":"U"}},)",
                      sections, R"("routes":[)", routes, "]}");
}

struct Refusal {
  ErrorCode code;
  size_t issue_count;
  std::string first;
};

Refusal Compile(const std::string& text) {
  EXPECT_LE(text.size(), PolicyBudget().max_policy_bytes);
  Issues issues;
  const absl::StatusOr<std::unique_ptr<Policy>> policy =
      Policy::Compile(text, PolicyBudget(), issues);
  return {ErrorCodeOf(policy.status()), issues.total(),
          issues.list().empty()
              ? std::string(policy.status().message())
              : absl::StrCat(issues.list()[0].code, " at ", issues.list()[0].pointer, ": ",
                             issues.list()[0].message)};
}

TEST(HostilePolicyTest, FaultyTransforms) {
  constexpr int kCount = 190'000;
  const auto transform = [](int i) { return absl::StrCat("\"a", i, "\":1"); };
  const Refusal refusal =
      Compile(PolicyOf(absl::StrCat("\"transforms\":{", List(kCount, transform), "},"), ""));
  EXPECT_EQ(refusal.code, ErrorCode::kInvalidPolicy);
  EXPECT_EQ(refusal.issue_count, size_t{kCount});
  EXPECT_EQ(refusal.first, "wrong_type at /transforms/a0: expected an array, found a number");
}

// Paths that combine: 6 KB of them are 6 MB of automaton.
std::string CombiningTransforms(int transforms, int paths) {
  const std::string steps = absl::StrCat(
      R"([{"pick":[)", List(paths, [](int i) { return absl::StrCat("\"$.a", i, ".x\""); }), ",",
      List(paths, [](int i) { return absl::StrCat("\"$.*.b", i, "\""); }), "]}]");
  return PolicyOf(
      absl::StrCat("\"transforms\":{",
                   List(transforms, [&](int i) { return absl::StrCat("\"a", i, "\":", steps); }),
                   "},"),
      "");
}

TEST(HostilePolicyTest, LargeTransforms) {
  const Refusal refusal = Compile(CombiningTransforms(550, 300));
  EXPECT_EQ(refusal.code, ErrorCode::kInvalidPolicy);
  EXPECT_EQ(refusal.first,
            "budget_exceeded at /transforms/a2: the transforms up to this one compile to over 16 "
            "MiB: use fewer paths with wildcards, or simpler ones");
  EXPECT_EQ(Compile(CombiningTransforms(2, 300)).code, ErrorCode::kOk);
}

TEST(HostilePolicyTest, TransformsOverTheirBudget) {
  const Refusal refusal = Compile(CombiningTransforms(400, 400));
  EXPECT_EQ(refusal.code, ErrorCode::kInvalidPolicy);
  EXPECT_THAT(refusal.first, HasSubstr("budget_exceeded at /transforms/a0/0/pick"));
}

TEST(HostilePolicyTest, ManyMatchHeaders) {
  const auto route = [](int i) {
    const auto header = [i](int h) { return absl::StrCat("\"h", i * 64 + h, "\":\"\""); };
    return Route(i, absl::StrCat(R"("path":"/{x}","headers":{)", List(64, header), "}"));
  };
  for (const int routes : {900, 1500}) {
    const TestPolicy policy(PolicyOf("", List(routes, route)));
    EXPECT_THAT(policy.description_text(), HasSubstr(R"("vary":["*"])"));
    EXPECT_THAT(policy.description_text(), Not(HasSubstr(R"("vary":["h0")")));
  }
}

TEST(HostilePolicyTest, NamesToSuggest) {
  const auto transform = [](int i) { return absl::StrCat("\"", LongName(i), "\":[]"); };
  const std::string unknown = absl::StrCat(R"(,"response":{"transform":")", LongName(-1), "\"}");
  const auto route = [&](int i) {
    return Route(i, absl::StrCat(R"("path":"/)", i, "\""), unknown);
  };
  const Refusal refusal = Compile(
      PolicyOf(absl::StrCat("\"transforms\":{", List(55'000, transform), "},"), List(200, route)));
  EXPECT_EQ(refusal.code, ErrorCode::kInvalidPolicy);
  EXPECT_EQ(refusal.issue_count, 200u);
}

TEST(HostilePolicyTest, ManyVariants) {
  const auto value = [](int i) { return absl::StrCat("\"v", 100 + i, "\""); };
  const std::string features = absl::StrCat(
      R"("features":{"attributes":{"id":"ip"},"payload":{"features":{"f":{"rules":[{"variations":[)",
      List(256, value), "]}]}}}},");
  const std::string experiment =
      absl::StrCat(R"(,"experiment":{"feature":"f","variants":{)",
                   List(256, [&](int i) { return absl::StrCat(value(i), ":{}"); }), "}}");
  const auto route = [&](int i) {
    return Route(i, absl::StrCat(R"("path":"/)", i, "\""), experiment);
  };
  EXPECT_EQ(Compile(PolicyOf(features, List(700, route))).code, ErrorCode::kOk);
}

TEST(HostilePolicyTest, ManyValues) {
  const auto feature = [](int i) { return absl::StrCat("\"", i, "\":{}"); };
  const Refusal refusal = Compile(PolicyOf(
      absl::StrCat(R"("features":{"payload":{"features":{)", List(300'000, feature), "}}},"), ""));
  EXPECT_EQ(refusal.code, ErrorCode::kBudgetExceeded);
  EXPECT_EQ(refusal.first, "the policy has over 400000 values and member names");
}

std::string LimitOf(std::string_view name, std::string_view more) {
  return absl::StrCat("\"", name, R"(":{"algorithm":"gcra","rate":{"units":9,"per":"1s"},)", more,
                      "}");
}

TEST(HostilePolicyTest, ManyOverridesAndCharges) {
  const auto item = [](int i) { return absl::StrCat(R"({"subject":"s)", i, R"(","burst":9})"); };
  const std::string limit =
      LimitOf("l", absl::StrCat(R"("subject":["header:x"],"overrides":[)", List(1000, item), "]"));
  const auto route = [](int i) {
    return Route(i, absl::StrCat(R"("path":"/)", i, "\""),
                 R"(,"limits":[{"limit":"l","cost":10}])");
  };
  const Refusal refusal =
      Compile(PolicyOf(absl::StrCat("\"limits\":{", limit, "},"), List(9000, route)));
  EXPECT_EQ(refusal.issue_count, 9000u);
}

// Most begin with all before them, which is as deep as patterns nest.
TEST(HostilePolicyTest, NestedPatterns) {
  const auto pattern = [](int i) {
    return absl::StrCat("\"", std::string(static_cast<size_t>(i) % 500, 'a'),
                        i < 500 ? "" : absl::StrCat("-", i), "*\"");
  };
  const std::string limit =
      LimitOf("l", absl::StrCat(R"("subject":["header:x"],"deny":[)", List(9999, pattern), "]"));
  EXPECT_EQ(Compile(PolicyOf(absl::StrCat("\"limits\":{", limit, "},"), "")).code, ErrorCode::kOk);
}

TEST(HostilePolicyTest, UnknownClaims) {
  const auto key = [](int i) {
    return absl::StrCat(R"({"sha256":")", std::string(60, 'a'), 1000 + i, R"(","identity":"i",)",
                        R"("claims":{")", LongName(i), R"(":"x"}})");
  };
  const auto wanted = [](int i) {
    return absl::StrCat(R"({"claim":{")", LongName(100'000 + i), R"(":"x"},"burst":2})");
  };
  const auto limit = [&](int i) {
    return LimitOf(LongName(i),
                   absl::StrCat(R"("subject":[],"overrides":[)", List(64, wanted), "]"));
  };
  const Refusal refusal =
      Compile(PolicyOf(absl::StrCat(R"("auth":{"k":{"type":"apiKey","header":"x-key","keys":[)",
                                    List(8999, key), R"(]}},"limits":{)", List(100, limit), "},"),
                       ""));
  EXPECT_EQ(refusal.issue_count, 100u * 64u);
}

TEST(HostilePolicyTest, ManyLimitsAlone) {
  const auto limit = [](int i) { return absl::StrCat("\"", i, "\":1"); };
  Issues issues;
  OutputBuffer out(1 << 20);
  const absl::Status status =
      CompileLimits(absl::StrCat("{", List(300'000, limit), "}"), PolicyBudget(), issues, out);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kBudgetExceeded);
}

}  // namespace
}  // namespace sluice::policy
