// The grammar of RFC 6570, section 2.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/base/utf8.h"
#include "sluice/uri/characters.h"
#include "sluice/uri/syntax.h"

namespace sluice::uri {
namespace {

constexpr std::string_view kOperators = "+#./;?&=,!@|";

// Of ASCII.
constexpr std::array<bool, 128> MakeLiterals() {
  std::array<bool, 128> is_literal = {};
  for (size_t i = '!'; i <= '~'; ++i) is_literal[i] = true;
  for (const char c : std::string_view("\"%<>\\^`{|}")) is_literal[static_cast<uint8_t>(c)] = false;
  return is_literal;
}
constexpr std::array<bool, 128> kLiterals = MakeLiterals();

// Moves `*position` behind one literal character or percent-encoding.
bool TakeLiteral(std::string_view text, size_t* position) {
  const uint8_t byte = static_cast<uint8_t>(text[*position]);
  if (byte >= 0x80) {
    const uint32_t point = NextCodePoint(text, position);
    return IsUcsCharacter(point) || IsPrivateCharacter(point);
  }
  const bool encoded = IsTriplet(text, *position);
  *position += encoded ? 3 : 1;
  return encoded || kLiterals[byte];
}

// varname = varchar *( ["."] varchar )
bool IsVariableName(std::string_view name) {
  bool after_varchar = false;
  for (size_t i = 0; i < name.size();) {
    if (name[i] == '.') {
      if (!after_varchar) return false;
      after_varchar = false;
      ++i;
      continue;
    }
    const bool encoded = IsTriplet(name, i);
    if (!encoded && !IsAlpha(name[i]) && !IsDigit(name[i]) && name[i] != '_') return false;
    after_varchar = true;
    i += encoded ? 3 : 1;
  }
  return after_varchar;
}

// %x31-39 0*3DIGIT
bool IsMaxLength(std::string_view digits) {
  return !digits.empty() && digits.size() <= 4 && digits[0] != '0' &&
         std::all_of(digits.begin(), digits.end(), IsDigit);
}

// varspec = varname [ ":" max-length / "*" ]
bool IsVariable(std::string_view spec) {
  if (spec.ends_with('*')) return IsVariableName(spec.substr(0, spec.size() - 1));
  const size_t colon = spec.find(':');
  if (colon == std::string_view::npos) return IsVariableName(spec);
  return IsVariableName(spec.substr(0, colon)) && IsMaxLength(spec.substr(colon + 1));
}

// What is between the braces: [ operator ] varspec *( "," varspec )
bool IsExpression(std::string_view text) {
  if (!text.empty() && kOperators.find(text[0]) != std::string_view::npos) text.remove_prefix(1);
  for (;;) {
    const size_t comma = text.find(',');
    if (!IsVariable(text.substr(0, comma))) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

bool IsUriTemplate(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    if (text[i] != '{') {
      if (!TakeLiteral(text, &i)) return false;
      continue;
    }
    const size_t end = text.find('}', i);
    if (end == std::string_view::npos) return false;
    if (!IsExpression(text.substr(i + 1, end - i - 1))) return false;
    i = end + 1;
  }
  return true;
}

}  // namespace sluice::uri
