// Numbers as text, exactly.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/json/document.h"

namespace sluice::json {

// The nearest double (IEEE 754, ties to even); ±infinity where the text is out of range.
double ToDouble(Value number);
// The same for a number's JSON text.
double ToDouble(std::string_view number);

// The value if the number is mathematically an integer in the range (1, 1.0 and 1e0 all are).
std::optional<int64_t> ToInt64(Value number);

}  // namespace sluice::json
