// What can be wrong with a JSON text. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/base/limits.h"

namespace sluice::json {

// A node's count has 28 bits, and an element takes two bytes.
constexpr size_t kMaxTextBytes = size_t{1} << 29;

enum class FaultKind : uint8_t {
  kNone,
  // Something else was expected at `offset` (which may be the end of the text).
  kValue,             // the document, a member's value, an element after ','
  kElementOrEnd,      // after '['
  kMemberNameOrEnd,   // after '{'
  kMemberName,        // after ',' in an object
  kColon,             // after a member's name
  kCommaOrArrayEnd,   // after an element
  kCommaOrObjectEnd,  // after a member
  kDocumentEnd,       // after the document's value
  kTrue,              // "true", "false", "null" broken off: `offset` is the first wrong byte
  kFalse,
  kNull,
  kDigit,          // after '-'
  kFractionDigit,  // after '.'
  kExponentDigit,  // after 'e', 'E' and its sign
  // What is at `offset` is wrong in itself.
  kLeadingZero,       // a digit after a number's leading 0
  kEscape,            // a backslash that starts no escape
  kControlCharacter,  // below U+0020 in a string
  kUtf8,              // first byte of an ill-formed part
  kUnclosedString,    // its opening quote
  kByteOrderMark,
  // Budgets.
  kDepth,  // the bracket that is one level too deep
  kSize,
  kMemory,
  kInternal,
};

struct Fault {
  FaultKind kind = FaultKind::kNone;
  size_t offset = 0;

  bool ok() const { return kind == FaultKind::kNone; }
};

// Length of the escape that starts with the backslash at `offset`, or 0 if it is none (or `text`
// ends in it).
size_t EscapeLength(std::string_view text, size_t offset);

// True if `text` ends inside what may still become an escape (the backslash is at `offset`).
bool EndsInEscape(std::string_view text, size_t offset);

// invalid_json or budget_exceeded with the offset, in plain words.
absl::Status ToStatus(Fault fault, std::string_view text, const JsonBudget& budget);

}  // namespace sluice::json
