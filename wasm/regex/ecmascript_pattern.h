// A pattern, parsed: what the translation to RE2, the other linear-time matchers and the
// backtracking one are made from. The language is ECMA-262's.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "sluice/regex/character_set.h"

namespace sluice::regex {

// Groups nested deeper are refused, so that what walks a pattern may recurse.
inline constexpr int kMaxGroupNesting = 100;
// What the character sets of one pattern may have together: \p{L} alone is some 650 ranges.
inline constexpr size_t kMaxSetRanges = 1u << 15;
inline constexpr uint32_t kUnbounded = 0xFFFFFFFF;

enum class NodeKind : uint8_t {
  kCharacter,      // value: a code point
  kSet,            // value: a number in Pattern::sets
  kBegin,          // ^
  kEnd,            // $
  kWordBoundary,   // \b, negated: \B
  kOr,             // | between two alternatives of the group around it
  kGroup,          // value: the number of its capture, 0 if it has none
  kLookahead,      // negated: (?!
  kLookbehind,     // negated: (?<!
  kModifiers,      // (?ims-ims:
  kBackreference,  // to the captures Pattern::references[value, value_end), of which one matched
};

// Nodes are in the pattern's order; a group's descendants follow it up to `end`.
struct Node {
  NodeKind kind = NodeKind::kCharacter;
  bool lazy = false;
  bool negated = false;
  // Matches regardless of case; for sets `negated` applies after that. Else a set is as it matches.
  bool fold_case = false;
  uint32_t value = 0;
  uint32_t value_end = 0;
  uint32_t end = 0;
  // How often it is repeated.
  uint32_t least = 1;
  uint32_t most = 1;
  // The captures [first_capture, end_capture) lie in it.
  uint32_t first_capture = 0;
  uint32_t end_capture = 0;
  uint32_t offset = 0;  // in the pattern's bytes

  bool IsRepeated() const { return least != 1 || most != 1; }
};

struct Pattern {
  std::vector<Node> nodes;
  std::vector<CharacterSet> sets;
  std::vector<uint32_t> references;
  uint32_t captures = 0;  // numbered from 1
};

struct ParseOptions {
  bool unicode = false;
  bool lenient = false;      // see EcmaScriptOptions
  bool ignore_case = false;  // not with unicode
  // Of the patterns that RFC 9485 has too it means the same by "." and \-. With unicode.
  bool i_regexp = false;
  bool only_check = false;  // `*out` stays empty; no memory but for the names of groups
};

// Parses `pattern`, which is valid UTF-8: with `unicode` by section 22.2.1, else with Annex B.1.2.
// invalid_argument with the byte offset for what isn't a pattern; budget_exceeded for groups nested
// deeper than kMaxGroupNesting, patterns over kMaxPatternBytes and sets over kMaxSetRanges.
// O(pattern + ranges of its sets).
absl::Status ParseEcmaScript(std::string_view pattern, ParseOptions options, Pattern* out);

}  // namespace sluice::regex
