// From a parsed pattern to a Regex, by the matcher that costs least.
#pragma once

#include <string>

#include "absl/status/status.h"
#include "sluice/regex/ecmascript_pattern.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {

// Puts what RE2 understands as the same into `*re2_pattern`. invalid_argument for what takes more
// than linear time or has no equal in RE2, with its byte offset (\B in a pattern that can match the
// empty text among it); budget_exceeded for repeats above 1000, RE2's own limit. O(pattern + ranges
// of its sets).
absl::Status TranslatePattern(const Pattern& pattern, std::string* re2_pattern);

// A SimplePattern, else a PositionAutomaton, else RE2.
Regex CompilePattern(const Pattern& pattern, MemoryBudget& budget);

}  // namespace sluice::regex
