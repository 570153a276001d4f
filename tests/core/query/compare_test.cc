#include "sluice/query/compare.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::query {
namespace {

bool Equal(std::string_view a, std::string_view b, uint64_t* steps = nullptr) {
  json::Document x;
  json::Document y;
  EXPECT_TRUE(x.Parse(a).ok() && y.Parse(b).ok()) << a << " " << b;
  StepMeter meter(uint64_t{1} << 40);
  Arena arena;
  arena.Reset(64u << 20);
  const bool equal = Comparer(meter, arena).Equal(Item::Node(&x, 0), Item::Node(&y, 0));
  EXPECT_FALSE(arena.exhausted());
  if (steps != nullptr) *steps = (uint64_t{1} << 40) - meter.left();
  return equal;
}

TEST(Comparer, ComparesDeeply) {
  EXPECT_TRUE(Equal("[1, [2.0, {\"a\": null}]]", "[1.0,[2,{\"a\":null}]]"));
  EXPECT_FALSE(Equal("[1, 2]", "[2, 1]"));
  EXPECT_FALSE(Equal("[1]", "[1, 1]"));
  EXPECT_FALSE(Equal("[]", "{}"));
  EXPECT_FALSE(Equal("0", "false"));
  EXPECT_FALSE(Equal("null", "false"));
  EXPECT_FALSE(Equal("\"1\"", "1"));
}

TEST(Comparer, LooksPastEscapes) {
  EXPECT_TRUE(Equal(R"("\u00e9")", "\"é\""));
  EXPECT_TRUE(Equal(R"({"\u0061": "\/"})", R"({"a": "/"})"));
  EXPECT_FALSE(Equal(R"("\u00e9")", R"("\u00e8")"));
}

TEST(Comparer, TakesObjectsInAnyOrderAndTheLastOfDuplicates) {
  EXPECT_TRUE(Equal(R"({"a": 1, "b": 2})", R"({"b": 2, "a": 1})"));
  EXPECT_FALSE(Equal(R"({"a": 1, "b": 2})", R"({"b": 1, "a": 2})"));
  EXPECT_FALSE(Equal(R"({"a": 1})", R"({"a": 1, "b": 2})"));
  EXPECT_TRUE(Equal(R"({"a": 1, "a": 2})", R"({"a": 2})"));
  EXPECT_TRUE(Equal(R"({"a": 1, "a": 2})", R"({"a": 3, "a": 2})"));
  EXPECT_FALSE(Equal(R"({"a": 1, "a": 2})", R"({"a": 1, "a": 3})"));
  EXPECT_FALSE(Equal(R"({"a": 1, "a": 2})", R"({"a": 1})"));
}

std::string Object(uint32_t members, bool backward) {
  std::string json = "{";
  for (uint32_t i = 0; i < members; ++i) {
    const uint32_t name = backward ? members - 1 - i : i;
    json += (i > 0 ? ",\"" : "\"") + std::to_string(name) + "\":" + std::to_string(name);
  }
  return json + "}";
}

TEST(Comparer, IsNotQuadraticInMembers) {
  uint64_t small = 0;
  uint64_t large = 0;
  EXPECT_TRUE(Equal(Object(2'000, false), Object(2'000, true), &small));
  EXPECT_TRUE(Equal(Object(32'000, false), Object(32'000, true), &large));
  EXPECT_LT(large, small * 16 * 2);
}

// Comparing values twice, once in each order of the members, would double at each level.
TEST(Comparer, IsNotExponentialInDepth) {
  std::string a = "1";
  std::string b = "2";
  for (int i = 0; i < 60; ++i) {
    a = R"({"x":)" + a + R"(,"y":0})";
    b = R"({"y":0,"x":)" + b + "}";
  }
  uint64_t steps = 0;
  EXPECT_FALSE(Equal(a, b, &steps));
  EXPECT_LT(steps, 5'000u);
}

TEST(Comparer, StopsWhenStepsRunOut) {
  json::Document x;
  ASSERT_TRUE(x.Parse("[[1,2,3],[4,5,6]]").ok());
  StepMeter meter(3);
  Arena arena;
  arena.Reset(1000);
  Comparer(meter, arena).Equal(Item::Node(&x, 0), Item::Node(&x, 0));
  EXPECT_TRUE(meter.exhausted());
}

TEST(SortIndices, IsStable) {
  const std::vector<int> keys = {3, 1, 2, 1, 3, 2, 1};
  std::vector<uint32_t> order = {0, 1, 2, 3, 4, 5, 6};
  std::vector<uint32_t> buffer(order.size());
  SortIndices(absl::MakeSpan(order), buffer.data(),
              [&](uint32_t a, uint32_t b) { return keys[a] < keys[b]; });
  EXPECT_EQ(order, (std::vector<uint32_t>{1, 3, 6, 2, 5, 0, 4}));
}

TEST(Arena, KeepsItsCapAndItsMemory) {
  Arena arena;
  arena.Reset(10'000);
  EXPECT_NE(arena.Allocate<char>(5'000), nullptr);
  EXPECT_EQ(arena.Allocate<char>(50'000), nullptr);
  EXPECT_TRUE(arena.exhausted());
  const size_t retained = arena.retained_bytes();
  EXPECT_LE(retained, 10'000u);
  arena.Reset(10'000);
  EXPECT_FALSE(arena.exhausted());
  EXPECT_NE(arena.Allocate<char>(5'000), nullptr);
  EXPECT_EQ(arena.retained_bytes(), retained);
}

}  // namespace
}  // namespace sluice::query
