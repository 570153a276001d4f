// Any text as an address and as a network, beside the system's parser.
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

#include "../support/check.h"
#include "sluice/base/bytes.h"
#include "sluice/base/ip_address.h"

namespace {

using sluice::IpAddress;
using sluice::IpAddressText;
using sluice::IpNetwork;

// IPv4 in the form of an IPv4-mapped address.
std::optional<std::array<uint8_t, 16>> SystemParse(const std::string& text) {
  std::array<uint8_t, 16> bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  if (inet_pton(AF_INET, text.c_str(), &bytes[12]) == 1) return bytes;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

std::array<uint8_t, 16> Mapped(const IpAddress& address) {
  if (address.v6) return address.bytes;
  std::array<uint8_t, 16> bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  std::memcpy(&bytes[12], address.bytes.data(), 4);
  return bytes;
}

void CheckAddress(std::string_view text) {
  const std::optional<IpAddress> address = sluice::ParseIpAddress(text);
  if (text.find('\0') == std::string_view::npos) {
    const std::optional<std::array<uint8_t, 16>> expected = SystemParse(std::string(text));
    CHECK(address.has_value() == expected.has_value());
    CHECK(!address.has_value() || Mapped(*address) == *expected);
  } else {
    CHECK(!address.has_value());
  }
  if (!address.has_value()) return;
  const IpAddressText canonical(*address);
  CHECK(canonical.view().size() <= 39);
  CHECK(sluice::ParseIpAddress(canonical.view()) == *address);
}

void CheckNetwork(std::string_view text) {
  const std::optional<IpNetwork> network = sluice::ParseIpNetwork(text);
  if (!network.has_value()) return;
  CHECK(network->prefix <= network->address.bits());
  const IpAddress masked = sluice::Masked(network->address, network->prefix);
  CHECK(sluice::Masked(masked, network->prefix) == masked);
  CHECK(sluice::Masked(masked, masked.bits()) == masked);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = sluice::AsText({data, size});
  CheckAddress(text);
  CheckNetwork(text);
  return 0;
}
