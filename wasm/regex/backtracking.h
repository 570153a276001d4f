// A backtracking matcher for the patterns that no linear-time one can take: lookaheads,
// lookbehinds, backreferences. Its time is exponential in the worst case and so has a budget;
// schemas use it only where their owner asks for it.
//
// ECMA-262 (2025), section 22.2.2, with the flag u: what matches is what RegExp.prototype.test
// says, captures and the order of alternatives included. Differs: halves of surrogate pairs match
// nothing, text being UTF-8.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "sluice/regex/character_set.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {

// What a match works with: kept between matches, of any patterns, so that they don't allocate.
class BacktrackingScratch {
 public:
  static constexpr size_t kMaxBytes = 1u << 20;

  // What is still to try, and what is to be undone first, may take `max_bytes`.
  explicit BacktrackingScratch(size_t max_bytes = kMaxBytes) : max_bytes_(max_bytes) {}

  size_t retained_bytes() const;
  // Gives back what it keeps above `max_bytes`.
  void Trim(size_t max_bytes);

 private:
  friend class BacktrackingMachine;

  struct Entry {
    uint32_t kind_and_address;
    uint32_t a;
    uint32_t b;
  };

  size_t max_bytes_;
  std::vector<Entry> stack_;
  std::vector<uint32_t> registers_;
};

// Immutable after Compile.
class BacktrackingRegex {
 public:
  enum class Match : uint8_t { kNo, kYes, kExhausted };

  // `pattern` is valid UTF-8. invalid_argument with the byte offset for what `new RegExp(pattern,
  // "u")` refuses (unless `lenient`, as in EcmaScriptOptions) and for modifiers such as (?i:;
  // budget_exceeded for what is too large, by itself (see ParseEcmaScript) or for `budget`.
  // O(pattern + ranges of its classes), and so is its size: repeats are counted, not written out.
  static absl::StatusOr<BacktrackingRegex> Compile(std::string_view pattern, MemoryBudget& budget,
                                                   bool lenient = false);

  // Whether a part of the text, valid UTF-8 of less than 4 GiB, matches. Takes what it does from
  // `*steps` (an instruction, a thing undone or 16 bytes compared each); kExhausted when that is
  // used up, or the scratch.
  Match MatchesPart(std::string_view text, uint64_t* steps, BacktrackingScratch& scratch) const;

  // What it holds, itself included.
  size_t bytes() const;

 private:
  friend class BacktrackingCompiler;
  friend class BacktrackingMachine;

  enum class Op : uint8_t {
    kCharacter,     // the code point a
    kSet,           // one of the set a
    kRun,           // b to c of the set a, as many as there are
    kBegin,         // at the text's begin
    kEnd,           // at its end
    kBoundary,      // flag: not at a word's boundary
    kSplit,         // goes on; if that fails, at a
    kJump,          // to a
    kSave,          // the position to the register a
    kStartLoop,     // the counter a is 0
    kLoop,          // counter a, b to c times, then to d; flag: as rarely as can be
    kIterate,       // notes the position in a + 1, and forgets the captures [b, c)
    kEndLoop,       // back to b, once more; an iteration above c that took nothing fails
    kLook,          // the way up to kEndLook is tried apart; flag: if it fails, to a
    kEndLook,       // flag: negated
    kBackreference  // to the one of references_[a, b) that has matched
  };

  struct Instruction {
    Op op;
    bool flag = false;
    bool backward = false;
    uint32_t a = 0;
    uint32_t b = 0;
    uint32_t c = 0;
    uint32_t d = 0;
  };

  struct Set {
    std::array<uint64_t, 2> ascii = {};
    uint32_t begin = 0;  // ranges_[begin, end), of what isn't ASCII
    uint32_t end = 0;
  };

  BacktrackingRegex() = default;

  bool SetHas(const Set& set, uint32_t point) const {
    if (point < 0x80) return ((set.ascii[point >> 6] >> (point & 63)) & 1) != 0;
    return Contains(absl::MakeConstSpan(ranges_).subspan(set.begin, set.end - set.begin), point);
  }

  std::vector<Instruction> code_;  // what follows the last is a match
  std::vector<Set> sets_;
  std::vector<CodeRange> ranges_;
  std::vector<uint32_t> references_;
  uint32_t registers_ = 0;
  bool only_at_begin_ = false;
};

}  // namespace sluice::regex
