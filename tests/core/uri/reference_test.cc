#include "sluice/uri/reference.h"

#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace sluice::uri {
namespace {

// "-" for a component that isn't there.
std::string Parts(std::string_view text) {
  const Reference parts = Split(text);
  const auto show = [](std::optional<std::string_view> part) {
    return part.has_value() ? "<" + std::string(*part) + ">" : std::string("-");
  };
  return show(parts.scheme) + show(parts.authority) + show(parts.path) + show(parts.query) +
         show(parts.fragment);
}

TEST(UriSplit, FindsTheComponents) {
  EXPECT_EQ(Parts(""), "--<>--");
  EXPECT_EQ(Parts("#"), "--<>-<>");
  EXPECT_EQ(Parts("foo://example.com:8042/over/there?name=ferret#nose"),
            "<foo><example.com:8042></over/there><name=ferret><nose>");
  EXPECT_EQ(Parts("urn:example:animal:ferret:nose"), "<urn>-<example:animal:ferret:nose>--");
  EXPECT_EQ(Parts("//host?q"), "-<host><><q>-");
  EXPECT_EQ(Parts("file:///etc/hosts"), "<file><></etc/hosts>--");
  EXPECT_EQ(Parts("a?b?c#d?e#f"), "--<a><b?c><d?e#f>");
  EXPECT_EQ(Parts("a/b:c"), "--<a/b:c>--");
  EXPECT_EQ(Parts("?a:b"), "--<><a:b>-");
}

TEST(UriSplit, TakesForASchemeOnlyWhatIsOne) {
  EXPECT_EQ(Parts("1:2"), "--<1:2>--");
  EXPECT_EQ(Parts(":a"), "--<:a>--");
  EXPECT_EQ(Parts("a b:c"), "--<a b:c>--");
  EXPECT_EQ(Parts("x+y-z.1:c"), "<x+y-z.1>-<c>--");
}

TEST(UriSplit, TellsWhatIsAbsolute) {
  EXPECT_TRUE(Split("http://a/b?c").IsAbsolute());
  EXPECT_TRUE(Split("urn:a").IsAbsolute());
  EXPECT_FALSE(Split("http://a/b#").IsAbsolute());
  EXPECT_FALSE(Split("/b").IsAbsolute());
}

TEST(UriSplit, TakesTheFragmentOff) {
  EXPECT_EQ(SplitFragment("a#b#c").uri, "a");
  EXPECT_EQ(SplitFragment("a#b#c").fragment, "b#c");
  EXPECT_EQ(SplitFragment("a#").fragment, "");
  EXPECT_EQ(SplitFragment("a").fragment, std::nullopt);
}

struct Example {
  std::string_view reference;
  std::string_view target;
};
void PrintTo(const Example& example, std::ostream* out) { *out << example.reference; }

class UriResolveTest : public testing::TestWithParam<Example> {};

TEST_P(UriResolveTest, IsAsInTheRfc) {
  EXPECT_EQ(Resolve("http://a/b/c/d;p?q", GetParam().reference), GetParam().target);
}

constexpr Example kNormal[] = {
    // RFC 3986, section 5.4.1.
    {"g:h", "g:h"},
    {"g", "http://a/b/c/g"},
    {"./g", "http://a/b/c/g"},
    {"g/", "http://a/b/c/g/"},
    {"/g", "http://a/g"},
    {"//g", "http://g"},
    {"?y", "http://a/b/c/d;p?y"},
    {"g?y", "http://a/b/c/g?y"},
    {"#s", "http://a/b/c/d;p?q#s"},
    {"g#s", "http://a/b/c/g#s"},
    {"g?y#s", "http://a/b/c/g?y#s"},
    {";x", "http://a/b/c/;x"},
    {"g;x", "http://a/b/c/g;x"},
    {"g;x?y#s", "http://a/b/c/g;x?y#s"},
    {"", "http://a/b/c/d;p?q"},
    {".", "http://a/b/c/"},
    {"./", "http://a/b/c/"},
    {"..", "http://a/b/"},
    {"../", "http://a/b/"},
    {"../g", "http://a/b/g"},
    {"../..", "http://a/"},
    {"../../", "http://a/"},
    {"../../g", "http://a/g"},
};
INSTANTIATE_TEST_SUITE_P(Normal, UriResolveTest, testing::ValuesIn(kNormal));

constexpr Example kAbnormal[] = {
    // RFC 3986, section 5.4.2, "http:g" as a strict parser has it.
    {"../../../g", "http://a/g"},
    {"../../../../g", "http://a/g"},
    {"/./g", "http://a/g"},
    {"/../g", "http://a/g"},
    {"g.", "http://a/b/c/g."},
    {".g", "http://a/b/c/.g"},
    {"g..", "http://a/b/c/g.."},
    {"..g", "http://a/b/c/..g"},
    {"./../g", "http://a/b/g"},
    {"./g/.", "http://a/b/c/g/"},
    {"g/./h", "http://a/b/c/g/h"},
    {"g/../h", "http://a/b/c/h"},
    {"g;x=1/./y", "http://a/b/c/g;x=1/y"},
    {"g;x=1/../y", "http://a/b/c/y"},
    {"g?y/./x", "http://a/b/c/g?y/./x"},
    {"g?y/../x", "http://a/b/c/g?y/../x"},
    {"g#s/./x", "http://a/b/c/g#s/./x"},
    {"g#s/../x", "http://a/b/c/g#s/../x"},
    {"http:g", "http:g"},
};
INSTANTIATE_TEST_SUITE_P(Abnormal, UriResolveTest, testing::ValuesIn(kAbnormal));

TEST(UriResolve, TakesBasesOfAllKinds) {
  EXPECT_EQ(Resolve("http://a", "b"), "http://a/b");
  EXPECT_EQ(Resolve("http://a?q#f", ""), "http://a?q");
  EXPECT_EQ(Resolve("http://a/b#f", "#g"), "http://a/b#g");
  EXPECT_EQ(Resolve("urn:uuid:1", "#/a"), "urn:uuid:1#/a");
  EXPECT_EQ(Resolve("schema:/order", "address#/$defs/zip"), "schema:/address#/$defs/zip");
  EXPECT_EQ(Resolve("", "a/b#c"), "a/b#c");
  EXPECT_EQ(Resolve("a/b", "c"), "a/c");
  EXPECT_EQ(Resolve("", ""), "");
}

TEST(UriResolve, HasOneTextForASchemeAndKeepsTheRest) {
  EXPECT_EQ(Resolve("HTTP://Example.com/%7Ea", "B"), "http://Example.com/B");
  EXPECT_EQ(Resolve("a:b", "X-Y+1.Z:%7e"), "x-y+1.z:%7e");
}

TEST(UriResolve, KeepsPathsApartFromAuthoritiesAndSchemes) {
  EXPECT_EQ(Resolve("a:/b", "/.//c"), "a:/.//c");
  EXPECT_EQ(Resolve("a:/b", "a:/.//c"), "a:/.//c");
  EXPECT_EQ(Resolve("a://h/b", "/.//c"), "a://h//c");
  EXPECT_EQ(Resolve("", "./b:c"), "./b:c");
  EXPECT_EQ(Resolve("a:/b", "./b:c"), "a:/b:c");
}

TEST(UriResolve, IsLinear) {
  std::string up;
  std::string down;
  for (int i = 0; i < 1 << 16; ++i) {
    up += "../";
    down += "a/";
  }
  EXPECT_EQ(Resolve("http://h/" + down, up + "b"), "http://h/b");
  EXPECT_EQ(Resolve("http://h/", up + "b").size(), 10u);
}

TEST(UriPercentDecode, DecodesTripletsAndNothingElse) {
  EXPECT_EQ(PercentDecode(""), "");
  EXPECT_EQ(PercentDecode("/a%25b%2f%C3%BC"), "/a%b/\xC3\xBC");
  EXPECT_EQ(PercentDecode("%00"), std::string(1, '\0'));
  for (const std::string_view text : {"%", "%2", "%2g", "%g2", "a%", "%%25"}) {
    EXPECT_EQ(PercentDecode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace sluice::uri
