// From names to fates, found in the text of a document. Inside this room only.
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

#include "sluice/base/interner.h"
#include "sluice/transform/fate.h"

namespace sluice::transform {

// What a name is hashed by and compared with, at once: all of a short one with the quote that
// follows it, which tells it from longer ones; of others the first and the last 8 bytes, and where
// that isn't all, a hash in the place of the last.
struct NameKey {
  static constexpr uint32_t kShort = 7;
  static constexpr uint32_t kWhole = 16;  // up to here, same length and key is same name

  // Of at most kShort bytes, with a quote behind, where 8 bytes can be read.
  static NameKey OfShort(const char* name, uint32_t length) {
    uint64_t head;
    std::memcpy(&head, name, sizeof(head));
    return {head & kMasks[length], 0};
  }
  // Of more than kShort and at most kWhole bytes.
  static NameKey OfLong(const char* name, uint32_t length) {
    NameKey key;
    std::memcpy(&key.head, name, sizeof(key.head));
    std::memcpy(&key.tail, name + length - sizeof(key.tail), sizeof(key.tail));
    return key;
  }
  // Of any text.
  static NameKey Of(std::string_view name);

  uint64_t Mixed() const { return head ^ (tail << 21 | tail >> 43); }
  friend bool operator==(const NameKey& a, const NameKey& b) {
    return ((a.head ^ b.head) | (a.tail ^ b.tail)) == 0;
  }

  uint64_t head;
  uint64_t tail;

 private:
  // The first 1 to 8 bytes. A load is faster than a shift by a variable, on x64.
  static constexpr uint64_t kMasks[kShort + 1] = {
      0xFF,         0xFFFF,         0xFFFFFF,         0xFFFFFFFF,
      0xFFFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF};
};

// All slots of a program lie in one table.
struct NameSlot {
  NameKey key;
  uint32_t length;  // kFreeSlot: none here
  uint32_t offset;  // of the name in the text
  Fate fate;
};
static_assert(sizeof(NameSlot) == 40);
constexpr uint32_t kFreeSlot = 0xFFFFFFFF;

struct NameTable {
  uint64_t lengths;  // bit n: there is a name of n bytes, or a multiple of 64 more
  uint64_t multiplier;
  uint32_t first_slot;
  uint32_t mask;    // of a slot's number
  uint32_t probes;  // slots to look at, at most; 0: no names
  uint32_t reserved;

  static constexpr uint64_t LengthBit(uint32_t length) { return uint64_t{1} << (length % 64); }
  bool MayHaveLength(uint32_t length) const { return (lengths & LengthBit(length)) != 0; }
  size_t HomeOf(const NameKey& key) const {
    return static_cast<size_t>((key.Mixed() * multiplier) >> 48) & mask;
  }
};
static_assert(sizeof(NameTable) == 32);

// Appends the table of `names` (numbers of different texts) and their fates to `slots`. O(names).
NameTable BuildNameTable(const std::vector<std::pair<uint32_t, Fate>>& names,
                         const StringInterner& text, std::vector<NameSlot>& slots);

}  // namespace sluice::transform
