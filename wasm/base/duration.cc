#include "sluice/base/duration.h"

#include <cstddef>
#include <cstdint>

namespace sluice {
namespace {

constexpr uint64_t kDayMs = 24u * 60 * 60 * 1000;
constexpr uint64_t kMaxMs = 400 * kDayMs;

// 0 for what is not a unit.
uint64_t UnitMs(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m") return 60 * 1000;
  if (unit == "h") return 60 * 60 * 1000;
  if (unit == "d") return kDayMs;
  return 0;
}

}  // namespace

std::optional<double> ParseDuration(std::string_view text) {
  if (text.empty() || text[0] < '1' || text[0] > '9') return std::nullopt;
  uint64_t count = 0;
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    count = count * 10 + static_cast<uint64_t>(text[digits] - '0');
    if (count > kMaxMs) return std::nullopt;
  }
  const uint64_t unit = UnitMs(text.substr(digits));
  if (unit == 0 || count > kMaxMs / unit) return std::nullopt;
  return static_cast<double>(count * unit);
}

}  // namespace sluice
