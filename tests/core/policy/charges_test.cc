#include "sluice/policy/charges.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "support.h"
#include "support_program.h"

namespace sluice::policy {
namespace {

constexpr std::string_view kDigest =
    "8649cdebee753898fd50e01408a9e438aa5090249bc3e51b65f33dce973b087";

// A policy with one limit on one route. The keys 0 and 1 are acme, which has claims, and globex.
std::string PolicyOf(std::string_view limit, std::string_view cost = "1") {
  return absl::StrCat(
      R"({"version":1,"upstreams":{"u":{"type":"service","binding":"U"}},"auth":{"k":{"type":"apiKey",)",
      R"("header":"x-key","keys":[{"sha256":")", kDigest, R"(0","identity":"acme","claims":)",
      R"({"plan":"pro","region":"eu"}},{"sha256":")", kDigest, R"(1","identity":"globex"}]}},)",
      R"("limits":{"l":{"algorithm":"gcra","rate":{"units":100,"per":"60s"},"burst":20,)", limit,
      R"(}},"routes":[{"id":"r","match":{"path":"/{p}"},"auth":"k","upstream":"u",)",
      R"("limits":[{"limit":"l","cost":)", cost, "}]}]}");
}

// Resolves the route's charge for requests.
class Resolver {
 public:
  explicit Resolver(std::string_view limit) : program_(PolicyOf(limit)) {}

  Resolver& As(uint32_t key) {
    key_ = key;
    return *this;
  }
  Resolver& From(std::string_view ip) {
    facts_.Set(kSlotIp, ip);
    return *this;
  }
  Resolver& With(std::string_view slot, std::string_view value) {
    facts_.Set(program_.Slot(slot), value);
    return *this;
  }

  ResolvedCharge Resolve() {
    const std::string frame = facts_.Encode();
    const std::optional<Facts> facts = Facts::Parse(AsBytes(frame));
    RequestFacts request = {*program_, *facts, "/x", {}, {}, {}, {}};
    if (key_.has_value()) {
      const ApiKeyRow& key = program_->keys[*key_];
      request.identity = key.identity.In(program_->pool);
      request.claims = program_->claims.subspan(key.claims.first, key.claims.count);
    }
    OutputBuffer scratch(1 << 12);
    OutputBuffer out(1 << 12);
    out.Append("before");
    const ResolvedCharge charge =
        ResolveCharge(request, program_->charges[program_->routes[0].charges.first], scratch, out);
    subject_ = std::string(out.text().substr(6));
    return charge;
  }
  // "exempt", "refuse", or the rule's amounts.
  std::string Verdict() {
    const ResolvedCharge charge = Resolve();
    if (charge.action == ChargeAction::kExempt) return "exempt";
    if (charge.action == ChargeAction::kRefuse) return "refuse";
    return absl::StrCat(charge.rule_number, ": ", charge.rule->units, "/", charge.rule->burst);
  }
  std::string Subject() {
    Resolve();
    return subject_;
  }

