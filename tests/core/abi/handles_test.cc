#include "sluice/abi/handles.h"

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::abi {
namespace {

using IntPtr = std::unique_ptr<int>;
using Table = HandleTable<IntPtr, double>;

TEST(Handles, StandForTheirValue) {
  Table table;
  const uint32_t a = table.Add(std::make_unique<int>(1));
  const uint32_t b = table.Add(2.5);
  EXPECT_NE(a, 0u);
  EXPECT_NE(b, 0u);
  EXPECT_NE(a, b);
  ASSERT_NE(table.Get<IntPtr>(a), nullptr);
  EXPECT_EQ(**table.Get<IntPtr>(a), 1);
  ASSERT_NE(table.Get<double>(b), nullptr);
  EXPECT_EQ(*table.Get<double>(b), 2.5);
}

TEST(Handles, KnowTheirType) {
  Table table;
  const uint32_t a = table.Add(std::make_unique<int>(1));
  EXPECT_EQ(table.Get<double>(a), nullptr);
  EXPECT_TRUE(table.Contains(a));
}

TEST(Handles, ThatWereNeverGivenOutStandForNothing) {
  Table table;
  for (const uint32_t handle : {0u, 1u, 2u, 0x10001u, 0xFFFFu, 0xFFFF0000u, 0xFFFFFFFFu}) {
    EXPECT_FALSE(table.Contains(handle)) << handle;
    EXPECT_FALSE(table.Dispose(handle)) << handle;
  }
  const uint32_t a = table.Add(1.0);
  EXPECT_FALSE(table.Contains(a + 1));
  EXPECT_FALSE(table.Contains(a + 0x10000));
  EXPECT_FALSE(table.Contains(0));
}

TEST(Handles, AreStaleOnceDisposedOf) {
  Table table;
  const uint32_t a = table.Add(1.0);
  EXPECT_TRUE(table.Dispose(a));
  EXPECT_FALSE(table.Contains(a));
  EXPECT_EQ(table.Get<double>(a), nullptr);
  EXPECT_FALSE(table.Dispose(a)) << "once";
  const uint32_t b = table.Add(2.0);
  EXPECT_NE(a, b) << "the slot is used again, the handle isn't";
  EXPECT_FALSE(table.Contains(a));
  EXPECT_EQ(*table.Get<double>(b), 2.0);
}

TEST(Handles, DisposingFreesTheValue) {
  struct Flag {
    explicit Flag(bool* f) : freed(f) {}
    ~Flag() { *freed = true; }
    bool* freed;
  };
  bool freed = false;
  HandleTable<std::unique_ptr<Flag>> table;
  const uint32_t handle = table.Add(std::make_unique<Flag>(&freed));
  EXPECT_FALSE(freed);
  table.Dispose(handle);
  EXPECT_TRUE(freed);
}

TEST(Handles, NeverRepeat) {
  Table table;
  std::set<uint32_t> seen;
  for (int i = 0; i < 200'000; ++i) {
    const uint32_t handle = table.Add(1.0);
    ASSERT_NE(handle, 0u);
    ASSERT_TRUE(seen.insert(handle).second) << i;
    ASSERT_TRUE(table.Dispose(handle));
  }
}

TEST(Handles, RunOut) {
  Table table;
  std::vector<uint32_t> handles;
  for (uint32_t i = 0; i < Table::kMaxSlots; ++i) handles.push_back(table.Add(1.0));
  EXPECT_EQ(std::set<uint32_t>(handles.begin(), handles.end()).size(), handles.size());
  EXPECT_EQ(table.Add(1.0), 0u);
  table.Dispose(handles[7]);
  EXPECT_NE(table.Add(1.0), 0u);
  EXPECT_EQ(table.Add(1.0), 0u);
}

}  // namespace
}  // namespace sluice::abi
