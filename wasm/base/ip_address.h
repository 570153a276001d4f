// IP addresses and networks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice {

// An IPv4 or IPv6 address. An IPv4-mapped IPv6 address (::ffff:a.b.c.d, RFC 4291, section 2.5.5.2)
// is the IPv4 address: who it is doesn't depend on the socket it came by.
struct IpAddress {
  std::array<uint8_t, 16> bytes = {};  // network order; of IPv4 the first 4
  bool v6 = false;

  uint32_t bits() const { return v6 ? 128 : 32; }
  bool operator==(const IpAddress&) const = default;
};

// The addresses that begin with `prefix` bits of `address`, whose other bits are 0.
struct IpNetwork {
  IpAddress address;
  uint32_t prefix = 0;  // 0 … address.bits()
};

// IPv4 in four decimal numbers without leading zeros (what "010" is, programs don't agree on), IPv6
// in any of the forms of RFC 4291, section 2.2. No zone, no brackets, no blanks.
std::optional<IpAddress> ParseIpAddress(std::string_view text);

// "10.0.0.0/8", "2001:db8::/32", or an address, which is the network of itself alone. Bits behind
// the prefix are kept: compare with Masked to see whether there are any.
std::optional<IpNetwork> ParseIpNetwork(std::string_view text);

// The first `prefix` bits, the others 0. All of it if it has no more.
IpAddress Masked(const IpAddress& address, uint32_t prefix);

// The one text of an address: RFC 5952 for IPv6, hexadecimal throughout.
class IpAddressText {
 public:
  explicit IpAddressText(const IpAddress& address);
  std::string_view view() const { return {text_, size_}; }

 private:
  static constexpr size_t kMaxBytes = 39;  // eight groups of four digits, and colons

  void AppendDecimal(uint8_t number);
  void AppendHex(uint32_t group);
  void AppendGroups(const std::array<uint8_t, 16>& bytes);

  char text_[kMaxBytes];
  size_t size_ = 0;
};

}  // namespace sluice
