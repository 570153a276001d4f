#include "sluice/json/decimal.h"

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::json {
namespace {

TEST(Decimal, KnowsIntegers) {
  for (const std::string_view text :
       {"0", "-0", "0.0", "0e-5", "1", "-1", "1.0", "1e2", "10e-1", "1.50e1", "-12300e-2", "1e400",
        "1e99999999999999999999", "123456789012345678901234567890", "0.001e3"}) {
    EXPECT_TRUE(IsInteger(text)) << text;
  }
  for (const std::string_view text : {"0.1", "1.5", "-1.0001", "1e-1", "123e-3", "0.001e2",
                                      "1e-99999999999999999999", "9007199254740993.5"}) {
    EXPECT_FALSE(IsInteger(text)) << text;
  }
}

TEST(Decimal, KnowsWhatIsWrittenAsAnInteger) {
  for (const std::string_view text : {"0", "-0", "1", "-123456789012345678901234567890"}) {
    EXPECT_TRUE(IsIntegerLiteral(text)) << text;
  }
  for (const std::string_view text : {"1.0", "1e2", "1E2", "0.5"}) {
    EXPECT_FALSE(IsIntegerLiteral(text)) << text;
  }
}

TEST(Decimal, KnowsDivisors) {
  const std::string longest(kMaxDivisorDigits, '7');
  for (const std::string& text :
       {std::string("1"), std::string("0.01"), std::string("1e308"), std::string("5e-324"), longest,
        longest + "000", "0." + longest}) {
    EXPECT_TRUE(IsDivisor(text)) << text;
  }
  for (const std::string& text : {std::string("0"), std::string("-0"), std::string("0.0"),
                                  std::string("-1"), longest + "1"}) {
    EXPECT_FALSE(IsDivisor(text)) << text;
    EXPECT_FALSE(IsMultipleOf("12", text)) << text;
  }
}

struct Pair {
  std::string_view number;
  std::string_view divisor;
};

TEST(IsMultipleOf, IsExactWhereDoublesAreNot) {
  for (const auto& [number, divisor] : {Pair{"0", "7"},
                                        Pair{"-0.0", "0.3"},
                                        Pair{"21", "7"},
                                        Pair{"-21", "7"},
                                        Pair{"2.1e1", "7"},
                                        Pair{"4.5", "1.5"},
                                        Pair{"0.0075", "0.0001"},
                                        Pair{"19.99", "0.01"},
                                        Pair{"1.1", "0.1"},
                                        Pair{"0.3", "0.1"},
                                        Pair{"1e308", "0.125e-200"},
                                        Pair{"12391239123", "1e-8"},
                                        Pair{"1e308", "1e-308"},
                                        Pair{"3e400", "3"},
                                        Pair{"9007199254740993", "3"},
                                        Pair{"18014398509481986", "9007199254740993"},
                                        Pair{"1e1000000000000000000000", "1024"},
                                        Pair{"1e9", "512e-3"},
                                        Pair{"37037036703703703670", "12345678901234567890"},
                                        Pair{"1e40", "10000000000000000000000000000000000000000"},
                                        Pair{"1e100", "1267650600228229401496703205376"}}) {
    EXPECT_TRUE(IsMultipleOf(number, divisor)) << number << " / " << divisor;
  }
  for (const auto& [number, divisor] :
       {Pair{"1", "7"}, Pair{"35", "1.5"}, Pair{"0.00751", "0.0001"}, Pair{"19.995", "0.01"},
        Pair{"1e-308", "1e308"}, Pair{"1", "10"}, Pair{"1e-1000000000000000000000", "1"},
        Pair{"1e1000000000000000000000", "3"}, Pair{"9007199254740993", "2"},
        Pair{"9007199254740993", "9007199254740992"}, Pair{"1e400", "7e399"},
        Pair{"37037036703703703671", "12345678901234567890"},
        Pair{"1e99", "1267650600228229401496703205376"}}) {
    EXPECT_FALSE(IsMultipleOf(number, divisor)) << number << " / " << divisor;
  }
}

using Digits = std::vector<int>;  // the highest first

Digits RandomDigits(std::mt19937& random, size_t size) {
  Digits digits(size);
  for (int& digit : digits) digit = static_cast<int>(random() % 10);
  digits.front() = digits.front() == 0 ? 1 : digits.front();
  return digits;
}

Digits Product(const Digits& a, const Digits& b) {
  Digits result(a.size() + b.size());
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      result[i + j + 1] += a[i] * b[j];
      result[i + j] += result[i + j + 1] / 10;
      result[i + j + 1] %= 10;
    }
  }
  return result;
}

