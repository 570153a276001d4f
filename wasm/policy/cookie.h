// Cookies of a request, and the visitor id that lives in one.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::policy {

// The value of the first cookie called `name` in a Cookie header (RFC 6265, section 5.4), without
// the double quotes that a value may have around it. Names are case-sensitive. Pairs that aren't
// any are passed over. O(header).
std::optional<std::string_view> FindCookie(std::string_view header, std::string_view name);

// True if `is_ours` takes one of the first kMaxCookiesOfName cookies of this name; it sees none
// behind that. Who can set cookies for a parent domain can put theirs before ours. O(header).
constexpr int kMaxCookiesOfName = 4;
template <typename Predicate>
bool AnyCookie(std::string_view header, std::string_view name, Predicate is_ours);

// The value of the next such cookie, which is taken off the header with what is before it.
std::optional<std::string_view> TakeCookie(std::string_view* header, std::string_view name);

// [A-Za-z0-9_-]{8,64}
bool IsVisitorId(std::string_view text);

// One of ours is 128 random bits in base64url (RFC 4648, section 5) without padding.
constexpr size_t kVisitorIdBytes = 16;
using VisitorId = std::array<char, 22>;

// `random` has kVisitorIdBytes.
VisitorId MintVisitorId(ByteSpan random);

template <typename Predicate>
bool AnyCookie(std::string_view header, std::string_view name, Predicate is_ours) {
  for (int i = 0; i < kMaxCookiesOfName; ++i) {
    const std::optional<std::string_view> value = TakeCookie(&header, name);
    if (!value.has_value()) return false;
    if (is_ours(*value)) return true;
  }
  return false;
}

}  // namespace sluice::policy
