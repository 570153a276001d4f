#include "sluice/abi/ledger.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/base/casts.h"
#include "gtest/gtest.h"
#include "sluice/abi/sluice.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/ledger.h"

namespace sluice::abi {
namespace {

constexpr double kNow = 1'763'000'000'000;
constexpr limit::Rule kRule = {
    .algorithm = limit::Algorithm::kGcra, .units = 100, .burst = 20, .period_ms = 60'000, .id = 7};
constexpr limit::LeaseTerms kTerms = {.max_ms = 10'000, .max_units = 100, .deny_cache_ms = 2000};

struct Verdict {
  uint32_t flags = 1;
  uint32_t remaining = 40;
  double reset_ms = 5000;
  double retry_after_ms = -1;
  uint32_t leased = 0;
  double wait_ms = 0;
  double lease_ms = 0;
};

void AppendDouble(double value, OutputBuffer& out) {
  const auto bits = absl::bit_cast<uint64_t>(value);
  out.AppendWord(static_cast<uint32_t>(bits));
  out.AppendWord(static_cast<uint32_t>(bits >> 32));
}

class LedgerFramesTest : public ::testing::Test {
 protected:
  // A charge of the subject as the ledger writes it, with the verdict behind.
  std::string Frame(std::string_view subject, const Verdict& verdict) {
    OutputBuffer operations(1000);
    id_ = ledger_.WriteCharge({kRule, subject, 1, kTerms}, kNow, operations).id;
    OutputBuffer frame(1000);
    frame.Append(operations.text().substr(operations.size() - 64));
    frame.AppendWord(verdict.flags);
    frame.AppendWord(verdict.remaining);
    AppendDouble(verdict.reset_ms, frame);
    AppendDouble(verdict.retry_after_ms, frame);
    frame.AppendWord(verdict.leased);
    frame.AppendWord(0);
    AppendDouble(verdict.wait_ms, frame);
    AppendDouble(verdict.lease_ms, frame);
    frame.Append(subject);
    return std::string(frame.text());
  }
  ErrorCode Install(std::string_view frame, double deny_cache_ms = 2000) {
    out_.Clear();
    return ErrorCodeOf(InstallVerdict(ledger_, AsBytes(frame), {kNow, kNow, deny_cache_ms}, out_));
  }
  uint32_t Word(uint32_t number) const { return LoadWord(out_.bytes().data() + 4 * number); }
  double Double(uint32_t number) const {
    return absl::bit_cast<double>(LoadLong(out_.bytes().data() + 4 * number));
  }
  limit::Answer Spend(std::string_view subject) {
    return ledger_.Spend({kRule, subject, 1, kTerms}, kNow);
  }

  limit::Ledger ledger_{{1, 2}, 64};
  OutputBuffer out_{1000};
  uint64_t id_ = 0;
};

TEST_F(LedgerFramesTest, InstallsALease) {
  ASSERT_EQ(Install(Frame("a", {.leased = 3, .lease_ms = 1000})), ErrorCode::kOk);
  EXPECT_EQ(out_.size(), 4 * SLUICE_INSTALLED_WORDS);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_ALLOWED), 1u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_FLAGS), 0u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_REMAINING), 43u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_LEASED), 1u);
  EXPECT_EQ(Double(SLUICE_INSTALLED_WORD_RESET_MS), 5000);
  EXPECT_TRUE(std::isnan(Double(SLUICE_INSTALLED_WORD_RETRY_MS)));
  EXPECT_EQ(Spend("a").lease, id_);
}

TEST_F(LedgerFramesTest, InstallsADenial) {
  ASSERT_EQ(Install(Frame("a", {.flags = 4, .retry_after_ms = 700})), ErrorCode::kOk);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_ALLOWED), 0u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_FLAGS), uint32_t{SLUICE_CHARGE_FLAG_BLOCKED});
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_LEASED), 0u);
  EXPECT_EQ(Double(SLUICE_INSTALLED_WORD_RETRY_MS), 700);
  EXPECT_EQ(Spend("a").source, limit::Source::kDenyCache);
  for (const double none : {0.0, -1.0, std::nan("")}) {
    ASSERT_EQ(Install(Frame("b", {.flags = 0, .retry_after_ms = 700}), none), ErrorCode::kOk);
    EXPECT_EQ(Spend("b").source, limit::Source::kAsk);
  }
}

