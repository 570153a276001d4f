// A limit's rule, as it goes from the policy to whoever holds the counters.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::limit {

enum class Algorithm : uint32_t {
  kFixedWindow = 1,  // windows aligned to the Unix epoch; ≤ 2 × units around a boundary
  kGcra = 2,         // generic cell rate algorithm (ITU-T I.371); ≤ burst + units in any period
};

// 32 bytes, little-endian on the wire (see frames.h). All time is in milliseconds.
struct Rule {
  Algorithm algorithm = Algorithm::kFixedWindow;
  uint32_t units = 0;       // units a period, 1 … 1e9
  uint32_t burst = 0;       // gcra: units that may come at once, 1 … 1e9; fixed window: unused, 0
  uint32_t reserved = 0;
  uint64_t period_ms = 0;   // 1 … 366 days
  uint64_t id = 0;          // which counter this is: hash of (limit name, algorithm, period).
                            // A changed amount keeps the counter, a changed kind starts a new one.
  static constexpr size_t kEncodedBytes = 32;
};

// "fixed_window", "gcra".
std::string_view AlgorithmName(Algorithm algorithm);

// Reads {"algorithm", "rate": {"units", "per"}, "burst"} of a limit named `name` out of `object`
// (its other keys belong to the policy; the caller checks them). Burst defaults to the units.
std::optional<Rule> CompileRule(std::string_view name, json::Value object,
                                json::CompileContext& context);

}  // namespace sluice::limit
