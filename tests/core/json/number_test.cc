#include "sluice/json/number.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <string>

#include "../../support/exact_buffer.h"

namespace sluice::json {
namespace {

class Parsed {
 public:
  explicit Parsed(std::string_view text) : exact_(text) {
    const absl::Status status = document_.Parse(exact_.text());
    EXPECT_TRUE(status.ok()) << text << ": " << status.message();
  }
  Value value() const { return document_.root(); }

 private:
  test_support::ExactBuffer exact_;
  Document document_;
};

double Double(std::string_view text) { return ToDouble(Parsed(text).value()); }
std::optional<int64_t> Int(std::string_view text) { return ToInt64(Parsed(text).value()); }

TEST(ToDouble, Exact) {
  EXPECT_EQ(Double("0"), 0);
  EXPECT_TRUE(std::signbit(Double("-0.0e5")));
  EXPECT_EQ(Double("0.1"), 0.1);
  EXPECT_EQ(Double("-123.456e2"), -12345.6);
  EXPECT_EQ(Double("9007199254740993"), 9007199254740992.0);
  EXPECT_EQ(Double("9007199254740993.0000000000000000000000000000000000001"), 9007199254740994.0);
  EXPECT_EQ(Double("1.7976931348623157e308"), std::numeric_limits<double>::max());
  EXPECT_EQ(Double("4.9e-324"), std::numeric_limits<double>::denorm_min());
  EXPECT_EQ(Double("2.4703282292062327208e-324"), 0);  // just under half of it
  EXPECT_EQ(Double("2.2250738585072011e-308"), 2.2250738585072011e-308);
}

TEST(ToDouble, OutOfRangeIsInfinity) {
  EXPECT_EQ(Double("1e400"), HUGE_VAL);
  EXPECT_EQ(Double("-1e400"), -HUGE_VAL);
  EXPECT_EQ(Double("1.7976931348623159e308"), HUGE_VAL);
  EXPECT_EQ(Double("1e99999999999999999999999"), HUGE_VAL);
  EXPECT_EQ(Double("1e-99999999999999999999999"), 0);
  EXPECT_EQ(Double("0e99999999999999999999999"), 0);
  EXPECT_EQ(Double("1" + std::string(400, '0')), HUGE_VAL);
  EXPECT_EQ(Double("0." + std::string(400, '0') + "1e401"), 1);
}

// Texts of all shapes against the C library.
TEST(ToDouble, AgreesWithStrtod) {
  uint64_t random = 0x9E3779B97F4A7C15u;
  auto next = [&](uint64_t bound) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    return random % bound;
  };
  for (int round = 0; round < 20'000; ++round) {
    std::string text = next(2) == 0 ? "-" : "";
    text += static_cast<char>('1' + next(9));
    for (uint64_t i = next(25); i > 0; --i) text += static_cast<char>('0' + next(10));
    if (next(2) == 0) {
      text += '.';
      for (uint64_t i = next(25) + 1; i > 0; --i) text += static_cast<char>('0' + next(10));
    }
    if (next(2) == 0) {
      text += next(2) == 0 ? "e" : "E-";
      text += std::to_string(next(next(2) == 0 ? 30 : 345));
    }
    ASSERT_EQ(Double(text), std::strtod(text.c_str(), nullptr)) << text;
  }
}

TEST(ToInt64, MathematicalIntegers) {
  EXPECT_EQ(Int("0"), 0);
  EXPECT_EQ(Int("-0"), 0);
  EXPECT_EQ(Int("0.000"), 0);
  EXPECT_EQ(Int("0e999999999999999999999"), 0);
  EXPECT_EQ(Int("1"), 1);
  EXPECT_EQ(Int("1.0"), 1);
  EXPECT_EQ(Int("1e0"), 1);
  EXPECT_EQ(Int("1e2"), 100);
  EXPECT_EQ(Int("10e-1"), 1);
  EXPECT_EQ(Int("-120.50e1"), -1205);
  EXPECT_EQ(Int("1000000000000000000000e-18"), 1000);
  EXPECT_EQ(Int("0.000000000000000000000000001e27"), 1);
}

TEST(ToInt64, NotIntegers) {
  EXPECT_EQ(Int("0.5"), std::nullopt);
  EXPECT_EQ(Int("1e-1"), std::nullopt);
  EXPECT_EQ(Int("12.34e1"), std::nullopt);
  EXPECT_EQ(Int("1e-999999999999999999999"), std::nullopt);
  EXPECT_EQ(Int("9007199254740993.0000000000000000000000000001"), std::nullopt);
}

TEST(ToInt64, Range) {
  EXPECT_EQ(Int("9223372036854775807"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Int("9223372036854775807.000"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Int("9223372036854775808"), std::nullopt);
  EXPECT_EQ(Int("-9223372036854775808"), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(Int("-9223372036854775809"), std::nullopt);
  EXPECT_EQ(Int("9.223372036854775807e18"), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(Int("9e18"), 9'000'000'000'000'000'000);
  EXPECT_EQ(Int("1e19"), std::nullopt);
  EXPECT_EQ(Int("9999999999999999999"), std::nullopt);
  EXPECT_EQ(Int("10000000000000000001"), std::nullopt);
  EXPECT_EQ(Int("1e999999999999999999999"), std::nullopt);
}

}  // namespace
}  // namespace sluice::json
