// Several names of one object found in one walk over its members.
//
// A query asks the same objects for several names: a filter for those it compares, a reshape for
// those it takes. Its names are put into lookups, one for each place in the query that a value
// stands at (all that is asked of a filter's `@` is one lookup, all of `@.customer` another). The
// first name asked for walks the object and finds all of them; the others are then at hand.
// Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/json/document.h"
#include "sluice/query/budget.h"

namespace sluice::query {

inline constexpr uint32_t kNoLookup = 0xFFFFFFFF;

// Which name of which lookup.
struct LookupSlot {
  uint32_t lookup = kNoLookup;
  uint32_t number = 0;
};

// A row of the names' table. Those of a lookup lie side by side; they are numbered from 1 on.
struct LookupName {
  uint64_t head[2];  // the first 16 bytes of the name in quotes; 0 behind its end
  uint64_t mask[2];  // the bytes of `head` before that end
  StringRef text;
};

// A row of the lookups' table. Names are told apart by a hash of their first four bytes, the quote
// included, as far as the shortest of the lookup reaches.
struct Lookup {
  static constexpr uint32_t kMaxNames = 13;  // see MemberLookup::State
  static constexpr uint32_t kBucketBits = 6;
  // In a bucket: it is another name's as well, or more than the name's head must be compared.
  static constexpr uint32_t kCareful = 0x80;

  uint32_t first_name;
  uint32_t name_count;
  uint32_t mask;  // of the bytes that are hashed
  uint32_t multiplier;
  uint8_t buckets[1u << kBucketBits];  // numbers

  uint32_t Bucket(uint32_t start) const {
    return (start & mask) * multiplier >> (32 - kBucketBits);
  }
};

// The lookups of one run over one document.
class MemberLookup {
 public:
  // Of one lookup: what its last walk found.
  struct State {
    uint32_t object = kNoLookup;             // which is no node either
    uint32_t found = 0;                      // a bit for each number
    uint32_t values[1 + Lookup::kMaxNames];  // that of number 0 says nothing
  };
  static_assert(sizeof(State) == 64);

  // Borrows all. `states` is memory kept between runs.
  MemberLookup(const Block& program, uint32_t lookups_table, uint32_t names_table,
               std::string_view pool, const json::Document& document, StepMeter& meter,
               std::vector<State>& states);

  // The tape index of the value of the last member of that name; 0 if `node` has none or is no
  // object, or out of steps. Steps: as many as the object has members for the first name.
  uint32_t Find(uint32_t node, uint32_t lookup, uint32_t number) {
    State& state = states_[lookup];
    if (state.object != node && !Walk(node, lookups_[lookup], state)) return 0;
    return (state.found >> number & 1) != 0 ? state.values[number] : 0;
  }

  std::string_view Name(uint32_t lookup, uint32_t number) const {
    return names_[lookups_[lookup].first_name + number - 1].text.In(pool_);
  }

 private:
  bool Walk(uint32_t object, const Lookup& lookup, State& state);
  uint32_t MatchCarefully(uint32_t key, const Lookup& lookup);

  const absl::Span<const Lookup> lookups_;
  const absl::Span<const LookupName> names_;
  const std::string_view pool_;
  const json::Document& document_;
  StepMeter& meter_;
  State* states_;
};

// Gathers the lookups while a query is compiled.
class LookupBuilder {
 public:
  // A new place for values to stand at.
  uint32_t New();
  // A name that is asked for there. O(Lookup::kMaxNames).
  LookupSlot Add(uint32_t lookup, std::string_view name);
  // The place of the values of that name.
  uint32_t Child(LookupSlot slot);

  // Appends the names to the pool. Once, at the end.
  void Build(std::string& pool, std::vector<Lookup>* lookups, std::vector<LookupName>* names) const;

 private:
  struct Entry {
    std::string name;
    uint32_t child;
  };
  struct Place {
    std::vector<Entry> entries;
    uint32_t more = kNoLookup;  // where the names go for which there is no room here
  };
  static Lookup RowFor(absl::Span<const LookupName> names, std::string_view pool);

  std::vector<Place> places_;
};

}  // namespace sluice::query
