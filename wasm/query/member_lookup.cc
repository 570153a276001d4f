#include "sluice/query/member_lookup.h"

#include <algorithm>
#include <cstring>

namespace sluice::query {

using json::Node;

MemberLookup::MemberLookup(const Block& program, uint32_t lookups_table, uint32_t names_table,
                           std::string_view pool, const json::Document& document, StepMeter& meter,
                           std::vector<State>& states)
    : lookups_(program.Table<Lookup>(lookups_table)),
      names_(program.Table<LookupName>(names_table)),
      pool_(pool),
      document_(document),
      meter_(meter) {
  states.assign(lookups_.size(), State());
  states_ = states.data();
}

bool MemberLookup::Walk(uint32_t object, const Lookup& lookup, State& state) {
  const Node* const nodes = document_.nodes().data();
  const Node& top = nodes[object];
  if (top.kind() != json::Kind::kObject || !meter_.Take(1 + top.count())) return false;
  state.object = object;
  uint32_t known = 0;  // bit 0 says nothing
  const LookupName* const names = names_.data() + lookup.first_name;
  const char* const text = document_.text().data();
  // Where it is known that as much as a row's head can be read.
  const size_t size = document_.text().size();
  const size_t heads_end = size - std::min(size, sizeof(LookupName::head) - 1);
  const uint8_t* const buckets = lookup.buckets;
  const uint32_t mask = lookup.mask;
  const uint32_t multiplier = lookup.multiplier;
  const Node* const end = nodes + top.next;
  for (const Node* next = &top + 1; next < end;) {
    const Node* const key = next;
    // Most values are one node: guessed by the processor, so that it needs not wait for `next`.
    next = key + 2;
    if (key[1].kind() >= json::Kind::kArray) [[unlikely]] {
      next = nodes + key[1].next;
    }
    uint32_t start;  // there is at least ":1} behind the opening quote
    std::memcpy(&start, text + key->begin, sizeof(start));
    const uint32_t number = buckets[(start & mask) * multiplier >> (32 - Lookup::kBucketBits)];
    const uint32_t careful = (key->meta & 8u) << 4;
    if ((number | careful) == 0) continue;
    if (((number | careful) & Lookup::kCareful) != 0 || key->begin >= heads_end) [[unlikely]] {
      const uint32_t match = MatchCarefully(static_cast<uint32_t>(key - nodes), lookup);
      state.values[match] = static_cast<uint32_t>(key + 1 - nodes);
      known |= 1u << match;
      continue;
    }
    const LookupName& name = names[number - 1];
    uint64_t head;
    std::memcpy(&head, text + key->begin, sizeof(head));
    if ((head & name.mask[0]) != name.head[0]) continue;
    if (name.mask[1] != 0) {
      std::memcpy(&head, text + key->begin + sizeof(head), sizeof(head));
      if ((head & name.mask[1]) != name.head[1]) continue;
    }
    state.values[number] = static_cast<uint32_t>(key + 1 - nodes);
    known |= 1u << number;
  }
  state.found = known & ~1u;
  return true;
}

// The number of the key's name, or 0.
uint32_t MemberLookup::MatchCarefully(uint32_t key, const Lookup& lookup) {
  if (!meter_.Take(lookup.name_count)) return 0;
  const json::Value name(&document_, key);
  for (uint32_t number = 1; number <= lookup.name_count; ++number) {
    if (name.StringEquals(names_[lookup.first_name + number - 1].text.In(pool_))) return number;
  }
  return 0;
}

}  // namespace sluice::query
