// Frames: what is no frame is refused whole, whatever part of it is wrong.
#include "sluice/limit/object_frames.h"

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"
#include "object.h"
#include "rules.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/frames.h"

namespace sluice::limit {
namespace {

constexpr double kNow = 1'763'000'000'000;
constexpr size_t kStateHeader = 48;
constexpr size_t kStateCounter = 144;

std::vector<Rule> OneOfEach() {
  return {FixedWindow(9, 60'000, 7),
          FirstUse(9, 60'000, 7),
          Weekly(9, 7),
          Monthly(9, 7),
          SlidingWindow(9, 60'000, 7),
          Gcra(9, 60'000, 9, 7),
          TokenBucket(9, 60'000, 9, 7),
          SlidingLog(9, 60'000, 7),
          Concurrency(9, 60'000, 7)};
}

std::string With(std::string frame, size_t offset, uint8_t value) {
  frame[offset] = static_cast<char>(value);
  return frame;
}

void ExpectInvalid(std::string_view request, std::string_view state, double now_ms = kNow) {
  const StepResult result = RunStep(request, state, now_ms);
  EXPECT_EQ(ErrorCodeOf(result.status), ErrorCode::kInvalidArgument);
  EXPECT_TRUE(result.reply.empty());
  EXPECT_TRUE(result.state.empty());
}

// A state with a counter of this kind and two leases or slots of it.
std::string StateOf(const Rule& rule) {
  const StepResult result = RunStep(
      RequestFrame({LeaseOf(rule, 1, 11, 1, 5000), LeaseOf(rule, 1, 12, 1, 6000)}), "", kNow);
  EXPECT_TRUE(result.allowed());
  return result.state;
}

TEST(ObjectFrames, OperationsAndVerdictsAreReadAsTheyWereWritten) {
  const Operation operation{.kind = OperationKind::kRenew,
                            .cost = 5,
                            .id = 0x123456789ABCDEF0,
                            .want = 7,
                            .shadow = true,
                            .settles = true,
                            .max_wait_ms = Operation::kMaxWaitMs,
                            .duration_ms = 1.5,
                            .rule = Gcra(9, 1000, 8, 77)};
  OutputBuffer out(1000);
  EncodeOperation(operation, out);
  ASSERT_EQ(out.size(), Operation::kEncodedBytes);
  const Operation read = DecodeOperation(out.bytes()).value_or(Operation{});
  EXPECT_EQ(read.kind, operation.kind);
  EXPECT_EQ(read.cost, operation.cost);
  EXPECT_EQ(read.id, operation.id);
  EXPECT_EQ(read.want, operation.want);
  EXPECT_TRUE(read.shadow && read.settles);
  EXPECT_EQ(read.max_wait_ms, operation.max_wait_ms);
  EXPECT_EQ(read.duration_ms, operation.duration_ms);
  EXPECT_EQ(read.rule.burst, operation.rule.burst);

  const OperationVerdict verdict{.allowed = true,
                                 .blocked = true,
                                 .remaining = 3,
                                 .reset_ms = 4,
                                 .retry_after_ms = 5,
                                 .leased = 6,
                                 .lease_wait_ms = 7,
                                 .lease_ms = 8};
  out.Clear();
  EncodeReplyHeader(true, 1, out);
  EncodeOperationVerdict(verdict, out);
  EXPECT_TRUE(AllAdmitted(out.bytes()));
  const OperationVerdict told = DecodeOperationVerdict(out.bytes(), 0).value_or(OperationVerdict{});
  EXPECT_TRUE(told.allowed && told.blocked && !told.scarce && !told.seen);
  EXPECT_EQ(told.remaining, 3u);
  EXPECT_EQ(told.reset_ms, 4);
  EXPECT_EQ(told.retry_after_ms, 5);
  EXPECT_EQ(told.leased, 6u);
  EXPECT_EQ(told.lease_wait_ms, 7);
  EXPECT_EQ(told.lease_ms, 8);
  EXPECT_FALSE(DecodeOperationVerdict(out.bytes(), 1).has_value());
  EXPECT_FALSE(DecodeOperationVerdict(out.bytes().first(63), 0).has_value());
}

TEST(ObjectFrames, EveryTruncationAndEveryExtensionIsRefused) {
  const std::string request =
      RequestFrame({ChargeOf(FixedWindow(9, 1000)), ChargeOf(Gcra(9, 1000, 9))});
  const std::string state = StateOf(SlidingLog(9, 60'000));
  for (size_t size = 0; size < request.size(); ++size)
    ExpectInvalid(request.substr(0, size), state);
  for (size_t size = 1; size < state.size(); ++size) ExpectInvalid(request, state.substr(0, size));
  ExpectInvalid(request + '\0', state);
  ExpectInvalid(request, state + '\0');
}

TEST(ObjectFrames, FieldsOfARequestOutOfBoundsAreRefused) {
  const std::string request = RequestFrame({ChargeOf(Gcra(9, 1000, 9))});
  ASSERT_TRUE(RunStep(request, "", kNow).status.ok());
  const struct {
    size_t offset;
    uint8_t value;
  } cases[] = {{0, 1},     {4, 0},  {4, 2},  {16, 3}, {20, 1}, {24, 0}, {24, 10}, {44, 8},
               {55, 0xFF}, {56, 9}, {56, 1}, {60, 0}, {64, 0}, {68, 1}, {79, 1}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.offset);
    ExpectInvalid(With(request, c.offset, c.value), "");
  }
  EXPECT_TRUE(
      RunStep(RequestFrame(std::vector<Operation>(32, ChargeOf(FixedWindow(99, 1000)))), "", kNow)
          .allowed());
  ExpectInvalid(RequestFrame(std::vector<Operation>(33, ChargeOf(FixedWindow(99, 1000)))), "");
}

TEST(ObjectFrames, StatesThatNothingWritesAreRefused) {
  const std::string request = RequestFrame({ChargeOf(FixedWindow(9, 1000, 1))});
  for (const Rule& rule : OneOfEach()) {
    SCOPED_TRACE(AlgorithmName(rule.algorithm));
    const std::string state = StateOf(rule);
    ASSERT_TRUE(RunStep(request, state, kNow).status.ok());
    constexpr size_t kRecord = kStateHeader + kStateCounter;
    const struct {
      size_t offset;
      uint8_t value;
    } cases[] = {
        {0, 1},                      // version
        {4, 65},                     // counters
        {11, 1},                     // records
        {12, 1},                     // reserved
        {31, 1},                     // latest time
        {39, 1},                     // horizon
        {kStateHeader, 7},           // algorithm
        {kStateHeader + 4, 0},       // units
        {kStateHeader + 12, 4},      // window
        {kStateHeader + 39, 0xFF},   // a
        {kStateHeader + 47, 0xFF},   // b
        {kStateHeader + 63, 1},      // blocked until
        {kStateHeader + 71, 1},      // scarce since
        {kStateHeader + 135, 0xFF},  // allowance left
        {kStateHeader + 141, 0xFF},  // entries of the log
        {kRecord + 15, 1},           // deadline
        {kRecord + 39, 0xFF},        // pace
        {kRecord + 40, 1},           // reserved
        {kRecord + 44, 1},           // counter
        {kRecord + 46, 6},           // kind
        {kRecord + 47, 2},           // flags
    };
    for (const auto& c : cases) {
      SCOPED_TRACE(c.offset);
      ExpectInvalid(request, With(state, c.offset, c.value));
    }
    // One that was cancelled, and is to be settled all the same.
    std::string cancelled = state;
    cancelled.replace(kRecord + 40, 7, std::string("\0\0\0\0\xFF\xFF\5", 7));
    cancelled[kRecord + 47] = 1;
    ExpectInvalid(request, cancelled);
    // One twice, or those of different deadlines in another order.
    std::string swapped = state;
    for (size_t i = 0; i < 48; ++i) std::swap(swapped[kRecord + i], swapped[kRecord + 48 + i]);
    if (rule.algorithm != Algorithm::kConcurrency) ExpectInvalid(request, swapped);
    std::string twice = state;
    twice.replace(kRecord, 8, state, kRecord + 48, 8);
    ExpectInvalid(request, twice);
  }
}

TEST(ObjectFrames, ATimeThatIsNoneIsRefused) {
  const std::string request = RequestFrame({ChargeOf(FixedWindow(1, 1000))});
  ExpectInvalid(request, "", std::numeric_limits<double>::quiet_NaN());
  ExpectInvalid(request, "", std::numeric_limits<double>::infinity());
  ExpectInvalid(request, "", -1);
  ExpectInvalid(request, "", 8.65e15);
  EXPECT_TRUE(RunStep(request, "", 0).status.ok());
  EXPECT_TRUE(RunStep(request, "", kMaxTimeMs).status.ok());
}

TEST(ObjectFrames, MoreCountersThanAStateHoldsAreRefused) {
  Object object;
  for (uint32_t i = 0; i < 64; ++i) {
    ASSERT_TRUE(object.Do(ChargeOf(FixedWindow(1, 60'000, 100 + i)), kNow).allowed);
  }
  const StepResult refused = object.DoAll({ChargeOf(FixedWindow(1, 60'000, 99))}, kNow);
  EXPECT_EQ(ErrorCodeOf(refused.status), ErrorCode::kBudgetExceeded);
  EXPECT_TRUE(refused.reply.empty());
  EXPECT_TRUE(refused.state.empty());
  EXPECT_TRUE(object.Do(ChargeOf(FixedWindow(1, 60'000, 99)), kNow + 60'000).allowed);
}

TEST(ObjectFrames, ABufferThatIsTooSmallGetsNothing) {
  const std::string request = RequestFrame({ChargeOf(FixedWindow(1, 1000))});
  StepEffects effects;
  OutputBuffer small(63);
  OutputBuffer state(4096);
  EXPECT_EQ(ErrorCodeOf(Step(AsBytes(request), {}, false, kNow, small, state, effects)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(small.size() + state.size(), 0u);
  OutputBuffer reply(4096);
  OutputBuffer small_state(100);
  EXPECT_EQ(ErrorCodeOf(Step(AsBytes(request), {}, false, kNow, reply, small_state, effects)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(reply.size() + small_state.size(), 0u);
}

TEST(DecodeRule, ReadsWhatEncodeRuleWrote) {
  std::vector<Rule> rules = OneOfEach();
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
