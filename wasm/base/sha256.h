// SHA-256 (FIPS 180-4, section 6.2) and HMAC-SHA-256 (RFC 2104).
//
// Time and memory access depend on lengths only, never on bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice {

class Sha256 {
 public:
  static constexpr size_t kBlockBytes = 64;
  using Digest = std::array<uint8_t, 32>;

  // O(bytes). At most 2^61 bytes in all.
  void Update(std::string_view bytes);
  // Ends the message; afterwards the object is used up.
  Digest Finish();

 private:
  void Compress(const uint8_t* block);

  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint64_t size_ = 0;  // in bytes
  std::array<uint8_t, kBlockBytes> pending_;
};

// Keyed once, copied for each message: a copy has the key's two blocks behind it.
class HmacSha256 {
 public:
  // A key of any length; those of more than 64 bytes are hashed first. Doesn't refer to it later.
  explicit HmacSha256(ByteSpan key);

  void Update(std::string_view bytes) { inner_.Update(bytes); }
  Sha256::Digest Finish();

  // Of the parts, one behind the other; the object stays as it is.
  Sha256::Digest Sign(std::initializer_list<std::string_view> parts) const;
  // True if `mac` is one of its first bytes, at least 16. Time depends on the lengths only.
  bool Verify(std::initializer_list<std::string_view> parts, ByteSpan mac) const;

 private:
  Sha256 inner_;
  Sha256 outer_;
};

}  // namespace sluice
