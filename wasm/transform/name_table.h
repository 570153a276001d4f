// Names to numbers, found in the text of a document. Inside this room only.
//
// A hash table of names known at compile, with a multiplier chosen so that a lookup compares one
// slot (all names in slots of their own, where that can be had). Most names of a document fail on
// their length before that and are never read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/interner.h"

namespace sluice::transform {

// All slots of a program lie in one table.
struct NameSlot {
  uint64_t key;     // NameKey
  uint32_t length;  // kFreeSlot: none here
  uint32_t offset;  // of the name in the text
  uint32_t value;
  uint32_t reserved;
};
static_assert(sizeof(NameSlot) == 24);
constexpr uint32_t kFreeSlot = 0xFFFFFFFF;

struct NameTable {
  uint64_t lengths;  // bit n: there is a name of n bytes (bit 63: of 63 or more)
  uint64_t multiplier;
  uint32_t first_slot;
  uint16_t shift;   // of the product: leaves the slot's number
  uint16_t probes;  // slots to look at, at most; 0: no names
};
static_assert(sizeof(NameTable) == 24);

constexpr uint64_t NameLengthBit(size_t length) {
  return uint64_t{1} << (length < 63 ? length : 63);
}

// A name's first 8 bytes; of longer ones its last 8 as well. Reads no further than `readable`
// bytes from the name's begin, which are at least its length.
inline uint64_t NameKey(const char* name, size_t length, size_t readable) {
  uint64_t head = 0;
  if (length > 8) {
    uint64_t tail;
    std::memcpy(&head, name, 8);
    std::memcpy(&tail, name + length - 8, 8);
    return head ^ (tail << 21 | tail >> 43);
  }
  if (readable < 8) {
    std::memcpy(&head, name, length);
    return head;
  }
  constexpr uint64_t kAll = ~uint64_t{0};
  std::memcpy(&head, name, 8);
  return length == 0 ? 0 : head & (kAll >> (64 - 8 * length));
}

// The name's value in the table, or `otherwise`. O(1), but for names of equal length and ends.
inline uint32_t FindName(const NameTable& table, const NameSlot* slots, std::string_view pool,
                         std::string_view name, size_t readable, uint32_t otherwise) {
  if ((table.lengths & NameLengthBit(name.size())) == 0) return otherwise;
  const uint64_t key = NameKey(name.data(), name.size(), readable);
  const uint64_t hash = (key * table.multiplier) >> table.shift;
  const NameSlot* slot = slots + table.first_slot + static_cast<size_t>(hash);
  for (uint32_t probe = 0; probe < table.probes; ++probe, ++slot) {
    if (slot->key == key && slot->length == name.size() &&
        (name.size() <= 8 ||
         std::memcmp(pool.data() + slot->offset, name.data(), name.size()) == 0)) {
      return slot->value;
    }
  }
  return otherwise;
}

// Appends the table of `names` (numbers of different texts, and their values) to `slots`.
// O(names).
NameTable BuildNameTable(const std::vector<std::pair<uint32_t, uint32_t>>& names,
                         const StringInterner& text, std::vector<NameSlot>& slots);

}  // namespace sluice::transform
