// A limiter object: its memory, its storage, and the gate that holds replies until what they rest
// on is durable.
#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"

namespace sluice::limit::simulation {

// limit::Step, or what stands in for it.
using Engine = absl::Status (*)(ByteSpan request, ByteSpan state, bool restored, double now_ms,
                                OutputBuffer& reply, OutputBuffer& new_state, bool& persist);

class SimObject {
 public:
  explicit SimObject(Engine engine) : engine_(engine) {}

  // Applies a request. The reply may go when write number `needs` is durable.
  absl::Status Apply(ByteSpan request, double now_ms, std::vector<uint8_t>& reply, uint64_t& needs);

  // Starts writing what isn't durable yet; true if there is something and no write is under way.
  bool StartWrite();
  // The write that was started is done.
  void FinishWrite();
  uint64_t durable() const { return durable_; }
  bool writing() const { return writing_; }

  // The object is gone, and with it what isn't durable. A write that is under way happened or not.
  void Crash(bool write_happened);

  uint32_t life() const { return life_; }  // counts crashes
  uint64_t writes() const { return writes_; }
  size_t state_bytes() const { return state_.size(); }

 private:
  using State = std::vector<uint8_t>;

  Engine engine_;
  State state_;
  State being_written_;
  State stored_;
  uint64_t wanted_ = 0;  // numbers of writes: asked for, under way, done
  uint64_t under_way_ = 0;
  uint64_t durable_ = 0;
  bool writing_ = false;
  bool restored_ = true;  // the first step of a life reads what storage has
  uint32_t life_ = 0;
  uint64_t writes_ = 0;
};

}  // namespace sluice::limit::simulation
