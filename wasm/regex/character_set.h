// Sets of code points, as the character classes of a pattern are.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/types/span.h"

namespace sluice::regex {

inline constexpr uint32_t kLastCodePoint = 0x10FFFF;
inline constexpr uint32_t kHighSurrogate = 0xD800;
inline constexpr uint32_t kLowSurrogate = 0xDC00;
inline constexpr uint32_t kAfterSurrogates = 0xE000;

// Both ends are in it.
struct CodeRange {
  uint32_t first;
  uint32_t last;

  friend bool operator==(const CodeRange&, const CodeRange&) = default;
};

// ECMA-262, section 22.2.2.9: \d, \w and \s (WhiteSpace and LineTerminator), and what "." isn't.
inline constexpr std::array<CodeRange, 1> kDigits = {{{'0', '9'}}};
inline constexpr std::array<CodeRange, 4> kWord = {
    {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}};
inline constexpr std::array<CodeRange, 10> kSpace = {{{9, 13},
                                                      {' ', ' '},
                                                      {0xA0, 0xA0},
                                                      {0x1680, 0x1680},
                                                      {0x2000, 0x200A},
                                                      {0x2028, 0x2029},
                                                      {0x202F, 0x202F},
                                                      {0x205F, 0x205F},
                                                      {0x3000, 0x3000},
                                                      {0xFEFF, 0xFEFF}}};
inline constexpr std::array<CodeRange, 3> kLineTerminators = {
    {{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}};
// RFC 9485's "." isn't these.
inline constexpr std::array<CodeRange, 2> kLineBreaks = {{{'\n', '\n'}, {'\r', '\r'}}};

// Ranges are in order and apart after Normalize; what else is stated at each call.
class CharacterSet {
 public:
  CharacterSet() = default;
  explicit CharacterSet(std::vector<CodeRange> ranges) : ranges_(std::move(ranges)) { Normalize(); }

  void Add(uint32_t first, uint32_t last) { ranges_.push_back({first, last}); }
  void Add(absl::Span<const CodeRange> ranges) {
    ranges_.insert(ranges_.end(), ranges.begin(), ranges.end());
  }
  // `ranges` are in order and apart.
  void AddComplement(absl::Span<const CodeRange> ranges);

  // O(n log n).
  void Normalize();

  // The rest needs Normalize before, and leaves it so.
  void Complement();
  // Both cases of ASCII's letters, where one is in the set.
  void FoldAscii();
  // O(log n).
  bool Contains(uint32_t point) const;
  // O(n + m).
  bool Intersects(const CharacterSet& other) const;
  bool empty() const { return ranges_.empty(); }
  const std::vector<CodeRange>& ranges() const { return ranges_; }

  friend bool operator==(const CharacterSet&, const CharacterSet&) = default;

 private:
  std::vector<CodeRange> ranges_;
};

// Whether the ranges, in order and apart, have the code point. O(log n).
bool Contains(absl::Span<const CodeRange> ranges, uint32_t point);

}  // namespace sluice::regex
