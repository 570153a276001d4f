// Lengths of strings as people and schemas count them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/json/document.h"

namespace sluice::json {

// How many code points a string's value has: an escape is one, and so is an escaped surrogate pair;
// half of one alone is one, too (it decodes to U+FFFD). O(length), no copy is made.
size_t CodePointLength(Value string);

}  // namespace sluice::json
