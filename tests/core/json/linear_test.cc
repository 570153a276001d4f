// Parse is linear on adversarial texts: the processor time for one of 16 times the length is about
// 16 times as much. What is quadratic takes 256 times as long; the bound lies far from both.
#include <algorithm>
#include <cstddef>
#include <ctime>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/json/document.h"

namespace sluice::json {
namespace {

std::string Repeat(std::string_view part, size_t count) {
  std::string text;
  text.reserve(part.size() * count);
  for (size_t i = 0; i < count; ++i) text += part;
  return text;
}

// The least of a few: whatever else the machine does only adds.
double LeastSeconds(std::string_view text, bool valid) {
  JsonBudget budget;
  budget.max_input_bytes = size_t{1} << 28;
  budget.max_depth = 1u << 22;
  Document document;
  double least = 1e9;
  for (int i = 0; i < 5; ++i) {
    const std::clock_t start = std::clock();
    EXPECT_EQ(document.Parse(text, budget).ok(), valid);
    least = std::min(least, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return least;
}

// `make(n)` is a text whose length is proportional to n.
template <typename Make>
void ExpectLinear(Make make, size_t n, bool valid = true) {
  const double small = LeastSeconds(make(n), valid);
  const double large = LeastSeconds(make(16 * n), valid);
  EXPECT_LT(large, 5 * 16 * small + 2e-3);
}

constexpr size_t kMany = 12'500;

TEST(Linear, Nesting) {
  ExpectLinear([](size_t n) { return Repeat("[", n) + Repeat("]", n); }, kMany);
  ExpectLinear([](size_t n) { return Repeat(R"({"a":)", n) + "1" + Repeat("}", n); }, kMany);
  ExpectLinear([](size_t n) { return Repeat("[ ", n) + Repeat(" ]", n); }, kMany);
}

TEST(Linear, NestingThatDoesNotEnd) {
  ExpectLinear([](size_t n) { return Repeat("[", n); }, kMany, false);
  ExpectLinear([](size_t n) { return Repeat(R"({"a":)", n) + "]"; }, kMany, false);
}

TEST(Linear, WideArrays) {
  ExpectLinear([](size_t n) { return "[" + Repeat("1,", n) + "1]"; }, kMany);
  ExpectLinear([](size_t n) { return "[" + Repeat("[],", n) + "[]]"; }, kMany);
  ExpectLinear([](size_t n) { return "[" + Repeat(R"([{"a":[]}],)", n) + "1]"; }, kMany);
}

TEST(Linear, MillionKeys) {
  ExpectLinear([](size_t n) { return "{" + Repeat(R"("k":0,)", n) + R"("k":0})"; }, 62'500);
}

TEST(Linear, Escapes) {
  ExpectLinear([](size_t n) { return "[\"" + Repeat(R"(\n)", n) + "\"]"; }, kMany);
  ExpectLinear([](size_t n) { return "[\"" + Repeat(R"(\\)", n) + "\"]"; }, kMany);
  ExpectLinear([](size_t n) { return "[" + Repeat(R"("\"",)", n) + "1]"; }, kMany);
  ExpectLinear([](size_t n) { return "[\"" + Repeat(R"(\u12)", n) + "\"]"; }, kMany, false);
}

TEST(Linear, Quotes) {
  ExpectLinear([](size_t n) { return "[" + Repeat(R"("",)", n) + R"(""])"; }, kMany);
  ExpectLinear([](size_t n) { return "[" + Repeat(R"("")", n) + "]"; }, kMany, false);
}

TEST(Linear, BlanksAndOneLongToken) {
  ExpectLinear([](size_t n) { return "[" + Repeat(" ", n) + "1" + Repeat("\n", n) + "]"; }, kMany);
  ExpectLinear([](size_t n) { return "[" + Repeat("9", n) + "]"; }, kMany);
  ExpectLinear([](size_t n) { return "\"" + Repeat("x", n) + "\""; }, kMany);
  ExpectLinear([](size_t n) { return "[\"a\"" + Repeat(" ", n) + "\"b\"]"; }, kMany, false);
}

}  // namespace
}  // namespace sluice::json
