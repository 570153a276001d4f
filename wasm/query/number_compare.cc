#include "sluice/query/number_compare.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::query {
namespace {

constexpr int64_t kMaxExponent = 100'000'000'000'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// 0.d1d2d3… × 10^scale with d1 not 0: the digits are `head` then `tail`, the two sides of the
// point without the zeros that say nothing.
struct Decimal {
  bool negative = false;
  std::string_view head;
  std::string_view tail;
  int64_t scale = 0;

  size_t size() const { return head.size() + tail.size(); }
  char digit(size_t i) const { return i < head.size() ? head[i] : tail[i - head.size()]; }
};

int64_t ReadExponent(std::string_view text) {
  const bool negative = text[0] == '-';
  if (!IsDigit(text[0])) text.remove_prefix(1);
  int64_t value = 0;
  for (const char c : text) {
    value = std::min(value * 10 + (c - '0'), kMaxExponent);
  }
  return negative ? -value : value;
}

void DropLeadingZeros(std::string_view& digits) {
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size()));
}

void DropTrailingZeros(std::string_view& digits) {
  digits = digits.substr(0, digits.find_last_not_of('0') + 1);
}

Decimal Decompose(std::string_view text) {
  Decimal result;
  result.negative = text[0] == '-';
  if (result.negative) text.remove_prefix(1);
  size_t at = 0;
  while (at < text.size() && IsDigit(text[at])) ++at;
  result.head = text.substr(0, at);
  if (at < text.size() && text[at] == '.') {
    const size_t begin = ++at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    result.tail = text.substr(begin, at - begin);
  }
  if (at < text.size()) result.scale = ReadExponent(text.substr(at + 1));

  DropLeadingZeros(result.head);
  result.scale += static_cast<int64_t>(result.head.size());
  if (result.head.empty()) {
    const size_t before = result.tail.size();
    DropLeadingZeros(result.tail);
    result.scale -= static_cast<int64_t>(before - result.tail.size());
  }
  DropTrailingZeros(result.tail);
  if (result.tail.empty()) DropTrailingZeros(result.head);
  return result;
}

int CompareMagnitudes(const Decimal& a, const Decimal& b) {
  if (a.size() == 0 || b.size() == 0) return static_cast<int>(a.size() != 0) - (b.size() != 0);
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
  const Decimal x = Decompose(a);
  const Decimal y = Decompose(b);
  const int magnitude = CompareMagnitudes(x, y);
  if (x.size() == 0 && y.size() == 0) return 0;
  const bool x_negative = x.negative && x.size() != 0;
  const bool y_negative = y.negative && y.size() != 0;
  if (x_negative != y_negative) return x_negative ? -1 : 1;
  return x_negative ? -magnitude : magnitude;
}

}  // namespace sluice::query
