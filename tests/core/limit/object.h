// A limiter object for tests: its state in memory, and what of it is durable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/step.h"

namespace sluice::limit {

inline Operation ChargeOf(const Rule& rule, uint32_t cost = 1, uint64_t id = 0) {
  return {.kind = OperationKind::kCharge, .cost = cost, .id = id, .rule = rule};
}

inline Operation LeaseOf(const Rule& rule, uint32_t cost, uint64_t id, uint32_t want,
                         double duration_ms, uint32_t max_wait_ms = 0) {
  return {.kind = OperationKind::kCharge,
          .cost = cost,
          .id = id,
          .want = want,
          .max_wait_ms = max_wait_ms,
          .duration_ms = duration_ms,
          .rule = rule};
}

inline Operation OperationOf(OperationKind kind, const Rule& rule, uint32_t cost = 0,
                             uint64_t id = 0, double duration_ms = 0) {
  return {.kind = kind, .cost = cost, .id = id, .duration_ms = duration_ms, .rule = rule};
}

inline std::string RequestFrame(const std::vector<Operation>& operations,
                                Durability durability = Durability::kMemory,
                                uint64_t revision = 1) {
  OutputBuffer out(1 << 16);
  EncodeRequestHeader(revision, durability, static_cast<uint32_t>(operations.size()), out);
  for (const Operation& operation : operations) EncodeOperation(operation, out);
  return std::string(out.text());
}

struct StepResult {
  absl::Status status;
  std::string reply;
  std::string state;
  bool persist = false;

  bool allowed() const { return AllAdmitted(AsBytes(reply)); }
  OperationVerdict verdict(size_t index = 0) const {
    return DecodeOperationVerdict(AsBytes(reply), index).value_or(OperationVerdict{});
  }
};

inline StepResult RunStep(std::string_view request, std::string_view state, double now_ms,
                          bool restored = false) {
  OutputBuffer reply(1 << 16);
  OutputBuffer new_state(1 << 20);
  StepEffects effects;
  absl::Status status =
      Step(AsBytes(request), AsBytes(state), restored, now_ms, reply, new_state, effects);
  return {std::move(status), std::string(reply.text()), std::string(new_state.text()),
          effects.persist};
}

class Object {
 public:
  explicit Object(Durability durability = Durability::kMemory) : durability_(durability) {}

  StepResult DoAll(const std::vector<Operation>& operations, double now_ms) {
    StepResult result =
        RunStep(RequestFrame(operations, durability_, revision_), state_, now_ms, restored_);
    if (!result.status.ok()) return result;
    state_ = result.state;
    restored_ = false;
    if (result.persist) {
      stored_ = state_;
      ++writes_;
    }
    return result;
  }
  OperationVerdict Do(const Operation& operation, double now_ms) {
    return DoAll({operation}, now_ms).verdict();
  }
  // Dies, and lives again with what was durable.
  void Restart() {
    state_ = stored_;
    restored_ = true;
  }

  void set_revision(uint64_t revision) { revision_ = revision; }
  const std::string& state() const { return state_; }
  const std::string& stored() const { return stored_; }
  uint32_t writes() const { return writes_; }

 private:
  Durability durability_;
  uint64_t revision_ = 1;
  std::string state_;
  std::string stored_;
  bool restored_ = false;
  uint32_t writes_ = 0;
};

}  // namespace sluice::limit
