#include "sluice/uri/syntax.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "sluice/base/ip_address.h"
#include "sluice/base/utf8.h"
#include "sluice/uri/characters.h"
#include "sluice/uri/reference.h"

namespace sluice::uri {
namespace {

// Which ASCII characters a component may have beside percent-encodings.
enum : uint8_t {
  kName = 1,  // unreserved / sub-delims
  kColon = 2,
  kAt = 4,
  kSlash = 8,
  kMark = 16,
};
constexpr uint8_t kUserinfo = kName | kColon;
constexpr uint8_t kPath = kName | kColon | kAt | kSlash;  // pchar and "/"
constexpr uint8_t kTail = kPath | kMark;                  // of query and fragment

// Which others.
enum class Beyond : uint8_t { kNone, kUcs, kUcsAndPrivate };

constexpr std::array<uint8_t, 128> MakeClasses() {
  std::array<uint8_t, 128> classes = {};
  for (size_t i = 0; i < classes.size(); ++i) {
    const char c = static_cast<char>(i);
    if (IsAlpha(c) || IsDigit(c)) classes[i] = kName;
  }
  for (const char c : std::string_view("-._~!$&'()*+,;=")) classes[static_cast<uint8_t>(c)] = kName;
  classes[':'] = kColon;
  classes['@'] = kAt;
  classes['/'] = kSlash;
  classes['?'] = kMark;
  return classes;
}
constexpr std::array<uint8_t, 128> kClasses = MakeClasses();

bool IsMadeOf(std::string_view text, uint8_t ascii, Beyond beyond) {
  for (size_t i = 0; i < text.size();) {
    const uint8_t byte = static_cast<uint8_t>(text[i]);
    if (byte < 0x80) {
      if ((kClasses[byte] & ascii) != 0) {
        ++i;
      } else if (IsTriplet(text, i)) {
        i += 3;
      } else {
        return false;
      }
      continue;
    }
    if (beyond == Beyond::kNone) return false;
    const uint32_t point = NextCodePoint(text, &i);
    if (!IsUcsCharacter(point) &&
        !(beyond == Beyond::kUcsAndPrivate && IsPrivateCharacter(point))) {
      return false;
    }
  }
  return true;
}

// "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
bool IsFutureAddress(std::string_view text) {
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || (text[0] != 'v' && text[0] != 'V')) return false;
  const std::string_view version = text.substr(1, dot - 1);
  const std::string_view address = text.substr(dot + 1);
  return std::all_of(version.begin(), version.end(), [](char c) { return HexValue(c) >= 0; }) &&
         !address.empty() && address.find('%') == std::string_view::npos &&
         IsMadeOf(address, kName | kColon, Beyond::kNone);
}

bool IsIpLiteral(std::string_view text) {
  return text.find(':') != std::string_view::npos && ParseIpAddress(text).has_value();
}

bool IsPort(std::string_view text) { return std::all_of(text.begin(), text.end(), IsDigit); }

// host [ ":" port ]
bool IsHostAndPort(std::string_view text, Beyond beyond) {
  std::string_view rest;
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return false;
    const std::string_view literal = text.substr(1, end - 1);
    if (!IsIpLiteral(literal) && !IsFutureAddress(literal)) return false;
    rest = text.substr(end + 1);
  } else {
    const size_t end = std::min(text.find(':'), text.size());
    if (!IsMadeOf(text.substr(0, end), kName, beyond)) return false;
    rest = text.substr(end);
  }
  return rest.empty() || (rest[0] == ':' && IsPort(rest.substr(1)));
}

bool IsAuthority(std::string_view text, Beyond beyond) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos) return IsHostAndPort(text, beyond);
  return IsMadeOf(text.substr(0, at), kUserinfo, beyond) &&
         IsHostAndPort(text.substr(at + 1), beyond);
}

enum class Form : uint8_t { kAbsolute, kReference };

bool Matches(std::string_view text, Form form, bool international) {
  const Beyond beyond = international ? Beyond::kUcs : Beyond::kNone;
  const Reference parts = Split(text);
  if (!parts.scheme.has_value()) {
    if (form == Form::kAbsolute) return false;
    // path-noscheme: what has a colon in its first segment isn't a path.
    if (!parts.authority.has_value() &&
        parts.path.substr(0, parts.path.find('/')).find(':') != std::string_view::npos) {
      return false;
    }
  }
  return (!parts.authority.has_value() || IsAuthority(*parts.authority, beyond)) &&
         IsMadeOf(parts.path, kPath, beyond) &&
         IsMadeOf(parts.query.value_or(""), kTail,
                  international ? Beyond::kUcsAndPrivate : Beyond::kNone) &&
         IsMadeOf(parts.fragment.value_or(""), kTail, beyond);
}

}  // namespace

bool IsUri(std::string_view text) { return Matches(text, Form::kAbsolute, false); }
bool IsUriReference(std::string_view text) { return Matches(text, Form::kReference, false); }
bool IsIri(std::string_view text) { return Matches(text, Form::kAbsolute, true); }
bool IsIriReference(std::string_view text) { return Matches(text, Form::kReference, true); }

}  // namespace sluice::uri
