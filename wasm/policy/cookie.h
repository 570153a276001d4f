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

// [A-Za-z0-9_-]{8,64}
bool IsVisitorId(std::string_view text);

// One of ours is 128 random bits in base64url (RFC 4648, section 5) without padding.
constexpr size_t kVisitorIdBytes = 16;
using VisitorId = std::array<char, 22>;

// `random` has kVisitorIdBytes.
VisitorId MintVisitorId(ByteSpan random);

}  // namespace sluice::policy
