// Strings of a compiled thing, each kept once and numbered.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "sluice/base/block.h"

namespace sluice {

// Numbers are dense and in order of first use, so `strings()[number]` is the string.
class StringInterner {
 public:
  // Amortized O(length).
  uint32_t Intern(std::string_view text);

  // The pool (all bytes, back to back) and where each string lies in it.
  std::string_view pool() const { return pool_; }
  const std::vector<StringRef>& strings() const { return strings_; }
  std::string_view text(uint32_t number) const { return strings_[number].In(pool_); }

 private:
  std::string pool_;
  std::vector<StringRef> strings_;
  absl::flat_hash_map<std::string, uint32_t> numbers_;
};

}  // namespace sluice
