// URI references (RFC 3986) and, with the same grammar, IRI references (RFC 3987): their parts, and
// what they refer to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice::uri {

// The five components, as views of the text that was split. A component that isn't there is
// different from one that is empty: "a?" has a query.
struct Reference {
  std::optional<std::string_view> scheme;
  std::optional<std::string_view> authority;
  std::string_view path;
  std::optional<std::string_view> query;
  std::optional<std::string_view> fragment;

  // An absolute URI (section 4.3): what a base has to be.
  bool IsAbsolute() const { return scheme.has_value() && !fragment.has_value(); }
};

// The components of any text (section 3 and appendix B): nothing is refused, so that what an author
// wrote can be followed as far as it makes sense; syntax.h checks. A scheme is one only if its
// characters are those of a scheme: all of "1:2" and "{a}:b" is path. O(text), no allocation.
Reference Split(std::string_view text);

// What lies before the first "#", and what behind it (nullopt: there is no "#").
struct WithFragment {
  std::string_view uri;
  std::optional<std::string_view> fragment;
};
WithFragment SplitFragment(std::string_view text);

// What `reference` means in a text that was found at `base` (section 5.2, strict): its target URI
// with its fragment. The base's own fragment plays no part. Replaces `*target`, which may not be
// what the views are of. O(base + reference); the target is at most three bytes longer than both
// together, so who resolves many references against one long base has to limit what they hold
// together.
//
// Targets are made for comparing byte by byte: dot segments are gone and the scheme is in lower
// case. No other normalisation of section 6 is done: the case of hosts, percent-encodings, default
// ports and empty paths stay as they are.
//
// A base that isn't absolute is resolved against too, so that schemas without an identity can refer
// to one another: the target isn't absolute then. A path without authority that would begin with
// "//" gets a "/." in front, a relative one whose first segment has a colon a "./": what a target
// is split into is always what it was put together from.
void Resolve(std::string_view base, std::string_view reference, std::string* target);
std::string Resolve(std::string_view base, std::string_view reference);

// Section 5.2.4: `path` without its "." and ".." segments, appended. O(path).
void AppendWithoutDotSegments(std::string_view path, std::string* out);

// The bytes that `text` stands for, each "%" with two hexadecimal digits taken as the byte it
// names. nullopt for any other "%". The bytes need not be UTF-8, whatever the text was.
std::optional<std::string> PercentDecode(std::string_view text);

}  // namespace sluice::uri