 private:
  TestProgram program_;
  FactsFrame facts_;
  std::optional<uint32_t> key_;
  std::string subject_;
};

TEST(Charges, ComeWithTheTermsOfTheLimit) {
  Resolver resolver(
      R"("subject":["identity"],"lease":{"duration":"5s","units":7},"denyCacheMax":"1s")");
  const ResolvedCharge charge = resolver.As(0).Resolve();
  EXPECT_EQ(charge.action, ChargeAction::kCharge);
  EXPECT_EQ(charge.limit, 0u);
  EXPECT_EQ(charge.rule_number, 0u);
  EXPECT_EQ(charge.rule->quota(), 20u);
  EXPECT_EQ(charge.cost, 1u);
  EXPECT_FALSE(charge.shadow);
  EXPECT_EQ(charge.lease_ms, 5000u);
  EXPECT_EQ(charge.lease_units, 7u);
  EXPECT_EQ(charge.deny_cache_ms, 1000u);
}

TEST(Charges, LeaseTheQuotaForThePeriodByDefault) {
  Resolver resolver(
      R"("subject":[],"mode":"shadow","overrides":[{"claim":{"plan":"pro"},"burst":90}])");
  const ResolvedCharge charge = resolver.As(0).Resolve();
  EXPECT_TRUE(charge.shadow);
  EXPECT_EQ(charge.lease_ms, 30'000u);
  EXPECT_EQ(charge.lease_units, 90u);
  EXPECT_EQ(charge.deny_cache_ms, 2000u);
  Resolver none(R"("subject":[],"lease":false,"denyCacheMax":"0s")");
  EXPECT_EQ(none.Resolve().lease_ms, 0u);
  EXPECT_EQ(none.Resolve().deny_cache_ms, 0u);
}

TEST(Charges, LeaseNoMoreThanTheRuleAdmits) {
  Resolver resolver(
      R"("subject":[],"lease":{"units":15},"overrides":[{"claim":{"plan":"pro"},"burst":4}])");
  EXPECT_EQ(resolver.As(0).Resolve().lease_units, 4u);
  EXPECT_EQ(resolver.As(1).Resolve().lease_units, 15u);
}

TEST(Charges, CountAddressesCanonicallyByTheirPrefix) {
  const auto subject = [](std::string_view ip, std::string_view more = "") {
    return Resolver(absl::StrCat(R"("subject":["ip"])", more)).From(ip).Subject();
  };
  EXPECT_EQ(subject("192.0.2.10"), "192.0.2.10");
  EXPECT_EQ(subject("2001:DB8:0:1:2:3:4:5"), "2001:db8:0:1::");
  EXPECT_EQ(subject("::ffff:192.0.2.10"), "192.0.2.10");
  EXPECT_EQ(subject("2001:db8:0:1:2:3:4:5", R"(,"ipv6Prefix":128)"), "2001:db8:0:1:2:3:4:5");
  EXPECT_EQ(subject("2001:db8:8f01::1", R"(,"ipv6Prefix":33)"), "2001:db8:8000::");
  EXPECT_EQ(subject("192.0.2.10", R"(,"ipv6Prefix":1)"), "192.0.2.10");
  EXPECT_EQ(subject("unknown"), "unknown");
  EXPECT_EQ(subject(""), "");
  EXPECT_EQ(Resolver(R"("subject":["ip"])").Subject(), "");
}

TEST(Charges, CountTextsWhateverBytesCome) {
  Resolver resolver(R"("subject":["header:x"])");
  const auto subject = [&](std::string_view value) {
    return resolver.With("header:x", value).Subject();
  };
  EXPECT_EQ(subject("caf\xC3\xA9 \xF0\x9F\x98\x80"), "caf\xC3\xA9 \xF0\x9F\x98\x80");
  EXPECT_EQ(subject("\xEF\xBF\xBD"), "\xEF\xBF\xBD");
  EXPECT_EQ(subject("caf\xE9"), "caf%E9");
  EXPECT_EQ(subject("caf%E9"), "caf%25E9");
  EXPECT_EQ(subject("a\xF0\x9F\x98/b"), "a%F0%9F%98%2Fb");
  EXPECT_EQ(subject("\xED\xA0\x80\xC0\xAF"), "%ED%A0%80%C0%AF");
}

// Eight bytes at a time: each place and length has its turn.
TEST(Charges, EscapeWhereverItStands) {
  Resolver resolver(R"("subject":["header:x"])");
  for (size_t size = 1; size <= 20; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string value(size, 'a');
      for (const auto& [byte, escaped] : {std::pair('/', "%2F"), {'%', "%25"}, {'\xFF', "%FF"}}) {
        value[at] = byte;
        EXPECT_EQ(resolver.With("header:x", value).Subject(),
                  absl::StrCat(std::string(at, 'a'), escaped, std::string(size - at - 1, 'a')));
      }
      for (const char plain : {'$', '&', '.', '0', '\x7F', '\x01', '\0'}) {
        value[at] = plain;
        EXPECT_EQ(resolver.With("header:x", value).Subject(), value);
      }
    }
  }
}

TEST(Charges, CountByClaim) {
  Resolver resolver(R"("subject":["claim:plan","identity"])");
  EXPECT_EQ(resolver.As(0).Subject(), "pro/acme");
  EXPECT_EQ(resolver.As(1).Subject(), "/globex");
}

TEST(Charges, TakeTheRuleOfTheSubjectBeforeThatOfAClaim) {
  const std::string_view limit =
      R"("subject":["header:x"],"overrides":[
        {"claim":{"plan":"pro","region":"us"},"burst":1},
        {"claim":{"plan":"pro","region":"eu"},"rate":{"units":200}},
        {"claim":{"plan":"pro"},"burst":3},
        {"subject":"a-*","burst":4},
        {"subject":"a-1*","burst":5},
        {"subject":"a-12","rate":{"units":600,"per":"1m"},"burst":6}])";
  const auto verdict = [&](std::string_view subject, uint32_t key) {
    return Resolver(limit).With("header:x", subject).As(key).Verdict();
  };
  EXPECT_EQ(verdict("b", 1), "0: 100/20");
  EXPECT_EQ(verdict("b", 0), "2: 200/20");
  EXPECT_EQ(verdict("a-", 0), "4: 100/4");
  EXPECT_EQ(verdict("a-2", 1), "4: 100/4");
  EXPECT_EQ(verdict("a-11", 1), "5: 100/5");
  EXPECT_EQ(verdict("a-12", 0), "6: 600/6");
  EXPECT_EQ(verdict("a-123", 1), "5: 100/5");
  EXPECT_EQ(verdict("a", 1), "0: 100/20");
}

