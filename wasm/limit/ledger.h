// What an isolate may answer by itself: leases from limiter objects, and their denials.
//
// A limiter object is the truth for its subject. With a charge it may grant a lease: units beyond
// the charge's cost that it has deducted already, for this isolate to spend until a deadline. So
// what is spent here was counted there, and nothing here can admit too much. (Gray and Cheriton,
// "Leases: an efficient fault-tolerant mechanism for distributed file cache consistency", 1989.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/hash.h"
#include "sluice/limit/object_frames.h"
#include "sluice/limit/rule.h"

namespace sluice::limit {

// Who answers a charge.
enum class Source : uint32_t {
  kAsk = 0,        // its object has to be asked
  kLease = 1,      // admitted from a lease
  kDenyCache = 2,  // denied, as its object did a moment ago
};

// What a limit allows the ledger. Durations in milliseconds.
struct LeaseTerms {
  double max_ms = 0;       // the longest lease to ask for; 0: none
  uint32_t max_units = 0;  // the most units to ask for, beyond the cost
  // The longest that a denial is believed, and that units may be reserved ahead of their time;
  // 0: not at all.
  double deny_cache_ms = 0;
};

// "`cost` units of the counter (rule, subject)". Refers to the rule and the subject.
struct SubjectCharge {
  const Rule& rule;  // valid
  std::string_view subject;
  uint32_t cost = 1;
  LeaseTerms terms = {};
  bool shadow = false;   // counted, never enforced
  bool settles = false;  // will be settled: by its own id, so it never comes out of a lease
};

// What the client is told. Durations in milliseconds from now.
struct Answer {
  Source source = Source::kAsk;
  bool allowed = false;
  bool blocked = false;
  uint32_t remaining = 0;      // of the object's units when it was last asked, and of the lease's
  double reset_ms = 0;         // until the full quota is there again, as far as known
  double retry_after_ms = -1;  // -1: allowed, or never
  uint64_t lease = 0;          // whose units were spent, or which one came; 0: none
};

// What WriteCharge wrote.
struct WrittenCharge {
  uint64_t id = 0;    // unique among isolates; also of the lease that may come with it
  uint32_t want = 0;  // units wanted beyond the cost …
  double max_ms = 0;  // … for so long
};

// An object's verdict on one charge.
using ObjectVerdict = OperationVerdict;

// "Of lease `lease` this many units will not be spent."
struct LeaseReturn {
  uint64_t lease = 0;
  uint32_t units = 0;
};

// Leases and denials of the subjects seen lately, by a 64-bit keyed fingerprint of (rule id,
// subject): two of n subjects share an entry with probability n²/2⁶⁵. A set-associative cache of 8
// ways and 104 bytes an entry, whose sets are allocated when first used. A full set makes room by
// forgetting what is over, then what was used least lately among that without units to spend;
// where every entry has some, a charge is asked for without a lease. Forgetting never admits
// anything. No timers; no call allocates more than one set.
//
// Time is Unix milliseconds. A `now_ms` before the latest that was seen is taken as that one:
// requests of one isolate see its clock at the time of their own last event. By as much as a time
// was before, leases end sooner. A clock set back by more than a second makes the ledger forget
// everything.
//
// Every operation is O(1) plus hashing the subject.
class Ledger {
 public:
  static constexpr size_t kDefaultEntries = 16'384;

  // `max_entries` is rounded up to a power of two of at least 8. Allocates nothing yet.
  explicit Ledger(HashKey key, size_t max_entries = kDefaultEntries);
  ~Ledger();
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;

  // Answers the charge if a lease that was granted under the same amounts has the units (they are
  // then spent; not for one that settles) or a denial stands: one of no greater cost under the same
  // amounts. Otherwise the answer is kAsk
  // and says nothing more.
  Answer Spend(const SubjectCharge& charge, double now_ms);

  // Undoes a Spend of `cost` units that was answered by `lease`. Units of a lease that has gone
  // since are lost until its deadline.
  void GiveBack(uint64_t lease, uint32_t cost, double now_ms);

  // Appends the operations that ask the object for this charge, which Spend left open: the lease
  // that is at its end is returned in the same request, also if nothing is left of it (until then
  // its units count as not yet spent, which is worse), and new units are wanted as far
  // as demand has been seen: none at first sight, then those of about the last terms.max_ms with
  // some to spare, asked for by one charge at a time.
  // `out` may hold the subject: it isn't read once anything is appended.
  WrittenCharge WriteCharge(const SubjectCharge& charge, double now_ms, OutputBuffer& out);

  // Notes the object's verdict on a charge that WriteCharge wrote; to be called once at most for
  // each. `sent_ms` is the time when the request was sent: it lies before the object spoke, so
  // a lease ends here before it ends there. Where there is a lease already (or no room), the
  // smaller one is dropped and the operation that returns it appended to `returns`. A charge that
  // the object denied is paid out of a lease if there is one by now: units that others of this
  // isolate were granted are often why it was denied.
  Answer Install(const SubjectCharge& charge, WrittenCharge written,
                 const OperationVerdict& verdict, double sent_ms, double now_ms,
                 OutputBuffer& returns);

  // Takes leases out of the ledger that others need more: granted by an object that was short of
  // units, and either at least a quarter unspent and nothing spent for a quarter of their time, or
  // half unspent when three quarters of it are over. Looks at some of the entries and goes on there
  // at the next call. Returns how many it put into `returns`.
  size_t DueReturns(double now_ms, absl::Span<LeaseReturn> returns);

  // Entries held, those that are over included.
  size_t size() const { return size_; }
  size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Entry;
  struct Set;

  double Advance(double now_ms);
  void ShortenLeases(double ms);
  void Clear();
  uint64_t Fingerprint(const Rule& rule, std::string_view subject) const;
  size_t SetOf(uint64_t fingerprint) const { return fingerprint & (set_count_ - 1); }
  uint64_t NewId(uint64_t fingerprint);
  Entry* Find(uint64_t fingerprint);
  // Null if there is no room.
  Entry* FindOrMake(uint64_t fingerprint, double now);
  void InstallLease(const SubjectCharge& charge, LeaseReturn granted,
                    const OperationVerdict& verdict, double sent, double now, Entry& entry,
                    OutputBuffer& returns);

  HashKey key_;
  size_t set_count_;
  Set** sets_ = nullptr;
  size_t size_ = 0;
  size_t memory_bytes_ = 0;
  size_t next_due_set_ = 0;
  uint64_t last_id_;
  double now_ = 0;
  double lag_ = 0;  // the most that a time was before the latest
};

}  // namespace sluice::limit
