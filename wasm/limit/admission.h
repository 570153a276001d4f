// The charges of one request: all or none, each once, with what they are leased beyond.
#pragma once

#include <cstdint>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/object_state.h"

namespace sluice::limit {

// One operation of a step with its answer.
struct StepEntry {
  Operation operation;
  OperationVerdict verdict;

  // Of a charge on its way.
  Counter* counter = nullptr;
  State before;          // as it was
  bool charged = false;  // to be committed, or undone
  bool refused = false;  // denied by the counter, not by a block or by its id

  bool is_charge() const { return operation.kind == OperationKind::kCharge; }
  bool is_peek() const { return operation.kind == OperationKind::kPeek; }
};

// A step over an object's state. Times in whole milliseconds of the object's clock.
class StepContext {
 public:
  StepContext(const Request& request, double now_ms, ObjectState& state);

  uint64_t now() const { return now_; }
  ObjectState& state() { return state_; }
  bool must_persist() const { return must_persist_; }

  // The counter under the amounts that count: those of the highest revision. Null stays null.
  Counter* Adopt(const Rule& rule, Counter* counter) const;
  // `units` were charged, and may be spent until `deadline`: sees to it that they are durable.
  void Charged(uint64_t units, uint64_t deadline, Counter& counter);
  // A lease is given: an object that forgets it must not admit while it is out.
  void Leased(uint64_t deadline);
  // Something else changed that has to survive, if not only under kStrict.
  void Changed(bool only_if_strict);

  // What a charge or peek of `cost` gave.
  void Write(uint32_t cost, Verdict result, const Counter& counter, OperationVerdict& verdict);
  // Nothing passes: true and why, if there is a block or the object has forgotten leases.
  bool WriteClosed(const Counter& counter, OperationVerdict& verdict) const;

 private:
  const Request& request_;
  ObjectState& state_;
  uint64_t now_;
  double behind_ms_;  // the clock went back by as much
  bool must_persist_ = false;
};

// Charges all charges among the entries or none, and writes their verdicts. `all_allowed`: every
// one that isn't in shadow was admitted. Errors: budget_exceeded, after which the state is to be
// dropped.
absl::Status ChargeAll(absl::Span<StepEntry> entries, StepContext& context, bool& all_allowed);

}  // namespace sluice::limit
