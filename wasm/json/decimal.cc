#include "sluice/json/decimal.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "sluice/json/number_order.h"

namespace sluice::json {
namespace {

constexpr int64_t kMaxExponent = 100'000'000'000'000'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

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

// The remainder by a divisor of up to 18 digits, of a number whose digits come one after another.
class SmallRemainder {
 public:
  explicit SmallRemainder(const Decimal& divisor) {
    for (size_t i = 0; i < divisor.size(); ++i) divisor_ = divisor_ * 10 + Digit(divisor.digit(i));
    // What is left is below 10^size, so that so many digits more stay below 10^19.
    digits_a_time_ = 19 - divisor.size();
  }

  void Add(uint64_t digit) {
    value_ = value_ * 10 + digit;
    if (++pending_ == digits_a_time_) Reduce();
  }
  bool IsZero() {
    Reduce();
    return value_ == 0;
  }

  static constexpr size_t kMaxDigits = 18;
  static uint64_t Digit(char c) { return static_cast<uint64_t>(c - '0'); }

 private:
  void Reduce() {
    value_ %= divisor_;
    pending_ = 0;
  }

  uint64_t divisor_ = 0;
  uint64_t value_ = 0;
  size_t digits_a_time_;
  size_t pending_ = 0;
};

// The same for longer ones: Knuth's algorithm D (The Art of Computer Programming, volume 2, section
// 4.3.1) where each quotient is one word, as up to 9 digits are brought down at a time. Divisor and
// remainder are kept shifted so that the divisor's top bit is set.
class LargeRemainder {
 public:
  explicit LargeRemainder(const Decimal& divisor) {
    uint32_t words[kWords] = {};
    for (size_t i = 0; i < divisor.size(); ++i) {
      uint64_t carry = SmallRemainder::Digit(divisor.digit(i));
      for (uint32_t& word : words) {
        carry += uint64_t{word} * 10;
        word = static_cast<uint32_t>(carry);
        carry >>= 32;
      }
    }
    size_ = kWords;
    while (words[size_ - 1] == 0) --size_;
    shift_ = std::countl_zero(words[size_ - 1]);
    uint64_t carry = 0;
    for (size_t j = 0; j < size_; ++j) {
      carry |= uint64_t{words[j]} << shift_;
      divisor_[j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
  }

  void Add(uint64_t digit) {
    chunk_ = chunk_ * 10 + digit;
    power_ *= 10;
    if (power_ == 1'000'000'000) Reduce();
  }
  bool IsZero() {
    Reduce();
    return std::all_of(value_, value_ + size_, [](uint32_t word) { return word == 0; });
  }

 private:
  void Reduce() {
    uint64_t carry = chunk_ << shift_;
    for (size_t j = 0; j < size_; ++j) {
      carry += uint64_t{value_[j]} * power_;
      value_[j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    chunk_ = 0;
    power_ = 1;
    // Of the true quotient or up to 2 more; it is less than `power_`, so that it fits.
    uint64_t top = carry;
    const uint64_t quotient =
        std::min((top << 32 | value_[size_ - 1]) / divisor_[size_ - 1], uint64_t{UINT32_MAX});
    uint64_t borrow = 0;
    for (size_t j = 0; j < size_; ++j) {
      borrow += quotient * divisor_[j];
      const auto low = static_cast<uint32_t>(borrow);
      borrow = (borrow >> 32) + (value_[j] < low ? 1 : 0);
      value_[j] -= low;
    }
    for (top -= borrow; top != 0; top += AddBack()) {
    }
  }

  uint64_t AddBack() {
    uint64_t carry = 0;
    for (size_t j = 0; j < size_; ++j) {
      carry += uint64_t{value_[j]} + divisor_[j];
      value_[j] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    return carry;
  }

  static constexpr size_t kWords = kMaxDivisorDigits * 10 / 3 / 32 + 1;

  uint32_t divisor_[kWords] = {};
  uint32_t value_[kWords] = {};
  size_t size_ = 0;
  int shift_ = 0;
  uint64_t chunk_ = 0;
  uint64_t power_ = 1;
};

// Whether the digits of `number` and so many zeros behind them leave nothing.
template <typename Remainder>
bool Divides(const Decimal& divisor, const Decimal& number, size_t zeros) {
  Remainder remainder(divisor);
  for (const char c : number.head) remainder.Add(SmallRemainder::Digit(c));
  for (const char c : number.tail) remainder.Add(SmallRemainder::Digit(c));
  for (size_t i = 0; i < zeros; ++i) remainder.Add(0);
  return remainder.IsZero();
}

bool IsDivisor(const Decimal& number) {
  return !number.negative && !number.is_zero() && number.size() <= kMaxDivisorDigits;
}

}  // namespace

Decimal Decimal::Of(std::string_view text) {
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

bool IsInteger(std::string_view number) {
  const Decimal decimal = Decimal::Of(number);
  return decimal.is_zero() || decimal.exponent() >= 0;
}

bool IsIntegerLiteral(std::string_view number) {
  return number.find_first_of(".eE") == std::string_view::npos;
}

bool IsDivisor(std::string_view number) { return IsDivisor(Decimal::Of(number)); }

bool IsMultipleOf(std::string_view number, std::string_view divisor) {
  uint32_t x = 0;
  uint32_t y = 0;
  if (IsShortInteger(number, &x) && IsShortInteger(divisor, &y)) return y != 0 && x % y == 0;
  const Decimal a = Decimal::Of(number);
  const Decimal b = Decimal::Of(divisor);
  if (!IsDivisor(b)) return false;
  if (a.is_zero()) return true;
  // The last digit of `a` isn't zero, so it can't be shifted to the right.
  if (a.exponent() < b.exponent()) return false;
  if (b.size() == 1 && b.digit(0) == '1') return true;
  // More tens than the divisor has factors of two or of five bring nothing.
  const auto useful = static_cast<int64_t>(b.size() * 10 / 3 + 1);
  const auto zeros = static_cast<size_t>(std::min(a.exponent() - b.exponent(), useful));
  return b.size() <= SmallRemainder::kMaxDigits ? Divides<SmallRemainder>(b, a, zeros)
                                                : Divides<LargeRemainder>(b, a, zeros);
}

}  // namespace sluice::json
