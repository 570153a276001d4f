// What the suite's optional format tests (tests/conformance) don't ask.
#include "sluice/schema/format.h"

#include <initializer_list>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

constexpr size_t kFormats = static_cast<size_t>(Format::kRegex) + 1;

void ExpectAll(Format format, bool expected, std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    EXPECT_EQ(MatchesFormat(format, text), expected) << FormatName(format) << " " << text;
  }
}

TEST(Format, IsFoundByItsName) {
  for (size_t i = 0; i < kFormats; ++i) {
    const Format format = static_cast<Format>(i);
    EXPECT_EQ(FindFormat(FormatName(format), Dialect::kDraft2020_12), format);
  }
  for (const std::string_view name : {"", "Date", "color", "date ", "idn_email"}) {
    EXPECT_EQ(FindFormat(name, Dialect::kDraft2020_12), std::nullopt) << name;
  }
}

TEST(Format, DependsOnTheDialectForTimesOnly) {
  EXPECT_EQ(FindFormat("uuid", Dialect::kDraft4), Format::kUuid);
  EXPECT_EQ(FindFormat("time", Dialect::kDraft4), std::nullopt);
  EXPECT_EQ(FindFormat("time", Dialect::kDraft6), std::nullopt);
  EXPECT_EQ(FindFormat("time", Dialect::kDraft7), Format::kTime);
}

TEST(Format, RefusesWhatIsntUtf8) {
  for (size_t i = 0; i < kFormats; ++i) {
    const Format format = static_cast<Format>(i);
    for (const std::string_view text :
         {"\xFF", "a\xC3", "/\xED\xA0\x80", "a@\xFF", "a\xFF@b", "\"\xFF\"@b", "a.\xF5"}) {
      EXPECT_FALSE(MatchesFormat(format, text)) << FormatName(format);
    }
  }
}

TEST(Format, IsLinear) {
  for (const std::string_view part : {"a", "9", ".", "/", "-", "%41", "{a}", "a.", "P", "xn--",
                                      "~0", "\xC3\xBC", ":", "(", "\\"}) {
    std::string text;
    for (size_t i = 0; i < 1u << 16; ++i) text += part;
    for (size_t i = 0; i < kFormats; ++i) {
      const Format format = static_cast<Format>(i);
      MatchesFormat(format, text);
      MatchesFormat(format, absl::StrCat("a@", text));
      MatchesFormat(format, absl::StrCat("\"", text, "\"@a"));
      MatchesFormat(format, absl::StrCat("P", text));
      MatchesFormat(format, absl::StrCat("//", text));
      MatchesFormat(format, absl::StrCat("{", text, "}"));
    }
  }
}

TEST(FormatDate, KnowsTheCalendar) {
  ExpectAll(Format::kDate, true, {"0000-02-29", "2000-02-29", "9999-12-31"});
  ExpectAll(Format::kDate, false, {"1900-02-29", "2023-02-29", "2024-02-30", "2024-00-01"});
}

TEST(FormatTime, KnowsLeapSecondsByTheirOffset) {
  ExpectAll(Format::kTime, true,
            {"23:59:60Z", "23:59:60.9z", "00:59:60+01:00", "18:29:60-05:30", "23:59:60-00:00"});
  ExpectAll(Format::kTime, false,
            {"23:59:60+01:00", "00:00:60Z", "23:59:61Z", "23:59:59", "23:59:59.Z", "23:59:59,5Z",
             "23:59:59+0100", "23:59:59 Z", "23:59:59Z "});
}

TEST(FormatDateTime, NeedsATBetween) {
  ExpectAll(Format::kDateTime, true, {"2024-02-29T23:59:60Z", "2024-02-29t00:00:00.0+23:59"});
  ExpectAll(Format::kDateTime, false,
            {"2024-02-29 00:00:00Z", "2024-02-29", "2024-02-29T", "2023-02-29T00:00:00Z", "T",
             "2024-02-29TT00:00:00Z"});
}

