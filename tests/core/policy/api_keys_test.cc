#include "sluice/policy/api_keys.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace sluice::policy {
namespace {

// Rows with these first bytes, the others zero, sorted.
std::vector<ApiKeyRow> Rows(std::vector<uint8_t> first_bytes) {
  std::sort(first_bytes.begin(), first_bytes.end());
  std::vector<ApiKeyRow> rows;
  for (const uint8_t byte : first_bytes) {
    ApiKeyRow row = {};
    row.digest[0] = byte;
    row.identity = {byte, 1};
    rows.push_back(row);
  }
  return rows;
}

Digest DigestOf(uint8_t first, uint8_t last = 0) {
  Digest digest = {};
  digest[0] = first;
  digest[31] = last;
  return digest;
}

TEST(ApiKeys, AreFoundByDigest) {
  const std::vector<ApiKeyRow> rows = Rows({0, 1, 7, 0x80, 0xFF});
  for (const int byte : {0, 1, 7, 0x80, 0xFF}) {
    const ApiKeyRow* row = FindApiKey(rows, DigestOf(static_cast<uint8_t>(byte)));
    ASSERT_NE(row, nullptr) << byte;
    EXPECT_EQ(row->identity.offset, static_cast<uint32_t>(byte));
  }
  for (const int byte : {2, 6, 8, 0x7F, 0x81, 0xFE}) {
    EXPECT_EQ(FindApiKey(rows, DigestOf(static_cast<uint8_t>(byte))), nullptr) << byte;
  }
}

TEST(ApiKeys, AWholeDigestMustBeEqual) {
  const std::vector<ApiKeyRow> rows = Rows({1, 7});
  EXPECT_EQ(FindApiKey(rows, DigestOf(7, 1)), nullptr);
  const Digest digest = DigestOf(7);
  EXPECT_NE(FindApiKey(rows, digest), nullptr);
  EXPECT_EQ(FindApiKey(rows, ByteSpan(digest).first(31)), nullptr);
  EXPECT_EQ(FindApiKey(rows, ByteSpan()), nullptr);
  EXPECT_EQ(FindApiKey({}, digest), nullptr);
}

}  // namespace
}  // namespace sluice::policy