TEST_F(LedgerFramesTest, SaysWhichLeaseHasPaidForADeniedCharge) {
  const std::string denied = Frame("a", {.flags = 0, .retry_after_ms = 700});
  ASSERT_EQ(Install(Frame("a", {.leased = 3, .lease_ms = 1000})), ErrorCode::kOk);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_SPENT), 0u);
  ASSERT_EQ(Install(denied), ErrorCode::kOk);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_ALLOWED), 1u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_LEASED), 0u);
  EXPECT_EQ(LoadLong(out_.bytes().data() + 4 * SLUICE_INSTALLED_WORD_SPENT), id_);
}

TEST_F(LedgerFramesTest, AnswersWithWhatHasToGoBack) {
  ASSERT_EQ(Install(Frame("a", {.leased = 3})), ErrorCode::kOk);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORD_LEASED), 0u);
  ASSERT_EQ(out_.size(), 4 * SLUICE_INSTALLED_WORDS + 64);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORDS), 5u);
  EXPECT_EQ(Word(SLUICE_INSTALLED_WORDS + 1), 3u);
}

TEST_F(LedgerFramesTest, RefusesWhatIsNoChargeWithItsVerdict) {
  const std::string frame = Frame("", {.leased = 3, .lease_ms = 1000});
  ASSERT_EQ(frame.size(), 112u);
  for (size_t size = 0; size < frame.size(); ++size) {
    EXPECT_EQ(Install(frame.substr(0, size)), ErrorCode::kInvalidArgument) << size;
  }
  std::string other = frame;
  other[0] = 2;
  EXPECT_EQ(Install(other), ErrorCode::kInvalidArgument);
  std::string no_rule = frame;
  no_rule[32] = 99;
  EXPECT_EQ(Install(no_rule), ErrorCode::kInvalidArgument);
  EXPECT_EQ(Spend("").source, limit::Source::kAsk);
}

// Whatever an object claims, nothing is spent outside of a lease that can be measured.
TEST_F(LedgerFramesTest, BearsAnyNumbers) {
  const double numbers[] = {std::nan(""),
                            std::numeric_limits<double>::infinity(),
                            -std::numeric_limits<double>::infinity(),
                            -1,
                            0,
                            1e300,
                            limit::kMaxTimeMs};
  for (const double reset : numbers) {
    for (const double wait : numbers) {
      for (const double lease : numbers) {
        for (const uint32_t flags : {0u, 1u, 0xFFFFFFFFu}) {
          const Verdict verdict = {.flags = flags,
                                   .remaining = UINT32_MAX,
                                   .reset_ms = reset,
                                   .retry_after_ms = reset,
                                   .leased = UINT32_MAX,
                                   .wait_ms = wait,
                                   .lease_ms = lease};
          ASSERT_EQ(Install(Frame("a", verdict)), ErrorCode::kOk);
          EXPECT_GE(Double(SLUICE_INSTALLED_WORD_RESET_MS), 0);
          const limit::Answer answer = Spend("a");
          EXPECT_TRUE(answer.reset_ms >= 0);
        }
      }
    }
  }
}

TEST_F(LedgerFramesTest, WritesReturnsThatAreDue) {
  ASSERT_EQ(Install(Frame("a", {.flags = 3, .leased = 9, .lease_ms = 1000})), ErrorCode::kOk);
  out_.Clear();
  WriteDueReturns(ledger_, kNow, out_);
  EXPECT_EQ(out_.size(), 0u);
  WriteDueReturns(ledger_, kNow + 800, out_);
  ASSERT_EQ(out_.size(), 4 * SLUICE_LEASE_RETURN_WORDS);
  EXPECT_EQ(LoadLong(out_.bytes().data()), id_);
  EXPECT_EQ(Word(SLUICE_LEASE_RETURN_WORD_UNITS), 9u);
}

TEST(IsTime, IsWhatADateHolds) {
  EXPECT_TRUE(IsTime(0));
  EXPECT_TRUE(IsTime(8.64e15));
  EXPECT_FALSE(IsTime(-1));
  EXPECT_FALSE(IsTime(8.64e15 + 2));
  EXPECT_FALSE(IsTime(std::nan("")));
}

}  // namespace
}  // namespace sluice::abi
