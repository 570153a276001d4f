// HMAC-SHA-256 word for word from RFC 2104 and FIPS 180-4, to compare with.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::reference {

std::string Sha256(std::string_view message);                         // 32 bytes
std::string HmacSha256(std::string_view key, std::string_view text);  // 32 bytes
std::string HexOf(std::string_view bytes);                            // small letters

}  // namespace sluice::reference
