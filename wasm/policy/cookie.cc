#include "sluice/policy/cookie.h"

#include <algorithm>
#include <cstddef>

#include "sluice/base/base64url.h"

namespace sluice::policy {
namespace {

constexpr size_t kMinVisitorId = 8;
constexpr size_t kMaxVisitorId = 64;

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

std::optional<std::string_view> TakeCookie(std::string_view* header, std::string_view name) {
  while (!header->empty()) {
    const size_t end = std::min(header->find(';'), header->size());
    const std::string_view pair = header->substr(0, end);
    header->remove_prefix(std::min(end + 1, header->size()));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || Trim(pair.substr(0, equals)) != name) continue;
    return Unquote(Trim(pair.substr(equals + 1)));
  }
  return std::nullopt;
}

std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name) {
  return TakeCookie(&header, name);
}

bool IsVisitorId(std::string_view text) {
  return text.size() >= kMinVisitorId && text.size() <= kMaxVisitorId && IsBase64UrlText(text);
}

VisitorId MintVisitorId(ByteSpan random) {
  VisitorId id;
  EncodeBase64Url(random.first(kVisitorIdBytes), id.data());
  return id;
}

}  // namespace sluice::policy
