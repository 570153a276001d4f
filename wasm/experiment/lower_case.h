// String.prototype.toLowerCase, for GrowthBook's case-insensitive operators.
#pragma once

#include <string>
#include <string_view>

namespace sluice::experiment {

// Appends `text` (valid UTF-8) in lower case by the Unicode Character Database (UnicodeData.txt and
// SpecialCasing.txt without locales, Unicode 17), as JavaScript does it: "İ" becomes two code
// points, a sigma that ends a word ς. Where a word ends is decided by the letters that have cases
// and by the commonest of what is to be ignored there (combining marks, apostrophes, hyphenation),
// not by the whole of the properties Cased and Case_Ignorable; in texts over 256 bytes it stays σ.
// O(text).
void AppendLowerCase(std::string_view text, std::string* out);

}  // namespace sluice::experiment
