// An isolate and its object together: what one that is alone gets of a burst.
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "ledger_fixture.h"
#include "object.h"
#include "rules.h"
#include "sluice/limit/ledger.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

constexpr double kGapMs = 5;

class AloneTest : public LedgerTest {
 protected:
  // One request, answered before the next comes.
  Answer Request(const Rule& rule, double now) {
    const SubjectCharge charge = {rule, "a", 1, kTerms};
    const Answer answer = ledger_.Spend(charge, now);
    if (answer.source != Source::kAsk) return answer;
    ++calls_;
    operations_.Clear();
    const WrittenCharge written = ledger_.WriteCharge(charge, now, operations_);
    const std::vector<Operation> operations = Operations(operations_);
    const StepResult result = object_.DoAll(operations, now);
    EXPECT_TRUE(result.status.ok());
    returns_.Clear();
    const Answer told =
        ledger_.Install(charge, written, result.verdict(operations.size() - 1), now, now, returns_);
    EXPECT_EQ(returns_.size(), 0u);
    return told;
  }

  Object object_;
  uint32_t calls_ = 0;
};

TEST_F(AloneTest, GetsAWholeBurstBeforeItIsDenied) {
  for (const uint32_t burst : {8u, 20u, 40u, 100u}) {
    SCOPED_TRACE(burst);
    object_ = Object();
    calls_ = 0;
    // A rule of its own for each, so that the ledger has a new subject.
    Rule rule = Gcra(120, 60'000, burst);
    rule.id = burst;
    double now = kNow;
    uint32_t admitted = 0;
    while (admitted < 1000 && Request(rule, now).allowed) {
      ++admitted;
      now += kGapMs;
    }
    EXPECT_GE(admitted, burst);
    EXPECT_LE(admitted, burst + static_cast<uint32_t>((now - kNow) * 120 / 60'000));
    EXPECT_LE(calls_, burst / 4 + 6);
  }
}

}  // namespace
}  // namespace sluice::limit
