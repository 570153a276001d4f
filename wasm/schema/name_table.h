// Looking up names: of members, and of strings in `enum`. Inside this room only.
//
// Names are compared by their first 16 bytes, as one vector, and their length, and only those that
// are longer by what comes then. Where a table is asked for names in its own order, as it is when
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

// Up to 16 bytes of a name, zeros behind them.
using NameBytes = uint8_t __attribute__((vector_size(16)));

// A name that is looked for.
struct NameKey {
  NameBytes bytes;  // the first ones
  std::string_view text;
};

template <typename Word>
inline Word LoadName(const void* from) {
  Word word;
  std::memcpy(&word, from, sizeof(Word));
  return word;
}

// Reads no byte outside of `text`.
NameBytes NameBytesOf(const char* data, size_t size);
inline NameKey NameKeyOf(std::string_view text) {
  return {NameBytesOf(text.data(), text.size()), text};
}

// The first bytes of a name of this size, in memory that is readable for 16: no branch depends on
// how short it is.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline NameBytes ReadableNameBytes(const char* data, size_t size) {
  using Signed = int8_t __attribute__((vector_size(16)));
  constexpr Signed kPositions = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const auto own = static_cast<int8_t>(size < 16 ? size : 16);
  return LoadName<NameBytes>(data) & reinterpret_cast<NameBytes>(own > kPositions);
}

// The same for a text in memory that is readable up to `end`.
ABSL_ATTRIBUTE_ALWAYS_INLINE inline NameKey NameKeyWithin(std::string_view text, const char* end) {
  if (end - text.data() < 16) return NameKeyOf(text);
  return {ReadableNameBytes(text.data(), text.size()), text};
}

inline bool SameBytes(NameBytes a, NameBytes b) {
  using Words = uint64_t __attribute__((vector_size(16)));
  const auto different = reinterpret_cast<Words>(a ^ b);
  return (different[0] | different[1]) == 0;
}

// All of their bytes are in three words.
inline constexpr size_t kMaxShortName = 24;

ABSL_ATTRIBUTE_ALWAYS_INLINE inline uint64_t HashOfShort(const NameKey& key, HashKey seed) {
  using Words = uint64_t __attribute__((vector_size(16)));
  const auto words = reinterpret_cast<Words>(key.bytes);
  const size_t size = key.text.size();
  uint64_t second = words[1] ^ seed.k1;
  if (size > 16) {
    const uint64_t last = LoadName<uint64_t>(key.text.data() + size - 8) ^ seed.k0;
    const uint64_t product = last * 0x165667B19E3779F9u;
    second += product ^ product >> 32;
  }
  return (words[0] ^ seed.k0) * 0x9E3779B97F4A7C15u + (second + size) * 0xC2B2AE3D27D4EB4Fu;
}

inline uint64_t HashOf(const NameKey& key, HashKey seed) {
  return key.text.size() <= kMaxShortName ? HashOfShort(key, seed) : SipHash13(seed, key.text);
}

// A bucket is 1 + the number of its name in the table, below some bits of the name's hash that have
// no part in which bucket it is, so that hardly ever another name is looked at. Numbers are far
// below 2^24: the texts of a program, of three bytes at least, have 16 MiB.
inline constexpr uint32_t kBucketNumber = 0xFFFFFF;
inline uint32_t BucketTag(uint64_t hash) { return static_cast<uint32_t>(hash) & ~kBucketNumber; }

ABSL_ATTRIBUTE_ALWAYS_INLINE inline bool SameName(const NameKey& key, const Name& name,
                                                  const char* pool) {
  if (!SameBytes(key.bytes, LoadName<NameBytes>(&name.bytes))) return false;
  const size_t size = key.text.size();
  if (size != name.text.length) return false;
  return size <= 16 ||
         std::memcmp(key.text.data() + 16, pool + name.text.offset + 16, size - 16) == 0;
}

// The tables, as pointers.
struct NameTables {
  const Name* names;
  const uint32_t* buckets;
  const char* pool;
  HashKey seed;

  // The name's number in the table, or kNone. O(length).
  uint32_t Find(const NameTable& table, const NameKey& key) const {
    return table.count == 0 ? kNone
                            : FindByHash(table, key.bytes, key.text.data(), key.text.size());
  }
  // Number `expected` and the one behind it are tried first: objects are written in the order of
  // their schemas, and leave out what they don't need.
  uint32_t Find(const NameTable& table, const NameKey& key, uint32_t expected) const {
    const uint32_t end = table.count < expected + kTries ? table.count : expected + kTries;
    for (uint32_t number = expected; number < end; ++number) {
      if (SameName(key, names[table.first + number], pool)) return number;
    }
    return Find(table, key);
  }

  // As Find, in line.
  ABSL_ATTRIBUTE_ALWAYS_INLINE uint32_t FindInline(const NameTable& table,
                                                   const NameKey& key) const {
    const uint64_t hash = HashOf(key, seed);
    const uint32_t bits = table.bucket_bits;
    const uint32_t mask = (1u << bits) - 1;
    const uint32_t* const slots = buckets + table.first_bucket;
    for (auto slot = static_cast<uint32_t>(hash >> (64 - bits));; slot = (slot + 1) & mask) {
      const uint32_t bucket = slots[slot];
      if (bucket == 0) return kNone;
      if (((bucket ^ BucketTag(hash)) & ~kBucketNumber) != 0) continue;
      const uint32_t number = (bucket & kBucketNumber) - 1;
      if (SameName(key, names[table.first + number], pool)) return number;
    }
  }

 private:
  static constexpr uint32_t kTries = 2;
  // Takes the key apart: what is passed by its address doesn't stay in registers.
  uint32_t FindByHash(const NameTable& table, NameBytes bytes, const char* data, size_t size) const;
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
