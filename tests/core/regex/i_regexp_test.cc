#include "sluice/regex/i_regexp.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/status.h"

namespace sluice::regex {
namespace {

std::string Translated(std::string_view pattern) {
  std::string out;
  const absl::Status status = TranslateIRegexp(pattern, &out);
  return status.ok() ? out : "error: " + std::string(status.message());
}

bool Whole(std::string_view pattern, std::string_view text) {
  MemoryBudget budget;
  const Regex regex = CompileIRegexp(pattern, budget);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status();
  return regex.MatchesWhole(text);
}

TEST(IRegexp, PutsTheDialectIntoRe2Syntax) {
  EXPECT_EQ(Translated(""), "");
  EXPECT_EQ(Translated("a|b|"), "a|b|");
  EXPECT_EQ(Translated("(a.c)*"), "(?:a[^\\n\\r]c)*");
  EXPECT_EQ(Translated("x{2}y{2,}z{2,3}"), "x{2}y{2,}z{2,3}");
  EXPECT_EQ(Translated("[-a^-]"), "[\\-a\\^\\-]");
  EXPECT_EQ(Translated("[^a-z\\-\\p{Lu}]"), "[^a-z\\-\\p{Lu}]");
  EXPECT_EQ(Translated("\\n\\.\\]\\^"), "\\n\\.\\]\\^");
  EXPECT_EQ(Translated("é?"), "é?");
}

TEST(IRegexp, RefusesWhatOtherDialectsAdd) {
  for (const std::string_view pattern :
       {"(?:a)",   "(?=a)", "(?i)a",   "a+?",     "a**",         "\\d",        "\\w",
        "\\b",     "\\1",   "\\x41",   "\\u0041", "[[:alpha:]]", "[a-z&&[b]]", "\\p{Greek}",
        "\\p{Lx}", "\\pL",  "\\p{^L}", "\\p{Cs}", "\\$",         "\\/",        "\\"}) {
    std::string out;
    const absl::Status status = TranslateIRegexp(pattern, &out);
    EXPECT_FALSE(status.ok()) << pattern;
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument) << pattern;
    EXPECT_TRUE(ByteOffsetOf(status).has_value()) << pattern;
  }
}

TEST(IRegexp, RefusesBrokenPatterns) {
  for (const std::string_view pattern :
       {"(", ")",  "(a", "a)",  "[",       "[]",         "[^]",   "[a",     "[a-",
        "]", "}",  "{",  "{1}", "a{",      "a{1",        "a{,2}", "a{2,1}", "a{1,2",
        "*", "+a", "|*", "(*)", "[a-b-c]", "[a-\\p{L}]", "[b-]a]"}) {
    std::string out;
    EXPECT_FALSE(TranslateIRegexp(pattern, &out).ok()) << pattern;
  }
}

TEST(IRegexp, SaysWhere) {
  std::string out;
  EXPECT_EQ(ByteOffsetOf(TranslateIRegexp("ab\\d", &out)), 3u);
  EXPECT_EQ(ByteOffsetOf(TranslateIRegexp("(ab", &out)), 3u);
  EXPECT_EQ(ByteOffsetOf(TranslateIRegexp("ab)", &out)), 2u);
}

TEST(IRegexp, HasBudgets) {
  std::string out;
  EXPECT_EQ(ErrorCodeOf(TranslateIRegexp("a{1001}", &out)), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(ErrorCodeOf(TranslateIRegexp("a{99999999999999999999}", &out)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(ErrorCodeOf(TranslateIRegexp(std::string(101, '('), &out)), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(ErrorCodeOf(TranslateIRegexp(std::string(kMaxPatternBytes + 1, 'a'), &out)),
            ErrorCode::kBudgetExceeded);
  EXPECT_TRUE(TranslateIRegexp(std::string(100, '(') + std::string(100, ')'), &out).ok());
}

TEST(IRegexp, MatchesByUnicodeCharacter) {
  EXPECT_TRUE(Whole(".", "\xE2\x80\xA8"));
  EXPECT_TRUE(Whole("a.b", "a𐄁b"));
  EXPECT_FALSE(Whole(".", "\n"));
  EXPECT_FALSE(Whole(".", "\r"));
  EXPECT_TRUE(Whole("[^a]", "\n"));
  EXPECT_TRUE(Whole("é{2}", "éé"));
}

// RE2 takes {01} as text.
TEST(IRegexp, CountsRepeatsWithLeadingZeros) {
  EXPECT_TRUE(Whole("a{00,}", "aa"));
  EXPECT_TRUE(Whole("[-a-]{00,}", ""));
  EXPECT_TRUE(Whole("a{01,002}", "aa"));
  EXPECT_FALSE(Whole("a{02}", "a{02}"));
}

TEST(IRegexp, KnowsCategories) {
  EXPECT_TRUE(Whole("\\p{Lu}", "Ж"));
  EXPECT_FALSE(Whole("\\p{Lu}", "ж"));
  EXPECT_TRUE(Whole("\\P{Lu}", "ж"));
  EXPECT_TRUE(Whole("[\\p{Nd}x]+", "1x٣"));
}

// U+0378 is unassigned, U+0007 a control character.
TEST(IRegexp, CountsUnassignedCodePointsAsOthers) {
  for (const std::string_view pattern : {"\\p{Cn}", "\\p{C}", "[\\p{Cn}]", "[a\\p{C}]"}) {
    EXPECT_TRUE(Whole(pattern, "\xCD\xB8")) << pattern;
    EXPECT_FALSE(Whole(pattern, "b")) << pattern;
  }
  for (const std::string_view pattern : {"\\P{Cn}", "\\P{C}", "[\\P{Cn}]", "[\\P{C}?]"}) {
    EXPECT_FALSE(Whole(pattern, "\xCD\xB8")) << pattern;
    EXPECT_TRUE(Whole(pattern, "b")) << pattern;
  }
  EXPECT_TRUE(Whole("[a\\p{C}]+", "a\xCD\xB8"));
  EXPECT_EQ(Translated("[^a\\p{C}]").substr(0, 5), "error");
  EXPECT_TRUE(Whole("\\p{C}", "\a"));
  EXPECT_FALSE(Whole("\\p{Cn}", "\a"));
}

TEST(IRegexp, MatchesAlikeWithoutRe2) {
  MemoryBudget budget;
  for (const std::string_view pattern : {"a-b", "a\\-b", "(x|a).b", "[-a]-b?", "a.b{1,1000}"}) {
    const Regex regex = CompileIRegexp(pattern, budget);
    ASSERT_TRUE(regex.ok()) << regex.status();
    EXPECT_TRUE(regex.MatchesWhole("a-b")) << pattern;
    EXPECT_TRUE(regex.MatchesPart("xa-bx")) << pattern;
    EXPECT_FALSE(regex.MatchesPart("a\nb")) << pattern;
  }
  EXPECT_GT(budget.left(), MemoryBudget::kPerPolicy - (32u << 10));
  EXPECT_TRUE(Whole("a.b", "a\u2028b"));
  EXPECT_TRUE(Whole("^*a", "a"));  // no pattern of ECMA-262
}

// What RFC 9485, section 5, and the compliance tests do, against the letter of its grammar.
TEST(IRegexp, TakesCaretAndDollarAsAnchors) {
  EXPECT_TRUE(Whole("^ab$", "ab"));
  EXPECT_FALSE(Whole("a^b", "a^b"));
  EXPECT_TRUE(Whole("a\\^b", "a^b"));
  EXPECT_TRUE(Whole("a[$]b", "a$b"));
}

}  // namespace
}  // namespace sluice::regex
