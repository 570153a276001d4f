#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query {
namespace {

LookupName RowFor(std::string_view name, std::string& pool) {
  LookupName row = {};
  row.text = {static_cast<uint32_t>(pool.size()), static_cast<uint32_t>(name.size())};
  pool.append(name);
  std::string json = absl::StrCat("\"", name, "\"");
  const size_t bytes = std::min(json.size(), sizeof(row.head));
  std::memcpy(row.head, json.data(), bytes);
  std::fill_n(json.begin(), bytes, '\xFF');
  std::memcpy(row.mask, json.data(), bytes);
  return row;
}

// Whether the head says all of a name that is written without escapes.
bool IsInHead(std::string_view name) {
  return name.size() + 2 <= sizeof(LookupName::head) && absl::c_all_of(name, [](char c) {
           return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\';
         });
}

}  // namespace

uint32_t LookupBuilder::New() {
  places_.emplace_back();
  return static_cast<uint32_t>(places_.size() - 1);
}

LookupSlot LookupBuilder::Add(uint32_t lookup, std::string_view name) {
  for (uint32_t at : {lookup, places_[lookup].more}) {
    if (at == kNoLookup) break;
    std::vector<Entry>& entries = places_[at].entries;
    for (uint32_t i = 0; i < entries.size(); ++i) {
      if (entries[i].name == name) return {at, i + 1};
    }
    if (entries.size() == Lookup::kMaxNames) continue;
    entries.push_back({std::string(name), kNoLookup});
    return {at, static_cast<uint32_t>(entries.size())};
  }
  const uint32_t more = New();
  places_[lookup].more = more;
  places_[more].entries.push_back({std::string(name), kNoLookup});
  return {more, 1};
}

uint32_t LookupBuilder::Child(LookupSlot slot) {
  if (places_[slot.lookup].entries[slot.number - 1].child == kNoLookup) {
    const uint32_t child = New();
    places_[slot.lookup].entries[slot.number - 1].child = child;
  }
  return places_[slot.lookup].entries[slot.number - 1].child;
}

Lookup LookupBuilder::RowFor(absl::Span<const LookupName> names, std::string_view pool) {
  Lookup row = {};
  row.name_count = static_cast<uint32_t>(names.size());
  size_t shortest = sizeof(row.mask);
  for (const LookupName& name : names) {
    shortest = std::min<size_t>(shortest, name.text.length + 2);
  }
  const std::string ones(shortest, '\xFF');
  std::memcpy(&row.mask, ones.data(), shortest);
  // Fibonacci hashing, with another constant as long as two names fall together.
  size_t distinct = 0;
  for (uint32_t factor = 1; factor < 64 && distinct < names.size(); factor += 2) {
    Lookup attempt = row;
    attempt.multiplier = 0x9E3779B1u * factor;
    std::fill(std::begin(attempt.buckets), std::end(attempt.buckets), 0);
    size_t buckets = 0;
    for (uint32_t i = 0; i < names.size(); ++i) {
      uint8_t& bucket = attempt.buckets[attempt.Bucket(static_cast<uint32_t>(names[i].head[0]))];
      const bool careful = bucket != 0 || !IsInHead(names[i].text.In(pool));
      buckets += bucket == 0 ? 1 : 0;
      bucket = static_cast<uint8_t>((i + 1) | (careful ? Lookup::kCareful : 0));
    }
    if (buckets <= distinct) continue;
    distinct = buckets;
    row = attempt;
  }
  return row;
}

void LookupBuilder::Build(std::string& pool, std::vector<Lookup>* lookups,
                          std::vector<LookupName>* names) const {
  for (const Place& place : places_) {
    const size_t first = names->size();
    for (const Entry& entry : place.entries) names->push_back(query::RowFor(entry.name, pool));
    Lookup row = RowFor(absl::MakeConstSpan(*names).subspan(first), pool);
    row.first_name = static_cast<uint32_t>(first);
    lookups->push_back(row);
  }
}

}  // namespace sluice::query
