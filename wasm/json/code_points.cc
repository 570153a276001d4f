#include "sluice/json/code_points.h"

#include <string_view>

#include "sluice/json/escape.h"

namespace sluice::json {
namespace {

// Without branches, so that compilers make vectors of it.
size_t CountCodePoints(std::string_view utf8) {
  size_t count = 0;
  for (const char c : utf8) count += static_cast<size_t>(static_cast<signed char>(c) >= -0x40);
  return count;
}

}  // namespace

size_t CodePointLength(Value string) {
  std::string_view raw = string.raw_string();
  if (!string.has_escapes()) return CountCodePoints(raw);
  size_t count = 0;
  for (;;) {
    const size_t backslash = raw.find('\\');
    count += CountCodePoints(raw.substr(0, backslash));
    if (backslash == std::string_view::npos) return count;
    size_t at = backslash;
    ReadEscape(raw, &at);
    raw.remove_prefix(at);
    ++count;
  }
}

}  // namespace sluice::json
