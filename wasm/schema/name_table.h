// Looking up names: of members, and of strings in `enum`. Inside this room only.
//
// Names are compared by their first and last eight bytes and their length, and only those over 16
// bytes by what is between. Where a table is asked for names in its own order, as it is when
// objects are written as their schemas are, no hash is computed. Elsewhere all bytes of a name
// count, and the key: up to kMaxShortName of them by two or three multiplications, others by
// SipHash.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

#include "absl/base/attributes.h"
#include "sluice/base/hash.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// A name that is looked for.
struct NameKey {
  uint64_t head;
  uint64_t tail;
  std::string_view text;
};

template <typename Word>
inline Word LoadName(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof(Word));
  return word;
}

// Reads no byte outside of `text`.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline NameKey NameKeyOf(std::string_view text) {
  const char* const data = text.data();
  const size_t size = text.size();
  if (size >= 8) return {LoadName<uint64_t>(data), LoadName<uint64_t>(data + size - 8), text};
  if (size >= 4) {
    const uint64_t first = LoadName<uint32_t>(data);
    const uint64_t last = LoadName<uint32_t>(data + size - 4);
    return {first | last << (8 * size - 32), 0, text};
  }
  uint64_t head = 0;
  for (size_t i = 0; i < size; ++i) head |= uint64_t{static_cast<uint8_t>(data[i])} << (8 * i);
  return {head, 0, text};
}

// The same for a text in memory that is readable up to `end` (null: not known): no branch depends
// on how short it is.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline NameKey NameKeyWithin(std::string_view text, const char* end) {
  const char* const data = text.data();
  const size_t size = text.size();
  if (end == nullptr || end - data < 8) return NameKeyOf(text);
  // All ones if there are eight bytes.
  const uint64_t is_long = 0 - static_cast<uint64_t>(size >= 8);
  const uint64_t head = LoadName<uint64_t>(data);
  const uint64_t tail = LoadName<uint64_t>(data + (size >= 8 ? size - 8 : 0));
  return {head & (is_long | ((uint64_t{1} << (8 * (size & 7))) - 1)), tail & is_long, text};
}

// Three words have all of its bytes.
inline constexpr size_t kMaxShortName = 24;

ABSL_ATTRIBUTE_ALWAYS_INLINE inline uint32_t BucketOfShort(const NameKey& key, HashKey seed,
                                                           uint32_t bits) {
  const size_t size = key.text.size();
  uint64_t tail = key.tail ^ seed.k1;
  if (size > 16) {
    const uint64_t middle = LoadName<uint64_t>(key.text.data() + size / 2 - 4) ^ seed.k0;
    const uint64_t product = middle * 0x165667B19E3779F9u;
    tail += product ^ product >> 32;
  }
  const uint64_t hash =
      (key.head ^ seed.k0) * 0x9E3779B97F4A7C15u + (tail + size) * 0xC2B2AE3D27D4EB4Fu;
  return static_cast<uint32_t>(hash >> (64 - bits));
}

inline uint32_t BucketOf(const NameKey& key, HashKey seed, uint32_t bits) {
  if (key.text.size() <= kMaxShortName) return BucketOfShort(key, seed, bits);
  return static_cast<uint32_t>(SipHash13(seed, key.text) >> (64 - bits));
}

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool SameName(const NameKey& key, const Name& name,
                                                  const char* pool) {
  const size_t size = key.text.size();
  if (key.head != name.head || key.tail != name.tail || size != name.text.length) return false;
  return size <= 16 ||
         std::memcmp(key.text.data() + 8, pool + name.text.offset + 8, size - 16) == 0;
}

// The tables, as pointers.
struct NameTables {
  const Name* names;
  const uint32_t* buckets;
  const char* pool;
  HashKey seed;

  // The name's number in the table, or kNone. O(length).
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint32_t Find(const NameTable& table, const NameKey& key) const {
    if (table.count == 0) return kNone;
    if (key.text.size() > kMaxShortName) return FindLong(table, key);
    return FindFrom(BucketOfShort(key, seed, table.bucket_bits), table, key);
  }
  // Number `expected` and the one behind it are tried first: objects are written in the order of
  // their schemas, and leave out what they don't need.
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint32_t Find(const NameTable& table, const NameKey& key,
                                             uint32_t expected) const {
    const Name* const first = names + table.first;
    const uint32_t end = table.count < expected + kTries ? table.count : expected + kTries;
    for (uint32_t number = expected; number < end; ++number) {
      if (first[number].head == key.head && SameName(key, first[number], pool)) return number;
    }
    return FindByHash(table, key);
  }

 private:
  static constexpr uint32_t kTries = 2;
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint32_t FindFrom(uint32_t slot, const NameTable& table,
                                                 const NameKey& key) const {
    const uint32_t mask = (1u << table.bucket_bits) - 1;
    const uint32_t* const slots = buckets + table.first_bucket;
    for (;; slot = (slot + 1) & mask) {
      const uint32_t number = slots[slot];
      if (number == 0) return kNone;
      if (SameName(key, names[table.first + number - 1], pool)) return number - 1;
    }
  }
  ABSL_ATTRIBUTE_NOINLINE uint32_t FindLong(const NameTable& table, const NameKey& key) const {
    return FindFrom(BucketOf(key, seed, table.bucket_bits), table, key);
  }
  ABSL_ATTRIBUTE_NOINLINE uint32_t FindByHash(const NameTable& table, const NameKey& key) const {
    return Find(table, key);
  }
};

// Builds them.
class NameTableBuilder {
 public:
  // Borrows the pool, which the names' texts are in.
  NameTableBuilder(const std::string& pool, HashKey seed) : pool_(pool), seed_(seed) {}

  // Of texts in the pool; without those that it has already. `numbers` (optional): each one's.
  NameTable Build(const std::vector<StringRef>& texts, std::vector<uint32_t>* numbers);

  const std::string& pool() const { return pool_; }
  const std::vector<Name>& names() const { return names_; }
  const std::vector<uint32_t>& buckets() const { return buckets_; }
  NameTables tables() const { return {names_.data(), buckets_.data(), pool_.data(), seed_}; }

 private:
  const std::string& pool_;
  HashKey seed_;
  std::vector<Name> names_;
  std::vector<uint32_t> buckets_;
};

}  // namespace sluice::schema
