// base64url without padding (RFC 4648, section 5), in its one canonical form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"

namespace sluice {

// Characters for so many bytes.
constexpr size_t Base64UrlSize(size_t bytes) { return bytes / 3 * 4 + (bytes % 3 * 4 + 2) / 3; }

// True if each byte is a character of the alphabet.
bool IsBase64UrlText(std::string_view text);

// Writes Base64UrlSize(bytes.size()) characters to `out`.
void EncodeBase64Url(ByteSpan bytes, char* out);
void AppendBase64Url(ByteSpan bytes, OutputBuffer& out);

// Decodes into `out` and returns how many bytes there are; nothing if `text` is not what
// EncodeBase64Url writes (another character, padding, a length that can't be, bits set behind the
// last byte) or if `out` is too small. So no two texts stand for the same bytes.
std::optional<size_t> DecodeBase64Url(std::string_view text, absl::Span<uint8_t> out);

}  // namespace sluice
