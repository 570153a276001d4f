#include "sluice/policy/charge_writer.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/base/casts.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/ledger.h"
#include "sluice/policy/frames.h"
#include "support.h"

namespace sluice::policy {
namespace {

constexpr double kNow = 1'763'000'000'000;
constexpr size_t kOperationBytes = 64;
constexpr std::string_view kPolicyText = R"({
  "version": 1,
  "upstreams": {"shop": {"type": "service", "binding": "SHOP"}},
  "limits": {
    "door": {"algorithm": "gcra", "rate": {"units": 100, "per": "60s"}, "subject": ["ip"],
             "phase": "preAuth"},
    "one": {"algorithm": "gcra", "rate": {"units": 100, "per": "60s"}, "subject": ["ip"]},
    "two": {"algorithm": "fixed_window", "rate": {"units": 100, "per": "60s"}, "subject": ["ip"]},
    "watched": {"algorithm": "gcra", "rate": {"units": 100, "per": "60s"}, "subject": ["ip"],
                "mode": "shadow"}
  },
  "routes": [
    {"id": "door", "match": {"path": "/door"}, "upstream": "shop", "limits": ["door"]},
    {"id": "two", "match": {"path": "/two"}, "upstream": "shop",
     "limits": ["one", {"limit": "two", "cost": 3}]},
    {"id": "settled", "match": {"path": "/settled"}, "upstream": "shop",
     "limits": [{"limit": "one", "cost": {"reserve": 2, "from": "/usage"}}]},
    {"id": "watched", "match": {"path": "/watched"}, "upstream": "shop", "limits": ["watched", "one"]}
  ]
})";
constexpr uint32_t kTwo = 1;
constexpr uint32_t kSettled = 2;
constexpr uint32_t kWatched = 3;

struct FrameCharge {
  uint32_t limit;
  uint32_t cost;
  ChargeVerdict verdict;
  limit::Source source;
  uint32_t flags;
  std::string subject;
  uint32_t remaining;
  double reset_ms;
  double retry_ms;
  uint64_t id;
  std::string operations;
};

class ChargeWriterTest : public ::testing::Test {
 protected:
  static FactsFrame Facts(std::string_view path) {
    return FactsFrame()
        .Set(kSlotMethod, "GET")
        .Set(kSlotPath, path)
        .Set(kSlotHost, "shop.example.com")
        .Set(kSlotIp, "192.0.2.1");
  }

  static std::vector<FrameCharge> Read(const DecodedFrame& frame, uint32_t count_word) {
    std::vector<FrameCharge> charges;
    for (uint32_t i = 0; i < frame.Word(count_word); ++i) {
      const uint32_t word = frame.Word(count_word + 1) / 4 + i * kChargeWords;
      const auto of = [&](uint32_t number) { return frame.Word(word + number); };
      const auto long_of = [&](uint32_t number) {
        return uint64_t{of(number + 1)} << 32 | of(number);
      };
      charges.push_back({.limit = of(kChargeLimit),
                         .cost = of(kChargeCost),
                         .verdict = static_cast<ChargeVerdict>(of(kChargeVerdict)),
                         .source = static_cast<limit::Source>(of(kChargeSource)),
                         .flags = of(kChargeFlags),
                         .subject = *frame.Text(word + kChargeSubjectOffset),
                         .remaining = of(kChargeRemaining),
                         .reset_ms = absl::bit_cast<double>(long_of(kChargeResetMs)),
                         .retry_ms = absl::bit_cast<double>(long_of(kChargeRetryMs)),
                         .id = long_of(kChargeId),
                         .operations = frame.Text(word + kChargeOperationsOffset).value_or("")});
    }
    return charges;
  }
  std::vector<FrameCharge> Decide(uint32_t route, std::string_view path) {
    return Read(policy_.Decide(route, Facts(path)), kPlanChargeCount);
  }

