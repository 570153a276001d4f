// I-Regexp (RFC 9485), the interoperable dialect that JSONPath's match() and search() use.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {

// Checks `pattern` (valid UTF-8) against the grammar of RFC 9485, section 4, and puts the same in
// RE2's syntax into `*re2_pattern`. invalid_argument with the byte offset in the pattern;
// budget_exceeded for parentheses nested deeper than 100 and repeats above 1000 (RE2's own limit).
// O(pattern).
absl::Status TranslateIRegexp(std::string_view pattern, std::string* re2_pattern);

// `.` is all but \n and \r; \p{C} and \p{Cn} include unassigned code points; categories are those
// of kUnicodeVersion (unicode_property.h). An unescaped `^` or `$` is an anchor, as in the mappings
// of RFC 9485, section 5, and in JSONPath's compliance tests (its grammar has them as characters).
// Not supported: \p{C} and \p{Cn} within a negated character class.
Regex CompileIRegexp(std::string_view pattern, MemoryBudget& budget);

}  // namespace sluice::regex
