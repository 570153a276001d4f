// Numbers as the decimals they are: what a double would round is exact here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sluice::json {

// ±0.d1d2d3… × 10^scale with d1 not 0: the digits are `head` then `tail`, the two sides of the
// point without the zeros that say nothing, so that equal numbers have the same digits and the same
// scale. Zero has no digits. Borrows the number's text.
struct Decimal {
  // Of a JSON number's text. O(length). Exponents beyond ±10^17 count as ±10^17.
  static Decimal Of(std::string_view number);

  size_t size() const { return head.size() + tail.size(); }
  char digit(size_t i) const { return i < head.size() ? head[i] : tail[i - head.size()]; }
  bool is_zero() const { return size() == 0; }
  // Zeros behind the last digit if there is no fraction; negative: so many digits are a fraction.
  int64_t exponent() const { return scale - static_cast<int64_t>(size()); }

  bool negative = false;
  std::string_view head;
  std::string_view tail;
  int64_t scale = 0;
};

// Whether a JSON number is mathematically an integer: 1, 1.0, 1e2 and 10e-1 are. O(length).
bool IsInteger(std::string_view number);
// Whether it is written as one, without fraction and exponent (what draft 4 of JSON Schema calls an
// integer). O(length).
bool IsIntegerLiteral(std::string_view number);

// What a number can be divided by: more than zero, and at most kMaxDivisorDigits from the first to
// the last that isn't zero (a double's integer has no more).
inline constexpr size_t kMaxDivisorDigits = 320;
bool IsDivisor(std::string_view number);

// Whether `number` is an integer times `divisor`, exactly; zero always is. False if `divisor` isn't
// one (IsDivisor). Exponents cost nothing, however large. O(length) for divisors of up to 18
// digits, else O(length × divisor's length / 81).
bool IsMultipleOf(std::string_view number, std::string_view divisor);

}  // namespace sluice::json
