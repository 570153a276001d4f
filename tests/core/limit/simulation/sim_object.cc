#include "sim_object.h"

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"

namespace sluice::limit::simulation {
namespace {

constexpr size_t kMaxFrameBytes = 1 << 20;

void Assign(const OutputBuffer& from, std::vector<uint8_t>& to) {
  const ByteSpan bytes = from.bytes();
  to.assign(bytes.begin(), bytes.end());
}

}  // namespace

absl::Status SimObject::Apply(ByteSpan request, double now_ms, std::vector<uint8_t>& reply,
                              uint64_t& needs) {
  OutputBuffer reply_out(kMaxFrameBytes);
  OutputBuffer state_out(kMaxFrameBytes);
  bool persist = false;
  absl::Status status = engine_(request, state_, restored_, now_ms, reply_out, state_out, persist);
  if (!status.ok()) return status;
  restored_ = false;
  Assign(reply_out, reply);
  Assign(state_out, state_);
  if (persist) ++wanted_;
  needs = wanted_;
  return status;
}

bool SimObject::StartWrite() {
  if (writing_ || wanted_ == durable_) return false;
  writing_ = true;
  being_written_ = state_;
  under_way_ = wanted_;
  ++writes_;
  return true;
}

void SimObject::FinishWrite() {
  if (!writing_) return;
  writing_ = false;
  stored_ = being_written_;
  durable_ = under_way_;
}

void SimObject::Crash(bool write_happened) {
  if (writing_ && write_happened) FinishWrite();
  writing_ = false;
  state_ = stored_;
  wanted_ = durable_;
  restored_ = true;
  ++life_;
}

}  // namespace sluice::limit::simulation
