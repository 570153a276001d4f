#include "sluice/limit/frames.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/casts.h"
#include "gtest/gtest.h"
#include "rules.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'000'000;

std::string RequestFrame(const std::vector<std::pair<Rule, uint32_t>>& charges) {
  OutputBuffer out(4096);
  out.AppendWord(kFrameVersion);
  out.AppendWord(static_cast<uint32_t>(charges.size()));
  for (const auto& [rule, cost] : charges) {
    EncodeRule(rule, out);
    out.AppendWord(cost);
    out.AppendWord(0);
  }
  return std::string(out.text());
}

struct Outcome {
  absl::Status status;
  std::string reply;
  std::string state;

  uint32_t reply_word(size_t index) const { return LoadWord(AsBytes(reply).data() + 4 * index); }
  bool allowed() const { return reply_word(2) == 1; }
  Verdict verdict(size_t index) const {
    const uint8_t* bytes = AsBytes(reply).data() + 16 + 24 * index;
    return {.allowed = LoadWord(bytes) == 1,
            .remaining = LoadWord(bytes + 4),
            .reset_ms = absl::bit_cast<double>(LoadLong(bytes + 8)),
            .retry_after_ms = absl::bit_cast<double>(LoadLong(bytes + 16))};
  }
};

Outcome Apply(std::string_view request, std::string_view state, double now_ms) {
  OutputBuffer reply(4096);
  OutputBuffer new_state(4096);
  absl::Status status = ApplyCharges(AsBytes(request), AsBytes(state), now_ms, reply, new_state);
  return {std::move(status), std::string(reply.text()), std::string(new_state.text())};
}

