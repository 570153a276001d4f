// The values of the keyword `format`: what a string has to look like.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::schema {

enum class Dialect : uint8_t;

enum class Format : uint8_t {
  kDate,         // RFC 3339, full-date
  kDateTime,     // date-time; 23:59:60 UTC is a time on any day
  kTime,         // full-time
  kDuration,     // RFC 3339, appendix A, in capitals
  kEmail,        // RFC 5321, Mailbox, at most 64 bytes before the "@" and 253 behind
  kIdnEmail,     // RFC 6531
  kHostname,     // RFC 1123, section 2.1; A-labels have to be ones (RFC 5891, section 5.4)
  kIdnHostname,  // RFC 5890 to 5893, but not that a label is in Normalization Form C
  kIpv4,         // four decimal numbers without leading zeros
  kIpv6,         // RFC 4291, section 2.2: no zone, no brackets
  kUri,          // this and what follows: see uri/syntax.h
  kUriReference,
  kIri,
  kIriReference,
  kUriTemplate,
  kJsonPointer,
  kRelativeJsonPointer,
  kUuid,   // RFC 4122, section 3: any version and variant
  kRegex,  // ECMA-262 with the flag u, at most regex::kMaxPatternBytes
};

// nullopt for a name that isn't a format's in `dialect`: then the keyword is an annotation.
//
// A format of a later draft is one in an earlier one, too (all drafts allow formats of one's own,
// and who writes "uuid" in draft-07 means it), with one exception: "time" in draft-04 and draft-06
// may be draft-03's, which has no offset, so there it isn't one.
std::optional<Format> FindFormat(std::string_view name, Dialect dialect);

// The name, as in the keyword.
std::string_view FormatName(Format format);

// Whether `text`, a decoded string, has the format. O(text); allocates nothing but for kRegex,
// which keeps the names of groups. Ill-formed UTF-8 is no format's.
bool MatchesFormat(Format format, std::string_view text);

}  // namespace sluice::schema
