// Where a text that stage 1 refused goes wrong. Inside this room only.
#pragma once

#include <cstddef>
#include <string_view>

#include "sluice/json/fault.h"

namespace sluice::json {

// What stage 1 can't index.
struct LexicalFault {
  // In a string: kEscape, kControlCharacter, kUtf8 or kUnclosedString. Else kNone: at `resume`
  // stands a character that starts no token, or the text ends there.
  Fault in_string;
  size_t resume;  // everything before is indexable; the string's opening quote,
                  // if it is one
};

// One byte at a time, strings as the grammar has them. O(text).
LexicalFault FindLexicalFault(std::string_view text);

}  // namespace sluice::json
