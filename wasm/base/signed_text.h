// Texts that a client keeps for us and can't change: cookies, tokens.
//
//   <text>.<22 characters: base64url of the first 16 bytes of
//           HMAC-SHA-256(key, purpose NUL name NUL text)>
//
// Purpose and name keep one cookie's value from counting as another's; neither may contain NUL. The
// text is as it was given: who signs takes care that its characters are a cookie's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/base/sha256.h"

namespace sluice {

// What a text is signed for.
inline constexpr std::string_view kVisitorPurpose = "visitor";
inline constexpr std::string_view kStickyPurpose = "sticky";
inline constexpr std::string_view kOverridePurpose = "override";

enum class SigningKey : uint8_t { kCurrent = 0, kPrevious = 1 };

struct SignedText {
  std::string_view text;  // borrowed from the value
  SigningKey key;         // kPrevious: to be signed anew
};

class TextSigner {
 public:
  // What a value has beside its text.
  static constexpr size_t kOverhead = 1 + 22;
  // Longer values are not looked at: what browsers keep of a cookie, name included.
  static constexpr size_t kMaxValueBytes = 4096;
  // Keys shorter than this are the caller's to refuse.
  static constexpr size_t kMinKeyBytes = 16;

  // Doesn't refer to `key` later.
  void SetKey(SigningKey which, ByteSpan key) { keys_[static_cast<size_t>(which)].emplace(key); }
  // With the current key, for messages of other kinds; null while there is none.
  const HmacSha256* current() const { return keys_[0].has_value() ? &*keys_[0] : nullptr; }

  // Appends the value. There must be a current key.
  void Sign(std::string_view purpose, std::string_view name, std::string_view text,
            OutputBuffer& out) const;

  // Nothing unless one of the keys made this value for this purpose and name. Its time tells
  // nothing of the MAC that would be right.
  std::optional<SignedText> Verify(std::string_view purpose, std::string_view name,
                                   std::string_view value) const;

 private:
  std::array<std::optional<HmacSha256>, 2> keys_;  // by SigningKey
};

}  // namespace sluice
