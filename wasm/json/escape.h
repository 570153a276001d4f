// Escapes in strings. Inside this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::json {

// The code point of the escape whose backslash is at `*at` of a valid string's text; moves on. A
// surrogate without its other half is returned as it is (and encoded as U+FFFD).
uint32_t ReadEscape(std::string_view raw, size_t* at);

}  // namespace sluice::json
