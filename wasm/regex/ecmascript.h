// Regular expressions of JavaScript (ECMA-262, 2025, section 22.2): with the flag u, as JSON Schema
// wants them (JSON Schema Validation 2020-12, section 6.3.3), and with no flag or
// i, as GrowthBook's $regex and URL targets are.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {

struct EcmaScriptOptions {
  bool ignore_case = false;
  // Flag u: section 22.2.1 without Annex B, so that what is no escape is an error, and \p{…}.
  bool unicode = false;  // not with ignore_case
  // With `unicode`: also what Annex B takes for the text that it looks like, which is
  //   * ], and { and } that are no quantifier;
  //   * a backslash before what is neither a letter nor a digit of ASCII, as in \- and \_;
  //   * in a class the - beside a class escape, as in [\w-.].
  // Anything else means what it does without this.
  bool lenient = false;
};

// Checks `pattern` (valid UTF-8) against ECMA-262, section 22.2.1 (without `unicode` with Annex
// B.1.2), and puts what RE2 understands as the same into `*re2_pattern`. invalid_argument with the
// byte offset in the pattern for what JavaScript refuses and for what takes more than linear time
// or has no equal in RE2: lookaheads, lookbehinds, backreferences, modifiers, \B where nothing else
// is matched. budget_exceeded for
// groups nested deeper than 100, repeats above 1000 and classes too large together. O(pattern +
// ranges of its classes).
absl::Status TranslateEcmaScript(std::string_view pattern, EcmaScriptOptions options,
                                 std::string* re2_pattern);

// MatchesPart is RegExp.prototype.test. What differs from JavaScript:
//   * text is code points, not UTF-16 units: without `unicode` too, "." takes an emoji whole, and
//     halves of a surrogate pair match nothing;
//   * ignore_case folds what isn't ASCII by Unicode's simple case folding, not by toUpperCase:
//     they differ for ẞ (which here also is ß) and a few others.
// Properties are those of kUnicodeVersion (unicode_property.h).
Regex CompileEcmaScript(std::string_view pattern, EcmaScriptOptions options, MemoryBudget& budget);

// OK if `new RegExp(pattern, "u")` takes it, or it is `lenient` as in EcmaScriptOptions, whether it
// can be compiled here or not: lookarounds, backreferences and all repeats are fine.
// invalid_argument with the byte offset where not; budget_exceeded for what isn't looked at:
// patterns over kMaxPatternBytes, groups nested deeper than 100. O(pattern); keeps nothing but the
// names of groups.
absl::Status CheckEcmaScriptSyntax(std::string_view pattern, bool lenient = false);

}  // namespace sluice::regex
