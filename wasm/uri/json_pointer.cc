// The grammars of JSON Pointers and of relative ones.
#include <cstddef>
#include <string_view>

#include "sluice/base/utf8.h"
#include "sluice/uri/characters.h"
#include "sluice/uri/syntax.h"

namespace sluice::uri {
namespace {

// "0", or digits that don't begin with one. Moves `text` behind it.
bool TakeNumber(std::string_view& text) {
  size_t digits = 0;
  while (digits < text.size() && IsDigit(text[digits])) ++digits;
  if (digits == 0 || (digits > 1 && text[0] == '0')) return false;
  text.remove_prefix(digits);
  return true;
}

}  // namespace

bool IsJsonPointer(std::string_view text) {
  if (!text.empty() && text[0] != '/') return false;
  for (size_t i = text.find('~'); i != std::string_view::npos; i = text.find('~', i + 1)) {
    if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) return false;
  }
  return FindInvalidUtf8(text) == text.size();
}

bool IsRelativeJsonPointer(std::string_view text) {
  if (!TakeNumber(text)) return false;
  if (text.starts_with('+') || text.starts_with('-')) {
    text.remove_prefix(1);
    if (text.starts_with('0') || !TakeNumber(text)) return false;
  }
  return text == "#" || IsJsonPointer(text);
}

}  // namespace sluice::uri
