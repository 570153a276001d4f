// Domain names, their labels checked as IDNA2008 has it (RFC 5890 to 5893). Not checked is that
// U-labels are in Normalization Form C (RFC 5891, section 4.2.1): decompositions and combining
// classes for it would be 1.7 KB of the module, compressed, and what composes with them another.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "sluice/schema/formats/punycode.h"

namespace sluice::schema::idna {

// Takes the labels of one name from left to right.
class DomainName {
 public:
  static constexpr size_t kMaxBytes = 253;  // RFC 1035, section 2.3.4, without the root's label

  struct Rules {
    bool unicode = false;         // U-labels
    bool verify_a_labels = true;  // what begins with "xn--" has to be an A-label
    bool allow_reserved = true;   // "--" as third and fourth characters of other ASCII labels
  };

  explicit DomainName(Rules rules) : rules_(rules) {}

  // False if the label is none of a name with these rules, or the name too long by now: then the
  // name isn't one. The first takes letters, digits and hyphens of ASCII, the second what has
  // others. Constant time for 63 code points at most.
  bool AddAscii(std::string_view label);
  bool AddUnicode(const Label& label);
  // Whether the labels, of which there is one at least, make a name together: the rule for
  // bidirectional names (RFC 5893, section 2).
  bool IsComplete() const { return fits_bidi_ || !is_bidi_; }

 private:
  // The code points of a U-label, or of what an A-label stands for.
  bool AddCharacters(const Label& label);
  bool AddBytes(size_t bytes);

  Rules rules_;
  size_t bytes_ = 0;       // in ASCII form, with a dot behind each label
  bool is_bidi_ = false;   // a label has characters that are written from right to left
  bool fits_bidi_ = true;  // all labels keep the rule
};

// A whole name, its labels separated by "." and, if `ideographic_dots`, by U+3002, U+FF0E and
// U+FF61 (RFC 3490, section 3.1). No dot at the end. UTF-8; O(min(text, kMaxBytes)).
bool IsDomainName(std::string_view text, DomainName::Rules rules, bool ideographic_dots);

}  // namespace sluice::schema::idna
