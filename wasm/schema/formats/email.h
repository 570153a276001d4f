// Mailboxes of SMTP.
#pragma once

#include <string_view>

namespace sluice::schema {

// RFC 5321, section 4.1.2, "Mailbox": a dot-string or a quoted string of at most 64 bytes, "@", and
// a domain or an IPv4 or IPv6 address literal (there is no other registered one). O(text).
bool IsEmail(std::string_view text);
// RFC 6531, section 3.3: the same with what isn't ASCII in the local part, and U-labels.
bool IsIdnEmail(std::string_view text);

}  // namespace sluice::schema
