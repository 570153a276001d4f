#include "sluice/json/double_text.h"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "simdjson.h"

namespace sluice::json {
namespace {

constexpr int kMaxDigits = 17;

// 0.d1d2d3… × 10^point.
struct Digits {
  char digits[kMaxDigits + 1];
  int count = 0;
  int point = 0;
};

// Takes the digits out of what simdjson's Grisu2 writes ("123.0", "1.5e+300").
Digits ReadDigits(const char* begin, const char* end) {
  Digits result;
  int exponent = 0;
  bool in_fraction = false;
  const char* at = begin;
  // The analyzer doesn't see simdjson write them.
  // NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult)
  for (; at != end && *at != 'e'; ++at) {
    if (*at == '.') {
      in_fraction = true;
      continue;
    }
    const bool leading_zero = result.count == 0 && *at == '0';
    if (!in_fraction && !leading_zero) ++result.point;
    if (in_fraction && leading_zero) --result.point;
    if (!leading_zero && result.count < kMaxDigits) result.digits[result.count++] = *at;
  }
  if (at != end) {
    const bool negative = *++at == '-';
    for (++at; at != end; ++at) exponent = exponent * 10 + (*at - '0');
    result.point += negative ? -exponent : exponent;
  }
  while (result.count > 1 && result.digits[result.count - 1] == '0') --result.count;
  return result;
}

double ValueOf(const Digits& digits) {
  char text[kMaxDigits + 8];
  std::memcpy(text, digits.digits, static_cast<size_t>(digits.count));
  char* at = text + digits.count;
  int exponent = digits.point - digits.count;
  *at++ = 'e';
  if (exponent < 0) *at++ = '-';
  exponent = std::abs(exponent);
  for (int unit = 100; unit > 0; unit /= 10) *at++ = static_cast<char>('0' + exponent / unit % 10);
  return simdjson::internal::from_chars(text, at);
}

// One digit less, the last one rounded up or down.
Digits Shortened(Digits digits, bool up) {
  --digits.count;
  if (!up) return digits;
  int last = digits.count - 1;
  while (last >= 0 && digits.digits[last] == '9') --last;
  digits.count = last + 1;
  if (last >= 0) {
    ++digits.digits[last];
  } else {
    digits = {{'1'}, 1, digits.point + 1};
  }
  return digits;
}

// Grisu2 is not always the shortest. If a shorter decimal reads back the same, so does one of the
// two neighbours with one digit less: they lie between it and what Grisu2 found.
Digits Shortest(Digits digits, double value) {
  while (digits.count > 1) {
    const bool up = digits.digits[digits.count - 1] >= '5';
    Digits candidate = Shortened(digits, up);
    if (ValueOf(candidate) != value) candidate = Shortened(digits, !up);
    if (ValueOf(candidate) != value) break;
    digits = candidate;
  }
  return digits;
}

char* AppendExponent(int exponent, char* out) {
  *out++ = 'e';
  *out++ = exponent < 0 ? '-' : '+';
  exponent = std::abs(exponent);
  if (exponent >= 100) *out++ = static_cast<char>('0' + exponent / 100);
  if (exponent >= 10) *out++ = static_cast<char>('0' + exponent / 10 % 10);
  *out++ = static_cast<char>('0' + exponent % 10);
  return out;
}

char* Layout(const Digits& digits, char* out) {
  const int count = digits.count;
  const int point = digits.point;
  if (point > 21 || point < -5) {
    *out++ = digits.digits[0];
    if (count > 1) {
      *out++ = '.';
      out = std::copy(digits.digits + 1, digits.digits + count, out);
    }
    return AppendExponent(point - 1, out);
  }
  if (point <= 0) {
    out = std::fill_n(std::copy_n("0.", 2, out), -point, '0');
    return std::copy_n(digits.digits, count, out);
  }
  out = std::copy_n(digits.digits, std::min(count, point), out);
  if (count <= point) return std::fill_n(out, point - count, '0');
  *out++ = '.';
  return std::copy(digits.digits + point, digits.digits + count, out);
}

}  // namespace

void FormatDouble(double value, DoubleText& text) {
  char* out = text.bytes;
  if (value == 0) {
    *out++ = '0';
  } else {
    if (value < 0) *out++ = '-';
    value = value < 0 ? -value : value;
    char raw[40];
    const char* end = simdjson::internal::to_chars(raw, raw + sizeof(raw), value);
    out = Layout(Shortest(ReadDigits(raw, end), value), out);
  }
  text.view = {text.bytes, static_cast<size_t>(out - text.bytes)};
}

}  // namespace sluice::json
