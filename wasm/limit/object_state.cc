#include "sluice/limit/object_state.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/limit/frames.h"
#include "sluice/limit/gcra.h"
#include "sluice/limit/little_endian.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

constexpr size_t kHeaderBytes = 48;
constexpr size_t kCounterBytes = 144;
constexpr uint32_t kStateVersion = 3;
constexpr size_t kRecordBytes = 48;
constexpr size_t kLogEntryBytes = 12;
// Beyond any time that is kept: deadlines lie at most a longest period behind now.
constexpr uint64_t kMaxStateTimeMs = static_cast<uint64_t>(kMaxTimeMs) + 4 * kMaxPeriodMs;

// A record lies in memory as in the frame: all of them are copied at once.
static_assert(std::endian::native == std::endian::little);
static_assert(std::is_trivially_copyable_v<Record> && sizeof(Record) == kRecordBytes);
static_assert(offsetof(Record, cost) == 24 && offsetof(Record, counter) == 44);
constexpr size_t kKindAt = offsetof(Record, kind);
constexpr size_t kAdmittedAt = offsetof(Record, admitted);
static_assert(kKindAt == 46 && kAdmittedAt == 47);

absl::Status BadState(std::string_view message) {
  return MakeError(ErrorCode::kInvalidArgument, message);
}

bool AreTimes(std::initializer_list<uint64_t> times) {
  return std::all_of(times.begin(), times.end(),
                     [](uint64_t time) { return time <= kMaxStateTimeMs; });
}

bool HasSlots(const Counter& counter) { return counter.rule.algorithm == Algorithm::kConcurrency; }
bool HasLog(const Counter& counter) { return counter.rule.algorithm == Algorithm::kSlidingLog; }

bool IsPlausibleCounter(const Counter& counter) {
  if (!AreTimes({counter.blocked_until, counter.scarce_since, counter.askers.since,
                 counter.allowance.deadline, counter.allowance.since}) ||
      counter.allowance.left > kMaxUnits || counter.allowance.block > kMaxUnits) {
    return false;
  }
  // That of a log is checked with its entries.
  if (HasLog(counter)) return true;
  if (IsCompact(counter.rule.algorithm)) return IsPlausible(counter.rule, counter.state);
  return counter.state.a == 0 && counter.state.b == 0;
}

// The first time from which on the counter by itself equals "never charged".
uint64_t CounterExpiry(const Counter& counter) {
  uint64_t expiry = std::max(counter.state.a, counter.blocked_until);
  if (HasBurst(counter.rule.algorithm) && HasFraction(counter.state)) ++expiry;
  if (counter.askers.since > 0) {
    expiry = std::max(expiry, counter.askers.since + 2 * uint64_t{counter.askers.epoch_ms});
  }
  if (counter.allowance.left > 0) expiry = std::max(expiry, counter.allowance.deadline);
  return expiry;
}

// Reads the entries and checks that they are in order and sum up to the state.
bool DecodeLog(const uint8_t* bytes, uint32_t count, Counter& counter) {
  uint64_t sum = 0;
  uint64_t last = 0;
  for (uint32_t i = 0; i < count; ++i, bytes += kLogEntryBytes) {
    const LogEntry entry{.time = LoadLong(bytes), .units = LoadWord(bytes + 8)};
    if ((i > 0 && entry.time <= last) || !AreTimes({entry.time}) || entry.units == 0) return false;
    last = entry.time;
    sum += entry.units;
    counter.log.entries[i] = entry;
  }
  counter.log.end = count;
  return sum <= kMaxUnits && sum == counter.state.b &&
         counter.state.a == (count > 0 ? last + counter.rule.period_ms : 0);
}

void EncodeCounter(const Counter& counter, OutputBuffer& out) {
  EncodeRule(counter.rule, out);
  AppendLong(counter.state.a, out);
  AppendLong(counter.state.b, out);
  AppendLong(counter.revision, out);
  AppendLong(counter.blocked_until, out);
  AppendLong(counter.scarce_since, out);
  for (const uint64_t bits : counter.askers.current) AppendLong(bits, out);
  for (const uint64_t bits : counter.askers.previous) AppendLong(bits, out);
  AppendLong(counter.askers.since, out);
  AppendLong(counter.allowance.deadline, out);
  AppendLong(counter.allowance.since, out);
  out.AppendWord(counter.askers.epoch_ms);
  out.AppendWord(counter.allowance.left);
  out.AppendWord(counter.allowance.block);
  out.AppendWord(counter.log.size());
}

}  // namespace

