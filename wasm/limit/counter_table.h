// Counters of many subjects in one isolate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/hash.h"
#include "sluice/limit/algorithm.h"

namespace sluice::limit {

// A hash table of 24-byte slots: a 63-bit keyed fingerprint of (rule id, subject), a bit that says
// whether the counter was marked as changed, and 16 bytes of state. Some two of n live subjects
// share a counter with probability n²/2⁶⁴ (n = 1e6: 5.4e-8); an attacker can't steer it without the
// key. Bounded; no timers.
//
// Extendible hashing (Fagin et al., 1979): the fingerprint's leading bits choose a segment of at
// most 512 slots. Inside, Robin Hood probing in its ordered form (Amble and Knuth, "Ordered hash
// tables", 1974): slots are sorted by fingerprint, so a probe ends at the first one that isn't
// smaller, and a segment is copied or split in one pass in order. Segments fill to a load of 0.88,
// then grow by an eighth; a full one of 512 splits.
// So growth is incremental: the most that one
// charge moves is one segment (12 KB), and now and then the directory (1 pointer for about 300
// counters).
//
// Expiry costs nothing of its own: an expired slot on a new subject's way is taken over, and a
// segment that has to grow first drops what has expired (and shrinks, if that was much). At
// capacity a charge of an unknown subject looks for expired slots in its segment; if there is none
// it is refused (`Find` returns null), so that a flood of subjects can't push counters out. What
// then happens is the caller's to say (onOutage).
class CounterTable {
 public:
  // `max_entries`: at least 64 (less is taken as 64). Allocates nothing yet.
  CounterTable(HashKey key, size_t max_entries);
  ~CounterTable();
  CounterTable(const CounterTable&) = delete;
  CounterTable& operator=(const CounterTable&) = delete;

  // The state of (rule, subject), made if absent; null at capacity or out of memory. The pointer is
  // good until the next call. A state that stays all zero is expired, so looking leaves nothing
  // behind for long. O(1) amortized; at worst O(a segment).
  State* Find(const Rule& rule, std::string_view subject, double now_ms);

  // The state of (rule, subject), or null; it may be expired. Good until the next call. O(1).
  const State* Lookup(const Rule& rule, std::string_view subject) const;

  // Forgets the counter, if there is one. O(1).
  void Erase(const Rule& rule, std::string_view subject);

  // Marks the state that the last Find yielded as changed.
  void MarkChanged();

  // A counter on its way from one table to another with the same key.
  struct Change {
    uint64_t fingerprint;
    State state;
  };
  // Fills `changes` with counters that are marked, and takes the marks off; returns how many. From
  // the first call on erased ones are among them, all zero, but for those beyond 65,536.
  // O(counters / 300 + changes) to O(counters).
  size_t TakeChanges(absl::Span<Change> changes);
  // Puts the counter into the table, over what is there. False at capacity or out of memory.
  // O(1) amortized.
  bool Put(const Change& change, double now_ms);

  // Counters held, expired ones not yet dropped included.
  size_t size() const { return size_; }
  // At most 24 × 1.25 / 0.85 bytes an entry from some hundred entries on, and 1 KB below.
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Slot;
  struct Segment;

  uint64_t Fingerprint(const Rule& rule, std::string_view subject) const;
  State* FindFingerprint(uint64_t fingerprint, double now_ms);
  size_t DirectoryIndex(uint64_t fingerprint) const;
  State* Insert(Segment& segment, Slot* slot, uint64_t fingerprint, uint64_t now);
  bool MakeRoom(uint64_t fingerprint, uint64_t now);
  bool Resize(size_t index, size_t live, uint64_t now);
  bool Split(size_t index, uint64_t now);
  bool DoubleDirectory();
  Segment* CopyOf(const Segment& source, size_t begin, size_t end, uint32_t depth, size_t headroom,
                  uint64_t now);
  void Install(size_t index, Segment* segment);
  void Discard(Segment* segment);

  HashKey key_;
  size_t max_entries_;
  size_t size_ = 0;
  size_t memory_bytes_ = 0;
  // 2^depth_ pointers; a segment of depth d is pointed to by 2^(depth_ - d) neighbours.
  Segment** directory_ = nullptr;
  uint32_t depth_ = 0;
  // Where the last Find ended.
  Segment* last_segment_ = nullptr;
  Slot* last_slot_ = nullptr;
  bool takes_changes_ = false;
  std::vector<uint64_t> erased_;
};

}  // namespace sluice::limit
