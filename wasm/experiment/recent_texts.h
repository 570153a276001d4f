// Where a text was seen before. Of this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace sluice::experiment {

// Numbers of texts by what these look like. A text may be forgotten: this saves work and memory, it
// is no set of texts. In return no choice of texts makes it slow.
class RecentTexts {
 public:
  static constexpr uint32_t kNever = 0xFFFFFFFF;

  // `slots` is a power of two.
  explicit RecentTexts(size_t slots) : numbers_(slots, kNever) {}

  // Where the text's number is, `same(number)` then being true, or where it is to be written, which
  // then is a number that never was, or another's. Nothing that `same` is asked of is kNever. O(1).
  template <typename Same>
  uint32_t& At(std::string_view text, const Same& same) {
    constexpr size_t kTries = 4;
    uint32_t* const numbers = numbers_.data();
    const size_t mask = numbers_.size() - 1;
    const size_t first = Hash(text);
    for (size_t i = 0; i < kTries; ++i) {
      uint32_t& number = numbers[(first + i) & mask];
      if (number == kNever || same(number)) return number;
    }
    return numbers[first & mask];
  }

 private:
  static uint64_t Load(const char* from, size_t size) {
    uint64_t word = 0;
    std::memcpy(&word, from, size);
    return word;
  }
  // Of three pieces of the text.
  static size_t Hash(std::string_view text) {
    constexpr uint64_t kFactor = 0x9E3779B97F4A7C15;  // 2^64 by the golden ratio
    const size_t size = text.size();
    const char* const data = text.data();
    uint64_t hash = size;
    if (size >= 8) {
      hash ^= Load(data, 8) * kFactor;
      hash = (hash >> 32 ^ hash) + Load(data + (size - 8) / 2, 8);
      hash = (hash * kFactor >> 32 ^ hash) + Load(data + size - 8, 8);
    } else if (size >= 4) {
      hash ^= Load(data, 4) << 32 | Load(data + size - 4, 4);
    } else {
      for (size_t i = 0; i < size; ++i) hash = hash << 8 | static_cast<uint8_t>(data[i]);
    }
    return static_cast<size_t>(hash * kFactor >> 40);
  }

  std::vector<uint32_t> numbers_;
};

}  // namespace sluice::experiment
