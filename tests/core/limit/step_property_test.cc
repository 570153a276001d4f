// Random isolates against one object: they charge, spend leases with clocks that drift, return what
// is left, cancel, settle and repeat, replies get lost, the object dies and lives again. Whatever
// was admitted anywhere, in real time, stays within the algorithm's bound.
#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "held_lease.h"
#include "object.h"
#include "rules.h"

namespace sluice::limit {
namespace {

constexpr uint64_t kStart = 1'763'000'000'000;

struct Admitted {
  uint64_t time;
  uint32_t units;
};

// All units that anybody was admitted, by real time.
class Log {
 public:
  explicit Log(const Rule& rule) : rule_(rule) {}

  size_t Add(uint64_t time, uint32_t units) {
    admitted_.push_back({time, units});
    return admitted_.size() - 1;
  }
  void SetUnits(size_t at, uint32_t units) { admitted_[at].units = units; }
  uint64_t total() const {
    uint64_t total = 0;
    for (const Admitted& a : admitted_) total += a.units;
    return total;
  }

  // Whether the bound holds up to the last admission.
  bool Holds() const {
    switch (rule_.algorithm) {
      case Algorithm::kFixedWindow:
        return SpentIn(Window()) <= rule_.units;
      case Algorithm::kSlidingWindow:
        return SlidingHolds();
      case Algorithm::kSlidingLog:
        return Since(admitted_.back().time - rule_.period_ms + 1) <= rule_.units;
      default:
        return GcraHolds();
    }
  }

 private:
  uint64_t Window() const { return admitted_.back().time / rule_.period_ms; }

  uint64_t SpentIn(uint64_t window) const {
    uint64_t units = 0;
    for (const Admitted& a : admitted_) {
      if (a.time / rule_.period_ms == window) units += a.units;
    }
    return units;
  }
  uint64_t Since(uint64_t time) const {
    uint64_t units = 0;
    for (const Admitted& a : admitted_) {
      if (a.time >= time) units += a.units;
    }
    return units;
  }
  bool SlidingHolds() const {
    const uint64_t passed = admitted_.back().time % rule_.period_ms;
    return SpentIn(Window()) * rule_.period_ms +
               SpentIn(Window() - 1) * (rule_.period_ms - passed) <=
           uint64_t{rule_.units} * rule_.period_ms;
  }
  bool GcraHolds() const {
    const uint64_t last = admitted_.back().time;
    uint64_t units = 0;
    for (size_t i = admitted_.size(); i-- > 0;) {
      units += admitted_[i].units;
      const uint64_t bound =
          rule_.burst * rule_.period_ms + rule_.units * (last - admitted_[i].time);
      if (units * rule_.period_ms > bound) return false;
    }
    return true;
  }

  const Rule rule_;
  std::vector<Admitted> admitted_;
};

struct ChargeRecord {
  uint64_t id;
  uint32_t cost;
  size_t logged;
  bool settles;
};

class World {
 public:
  World(const Rule& rule, Durability durability, uint64_t seed)
      : rule_(rule), object_(durability), log_(rule), random_(seed) {}

  void Run(int steps) {
    for (int i = 0; i < steps && !failed_; ++i) {
      now_ += Advance();
      DropLeases();
      switch (Below(12)) {
        case 0:
        case 1:
        case 2:
        case 3:
          Ask();
          break;
        case 4:
          Return();
          break;
        case 5:
          Finish();
          break;
        case 6:
          if (may_die_ && Below(8) == 0) object_.Restart();
          break;
        default:
          Spend();
      }
    }
  }

  void SetMayDie() { may_die_ = true; }
  bool failed() const { return failed_; }
  uint64_t total() const { return log_.total(); }
  uint64_t leased() const { return spent_of_leases_; }
  uint32_t writes() const { return object_.writes(); }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  size_t IndexBelow(size_t size) { return static_cast<size_t>(Below(size)); }

  uint64_t Advance() {
    switch (Below(6)) {
      case 0:
        return Below(rule_.period_ms + 1);
      case 1:
        return rule_.period_ms / rule_.units + Below(2);
      case 2:
        return Below(rule_.period_ms / 8 + 2);
      default:
        return Below(3);
    }
  }

  void Admit(uint64_t time, uint32_t units, size_t* logged = nullptr) {
    const size_t at = log_.Add(time, units);
    if (logged != nullptr) *logged = at;
    if (!log_.Holds()) failed_ = true;
  }