// As it is done on paper.
bool LeavesNothing(const Digits& number, const Digits& divisor) {
  Digits rest(divisor.size() + 1);
  Digits wide(divisor.size() + 1);
  std::copy(divisor.begin(), divisor.end(), wide.begin() + 1);
  for (const int digit : number) {
    rest.erase(rest.begin());
    rest.push_back(digit);
    while (rest >= wide) {
      for (size_t i = rest.size(); i-- > 0;) {
        rest[i] -= wide[i];
        if (rest[i] < 0) {
          rest[i] += 10;
          --rest[i - 1];
        }
      }
    }
  }
  return std::all_of(rest.begin(), rest.end(), [](int digit) { return digit == 0; });
}

std::string Text(const Digits& digits) {
  std::string text;
  for (const int digit : digits) text += static_cast<char>('0' + digit);
  text.erase(0, std::min(text.find_first_not_of('0'), text.size() - 1));
  return text;
}

TEST(IsMultipleOf, IsLongDivision) {
  std::mt19937 random(1);
  size_t multiples = 0;
  for (int i = 0; i < 4000; ++i) {
    const Digits divisor = RandomDigits(random, 1 + random() % (i % 8 == 0 ? 320 : 40));
    Digits number = Product(divisor, RandomDigits(random, 1 + random() % 60));
    if (random() % 2 == 0) number[random() % number.size()] = static_cast<int>(random() % 10);
    const bool expected = LeavesNothing(number, divisor);
    multiples += expected ? 1 : 0;
    EXPECT_EQ(IsMultipleOf(Text(number), Text(divisor)), expected)
        << Text(number) << " / " << Text(divisor);
    // The same, moved by powers of ten.
    EXPECT_EQ(IsMultipleOf(Text(number) + "e-7", Text(divisor) + "e-7"), expected);
    EXPECT_EQ(IsMultipleOf("-0." + Text(number) + "e" + std::to_string(Text(number).size()),
                           Text(divisor) + ".000"),
              expected);
  }
  EXPECT_GT(multiples, 1000u);
  EXPECT_LT(multiples, 3900u);
}

// The longest divisors with the largest and smallest words make the estimate of a quotient wrong.
TEST(IsMultipleOf, EstimatesThatAreTooLarge) {
  const std::string_view words[] = {"4294967296", "4294967295", "18446744073709551616",
                                    "39614081266355540835774234624",   // 2^95 + 2^64 …
                                    "39614081257132168796771975168"};  // 2^95
  std::mt19937 random(2);
  for (const std::string_view a : words) {
    for (const std::string_view b : words) {
      Digits x;
      Digits y;
      for (const char c : a) x.push_back(c - '0');
      for (const char c : b) y.push_back(c - '0');
      Digits divisor = Product(x, y);
      divisor.back() = static_cast<int>(random() % 10);
      const Digits number = Product(divisor, RandomDigits(random, 30));
      EXPECT_TRUE(IsMultipleOf(Text(number), Text(divisor)));
      Digits other = number;
      other.back() = (other.back() + 1) % 10;
      EXPECT_EQ(IsMultipleOf(Text(other), Text(divisor)), LeavesNothing(other, divisor));
    }
  }
}

}  // namespace
}  // namespace sluice::json
