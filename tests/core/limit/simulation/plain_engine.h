// An object without leases: the plain algorithms behind the protocol's frames. What `limit::Step`
// is compared with.
#pragma once

#include "absl/status/status.h"
#include "sluice/base/bytes.h"

namespace sluice::limit::simulation {

// An Engine. One counter; a cancel gives its cost back once for each time that it comes.
absl::Status PlainEngine(ByteSpan request, ByteSpan state, bool restored, double now_ms,
                         OutputBuffer& reply, OutputBuffer& new_state, bool& persist);

}  // namespace sluice::limit::simulation