TEST(Charges, RefuseBeforeTheyExempt) {
  const std::string_view limit =
      R"("subject":["ip"],"ipv6Prefix":56,"deny":["10.1.0.0/16","2001:db8::7"],
         "allow":["10.0.0.0/8","2001:db8::/32","192.0.2.1"],
         "overrides":[{"subject":"192.0.2.0/24","burst":9},{"subject":"2001::/16","burst":8}])";
  const auto verdict = [&](std::string_view ip) { return Resolver(limit).From(ip).Verdict(); };
  EXPECT_EQ(verdict("10.1.2.3"), "refuse");
  EXPECT_EQ(verdict("::ffff:10.1.2.3"), "refuse");
  EXPECT_EQ(verdict("10.2.2.3"), "exempt");
  EXPECT_EQ(verdict("192.0.2.1"), "exempt");
  EXPECT_EQ(verdict("192.0.2.2"), "1: 100/9");
  EXPECT_EQ(verdict("2001:db8::7"), "refuse");
  EXPECT_EQ(verdict("2001:db8:0:0::8"), "exempt");
  EXPECT_EQ(verdict("2001:db9::7"), "2: 100/8");
  EXPECT_EQ(verdict("2002::7"), "0: 100/20");
  EXPECT_EQ(verdict("no address"), "0: 100/20");
  EXPECT_EQ(verdict(""), "0: 100/20");
}

TEST(Charges, KnowNetworksBesideOtherParts) {
  const std::string_view limit =
      R"("subject":["identity","ip"],"deny":["acme/192.0.2.*","10.0.0.0/8"],"allow":["globex/*"])";
  const auto verdict = [&](uint32_t key, std::string_view ip) {
    return Resolver(limit).As(key).From(ip).Verdict();
  };
  EXPECT_EQ(verdict(0, "192.0.2.7"), "refuse");
  EXPECT_EQ(verdict(0, "192.0.3.7"), "0: 100/20");
  EXPECT_EQ(verdict(1, "192.0.2.7"), "exempt");
  EXPECT_EQ(verdict(1, "10.0.0.1"), "refuse");
}

TEST(Charges, ComparePartsAsTheyAreWritten) {
  Resolver one(R"("subject":["header:x"],"deny":["a/b","100%","a%*",""])");
  EXPECT_EQ(one.With("header:x", "a/b").Verdict(), "refuse");
  EXPECT_EQ(one.With("header:x", "100%").Verdict(), "refuse");
  EXPECT_EQ(one.With("header:x", "a%2").Verdict(), "refuse");
  EXPECT_EQ(one.With("header:x", "a").Verdict(), "0: 100/20");
  EXPECT_EQ(one.With("header:x", "").Verdict(), "refuse");
  Resolver two(R"("subject":["header:x","header:y"],"deny":["a%2Fb/c%25","a/b"])");
  EXPECT_EQ(two.With("header:x", "a/b").With("header:y", "c%").Verdict(), "refuse");
  EXPECT_EQ(two.With("header:x", "a").With("header:y", "b").Verdict(), "refuse");
  EXPECT_EQ(two.With("header:x", "a/b").With("header:y", "").Verdict(), "0: 100/20");
}

}  // namespace
}  // namespace sluice::policy
