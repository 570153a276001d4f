// Any text beside each format: what has to hold between formats, Punycode there and back, and dates
// beside the system's calendar, addresses beside the system's parser.
#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include "../support/check.h"
#include "sluice/base/bytes.h"
#include "sluice/base/utf8.h"
#include "sluice/schema/format.h"
#include "sluice/schema/formats/idna.h"
#include "sluice/schema/formats/punycode.h"

namespace {

using sluice::schema::Format;
using sluice::schema::FormatName;
using sluice::schema::MatchesFormat;
namespace idna = sluice::schema::idna;

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<uint8_t>(c) < 0x80; });
}

void CheckImplications(std::string_view text) {
  const auto is = [=](Format format) { return MatchesFormat(format, text); };
  const auto implies = [](bool a, bool b) { CHECK(!a || b); };
  implies(is(Format::kEmail), is(Format::kIdnEmail));
  implies(IsAscii(text) && is(Format::kIdnEmail), is(Format::kEmail));
  implies(IsAscii(text) && is(Format::kIdnHostname), is(Format::kHostname));
  implies(is(Format::kHostname), is(Format::kUriTemplate));
  implies(is(Format::kHostname), MatchesFormat(Format::kUri, "a://" + std::string(text)));
  implies(is(Format::kHostname), MatchesFormat(Format::kEmail, "a@" + std::string(text)));
  implies(is(Format::kIdnHostname), MatchesFormat(Format::kIri, "a://" + std::string(text)));
  implies(is(Format::kUri), is(Format::kIri));
  implies(is(Format::kUriReference), is(Format::kIriReference));
  implies(is(Format::kIpv4), is(Format::kHostname) && !is(Format::kIpv6));
  implies(is(Format::kDate), MatchesFormat(Format::kDateTime, std::string(text) + "T00:00:00Z"));
  implies(is(Format::kTime), MatchesFormat(Format::kDateTime, "2000-01-01t" + std::string(text)));
  for (size_t i = 0; i <= static_cast<size_t>(Format::kRegex); ++i) {
    implies(is(static_cast<Format>(i)), sluice::FindInvalidUtf8(text) == text.size());
  }
}

void CheckAddress(std::string_view text) {
  if (text.find('\0') != std::string_view::npos) return;
  const std::string name(text);
  std::array<uint8_t, 16> bytes;
  CHECK(MatchesFormat(Format::kIpv4, text) == (inet_pton(AF_INET, name.c_str(), &bytes) == 1));
  CHECK(MatchesFormat(Format::kIpv6, text) == (inet_pton(AF_INET6, name.c_str(), &bytes) == 1));
}

// Any day that three numbers name is one if the calendar doesn't make another one of it.
void CheckCalendar(std::string_view text) {
  if (text.size() < 4) return;
  const auto byte = [=](size_t i) { return static_cast<int>(static_cast<uint8_t>(text[i])); };
  const int year = (byte(0) * 256 + byte(1)) % 10000;
  const int month = byte(2) % 14;
  const int day = byte(3) % 34;
  char date[32];
  std::snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
  std::tm given = {};
  given.tm_year = year - 1900;
  given.tm_mon = month - 1;
  given.tm_mday = day;
  std::tm kept = given;
  timegm(&kept);
  const bool exists =
      kept.tm_year == given.tm_year && kept.tm_mon == given.tm_mon && kept.tm_mday == given.tm_mday;
  CHECK(MatchesFormat(Format::kDate, date) == exists);
}

void CheckPunycode(std::string_view text) {
  idna::Label label;
  idna::Punycode code;
  idna::Label again;
  if (text.size() <= idna::kMaxLabelBytes && idna::DecodePunycode(text, &label)) {
    // It may have been written otherwise, but means the same.
    if (idna::EncodePunycode(label, &code)) {
      CHECK(idna::DecodePunycode(code.view(), &again));
      CHECK(std::equal(label.begin(), label.end(), again.begin(), again.end()));
    }
  }
  label.size = 0;
  for (size_t i = 0; i < text.size();) {
    if (!label.Append(sluice::NextCodePoint(text, &i))) return;
  }
  if (!idna::EncodePunycode(label, &code)) return;
  CHECK(idna::DecodePunycode(code.view(), &again));
  CHECK(std::equal(label.begin(), label.end(), again.begin(), again.end()));
  // A name of one U-label is one by its A-label, too.
  if (!IsAscii(text) && MatchesFormat(Format::kIdnHostname, text) &&
      text.find('.') == std::string_view::npos &&
      text.find("\xE3\x80\x82") == std::string_view::npos &&
      text.find("\xEF\xBC\x8E") == std::string_view::npos &&
      text.find("\xEF\xBD\xA1") == std::string_view::npos) {
    const std::string a_label = "xn--" + std::string(code.view());
    CHECK(MatchesFormat(Format::kHostname, a_label));
    CHECK(MatchesFormat(Format::kIdnHostname, a_label));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text = sluice::AsText({data, size});
  CheckImplications(text);
  CheckAddress(text);
  CheckCalendar(text);
  CheckPunycode(text);
  return 0;
}
