// What `pattern` and `patternProperties` match with. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "sluice/regex/regex.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {

// A regular expression of JavaScript, with the flag u, as JSON Schema has it: it matches if it
// matches any part.
class Pattern {
 public:
  // `source` is valid UTF-8. invalid_argument with the byte offset in it for what is no regular
  // expression, or isn't linear and may not be otherwise; budget_exceeded for what is too large.
  static absl::StatusOr<Pattern> Compile(std::string_view source, Patterns patterns,
                                         regex::MemoryBudget& budget);

  // `text` is valid UTF-8. Allocates nothing (RE2 within its budget). O(text); if not linear() at
  // most `max_steps`, and no match when they run out.
  bool Matches(std::string_view text, uint64_t max_steps) const;

  std::string_view source() const { return source_; }
  bool linear() const { return true; }

 private:
  Pattern(std::string_view source, regex::Regex regex)
      : source_(source), regex_(std::move(regex)) {}

  std::string source_;
  regex::Regex regex_;
};

}  // namespace sluice::schema
