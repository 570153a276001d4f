#include "sluice/json/number_order.h"

#include <algorithm>
#include <cstddef>

#include "sluice/json/decimal.h"

namespace sluice::json {
namespace {

int CompareMagnitudes(const Decimal& a, const Decimal& b) {
  if (a.is_zero() || b.is_zero())
    return static_cast<int>(b.is_zero()) - static_cast<int>(a.is_zero());
  if (a.scale != b.scale) return a.scale < b.scale ? -1 : 1;
  const size_t common = std::min(a.size(), b.size());
  for (size_t i = 0; i < common; ++i) {
    if (a.digit(i) != b.digit(i)) return a.digit(i) < b.digit(i) ? -1 : 1;
  }
  return static_cast<int>(a.size() > common) - static_cast<int>(b.size() > common);
}

}  // namespace

int CompareAnyNumbers(std::string_view a, std::string_view b) {
  if (a == b) return 0;
  const Decimal x = Decimal::Of(a);
  const Decimal y = Decimal::Of(b);
  const int magnitude = CompareMagnitudes(x, y);
  if (x.is_zero() && y.is_zero()) return 0;
  const bool x_negative = x.negative && !x.is_zero();
  const bool y_negative = y.negative && !y.is_zero();
  if (x_negative != y_negative) return x_negative ? -1 : 1;
  return x_negative ? -magnitude : magnitude;
}

}  // namespace sluice::json
