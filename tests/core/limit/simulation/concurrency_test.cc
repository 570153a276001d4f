// Slots by themselves: requests that hold them, renew them while they last and release them, and
// isolates that die with theirs.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "event_queue.h"
#include "gtest/gtest.h"
#include "random.h"
#include "sim_object.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"
#include "step_engine.h"
#include "wire.h"

namespace sluice::limit::simulation {
namespace {

constexpr double kStart = 1'795'996'800'000;
constexpr double kRunMs = 120'000;
constexpr uint64_t kSlotTimeoutMs = 2000;
constexpr uint32_t kSlots = 20;
constexpr double kMeanHoldMs = 1500;  // some outlast the timeout, so renewing matters
constexpr uint32_t kIsolates = 5;

class SlotWorld {
 public:
  explicit SlotWorld(uint64_t seed) : random_(seed), object_(StepEngine) {
    Add(0, Kind::kArrival, 0);
    for (uint32_t i = 0; i < kIsolates; ++i) Add(random_.Exponential(20'000), Kind::kDeath, i);
  }

  void Run() {
    while (true) {
      const auto event = events_.Next();
      if (event.at_ms > kStart + kRunMs) break;
      held_ms_ += in_flight_ * (event.at_ms - now_);
      now_ = event.at_ms;
      Handle(event.what.kind, event.what.index);
      ASSERT_LE(in_flight_, kSlots) << "at " << now_ - kStart;
      ASSERT_TRUE(sound_);
    }
  }

  double MeanInFlight() const { return held_ms_ / kRunMs; }
  uint64_t refused() const { return refused_; }
  uint64_t deaths() const { return deaths_; }

 private:
  enum class Kind : uint32_t {
    kArrival,
    kCharge,
    kReply,
    kRenew,
    kEnd,
    kRelease,
    kRenewal,
    kDeath
  };
  struct What {
    Kind kind;
    uint32_t index;
  };
  struct Request {
    uint64_t id = 0;
    uint32_t isolate = 0;
    double ends_ms = 0;
    bool allowed = false;
    bool in_flight = false;
    bool gone = false;  // its isolate died
  };

  void Add(double in_ms, Kind kind, uint32_t index) {
    events_.Add((now_ > 0 ? now_ : kStart) + in_ms, {kind, index});
  }
  double Delay() { return random_.Between(5, 15); }

  void Handle(Kind kind, uint32_t index) {
    switch (kind) {
      case Kind::kArrival:
        return Arrive();
      case Kind::kCharge:
        requests_[index].allowed = Tell(OperationKind::kCharge, requests_[index].id);
        return Add(Delay(), Kind::kReply, index);
      case Kind::kReply:
        return Begin(index);
      case Kind::kRenew:
        if (!requests_[index].in_flight) return;
        Add(Delay(), Kind::kRenewal, index);
        return Add(static_cast<double>(kSlotTimeoutMs) / 2, Kind::kRenew, index);
      case Kind::kRenewal:
        Tell(OperationKind::kRenew, requests_[index].id);
        return;
      case Kind::kEnd:
        if (!requests_[index].in_flight) return;
        End(index);
        // Every fiftieth is lost: then the slot comes back by its timeout.
        if (!random_.Chance(0.02)) Add(Delay(), Kind::kRelease, index);
        return;
      case Kind::kRelease:
        Tell(OperationKind::kCancel, requests_[index].id);
        return;
      case Kind::kDeath:
        return Die(index);
    }
  }

  void Arrive() {
    // Three times what the slots can serve.
    Add(random_.Exponential(kMeanHoldMs / kSlots / 3), Kind::kArrival, 0);
    const auto isolate = static_cast<uint32_t>(random_.Bits() % kIsolates);
    requests_.push_back(
        {.id = (uint64_t{isolate} + 1) << 32 | (requests_.size() + 1), .isolate = isolate});
    Add(Delay(), Kind::kCharge, static_cast<uint32_t>(requests_.size() - 1));
  }

  void Begin(uint32_t index) {
    Request& request = requests_[index];
    if (request.gone) return;  // and its slot with it, until the timeout
    if (!request.allowed) {
      ++refused_;
      return;
    }
    request.in_flight = true;
    ++in_flight_;
    Add(random_.Exponential(kMeanHoldMs), Kind::kEnd, index);
    Add(static_cast<double>(kSlotTimeoutMs) / 2, Kind::kRenew, index);
  }

  void End(uint32_t index) {
    requests_[index].in_flight = false;
    --in_flight_;
  }

  void Die(uint32_t isolate) {
    ++deaths_;
    Add(random_.Exponential(20'000), Kind::kDeath, isolate);
    for (uint32_t i = 0; i < requests_.size(); ++i) {
      if (requests_[i].isolate != isolate) continue;
      requests_[i].gone = true;
      if (requests_[i].in_flight) End(i);
    }
  }

  bool Tell(OperationKind kind, uint64_t id) {
    const Rule rule{.algorithm = Algorithm::kConcurrency,
                    .units = kSlots,
                    .period_ms = kSlotTimeoutMs,
                    .id = 1};
    OutputBuffer frame(1000);
    EncodeRequestHeader(1, Durability::kStrict, 1, frame);
    EncodeOperation({.kind = kind, .cost = 1, .id = id, .rule = rule}, frame);
    std::vector<uint8_t> reply;
    uint64_t needs = 0;
    sound_ = sound_ && object_.Apply(frame.bytes(), now_, reply, needs).ok();
    return sound_ && ReadVerdict(reply.data() + kObjectReplyHeaderBytes).allowed;
  }

  Random random_;
  SimObject object_;
  EventQueue<What> events_;
  std::vector<Request> requests_;
  double now_ = 0;
  double held_ms_ = 0;
  uint32_t in_flight_ = 0;
  uint64_t refused_ = 0;
  uint64_t deaths_ = 0;
  bool sound_ = true;
};

TEST(Concurrency, HoldsNoMoreThanItsSlotsAndGetsThoseOfTheDeadBack) {
  for (uint64_t seed = 1; seed <= 5; ++seed) {
    SlotWorld world(seed);
    world.Run();
    if (testing::Test::HasFatalFailure()) return;
    EXPECT_GT(world.refused(), 1000u);
    EXPECT_GT(world.deaths(), 5u);
    // Slots of the dead are missing for the timeout, released ones for the way to the object.
    EXPECT_GT(world.MeanInFlight(), 0.8 * kSlots);
  }
}

}  // namespace
}  // namespace sluice::limit::simulation
