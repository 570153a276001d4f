#include "sluice/transform/name_table.h"

#include <algorithm>
#include <numeric>

namespace sluice::transform {
namespace {

constexpr uint32_t kMultipliers = 64;  // tried for few names
// Names placed in all tries of one size: a policy can have millions of names in its tables.
constexpr size_t kMaxPlaced = 512;
// Above, memory counts for more than a probe.
constexpr size_t kManyNames = 64;
// Where the best multiplier still leaves names far from their slots, a larger table is tried.
constexpr uint32_t kFewProbes = 2;
constexpr uint32_t kMaxGrowth = 2;  // bits
constexpr uint32_t kMaxBits = 16;

class Builder {
 public:
  Builder(const std::vector<std::pair<uint32_t, Fate>>& names, const StringInterner& text)
      : names_(names), text_(text) {
    keys_.reserve(names.size());
    for (const auto& [number, fate] : names) {
      keys_.push_back(NameKey::Of(text.text(number)));
    }
  }

  NameTable Run(std::vector<NameSlot>& slots) {
    NameTable table = {};
    if (names_.empty()) return table;
    uint32_t least_bits = 1;
    while (least_bits < kMaxBits && (size_t{1} << least_bits) < names_.size()) ++least_bits;
    table.probes = 0xFFFFFFFF;
    const uint32_t growth = names_.size() < kManyNames ? kMaxGrowth : 0;
    for (uint32_t bits = least_bits; bits <= std::min(least_bits + growth, kMaxBits); ++bits) {
      Improve(bits, table);
      if (table.probes <= kFewProbes) break;
    }
    table.first_slot = static_cast<uint32_t>(slots.size());
    Place(table, slots);
    return table;
  }

 private:
  // Tries multipliers with a table of 2^bits home slots.
  void Improve(uint32_t bits, NameTable& best) {
    NameTable table = best;
    table.mask = (1u << bits) - 1;
    const size_t tries = std::clamp<size_t>(kMaxPlaced / keys_.size(), 1, kMultipliers);
    uint64_t seed = 0;
    for (size_t i = 0; i < tries && best.probes > 1; ++i) {
      table.multiplier = NextMultiplier(seed);
      table.probes = ProbesOf(table);
      if (table.probes < best.probes) best = table;
    }
  }

  // SplitMix64 (Steele, Lea and Flood, 2014), made odd.
  static uint64_t NextMultiplier(uint64_t& seed) {
    uint64_t z = seed += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (z ^ (z >> 31)) | 1;
  }

  // The most slots that a lookup has to look at.
  uint32_t ProbesOf(const NameTable& table) {
    Clear(table.mask + size_t{1} + keys_.size());
    uint32_t most = 0;
    for (const NameKey& key : keys_) {
      const auto home = static_cast<uint32_t>(table.HomeOf(key));
      most = std::max(most, TakeFrom(home) - home + 1);
    }
    return most;
  }

  // Behind the home slots come as many more as a probe may go past them.
  void Place(NameTable& table, std::vector<NameSlot>& slots) {
    const size_t count = table.mask + size_t{table.probes};
    Clear(count);
    slots.resize(table.first_slot + count, {{0, 0}, kFreeSlot, 0, {}});
    for (size_t i = 0; i < names_.size(); ++i) {
      const StringRef name = text_.strings()[names_[i].first];
      const uint32_t slot = TakeFrom(static_cast<uint32_t>(table.HomeOf(keys_[i])));
      slots[table.first_slot + slot] = {keys_[i], name.length, name.offset, names_[i].second};
      table.lengths |= NameTable::LengthBit(name.length);
    }
  }

  void Clear(size_t slots) {
    free_.resize(slots + 1);
    std::iota(free_.begin(), free_.end(), 0u);
  }
  // Takes the first free slot from `slot` on: names that all collide are no harder than others.
  uint32_t TakeFrom(uint32_t slot) {
    while (free_[slot] != slot) slot = free_[slot] = free_[free_[slot]];
    return free_[slot]++;
  }

  const std::vector<std::pair<uint32_t, Fate>>& names_;
  const StringInterner& text_;
  std::vector<NameKey> keys_;
  std::vector<uint32_t> free_;  // by slot: itself, or one further on the way to a free one
};

}  // namespace

NameTable BuildNameTable(const std::vector<std::pair<uint32_t, Fate>>& names,
                         const StringInterner& text, std::vector<NameSlot>& slots) {
  return Builder(names, text).Run(slots);
}

}  // namespace sluice::transform
