// What a limiter object remembers, and its frame.
//
// All little-endian; times are the object's own, in milliseconds since the Unix epoch. An empty
// frame (0 bytes) is "never charged".
//   header   48 bytes: u32 version (3), u32 counters (0 … 64), u32 records (0 … 384), u32 0,
//            f64 expiry: from it on the whole state equals "never charged" (an alarm may delete
//            it), u64 latest time seen, u64 horizon, u64 closed until
//   counter  144 bytes: Rule (32; the amounts of the highest revision seen), u64 a, u64 b (see
//            State in algorithm.h; sliding log: its expiry and sum; concurrency: 0), u64 revision,
//            u64 blocked until, u64 scarce since, askers: u64[2] current, u64[2] previous, u64
//            epoch; allowance: u64 deadline, u64 since; u32 length of the askers' epoch, u32
//            allowance left, u32 allowance's block, u32 entries of the log
//   record   48 bytes, by deadline: u64 id, u64 deadline, u64 mark, u32 cost, u32 units, u32 span,
//            u32 pace, u32 0, u16 counter (0xFFFF: none), u8 kind, u8 flags
//   log      the entries of each counter that has one, 12 bytes each, by time: u64 time, u32 units
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/limit/algorithm.h"
#include "sluice/limit/inline_array.h"
#include "sluice/limit/rule.h"
#include "sluice/limit/sliding_log.h"

namespace sluice::limit {

constexpr uint32_t kMaxObjectCounters = 64;
constexpr uint32_t kMaxLogsPerState = 8;
constexpr uint32_t kMaxFinished = 64;      // records kept only to answer a repetition
constexpr uint32_t kMaxOutstanding = 256;  // leases, slots and charges to be settled
constexpr uint32_t kMaxRecords = kMaxFinished + kMaxOutstanding + kMaxObjectCounters;
constexpr uint64_t kRememberMs = 10'000;
constexpr uint32_t kMaxPaceUs = 3'600'000'000;

// Which isolates asked for leases in this epoch and in the one before: a bit for each, chosen by
// the high word of its ids. (Linear counting, Whang et al. 1990.)
struct Askers {
  static constexpr uint32_t kBits = 128;
  std::array<uint64_t, 2> current = {};
  std::array<uint64_t, 2> previous = {};
  uint64_t since = 0;
  uint32_t epoch_ms = 0;
};

// Units that are stored as spent ahead of being admitted: checkpoint.h.
struct Allowance {
  uint64_t deadline = 0;
  uint64_t since = 0;
  uint32_t left = 0;
  uint32_t block = 0;
};

struct Counter {
  Rule rule;
  State state;
  uint64_t revision = 0;
  uint64_t blocked_until = 0;
  uint64_t scarce_since = 0;  // when a charge was last denied; 0: never
  Askers askers;
  Allowance allowance;
  Log log;

  // Not in the frame: sums over the records.
  uint64_t leased = 0;     // units of leases that are out
  uint64_t slots = 0;      // in use
  uint64_t kept_back = 0;  // see pacing.h

  bool Serves(const Rule& other) const {
    return rule.id == other.id && rule.algorithm == other.algorithm &&
           rule.window == other.window && rule.period_ms == other.period_ms;
  }
};

// A charge that is remembered, or what is out because of it.
struct Record {
  enum class Kind : uint8_t {
    kLease = 1,      // `units` are out until the deadline
    kSlot = 2,       // `units` slots are held until the deadline
    kHeld = 3,       // may be settled until the deadline
    kDone = 4,       // only to answer a repetition
    kCancelled = 5,  // a charge that isn't to be admitted if it comes
  };
  static constexpr uint16_t kNoCounter = 0xFFFF;

  uint64_t id = 0;  // 0: leases or slots that nobody can return: of a life before this one
  uint64_t deadline = 0;
  uint64_t mark = 0;     // finds the charge in its counter: MarkOf in usage.h
  uint32_t cost = 0;     // what the charge itself took and may yet come back; 0 if it was denied
  uint32_t units = 0;    // kLease, kSlot
  uint32_t span_ms = 0;  // kLease: spendable in the last so many milliseconds to its deadline …
  uint32_t pace_us = 0;  // … all units, or one after each so many microseconds (Pace in pacing.h)
  uint32_t unused = 0;
  uint16_t counter = kNoCounter;
  Kind kind = Kind::kDone;
  bool admitted = false;

  bool outstanding() const { return kind <= Kind::kHeld; }
  // Nobody can return the units; a counter has one such record at most.
  bool ownerless() const { return id == 0 && outstanding(); }
  bool unsettled() const { return admitted && cost > 0 && kind != Kind::kSlot; }
};

class ObjectState {
 public:
  ObjectState() = default;
  ObjectState(const ObjectState&) = delete;
  ObjectState& operator=(const ObjectState&) = delete;

  // Errors: invalid_argument for what Encode can't have written; budget_exceeded without memory.
  absl::Status Decode(ByteSpan frame);
  // Appends the frame. False if the buffer's cap forbids it; then it is as it was.
  bool Encode(OutputBuffer& out) const;

  Counter* Find(const Rule& rule);
  // Null if there are too many others.
  Counter* FindOrAdd(const Rule& rule);
  uint16_t IndexOf(const Counter& counter) const {
    return static_cast<uint16_t>(&counter - counters_.begin());
  }
  Counter& counter(size_t index) { return counters_[index]; }
  size_t counter_count() const { return counters_.size(); }

  // The record of a charge, or kNoRecord. Id 0 is nobody's.
  static constexpr size_t kNoRecord = SIZE_MAX;
  size_t FindRecord(uint64_t id) const;
  Record& record(size_t index) { return records_[index]; }
  const Record& record(size_t index) const { return records_[index]; }
  size_t record_count() const { return records_.size(); }
  // Whether one more than `pending` may be outstanding.
  bool HasRoom(uint32_t pending) const { return outstanding_ + pending < kMaxOutstanding; }
  // Puts a record where its deadline belongs. Of those that are only remembered the first to end
  // gives way, and the ownerless of a counter become one with the later deadline; others need
  // HasRoom.
  void Insert(const Record& record);
  Record Remove(size_t index);

  // Drops counters that equal "never charged" and aren't needed. Counters move.
  void DropExpired(uint64_t now);
  bool empty(uint64_t now) const {
    return counters_.size() == 0 && records_.size() == 0 && horizon <= now && closed_until <= now;
  }

  uint64_t seen = 0;  // the latest time
  // What an object that dies with its memory promised: all leases it gave are over by then.
  uint64_t horizon = 0;
  uint64_t closed_until = 0;  // nothing is admitted before: see horizon

 private:
  // Takes the counter's log from the front of `logs`.
  absl::Status DecodeCounter(const uint8_t* bytes, ByteSpan& logs);
  absl::Status DecodeRecord(const uint8_t* bytes);
  bool AllocateLog(Counter& counter);
  void FreeLog(const Counter& counter);
  bool IsNeeded(const Counter& counter, uint64_t now) const;
  size_t FindOwnerless(uint16_t counter) const;
  void Count(const Record& record, bool add);
  uint64_t Expiry() const;

  InlineArray<Counter, kMaxObjectCounters> counters_;
  InlineArray<Record, kMaxRecords> records_;
  std::array<std::unique_ptr<LogEntry[]>, kMaxLogsPerState> log_blocks_;
  uint32_t outstanding_ = 0;  // but for the ownerless
  uint32_t finished_ = 0;
};

}  // namespace sluice::limit
