#include "sluice/experiment/hash.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "../../support/conformance.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::experiment {
namespace {

using json::Kind;
using json::Value;

std::vector<Value> Items(Value array) {
  std::vector<Value> items;
  for (const Value element : json::Elements(array)) items.push_back(element);
  return items;
}

std::string Text(Value value) {
  std::string scratch;
  return std::string(value.string(&scratch));
}

std::vector<double> Numbers(Value array) {
  std::vector<double> numbers;
  for (const Value element : json::Elements(array)) numbers.push_back(json::ToDouble(element));
  return numbers;
}

// As GrowthBook's own harness compares.
double Round(double x) { return std::floor(x * 1e8) / 1e8; }

std::vector<double> Rounded(std::vector<double> numbers) {
  for (double& number : numbers) number = Round(number);
  return numbers;
}

std::vector<BucketRange> Ranges(Value array) {
  std::vector<BucketRange> ranges;
  for (const Value pair : json::Elements(array)) {
    const std::vector<double> bounds = Numbers(pair);
    ranges.push_back({bounds.at(0), bounds.at(1)});
  }
  return ranges;
}

TEST(GrowthBookCases, Hash) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int cases = 0;
  for (const Value row : json::Elements(document.root().Find("hash"))) {
    SCOPED_TRACE(row.raw());
    const std::vector<Value> items = Items(row);
    const auto version = static_cast<uint32_t>(json::ToInt64(items.at(2)).value_or(-1));
    const std::optional<double> bucket = Hash(Text(items.at(0)), Text(items.at(1)), version);
    EXPECT_EQ(bucket.has_value(), !items.at(3).is(Kind::kNull));
    if (bucket.has_value()) EXPECT_EQ(*bucket, json::ToDouble(items.at(3)));
    ++cases;
  }
  EXPECT_EQ(cases, 15);
}

TEST(GrowthBookCases, GetBucketRange) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int cases = 0;
  for (const Value row : json::Elements(document.root().Find("getBucketRange"))) {
    SCOPED_TRACE(row.raw());
    const std::vector<Value> arguments = Items(Items(row).at(1));
    const std::vector<BucketRange> ranges =
        BucketRanges(static_cast<int32_t>(json::ToInt64(arguments.at(0)).value_or(0)),
                     json::ToDouble(arguments.at(1)), Numbers(arguments.at(2)));
    const std::vector<BucketRange> expected = Ranges(Items(row).at(2));
    ASSERT_EQ(ranges.size(), expected.size());
    for (size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_EQ(Round(ranges[i].start), Round(expected[i].start));
      EXPECT_EQ(Round(ranges[i].end), Round(expected[i].end));
    }
    ++cases;
  }
  EXPECT_EQ(cases, 13);
}

TEST(GrowthBookCases, ChooseVariation) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int cases = 0;
  for (const Value row : json::Elements(document.root().Find("chooseVariation"))) {
    SCOPED_TRACE(row.raw());
    const std::vector<Value> items = Items(row);
    EXPECT_EQ(ChooseVariation(json::ToDouble(items.at(1)), Ranges(items.at(2))),
              json::ToInt64(items.at(3)));
    ++cases;
  }
  EXPECT_EQ(cases, 13);
}

