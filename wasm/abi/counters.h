// Counters of many subjects: a table, what rules they follow, and what is blocked.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/counter_table.h"
#include "sluice/limit/rule.h"

namespace sluice::abi {

enum class ChargeMode : uint32_t { kCharge, kPeek, kRefund, kReset };

struct Counters {
  Counters(HashKey key, size_t max_entries);

  limit::CounterTable table;
  uint64_t seed_fingerprint;  // tells instances with other seeds apart, and nothing of the seed
  std::vector<limit::Rule> rules;  // of a limiter: by number
  double blocked_until = 0;        // no block lasts longer
  double latest_ms = 0;            // when something was charged last
};

// Does what `mode` (a sluice_charge_mode) says with a charges frame (sluice_counters_charge in
// sluice.h) and appends a reply frame. Charges of one frame see each other; either all are charged
// or none. Errors, with which nothing is changed: invalid_argument for a frame that is not one, a
// mode, a rule or a time that doesn't exist; budget_exceeded if the table is full. O(charges).
absl::Status ChargeCounters(Counters& counters, uint32_t mode, ByteSpan frame, double now_ms,
                            OutputBuffer& out);

// One charge under rule number `rule`, without frames. Errors as above.
absl::Status ChargeCounter(Counters& counters, uint32_t rule, std::string_view subject,
                           uint32_t cost, double now_ms, limit::Verdict& verdict);

// Denies every charge of the subject until `until_ms`, whatever its counter says; a time that has
// passed ends a block. Resetting a counter leaves it blocked. Errors as above.
absl::Status BlockCounter(Counters& counters, uint32_t rule, std::string_view subject,
                          double until_ms);

// Replaces the rules by those in `rules` (32 bytes each). Counters are kept: those of a rule whose
// id stays go on under its new amounts. invalid_argument for bytes that are no rules, or a rule
// whose state is more than a counter's (sliding_log, concurrency); then nothing is changed.
absl::Status SetRules(ByteSpan rules, Counters& counters);

// Appends the counters that have changed since the last time (the first time, all), kMaxDrained at
// most; the others come next time. Bytes: u32 version (1), u32 count, u64 fingerprint of the seed,
// then per counter (24 bytes) u64 fingerprint, u64 a, u64 b. budget_exceeded if `out` has no room;
// then they are still to come. O(counters).
constexpr size_t kMaxDrained = 1 << 20;
absl::Status DrainChanges(Counters& counters, OutputBuffer& out);

// Puts what was drained, here or by another instance with the same seed, over what is there.
// invalid_argument for other bytes and for another seed; then nothing is changed. budget_exceeded
// where the table is full; then some are.
absl::Status LoadChanges(ByteSpan changes, double now_ms, Counters& counters);

}  // namespace sluice::abi
