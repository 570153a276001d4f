#include "sluice/base/block.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <utility>
#include <vector>

namespace sluice {
namespace {

struct Row {
  uint32_t a;
  uint16_t b;
  uint16_t c;
};

TEST(Block, HoldsItsTables) {
  const std::vector<Row> rows = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
  const std::vector<double> numbers = {0.5, -1};
  const std::vector<uint8_t> none;
  BlockBuilder builder(42);
  EXPECT_EQ(builder.Add(std::string_view("seven b")), 0u);
  EXPECT_EQ(builder.Add(rows), 1u);
  EXPECT_EQ(builder.Add(none), 2u);
  EXPECT_EQ(builder.Add(numbers), 3u);
  const Block block = builder.Build();

  EXPECT_EQ(block.format_version(), 42u);
  EXPECT_EQ(block.Text(0), "seven b");
  ASSERT_EQ(block.Table<Row>(1).size(), 3u);
  EXPECT_EQ(block.Table<Row>(1)[2].b, 8);
  EXPECT_TRUE(block.Table<uint8_t>(2).empty());
  EXPECT_EQ(block.Table<double>(3)[1], -1);
  for (uint32_t table = 0; table < 4; ++table) {
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block.Table<char>(table).data()) % 8, 0u);
  }
  // 2 words of header, 4 of directory, then 1 + 3 + 0 + 2.
  EXPECT_EQ(block.size(), 12u * 8);
}

TEST(Block, MissingTablesAreEmpty) {
  BlockBuilder builder(1);
  builder.Add(std::string_view("x"));
  EXPECT_TRUE(builder.Build().Table<Row>(1).empty());
  EXPECT_TRUE(Block().Table<Row>(0).empty());
  EXPECT_EQ(Block().size(), 0u);
  EXPECT_EQ(Block().format_version(), 0u);
}

TEST(Block, OutlivesItsSourcesAndMoves) {
  Block block;
  {
    std::vector<uint32_t> numbers(1000);
    for (uint32_t i = 0; i < 1000; ++i) numbers[i] = i * i;
    BlockBuilder builder(1);
    builder.Add(numbers);
    block = builder.Build();
  }
  const Block moved = std::move(block);
  EXPECT_EQ(moved.Table<uint32_t>(0)[999], 998001u);
}

TEST(StringRef, ReadsFromItsPool) {
  const StringRef ref = {3, 5};
  EXPECT_EQ(ref.In("onetwo-three"), "two-t");
}

}  // namespace
}  // namespace sluice