  // As an object would answer a charge that a frame asks for.
  void Answer(const FrameCharge& charge, const limit::OperationVerdict& verdict) {
    ASSERT_GE(charge.operations.size(), kOperationBytes);
    const ByteSpan operation =
        AsBytes(charge.operations).subspan(charge.operations.size() - kOperationBytes);
    const std::optional<limit::Rule> rule = limit::DecodeRule(operation.subspan(32));
    ASSERT_TRUE(rule.has_value());
    OutputBuffer returns(1000);
    policy_.ledger().Install({*rule, charge.subject, charge.cost, {.deny_cache_ms = 2000}},
                             {LoadLong(operation.data() + 8), LoadWord(operation.data() + 16)},
                             verdict, kNow, kNow, returns);
  }
  static limit::OperationVerdict Lease(uint32_t units) {
    return {.allowed = true, .remaining = 50, .reset_ms = 7000, .leased = units, .lease_ms = 9000};
  }
  static limit::OperationVerdict Denial() { return {.reset_ms = 9000, .retry_after_ms = 800}; }

  TestPolicy policy_{kPolicyText};
};

TEST_F(ChargeWriterTest, WhatNobodyKnowsIsAsked) {
  const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
  ASSERT_EQ(charges.size(), 2u);
  for (const FrameCharge& charge : charges) {
    EXPECT_EQ(charge.verdict, ChargeVerdict::kAsk);
    EXPECT_EQ(charge.source, limit::Source::kAsk);
    EXPECT_EQ(charge.flags, 0u);
    EXPECT_EQ(charge.subject, "192.0.2.1");
    ASSERT_EQ(charge.operations.size(), kOperationBytes);
    const uint8_t* operation = AsBytes(charge.operations).data();
    EXPECT_EQ(LoadWord(operation), 1u);
    EXPECT_EQ(LoadWord(operation + 4), charge.cost);
    EXPECT_EQ(LoadLong(operation + 8), charge.id);
    EXPECT_EQ(LoadWord(operation + 20), 0u);
  }
  EXPECT_EQ(charges[1].cost, 3u);
  EXPECT_NE(charges[0].id, charges[1].id);
}

TEST_F(ChargeWriterTest, LeasesAdmitBothInOneCrossing) {
  const std::vector<FrameCharge> asked = Decide(kTwo, "/two");
  Answer(asked[0], Lease(5));
  Answer(asked[1], Lease(7));
  const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
  ASSERT_EQ(charges.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(charges[i].verdict, ChargeVerdict::kAdmitted);
    EXPECT_EQ(charges[i].source, limit::Source::kLease);
    EXPECT_EQ(charges[i].id, asked[i].id);
    EXPECT_EQ(charges[i].remaining, 54u);
    EXPECT_EQ(charges[i].reset_ms, 7000);
    EXPECT_TRUE(std::isnan(charges[i].retry_ms));
    EXPECT_EQ(charges[i].operations, "");
  }
}

TEST_F(ChargeWriterTest, WhatIsSettledIsAskedWhateverALeaseHas) {
  Answer(Decide(kTwo, "/two")[0], Lease(5));
  const std::vector<FrameCharge> charges = Decide(kSettled, "/settled");
  ASSERT_EQ(charges.size(), 1u);
  EXPECT_EQ(charges[0].verdict, ChargeVerdict::kAsk);
  EXPECT_EQ(charges[0].cost, 2u);
  ASSERT_EQ(charges[0].operations.size(), kOperationBytes);
  EXPECT_EQ(LoadWord(AsBytes(charges[0].operations).data() + 20), 2u) << "settles";
}

TEST_F(ChargeWriterTest, ADenialSpendsNothingAndAsksNobody) {
  const std::vector<FrameCharge> asked = Decide(kTwo, "/two");
  Answer(asked[0], Lease(1));
  Answer(asked[1], Denial());
  for (int i = 0; i < 3; ++i) {
    const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
    EXPECT_EQ(charges[0].verdict, ChargeVerdict::kAdmitted);
    EXPECT_EQ(charges[0].id, 0u) << "nothing to give back";
    EXPECT_EQ(charges[1].verdict, ChargeVerdict::kDenied);
    EXPECT_EQ(charges[1].source, limit::Source::kDenyCache);
    EXPECT_EQ(charges[1].retry_ms, 800);
    EXPECT_EQ(charges[1].reset_ms, 9000);
  }
  // The other way round, what would have to be asked isn't.
  const std::vector<FrameCharge> other = Decide(kWatched, "/watched");
  EXPECT_EQ(other[1].source, limit::Source::kLease) << "the unit is still there";
  policy_.SetTime(kNow + 100);
  const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
  EXPECT_EQ(charges[0].verdict, ChargeVerdict::kAsk);
  EXPECT_EQ(charges[0].operations, "");
  EXPECT_EQ(charges[1].verdict, ChargeVerdict::kDenied);
}

