#include "sluice/policy/cookie.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace sluice::policy {
namespace {

constexpr std::string_view kBase64Url =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

bool IsBase64Url(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view Unquote(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"' && value.back() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = header.substr(0, end);
    header.remove_prefix(std::min(end + 1, header.size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || Trim(pair.substr(0, equals)) != name) continue;
    return Unquote(Trim(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

bool IsVisitorId(std::string_view text) {
  return text.size() == kVisitorIdLength && std::all_of(text.begin(), text.end(), IsBase64Url);
}

VisitorId MintVisitorId(ByteSpan random) {
  VisitorId id;
  uint32_t bits = 0;
  uint32_t bit_count = 0;
  size_t length = 0;
  for (const uint8_t byte : random.first(kVisitorIdBytes)) {
    bits = bits << 8 | byte;
    bit_count += 8;
    while (bit_count >= 6) {
      bit_count -= 6;
      id[length++] = kBase64Url[bits >> bit_count & 63];
    }
  }
  id[length] = kBase64Url[bits << (6 - bit_count) & 63];
  return id;
}

}  // namespace sluice::policy
