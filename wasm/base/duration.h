// Durations as authors write them: "250ms", "10s", "5m", "1h", "7d".
#pragma once

#include <optional>
#include <string_view>

namespace sluice {

// Milliseconds, or nothing unless the text is a positive decimal integer directly followed by one
// of ms, s, m, h, d, and at most 400 days in all. No sign, blank, fraction or leading zero.
std::optional<double> ParseDuration(std::string_view text);

}  // namespace sluice
