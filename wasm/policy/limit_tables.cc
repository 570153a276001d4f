#include "sluice/policy/limit_tables.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::policy {
namespace {

bool BeginsWith(const Pattern& pattern, const Pattern& prefix) {
  if (prefix.bits > pattern.bits) return false;
  const std::string_view bytes = pattern.bytes;
  const size_t whole = prefix.bits / 8;
  if (!bytes.starts_with(std::string_view(prefix.bytes).substr(0, whole))) return false;
  const uint32_t rest = prefix.bits % 8;
  if (rest == 0) return true;
  const auto difference = static_cast<uint8_t>(bytes[whole] ^ prefix.bytes[whole]);
  return difference >> (8 - rest) == 0;
}

uint32_t FlagsOf(const Limit& limit, const LimitRow& row) {
  uint32_t flags = limit.mode == Mode::kShadow ? kShadow : 0;
  if (row.claim_rules.count != 0) flags |= kHasLists;
  for (const PatternRange& patterns : {row.deny, row.allow, row.overrides}) {
    if (patterns.texts.count != 0) flags |= kHasLists;
    if (patterns.networks.count != 0) flags |= kHasLists | kHasNetworks;
  }
  return flags;
}

}  // namespace

void LimitTables::AddLimit(const Limit& limit) {
  LimitRow row = {};
  row.rules = {static_cast<uint32_t>(rules.size()),
               static_cast<uint32_t>(1 + limit.overrides.size())};
  rules.push_back(*limit.rule);
  AddOverrides(limit, row);
  row.deny = AddPatterns(limit.deny);
  row.allow = AddPatterns(limit.allow);
  row.lease_ms = static_cast<uint32_t>(limit.lease.duration_ms);
  row.lease_units = limit.lease.units;
  row.deny_cache_ms = static_cast<uint32_t>(limit.deny_cache_ms);
  row.flags = FlagsOf(limit, row);
  limits.push_back(row);
}

Range LimitTables::AddClaims(const std::vector<Claim>& list) {
  const Range range = {static_cast<uint32_t>(claims.size()), static_cast<uint32_t>(list.size())};
  for (const Claim& claim : list) claims.push_back({Keep(claim.name), Keep(claim.value)});
  return range;
}

void LimitTables::AddOverrides(const Limit& limit, LimitRow& row) {
  row.claim_rules = {static_cast<uint32_t>(claim_rules.size()), 0};
  for (uint32_t i = 0; i < limit.overrides.size(); ++i) {
    const Override& item = limit.overrides[i];
    rules.push_back(item.rule);
    if (item.claims.empty()) continue;
    claim_rules.push_back({AddClaims(item.claims), i + 1});
    ++row.claim_rules.count;
  }
  row.overrides = AddPatterns(limit.override_subjects);
}

PatternRange LimitTables::AddPatterns(const PatternSet& set) {
  return {AddPatterns(set.texts), AddPatterns(set.networks)};
}

Range LimitTables::AddPatterns(const std::vector<Pattern>& list) {
  const auto first = static_cast<uint32_t>(patterns.size());
  std::vector<uint32_t> open;  // those that the next one may begin with, the longest last
  for (uint32_t i = 0; i < list.size(); ++i) {
    const Pattern& pattern = list[i];
    while (!open.empty() && !BeginsWith(pattern, list[open.back()])) open.pop_back();
    const uint32_t parent = open.empty() ? kAbsent : open.back();
    patterns.push_back(
        {Keep(pattern.bytes), pattern.bits, pattern.exact ? 1u : 0u, parent, pattern.value});
    if (!pattern.exact) open.push_back(i);
  }
  return {first, static_cast<uint32_t>(list.size())};
}

}  // namespace sluice::policy
