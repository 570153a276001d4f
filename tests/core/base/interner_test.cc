#include "sluice/base/interner.h"

#include <gtest/gtest.h>

#include <string>

namespace sluice {
namespace {

TEST(StringInterner, NumbersInOrderOfFirstUse) {
  StringInterner strings;
  EXPECT_EQ(strings.Intern("a"), 0u);
  EXPECT_EQ(strings.Intern(""), 1u);
  EXPECT_EQ(strings.Intern("b"), 2u);
  EXPECT_EQ(strings.Intern("a"), 0u);
  EXPECT_EQ(strings.Intern(""), 1u);
  EXPECT_EQ(strings.pool(), "ab");
  EXPECT_EQ(strings.text(2), "b");
  EXPECT_EQ(strings.strings().size(), 3u);
}

TEST(StringInterner, KeepsThousandsApart) {
  StringInterner strings({1, 2});
  for (uint32_t round = 0; round < 2; ++round) {
    for (uint32_t i = 0; i < 5000; ++i) ASSERT_EQ(strings.Intern("k" + std::to_string(i)), i);
  }
  for (uint32_t i = 0; i < 5000; ++i) ASSERT_EQ(strings.text(i), "k" + std::to_string(i));
}

TEST(StringInterner, FindsWithoutKeeping) {
  StringInterner strings({1, 2});
  EXPECT_EQ(strings.Find("a"), StringInterner::kNone);
  strings.Intern("b");
  strings.Intern("a");
  EXPECT_EQ(strings.Find("a"), 1u);
  EXPECT_EQ(strings.Find(""), StringInterner::kNone);
  EXPECT_EQ(strings.strings().size(), 2u);
}

TEST(StringInterner, BytesCount) {
  StringInterner strings;
  const uint32_t with_zero = strings.Intern(std::string_view("a\0b", 3));
  EXPECT_NE(strings.Intern("a"), with_zero);
  EXPECT_NE(strings.Intern(std::string_view("a\0c", 3)), with_zero);
  EXPECT_EQ(strings.Intern(std::string_view("a\0b", 3)), with_zero);
}

TEST(StringInterner, TakesItsOwnPool) {
  StringInterner strings;
  strings.Intern("abcdefgh");
  // A view into the pool must survive the pool's growth.
  EXPECT_EQ(strings.Intern(strings.pool().substr(2, 3)), 1u);
  EXPECT_EQ(strings.text(1), "cde");
}

}  // namespace
}  // namespace sluice