  void Ask() {
    const uint64_t isolate = Below(3) + 1;
    const uint64_t id = isolate << 32 | ++last_id_;
    const auto cost = static_cast<uint32_t>(Below(3) == 0 ? Below(rule_.quota()) + 1 : 1);
    Operation charge = LeaseOf(rule_, cost, id, static_cast<uint32_t>(Below(2 * rule_.quota())),
                               static_cast<double>(Below(rule_.period_ms) + 1),
                               static_cast<uint32_t>(Below(rule_.period_ms)));
    const bool settles = Below(6) == 0;
    charge.settles = settles;
    charge.paces = Below(4) != 0;
    const uint64_t sent = now_;
    now_ += Below(4);
    DropLeases();
    OperationVerdict verdict = object_.Do(charge, static_cast<double>(now_));
    uint64_t charged = now_;
    if (Below(8) == 0) {
      // The answer got lost; asked again, it is the same, or the charge is cancelled.
      now_ += Below(20);
      if (Below(2) == 0) {
        object_.Do(OperationOf(OperationKind::kCancel, rule_, 0, id), static_cast<double>(now_));
        return;
      }
      if (may_die_ && Below(4) == 0) object_.Restart();
      verdict = object_.Do(charge, static_cast<double>(now_));
      if (!verdict.seen) charged = now_;
    }
    // What the object admits counts when it does, not when the isolate hears of it.
    ChargeRecord record{id, cost, 0, settles};
    if (verdict.allowed) Admit(charged, cost, &record.logged);
    now_ += Below(4);
    if (verdict.leased > 0) {
      leases_.push_back(Hold(id, verdict, sent, now_));
    }
    if (!verdict.allowed) return;
    charges_.push_back(record);
  }

  void Spend() {
    if (leases_.empty()) return;
    HeldLease& lease = leases_[IndexBelow(leases_.size())];
    const uint32_t there = lease.There(now_);
    if (there == 0) return;
    const auto units = static_cast<uint32_t>(Below(there) + 1);
    lease.units -= units;
    spent_of_leases_ += units;
    Admit(now_, units);
  }

  void DropLeases() {
    leases_.erase(std::remove_if(leases_.begin(), leases_.end(),
                                 [this](const HeldLease& lease) { return lease.until <= now_; }),
                  leases_.end());
  }

  void Return() {
    if (leases_.empty()) return;
    const size_t at = IndexBelow(leases_.size());
    const HeldLease lease = leases_[at];
    leases_.erase(leases_.begin() + static_cast<std::ptrdiff_t>(at));
    now_ += Below(10);
    const Operation back = OperationOf(OperationKind::kReturn, rule_, lease.units, lease.id);
    object_.Do(back, static_cast<double>(now_));
    if (Below(3) == 0) object_.Do(back, static_cast<double>(now_));
  }

  // A charge costs less in the end, or didn't happen.
  void Finish() {
    if (charges_.empty()) return;
    const size_t at = IndexBelow(charges_.size());
    const ChargeRecord charge = charges_[at];
    charges_.erase(charges_.begin() + static_cast<std::ptrdiff_t>(at));
    if (!charge.settles) return;
    const auto cost = static_cast<uint32_t>(Below(charge.cost + 1));
    log_.SetUnits(charge.logged, cost);
    const Operation settle = OperationOf(OperationKind::kSettle, rule_, cost, charge.id);
    object_.Do(settle, static_cast<double>(now_));
    if (Below(3) == 0) object_.Do(settle, static_cast<double>(now_));
  }

  const Rule rule_;
  Object object_;
  Log log_;
  std::mt19937_64 random_;
  uint64_t now_ = kStart;
  uint64_t last_id_ = 0;
  std::vector<HeldLease> leases_;
  std::vector<ChargeRecord> charges_;
  uint64_t spent_of_leases_ = 0;
  bool may_die_ = false;
  bool failed_ = false;
};

Rule RandomRule(Algorithm algorithm, std::mt19937_64& random) {
  const auto units = static_cast<uint32_t>(random() % 60 + 1);
  const uint64_t period_ms = random() % 3000 + 100;
  switch (algorithm) {
    case Algorithm::kFixedWindow:
      return FixedWindow(units, period_ms);
    case Algorithm::kSlidingWindow:
      return SlidingWindow(units, period_ms);
    case Algorithm::kSlidingLog:
      return SlidingLog(random() % 4 == 0 ? units + 1500 : units, period_ms);
    default:
      return Gcra(units, period_ms, static_cast<uint32_t>(random() % 60 + 1));
  }
}

class StepProperty : public testing::TestWithParam<Algorithm> {};

TEST_P(StepProperty, NothingIsAdmittedOverTheBound) {
  std::mt19937_64 random(17);
  uint64_t total = 0;
  uint64_t leased = 0;
  for (uint64_t round = 0; round < 150; ++round) {
    const Rule rule = RandomRule(GetParam(), random);
    const auto durability = static_cast<Durability>(round % 3);
    World world(rule, durability, round);
    if (durability != Durability::kMemory) world.SetMayDie();
    world.Run(300);
    ASSERT_FALSE(world.failed()) << "round " << round << " durability " << round % 3 << " units "
                                 << rule.units << " period " << rule.period_ms << " burst "
                                 << rule.burst;
    total += world.total();
    leased += world.leased();
  }
  EXPECT_GT(leased, 1000u);
  EXPECT_GT(total, 2 * leased);
  RecordProperty("leased", absl::StrCat(leased, " of ", total));
}

INSTANTIATE_TEST_SUITE_P(Algorithms, StepProperty,
                         testing::Values(Algorithm::kFixedWindow, Algorithm::kSlidingWindow,
                                         Algorithm::kGcra, Algorithm::kSlidingLog),
                         [](const auto& algorithm) {
                           return std::string(AlgorithmName(algorithm.param));
                         });

}  // namespace
}  // namespace sluice::limit
