#include "sluice/limit/counter_table.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/hash.h"

namespace sluice::limit {
namespace {

constexpr uint64_t kVacant = UINT64_MAX;  // above every fingerprint, so that probes end at it
// The lowest bit of a slot's fingerprint; it is 0 in all that are looked for.
constexpr uint64_t kChanged = 1;
constexpr uint64_t kGreatestFingerprint = kVacant - 3;
constexpr size_t kMaxErased = 65'536;

constexpr size_t kMinSlots = 32;
constexpr size_t kMaxSlots = 512;
// Slots behind the last home: where what is displaced from the end goes. A run that needs more
// makes the segment grow early. The very last slot stays vacant.
constexpr size_t kOverflowSlots = 12;
// Far beyond what segments of hundreds of random fingerprints need; bounds the directory.
constexpr uint32_t kMaxDepth = 24;

constexpr size_t MaxFill(size_t slots) { return (slots - kOverflowSlots) * 9 / 10; }
constexpr size_t SlotsFor(size_t entries) {
  const size_t slots = (entries * 10 + 8) / 9 + kOverflowSlots;
  return std::max(kMinSlots, (slots + 7) & ~size_t{7});
}
static_assert(MaxFill(SlotsFor(100)) >= 100 && MaxFill(SlotsFor(449)) >= 449);

}  // namespace

struct CounterTable::Slot {
  uint64_t fingerprint;
  State state;

  bool vacant() const { return fingerprint == kVacant; }
  bool Is(uint64_t other) const { return (fingerprint & ~kChanged) == other; }
  bool ExpiredAt(uint64_t now) const { return state.a < now; }  // see State
  bool LiveAt(uint64_t now) const { return !vacant() && !ExpiredAt(now); }
};

struct CounterTable::Segment {
  uint32_t slot_count;
  uint32_t entries;
  uint32_t depth;    // leading bits that all its fingerprints share
  uint32_t changed;  // 1 if a slot may be marked

  static size_t BytesFor(size_t slot_count) { return sizeof(Segment) + slot_count * sizeof(Slot); }
  size_t bytes() const { return BytesFor(slot_count); }

  Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
  const Slot* slots() const { return reinterpret_cast<const Slot*>(this + 1); }
  bool full() const { return entries >= MaxFill(slot_count); }

  // Monotone in the fingerprint, for those that share the segment's leading bits.
  size_t Home(uint64_t fingerprint) const {
    const uint64_t own_bits = (fingerprint << depth) >> 32;
    return static_cast<size_t>((own_bits * (slot_count - kOverflowSlots)) >> 32);
  }

  // The slot of the fingerprint, or the one where it belongs.
  Slot* LowerBound(uint64_t fingerprint) {
    Slot* slot = slots() + Home(fingerprint);
    while (slot->fingerprint < fingerprint) ++slot;
    return slot;
  }

  size_t CountLive(uint64_t now) const {
    size_t live = 0;
    for (size_t i = 0; i < slot_count; ++i) {
      live += slots()[i].LiveAt(now) ? 1u : 0u;
    }
    return live;
  }

