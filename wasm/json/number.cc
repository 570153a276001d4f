#include "sluice/json/number.h"

#include <cstddef>
#include <limits>
#include <string_view>

#include "simdjson.h"

namespace sluice::json {
namespace {

// Powers of ten that a double holds exactly.
constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int64_t kMaxExactPower = 22;
constexpr uint64_t kMaxExactInteger = uint64_t{1} << 53;
constexpr size_t kMaxExactDigits = 15;  // and below that integer
constexpr int kMaxDigits = 19;          // that a uint64_t holds whatever they are
// Beyond any exponent that matters, also against as many digits as a text can have.
constexpr int64_t kExponentCap = int64_t{1} << 40;

// A JSON number as mantissa × 10^exponent, without leading or trailing zeros in the mantissa.
struct Decimal {
  bool negative = false;
  bool fits = true;       // the mantissa has at most kMaxDigits; else it is cut off
  uint64_t mantissa = 0;  // 0 only for zero
  int digits = 0;         // of the mantissa, at most kMaxDigits
  int64_t exponent = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

int64_t ReadExponent(std::string_view text) {
  const bool negative = text[0] == '-';
  if (negative || text[0] == '+') text.remove_prefix(1);
  int64_t value = 0;
  for (const char c : text) {
    value = value * 10 + (c - '0');
    if (value > kExponentCap) value = kExponentCap;
  }
  return negative ? -value : value;
}

Decimal Decompose(std::string_view text) {
  Decimal result;
  result.negative = text[0] == '-';
  size_t at = result.negative ? 1 : 0;
  int64_t scale = 0;  // decimal places seen
  int64_t zeros = 0;  // zeros that are only part of the mantissa if another digit follows
  bool in_fraction = false;
  for (; at < text.size() && (IsDigit(text[at]) || text[at] == '.'); ++at) {
    if (text[at] == '.') {
      in_fraction = true;
      continue;
    }
    if (in_fraction) ++scale;
    if (text[at] == '0') {
      if (result.mantissa != 0) ++zeros;
      continue;
    }
    if (result.digits + zeros + 1 > kMaxDigits) {
      result.fits = false;
      continue;
    }
    for (; zeros >= 0; --zeros, ++result.digits) result.mantissa *= 10;
    zeros = 0;
    result.mantissa += static_cast<uint64_t>(text[at] - '0');
  }
  if (at < text.size()) result.exponent = ReadExponent(text.substr(at + 1));
  result.exponent += zeros - scale;
  return result;
}

// Of a text as most are: a few digits, maybe a point among them. NaN for any other.
double ReadShort(std::string_view text) {
  constexpr double kOther = std::numeric_limits<double>::quiet_NaN();
  if (text.size() > kMaxExactDigits) return kOther;
  uint64_t mantissa = 0;
  size_t point = text.size();
  for (size_t at = 0; at < text.size(); ++at) {
    const uint32_t digit = static_cast<uint32_t>(text[at]) - '0';
    if (digit < 10) {
      mantissa = mantissa * 10 + digit;
    } else if (text[at] == '.') {
      point = at + 1;
    } else {
      return kOther;
    }
  }
  // One correctly rounded operation, see below.
  return static_cast<double>(mantissa) / kPowersOfTen[text.size() - point];
}

}  // namespace

double ToDouble(Value number) { return ToDouble(number.raw()); }

double ToDouble(std::string_view text) {
  const double simple = ReadShort(text);
  if (simple == simple) return simple;
  const Decimal decimal = Decompose(text);
  if (decimal.mantissa == 0) return decimal.negative ? -0.0 : 0.0;
  // Clinger, "How to Read Floating Point Numbers Accurately", 1990: one correctly rounded operation
  // on two exact operands.
  if (decimal.fits && decimal.mantissa <= kMaxExactInteger && decimal.exponent >= -kMaxExactPower &&
      decimal.exponent <= kMaxExactPower) {
    double value = static_cast<double>(decimal.mantissa);
    if (decimal.exponent < 0) {
      value /= kPowersOfTen[-decimal.exponent];
    } else {
      value *= kPowersOfTen[decimal.exponent];
    }
    return decimal.negative ? -value : value;
  }
  return simdjson::internal::from_chars(text.data(), text.data() + text.size());
}

std::optional<int64_t> ToInt64(Value number) {
  const Decimal decimal = Decompose(number.raw());
  if (decimal.mantissa == 0) return 0;
  if (!decimal.fits || decimal.exponent < 0 || decimal.digits + decimal.exponent > kMaxDigits) {
    return std::nullopt;
  }
  uint64_t magnitude = decimal.mantissa;
  for (int64_t i = 0; i < decimal.exponent; ++i) magnitude *= 10;
  const uint64_t limit =
      static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) + (decimal.negative ? 1 : 0);
  if (magnitude > limit) return std::nullopt;
  return static_cast<int64_t>(decimal.negative ? 0 - magnitude : magnitude);
}

}  // namespace sluice::json
