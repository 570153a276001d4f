// Whether a text is what a format says it is, by that format's grammar.
//
// All of them take UTF-8 (ill-formed UTF-8 is never a match), are O(text) and allocate nothing.
#pragma once

#include <string_view>

namespace sluice::uri {

// RFC 3986: a URI (with a scheme, section 3), a URI or a relative reference (section 4.1). IP
// literals are those of section 3.2.2: no zones. A host such as "999.1.1.1" is a registered name.
bool IsUri(std::string_view text);
bool IsUriReference(std::string_view text);

// RFC 3987, section 2.2: the same with what isn't ASCII as it is; private-use characters in the
// query only.
bool IsIri(std::string_view text);
bool IsIriReference(std::string_view text);

// RFC 6570, section 2, all levels, with erratum 6937 (an apostrophe is a literal). Operators that
// section 2.2 reserves are syntax, too.
bool IsUriTemplate(std::string_view text);

// RFC 6901, section 3.
bool IsJsonPointer(std::string_view text);

// draft-bhutton-relative-json-pointer-00, section 3: with an index manipulation ("0-1/a"), which
// the drafts before it don't have.
bool IsRelativeJsonPointer(std::string_view text);

}  // namespace sluice::uri
