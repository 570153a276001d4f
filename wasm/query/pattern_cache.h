// Regexes whose patterns come from the document.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/regex/regex.h"

namespace sluice::query {

// The last few patterns of one run, compiled. A document may ask for `max_compiled` compilations
// in all; after that, and for a pattern over regex's own budgets, `exceeded()` is true and stays
// so.
class PatternCache {
 public:
  explicit PatternCache(uint32_t max_compiled) : left_(max_compiled) {}

  // Valid until the next call. Never null; not ok (it matches nothing) if the pattern is no
  // I-Regexp.
  const regex::Regex* Get(std::string_view pattern);

  bool exceeded() const { return exceeded_; }

 private:
  struct Entry {
    std::string pattern;
    regex::Regex regex;
  };
  std::array<std::optional<Entry>, 4> entries_;
  size_t next_ = 0;
  uint32_t left_;
  bool exceeded_ = false;
  regex::Regex nothing_{absl::OkStatus()};
};

}  // namespace sluice::query
