#include "sluice/policy/path.h"

#include <array>
#include <cstdint>

#include "absl/strings/ascii.h"

namespace sluice::policy {
namespace {

// What a raw byte is to a path.
enum class PathByte : uint8_t { kPlain, kSlash, kDot, kPercent, kBackslash, kControl, kRefused };

constexpr PathByte Classify(unsigned char c) {
  if (c == '/') return PathByte::kSlash;
  if (c == '.') return PathByte::kDot;
  if (c == '%') return PathByte::kPercent;
  if (c == '\\') return PathByte::kBackslash;
  if (c < 0x20 || c == 0x7F) return PathByte::kControl;
  if (c == ' ' || c == '?' || c == '#' || c >= 0x80) return PathByte::kRefused;
  return PathByte::kPlain;
}

constexpr std::array<PathByte, 256> MakeClasses() {
  std::array<PathByte, 256> classes{};
  for (size_t c = 0; c < 256; ++c) classes[c] = Classify(static_cast<unsigned char>(c));
  return classes;
}
constexpr std::array<PathByte, 256> kClasses = MakeClasses();

PathByte ClassOf(char c) { return kClasses[static_cast<unsigned char>(c)]; }

const char* FaultOf(PathByte byte) {
  switch (byte) {
    case PathByte::kBackslash:
      return "a backslash in the path";
    case PathByte::kControl:
      return "a control character in the path";
    case PathByte::kRefused:
      return "a character in the path that must be percent-encoded";
    default:
      return nullptr;
  }
}

const char* FaultOfEncoded(unsigned char byte) {
  switch (byte) {
    case '\0':
      return "an encoded NUL (%00) in the path";
    case '/':
      return "an encoded slash (%2F) in the path";
    case '\\':
      return "an encoded backslash (%5C) in the path";
    default:
      return nullptr;
  }
}

// Offset of the first slash after which the path isn't known to be normalized, or the path's size.
size_t NormalizedPrefix(std::string_view path) {
  size_t slash = 0;
  for (size_t i = 1; i < path.size(); ++i) {
    switch (ClassOf(path[i])) {
      case PathByte::kPlain:
        break;
      case PathByte::kSlash:
        if (slash == i - 1) return slash;
        slash = i;
        break;
      case PathByte::kDot:
        if (slash == i - 1) return slash;
        break;
      default:
        return slash;
    }
  }
  return path.size();
}

// Takes back a segment that was appended after the slash at `slash`, if it stands for none. True if
// a following slash has been written already.
bool ResolveSegment(size_t slash, OutputBuffer& out) {
  const std::string_view segment = out.text().substr(slash + 1);
  if (segment.empty() || segment == ".") {
    out.Truncate(slash + 1);
    return true;
  }
  if (segment != "..") return false;
  out.Truncate(slash);
  const size_t parent = out.text().rfind('/');
  out.Truncate(parent == std::string_view::npos ? 0 : parent);
  out.Append('/');
  return true;
}

// Appends the byte that is encoded at `percent`, or its encoding. Null or the fault.
const char* AppendEncoded(std::string_view path, size_t percent, OutputBuffer& out) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const std::optional<unsigned char> byte = PercentEncodedByte(path, percent);
  if (!byte.has_value()) return "malformed percent-encoding in the path";
  if (const char* fault = FaultOfEncoded(*byte)) return fault;
  if (IsUnreserved(static_cast<char>(*byte))) {
    out.Append(static_cast<char>(*byte));
  } else {
    const char encoded[3] = {'%', kHex[*byte >> 4], kHex[*byte & 15]};
    out.Append(std::string_view(encoded, 3));
  }
  return nullptr;
}

// Normalizes the path from the slash at `from` on; `out` holds what is before it, and that slash.
const char* AppendNormalized(std::string_view path, size_t from, OutputBuffer& out) {
  size_t slash = out.size() - 1;  // the last one in `out`
  for (size_t i = from + 1; i < path.size(); ++i) {
    const PathByte byte = ClassOf(path[i]);
    if (const char* fault = FaultOf(byte)) return fault;
    if (byte == PathByte::kPercent) {
      if (const char* fault = AppendEncoded(path, i, out)) return fault;
      i += 2;
    } else if (byte != PathByte::kSlash) {
      out.Append(path[i]);
    } else {
      if (!ResolveSegment(slash, out)) out.Append('/');
      slash = out.size() - 1;
    }
  }
  ResolveSegment(slash, out);
  return nullptr;
}

}  // namespace

bool IsUnreserved(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
         c == '~';
}

bool IsPathCharacter(char c) {
  constexpr std::string_view kOthers = "!$&'()*+,;=:@";
  return IsUnreserved(c) || kOthers.find(c) != std::string_view::npos;
}

std::optional<unsigned char> PercentEncodedByte(std::string_view text, size_t percent) {
  if (text.size() - percent < 3) return std::nullopt;
  unsigned value = 0;
  for (const char digit : text.substr(percent + 1, 2)) {
    const auto c = static_cast<unsigned char>(digit);
    if (!absl::ascii_isxdigit(c)) return std::nullopt;
    value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20u) - 'a' + 10);
  }
  return static_cast<unsigned char>(value);
}

NormalizedPath NormalizePath(std::string_view path, OutputBuffer& scratch) {
  if (path.empty() || path[0] != '/') return {"", "a path that doesn't start with a slash"};
  if (path.size() > kMaxPathBytes) return {"", "a path of over 64 KiB"};
  const size_t prefix = NormalizedPrefix(path);
  if (prefix == path.size()) return {path, nullptr};
  scratch.Clear();
  if (!scratch.Reserve(path.size() + 1)) return {"", "a path too long for this instance's memory"};
  scratch.Append(path.substr(0, prefix + 1));
  const char* fault = AppendNormalized(path, prefix, scratch);
  if (fault != nullptr) return {"", fault};
  return {scratch.text(), nullptr};
}

std::optional<size_t> DecodeSegment(std::string_view segment, char* out, size_t capacity) {
  size_t length = 0;
  for (size_t i = 0; i < segment.size(); ++i, ++length) {
    if (length == capacity) return std::nullopt;
    out[length] = segment[i];
    if (segment[i] != '%') continue;
    if (const std::optional<unsigned char> byte = PercentEncodedByte(segment, i)) {
      out[length] = static_cast<char>(*byte);
      i += 2;
    }
  }
  return length;
}

}  // namespace sluice::policy
