#include "sluice/schema/formats/email.h"

#include <array>
#include <cstddef>
#include <cstdint>

#include "absl/strings/match.h"
#include "sluice/base/ip_address.h"
#include "sluice/base/utf8.h"
#include "sluice/schema/formats/idna.h"

namespace sluice::schema {
namespace {

constexpr size_t kMaxLocalBytes = 64;  // RFC 5321, section 4.5.3.1.1
constexpr std::string_view kIpv6Tag = "IPv6:";

bool IsBeyondAscii(char c) { return static_cast<uint8_t>(c) >= 0x80; }

// atext of RFC 5322, section 3.2.3.
constexpr std::array<bool, 256> MakeAtomCharacters() {
  std::array<bool, 256> is_atom = {};
  for (const char c : std::string_view("!#$%&'*+-/=?^_`{|}~"))
    is_atom[static_cast<uint8_t>(c)] = true;
  for (uint8_t c = '0'; c <= '9'; ++c) is_atom[c] = true;
  for (uint8_t c = 'A'; c <= 'Z'; ++c) is_atom[c] = is_atom[c | 0x20] = true;
  return is_atom;
}
constexpr std::array<bool, 256> kAtomCharacters = MakeAtomCharacters();

bool IsAtomCharacter(char c, bool unicode) {
  return kAtomCharacters[static_cast<uint8_t>(c)] || (unicode && IsBeyondAscii(c));
}

// The size of the dot-string that `text` begins with; 0 if there is none.
size_t DotStringSize(std::string_view text, bool unicode) {
  size_t size = 0;
  for (;; ++size) {
    const size_t start = size;
    while (size < text.size() && IsAtomCharacter(text[size], unicode)) ++size;
    if (size == start) return 0;
    if (size == text.size() || text[size] != '.') return size;
  }
}

// The same of a quoted string, with its quotes.
size_t QuotedStringSize(std::string_view text, bool unicode) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '"') return i + 1;
    if (text[i] == '\\') {
      ++i;
      if (i == text.size() || text[i] < ' ' || text[i] > '~') return 0;
    } else if (IsBeyondAscii(text[i]) ? !unicode : text[i] < ' ' || text[i] > '~') {
      return 0;
    }
  }
  return 0;
}

bool IsAddressLiteral(std::string_view text) {
  if (!text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  const bool v6 = text.find(':') != std::string_view::npos;
  if (v6) {
    if (!absl::EqualsIgnoreCase(text.substr(0, kIpv6Tag.size()), kIpv6Tag)) return false;
    text.remove_prefix(kIpv6Tag.size());
    if (text.find(':') == std::string_view::npos) return false;
  }
  return ParseIpAddress(text).has_value();
}

bool IsMailbox(std::string_view text, bool unicode) {
  const bool quoted = text.starts_with('"');
  const size_t local = quoted ? QuotedStringSize(text, unicode) : DotStringSize(text, unicode);
  if (local == 0 || local > kMaxLocalBytes || local == text.size() || text[local] != '@') {
    return false;
  }
  if (unicode && FindInvalidUtf8(text.substr(0, local)) != local) return false;
  const std::string_view domain = text.substr(local + 1);
  if (domain.starts_with('[')) return IsAddressLiteral(domain);
  return idna::IsDomainName(domain, {.unicode = unicode, .verify_a_labels = false}, false);
}

}  // namespace

bool IsEmail(std::string_view text) { return IsMailbox(text, false); }
bool IsIdnEmail(std::string_view text) { return IsMailbox(text, true); }

}  // namespace sluice::schema
