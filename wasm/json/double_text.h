// Doubles as text. Inside this room only.
#pragma once

#include <string_view>

namespace sluice::json {

// Room for the longest text: sign, 17 digits, "0.", five zeros.
struct DoubleText {
  char bytes[32];
  std::string_view view;
};

// The shortest decimal that reads back as `value` (which must be finite), laid out as ECMA-262
// Number::toString has it ("0.1", "1e+21", "5e-324"; -0 is "0"). Where several are equally short it
// need not be the nearest.
void FormatDouble(double value, DoubleText& text);

}  // namespace sluice::json
