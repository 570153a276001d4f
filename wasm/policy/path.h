// Request paths as the gateway sees them, so that it and the upstream can't disagree about what a
// path means (docs/policy.md, "Paths are normalized before matching").
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::policy {

// Longer paths are bad targets (the platform allows URLs of 16 KB).
constexpr size_t kMaxPathBytes = 64 * 1024;

struct NormalizedPath {
  std::string_view text;        // starts with "/"
  const char* fault = nullptr;  // why the path is refused; then there is no text
};

// Normalizes by RFC 3986, section 6.2.2: percent-encoded unreserved characters are decoded, the hex
// digits of the others made upper case, dot segments resolved; and merges repeated slashes.
// Refused: malformed percent-encoding, encoded NUL, slash and backslash, and raw characters that no
// URL parser leaves in a path. A path that is normalized already is not copied; else the text lies
// in `scratch`, which is cleared first. O(path).
NormalizedPath NormalizePath(std::string_view path, OutputBuffer& scratch);

// Percent-decodes a segment of a normalized path into `out`, and returns the length; nothing if it
// doesn't fit.
std::optional<size_t> DecodeSegment(std::string_view segment, char* out, size_t capacity);

// The segment of `path` after the slash at `slash`.
inline std::string_view SegmentAt(std::string_view path, size_t slash) {
  const size_t end = path.find('/', slash + 1);
  return path.substr(slash + 1, end == std::string_view::npos ? end : end - slash - 1);
}

// The two hex digits at `percent` + 1, or nothing.
std::optional<unsigned char> PercentEncodedByte(std::string_view text, size_t percent);

// RFC 3986, section 2.3.
bool IsUnreserved(char c);

// RFC 3986, section 3.3: what a segment of a path may hold as it is, "%" apart.
bool IsPathCharacter(char c);

}  // namespace sluice::policy