TEST(FormatDuration, IsRfc3339s) {
  ExpectAll(Format::kDuration, true, {"P1Y", "P1Y2M3DT4H5M6S", "P7W", "PT1M", "P1DT1S"});
  ExpectAll(Format::kDuration, false,
            {"P", "PT", "P1", "P1Y1D", "PT1H1S", "P1DT", "P1W1D", "PW", "p1d", "P1D2T3H", "P1.5D",
             "PT1D", "P1S", "P1Y1Y", "P1YT1", "1D", "+P1D", "P1D1M"});
}

TEST(FormatEmail, IsAMailbox) {
  ExpectAll(Format::kEmail, true,
            {"a@b", "a+b/c=d?e@f.example", "\"\"@b", "\"a b\\\"\\\\@\"@b", "a@[192.0.2.1]",
             "a@[IPv6:2001:db8::1]", "a@[ipv6:::ffff:1.2.3.4]", "a@xn--X"});
  ExpectAll(Format::kEmail, false,
            {"a",          "@",          "a@",           "a@b.",       "a@.b",
             "a@b..c",     "a@-b",       "a@b-",         "a@b_c",      "a b@c",
             "a@b@c",      "\"a@b",      "\"a\"b@c",     "\"a\n\"@b",  "\"\\\n\"@b",
             "\"\\",       "a@[",        "a@[]",         "a@[::1]",    "a@[IPv6:1.2.3.4]",
             "a@[IPv6:]",  "a@[x:y]",    "a@[1.2.3.4]x", "a@[1.2.3.4", "(c)a@b",
             "\xC3\xBC@b", "a@\xC3\xBC", ".a@b",         "a.@b",       "a..b@c"});
}

TEST(FormatEmail, HasLimits) {
  EXPECT_TRUE(MatchesFormat(Format::kEmail, std::string(64, 'a') + "@b"));
  EXPECT_FALSE(MatchesFormat(Format::kEmail, std::string(65, 'a') + "@b"));
  EXPECT_FALSE(MatchesFormat(Format::kEmail, "a@" + std::string(64, 'b')));
}

TEST(FormatIdnEmail, TakesMore) {
  ExpectAll(Format::kIdnEmail, true,
            {"a@b", "\xC3\xBC@b", "a@\xC3\xBC.example", "\"\xC3\xBC \"@b", "a@[192.0.2.1]"});
  // A label that isn't one, an ideographic dot, a quoted pair of what isn't ASCII.
  ExpectAll(Format::kIdnEmail, false,
            {"a@\xE2\x82\xAC",
             "a@b\xE3\x80\x82"
             "c",
             "\"\\\xC3\xBC\"@b", "\xC3\xBC", "@\xC3\xBC"});
}

TEST(FormatIp, TellsTheVersionsApart) {
  ExpectAll(Format::kIpv4, false, {"::1", "::ffff:1.2.3.4", "1.2.3", "01.2.3.4", "1.2.3.4 "});
  ExpectAll(Format::kIpv6, false, {"1.2.3.4", "fe80::1%1", "[::1]", ":::", "1::2::3", ":"});
  ExpectAll(Format::kIpv6, true, {"::", "::1", "1::", "::1.2.3.4", "1:2:3:4:5:6:7::"});
}

TEST(FormatUuid, IsHexadecimalInFiveGroups) {
  ExpectAll(Format::kUuid, true,
            {"00000000-0000-0000-0000-000000000000", "FFFFFFFF-ffff-FFFF-ffff-FFFFFFFFFFFF"});
  ExpectAll(
      Format::kUuid, false,
      {"", "{00000000-0000-0000-0000-000000000000}", "0000000000000000-0000-0000-000000000000",
       "00000000-0000-0000-0000-00000000000g", "00000000-0000-0000-0000-0000000000000"});
}

TEST(FormatRegex, IsJavaScriptsWithFlagU) {
  ExpectAll(Format::kRegex, true, {"", "^(a)(?=b)\\1$", "\\p{L}", "(?<n>a)\\k<n>", "a{2000}"});
  ExpectAll(Format::kRegex, false, {"(", "[a", "a**", "\\a", "(?i)a", "{", "\\p{Nope}"});
}

}  // namespace
}  // namespace sluice::schema