TEST(GrowthBookCases, GetEqualWeights) {
  SLUICE_CONFORMANCE_FILE(text, "growthbook/cases.json");
  json::Document document;
  ASSERT_TRUE(document.Parse(text).ok());
  int cases = 0;
  for (const Value row : json::Elements(document.root().Find("getEqualWeights"))) {
    SCOPED_TRACE(row.raw());
    const std::vector<Value> items = Items(row);
    const auto n = static_cast<int32_t>(json::ToInt64(items.at(0)).value_or(-99));
    EXPECT_EQ(Rounded(EqualWeights(n)), Rounded(Numbers(items.at(1))));
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

TEST(Hash, TextIsHashedAsUtf16CodeUnits) {
  // From GrowthBook's SDK: each value is what its hash("s", v, 2) yields.
  EXPECT_EQ(Hash("s", "é€😀", 2), 0.237);
  // The same by hand: 😀 is the surrogate pair D83D DE00.
  uint32_t hash = 0x811C9DC5u;
  for (const uint32_t unit : {0x73u, 0xE9u, 0x20ACu, 0xD83Du, 0xDE00u}) {
    hash = (hash ^ unit) * 0x01000193u;
  }
  uint32_t outer = 0x811C9DC5u;
  for (const char digit : std::to_string(hash)) {
    outer = (outer ^ static_cast<uint8_t>(digit)) * 0x01000193u;
  }
  EXPECT_EQ(outer % 10'000 / 10'000.0, 0.237);
}

TEST(Hash, TheSeedGoesFirstInVersion2AndLastInVersion1) {
  EXPECT_EQ(Hash("ab", "cd", 2), Hash("a", "bcd", 2));
  EXPECT_EQ(Hash("cd", "ab", 1), Hash("bcd", "a", 1));
  EXPECT_EQ(Hash("😀", "é", 2), Hash("", "😀é", 2));
  EXPECT_EQ(Hash("é", "😀", 1), Hash("", "😀é", 1));
}

TEST(Hash, InvalidUtf8IsHashedAsReplacementCharacters) {
  EXPECT_EQ(Hash("", "a\x80", 2), Hash("", "a\uFFFD", 2));
  EXPECT_TRUE(Hash("\xF0\x9F", "\xED\xA0\x80\xFF", 1).has_value());
}

TEST(Hash, OnlyVersions1And2AreKnown) {
  for (const uint32_t version : {0u, 3u, 99u, 0xFFFFFFFFu}) {
    EXPECT_FALSE(Hash("a", "b", version).has_value());
  }
}

TEST(BucketRanges, HostileNumbersStayInBounds) {
  for (const double coverage : {-1e308, 1e308, HUGE_VAL, -HUGE_VAL}) {
    for (const BucketRange& range : BucketRanges(3, coverage, {})) {
      EXPECT_GE(range.start, 0);
      EXPECT_LE(range.end, 1);
    }
  }
  EXPECT_EQ(BucketRanges(2, 1, std::vector<double>{HUGE_VAL, 0})[1].start, 0.5);
  EXPECT_EQ(BucketRanges(0, 1, std::vector<double>{1}).size(), 0u);
  EXPECT_EQ(BucketRanges(-7, 1, {}).size(), 0u);
}

// 100,000 users into 100 cells: with 99 degrees of freedom chi-square is over 148.2 once in 1,000.
// Seed and ids are fixed, so this can't fail by chance on another day.
double ChiSquare(const std::vector<uint32_t>& observed) {
  double users = 0;
  for (const uint32_t count : observed) users += count;
  const double expected = users / static_cast<double>(observed.size());
  double sum = 0;
  for (const uint32_t count : observed) {
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

TEST(Hash, Version2SpreadsUsersEvenly) {
  constexpr int kUsers = 100'000;
  for (const std::string_view prefix : {"user-", "", "0192e4a1-7b3c-7000-8000-"}) {
    std::vector<uint32_t> cells(100);
    for (int user = 0; user < kUsers; ++user) {
      const std::optional<double> bucket = Hash("pp-2026", absl::StrCat(prefix, user), 2);
      ASSERT_TRUE(bucket.has_value() && *bucket >= 0 && *bucket < 1);
      ++cells[static_cast<size_t>(*bucket * 100)];
    }
    EXPECT_LT(ChiSquare(cells), 148.2) << prefix;
  }
}

TEST(Hash, Version2KeepsExperimentsApart) {
  // Two halves by two seeds: a 2 × 2 table, 1 degree of freedom, 10.83 once in 1,000.
  std::vector<uint32_t> cells(4);
  for (int user = 0; user < 100'000; ++user) {
    const std::string id = absl::StrCat("user-", user);
    const size_t first = *Hash("checkout", id, 2) < 0.5 ? 0 : 1;
    const size_t second = *Hash("product-page", id, 2) < 0.5 ? 0 : 1;
    ++cells[2 * first + second];
  }
  const double n = 100'000;
  const double difference =
      static_cast<double>(cells[0]) * cells[3] - static_cast<double>(cells[1]) * cells[2];
  const double product = (static_cast<double>(cells[0]) + cells[1]) * (cells[2] + cells[3]) *
                         (static_cast<double>(cells[0]) + cells[2]) * (cells[1] + cells[3]);
  EXPECT_LT(n * difference * difference / product, 10.83);
}

}  // namespace
}  // namespace sluice::experiment
