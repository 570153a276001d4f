#include "sluice/abi/counters.h"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/casts.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/rule.h"

namespace sluice::abi {
namespace {

using limit::Algorithm;
using limit::Rule;

constexpr double kNow = 1.7e12;

Rule Window(uint64_t id, uint32_t units) {
  return {.algorithm = Algorithm::kFixedWindow, .units = units, .period_ms = 10'000, .id = id};
}

struct TestCharge {
  Rule rule;
  uint32_t cost;
  std::string_view subject;
};

std::string Frame(const std::vector<TestCharge>& charges) {
  OutputBuffer out(1 << 16);
  out.AppendWord(1);
  out.AppendWord(static_cast<uint32_t>(charges.size()));
  uint32_t offset = static_cast<uint32_t>(8 + 48 * charges.size());
  for (const TestCharge& charge : charges) {
    limit::EncodeRule(charge.rule, out);
    out.AppendWord(charge.cost);
    out.AppendWord(offset);
    out.AppendWord(static_cast<uint32_t>(charge.subject.size()));
    out.AppendWord(0);
    offset += static_cast<uint32_t>(charge.subject.size());
  }
  for (const TestCharge& charge : charges) out.Append(charge.subject);
  return std::string(out.text());
}

struct Reply {
  bool allowed;
  std::vector<std::pair<bool, uint32_t>> verdicts;  // allowed, remaining
  bool operator==(const Reply&) const = default;
};

class CountersTest : public testing::Test {
 protected:
  Reply Do(ChargeMode mode, const std::vector<TestCharge>& charges, double now = kNow) {
    OutputBuffer out(1 << 16);
    const absl::Status status =
        ChargeCounters(table_, static_cast<uint32_t>(mode), AsBytes(Frame(charges)), now, out);
    EXPECT_TRUE(status.ok()) << status;
    const uint8_t* words = out.bytes().data();
    EXPECT_EQ(out.size(), 16 + 24 * charges.size());
    Reply reply = {LoadWord(words + 8) == 1, {}};
    for (size_t i = 0; i < charges.size(); ++i) {
      reply.verdicts.emplace_back(LoadWord(words + 16 + 24 * i) == 1,
                                  LoadWord(words + 20 + 24 * i));
    }
    return reply;
  }
  ErrorCode Fail(std::string_view frame, uint32_t mode = 0, double now = kNow) {
    OutputBuffer out(1 << 16);
    const ErrorCode code = ErrorCodeOf(ChargeCounters(table_, mode, AsBytes(frame), now, out));
    EXPECT_EQ(out.size(), 0u);
    return code;
  }

  Counters table_{HashKey{1, 2}, 64};
};

TEST_F(CountersTest, ChargesPeeksRefundsAndResets) {
  const std::vector<TestCharge> two = {{Window(1, 5), 2, "a"}};
  const std::vector<TestCharge> one = {{Window(1, 5), 1, "a"}};
  EXPECT_EQ(Do(ChargeMode::kPeek, two), (Reply{true, {{true, 3}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, two), (Reply{true, {{true, 3}}})) << "peeking charged nothing";
  EXPECT_EQ(Do(ChargeMode::kCharge, two), (Reply{true, {{true, 1}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, two), (Reply{false, {{false, 1}}}));
  EXPECT_EQ(Do(ChargeMode::kRefund, two), (Reply{true, {{true, 2}}})) << "a peek of cost 1";
  EXPECT_EQ(Do(ChargeMode::kCharge, one), (Reply{true, {{true, 2}}}));
  EXPECT_EQ(Do(ChargeMode::kReset, one), (Reply{true, {{true, 4}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, one), (Reply{true, {{true, 4}}}));
}

TEST_F(CountersTest, SubjectsAndRulesHaveTheirOwnCounters) {
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 5, "a"}}), (Reply{true, {{true, 0}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 1, "b"}}), (Reply{true, {{true, 4}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(2, 5), 1, "a"}}), (Reply{true, {{true, 4}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 1, ""}}), (Reply{true, {{true, 4}}}));
}

TEST_F(CountersTest, AllAreChargedOrNone) {
  const std::vector<TestCharge> charges = {
      {Window(1, 5), 1, "a"}, {Window(2, 5), 6, "a"}, {Window(3, 5), 1, "b"}};
  EXPECT_EQ(Do(ChargeMode::kCharge, charges), (Reply{false, {{true, 4}, {false, 5}, {true, 4}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 5, "a"}, {Window(3, 5), 5, "b"}}),
            (Reply{true, {{true, 0}, {true, 0}}}))
      << "the denied request left nothing behind";
}

TEST_F(CountersTest, ADeniedChargeAdoptsARaisedRule) {
  const auto gcra = [](uint32_t units) {
    return Rule{
        .algorithm = Algorithm::kGcra, .units = units, .burst = 1, .period_ms = 60'000, .id = 1};
  };
  EXPECT_TRUE(Do(ChargeMode::kCharge, {{gcra(1), 1, "a"}}).allowed);
  // One unit drains in a second under the new rule, and the denial says so: retry after 1000 ms.
  EXPECT_FALSE(Do(ChargeMode::kCharge, {{gcra(60), 1, "a"}}).allowed);
  EXPECT_FALSE(Do(ChargeMode::kCharge, {{gcra(60), 1, "a"}}, kNow + 999).allowed);
  EXPECT_TRUE(Do(ChargeMode::kCharge, {{gcra(60), 1, "a"}}, kNow + 1000).allowed);
}

TEST_F(CountersTest, ChargesOfOneFrameSeeEachOther) {
  const std::vector<TestCharge> charges = {{Window(1, 5), 3, "a"}, {Window(1, 5), 3, "a"}};
  EXPECT_EQ(Do(ChargeMode::kCharge, charges), (Reply{false, {{true, 2}, {false, 2}}}));
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 3, "a"}, {Window(1, 5), 2, "a"}}),
            (Reply{true, {{true, 2}, {true, 0}}}));
}

TEST_F(CountersTest, AFullTableChangesNothing) {
  std::vector<std::string> subjects;
  for (int i = 0; i < 63; ++i) subjects.push_back("s" + std::to_string(i));
  for (const std::string& subject : subjects) {
    EXPECT_TRUE(Do(ChargeMode::kCharge, {{Window(1, 5), 1, subject}}).allowed);
  }
  EXPECT_EQ(Fail(Frame({{Window(1, 5), 1, "s0"}, {Window(1, 5), 1, "x"}, {Window(1, 5), 1, "y"}})),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(Do(ChargeMode::kPeek, {{Window(1, 5), 0, "s0"}}).verdicts[0].second, 4u);
  EXPECT_TRUE(Do(ChargeMode::kCharge, {{Window(1, 5), 5, "x"}}).allowed);
  EXPECT_EQ(Fail(Frame({{Window(1, 5), 1, "y"}})), ErrorCode::kBudgetExceeded);
  // Windows end; then there is room again.
  EXPECT_TRUE(Do(ChargeMode::kCharge, {{Window(1, 5), 1, "y"}}, kNow + 20'000).allowed);
}

TEST_F(CountersTest, OtherBytesAreNoFrame) {
  const std::string frame = Frame({{Window(1, 5), 1, "abc"}});
  EXPECT_EQ(Fail(""), ErrorCode::kInvalidArgument);
  for (size_t length = 0; length < frame.size(); ++length) {
    EXPECT_EQ(Fail(frame.substr(0, length)), ErrorCode::kInvalidArgument) << length;
  }
  EXPECT_EQ(Fail(Frame({})), ErrorCode::kInvalidArgument) << "no charge";
  EXPECT_EQ(Fail(Frame(std::vector<TestCharge>(17, {Window(1, 5), 1, "a"}))),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(Fail(frame, 4), ErrorCode::kInvalidArgument) << "no such mode";
  EXPECT_EQ(Fail(frame, 0, -1), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Fail(frame, 0, std::nan("")), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Fail(frame, 0, 1e300), ErrorCode::kInvalidArgument);
  for (const size_t word : {0u, 4u, 8u, 8u + 36u, 8u + 44u}) {
    std::string bad = frame;
    bad[word + 3] = '\x7f';
    EXPECT_EQ(Fail(bad), ErrorCode::kInvalidArgument) << word;
  }
}

class LimiterTest : public CountersTest {
 protected:
  void SetUp() override { ASSERT_TRUE(Use({Window(1, 5), Window(2, 3)}).ok()); }

  absl::Status Use(const std::vector<Rule>& rules) {
    OutputBuffer out(1 << 12);
    for (const Rule& rule : rules) limit::EncodeRule(rule, out);
    return SetRules(out.bytes(), table_);
  }
  limit::Verdict One(uint32_t rule, std::string_view subject, uint32_t cost = 1,
                     double now = kNow) {
    limit::Verdict verdict;
    const absl::Status status = ChargeCounter(table_, rule, subject, cost, now, verdict);
    EXPECT_TRUE(status.ok()) << status;
    return verdict;
  }
  std::string Drain(Counters& counters) {
    OutputBuffer out(1 << 20);
    EXPECT_TRUE(DrainChanges(counters, out).ok());
    return std::string(out.text());
  }
  static size_t Count(std::string_view drained) { return (drained.size() - 16) / 24; }
};

TEST_F(LimiterTest, ChargesOneByTheNumberOfItsRule) {
  EXPECT_EQ(One(0, "a", 2).remaining, 3u);
  EXPECT_EQ(One(1, "a").remaining, 2u);
  EXPECT_EQ(Do(ChargeMode::kCharge, {{Window(1, 5), 1, "a"}}), (Reply{true, {{true, 2}}}))
      << "the same counter as with frames";
  EXPECT_TRUE(One(0, "a", 2).allowed);
  const limit::Verdict denied = One(0, "a", 1, kNow + 1);
  EXPECT_FALSE(denied.allowed);
  EXPECT_EQ(denied.retry_after_ms, 9999);
  EXPECT_EQ(One(0, "a", 6).retry_after_ms, -1);
  limit::Verdict verdict;
  EXPECT_EQ(ErrorCodeOf(ChargeCounter(table_, 2, "a", 1, kNow, verdict)),
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(ChargeCounter(table_, 0, "a", 1, -1, verdict)),
            ErrorCode::kInvalidArgument);
}

TEST_F(LimiterTest, NewAmountsGoOnWithTheCounters) {
  EXPECT_EQ(One(0, "a", 4).remaining, 1u);
  ASSERT_TRUE(Use({Window(1, 9)}).ok());
  EXPECT_EQ(One(0, "a").remaining, 4u);
  Rule log = Window(1, 5);
  log.algorithm = Algorithm::kSlidingLog;
  EXPECT_EQ(ErrorCodeOf(Use({Window(1, 7), log})), ErrorCode::kInvalidArgument);
  EXPECT_EQ(One(0, "a").remaining, 3u) << "nothing was changed";
  EXPECT_EQ(ErrorCodeOf(SetRules(AsBytes("short"), table_)), ErrorCode::kInvalidArgument);
}

TEST_F(LimiterTest, ABlockDeniesUntilItsTime) {
  EXPECT_TRUE(One(0, "a").allowed);
  ASSERT_TRUE(BlockCounter(table_, 0, "a", kNow + 500).ok());
  const limit::Verdict blocked = One(0, "a");
  EXPECT_FALSE(blocked.allowed);
  EXPECT_EQ(blocked.remaining, 4u);
  EXPECT_EQ(blocked.retry_after_ms, 500);
  EXPECT_EQ(One(0, "a", 6).retry_after_ms, -1) << "never";
  EXPECT_EQ(One(0, "a", 5).retry_after_ms, 10'000) << "not at the end of the block";
  EXPECT_TRUE(One(0, "b").allowed);
  EXPECT_TRUE(One(1, "a").allowed);
  EXPECT_FALSE(Do(ChargeMode::kCharge, {{Window(1, 5), 1, "a"}, {Window(2, 3), 1, "c"}}).allowed);
  EXPECT_EQ(One(1, "c").remaining, 2u) << "all or none";
  Do(ChargeMode::kReset, {{Window(1, 5), 1, "a"}});
  EXPECT_FALSE(One(0, "a", 1, kNow + 499).allowed) << "a reset leaves it";
  EXPECT_EQ(One(0, "a", 1, kNow + 500).remaining, 4u);

  ASSERT_TRUE(BlockCounter(table_, 0, "a", kNow + 900).ok());
  EXPECT_FALSE(One(0, "a", 1, kNow + 600).allowed);
  ASSERT_TRUE(BlockCounter(table_, 0, "a", 0).ok());
  EXPECT_TRUE(One(0, "a", 1, kNow + 600).allowed);
  EXPECT_EQ(ErrorCodeOf(BlockCounter(table_, 0, "a", std::nan(""))), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ErrorCodeOf(BlockCounter(table_, 7, "a", kNow)), ErrorCode::kInvalidArgument);
}

TEST_F(LimiterTest, DrainsWhatChangedAndLoadsIt) {
  One(0, "a", 2);
  One(1, "a", 3);
  EXPECT_FALSE(One(1, "a").allowed);
  ASSERT_TRUE(BlockCounter(table_, 0, "b", kNow + 500).ok());
  const std::string all = Drain(table_);
  EXPECT_EQ(Count(all), 3u);
  EXPECT_EQ(Count(Drain(table_)), 0u);
  One(0, "a");
  EXPECT_FALSE(One(1, "a").allowed);
  Do(ChargeMode::kPeek, {{Window(1, 5), 1, "d"}});
  const std::string later = Drain(table_);
  EXPECT_EQ(Count(later), 1u) << "neither denials nor peeks change anything";
  Do(ChargeMode::kReset, {{Window(2, 3), 1, "a"}});
  const std::string reset = Drain(table_);
  EXPECT_EQ(Count(reset), 1u);

  Counters other(HashKey{1, 2}, 64);
  other.rules = table_.rules;
  for (const std::string* changes : {&all, &later, &reset}) {
    ASSERT_TRUE(LoadChanges(AsBytes(*changes), kNow, other).ok());
  }
  EXPECT_EQ(Count(Drain(other)), 0u) << "what was loaded is no change";
  limit::Verdict verdict;
  ASSERT_TRUE(ChargeCounter(other, 0, "a", 1, kNow, verdict).ok());
  EXPECT_EQ(verdict.remaining, 1u);
  ASSERT_TRUE(ChargeCounter(other, 1, "a", 1, kNow, verdict).ok());
  EXPECT_EQ(verdict.remaining, 2u);
  ASSERT_TRUE(ChargeCounter(other, 0, "b", 1, kNow, verdict).ok());
  EXPECT_FALSE(verdict.allowed);
}

TEST_F(LimiterTest, LoadsOnlyWhatWasDrainedUnderItsSeed) {
  One(0, "a", 5);
  const std::string drained = Drain(table_);
  Counters other(HashKey{3, 4}, 64);
  const absl::Status status = LoadChanges(AsBytes(drained), kNow, other);
  EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument);
  EXPECT_NE(status.message().find("another seed"), std::string_view::npos);
  for (size_t size = 0; size < drained.size(); ++size) {
    EXPECT_FALSE(LoadChanges(AsBytes(drained.substr(0, size)), kNow, table_).ok()) << size;
  }
  std::string damaged = drained;
  damaged[16 + 15] = '\x7F';  // a time that no algorithm writes
  EXPECT_FALSE(LoadChanges(AsBytes(damaged), kNow, table_).ok());
  EXPECT_FALSE(One(0, "a").allowed);
}

TEST_F(LimiterTest, DrainsManyInParts) {
  Counters many(HashKey{1, 2}, 5000);
  many.rules = table_.rules;
  limit::Verdict verdict;
  for (int i = 0; i < 3000; ++i) {
    ASSERT_TRUE(ChargeCounter(many, 0, std::to_string(i), 1, kNow, verdict).ok());
  }
  // Room for some.
  OutputBuffer out(30'000);
  Counters copy(HashKey{1, 2}, 5000);
  size_t count = 0;
  for (size_t taken = 1; taken > 0; count += taken) {
    out.Clear();
    ASSERT_TRUE(DrainChanges(many, out).ok());
    ASSERT_TRUE(LoadChanges(out.bytes(), kNow, copy).ok());
    taken = Count(out.text());
  }
  EXPECT_EQ(count, 3000u);
  EXPECT_EQ(copy.table.size(), 3000u);
  OutputBuffer none(100);
  EXPECT_EQ(ErrorCodeOf(DrainChanges(many, none)), ErrorCode::kBudgetExceeded);
}

}  // namespace
}  // namespace sluice::abi
