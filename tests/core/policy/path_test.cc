#include "sluice/policy/path.h"

#include <string>
#include <string_view>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"

namespace sluice::policy {
namespace {

using ::testing::HasSubstr;

std::string Normalize(std::string_view path) {
  OutputBuffer scratch(2 * kMaxPathBytes);
  const NormalizedPath result = NormalizePath(path, scratch);
  return result.fault != nullptr ? std::string("400 ") + result.fault : std::string(result.text);
}

TEST(Path, NormalPathsStayAndAreNotCopied) {
  for (const std::string_view path : {"/", "/a", "/a/", "/a/b.json", "/a/b..c/.", "/a;v=1/b,c",
                                      "/~u/-_./x", "/a:b@c/!$&'()*+=", "/a%40b", "/%E2%82%AC"}) {
    OutputBuffer scratch(100);
    const NormalizedPath result = NormalizePath(path, scratch);
    ASSERT_EQ(result.fault, nullptr) << path;
    if (path != "/a/b..c/.") {
      EXPECT_EQ(result.text, path);
    }
    const bool plain =
        path.find('%') == std::string_view::npos && path.find("/.") == std::string_view::npos;
    if (plain) {
      EXPECT_EQ(result.text.data(), path.data()) << path;
    }
  }
}

TEST(Path, DecodesUnreservedCharactersOnly) {
  EXPECT_EQ(Normalize("/%61"), "/a");
  EXPECT_EQ(Normalize("/%7eu%2Db%5fc%2E"), "/~u-b_c.");
  EXPECT_EQ(Normalize("/a%20b%3f"), "/a%20b%3F");
  EXPECT_EQ(Normalize("/%e2%82%ac"), "/%E2%82%AC");
  EXPECT_EQ(Normalize("/%2561"), "/%2561") << "decoded once only";
  EXPECT_EQ(Normalize("/%0a%0D%7f"), "/%0A%0D%7F");
}

TEST(Path, ResolvesDotSegments) {
  EXPECT_EQ(Normalize("/a/./b"), "/a/b");
  EXPECT_EQ(Normalize("/a/../b"), "/b");
  EXPECT_EQ(Normalize("/a/b/../../c"), "/c");
  EXPECT_EQ(Normalize("/.."), "/");
  EXPECT_EQ(Normalize("/../../a"), "/a");
  EXPECT_EQ(Normalize("/a/.."), "/");
  EXPECT_EQ(Normalize("/a/b/.."), "/a/");
  EXPECT_EQ(Normalize("/a/."), "/a/");
  EXPECT_EQ(Normalize("/a/%2e%2E/b"), "/b");
  EXPECT_EQ(Normalize("/a/.%2e/b"), "/b");
  EXPECT_EQ(Normalize("/a/%2e/b"), "/a/b");
  EXPECT_EQ(Normalize("/a/.../b"), "/a/.../b");
  EXPECT_EQ(Normalize("/.well-known/x"), "/.well-known/x");
  EXPECT_EQ(Normalize("/a..b/..c"), "/a..b/..c");
}

TEST(Path, MergesRepeatedSlashes) {
  EXPECT_EQ(Normalize("//"), "/");
  EXPECT_EQ(Normalize("///a///b//"), "/a/b/");
  EXPECT_EQ(Normalize("/a//../b"), "/b") << "an empty segment is no segment to go up from";
  EXPECT_EQ(Normalize("/a/.//b"), "/a/b");
}

TEST(Path, RefusesWhatGatewayAndUpstreamCouldReadDifferently) {
  EXPECT_THAT(Normalize(""), HasSubstr("slash"));
  EXPECT_THAT(Normalize("a/b"), HasSubstr("slash"));
  EXPECT_THAT(Normalize("*"), HasSubstr("slash"));
  EXPECT_THAT(Normalize("/a%2Fb"), HasSubstr("%2F"));
  EXPECT_THAT(Normalize("/a%2fb"), HasSubstr("%2F"));
  EXPECT_THAT(Normalize("/a%5Cb"), HasSubstr("%5C"));
  EXPECT_THAT(Normalize("/a%5cb"), HasSubstr("%5C"));
  EXPECT_THAT(Normalize("/a%00"), HasSubstr("%00"));
  EXPECT_THAT(Normalize("/a\\b"), HasSubstr("backslash"));
  for (const std::string_view malformed :
       {"/%", "/%4", "/%4g", "/%g4", "/a%", "/%%41", "/%u0041"}) {
    EXPECT_THAT(Normalize(malformed), HasSubstr("malformed")) << malformed;
  }
  for (const char c : {'\0', '\x01', '\t', '\n', '\r', '\x1f', '\x7f'}) {
    EXPECT_THAT(Normalize(std::string("/a") + c), HasSubstr("control")) << int{c};
  }
  for (const std::string_view raw : {"/a b", "/a?b", "/a#b", "/\xC3\xA9"}) {
    EXPECT_THAT(Normalize(raw), HasSubstr("percent-encoded")) << raw;
  }
  EXPECT_THAT(Normalize("/a/../%2F"), HasSubstr("%2F")) << "also behind something else to resolve";
}

TEST(Path, LengthIsBounded) {
  EXPECT_EQ(Normalize("/" + std::string(kMaxPathBytes - 1, 'a')).size(), kMaxPathBytes);
  EXPECT_THAT(Normalize("/" + std::string(kMaxPathBytes, 'a')), HasSubstr("64 KiB"));
  EXPECT_EQ(Normalize(std::string(kMaxPathBytes, '/')), "/");
}

TEST(Path, IsTheSameNormalizedTwice) {
  for (const std::string_view path : {"//a/%61/../%7e/", "/..%2e/a", "/%2e%2e%2e/./x",
                                      "/a/./../b/%25/c%2e", "/%2E/%2E%2E/a/.."}) {
    const std::string once = Normalize(path);
    EXPECT_EQ(Normalize(once), once) << path;
  }
}

TEST(Path, SegmentsAreDecodedWhole) {
  char out[8];
  EXPECT_EQ(std::string_view(out, *DecodeSegment("a%20b%25", out, sizeof(out))), "a b%");
  EXPECT_EQ(std::string_view(out, *DecodeSegment("%E2%82%AC", out, sizeof(out))), "\xE2\x82\xAC");
  EXPECT_EQ(std::string_view(out, *DecodeSegment("12345678", out, sizeof(out))), "12345678");
  EXPECT_FALSE(DecodeSegment("123456789", out, sizeof(out)).has_value());
}

}  // namespace
}  // namespace sluice::policy
