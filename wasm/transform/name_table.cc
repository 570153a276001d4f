#include "sluice/transform/name_table.h"

#include <algorithm>

namespace sluice::transform {
namespace {

constexpr uint32_t kMultipliers = 64;  // tried
// Where the best multiplier still leaves names far from their slots, a larger table is tried.
constexpr uint32_t kFewProbes = 2;
constexpr uint32_t kMaxGrowth = 2;  // bits

class Builder {
 public:
  Builder(const std::vector<std::pair<uint32_t, Fate>>& names, const StringInterner& text)
      : names_(names), text_(text) {
    for (const auto& [number, fate] : names) {
      keys_.push_back(NameKey::Of(text.text(number)));
    }
  }

  NameTable Run(std::vector<NameSlot>& slots) {
    NameTable table = {};
    if (names_.empty()) return table;
    uint32_t least_bits = 1;
    while ((size_t{1} << least_bits) < names_.size()) ++least_bits;
    table.probes = 0xFFFF;
    for (uint32_t bits = least_bits; bits <= least_bits + kMaxGrowth; ++bits) {
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
    table.shift = static_cast<uint16_t>(64 - bits);
    uint64_t seed = 0;
    for (uint32_t i = 0; i < kMultipliers && best.probes > 1; ++i) {
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
  uint16_t ProbesOf(const NameTable& table) {
    taken_.assign((size_t{1} << (64 - table.shift)) + keys_.size(), false);
    size_t most = 0;
    for (const NameKey& key : keys_) {
      const size_t home = table.HomeOf(key);
      size_t slot = home;
      while (taken_[slot]) ++slot;
      taken_[slot] = true;
      most = std::max(most, slot - home + 1);
    }
    return static_cast<uint16_t>(std::min<size_t>(most, 0xFFFE));
  }

  // Behind the home slots come as many more as a probe may go past them.
  void Place(NameTable& table, std::vector<NameSlot>& slots) {
    const size_t count = (size_t{1} << (64 - table.shift)) + table.probes - 1;
    slots.resize(table.first_slot + count, {{0, 0}, kFreeSlot, 0, {}});
    for (size_t i = 0; i < names_.size(); ++i) {
      const StringRef name = text_.strings()[names_[i].first];
      size_t slot = table.first_slot + table.HomeOf(keys_[i]);
      while (slots[slot].length != kFreeSlot) ++slot;
      slots[slot] = {keys_[i], name.length, name.offset, names_[i].second};
      table.lengths |= NameTable::LengthBit(name.length);
    }
  }

  const std::vector<std::pair<uint32_t, Fate>>& names_;
  const StringInterner& text_;
  std::vector<NameKey> keys_;
  std::vector<bool> taken_;
};

}  // namespace

NameTable BuildNameTable(const std::vector<std::pair<uint32_t, Fate>>& names,
                         const StringInterner& text, std::vector<NameSlot>& slots) {
  return Builder(names, text).Run(slots);
}

}  // namespace sluice::transform
