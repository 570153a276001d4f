// What `pattern` and `patternProperties` match with. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "sluice/regex/backtracking.h"
#include "sluice/regex/regex.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

// A regular expression of JavaScript, with the flag u, as JSON Schema has it, or one that is only
// without that flag (lenient as in regex::EcmaScriptOptions): it matches if it matches any part.
class Pattern {
 public:
  using Match = regex::BacktrackingRegex::Match;

  // `source` is valid UTF-8. invalid_argument with the byte offset in it for what is no regular
  // expression, or isn't linear and may not be otherwise; budget_exceeded for what is too large.
  static absl::StatusOr<Pattern> Compile(std::string_view source, Patterns patterns,
                                         regex::MemoryBudget& budget);

  // `text` is valid UTF-8. Allocates nothing (RE2 within its budget, backtracking within the
  // scratch). O(text); if not linear() at most `*steps`, from which it takes what it does, and
  // kExhausted when they run out: then an instance is not valid, whatever the pattern is part of.
  Match Test(std::string_view text, uint64_t* steps, regex::BacktrackingScratch& scratch) const {
    if (linear_.has_value()) return linear_->MatchesPart(text) ? Match::kYes : Match::kNo;
    return backtracking_->MatchesPart(text, steps, scratch);
  }

  // The same, if it is linear().
  bool TestLinear(std::string_view text) const { return linear_->MatchesPart(text); }

  std::string_view source() const { return source_; }
  bool linear() const { return linear_.has_value(); }

 private:
  explicit Pattern(std::string_view source) : source_(source) {}

  std::string source_;
  // One of them.
  std::optional<regex::Regex> linear_;
  std::optional<regex::BacktrackingRegex> backtracking_;
};

}  // namespace sluice::schema
