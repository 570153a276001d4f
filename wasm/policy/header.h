// Header names and values in a policy.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::policy {

// RFC 9110, section 5.6.2. Cookie names are tokens too (RFC 6265, section 4.1.1).
bool IsToken(std::string_view text);
constexpr std::string_view kTokenHint = ": only letters, digits and !#$%&'*+-.^_`|~ may be in it";

// Lower-case name and value.
struct Header {
  std::string name;
  std::string value;
};

// Why this header is not a policy's to set or remove, or null: framing and connection headers
// (RFC 9110, section 7.6.1) belong to the runtime, cf-* to the platform. The name is lower case.
const char* ReservedHeader(std::string_view name);

// Makes the name of a request header that is the gateway's alone, and never the client's, lower
// case. False, and reported as invalid_header_name or reserved_header, if it can't be one: requests
// have a use for the name already.
bool CheckNewHeader(std::string* name, json::Value where, json::CompileContext& context);

// What follows reports wrong_type, invalid_header_name, invalid_header_value, reserved_header,
// too_many (over 64) and duplicate_key (names that differ in case only are the same), and leaves
// out what is at fault.

// An object of exact values that requests are matched by. In order of the names.
std::vector<Header> ReadMatchHeaders(json::Value object, json::CompileContext& context);
// An object of headers to set.
std::vector<Header> ReadSetHeaders(json::Value object, json::CompileContext& context);
// An array of names of headers, to remove or to pass on.
std::vector<std::string> ReadHeaderNames(json::Value array, json::CompileContext& context);

}  // namespace sluice::policy
