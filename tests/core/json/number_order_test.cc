#include "sluice/json/number_order.h"

#include <string_view>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::json {
namespace {

TEST(CompareNumbers, KnowsWhatIsEqual) {
  const std::vector<std::vector<std::string_view>> groups = {
      {"0", "-0", "0.0", "-0.000", "0e5", "0.0E-7"},
      {"1", "1.0", "1e0", "10e-1", "0.1e1", "0.01E+2", "100e-2"},
      {"-12.5", "-12.50", "-125e-1", "-1.25e1"},
      {"9007199254740993", "9007199254740993.0", "9.007199254740993e15"},
      {"1e400", "10e399", "0.1e401"},
      {"120", "1.2e2", "12e1"},
  };
  for (const auto& group : groups) {
    for (const std::string_view a : group) {
      for (const std::string_view b : group) EXPECT_EQ(CompareNumbers(a, b), 0) << a << " " << b;
    }
  }
}

TEST(CompareNumbers, OrdersWhatDoublesCannotTell) {
  const std::vector<std::string_view> ascending = {"-1e401",
                                                   "-1e400",
                                                   "-9007199254740993",
                                                   "-9007199254740992",
                                                   "-10",
                                                   "-1.5",
                                                   "-1",
                                                   "-1e-400",
                                                   "0",
                                                   "1e-401",
                                                   "1e-400",
                                                   "0.1",
                                                   "0.10000000000000000001",
                                                   "0.2",
                                                   "1",
                                                   "1.0000000000000000001",
                                                   "2",
                                                   "10",
                                                   "11",
                                                   "99",
                                                   "100",
                                                   "9007199254740992",
                                                   "9007199254740993",
                                                   "18446744073709551616",
                                                   "18446744073709551617",
                                                   "1e400",
                                                   "1.1e400",
                                                   "1e401"};
  for (size_t i = 0; i < ascending.size(); ++i) {
    for (size_t j = 0; j < ascending.size(); ++j) {
      const int order = CompareNumbers(ascending[i], ascending[j]);
      EXPECT_EQ(order < 0, i < j) << ascending[i] << " " << ascending[j];
      EXPECT_EQ(order > 0, i > j) << ascending[i] << " " << ascending[j];
    }
  }
}

}  // namespace
}  // namespace sluice::json
