#include "sluice/policy/facts.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "support.h"

namespace sluice::policy {
namespace {

std::string Words(std::initializer_list<uint32_t> words) {
  std::string out;
  for (const uint32_t word : words) AppendWordTo(word, out);
  return out;
}

bool Parses(std::string_view frame) { return Facts::Parse(AsBytes(frame)).has_value(); }

TEST(Facts, AreReadBySlot) {
  const std::string frame =
      FactsFrame().Set(kSlotMethod, "GET").Set(kSlotPath, "/a").Set(kSlotQuery, "").Encode();
  const std::optional<Facts> facts = Facts::Parse(AsBytes(frame));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->Get(kSlotMethod), "GET");
  EXPECT_EQ(facts->Get(kSlotHost), std::nullopt);
  EXPECT_EQ(facts->Get(kSlotPath), "/a");
  EXPECT_EQ(facts->Get(kSlotQuery), "") << "empty is not absent";
  EXPECT_EQ(facts->Get(kSlotDigest), std::nullopt);
  EXPECT_EQ(facts->Get(0xFFFFFFFF), std::nullopt);
}

TEST(Facts, AreReadAtAnyAlignment) {
  const std::string frame = "x" + FactsFrame().Set(kSlotMethod, "GET").Encode();
  const std::optional<Facts> facts = Facts::Parse(AsBytes(std::string_view(frame).substr(1)));
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->Get(kSlotMethod), "GET");
}

TEST(Facts, OtherBytesAreNoFrame) {
  EXPECT_FALSE(Parses(""));
  EXPECT_FALSE(Parses(Words({1, 8})));
  EXPECT_TRUE(Parses(Words({1, 12, 0})));
  EXPECT_FALSE(Parses(Words({2, 12, 0}))) << "version";
  EXPECT_FALSE(Parses(Words({1, 16, 0}))) << "length";
  EXPECT_FALSE(Parses(Words({1, 12, 0}) + "x")) << "length";
  EXPECT_FALSE(Parses(Words({1, 12, 1}))) << "slots";
  EXPECT_FALSE(Parses(Words({1, 12, 0xFFFFFFFF}))) << "slots";
  EXPECT_TRUE(Parses(Words({1, 20, 1, 20, 0})));
  EXPECT_TRUE(Parses(Words({1, 20, 1, kAbsent, 77})));
  EXPECT_FALSE(Parses(Words({1, 20, 1, 21, 0}))) << "offset";
  EXPECT_FALSE(Parses(Words({1, 20, 1, 20, 1}))) << "end";
  EXPECT_FALSE(Parses(Words({1, 20, 1, 12, 0xFFFFFFFF}))) << "wraps";
}

}  // namespace
}  // namespace sluice::policy
