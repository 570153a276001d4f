#include "plain_engine.h"

#include <cstdint>

#include "absl/base/casts.h"
#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/frames.h"
#include "wire.h"

namespace sluice::limit::simulation {

absl::Status PlainEngine(ByteSpan request, ByteSpan state, bool /*restored*/, double now_ms,
                         OutputBuffer& reply, OutputBuffer& new_state, bool& persist) {
  State counter;
  if (!state.empty()) counter = {LoadLong(state.data()), LoadLong(state.data() + 8)};
  const auto count =
      static_cast<uint32_t>((request.size() - kRequestHeaderBytes) / kOperationBytes);
  reply.AppendWord(2);
  reply.AppendWord(count);
  AppendLong(0, reply);
  for (uint32_t i = 0; i < count; ++i) {
    const uint8_t* operation = request.data() + kRequestHeaderBytes + i * kOperationBytes;
    const auto rule =
        DecodeRule(request.subspan(kRequestHeaderBytes + i * kOperationBytes + 32, 32));
    if (!rule) return absl::InvalidArgumentError("not a rule");
    Verdict verdict;
    if (KindOf(operation) == kChargeKind) {
      verdict = Charge(*rule, CostOf(operation), now_ms, counter);
      persist = persist || verdict.allowed;
    } else if (KindOf(operation) == kCancelKind) {
      Refund(*rule, CostOf(operation), now_ms, counter);
      persist = true;
    }
    reply.AppendWord(verdict.allowed ? 1 : 0);
    reply.AppendWord(verdict.remaining);
    AppendLong(absl::bit_cast<uint64_t>(verdict.reset_ms), reply);
    AppendLong(absl::bit_cast<uint64_t>(verdict.retry_after_ms), reply);
    AppendLong(0, reply);  // leased
    AppendLong(0, reply);
    AppendLong(0, reply);
  }
  persist = persist && LoadWord(request.data() + 16) != 0;
  AppendLong(counter.a, new_state);
  AppendLong(counter.b, new_state);
  return absl::OkStatus();
}

}  // namespace sluice::limit::simulation
