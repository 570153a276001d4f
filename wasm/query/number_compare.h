// Order of numbers by their text, exactly.
#pragma once

#include <string_view>

namespace sluice::query {

// Compares two JSON numbers as the decimals they are, never as doubles: 1, 1.0 and 10e-1 are
// equal, 9007199254740993 is more than 9007199254740992, 1e400 less than 1e401, -0 equals 0.
// Negative, 0 or positive. O(length). Exponents beyond ±10^17 count as ±10^17.
int CompareNumbers(std::string_view a, std::string_view b);

}  // namespace sluice::query
