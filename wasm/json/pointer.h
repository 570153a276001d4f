// JSON Pointer (RFC 6901).
#pragma once

#include <string>
#include <string_view>

#include "sluice/json/document.h"

namespace sluice::json {

// "/" and the token with ~ and / escaped.
void AppendPointerToken(std::string_view token, std::string* pointer);

// The pointer from the document's root to `value` (a value, or a key: then that of its member); ""
// for an absent value. Found by walking down from the root; O(siblings on the way): for error
// messages.
std::string PointerTo(Value value);

}  // namespace sluice::json
