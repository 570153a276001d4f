#include "sluice/limit/ledger.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/base/hash.h"
#include "sluice/limit/object_frames.h"

namespace sluice::limit {
namespace {

constexpr size_t kWays = 8;
constexpr uint32_t kScarce = 1;
constexpr uint32_t kBlocked = 2;
constexpr uint32_t kLeaseAmounts = (1u << 30) - 1;

// How long one charge that wants units keeps others from wanting them too, if no answer comes.
constexpr double kAskingMs = 1000;
// Answers that take longer to say what they cost have cost what was reserved.
constexpr double kSettlesWithinMs = 600'000;
// A clock that goes back by less is one request's, which lags behind another's.
constexpr double kMaxClockLagMs = 1000;
constexpr size_t kSetsPerDueReturns = 16;
// A pause of so many times the mean between charges is none that comes about by chance (e^-6).
constexpr float kIdleArrivals = 6;

void AppendReturn(const Rule& rule, LeaseReturn unspent, OutputBuffer& out) {
  EncodeOperation(
      {.kind = OperationKind::kReturn, .cost = unspent.units, .id = unspent.lease, .rule = rule},
      out);
}

// Tells the amounts of a rule from others that its author gave it.
uint32_t AmountsOf(const Rule& rule) { return rule.units * 0x9E3779B1u ^ rule.burst; }

// Units to ask for where `demand` were charged in the time of a lease: a quarter more, for what
// grows, and about the standard deviation of what comes at random.
uint32_t UnitsWanted(double demand, uint32_t max_units) {
  if (!(demand >= 0.5)) return 0;
  const double wanted = 1.25 * demand + std::sqrt(demand);
  return static_cast<uint32_t>(std::min(wanted, static_cast<double>(max_units)));
}

// The longest wait for reserved units, with some time for the network: a denial is believed until
// they are there.
uint32_t MaxWait(const LeaseTerms& terms) {
  return static_cast<uint32_t>(
      std::clamp<double>(0.9 * terms.deny_cache_ms, 0, Operation::kMaxWaitMs));
}

}  // namespace

struct Ledger::Entry {
  uint64_t lease;
  double lease_ends;
  double denied_until;  // a denial of `denied_cost` stands until then
  double retry_at;      // what the denial said; infinite: never
  double reset_at;
  double seen_at;
  double asking_until;
  float lease_length_ms;  // the lease starts as long before its end
  float demand;           // units charged lately, see Arrive
  uint32_t granted;
  uint32_t units_left;
  uint32_t denied_cost;
  uint32_t denied_amounts;
  uint32_t remaining;  // the object's
  uint32_t flags : 2;
  uint32_t lease_amounts : 30;  // that the lease was granted under
  float idle_ms;                // without a charge for so long, there will hardly be one soon
  float pace_ms;  // not 0: the lease has one unit when it starts, and one more after each

  double lease_starts() const { return lease_ends - static_cast<double>(lease_length_ms); }
  bool HasLease(double now) const { return units_left > 0 && now < lease_ends; }
  bool CanSpend(uint32_t cost, double now) const {
    return units_left >= cost && now < lease_ends && now >= TimeOf(cost);
  }
  // When the next units of the lease have come.
  double TimeOf(uint32_t units) const {
    if (pace_ms == 0 || units == 0) return lease_starts();
    const double before = static_cast<double>(granted - units_left) + (units - 1.0);
    return lease_starts() + before * static_cast<double>(pace_ms);
  }
  // Under other amounts its units may be more than there are.
  bool CanPay(const SubjectCharge& charge, double now) const {
    return CanSpend(charge.cost, now) && lease_amounts == (AmountsOf(charge.rule) & kLeaseAmounts);
  }
  bool Denies(const SubjectCharge& charge, double now) const {
    return now < denied_until && charge.cost >= denied_cost &&
           AmountsOf(charge.rule) == denied_amounts;
  }

  // `demand` decays by e in the time of a lease: at a steady rate it is what comes in that time.
  // e^-x is nearly 1 / (1 + x + x²/2): small steps add up to it, great ones leave a little more.
  void Arrive(uint32_t cost, double lease_ms, double now) {
    if (lease_ms > 0) {
      const double elapsed = now - seen_at;
      const double square = lease_ms * lease_ms;
      const double left = square / (square + elapsed * (lease_ms + elapsed / 2));
      demand = static_cast<float>(static_cast<double>(demand) * left + cost);
    }
    seen_at = now;
  }