void ExpectInvalid(std::string_view request, std::string_view state, double now_ms) {
  const Outcome outcome = Apply(request, state, now_ms);
  EXPECT_EQ(ErrorCodeOf(outcome.status), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(outcome.reply.empty());
  EXPECT_TRUE(outcome.state.empty());
}

TEST(ApplyCharges, ChargesAFreshState) {
  const Outcome outcome = Apply(RequestFrame({{Gcra(10, 1000, 3), 1}}), "", kNow);
  ASSERT_TRUE(outcome.status.ok());
  ASSERT_EQ(outcome.reply.size(), 16u + 24u);
  EXPECT_EQ(outcome.reply_word(0), kFrameVersion);
  EXPECT_EQ(outcome.reply_word(1), 1u);
  EXPECT_TRUE(outcome.allowed());
  EXPECT_EQ(outcome.reply_word(3), 0u);
  EXPECT_TRUE(outcome.verdict(0).allowed);
  EXPECT_EQ(outcome.verdict(0).remaining, 2u);
  EXPECT_EQ(outcome.verdict(0).reset_ms, 100);
  EXPECT_EQ(outcome.verdict(0).retry_after_ms, -1);
  EXPECT_EQ(outcome.state.size(), 8u + 40u);
}

TEST(ApplyCharges, TheStateGoesOnFromFrameToFrame) {
  const std::string request = RequestFrame({{FixedWindow(2, 1000), 1}});
  const Outcome first = Apply(request, "", kNow);
  const Outcome second = Apply(request, first.state, kNow + 1);
  const Outcome third = Apply(request, second.state, kNow + 2);
  EXPECT_TRUE(second.allowed());
  EXPECT_FALSE(third.allowed());
  EXPECT_EQ(third.verdict(0).retry_after_ms, 998);
  EXPECT_EQ(third.state, second.state);
  EXPECT_TRUE(Apply(request, third.state, kNow + 1000).allowed());
}

std::vector<Rule> OneOfEachKind() {
  return {FixedWindow(3, 60'000, 7),
          FirstUse(3, 60'000, 7),
          Weekly(3, 7),
          Monthly(3, 7),
          SlidingWindow(3, 60'000, 7),
          Gcra(3, 60'000, 3, 7),
          TokenBucket(3, 60'000, 3, 7)};
}

TEST(ApplyCharges, KeepsACounterOfEveryKind) {
  std::vector<std::pair<Rule, uint32_t>> charges;
  for (const Rule& rule : OneOfEachKind()) charges.emplace_back(rule, 2);
  const std::string request = RequestFrame(charges);
  const Outcome first = Apply(request, "", kNow);
  ASSERT_TRUE(first.status.ok());
  EXPECT_TRUE(first.allowed());
  EXPECT_EQ(first.state.size(), 8u + 40u * charges.size());
  const Outcome second = Apply(request, first.state, kNow + 1);
  ASSERT_TRUE(second.status.ok());
  EXPECT_FALSE(second.allowed());
  for (size_t i = 0; i < charges.size(); ++i) {
    EXPECT_FALSE(second.verdict(i).allowed);
    EXPECT_EQ(second.verdict(i).remaining, 1u);
  }
  EXPECT_EQ(second.state, first.state);
  // After two minutes only the week's and the month's are left.
  const std::string peek = RequestFrame({{FixedWindow(1, 1, 8), 0}});
  EXPECT_EQ(Apply(peek, first.state, kNow + 120'000).state.size(), 8u + 80u);
}

TEST(ApplyCharges, ACounterServesRulesOfItsKindOnly) {
  for (const Rule& rule : OneOfEachKind()) {
    const Outcome charged = Apply(RequestFrame({{rule, 3}}), "", kNow);
    for (const Rule& other : OneOfEachKind()) {
      const bool same = other.algorithm == rule.algorithm && other.window == rule.window;
      EXPECT_EQ(Apply(RequestFrame({{other, 3}}), charged.state, kNow).allowed(), !same);
    }
  }
}

TEST(ApplyCharges, StatesThatNoAlgorithmWritesAreRefused) {
  const auto with = [](std::string frame, size_t offset, char value) {
    frame[offset] = value;
    return frame;
  };
  for (const Rule& rule : OneOfEachKind()) {
    const std::string request = RequestFrame({{rule, 1}});
    const std::string state = Apply(request, "", kNow).state;
    ASSERT_TRUE(Apply(request, state, kNow).status.ok());
    ExpectInvalid(request, with(state, 16, 5), kNow);       // algorithm
    ExpectInvalid(request, with(state, 20, 4), kNow);       // window
    ExpectInvalid(request, with(state, 39, '\xFF'), kNow);  // time
    ExpectInvalid(request, with(state, 47, '\xFF'), kNow);  // counts, or the units of a fraction
    if (rule.algorithm == Algorithm::kFixedWindow && rule.window != Window::kFirstUse) {
      ExpectInvalid(request, with(state, 32, 1), kNow);  // an end that is no boundary
    }
  }
  const std::string request = RequestFrame({{SlidingWindow(3, 60'000, 7), 1}});
  const std::string state = Apply(request, "", kNow).state;
  ExpectInvalid(request, with(state, 32, 1), kNow);
  ExpectInvalid(request, with(state, 43, '\x7F'), kNow);  // of the current window
}

TEST(ApplyCharges, AllOrNothing) {
  const Rule wide = FixedWindow(100, 60'000, 1);
  const Rule narrow = FixedWindow(1, 60'000, 2);
  const Outcome first = Apply(RequestFrame({{wide, 10}, {narrow, 1}}), "", kNow);
  ASSERT_TRUE(first.allowed());
  const Outcome second = Apply(RequestFrame({{wide, 10}, {narrow, 1}}), first.state, kNow);
  ASSERT_TRUE(second.status.ok());
  EXPECT_FALSE(second.allowed());
  EXPECT_TRUE(second.verdict(0).allowed);
  EXPECT_EQ(second.verdict(0).remaining, 80u);
  EXPECT_FALSE(second.verdict(1).allowed);
  EXPECT_EQ(second.state, first.state);
  const Outcome peek = Apply(RequestFrame({{wide, 0}}), second.state, kNow);
  EXPECT_EQ(peek.verdict(0).remaining, 90u);
}

TEST(ApplyCharges, ChargesOfOneRequestSeeEachOther) {
  const Rule rule = FixedWindow(3, 60'000);
  const Outcome twice = Apply(RequestFrame({{rule, 2}, {rule, 2}}), "", kNow);
  EXPECT_FALSE(twice.allowed());
  EXPECT_TRUE(twice.verdict(0).allowed);
  EXPECT_FALSE(twice.verdict(1).allowed);
  EXPECT_TRUE(twice.state.empty());
  EXPECT_TRUE(Apply(RequestFrame({{rule, 2}, {rule, 1}}), "", kNow).allowed());
}

TEST(ApplyCharges, ExpiredCountersAreDropped) {
  const std::string both =
      RequestFrame({{FixedWindow(9, 1000, 1), 1}, {FixedWindow(9, 60'000, 2), 1}});
  const Outcome first = Apply(both, "", kNow);
  EXPECT_EQ(first.state.size(), 8u + 80u);
  const std::string peek = RequestFrame({{FixedWindow(9, 1000, 3), 0}});
  EXPECT_EQ(Apply(peek, first.state, kNow + 1000).state.size(), 8u + 40u);
  EXPECT_EQ(Apply(peek, first.state, kNow + 100'000).state.size(), 0u);
}

TEST(ApplyCharges, AnotherKindOfRuleHasAnotherCounter) {
  const Outcome first = Apply(RequestFrame({{FixedWindow(1, 60'000, 7), 1}}), "", kNow);
  EXPECT_TRUE(Apply(RequestFrame({{FixedWindow(1, 1000, 7), 1}}), first.state, kNow).allowed());
  EXPECT_TRUE(Apply(RequestFrame({{Gcra(1, 60'000, 1, 7), 1}}), first.state, kNow).allowed());
  EXPECT_FALSE(Apply(RequestFrame({{FixedWindow(1, 60'000, 7), 1}}), first.state, kNow).allowed());
}

TEST(ApplyCharges, ADeniedChargeStillAdoptsChangedUnits) {
  const Rule fast = Gcra(1000, 1000, 10);
  const Rule slow = Gcra(1, 1000, 10);
  const Outcome full = Apply(RequestFrame({{fast, 10}}), "", kNow);
  const Outcome denied = Apply(RequestFrame({{slow, 1}}), full.state, kNow);
  EXPECT_FALSE(denied.allowed());
  EXPECT_EQ(denied.verdict(0).retry_after_ms, 1000);
  EXPECT_FALSE(Apply(RequestFrame({{slow, 1}}), denied.state, kNow + 999).allowed());
  EXPECT_TRUE(Apply(RequestFrame({{slow, 1}}), denied.state, kNow + 1000).allowed());
}

TEST(ApplyCharges, MoreCountersThanAStateHoldsAreRefused) {
  std::string state;
  for (uint32_t i = 0; i < kMaxCountersPerState; ++i) {
    const Outcome outcome =
        Apply(RequestFrame({{FixedWindow(1, 60'000, 100 + i), 1}}), state, kNow);
    ASSERT_TRUE(outcome.status.ok());
    state = outcome.state;
  }
  const std::string one_more = RequestFrame({{FixedWindow(1, 60'000, 99), 1}});
  const Outcome refused = Apply(one_more, state, kNow);
  EXPECT_EQ(ErrorCodeOf(refused.status), ErrorCode::kBudgetExceeded);
  EXPECT_TRUE(refused.reply.empty());
  EXPECT_TRUE(refused.state.empty());
  EXPECT_TRUE(Apply(one_more, state, kNow + 60'000).allowed());
}

TEST(ApplyCharges, ABufferThatIsTooSmallGetsNothing) {
  const std::string request = RequestFrame({{FixedWindow(1, 1000), 1}});
  OutputBuffer small(39);
  OutputBuffer state(4096);
  EXPECT_EQ(ErrorCodeOf(ApplyCharges(AsBytes(request), {}, kNow, small, state)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(small.size() + state.size(), 0u);
  OutputBuffer reply(4096);
  OutputBuffer small_state(47);
  EXPECT_EQ(ErrorCodeOf(ApplyCharges(AsBytes(request), {}, kNow, reply, small_state)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(reply.size() + small_state.size(), 0u);
}

TEST(ApplyCharges, ATimeThatIsNoneIsRefused) {
  const std::string request = RequestFrame({{FixedWindow(1, 1000), 1}});
  ExpectInvalid(request, "", std::numeric_limits<double>::quiet_NaN());
  ExpectInvalid(request, "", std::numeric_limits<double>::infinity());
  ExpectInvalid(request, "", -1);
  ExpectInvalid(request, "", 8.65e15);
  EXPECT_TRUE(Apply(request, "", 0).status.ok());
  EXPECT_TRUE(Apply(request, "", kMaxTimeMs).status.ok());
}

TEST(ApplyCharges, EveryTruncationAndEveryExtensionIsRefused) {
  const std::string request = RequestFrame({{FixedWindow(9, 1000), 1}, {Gcra(9, 1000, 9), 1}});
  const std::string state = Apply(request, "", kNow).state;
  for (size_t size = 0; size < request.size(); ++size) {
    ExpectInvalid(request.substr(0, size), state, kNow);
  }
  for (size_t size = 1; size < state.size(); ++size) {
    ExpectInvalid(request, state.substr(0, size), kNow);
  }
  ExpectInvalid(request + '\0', state, kNow);
  ExpectInvalid(request, state + '\0', kNow);
}

TEST(ApplyCharges, FieldsOutOfBoundsAreRefused) {
  const std::string request = RequestFrame({{Gcra(9, 1000, 9), 1}});
  const std::string state = Apply(request, "", kNow).state;
  const auto with = [](std::string frame, size_t offset, char value) {
    frame[offset] = value;
    return frame;
  };
  ExpectInvalid(with(request, 0, 2), state, kNow);        // version
  ExpectInvalid(with(request, 4, 0), state, kNow);        // count
  ExpectInvalid(with(request, 8, 9), state, kNow);        // algorithm
  ExpectInvalid(with(request, 8, 1), state, kNow);        // a fixed window with a burst
  ExpectInvalid(with(request, 12, 0), state, kNow);       // units
  ExpectInvalid(with(request, 16, 0), state, kNow);       // burst
  ExpectInvalid(with(request, 20, 1), state, kNow);       // window
  ExpectInvalid(with(request, 31, 1), state, kNow);       // period
  ExpectInvalid(with(request, 44, 1), state, kNow);       // flags
  ExpectInvalid(request, with(state, 0, 2), kNow);        // version
  ExpectInvalid(request, with(state, 4, 0), kNow);        // count
  ExpectInvalid(request, with(state, 16, 0), kNow);       // algorithm
  ExpectInvalid(request, with(state, 20, 1), kNow);       // window
  ExpectInvalid(request, with(state, 31, 1), kNow);       // period
  ExpectInvalid(request, with(state, 39, '\xFF'), kNow);  // arrival time
  ExpectInvalid(request, with(state, 40, 9), kNow);       // fraction of nine ninths
  ExpectInvalid(request, with(state, 44, 0), kNow);       // units it is in
}

TEST(ApplyCharges, ACounterThatIsThereTwiceIsRefused) {
  const std::string request = RequestFrame({{FixedWindow(9, 1000), 1}});
  std::string state = Apply(request, "", kNow).state;
  state += state.substr(8);
  state[4] = 2;
  ExpectInvalid(request, state, kNow);
}

TEST(ApplyCharges, AtMostSixteenCharges) {
  std::vector<std::pair<Rule, uint32_t>> charges(16, {FixedWindow(16, 1000), 1});
  EXPECT_TRUE(Apply(RequestFrame(charges), "", kNow).allowed());
  charges.push_back(charges[0]);
  ExpectInvalid(RequestFrame(charges), "", kNow);
}

TEST(DecodeRule, ReadsWhatEncodeRuleWrote) {
  std::vector<Rule> rules = OneOfEachKind();
  rules.push_back(Gcra(123, 456'789'012'345 % kMaxPeriodMs, 789, 0xFEDCBA9876543210));
  for (const Rule& rule : rules) {
    OutputBuffer out(64);
    EncodeRule(rule, out);
    ASSERT_EQ(out.size(), Rule::kEncodedBytes);
    const std::optional<Rule> decoded = DecodeRule(out.bytes());
    ASSERT_TRUE(decoded.has_value());
    EXPECT_EQ(decoded->algorithm, rule.algorithm);
    EXPECT_EQ(decoded->units, rule.units);
    EXPECT_EQ(decoded->burst, rule.burst);
    EXPECT_EQ(decoded->window, rule.window);
    EXPECT_EQ(decoded->period_ms, rule.period_ms);
    EXPECT_EQ(decoded->id, rule.id);
    EXPECT_FALSE(DecodeRule(out.bytes().first(31)).has_value());
  }
}

}  // namespace
}  // namespace sluice::limit
