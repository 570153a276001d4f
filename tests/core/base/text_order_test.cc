#include "sluice/base/text_order.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {
namespace {

// Texts that differ early, late and not at all, of lengths around eight and sixteen.
std::vector<std::string> Texts() {
  std::vector<std::string> texts = {"", std::string(1, '\0'), std::string(9, '\0'), "\xFF", "é"};
  for (const size_t length : {1u, 7u, 8u, 9u, 15u, 16u, 17u, 40u}) {
    const std::string text(length, 'm');
    texts.push_back(text);
    texts.push_back(text);
    for (const size_t at : {size_t{0}, length / 2, length - 1}) {
      for (const char c : {'\0', 'a', 'z', '\x80'}) {
        texts.push_back(text);
        texts.back()[at] = c;
      }
    }
  }
  return texts;
}

std::vector<uint32_t> Expected(const std::vector<std::string_view>& texts) {
  std::vector<uint32_t> order(texts.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t x, uint32_t y) { return texts[x] < texts[y]; });
  return order;
}

TEST(TextOrder, ComparesAsStringViewsDo) {
  const std::vector<std::string> texts = Texts();
  for (const std::string& x : texts) {
    for (const std::string& y : texts) {
      EXPECT_EQ(SameBytes(x, y), x == y);
      EXPECT_EQ(ComesBefore(x, y), x < y);
      const size_t common = CommonPrefix(x, y);
      EXPECT_EQ(x.substr(0, common), y.substr(0, common));
      EXPECT_TRUE(common == x.size() || common == y.size() || x[common] != y[common]);
    }
  }
}

TEST(TextOrder, IsThatOfBytesAndStable) {
  const std::vector<std::string> texts = Texts();
  std::vector<std::string_view> views(texts.begin(), texts.end());
  for (size_t count = 0; count <= views.size(); ++count) {
    const std::vector<std::string_view> some(views.end() - static_cast<ptrdiff_t>(count),
                                             views.end());
    EXPECT_EQ(OrderOf(some), Expected(some)) << count;
  }
  std::reverse(views.begin(), views.end());
  EXPECT_EQ(OrderOf(views), Expected(views));
  std::sort(views.begin(), views.end());
  EXPECT_EQ(OrderOf(views), Expected(views));
}

TEST(TextOrder, LeavesACommonBeginningAside) {
  std::vector<std::string> texts;
  for (int i = 0; i < 300; ++i) texts.push_back("experiment-" + std::to_string(i * 7919 % 1000));
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  EXPECT_EQ(OrderOf(views), Expected(views));
}

}  // namespace
}  // namespace sluice
