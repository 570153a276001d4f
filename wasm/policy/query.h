// Query parameters.
#pragma once

#include <optional>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::policy {

// The raw value of the first parameter called `name` (as it is written, nothing decoded) in a query
// with its "?". O(query).
std::optional<std::string_view> FindQueryParameter(std::string_view query, std::string_view name);

// Appends the query without the parameters called `name` (as it is written); nothing where no other
// is left. O(query).
void AppendQueryWithout(std::string_view query, std::string_view name, OutputBuffer& out);

// The value decoded as a form's (WHATWG URL, application/x-www-form-urlencoded): "+" is a blank,
// and "%" that begins no escape stands for itself. Into `scratch` if it differs.
std::string_view DecodeQueryValue(std::string_view value, OutputBuffer& scratch);

}  // namespace sluice::policy