  Answer ToAnswer(Source source, bool allowed, double now) const {
    Answer answer{.source = source,
                  .allowed = allowed,
                  .blocked = !allowed && (flags & kBlocked) != 0,
                  .remaining = remaining,
                  .reset_ms = std::max(0.0, reset_at - now)};
    if (CanSpend(0, now)) {
      answer.remaining += std::min(units_left, UINT32_MAX - remaining);
      answer.lease = lease;
    }
    if (!allowed && std::isfinite(retry_at)) answer.retry_after_ms = std::max(0.0, retry_at - now);
    return answer;
  }

  bool DueForReturn(double now) const {
    if ((flags & kScarce) == 0 || !HasLease(now) || units_left < (granted + 3) / 4) return false;
    // What is still to come of it is due only if nobody comes for it.
    if (pace_ms > 0) return now - seen_at >= static_cast<double>(idle_ms);
    const double quarter = static_cast<double>(lease_length_ms) / 4;
    if (now - std::max(seen_at, lease_starts()) >= quarter) return true;
    return now >= lease_ends - quarter && units_left >= (granted + 1) / 2;
  }

  // What is forgotten first has the greatest: entries that are over before those that aren't.
  // Negative: keep it.
  double Disposability(double now) const {
    if (HasLease(now)) return -1;
    const bool over = now >= denied_until && now >= asking_until;
    return std::max(0.0, now - seen_at) + (over ? 1e16 : 0);
  }
};

struct Ledger::Set {
  uint64_t fingerprints[kWays];  // 0: vacant
  Entry entries[kWays];
};

Ledger::Ledger(HashKey key, size_t max_entries)
    : key_(key),
      set_count_(std::bit_ceil(std::max(max_entries, kWays)) / kWays),
      last_id_(SipHash13(key, "ids of charges")) {
  static_assert(sizeof(Set) == kWays * 104);
}

Ledger::~Ledger() { Clear(); }

void Ledger::Clear() {
  if (sets_ == nullptr) return;
  for (size_t i = 0; i < set_count_; ++i) std::free(sets_[i]);
  std::free(sets_);
  sets_ = nullptr;
  size_ = 0;
  memory_bytes_ = 0;
}

double Ledger::Advance(double now_ms) {
  if (now_ms < now_ - kMaxClockLagMs) {
    Clear();
    now_ = now_ms;
    lag_ = 0;
  }
  // A clock that was set back stands still here while objects' go on: leases end as much sooner.
  const double lag = now_ - now_ms;
  if (lag > lag_) {
    ShortenLeases(lag - lag_);
    lag_ = lag;
  }
  if (now_ms > now_) now_ = now_ms;
  return now_;
}

void Ledger::ShortenLeases(double ms) {
  for (size_t i = 0; sets_ != nullptr && i < set_count_; ++i) {
    if (sets_[i] == nullptr) continue;
    for (Entry& entry : sets_[i]->entries) {
      entry.lease_ends -= ms;
      entry.lease_length_ms = std::max(0.0F, entry.lease_length_ms - static_cast<float>(ms));
    }
  }
}

uint64_t Ledger::Fingerprint(const Rule& rule, std::string_view subject) const {
  return std::max<uint64_t>(1, SipHash13(key_, rule.id, subject));
}

// A charge's id says in its low bits where the lease is that may come with it.
uint64_t Ledger::NewId(uint64_t fingerprint) {
  last_id_ += set_count_;
  const uint64_t id = (last_id_ & ~uint64_t{set_count_ - 1}) | SetOf(fingerprint);
  return id != 0 ? id : NewId(fingerprint);
}

Ledger::Entry* Ledger::Find(uint64_t fingerprint) {
  if (sets_ == nullptr) return nullptr;
  Set* set = sets_[SetOf(fingerprint)];
  if (set == nullptr) return nullptr;
  for (size_t way = 0; way < kWays; ++way) {
    if (set->fingerprints[way] == fingerprint) return &set->entries[way];
  }
  return nullptr;
}

Ledger::Entry* Ledger::FindOrMake(uint64_t fingerprint, double now) {
  if (Entry* entry = Find(fingerprint)) return entry;
  if (sets_ == nullptr) {
    sets_ = static_cast<Set**>(std::calloc(set_count_, sizeof(Set*)));
    if (sets_ == nullptr) return nullptr;
    memory_bytes_ += set_count_ * sizeof(Set*);
  }
  Set*& set = sets_[SetOf(fingerprint)];
  if (set == nullptr) {
    set = static_cast<Set*>(std::calloc(1, sizeof(Set)));
    if (set == nullptr) return nullptr;
    memory_bytes_ += sizeof(Set);
  }
  size_t chosen = kWays;
  double most = 0;
  for (size_t way = 0; way < kWays; ++way) {
    if (set->fingerprints[way] == 0) {
      chosen = way;
      ++size_;
      break;
    }
    const double disposability = set->entries[way].Disposability(now);
    if (disposability < most) continue;
    most = disposability;
    chosen = way;
  }
  if (chosen == kWays) return nullptr;
  set->fingerprints[chosen] = fingerprint;
  set->entries[chosen] = Entry{};
  set->entries[chosen].seen_at = now;
  return &set->entries[chosen];
}

Answer Ledger::Spend(const SubjectCharge& charge, double now_ms) {
  const double now = Advance(now_ms);
  Entry* entry = Find(Fingerprint(charge.rule, charge.subject));
  if (entry == nullptr) return {};
  if (!charge.settles) {
    entry->Arrive(charge.cost, charge.terms.max_ms, now);
    if (entry->CanPay(charge, now)) {
      entry->units_left -= charge.cost;
      return entry->ToAnswer(Source::kLease, true, now);
    }
  }
  if (entry->pace_ms > 0 && entry->HasLease(now)) entry->retry_at = entry->TimeOf(charge.cost);
  if (entry->Denies(charge, now)) return entry->ToAnswer(Source::kDenyCache, false, now);
  return {};
}

void Ledger::GiveBack(uint64_t lease, uint32_t cost, double now_ms) {
  Advance(now_ms);
  Set* set = sets_ == nullptr ? nullptr : sets_[SetOf(lease)];
  if (set == nullptr || lease == 0) return;
  for (Entry& entry : set->entries) {
    if (entry.lease != lease) continue;
    entry.units_left += std::min(cost, entry.granted - entry.units_left);
    return;
  }
}

WrittenCharge Ledger::WriteCharge(const SubjectCharge& charge, double now_ms, OutputBuffer& out) {
  const double now = Advance(now_ms);
  const uint64_t fingerprint = Fingerprint(charge.rule, charge.subject);
  uint32_t want = 0;
  Entry* entry = charge.settles ? nullptr : Find(fingerprint);
  if (entry != nullptr) {
    const bool awaits_lease =
        entry->pace_ms == 0 && entry->HasLease(now) && now < entry->lease_starts();
    if (entry->lease != 0 && !awaits_lease) {
      AppendReturn(charge.rule, {entry->lease, entry->units_left}, out);
      entry->lease = 0;
      entry->units_left = 0;
      entry->granted = 0;
    }
    if (charge.terms.max_ms > 0 && !awaits_lease && now >= entry->asking_until) {
      want = UnitsWanted(static_cast<double>(entry->demand) - charge.cost, charge.terms.max_units);
      if (want > 0) entry->asking_until = now + kAskingMs;
    }
  } else if (charge.terms.max_ms > 0 && !charge.settles) {
    entry = FindOrMake(fingerprint, now);
    if (entry != nullptr) entry->Arrive(charge.cost, charge.terms.max_ms, now);
  }

  const uint64_t id = NewId(fingerprint);
  Operation operation = {.kind = OperationKind::kCharge,
                         .cost = charge.cost,
                         .id = id,
                         .want = want,
                         .shadow = charge.shadow,
                         .settles = charge.settles,
                         .duration_ms = charge.settles ? kSettlesWithinMs : 0,
                         .rule = charge.rule};
  if (want > 0) {
    operation.duration_ms = charge.terms.max_ms;
    operation.max_wait_ms = MaxWait(charge.terms);
    operation.paces = true;
  }
  EncodeOperation(operation, out);
  return {id, want, charge.terms.max_ms};
}

Answer Ledger::Install(const SubjectCharge& charge, WrittenCharge written,
                       const OperationVerdict& verdict, double sent_ms, double now_ms,
                       OutputBuffer& returns) {
  const double now = Advance(now_ms);
  // A clock that was set back has lost the time between: then no lease can be measured.
  const double sent = sent_ms <= now ? sent_ms : -std::numeric_limits<double>::infinity();
  const uint64_t fingerprint = Fingerprint(charge.rule, charge.subject);
  const bool denied_for_a_while = !verdict.allowed && charge.terms.deny_cache_ms > 0;
  Entry* entry =
      verdict.leased > 0 || denied_for_a_while ? FindOrMake(fingerprint, now) : Find(fingerprint);
  Entry unheld = {};
  Entry& noted = entry != nullptr ? *entry : unheld;
  noted.remaining = verdict.remaining;
  noted.reset_at = now + verdict.reset_ms;
  if (written.want > 0) noted.asking_until = 0;
  if (written.want > 0) {
    noted.idle_ms =
        kIdleArrivals * static_cast<float>(written.max_ms) / std::max(1.0F, noted.demand);
  }
  noted.flags = (verdict.scarce ? kScarce : 0) | (verdict.blocked ? kBlocked : 0);
  noted.retry_at = verdict.retry_after_ms >= 0 ? now + verdict.retry_after_ms
                                               : std::numeric_limits<double>::infinity();
  noted.denied_cost = charge.cost;
  noted.denied_amounts = AmountsOf(charge.rule);
  // From when it was sent: then what changes after the object spoke shows in time.
  noted.denied_until =
      verdict.allowed ? 0 : std::min(noted.retry_at, sent + charge.terms.deny_cache_ms);
  // Units that are reserved for later: until then there are none.
  if (verdict.leased > 0 && verdict.lease_pace_us > 0) {
    // What comes is the isolate's part: it needn't ask for more until it may be worth it again.
    noted.denied_until = verdict.scarce ? sent + charge.terms.deny_cache_ms : 0;
  } else if (verdict.leased > 0 && verdict.lease_wait_ms > 0) {
    noted.retry_at = now + verdict.lease_wait_ms;
    noted.denied_until = std::min(noted.retry_at, sent + charge.terms.deny_cache_ms);
  }
  if (verdict.leased > 0) {
    if (entry == nullptr) {
      AppendReturn(charge.rule, {written.id, verdict.leased}, returns);
    } else {
      InstallLease(charge, {written.id, verdict.leased}, verdict, sent, now, noted, returns);
    }
  }
  if (!verdict.allowed && !verdict.blocked && !charge.settles && noted.CanPay(charge, now)) {
    noted.units_left -= charge.cost;
    return noted.ToAnswer(Source::kLease, true, now);
  }
  Answer answer = noted.ToAnswer(Source::kAsk, verdict.allowed, now);
  answer.lease = noted.lease == written.id && noted.units_left > 0 ? written.id : 0;
  return answer;
}

void Ledger::InstallLease(const SubjectCharge& charge, LeaseReturn granted,
                          const OperationVerdict& verdict, double sent, double now, Entry& entry,
                          OutputBuffer& returns) {
  if (entry.lease == granted.lease) return;
  const double ends = sent + verdict.lease_ms;
  const bool paced = verdict.lease_pace_us > 0;
  const double starts = paced || verdict.lease_wait_ms > 0 ? now + verdict.lease_wait_ms : sent;
  if (!(ends > now && ends > starts) ||
      (entry.HasLease(now) && entry.units_left >= granted.units)) {
    AppendReturn(charge.rule, granted, returns);
    return;
  }
  if (entry.HasLease(now)) AppendReturn(charge.rule, {entry.lease, entry.units_left}, returns);
  entry.lease = granted.lease;
  entry.lease_amounts = AmountsOf(charge.rule) & kLeaseAmounts;
  entry.granted = entry.units_left = granted.units;
  entry.lease_ends = ends;
  // Rounded, so that a lease that has to wait never starts too early, and another not too late.
  const auto length = static_cast<float>(ends - starts);
  entry.lease_length_ms =
      std::nextafter(length, paced || verdict.lease_wait_ms > 0 ? 0.0F : 2 * length);
  // Rounded so that no unit comes too early.
  entry.pace_ms = paced ? std::nextafter(static_cast<float>(verdict.lease_pace_us) / 1000,
                                         std::numeric_limits<float>::max())
                        : 0;
}

size_t Ledger::DueReturns(double now_ms, absl::Span<LeaseReturn> returns) {
  const double now = Advance(now_ms);
  size_t count = 0;
  if (sets_ == nullptr) return count;
  const size_t sets = std::min(kSetsPerDueReturns, set_count_);
  for (size_t i = 0; i < sets && returns.size() - count >= kWays; ++i) {
    Set* set = sets_[next_due_set_++ & (set_count_ - 1)];
    if (set == nullptr) continue;
    for (Entry& entry : set->entries) {
      if (!entry.DueForReturn(now)) continue;
      returns[count++] = {entry.lease, entry.units_left};
      entry.units_left = entry.granted = 0;
    }
  }
  return count;
}

}  // namespace sluice::limit