absl::Status ObjectState::Decode(ByteSpan frame) {
  if (frame.empty()) return absl::OkStatus();
  if (frame.size() < kHeaderBytes || LoadWord(frame.data()) != kStateVersion) {
    return BadState("the state is no frame of version 3");
  }
  const size_t counters = LoadWord(frame.data() + 4);
  const size_t records = LoadWord(frame.data() + 8);
  if (counters > kMaxObjectCounters || records > kMaxRecords || LoadWord(frame.data() + 12) != 0) {
    return BadState("the state has more counters or records than there may be");
  }
  const size_t logs_at = kHeaderBytes + counters * kCounterBytes + records * kRecordBytes;
  if (frame.size() < logs_at) return BadState("the state is shorter than its counters");
  seen = LoadLong(frame.data() + 24);
  horizon = LoadLong(frame.data() + 32);
  closed_until = LoadLong(frame.data() + 40);
  if (!AreTimes({seen, horizon, closed_until})) return BadState("the state has an impossible time");

  const uint8_t* at = frame.data() + kHeaderBytes;
  ByteSpan logs = frame.subspan(logs_at);
  for (size_t i = 0; i < counters; ++i, at += kCounterBytes) {
    SLUICE_RETURN_IF_ERROR(DecodeCounter(at, logs));
  }
  for (size_t i = 0; i < records; ++i, at += kRecordBytes) {
    SLUICE_RETURN_IF_ERROR(DecodeRecord(at));
  }
  if (!logs.empty()) return BadState("the state is longer than what it holds");
  return absl::OkStatus();
}

absl::Status ObjectState::DecodeCounter(const uint8_t* bytes, ByteSpan& logs) {
  const std::optional<Rule> rule = DecodeRule({bytes, Rule::kEncodedBytes});
  if (!rule.has_value()) return BadState("the state has a counter without a valid rule");
  if (Find(*rule) != nullptr) return BadState("the state has a counter twice");
  Counter& counter =
      counters_.push_back({.rule = *rule,
                           .state = {.a = LoadLong(bytes + 32), .b = LoadLong(bytes + 40)},
                           .revision = LoadLong(bytes + 48),
                           .blocked_until = LoadLong(bytes + 56),
                           .scarce_since = LoadLong(bytes + 64),
                           .askers = {.current = {LoadLong(bytes + 72), LoadLong(bytes + 80)},
                                      .previous = {LoadLong(bytes + 88), LoadLong(bytes + 96)},
                                      .since = LoadLong(bytes + 104),
                                      .epoch_ms = LoadWord(bytes + 128)},
                           .allowance = {.deadline = LoadLong(bytes + 112),
                                         .since = LoadLong(bytes + 120),
                                         .left = LoadWord(bytes + 132),
                                         .block = LoadWord(bytes + 136)},
                           .log = {}});
  if (!IsPlausibleCounter(counter)) return BadState("the state has a counter that nothing writes");
  const uint32_t entries = LoadWord(bytes + 140);
  if (!HasLog(counter)) {
    return entries == 0 ? absl::OkStatus() : BadState("the state has a log without an algorithm");
  }
  if (entries > kMaxLogEntries || logs.size() < entries * kLogEntryBytes) {
    return BadState("the state has a log that is too long");
  }
  if (!AllocateLog(counter)) return MakeError(ErrorCode::kBudgetExceeded, "no room for a log");
  if (!DecodeLog(logs.data(), entries, counter)) {
    return BadState("the state has a log that nothing writes");
  }
  logs.remove_prefix(entries * kLogEntryBytes);
  return absl::OkStatus();
}

absl::Status ObjectState::DecodeRecord(const uint8_t* bytes) {
  if (bytes[kAdmittedAt] > 1) return BadState("the state has a record that nothing writes");
  Record record;
  std::memcpy(&record, bytes, kRecordBytes);
  const Record::Kind kind = record.kind;
  const bool has_units = kind == Record::Kind::kLease || kind == Record::Kind::kSlot;
  const bool cancelled = kind == Record::Kind::kCancelled;
  const bool fits = cancelled ? record.counter == Record::kNoCounter && !record.admitted
                              : record.counter < counters_.size();
  if (kind < Record::Kind::kLease || kind > Record::Kind::kCancelled || !fits ||
      record.units > kMaxUnits || record.pace_us > kMaxPaceUs || record.unused != 0 ||
      (!has_units && record.units != 0) || !AreTimes({record.deadline}) ||
      (records_.size() > 0 && record.deadline < records_.back().deadline)) {
    return BadState("the state has a record that nothing writes");
  }
  if (kind == Record::Kind::kSlot || kind == Record::Kind::kLease) {
    const bool slots = HasSlots(counters_[record.counter]);
    if (slots != (kind == Record::Kind::kSlot)) {
      return BadState("the state has a lease of slots, or slots of another algorithm");
    }
  }
  // What is only remembered does no harm twice, and there is much of it.
  if (record.outstanding() &&
      (record.ownerless() ? FindOwnerless(record.counter) : FindRecord(record.id)) != kNoRecord) {
    return BadState("the state has a record twice");
  }
  Count(record, true);
  records_.push_back(record);
  if (outstanding_ > kMaxOutstanding || finished_ > kMaxFinished) {
    return BadState("the state has more records of a kind than there may be");
  }
  return absl::OkStatus();
}

