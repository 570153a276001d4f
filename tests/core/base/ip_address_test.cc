#include "sluice/base/ip_address.h"

#include <arpa/inet.h>

#include <cstring>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace sluice {
namespace {

std::string Canonical(std::string_view text) {
  const std::optional<IpAddress> address = ParseIpAddress(text);
  return address.has_value() ? std::string(IpAddressText(*address).view()) : "(none)";
}

struct Form {
  std::string_view text;
  std::string_view canonical;
};
void PrintTo(const Form& form, std::ostream* out) { *out << form.text; }

class IpAddressTest : public testing::TestWithParam<Form> {};

TEST_P(IpAddressTest, HasOneText) {
  EXPECT_EQ(Canonical(GetParam().text), GetParam().canonical);
  EXPECT_EQ(Canonical(GetParam().canonical), GetParam().canonical);
}

constexpr Form kForms[] = {
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"192.0.2.10", "192.0.2.10"},
    // RFC 4291, section 2.2.
    {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
    {"2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"},
    {"FF01:0:0:0:0:0:0:101", "ff01::101"},
    {"0:0:0:0:0:0:0:1", "::1"},
    {"0:0:0:0:0:0:0:0", "::"},
    {"0:0:0:0:0:0:13.1.68.3", "::d01:4403"},
    {"::13.1.68.3", "::d01:4403"},
    // IPv4-mapped, section 2.5.5.2.
    {"::FFFF:129.144.52.38", "129.144.52.38"},
    {"0:0:0:0:0:ffff:8190:3426", "129.144.52.38"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    // RFC 5952, section 4: leading zeros, the longest run, the first of equal ones, never one
    // group.
    {"2001:0db8::0001", "2001:db8::1"},
    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"1:0:0:0:0:0:0:0", "1::"},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
    {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
    {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
    {"1:0:3:0:5:0:7:0", "1:0:3:0:5:0:7:0"},
};
INSTANTIATE_TEST_SUITE_P(Forms, IpAddressTest, testing::ValuesIn(kForms));

TEST(IpAddress, IsNothingElse) {
  for (const std::string_view text : {"",
                                      "1",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "1.2.3.",
                                      ".1.2.3",
                                      "1..2.3",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      "1.2.3.04",
                                      "1.2.3.4 ",
                                      " 1.2.3.4",
                                      "1.2.3.-4",
                                      "1.2.3.0x4",
                                      "1.2.3.4/8",
                                      "0x7f.1.1.1",
                                      ":",
                                      ":::",
                                      "1:::2",
                                      "1::2::3",
                                      ":1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1:2:3:4:5:6:7:8::",
                                      "::1:2:3:4:5:6:7:8",
                                      "1:2:3:4::5:6:7:8",
                                      "12345::",
                                      "g::",
                                      "::1%eth0",
                                      "[::1]",
                                      "::1.2.3",
                                      "::1.2.3.4.5",
                                      "::256.1.1.1",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "1.2.3.4::",
                                      "::1.2.3.4:5",
                                      "::01.2.3.4",
                                      "1:2:3:4:5:1.2.3.4"}) {
    EXPECT_EQ(Canonical(text), "(none)") << text;
  }
  EXPECT_EQ(Canonical(std::string_view("1.2.3.4\0", 8)), "(none)");
}

std::string Network(std::string_view text) {
  const std::optional<IpNetwork> network = ParseIpNetwork(text);
  if (!network.has_value()) return "(none)";
  return absl::StrCat(IpAddressText(Masked(network->address, network->prefix)).view(), "/",
                      network->prefix, network->address.v6 ? " v6" : " v4");
}

TEST(IpNetwork, IsAnAddressAndAPrefix) {
  EXPECT_EQ(Network("10.0.0.0/8"), "10.0.0.0/8 v4");
  EXPECT_EQ(Network("10.255.3.4/8"), "10.0.0.0/8 v4");
  EXPECT_EQ(Network("10.255.3.4/13"), "10.248.0.0/13 v4");
  EXPECT_EQ(Network("1.2.3.4/0"), "0.0.0.0/0 v4");
  EXPECT_EQ(Network("1.2.3.4"), "1.2.3.4/32 v4");
  EXPECT_EQ(Network("2001:db8:ffff::/33"), "2001:db8:8000::/33 v6");
  EXPECT_EQ(Network("2001:db8::1"), "2001:db8::1/128 v6");
  EXPECT_EQ(Network("ffff:ffff::/0"), "::/0 v6");
  // What is mapped is IPv4; what holds more than that isn't.
  EXPECT_EQ(Network("::ffff:10.0.0.0/104"), "10.0.0.0/8 v4");
  EXPECT_EQ(Network("::ffff:0:0/96"), "0.0.0.0/0 v4");
  EXPECT_EQ(Network("::ffff:0:0/95"), "::fffe:0:0/95 v6");
  EXPECT_EQ(Network("::ffff:1.2.3.4"), "1.2.3.4/32 v4");
  for (const std::string_view text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08", "10.0.0.0/8 ", "10.0.0.0/-1",
        "10.0.0.0/8/8", "10.0.0/8", "::/129", "::/1000", "::/+1", "a/8", "10.0.0.0/255.0.0.0"}) {
    EXPECT_EQ(Network(text), "(none)") << text;
  }
}

TEST(IpNetwork, MaskKeepsExactlyThePrefix) {
  IpAddress all = {.v6 = true};
  all.bytes.fill(0xFF);
  for (uint32_t prefix = 0; prefix <= 128; ++prefix) {
    const IpAddress masked = Masked(all, prefix);
    for (uint32_t bit = 0; bit < 128; ++bit) {
      EXPECT_EQ((masked.bytes[bit / 8] >> (7 - bit % 8) & 1) != 0, bit < prefix);
    }
  }
  const std::optional<IpAddress> v4 = ParseIpAddress("255.255.255.255");
  EXPECT_EQ(Masked(*v4, 64), *v4);
}

// Every pattern of zero and other groups, against the system's parser.
TEST(IpAddress, AgreesWithTheSystem) {
  for (uint32_t pattern = 0; pattern < 256; ++pattern) {
    IpAddress address = {.v6 = true};
    for (uint32_t group = 0; group < 8; ++group) {
      if ((pattern >> group & 1) != 0) address.bytes[2 * group + group % 2] = 0xA0;
    }
    const std::string text(IpAddressText(address).view());
    in6_addr parsed;
    ASSERT_EQ(inet_pton(AF_INET6, text.c_str(), &parsed), 1) << text;
    EXPECT_EQ(std::memcmp(&parsed, address.bytes.data(), 16), 0) << text;
    EXPECT_EQ(ParseIpAddress(text), address) << text;
    char shortest[INET6_ADDRSTRLEN];
    ASSERT_NE(inet_ntop(AF_INET6, &parsed, shortest, sizeof(shortest)), nullptr);
#if defined(__GLIBC__)
    // It writes the last 32 bits of ::/96 in decimal. (musl shortens the last of several runs of
    // zeros that are equally long; RFC 5952, section 4.2.3: the first.)
    if (std::strchr(shortest, '.') == nullptr) {
      EXPECT_EQ(text, shortest);
    }
#endif
  }
}

}  // namespace
}  // namespace sluice
