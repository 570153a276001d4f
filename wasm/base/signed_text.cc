#include "sluice/base/signed_text.h"

#include <initializer_list>

#include "sluice/base/base64url.h"

namespace sluice {
namespace {

constexpr size_t kMacBytes = 16;
constexpr size_t kMacChars = TextSigner::kOverhead - 1;
static_assert(Base64UrlSize(kMacBytes) == kMacChars);

constexpr std::string_view kNul("\0", 1);

}  // namespace

void TextSigner::Sign(std::string_view purpose, std::string_view name, std::string_view text,
                      OutputBuffer& out) const {
  const Sha256::Digest mac = keys_[0]->Sign({purpose, kNul, name, kNul, text});
  out.Append(text);
  out.Append('.');
  AppendBase64Url(ByteSpan(mac).first(kMacBytes), out);
}

std::optional<SignedText> TextSigner::Verify(std::string_view purpose, std::string_view name,
                                             std::string_view value) const {
  if (value.size() < kOverhead || value.size() > kMaxValueBytes) return std::nullopt;
  const std::string_view text = value.substr(0, value.size() - kOverhead);
  if (value[text.size()] != '.') return std::nullopt;
  std::array<uint8_t, kMacBytes> mac;
  if (!DecodeBase64Url(value.substr(text.size() + 1), absl::MakeSpan(mac)).has_value()) {
    return std::nullopt;
  }
  for (const SigningKey which : {SigningKey::kCurrent, SigningKey::kPrevious}) {
    const std::optional<HmacSha256>& key = keys_[static_cast<size_t>(which)];
    if (!key.has_value()) continue;
    if (key->Verify({purpose, kNul, name, kNul, text}, mac)) return SignedText{text, which};
  }
  return std::nullopt;
}

}  // namespace sluice
