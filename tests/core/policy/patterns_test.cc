#include "sluice/policy/patterns.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/ip_address.h"
#include "support_program.h"

namespace sluice::policy {
namespace {

// Numbers below a bound.
class Random {
 public:
  explicit Random(uint32_t seed) : engine_(seed) {}
  uint32_t operator()(uint32_t bound) { return static_cast<uint32_t>(engine_() % bound); }

 private:
  std::mt19937 engine_;
};

std::string ListOf(const std::vector<std::string>& patterns) {
  std::string list;
  for (const std::string& pattern : patterns) {
    absl::StrAppend(&list, list.empty() ? "" : ",", "{\"subject\":\"", pattern,
                    "\",\"rate\":{\"units\":1}}");
  }
  return list;
}

// A limit by one fact whose overrides are the patterns, so that what is found tells which it was.
TestProgram ProgramOf(std::string_view fact, const std::vector<std::string>& patterns) {
  return TestProgram(absl::StrCat(
      R"({"version":1,"upstreams":{"u":{"type":"service","binding":"U"}},"limits":{"l":{)",
      R"("algorithm":"gcra","rate":{"units":9,"per":"1s"},)",
      fact == "ip" ? R"("ipv6Prefix":128,)" : "", R"("subject":[")", fact, R"("],"overrides":[)",
      ListOf(patterns),
      R"(]}},"routes":[{"id":"r","match":{"path":"/"},"upstream":"u","limits":["l"]}]})"));
}

std::string Found(const TestProgram& program, Range range, std::string_view key,
                  const std::vector<std::string>& patterns) {
  const PatternRow* row =
      FindPattern((*program).patterns.subspan(range.first, range.count), (*program).pool, key);
  return row == nullptr ? "" : patterns[row->value - 1];
}

// All strings of up to `length` letters a and b.
std::vector<std::string> Words(uint32_t length) {
  std::vector<std::string> words = {""};
  for (size_t i = 0; words[i].size() < length; ++i) {
    words.push_back(words[i] + "a");
    words.push_back(words[i] + "b");
  }
  return words;
}

// What a reader of the documentation would look up.
std::string Reference(std::string_view key, const std::vector<std::string>& patterns) {
  std::string best;
  for (const std::string& pattern : patterns) {
    if (pattern == key) return pattern;
    const bool prefix = !pattern.empty() && pattern.back() == '*';
    const std::string_view head = std::string_view(pattern).substr(0, pattern.size() - prefix);
    if (prefix && key.starts_with(head) && pattern.size() > best.size()) best = pattern;
  }
  return best;
}

TEST(Patterns, FindTheExactOneElseTheLongest) {
  std::vector<std::string> all = Words(4);
  const size_t words = all.size();
  for (size_t i = 0; i < words; ++i) all.push_back(all[i] + "*");
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> patterns;
    const uint32_t share = 1 + random(40);
    for (const std::string& pattern : all) {
      if (random(40) < share && !pattern.empty()) patterns.push_back(pattern);
    }
    if (patterns.empty()) continue;
    const TestProgram program = ProgramOf("header:x", patterns);
    const Range range = (*program).limits[0].overrides.texts;
    ASSERT_EQ(range.count, patterns.size());
    for (const std::string& key : Words(5)) {
      ASSERT_EQ(Found(program, range, key, patterns), Reference(key, patterns))
          << "«" << key << "» in " << ListOf(patterns);
    }
  }
}

TEST(Patterns, FindBytesThatAreNoText) {
  const std::vector<std::string> patterns = {"é*", "é", "~"};
  const TestProgram program = ProgramOf("header:x", patterns);
  const Range range = (*program).limits[0].overrides.texts;
  EXPECT_EQ(Found(program, range, "é", patterns), "é");
  EXPECT_EQ(Found(program, range, "é\xFF", patterns), "é*");
  EXPECT_EQ(Found(program, range, "\xC3", patterns), "");
  EXPECT_EQ(Found(program, range, "~", patterns), "~");
  EXPECT_EQ(Found(program, range, "\xFF\xFF", patterns), "");
}

// The same with networks: the longest prefix that covers the address.
TEST(Patterns, FindTheLongestNetwork) {
  Random random(11);
  // Few different bits, in bytes next to each other, so that networks nest.
  const auto address = [&](bool v6) {
    IpAddress result = {.v6 = v6};
    for (const size_t byte : {0u, 1u, 3u})
      result.bytes[byte] = static_cast<uint8_t>(random(3) == 0 ? 0x81 : 0);
    if (v6) result.bytes[15] = static_cast<uint8_t>(random(2));
    return result;
  };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> patterns;
    std::vector<IpNetwork> networks;
    const uint32_t count = 1 + random(30);
    for (uint32_t i = 0; i < count; ++i) {
      const bool v6 = random(2) == 0;
      const uint32_t prefix = random(v6 ? 129 : 33);
      const IpNetwork network = {Masked(address(v6), prefix), prefix};
      const std::string text =
          absl::StrCat(IpAddressText(network.address).view(), "/", network.prefix);
      if (std::find(patterns.begin(), patterns.end(), text) != patterns.end()) continue;
      patterns.push_back(text);
      networks.push_back(network);
    }
    const TestProgram program = ProgramOf("ip", patterns);
    const Range range = (*program).limits[0].overrides.networks;
    ASSERT_EQ(range.count, patterns.size());
    for (int probe = 0; probe < 40; ++probe) {
      const IpAddress key = address(probe % 2 == 0);
      std::optional<size_t> best;
      for (size_t i = 0; i < networks.size(); ++i) {
        const IpNetwork& network = networks[i];
        if (network.address != Masked(key, network.prefix)) continue;
        if (!best.has_value() || network.prefix > networks[*best].prefix) best = i;
      }
      ASSERT_EQ(Found(program, range, NetworkKey(key).view(), patterns),
                best.has_value() ? patterns[*best] : "")
          << IpAddressText(key).view() << " in " << ListOf(patterns);
    }
  }
}

}  // namespace
}  // namespace sluice::policy
