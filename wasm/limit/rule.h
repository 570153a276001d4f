// A limit's rule, as it goes from the policy to whoever holds the counters.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::limit {

// docs/limits.md compares them. In brief, what is admitted at most in period_ms milliseconds in a
// row:
enum class Algorithm : uint32_t {
  kFixedWindow = 1,    // 2 × units, around a boundary
  kGcra = 2,           // generic cell rate algorithm (ITU-T I.371): less than burst + units
  kSlidingWindow = 3,  // counters of two windows, Cloudflare's approximation: nearly 2 × units;
                       // near the units if what came in the window before came evenly, or early
  kTokenBucket = 4,    // the same function as gcra in the other vocabulary: a bucket of `burst`
                       // tokens, full at first, refilled continuously at units / period
  kSlidingLog = 5,     // units: every charge is remembered for a period
  kConcurrency = 6,    // not a rate: `units` slots held at once, each for a period at most
};

// Where the windows of kFixedWindow begin; kAligned for the others.
enum class Window : uint32_t {
  kAligned = 0,  // at multiples of the period from the Unix epoch: a period of a day is the UTC day
  kFirstUse = 1,  // at the first charge that is admitted after the last window's end
  kWeek = 2,      // Mondays at 00:00 UTC (ISO 8601)
  kMonth = 3,     // the first of each month at 00:00 UTC
};

constexpr uint64_t kDayMs = 86'400'000;
constexpr uint64_t kWeekMs = 7 * kDayMs;
constexpr uint64_t kLongestMonthMs = 31 * kDayMs;

constexpr uint32_t kMaxUnits = 1'000'000'000;
constexpr uint64_t kMaxPeriodMs = 366 * kDayMs;
// Upper bound of quota × period_ms (but for fixed windows, which don't multiply), so that the
// arithmetic of an algorithm fits 64 bits: a quota of 1e9 fits with any period up to 106 days, a
// period of 366 days with any quota up to 2.9e8.
constexpr uint64_t kMaxBurstTime = (uint64_t{1} << 63) - 1;
constexpr uint32_t kMaxConcurrency = 256;
constexpr uint64_t kMaxSlotMs = kDayMs;

// Whether the algorithm is gcra, under either name.
constexpr bool HasBurst(Algorithm algorithm) {
  return algorithm == Algorithm::kGcra || algorithm == Algorithm::kTokenBucket;
}

// Whether a counter's state is its 16 bytes and nothing else, so that the functions of algorithm.h
// are all there is to it. The others live in an object's state only (object_state.h).
constexpr bool IsCompact(Algorithm algorithm) {
  return algorithm != Algorithm::kSlidingLog && algorithm != Algorithm::kConcurrency;
}

// 32 bytes, little-endian on the wire (see frames.h). All time is in milliseconds.
struct Rule {
  Algorithm algorithm = Algorithm::kFixedWindow;
  uint32_t units = 0;  // units a period, 1 … 1e9; concurrency: slots, 1 … 256
  uint32_t burst = 0;  // if HasBurst: units that may come at once, 1 … 1e9; else 0
  Window window = Window::kAligned;
  // 1 … 366 days; kWeek: kWeekMs; kMonth: kLongestMonthMs. Concurrency: how long a slot lasts that
  // is neither released nor renewed.
  uint64_t period_ms = 0;
  uint64_t id = 0;  // which counter this is: hash of (limit name, algorithm, window, period).
                    // A changed amount keeps the counter, a changed kind starts a new one.
  static constexpr size_t kEncodedBytes = 32;

  // The most units that can be charged at once.
  uint32_t quota() const { return HasBurst(algorithm) ? burst : units; }
};

// "fixed_window", "gcra", "sliding_window", "token_bucket", "sliding_log", "concurrency".
std::string_view AlgorithmName(Algorithm algorithm);

// True if every field is within the bounds above. What the algorithms get must be valid.
bool IsValid(const Rule& rule);

// Reads {"algorithm", "rate": {"units", "per", "window"}, "burst"}, or {"algorithm": "concurrency",
// "slots", "slotTimeout"}, of a limit named `name` out of `object` (its other keys belong to the
// policy; the caller checks them). "per" is a duration, or "day", "week" or "month" of the UTC
// calendar for a fixed window; "window" is "aligned" (default) or "firstUse"; burst defaults to the
// units.
// Faults, all of them, go to the context: missing_key, wrong_type, unknown_value, unknown_key and
// duplicate_key (in "rate"), out_of_range, invalid_duration, not_applicable (a burst, a window,
// slots or a calendar period where the algorithm has none). Then there is no rule.
std::optional<Rule> CompileRule(std::string_view name, json::Value object,
                                json::CompileContext& context);

}  // namespace sluice::limit
