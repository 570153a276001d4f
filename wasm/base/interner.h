// Strings of a compiled thing, each kept once and numbered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/base/block.h"
#include "sluice/base/hash.h"

namespace sluice {

// Numbers are dense and in order of first use, so `strings()[number]` is the string.
class StringInterner {
 public:
  // A secret key keeps an author from choosing strings that collide; the default one is public.
  explicit StringInterner(HashKey key = {}) : key_(key) {}

  // Amortized O(length).
  uint32_t Intern(std::string_view text);
  // The number of a string that is here, or kNone. O(length).
  static constexpr uint32_t kNone = 0xFFFFFFFF;
  uint32_t Find(std::string_view text) const;

  // The pool (all bytes, back to back) and where each string lies in it.
  std::string_view pool() const { return pool_; }
  const std::vector<StringRef>& strings() const { return strings_; }
  std::string_view text(uint32_t number) const { return strings_[number].In(pool_); }

 private:
  // The slot that holds the text's number, or the empty one (kNone) where it belongs.
  size_t SlotOf(std::string_view text) const;
  void Rehash(size_t slot_count);

  HashKey key_;
  std::string pool_;
  std::vector<StringRef> strings_;
  std::vector<uint32_t>
      slots_;  // numbers by hash, open addressing; a power of two, at most 3/4 full
};

}  // namespace sluice
