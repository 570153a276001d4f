// Patterns that need no automaton: a sequence of literals and repeated character classes, such as
// ^[a-z0-9-]+$, ^\d{3}-\d{4}$, ^x-, \.json$, ^[^/]+$, [A-Z] and ^.*$. Most patterns of JSON Schemas
// are of this kind; RE2's compilation takes longer for one of them than all else in a schema.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sluice/regex/character_set.h"
#include "sluice/regex/ecmascript_pattern.h"

namespace sluice::regex {

// Immutable. Matching is O(text), without allocation: one class is either repeated a fixed number
// of times, or nothing in it can begin what follows, so that taking all there is is always right.
class SimplePattern {
 public:
  // Nothing, where the pattern is of another kind.
  static std::optional<SimplePattern> Recognize(const Pattern& pattern);

  // As Regex has them.
  bool MatchesWhole(std::string_view text) const;
  bool MatchesPart(std::string_view text) const { return HasPart(text.data(), text.size()); }
  // The same for a text of `size` bytes: a view would be passed through memory.
  bool HasPart(const char* text, size_t size) const;

  // What it holds, itself included.
  size_t bytes() const;

 private:
  static constexpr size_t kNoMatch = SIZE_MAX;

  enum class Beyond : uint8_t { kNone, kAll, kSome };  // of what isn't ASCII

  // A literal, text_[begin, end); or `least` to `most` code points of a set, whose ranges beyond
  // ASCII are ranges_[begin, end).
  struct Step {
    bool is_literal = false;
    Beyond beyond = Beyond::kNone;
    // Each byte decides alone: the bits beyond ASCII are all alike, and nothing counts them.
    bool is_bytewise = false;
    uint32_t least = 1;
    uint32_t most = 1;
    uint32_t begin = 0;
    uint32_t end = 0;
    std::array<uint64_t, 4> bytes = {};
    // ASCII once more: by a byte's lower four bits, a bit for each value of its upper three.
    std::array<uint8_t, 16> nibbles = {};

    bool Has(unsigned char byte) const { return ((bytes[byte >> 6] >> (byte & 63)) & 1) != 0; }
    bool IsFixed() const { return least == most; }
  };

  bool ReadNodes(const Pattern& pattern);
  void AddLiteral(uint32_t point);
  void AddSet(const CharacterSet& set, const Node& node);
  bool IsDeterministic(const std::vector<Step>& steps) const;
  bool CanShareFirst(const Step& set, const Step& other) const;
  CharacterSet SetOf(const Step& step) const;
  bool PreparePart();
  std::optional<size_t> FixedBytes(const std::vector<Step>& steps) const;

  const std::vector<Step>& part() const { return begins_ && ends_ ? steps_ : part_; }
  // Runs the steps from a position on and returns where they end, or kNoMatch.
  size_t Run(const std::vector<Step>& steps, const char* text, size_t size, size_t at) const;
  size_t TakeSet(const Step& step, const char* text, size_t size, size_t at) const;
  size_t TakePoints(const Step& step, const char* text, size_t size, size_t at) const;
  bool Search(std::string_view text) const;
  bool SearchRun(const Step& step, std::string_view text) const;

  std::vector<Step> steps_;  // as the pattern has them
  std::vector<Step> part_;   // as MatchesPart runs them, where that isn't the same
  std::string text_;
  std::vector<CodeRange> ranges_;
  bool begins_ = false;  // ^
  bool ends_ = false;    // $
  size_t suffix_bytes_ = 0;
};

}  // namespace sluice::regex