bool ObjectState::Encode(OutputBuffer& out) const {
  size_t bytes = kHeaderBytes + counters_.size() * kCounterBytes + records_.size() * kRecordBytes;
  for (const Counter& counter : counters_) bytes += counter.log.size() * kLogEntryBytes;
  if (!out.Reserve(bytes)) return false;
  out.AppendWord(kStateVersion);
  out.AppendWord(static_cast<uint32_t>(counters_.size()));
  out.AppendWord(static_cast<uint32_t>(records_.size()));
  out.AppendWord(0);
  AppendDouble(static_cast<double>(Expiry()), out);
  AppendLong(seen, out);
  AppendLong(horizon, out);
  AppendLong(closed_until, out);
  for (const Counter& counter : counters_) EncodeCounter(counter, out);
  out.Append({reinterpret_cast<const char*>(records_.begin()), records_.size() * kRecordBytes});
  for (const Counter& counter : counters_) {
    for (uint32_t i = counter.log.first; i < counter.log.end; ++i) {
      AppendLong(counter.log.entries[i].time, out);
      out.AppendWord(counter.log.entries[i].units);
    }
  }
  return true;
}

Counter* ObjectState::Find(const Rule& rule) {
  for (Counter& counter : counters_) {
    if (counter.Serves(rule)) return &counter;
  }
  return nullptr;
}

Counter* ObjectState::FindOrAdd(const Rule& rule) {
  if (Counter* counter = Find(rule)) return counter;
  if (counters_.full()) return nullptr;
  Counter& counter =
      counters_.push_back({.rule = rule, .state = {}, .askers = {}, .allowance = {}, .log = {}});
  if (HasLog(counter) && !AllocateLog(counter)) {
    counters_.resize_down(counters_.size() - 1);
    return nullptr;
  }
  return &counter;
}

bool ObjectState::AllocateLog(Counter& counter) {
  for (std::unique_ptr<LogEntry[]>& block : log_blocks_) {
    if (block != nullptr) continue;
    block.reset(new (std::nothrow) LogEntry[kMaxLogEntries]);
    counter.log.entries = block.get();
    return block != nullptr;
  }
  return false;
}

void ObjectState::FreeLog(const Counter& counter) {
  for (std::unique_ptr<LogEntry[]>& block : log_blocks_) {
    if (block.get() == counter.log.entries) block.reset();
  }
}

size_t ObjectState::FindRecord(uint64_t id) const {
  if (id == 0) return kNoRecord;
  for (size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].id == id) return i;
  }
  return kNoRecord;
}

size_t ObjectState::FindOwnerless(uint16_t counter) const {
  for (size_t i = 0; i < records_.size(); ++i) {
    if (records_[i].ownerless() && records_[i].counter == counter) return i;
  }
  return kNoRecord;
}

void ObjectState::Insert(const Record& record) {
  Record inserted = record;
  if (record.ownerless()) {
    if (const size_t other = FindOwnerless(record.counter); other != kNoRecord) {
      const Record joined = Remove(other);
      inserted.units += joined.units;
      inserted.deadline = std::max(inserted.deadline, joined.deadline);
    }
  } else if (!record.outstanding() && finished_ == kMaxFinished) {
    size_t oldest = 0;
    while (records_[oldest].outstanding()) ++oldest;
    Remove(oldest);
  }
  size_t at = records_.size();
  while (at > 0 && records_[at - 1].deadline > inserted.deadline) --at;
  records_.insert(at, inserted);
  Count(inserted, true);
}

Record ObjectState::Remove(size_t index) {
  const Record record = records_[index];
  records_.erase(index);
  Count(record, false);
  return record;
}

void ObjectState::Count(const Record& record, bool add) {
  const auto change = [add](auto& sum, uint32_t units) {
    if (add) {
      sum += units;
    } else {
      sum -= units;
    }
  };
  if (!record.ownerless()) change(record.outstanding() ? outstanding_ : finished_, 1);
  if (record.kind == Record::Kind::kLease) change(counters_[record.counter].leased, record.units);
  if (record.kind == Record::Kind::kSlot) change(counters_[record.counter].slots, record.units);
}

bool ObjectState::IsNeeded(const Counter& counter, uint64_t now) const {
  const uint16_t number = IndexOf(counter);
  for (const Record& record : records_) {
    if (record.counter == number) return true;
  }
  return CounterExpiry(counter) > now;
}

void ObjectState::DropExpired(uint64_t now) {
  std::array<uint16_t, kMaxObjectCounters> moved_to;
  size_t kept = 0;
  for (size_t i = 0; i < counters_.size(); ++i) {
    moved_to[i] = static_cast<uint16_t>(kept);
    if (!IsNeeded(counters_[i], now)) {
      FreeLog(counters_[i]);
      continue;
    }
    if (kept != i) counters_[kept] = counters_[i];
    ++kept;
  }
  if (kept == counters_.size()) return;
  counters_.resize_down(kept);
  for (Record& record : records_) {
    if (record.counter != Record::kNoCounter) record.counter = moved_to[record.counter];
  }
}

uint64_t ObjectState::Expiry() const {
  uint64_t expiry = std::max(horizon, closed_until);
  for (const Counter& counter : counters_) expiry = std::max(expiry, CounterExpiry(counter));
  for (const Record& record : records_) expiry = std::max(expiry, record.deadline);
  return expiry;
}

}  // namespace sluice::limit
