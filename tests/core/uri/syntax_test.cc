#include "sluice/uri/syntax.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace sluice::uri {
namespace {

using Check = bool (*)(std::string_view);

void ExpectAll(Check check, bool expected, std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) EXPECT_EQ(check(text), expected) << text;
}

TEST(UriSyntax, TakesTheExamplesOfTheRfc) {
  // RFC 3986, section 1.1.2.
  ExpectAll(IsUri, true,
            {"ftp://ftp.is.co.za/rfc/rfc1808.txt", "http://www.ietf.org/rfc/rfc2396.txt",
             "ldap://[2001:db8::7]/c=GB?objectClass?one", "mailto:John.Doe@example.com",
             "news:comp.infosystems.www.servers.unix", "tel:+1-816-555-1212",
             "telnet://192.0.2.16:80/", "urn:oasis:names:specification:docbook:dtd:xml:4.1.2"});
}

TEST(UriSyntax, KnowsAReferenceFromAUri) {
  for (const std::string_view text : {"", "a", "/a", "//h", "?q", "#f", "./a:b", "a/b:c", "//"}) {
    EXPECT_FALSE(IsUri(text)) << text;
    EXPECT_TRUE(IsUriReference(text)) << text;
  }
  ExpectAll(IsUriReference, false, {"a b:c", "1:b", ":", "::a", "a_b:c/d"});
}

TEST(UriSyntax, ChecksTheAuthority) {
  ExpectAll(IsUri, true,
            {"a://", "a://h:", "a://h:80", "a://:80", "a://u:p%40:q@h:1", "a://@h", "a://[::1]:80",
             "a://[::ffff:1.2.3.4]", "a://[v1F.a:b]", "a://[V1.~]", "a://256.1.1.1", "a://h%20i"});
  ExpectAll(
      IsUri, false,
      {"a://h:8o", "a://h:1:2", "a://u@v@h", "a://[::1", "a://[::1]x", "a://[::1]:x", "a://[]",
       "a://[1.2.3.4]", "a://[fe80::1%25en0]", "a://[v.a]", "a://[v1.]", "a://[vg.a]",
       "a://[v1.%41]", "a://[1::2::3]", "a://[::01.2.3.4]", "a://x[::1]", "a://u[@h"});
}

TEST(UriSyntax, ChecksCharactersAndTriplets) {
  ExpectAll(IsUri, true, {"a:%41%fF", "a:!$&'()*+,;=:@/-._~", "a:?/?:@!#/?:@!"});
  ExpectAll(
      IsUri, false,
      {"a:%", "a:%4", "a:%4g",   "a:%g4",  "a: ",  "a:\"",       "a:<",
       "a:>", "a:\\", "a:^",     "a:`",    "a:{",  "a:|",        "a:}",
       "a:[", "a:]",  "a:b#c#d", "a:\x7F", "a:\n", "a:\xC3\xBC", std::string_view("a:\0", 3)});
}

TEST(IriSyntax, HasMoreCharacters) {
  ExpectAll(IsIri, true,
            {"http://\xC3\xBC.example/\xE2\x82\xAC?\xC3\xA9#\xF0\x90\x8C\x80", "a:\xC2\xA0",
             "a:?\xEE\x80\x80", "a:?\xF3\xB0\x80\x80", "a://\xC3\xBC@\xC3\xBC:1"});
  ExpectAll(IsIri, false,
            {"a:\xEE\x80\x80",       // U+E000 is for private use: not in a path
             "a:#\xF3\xB0\x80\x80",  // U+F0000 neither in a fragment
             "a:\xC2\x80",           // U+0080 is a control
             "a:\xEF\xB7\x90",       // U+FDD0 isn't a character
             "a:\xF0\x9F\xBF\xBE",   // nor is U+1FFFE
             "a:\xF3\xA0\x80\x81",   // U+E0001 is a tag
             "a:\xFF", "a:\xC3", "a:\xED\xA0\x80", "\xC3\xBC:b"});
  ExpectAll(IsIriReference, true, {"\xC3\xBC", "//\xC3\xBC", "?\xEE\x80\x80", ""});
  ExpectAll(IsIriReference, false, {"\xC3\xBC:b", "\\"});
}

TEST(UriTemplateSyntax, TakesAllLevels) {
  ExpectAll(IsUriTemplate, true,
            {"",
             "a",
             "{a}",
             "{+a}",
             "{#a}",
             "{.a}",
             "{/a}",
             "{;a}",
             "{?a}",
             "{&a}",
             "{=a}",
             "{,a}",
             "{!a}",
             "{@a}",
             "{|a}",
             "{a,b}",
             "{?a*,b:3,c.d}",
             "{a:1}",
             "{a:9999}",
             "{%41}",
             "{_}",
             "{1}",
             "{a.b.c}",
             "x{a}y{b}z",
             "a'b",
             "%41",
             "\xC3\xBC\xEE\x80\x80"});
  ExpectAll(IsUriTemplate, false,
            {"{",      "}",      "{}",    "{{a}}",  "a}",        "{a",     "{+}",
             "{a,}",   "{,}",    "{,,a}", "{a,,b}", "{.}",       "{a.}",   "{..a}",
             "{a..b}", "{a:}",   "{a:0}", "{a:01}", "{a:10000}", "{a:1x}", "{a**}",
             "{a*:1}", "{a:1*}", "{a b}", "{%4}",   "{-a}",      "{$a}",   "{\xC3\xBC}",
             "%",      "%4g",    "a b",   "<",      ">",         "\"",     "\\",
             "^",      "`",      "|",     "\x7F",   "\n",        "\xFF",   "\xEF\xBF\xBE"});
}

TEST(JsonPointerSyntax, ChecksEscapes) {
  ExpectAll(IsJsonPointer, true, {"", "/", "//", "/a~0b~1/~01", "/\xC3\xBC", "/a b\"\\"});
  ExpectAll(IsJsonPointer, false, {"a", "#/a", "/~", "/~2", "/a~/b", "/~~0", "/\xFF"});
}

TEST(JsonPointerSyntax, TakesRelativeOnes) {
  ExpectAll(IsRelativeJsonPointer, true,
            {"0", "1", "10", "0#", "0/a", "2/a~0/0", "0/", "0+1", "0-1/a", "1+10#", "0//"});
  ExpectAll(IsRelativeJsonPointer, false,
            {"", "#", "/a", "a", "-1", "+1", "01", "00", "0##", "0#/a", "0a", "0+", "0+0", "0+01",
             "0-+1", "0+1-1", "0/~", " 0", "0\n"});
}

TEST(UriSyntax, IsLinear) {
  const std::string dots(1u << 20, '.');
  EXPECT_TRUE(IsUriReference(dots));
  EXPECT_FALSE(IsUriReference("//" + std::string(1u << 20, '[')));
  EXPECT_FALSE(IsUriTemplate(std::string(1u << 20, '{')));
  EXPECT_FALSE(IsUriTemplate("{" + std::string(1u << 20, ',') + "}"));
}

}  // namespace
}  // namespace sluice::uri
