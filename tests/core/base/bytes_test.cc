#include "sluice/base/bytes.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <utility>

#if defined(__SANITIZE_ADDRESS__) || (defined(__has_feature) && __has_feature(address_sanitizer))
// An allocation that can't succeed returns null, as it does without the sanitizer.
extern "C" const char* __asan_default_options();
extern "C" const char* __asan_default_options() { return "allocator_may_return_null=1"; }
#endif

namespace sluice {
namespace {

TEST(OutputBuffer, AppendsAllLengths) {
  // Every way that the copy of a short text takes, and memcpy.
  std::string source;
  for (int i = 0; i < 100; ++i) source.push_back(static_cast<char>('!' + i % 90));
  for (size_t length = 0; length <= source.size(); ++length) {
    OutputBuffer buffer(1000);
    buffer.Append("<");
    buffer.Append(std::string_view(source).substr(0, length));
    buffer.Append('>');
    EXPECT_EQ(buffer.text(), "<" + source.substr(0, length) + ">");
  }
}

TEST(OutputBuffer, GrowsToItsCapAndNoFurther) {
  OutputBuffer buffer(1000);
  std::string expected;
  for (int i = 0; i < 1000; ++i) {
    buffer.Append(static_cast<char>('a' + i % 26));
    expected.push_back(static_cast<char>('a' + i % 26));
  }
  EXPECT_FALSE(buffer.exhausted());
  EXPECT_EQ(buffer.text(), expected);
  EXPECT_LE(buffer.capacity(), 1000u);
  buffer.Append('!');
  EXPECT_TRUE(buffer.exhausted());
  EXPECT_EQ(buffer.text(), expected);
}

TEST(OutputBuffer, ExhaustedDropsWholeAppendsAndAllLaterOnes) {
  OutputBuffer buffer(10);
  buffer.Append("12345678");
  buffer.Append("abc");
  EXPECT_TRUE(buffer.exhausted());
  buffer.Append("x");
  buffer.Append('y');
  buffer.AppendWord(1);
  EXPECT_EQ(buffer.text(), "12345678");
  EXPECT_FALSE(buffer.Reserve(1));
  buffer.Truncate(4);
  buffer.Append("z");
  EXPECT_EQ(buffer.text(), "1234");
  EXPECT_TRUE(buffer.exhausted());
  buffer.Clear();
  buffer.Append("0123456789");
  EXPECT_FALSE(buffer.exhausted());
  EXPECT_EQ(buffer.text(), "0123456789");
}

TEST(OutputBuffer, ZeroCapTakesOnlyNothing) {
  OutputBuffer buffer(0);
  buffer.Append("");
  EXPECT_FALSE(buffer.exhausted());
  buffer.Append("x");
  EXPECT_TRUE(buffer.exhausted());
  EXPECT_EQ(buffer.size(), 0u);
}

TEST(OutputBuffer, MissingMemoryIsExhaustionNotACrash) {
  constexpr size_t kHuge = std::numeric_limits<size_t>::max();
  OutputBuffer buffer(kHuge);
  buffer.Append("kept");
  EXPECT_FALSE(buffer.Reserve(kHuge - 100));
  EXPECT_TRUE(buffer.exhausted());
  EXPECT_EQ(buffer.text(), "kept");
  buffer.Clear();
  buffer.Append("again");
  EXPECT_EQ(buffer.text(), "again");
}

TEST(OutputBuffer, ReserveMakesAppendsNotGrow) {
  OutputBuffer buffer(10'000);
  ASSERT_TRUE(buffer.Reserve(5000));
  const size_t capacity = buffer.capacity();
  for (int i = 0; i < 5000; ++i) buffer.Append('x');
  EXPECT_EQ(buffer.capacity(), capacity);
  EXPECT_FALSE(buffer.Reserve(5001));
}

TEST(OutputBuffer, KeepsItsMemory) {
  OutputBuffer buffer(10'000);
  for (int i = 0; i < 5000; ++i) buffer.Append('x');
  const size_t capacity = buffer.capacity();
  buffer.Clear();
  EXPECT_EQ(buffer.capacity(), capacity);
  buffer.Reset(20'000);
  EXPECT_EQ(buffer.capacity(), capacity);
  EXPECT_EQ(buffer.max_bytes(), 20'000u);
  buffer.Reset(100);
  EXPECT_LE(buffer.capacity(), 100u);
  buffer.Release();
  EXPECT_EQ(buffer.capacity(), 0u);
  buffer.Append("fine");
  EXPECT_EQ(buffer.text(), "fine");
}

TEST(OutputBuffer, Words) {
  OutputBuffer buffer(100);
  buffer.AppendWord(0x04030201);
  buffer.AppendWord(0);
  buffer.PatchWord(4, 0xFFFEFDFC);
  EXPECT_EQ(buffer.text(), std::string_view("\x01\x02\x03\x04\xFC\xFD\xFE\xFF", 8));
  EXPECT_EQ(LoadWord(buffer.bytes().data()), 0x04030201u);
  EXPECT_EQ(LoadLong(buffer.bytes().data()), 0xFFFEFDFC04030201u);
}

TEST(OutputBuffer, Moves) {
  OutputBuffer buffer(100);
  buffer.Append("moved");
  OutputBuffer other(std::move(buffer));
  EXPECT_EQ(other.text(), "moved");
  OutputBuffer third(5);
  third.Append("gone");
  third = std::move(other);
  third.Append(" on");
  EXPECT_EQ(third.text(), "moved on");
  OutputBuffer& self = third;
  third = std::move(self);
  EXPECT_EQ(third.text(), "moved on");
}

}  // namespace
}  // namespace sluice
