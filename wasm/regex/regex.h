// Regular expressions whose time is linear in the text and whose memory is bounded.
//
// The only room that includes RE2. A dialect checks a pattern against its grammar and translates it
// to RE2's syntax (ecmascript.h, i_regexp.h); what comes out is a Regex. Most are
// small enough to do without RE2 (pattern_regex.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace re2 {
class RE2;
}

namespace sluice::regex {

// What the regexes of one owner (a policy, a query, a run) may hold together.
class MemoryBudget {
 public:
  static constexpr size_t kPerRegex = 256u << 10;
  static constexpr size_t kPerPolicy = 4u << 20;

  explicit MemoryBudget(size_t total_bytes = kPerPolicy) : left_(total_bytes) {}

  size_t left() const { return left_; }
  // False, and nothing taken, if there is less left.
  bool Take(size_t bytes) {
    if (bytes > left_) return false;
    left_ -= bytes;
    return true;
  }

 private:
  size_t left_;
};

// Longer patterns are refused before anything looks at them.
inline constexpr size_t kMaxPatternBytes = 4096;

class PositionAutomaton;
class SimplePattern;

// A compiled pattern, or the reason why there is none. Immutable, movable; never throws, never
// logs. What does without RE2 takes from the budget what it holds. RE2's memory (program and lazily
// built DFA) stays below what it took from the budget: the
// smallest of 32, 64, 128 and 256 KiB that the program doesn't fill by more than a quarter (256 KiB
// may be fuller). RE2's DFA allocates while matching; when its share is full it starts over, then
// falls back to the NFA.
class Regex {
 public:
  // Not ok, for this reason: matches nothing.
  explicit Regex(absl::Status fault);
  // `re2_pattern` is in RE2's own syntax, UTF-8.
  Regex(std::string_view re2_pattern, MemoryBudget& budget);
  Regex(SimplePattern pattern, MemoryBudget& budget);
  Regex(PositionAutomaton automaton, MemoryBudget& budget);
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;
  ~Regex();

  bool ok() const { return re2_ != nullptr || simple_ != nullptr || automaton_ != nullptr; }
  // OK; or invalid_argument (a faulty pattern) or budget_exceeded (too large a program).
  const absl::Status& status() const { return status_; }

  // The text, which is valid UTF-8, as a whole / any part of it. O(text). False if not ok.
  bool MatchesWhole(std::string_view text) const;
  bool MatchesPart(std::string_view text) const { return HasPart(text.data(), text.size()); }

 private:
  // Its operands stay in registers, where a view would be passed through memory.
  bool HasPart(const char* text, size_t size) const;

  // One of the three, if ok.
  std::unique_ptr<const SimplePattern> simple_;
  std::unique_ptr<const PositionAutomaton> automaton_;
  std::unique_ptr<const re2::RE2> re2_;
  absl::Status status_;
};

}  // namespace sluice::regex
