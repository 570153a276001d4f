// Isolates, objects and the network between them, on a virtual clock.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "event_queue.h"
#include "oracle.h"
#include "random.h"
#include "scenario.h"
#include "sim_isolate.h"
#include "sim_object.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/ledger.h"

namespace sluice::limit::simulation {

// The way of a request is the gateway's: spend from the ledger; if it denies one of the charges
// none is spent; what it leaves open is asked of the objects in parallel, against a timeout; if one
// denies, what others granted goes back to the ledger where a lease came with it, else is cancelled
// by its id. What was not answered in time is refused, and cancelled. Cancels and returns that get
// lost are sent once more.
class World {
 public:
  World(const Scenario& scenario, Engine engine);
  Outcome Run();

 private:
  enum class Kind : uint32_t {
    kArrival,         // index: isolate
    kOtherTraffic,    // index: isolate
    kRequestArrives,  // index: message
    kWriteDone,       // index: object; life
    kReplyArrives,    // index: message
    kTimeout,         // index: check; life: its use
    kDeath,           // index: isolate
    kCrash,           // index: object
  };
  struct What {
    Kind kind;
    uint32_t index;
    uint32_t life;
  };
  struct Part {
    bool asked = false;
    bool answered = false;
    bool allowed = false;
    WrittenCharge charge;  // if asked
    uint64_t lease = 0;    // whose units were spent, or that came with the answer
    uint64_t at_ms = 0;    // when it was charged
    uint32_t object_life = 0;
  };
  // A request on its way through the limits.
  struct Check {
    uint32_t use = 0;  // counts uses of this place in the table
    bool open = false;
    bool measured = false;
    uint32_t isolate = 0;
    uint32_t isolate_life = 0;
    uint32_t waiting = 0;
    double sent_ms = 0;  // by the isolate's clock
    std::array<Part, 3> parts = {};
  };
  struct Message {
    bool is_charge = false;
    bool again = false;  // may still be sent once more
    uint32_t check = 0;
    uint32_t check_use = 0;
    uint32_t isolate = 0;
    uint32_t isolate_life = 0;
    uint32_t rule = 0;
    uint64_t at_ms = 0;  // when the object applied it
    uint32_t object_life = 0;
    std::vector<uint8_t> request;
    std::vector<uint8_t> reply;
  };
  struct Held {
    uint32_t message;
    uint64_t needs;
  };
  struct Grant {
    double ends_ms;
    uint32_t units;
  };

  void Handle(const What& what);
  bool Measuring() const;
  SubjectCharge ChargeOf(size_t rule) const;

  // world.cc: the way of a request.
  void Arrive(uint32_t isolate);
  void CountBeside();
  void Ask(Check& check, uint32_t index, size_t rule);
  void Answered(Check& check, uint32_t message);
  void Decide(Check& check);
  void Admit(const Check& check);
  void TimeOut(uint32_t index, uint32_t use);
  void Close(Check& check);
  void GiveBackSpent(Check& check);
  void TakeBackAsked(const Check& check);
  void ReturnWhatIsDue(uint32_t isolate);

  // network.cc: messages, objects, faults.
  uint32_t NewMessage(uint32_t isolate, size_t rule);
  void SendOperation(uint32_t kind, uint32_t isolate, size_t rule, uint64_t id, uint32_t units);
  void SendOperations(uint32_t isolate, size_t rule, const OutputBuffer& operations);
  void Send(uint32_t message);
  double Delay();
  bool Lost();
  void RequestArrives(uint32_t message);
  void NoteGrants(const Message& message);
  void StartWrite(uint32_t object);
  void WriteDone(uint32_t object, uint32_t life);
  void SendReply(uint32_t message);
  void ReplyArrives(uint32_t message);
  void Release(uint32_t message);
  void Die(uint32_t isolate);
  void Crash(uint32_t object);

  const Scenario& scenario_;
  Random random_;
  EventQueue<What> events_;
  double now_ms_ = 0;
  double measure_from_ms_ = 0;
  double end_ms_ = 0;

  std::vector<SimIsolate> isolates_;
  std::vector<SimObject> objects_;
  std::vector<double> down_until_ms_;
  std::vector<std::vector<Held>> held_;
  std::vector<std::vector<Grant>> grants_;
  std::vector<uint32_t> admitted_in_life_;
  std::vector<Check> checks_;
  std::vector<uint32_t> free_checks_;
  std::vector<Message> messages_;
  std::vector<uint32_t> free_messages_;

  std::vector<std::vector<Admission>> log_;
  std::vector<std::vector<Loss>> losses_;
  // Of the tightest rule: units deducted for a charge that the isolate doesn't know of.
  absl::flat_hash_map<uint64_t, uint32_t> unclaimed_;
  // When a charge was applied first, where messages are doubled.
  absl::flat_hash_map<uint64_t, uint64_t> applied_at_ms_;
  std::vector<State> plain_;
  std::vector<ExactLog> exact_;
  Outcome outcome_;
};

}  // namespace sluice::limit::simulation
