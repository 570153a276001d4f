#include "sluice/schema/format.h"

#include <algorithm>
#include <cstddef>
#include <iterator>

#include "absl/strings/ascii.h"
#include "sluice/base/ip_address.h"
#include "sluice/base/utf8.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/schema/formats/date_time.h"
#include "sluice/schema/formats/email.h"
#include "sluice/schema/formats/idna.h"
#include "sluice/schema/schema.h"
#include "sluice/uri/syntax.h"

namespace sluice::schema {
namespace {

// In the order of Format.
constexpr std::string_view kNames[] = {
    "date",
    "date-time",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "uuid",
    "regex",
};
static_assert(std::size(kNames) == static_cast<size_t>(Format::kRegex) + 1);

bool IsIpv4(std::string_view text) {
  return text.find(':') == std::string_view::npos && ParseIpAddress(text).has_value();
}

bool IsIpv6(std::string_view text) {
  return text.find(':') != std::string_view::npos && ParseIpAddress(text).has_value();
}

bool IsHostname(std::string_view text) { return idna::IsDomainName(text, {}, false); }

bool IsIdnHostname(std::string_view text) {
  return idna::IsDomainName(text, {.unicode = true, .allow_reserved = false}, true);
}

bool IsUuid(std::string_view text) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  return text.size() == kForm.size() &&
         std::equal(text.begin(), text.end(), kForm.begin(), [](char c, char form) {
           return form == 'x' ? absl::ascii_isxdigit(static_cast<unsigned char>(c)) : c == form;
         });
}

bool IsRegex(std::string_view text) {
  return FindInvalidUtf8(text) == text.size() && regex::CheckEcmaScriptSyntax(text).ok();
}

}  // namespace

std::optional<Format> FindFormat(std::string_view name, Dialect dialect) {
  if (name == "time" && dialect < Dialect::kDraft7) return std::nullopt;
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) return std::nullopt;
  return static_cast<Format>(found - std::begin(kNames));
}

std::string_view FormatName(Format format) { return kNames[static_cast<size_t>(format)]; }

bool MatchesFormat(Format format, std::string_view text) {
  switch (format) {
    case Format::kDate:
      return IsDate(text);
    case Format::kDateTime:
      return IsDateTime(text);
    case Format::kTime:
      return IsTime(text);
    case Format::kDuration:
      return IsDuration(text);
    case Format::kEmail:
      return IsEmail(text);
    case Format::kIdnEmail:
      return IsIdnEmail(text);
    case Format::kHostname:
      return IsHostname(text);
    case Format::kIdnHostname:
      return IsIdnHostname(text);
    case Format::kIpv4:
      return IsIpv4(text);
    case Format::kIpv6:
      return IsIpv6(text);
    case Format::kUri:
      return uri::IsUri(text);
    case Format::kUriReference:
      return uri::IsUriReference(text);
    case Format::kIri:
      return uri::IsIri(text);
    case Format::kIriReference:
      return uri::IsIriReference(text);
    case Format::kUriTemplate:
      return uri::IsUriTemplate(text);
    case Format::kJsonPointer:
      return uri::IsJsonPointer(text);
    case Format::kRelativeJsonPointer:
      return uri::IsRelativeJsonPointer(text);
    case Format::kUuid:
      return IsUuid(text);
    case Format::kRegex:
      return IsRegex(text);
  }
  return false;
}

}  // namespace sluice::schema
