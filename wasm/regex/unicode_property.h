// Unicode's properties as \p{…} of ECMA-262 names them (section 22.2.2.9.2, tables 66 to 68).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/regex/character_set.h"

namespace sluice::regex {

// The Unicode version of all properties. RE2's own tables are of an older one: what they lack is in
// ours (tools/generate-unicode.mjs), so that every route matches the same.
inline constexpr std::string_view kUnicodeVersion = "17.0";

// Whether `expression`, what stands in the braces, is General_Category=, gc=, Script=, sc=,
// Script_Extensions= or scx= with a value, a value of General_Category alone or a binary property;
// all with their long or short names, exactly as Unicode spells them.
bool IsUnicodeProperty(std::string_view expression);

// The code points that have the property. Empty if there is no such property. O(ranges).
CharacterSet UnicodeProperty(std::string_view expression);

}  // namespace sluice::regex