TEST_F(ChargeWriterTest, WhatIsSpentStaysSoWhileAnotherIsAsked) {
  const std::vector<FrameCharge> asked = Decide(kTwo, "/two");
  Answer(asked[0], Lease(1));
  const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
  EXPECT_EQ(charges[0].verdict, ChargeVerdict::kAdmitted);
  EXPECT_EQ(charges[1].verdict, ChargeVerdict::kAsk);
  EXPECT_EQ(Decide(kTwo, "/two")[0].verdict, ChargeVerdict::kAsk);
  policy_.ledger().GiveBack(charges[0].id, charges[0].cost, kNow);
}

TEST_F(ChargeWriterTest, AShadowDeniesNothing) {
  const std::vector<FrameCharge> asked = Decide(kWatched, "/watched");
  EXPECT_EQ(asked[0].flags, kChargeShadow);
  EXPECT_EQ(LoadWord(AsBytes(asked[0].operations).data() + 20), 1u);
  Answer(asked[0], Denial());
  Answer(asked[1], Lease(1));
  const std::vector<FrameCharge> charges = Decide(kWatched, "/watched");
  EXPECT_EQ(charges[0].verdict, ChargeVerdict::kDenied);
  EXPECT_EQ(charges[0].flags, kChargeShadow);
  EXPECT_EQ(charges[1].verdict, ChargeVerdict::kAdmitted);
  EXPECT_NE(charges[1].id, 0u);
  const std::vector<FrameCharge> next = Decide(kWatched, "/watched");
  EXPECT_EQ(next[1].verdict, ChargeVerdict::kAsk);
  EXPECT_EQ(next[1].operations.size(), 2 * kOperationBytes) << "the spent lease is reported";
}

TEST_F(ChargeWriterTest, ABlockIsToldApart) {
  const std::vector<FrameCharge> asked = Decide(kTwo, "/two");
  limit::OperationVerdict blocked = Denial();
  blocked.blocked = true;
  Answer(asked[0], blocked);
  EXPECT_EQ(Decide(kTwo, "/two")[0].flags, kChargeBlocked);
}

TEST_F(ChargeWriterTest, MatchAnswersWhatComesBeforeAuthentication) {
  const auto match = [&] { return Read(policy_.Match(Facts("/door")), kMatchChargeCount); };
  const std::vector<FrameCharge> asked = match();
  ASSERT_EQ(asked.size(), 1u);
  Answer(asked[0], Lease(1));
  EXPECT_EQ(match()[0].verdict, ChargeVerdict::kAdmitted);
  const std::vector<FrameCharge> again = match();
  EXPECT_EQ(again[0].verdict, ChargeVerdict::kAsk);
  EXPECT_EQ(again[0].operations.size() % kOperationBytes, 0u);
}

TEST_F(ChargeWriterTest, AnUnspentRestGoesBackWithTheNextCharge) {
  const std::vector<FrameCharge> asked = Decide(kTwo, "/two");
  Answer(asked[1], Lease(2));
  const std::vector<FrameCharge> charges = Decide(kTwo, "/two");
  ASSERT_EQ(charges[1].operations.size(), 2 * kOperationBytes);
  const uint8_t* operations = AsBytes(charges[1].operations).data();
  EXPECT_EQ(LoadWord(operations), 5u) << "a return";
  EXPECT_EQ(LoadWord(operations + 4), 2u);
  EXPECT_EQ(LoadLong(operations + 8), asked[1].id);
  EXPECT_EQ(LoadWord(operations + 64), 1u) << "a charge";
  EXPECT_EQ(LoadLong(operations + 72), charges[1].id);
}

}  // namespace
}  // namespace sluice::policy