  // Puts the live ones of the slots [from, end) each at its home or next behind the one before.
  // False if they crowd so much at the end that some don't fit.
  bool Fill(const Slot* from, const Slot* end, uint64_t now) {
    Slot* next = slots();
    Slot* const last = next + slot_count - 1;
    for (; from != end; ++from) {
      if (!from->LiveAt(now)) continue;
      Slot* const home = slots() + Home(from->fingerprint);
      for (; next < home; ++next) next->fingerprint = kVacant;
      if (next == last) return false;
      *next++ = *from;
    }
    for (; next <= last; ++next) next->fingerprint = kVacant;
    return true;
  }
};

CounterTable::CounterTable(HashKey key, size_t max_entries)
    : key_(key), max_entries_(std::max<size_t>(64, max_entries)) {
  static_assert(sizeof(Slot) == 24 && sizeof(Segment) == 16);
}

CounterTable::~CounterTable() {
  if (directory_ == nullptr) return;
  const size_t count = size_t{1} << depth_;
  for (size_t i = 0; i < count;) {
    Segment* segment = directory_[i];
    i += size_t{1} << (depth_ - segment->depth);
    std::free(segment);
  }
  std::free(directory_);
}

uint64_t CounterTable::Fingerprint(const Rule& rule, std::string_view subject) const {
  return std::min(SipHash13(key_, rule.id, subject) & ~kChanged, kGreatestFingerprint);
}

size_t CounterTable::DirectoryIndex(uint64_t fingerprint) const {
  return static_cast<size_t>((fingerprint >> 1) >> (63 - depth_));  // also for a depth of 0
}

State* CounterTable::Find(const Rule& rule, std::string_view subject, double now_ms) {
  return FindFingerprint(Fingerprint(rule, subject), now_ms);
}

State* CounterTable::FindFingerprint(uint64_t fingerprint, double now_ms) {
  const uint64_t now = now_ms > 0 ? static_cast<uint64_t>(std::min(now_ms, kMaxTimeMs)) : 0;
  // Room that was made is not enough only if many fingerprints crowd together.
  for (int attempt = 0; attempt < 6; ++attempt) {
    if (directory_ != nullptr) {
      Segment& segment = *directory_[DirectoryIndex(fingerprint)];
      Slot* slot = segment.LowerBound(fingerprint);
      last_segment_ = &segment;
      last_slot_ = slot;
      if (slot->Is(fingerprint)) return &slot->state;
      if (State* state = Insert(segment, slot, fingerprint, now)) return state;
    }
    if (!MakeRoom(fingerprint, now)) return nullptr;
  }
  return nullptr;
}

// Puts the fingerprint at `slot`; what is there moves up into the first vacant or expired slot.
State* CounterTable::Insert(Segment& segment, Slot* slot, uint64_t fingerprint, uint64_t now) {
  Slot* free = slot;
  while (!free->vacant() && !free->ExpiredAt(now)) ++free;
  if (free->vacant()) {
    const bool last = free == segment.slots() + segment.slot_count - 1;
    if (last || segment.full() || size_ >= max_entries_) return nullptr;
    ++segment.entries;
    ++size_;
  }
  std::memmove(slot + 1, slot, static_cast<size_t>(free - slot) * sizeof(Slot));
  *slot = {.fingerprint = fingerprint, .state = {}};
  return &slot->state;
}

const State* CounterTable::Lookup(const Rule& rule, std::string_view subject) const {
  if (directory_ == nullptr) return nullptr;
  const uint64_t fingerprint = Fingerprint(rule, subject);
  const Slot* slot = directory_[DirectoryIndex(fingerprint)]->LowerBound(fingerprint);
  return slot->Is(fingerprint) ? &slot->state : nullptr;
}

void CounterTable::Erase(const Rule& rule, std::string_view subject) {
  if (directory_ == nullptr) return;
  const uint64_t fingerprint = Fingerprint(rule, subject);
  Segment& segment = *directory_[DirectoryIndex(fingerprint)];
  Slot* slot = segment.LowerBound(fingerprint);
  if (!slot->Is(fingerprint)) return;
  if (takes_changes_ && erased_.size() < kMaxErased) erased_.push_back(fingerprint);
  // What was displaced past the slot moves back towards home.
  Slot* end = slot + 1;
  while (!end->vacant() && segment.slots() + segment.Home(end->fingerprint) < end) ++end;
  std::memmove(slot, slot + 1, static_cast<size_t>(end - slot - 1) * sizeof(Slot));
  (end - 1)->fingerprint = kVacant;
  --segment.entries;
  --size_;
}

void CounterTable::MarkChanged() {
  last_slot_->fingerprint |= kChanged;
  last_segment_->changed = 1;
}

size_t CounterTable::TakeChanges(absl::Span<Change> changes) {
  takes_changes_ = true;
  size_t count = 0;
  for (; count < changes.size() && !erased_.empty(); erased_.pop_back()) {
    changes[count++] = {erased_.back(), {}};
  }
  const size_t pointers = directory_ == nullptr ? 0 : size_t{1} << depth_;
  for (size_t i = 0; i < pointers;) {
    Segment& segment = *directory_[i];
    i += size_t{1} << (depth_ - segment.depth);
    if (segment.changed == 0) continue;
    for (size_t slot = 0; slot < segment.slot_count; ++slot) {
      Slot& changed = segment.slots()[slot];
      if (changed.vacant() || (changed.fingerprint & kChanged) == 0) continue;
      if (count == changes.size()) return count;
      changed.fingerprint &= ~kChanged;
      changes[count++] = {changed.fingerprint, changed.state};
    }
    segment.changed = 0;
  }
  return count;
}

bool CounterTable::Put(const Change& change, double now_ms) {
  State* state =
      FindFingerprint(std::min(change.fingerprint & ~kChanged, kGreatestFingerprint), now_ms);
  if (state == nullptr) return false;
  *state = change.state;
  return true;
}

bool CounterTable::MakeRoom(uint64_t fingerprint, uint64_t now) {
  if (directory_ == nullptr) {
    directory_ = static_cast<Segment**>(std::malloc(sizeof(Segment*)));
    if (directory_ == nullptr) return false;
    constexpr Segment kNothing = {};
    directory_[0] = CopyOf(kNothing, 0, 0, 0, 1, now);
    if (directory_[0] == nullptr) {
      std::free(directory_);
      directory_ = nullptr;
      return false;
    }
    memory_bytes_ = sizeof(Segment*) + directory_[0]->bytes();
    return true;
  }
  const size_t index = DirectoryIndex(fingerprint);
  const Segment& segment = *directory_[index];
  const size_t live = segment.CountLive(now);
  if (size_ - (segment.entries - live) >= max_entries_) return false;
  return Resize(index, live, now) || Split(index, now);
}

// Copies the segment without what has expired, with room for an eighth more. False if that is more
// than a segment may have (or memory has).
bool CounterTable::Resize(size_t index, size_t live, uint64_t now) {
  Segment* old = directory_[index];
  size_t headroom = live / 8 + 1;
  // Nothing to drop: whatever is short, the next size has more of it.
  if (live == old->entries) {
    if (old->slot_count == kMaxSlots) return false;
    headroom = std::max(headroom, MaxFill(old->slot_count + old->slot_count / 8) - live);
  }
  Segment* copy = CopyOf(*old, 0, old->slot_count, old->depth, headroom, now);
  if (copy == nullptr) return false;
  Install(index, copy);
  Discard(old);
  return true;
}

bool CounterTable::Split(size_t index, uint64_t now) {
  Segment* old = directory_[index];
  if (old->depth == depth_) {
    if (!DoubleDirectory()) return false;
    index *= 2;
  }
  const Slot* slots = old->slots();
  const uint64_t next_bit = uint64_t{1} << (63 - old->depth);
  size_t middle = 0;
  for (size_t i = 0; i < old->slot_count; ++i) {
    if (!slots[i].vacant() && (slots[i].fingerprint & next_bit) == 0) middle = i + 1;
  }
  const uint32_t depth = old->depth + 1;
  Segment* low = CopyOf(*old, 0, middle, depth, middle / 8 + 1, now);
  Segment* high = CopyOf(*old, middle, old->slot_count, depth, (old->slot_count - middle) / 8, now);
  if (low == nullptr || high == nullptr) {
    std::free(low);
    std::free(high);
    return false;
  }
  const size_t reach = size_t{1} << (depth_ - depth);
  const size_t first = index & ~(2 * reach - 1);
  Install(first, low);
  Install(first + reach, high);
  Discard(old);
  return true;
}

bool CounterTable::DoubleDirectory() {
  if (depth_ == kMaxDepth) return false;
  const size_t count = size_t{1} << depth_;
  auto* grown = static_cast<Segment**>(std::realloc(directory_, 2 * count * sizeof(Segment*)));
  if (grown == nullptr) return false;
  for (size_t i = count; i-- > 0;) grown[2 * i] = grown[2 * i + 1] = grown[i];
  directory_ = grown;
  memory_bytes_ += count * sizeof(Segment*);
  ++depth_;
  return true;
}

// A new segment with the live ones of the slots [begin, end) and room for `headroom` more, or null
// if that is more than a segment holds or than there is memory.
CounterTable::Segment* CounterTable::CopyOf(const Segment& source, size_t begin, size_t end,
                                            uint32_t depth, size_t headroom, uint64_t now) {
  const Slot* from = source.slots();
  size_t live = 0;
  for (size_t i = begin; i < end; ++i) live += from[i].LiveAt(now) ? 1u : 0u;
  // One that comes near the greatest size gets that, with less headroom, before it has to split.
  size_t slots = std::min(SlotsFor(live + headroom), kMaxSlots);
  if (live > MaxFill(slots)) return nullptr;
  while (true) {
    auto* copy = static_cast<Segment*>(std::malloc(Segment::BytesFor(slots)));
    if (copy == nullptr) return nullptr;
    *copy = {static_cast<uint32_t>(slots), static_cast<uint32_t>(live), depth, source.changed};
    if (copy->Fill(from + begin, from + end, now)) return copy;
    std::free(copy);
    if (slots == kMaxSlots) return nullptr;
    slots = std::min(slots + slots / 8, kMaxSlots);
  }
}

// Points the segment's part of the directory, which holds `index`, to it.
void CounterTable::Install(size_t index, Segment* segment) {
  const size_t reach = size_t{1} << (depth_ - segment->depth);
  const size_t first = index & ~(reach - 1);
  std::fill_n(directory_ + first, reach, segment);
  size_ += segment->entries;
  memory_bytes_ += segment->bytes();
}

void CounterTable::Discard(Segment* segment) {
  size_ -= segment->entries;
  memory_bytes_ -= segment->bytes();
  std::free(segment);
}

}  // namespace sluice::limit
