#include "sluice/experiment/sticky_cookie.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/base64url.h"
#include "sluice/base/bytes.h"

namespace sluice::experiment {
namespace {

constexpr size_t kNoLimit = 1 << 20;

std::string TextOf(StickyCookie& cookie) {
  OutputBuffer out(kNoLimit);
  cookie.Append(out);
  return std::string(out.text());
}

std::string Encoded(std::string_view bytes) {
  OutputBuffer out(kNoLimit);
  AppendBase64Url(AsBytes(bytes), out);
  return std::string(out.text());
}

uint64_t Group(std::string_view id) { return StickyCookie::GroupHash("id", id); }
uint32_t Bucket(size_t number) {
  return StickyCookie::BucketHash(absl::StrCat("e", number, "__0"));
}

TEST(StickyCookie, TheFormat) {
  StickyCookie cookie;
  cookie.Put(0x060504030201, 0x0D0C0B0A, 0x0F0E);
  cookie.Put(0x060504030201, 0x14131211, 0x1615);
  EXPECT_EQ(TextOf(cookie), Encoded({"\x01\x01\x02\x03\x04\x05\x06\x02\x0A\x0B\x0C\x0D\x0E\x0F"
                                     "\x11\x12\x13\x14\x15\x16",
                                     20}));
}

// Browsers keep them: another hash would forget all assignments.
TEST(StickyCookie, HashesAreForEver) {
  EXPECT_EQ(StickyCookie::GroupHash("id", "u1"), 253159152063237u);
  EXPECT_EQ(StickyCookie::BucketHash("pp-2026__0"), 3147030923u);
  EXPECT_EQ(StickyCookie::VariationHash("1"), 46299u);
  EXPECT_NE(StickyCookie::GroupHash("id", "1"), StickyCookie::GroupHash("i", "d1"));
  EXPECT_LT(StickyCookie::GroupHash("company", "sluice"), uint64_t{1} << 48);
}

TEST(StickyCookie, WhatIsPutIsFound) {
  StickyCookie cookie;
  EXPECT_TRUE(cookie.empty());
  EXPECT_FALSE(cookie.Find(Group("u1"), Bucket(1)).has_value());
  cookie.Put(Group("u1"), Bucket(1), 11);
  cookie.Put(Group("u1"), Bucket(2), 12);
  cookie.Put(Group("u2"), Bucket(1), 21);
  const auto check = [](StickyCookie& one) {
    EXPECT_EQ(one.Find(Group("u1"), Bucket(1)), 11);
    EXPECT_EQ(one.Find(Group("u1"), Bucket(2)), 12);
    EXPECT_EQ(one.Find(Group("u2"), Bucket(1)), 21);
    EXPECT_FALSE(one.Find(Group("u2"), Bucket(2)).has_value());
    EXPECT_FALSE(one.Find(Group("u3"), Bucket(1)).has_value());
  };
  check(cookie);
  StickyCookie other;
  ASSERT_TRUE(other.Read(TextOf(cookie)));
  EXPECT_FALSE(other.changed());
  EXPECT_FALSE(other.empty());
  check(other);
  EXPECT_EQ(TextOf(other), TextOf(cookie));
}

TEST(StickyCookie, ChangesAreOfWhatIsNew) {
  StickyCookie cookie;
  EXPECT_FALSE(cookie.changed());
  cookie.Put(Group("u1"), Bucket(1), 0);
  EXPECT_TRUE(cookie.changed());
  StickyCookie other;
  ASSERT_TRUE(other.Read(TextOf(cookie)));
  other.Put(Group("u1"), Bucket(1), 0);
  EXPECT_FALSE(other.changed());
  other.Put(Group("u1"), Bucket(1), 1);
  EXPECT_TRUE(other.changed());
  EXPECT_EQ(other.Find(Group("u1"), Bucket(1)), 1);
  EXPECT_EQ(TextOf(other).size(), TextOf(cookie).size());
  other.Clear();
  EXPECT_FALSE(other.changed());
  EXPECT_TRUE(other.empty());
  EXPECT_EQ(TextOf(other), "");
}

TEST(StickyCookie, WhatIsNone) {
  const std::string group = {"\x01\x02\x03\x04\x05\x06", 6};
  const std::string entry = "abcdef";
  ASSERT_TRUE(StickyCookie().Read(Encoded("\x01" + group + "\x01" + entry)));
  for (const std::string& bytes :
       {std::string(), std::string("\x01"), std::string("\x01\x02"), "\x01" + group,
        "\x01" + group + std::string(1, '\0'), "\x01" + group + std::string(1, '\0') + entry,
        "\x01" + group + "\x01", "\x01" + group + "\x01" + "abcde",
        "\x01" + group + "\x01" + entry + "g", "\x01" + group + "\x02" + entry,
        "\x01" + group + "\x01" + entry + group + "\x01", "\x02" + group + "\x01" + entry}) {
    StickyCookie cookie;
    cookie.Put(1, 2, 3);
    EXPECT_FALSE(cookie.Read(Encoded(bytes))) << Encoded(bytes);
    EXPECT_TRUE(cookie.empty());
  }
  const std::string text = Encoded("\x01" + group + "\x01" + entry);
  StickyCookie cookie;
  EXPECT_FALSE(cookie.Read(text + "="));
  EXPECT_FALSE(cookie.Read(text.substr(1)));
  EXPECT_FALSE(cookie.Read(text.substr(0, text.size() - 1)));
  EXPECT_FALSE(cookie.Read(std::string(4, '/')));
}

TEST(StickyCookie, TheLongest) {
  StickyCookie cookie;
  size_t entries = 0;
  std::string text;
  while (true) {
    cookie.Put(Group("u1"), Bucket(entries), static_cast<uint16_t>(entries));
    const std::string longer = TextOf(cookie);
    if (longer.size() > StickyCookie::kMaxTextBytes) {
      EXPECT_FALSE(StickyCookie().Read(longer));
      break;
    }
    text = longer;
    ++entries;
  }
  // 2,304 bytes: the version, two parts of a group, and 6 bytes an entry.
  EXPECT_EQ(entries, (2304u - 1 - 2 * 7) / 6);
  StickyCookie other;
  ASSERT_TRUE(other.Read(text));
  for (size_t i = 0; i < entries; ++i) EXPECT_EQ(other.Find(Group("u1"), Bucket(i)), i);
  EXPECT_EQ(TextOf(other), text);
}

// u1's entries 0 … 9, u2's 10 … 19, u1's 20 … 29 in that order; of this request is u1.
StickyCookie Full() {
  StickyCookie before;
  for (size_t i = 0; i < 30; ++i) {
    before.Put(Group(i / 10 == 1 ? "u2" : "u1"), Bucket(i), static_cast<uint16_t>(i));
  }
  StickyCookie cookie;
  EXPECT_TRUE(cookie.Read(TextOf(before)));
  EXPECT_TRUE(cookie.Find(Group("u1"), Bucket(0)).has_value());
  return cookie;
}

std::vector<size_t> Kept(StickyCookie& cookie) {
  StickyCookie other;
  EXPECT_TRUE(other.Read(TextOf(cookie)));
  std::vector<size_t> kept;
  for (size_t i = 0; i < 30; ++i) {
    if (other.Find(Group(i / 10 == 1 ? "u2" : "u1"), Bucket(i)).has_value()) kept.push_back(i);
  }
  return kept;
}

std::vector<uint32_t> Live(const std::vector<size_t>& numbers) {
  std::vector<uint32_t> live;
  live.reserve(numbers.size());
  for (const size_t number : numbers) live.push_back(Bucket(number));
  std::sort(live.begin(), live.end());
  return live;
}

constexpr size_t CharsOf(size_t groups, size_t entries) {
  return Base64UrlSize(1 + 7 * groups + 6 * entries);
}

TEST(StickyCookie, WhatFitsStays) {
  StickyCookie cookie = Full();
  EXPECT_EQ(cookie.Fit(CharsOf(2, 30), {}), 0u);
  EXPECT_EQ(Kept(cookie).size(), 30u);
  EXPECT_EQ(TextOf(cookie).size(), CharsOf(2, 30));
}

TEST(StickyCookie, EndedExperimentsGoFirst) {
  StickyCookie cookie = Full();
  EXPECT_EQ(cookie.Fit(CharsOf(2, 29), Live({0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12})), 0u);
  std::vector<size_t> kept = Kept(cookie);
  EXPECT_EQ(kept.size(), 29u);
  EXPECT_FALSE(std::count(kept.begin(), kept.end(), 3));
  EXPECT_EQ(cookie.Fit(CharsOf(2, 12), Live({0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12})), 0u);
  EXPECT_EQ(Kept(cookie), (std::vector<size_t>{0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

TEST(StickyCookie, ThenOtherUsersOldestThenTheNewest) {
  std::vector<size_t> all;
  for (size_t i = 0; i < 30; ++i) all.push_back(i);
  const std::vector<uint32_t> live = Live(all);
  StickyCookie cookie = Full();
  EXPECT_EQ(cookie.Fit(CharsOf(2, 25), live), 5u);
  EXPECT_EQ(Kept(cookie), (std::vector<size_t>{0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  15, 16, 17,
                                               18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29}));
  // A group without entries costs nothing.
  EXPECT_EQ(cookie.Fit(CharsOf(1, 20), live), 5u);
  EXPECT_EQ(Kept(cookie).size(), 20u);
  EXPECT_EQ(cookie.Fit(CharsOf(1, 3), live), 17u);
  EXPECT_EQ(Kept(cookie), (std::vector<size_t>{0, 1, 2}));
  EXPECT_EQ(cookie.Fit(CharsOf(1, 1) - 1, live), 3u);
  EXPECT_TRUE(cookie.empty());
  EXPECT_EQ(TextOf(cookie), "");
}

TEST(StickyCookie, AFullOneStaysAsItIs) {
  std::vector<size_t> all;
  for (size_t i = 0; i < 60; ++i) all.push_back(i);
  const std::vector<uint32_t> live = Live(all);
  const size_t budget = CharsOf(1, 50);
  StickyCookie first;
  for (size_t i = 0; i < 60; ++i) first.Put(Group("u1"), Bucket(i), static_cast<uint16_t>(i));
  EXPECT_EQ(first.Fit(budget, live), 10u);
  EXPECT_TRUE(first.changed());
  const std::string text = TextOf(first);
  for (size_t visit = 0; visit < 3; ++visit) {
    StickyCookie cookie;
    ASSERT_TRUE(cookie.Read(text));
    for (size_t i = 0; i < 60; ++i) {
      if (!cookie.Find(Group("u1"), Bucket(i)).has_value()) {
        cookie.Put(Group("u1"), Bucket(i), static_cast<uint16_t>(i));
      }
    }
    EXPECT_TRUE(cookie.changed());
    EXPECT_EQ(cookie.Fit(budget, live), 10u);
    EXPECT_FALSE(cookie.changed()) << "so no Set-Cookie";
    EXPECT_EQ(TextOf(cookie), text);
  }
  // Another variation of what is there is kept in its place.
  StickyCookie cookie;
  ASSERT_TRUE(cookie.Read(text));
  cookie.Put(Group("u1"), Bucket(0), 7);
  cookie.Put(Group("u1"), Bucket(55), 55);
  EXPECT_EQ(cookie.Fit(budget, live), 1u);
  EXPECT_TRUE(cookie.changed());
  EXPECT_EQ(cookie.Find(Group("u1"), Bucket(0)), 7);
  EXPECT_FALSE(cookie.Find(Group("u1"), Bucket(55)).has_value());
  // What has ended makes room.
  StickyCookie later;
  ASSERT_TRUE(later.Read(text));
  later.Put(Group("u1"), Bucket(55), 55);
  all.erase(all.begin());
  EXPECT_EQ(later.Fit(budget, Live(all)), 0u);
  EXPECT_TRUE(later.changed());
  EXPECT_EQ(later.Find(Group("u1"), Bucket(55)), 55);
}

TEST(StickyCookie, EntriesOfOneUser) {
  EXPECT_EQ(StickyCookie::EntriesIn(CharsOf(1, 50)), 50u);
  EXPECT_EQ(StickyCookie::EntriesIn(CharsOf(1, 50) - 1), 49u);
  EXPECT_EQ(StickyCookie::EntriesIn(0), 0u);
  EXPECT_EQ(StickyCookie::EntriesIn(StickyCookie::kMaxTextBytes), 381u);
}

TEST(StickyCookie, WhatIsPutOutlivesWhatHasEnded) {
  StickyCookie cookie = Full();
  cookie.Put(Group("u3"), Bucket(99), 7);
  cookie.Fit(CharsOf(1, 1), Live({99}));
  StickyCookie other;
  ASSERT_TRUE(other.Read(TextOf(cookie)));
  EXPECT_EQ(other.Find(Group("u3"), Bucket(99)), 7);
}

TEST(StickyCookie, EveryBudgetIsKept) {
  for (size_t budget = 0; budget <= CharsOf(4, 300) + 8; budget += 3) {
    StickyCookie cookie;
    for (size_t i = 0; i < 300; ++i) {
      cookie.Put(Group(i % 50 == 0 ? "u2" : "u1"), Bucket(i), static_cast<uint16_t>(i));
    }
    cookie.Fit(budget, Live({1, 2, 3, 100, 250, 299}));
    EXPECT_LE(TextOf(cookie).size(), budget);
    // And used: another entry would be over it, or all are there.
    EXPECT_TRUE(TextOf(cookie).size() + Base64UrlSize(6 + 7) + 1 > budget ||
                TextOf(cookie).size() == CharsOf(3, 300))
        << budget;
  }
}

}  // namespace
}  // namespace sluice::experiment
