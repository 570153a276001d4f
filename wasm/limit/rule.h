// A limit's rule, as it goes from the policy to whoever holds the counters.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::limit {

enum class Algorithm : uint32_t {
  kFixedWindow = 1,  // windows aligned to the Unix epoch; ≤ 2 × units around a boundary
  kGcra = 2,         // generic cell rate algorithm (ITU-T I.371); ≤ burst + units in any period
};

constexpr uint32_t kMaxUnits = 1'000'000'000;
constexpr uint64_t kMaxPeriodMs = uint64_t{366} * 86'400'000;
// Upper bound of burst × period_ms, so that the arithmetic of an algorithm fits 64 bits: a burst of
// 1e9 fits with any period up to 106 days, a period of 366 days with any burst up to 2.9e8.
constexpr uint64_t kMaxBurstTime = (uint64_t{1} << 63) - 1;

// 32 bytes, little-endian on the wire (see frames.h). All time is in milliseconds.
struct Rule {
  Algorithm algorithm = Algorithm::kFixedWindow;
  uint32_t units = 0;  // units a period, 1 … 1e9
  uint32_t burst = 0;  // gcra: units that may come at once, 1 … 1e9; fixed window: unused, 0
  uint32_t reserved = 0;
  uint64_t period_ms = 0;  // 1 … 366 days
  uint64_t id = 0;         // which counter this is: hash of (limit name, algorithm, period).
                           // A changed amount keeps the counter, a changed kind starts a new one.
  static constexpr size_t kEncodedBytes = 32;

  // The most units that can be charged at once.
  uint32_t quota() const { return algorithm == Algorithm::kGcra ? burst : units; }
};

// "fixed_window", "gcra".
std::string_view AlgorithmName(Algorithm algorithm);

// True if every field is within the bounds above. What the algorithms get must be valid.
bool IsValid(const Rule& rule);

// Reads {"algorithm", "rate": {"units", "per"}, "burst"} of a limit named `name` out of `object`
// (its other keys belong to the policy; the caller checks them). Burst defaults to the units.
// Faults, all of them, go to the context: missing_key, wrong_type, unknown_value, unknown_key and
// duplicate_key (in "rate"), out_of_range, invalid_duration, not_applicable (a burst for a fixed
// window). Then there is no rule.
std::optional<Rule> CompileRule(std::string_view name, json::Value object,
                                json::CompileContext& context);

}  // namespace sluice::limit
