// Regular expressions of JavaScript without flags, or with the flag i: what GrowthBook's $regex and
// URL targets are made of.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {

struct EcmaScriptOptions {
  bool ignore_case = false;
};

// Checks `pattern` (valid UTF-8) against ECMA-262, section 22.2.1 with Annex B.1.2, and puts what
// RE2 understands as the same into `*re2_pattern`. invalid_argument with the byte offset in the
// pattern for what JavaScript refuses and for what takes more than linear time or has no equal in
// RE2: lookaheads, lookbehinds, backreferences, modifiers. budget_exceeded for groups nested deeper
// than 100 and repeats above 1000. O(pattern).
absl::Status TranslateEcmaScript(std::string_view pattern, EcmaScriptOptions options,
                                 std::string* re2_pattern);

// MatchesPart is RegExp.prototype.test. What differs from JavaScript:
//   * text is code points, not UTF-16 units: "." takes an emoji whole, and halves of a surrogate
//     pair match nothing;
//   * ignore_case folds what isn't ASCII by Unicode's simple case folding, not by toUpperCase:
//     they differ for ẞ (which here also is ß) and a few others.
Regex CompileEcmaScript(std::string_view pattern, EcmaScriptOptions options, MemoryBudget& budget);

}  // namespace sluice::regex
