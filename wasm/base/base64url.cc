#include "sluice/base/base64url.h"

#include <algorithm>
#include <array>

namespace sluice {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kNoDigit = 0xFF;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits = {};
  for (uint8_t& digit : digits) digit = kNoDigit;
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    digits[static_cast<uint8_t>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  return digits;
}
constexpr std::array<uint8_t, 256> kDigits = MakeDigits();

uint8_t DigitOf(char c) { return kDigits[static_cast<uint8_t>(c)]; }

}  // namespace

bool IsBase64UrlText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return DigitOf(c) != kNoDigit; });
}

void EncodeBase64Url(ByteSpan bytes, char* out) {
  uint32_t bits = 0;
  uint32_t bit_count = 0;
  for (const uint8_t byte : bytes) {
    bits = bits << 8 | byte;
    for (bit_count += 8; bit_count >= 6;) *out++ = kAlphabet[bits >> (bit_count -= 6) & 63];
  }
  if (bit_count > 0) *out = kAlphabet[bits << (6 - bit_count) & 63];
}

void AppendBase64Url(ByteSpan bytes, OutputBuffer& out) {
  constexpr size_t kPiece = 48;  // a multiple of 3: pieces join without a seam
  char text[Base64UrlSize(kPiece)];
  while (!bytes.empty()) {
    const ByteSpan piece = bytes.first(std::min(kPiece, bytes.size()));
    EncodeBase64Url(piece, text);
    out.Append(std::string_view(text, Base64UrlSize(piece.size())));
    bytes.remove_prefix(piece.size());
  }
}

std::optional<size_t> DecodeBase64Url(std::string_view text, absl::Span<uint8_t> out) {
  if (text.size() % 4 == 1) return std::nullopt;
  const size_t size = text.size() / 4 * 3 + text.size() % 4 * 3 / 4;
  if (size > out.size()) return std::nullopt;
  uint32_t bits = 0;
  uint32_t bit_count = 0;
  size_t at = 0;
  for (const char c : text) {
    const uint8_t digit = DigitOf(c);
    if (digit == kNoDigit) return std::nullopt;
    bits = bits << 6 | digit;
    bit_count += 6;
    if (bit_count >= 8) out[at++] = static_cast<uint8_t>(bits >> (bit_count -= 8));
  }
  if ((bits & ((1u << bit_count) - 1)) != 0) return std::nullopt;
  return size;
}

}  // namespace sluice
