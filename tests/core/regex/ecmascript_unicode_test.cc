#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/ecmascript_pattern.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {
namespace {

// What each case expects is what V8 says to the same pattern with the flag u;
// tests/fuzz/regex_ecmascript.mjs asks it about random ones.
bool Matches(std::string_view pattern, std::string_view text) {
  MemoryBudget budget;
  const Regex regex = CompileEcmaScript(pattern, {.unicode = true}, budget);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status();
  return regex.MatchesPart(text);
}

TEST(EcmaScriptUnicode, EscapesAreStrict) {
  EXPECT_TRUE(Matches("^\\t\\n\\v\\f\\r\\0$", std::string_view("\t\n\v\f\r\0", 6)));
  EXPECT_TRUE(Matches("^\\cC$", "\x03"));
  EXPECT_TRUE(Matches("^\\cc$", "\x03"));
  EXPECT_TRUE(Matches("^\\x41\\u0042\\u{43}\\u{1F432}\\ud83d\\udc32$", "ABC🐲🐲"));
  EXPECT_TRUE(Matches("^[\\-\\b\\]]+$", "-\b]"));
  EXPECT_TRUE(Matches("^\\^\\$\\\\\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\/$", "^$\\.*+?()[]{}|/"));
  EXPECT_FALSE(Matches("\\ud83d", "🐲"));
  EXPECT_FALSE(Matches("[\\ud83d]", "🐲"));
}

TEST(EcmaScriptUnicode, RepeatsTakeCodePoints) {
  EXPECT_TRUE(Matches("^🐲*$", "🐲🐲"));
  EXPECT_FALSE(Matches("^🐲*$", "🐉"));
  EXPECT_TRUE(Matches("^.{2}$", "🐲é"));
  EXPECT_TRUE(Matches("^[🐲-🐵]{2}$", "🐲🐳"));
}

TEST(EcmaScriptUnicode, ClassesOfAsciiAndSpaces) {
  EXPECT_FALSE(Matches("^\\d$", "\u07C0"));
  EXPECT_TRUE(Matches("^\\D$", "\u07C0"));
  EXPECT_FALSE(Matches("^\\w$", "é"));
  EXPECT_TRUE(Matches("^\\W$", "é"));
  for (const std::string_view space :
       {" ", "\t", "\v", "\f", "\u00A0", "\uFEFF", "\n", "\u2029", "\u2003"}) {
    EXPECT_TRUE(Matches("^\\s$", space));
    EXPECT_FALSE(Matches("^\\S$", space));
  }
  EXPECT_FALSE(Matches("^\\s$", "\u0001"));
  EXPECT_FALSE(Matches("^\\s$", "\u2013"));
}

TEST(EcmaScriptUnicode, PropertiesByLongAndShortNames) {
  for (const std::string_view pattern :
       {"^\\p{Letter}+$", "^\\p{L}+$", "^\\p{gc=L}+$", "^\\p{General_Category=Letter}+$",
        "^\\p{Alphabetic}+$", "^\\p{Ll}+$", "^\\p{Lowercase}+$", "^\\P{Upper}+$",
        "^[^\\p{Lu}\\d]+$", "^\\p{ID_Start}+$", "^[\\P{ASCII}e]+$"}) {
    EXPECT_TRUE(Matches(pattern, "éñe")) << pattern;
  }
  EXPECT_TRUE(Matches("^\\p{digit}+$", "42\u09EA\u09E8"));
  EXPECT_TRUE(Matches("^\\p{Script=Greek}+$", "αβγ"));
  EXPECT_FALSE(Matches("^\\p{sc=Grek}+$", "a"));
  EXPECT_TRUE(Matches("^\\p{scx=Grek}$", "\u0342"));  // a mark of several scripts
  EXPECT_FALSE(Matches("^\\p{sc=Grek}$", "\u0342"));
  EXPECT_TRUE(Matches("^\\p{Emoji}\\p{Emoji_Presentation}$", "🐲🐲"));
  EXPECT_TRUE(Matches("^\\p{AHex}+$", "09afAF"));
  EXPECT_TRUE(Matches("^\\p{White_Space}$", "\u0085"));
  EXPECT_TRUE(Matches("^\\p{Any}$", "\n"));
  EXPECT_TRUE(Matches("^\\p{Cn}$", "\u0378"));
  EXPECT_TRUE(Matches("\\p{Letter}cole", "l'école"));
  EXPECT_FALSE(Matches("\\p{Letter}cole", "L'ÉCOLE"));
  // Of Unicode 17, of which RE2's own tables know nothing yet.
  EXPECT_TRUE(Matches("^\\p{Script=Garay}\\p{Lu}$", "\U00010D50\U00010D50"));
}

TEST(EcmaScriptUnicode, WhatFlagURefusesHasItsPlace) {
  const struct {
    std::string_view pattern;
    size_t offset;
  } cases[] = {
      {"\\a", 0},
      {"x\\Z", 1},
      {"\\-", 0},
      {"[\\a]", 1},
      {"\\c", 0},
      {"\\c1", 0},
      {"\\x4", 0},
      {"\\u12", 0},
      {"\\u{110000}", 0},
      {"\\u{}", 0},
      {"\\00", 0},
      {"\\1", 0},
      {"(a)\\2", 3},
      {"\\k<a>", 0},
      {"\\k", 0},
      {"a{", 1},
      {"a{,2}", 1},
      {"}", 0},
      {"]", 0},
      {"[\\w-a]", 5},
      {"[a-\\d]", 5},
      {"\\p{letter}", 3},
      {"\\p{Greek}", 3},
      {"\\p{Script=greek}", 3},
      {"\\p{IsGreek}", 3},
      {"\\p{}", 3},
      {"\\pL", 0},
      {"\\p{L", 0},
      {"\\p{Emoji=Yes}", 3},
      {"(?<a>.)|(?<a>.)(?<a>.)", 19},
      {"(?=a)*", 5},
      {"(?<=a)*", 6},
      {"(?P<n>a)", 1},
      {"(?i)a", 1},
      {"(?#c)a", 1},
      {"(?-:a)", 1},
  };
  for (const auto& c : cases) {
    const absl::Status status = CheckEcmaScriptSyntax(c.pattern);
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument) << c.pattern;
    EXPECT_EQ(ByteOffsetOf(status), c.offset) << c.pattern << ": " << status.message();
    std::string translated;
    const absl::Status again = TranslateEcmaScript(c.pattern, {.unicode = true}, &translated);
    EXPECT_EQ(again.message(), status.message()) << c.pattern;
  }
}

TEST(EcmaScriptUnicode, TheSyntaxCheckTakesWhatOnlyABacktrackerCanMatch) {
  for (const std::string_view pattern :
       {"(?<name>x)", "(?<n>a)\\k<n>", "\\k<n>(?<n>a)", "(?<=a+)b", "(?<!a)(?!b)(?=c)", "(a)\\1",
        "[]", "[^]", "\\cA", "a{1001}", "a{5,99999999999999999999}", "(?i-s:a)", "(?-m:a)",
        "(?<a>.)|(?<a>.)", "(?:(?<a>.)|b)(?:c|d)", "(?<é𝒜>x)\\k<\\u00e9\\u{1D49C}>", "(?<$_1>x)",
        "([abc])+\\s+$", "a{2,3}?b*?"}) {
    EXPECT_TRUE(CheckEcmaScriptSyntax(pattern).ok()) << CheckEcmaScriptSyntax(pattern);
  }
  std::string translated;
  EXPECT_FALSE(TranslateEcmaScript("(?i:a)", {.unicode = true}, &translated).ok());
}

TEST(EcmaScriptUnicode, LenientTakesWhatCanOnlyBeText) {
  struct Case {
    std::string_view pattern;
    std::string_view yes;
    std::string_view no;
  };
  const Case cases[] = {
      {"^[a-z]{2}-[a-z]{2}]$", "en-us]", "en-us"},
      {"^\\${{\\s*x\\s*}}$", "${{ x }}", "${ x }"},
      {"^{a}$", "{a}", "a"},
      {"^a{,2}$", "a{,2}", "aa"},
      {"^a{1$", "a{1", "a"},
      {"^\\-\\_\\%\\:\\ \\\"$", "-_%: \"", "\\-"},
      {"^\\é\\🐲?$", "é", "\\é"},
      {"^[\\_\\%]$", "%", "\\"},
      {"^[\\w-.]+$", "a-.", "+"},
      {"^[.-\\w]+$", "a-.", "/"},
      {"^[\\d-a-z]+$", "1-az", "b"},
      // As with the flag u.
      {"^\\-\\p{Lu}\\u{e9}.$", "-Äé🐲", "-p{Lu}"},
  };
  for (const Case& c : cases) {
    EXPECT_FALSE(CheckEcmaScriptSyntax(c.pattern).ok()) << c.pattern;
    EXPECT_TRUE(CheckEcmaScriptSyntax(c.pattern, /*lenient=*/true).ok()) << c.pattern;
    MemoryBudget budget;
    const EcmaScriptOptions options = {.unicode = true, .lenient = true};
    const Regex regex = CompileEcmaScript(c.pattern, options, budget);
    ASSERT_TRUE(regex.ok()) << c.pattern << ": " << regex.status();
    EXPECT_TRUE(regex.MatchesPart(c.yes)) << c.pattern;
    EXPECT_FALSE(regex.MatchesPart(c.no)) << c.pattern;
  }
  for (const std::string_view pattern :
       {"\\a",  "\\A",   "\\Z",   "\\h",         "\\8",   "\\00",  "\\1",    "\\c1",
        "\\x1", "\\u12", "\\k",   "\\p{letter}", "\\pL",  "[\\8]", "[\\c_]", "(?=a)*",
        "{2}",  "a**",   "[b-a]", "[a",          "(?i)a", "\\"}) {
    EXPECT_EQ(ErrorCodeOf(CheckEcmaScriptSyntax(pattern, /*lenient=*/true)),
              ErrorCode::kInvalidArgument)
        << pattern;
  }
}

TEST(EcmaScriptUnicode, BudgetsAreKept) {
  const auto check = [](std::string_view pattern) {
    return ErrorCodeOf(CheckEcmaScriptSyntax(pattern));
  };
  EXPECT_EQ(check(std::string(101, '(') + std::string(101, ')')), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(check(std::string(100, '(') + std::string(100, ')')), ErrorCode::kOk);
  EXPECT_EQ(check(std::string(kMaxPatternBytes + 1, 'a')), ErrorCode::kBudgetExceeded);
  std::string many;
  while (many.size() + 5 <= kMaxPatternBytes) many += "\\p{L}";
  EXPECT_EQ(check(many), ErrorCode::kOk);
  std::string translated;
  EXPECT_EQ(ErrorCodeOf(TranslateEcmaScript(many, {.unicode = true}, &translated)),
            ErrorCode::kBudgetExceeded);
  EXPECT_EQ(ErrorCodeOf(TranslateEcmaScript("a{1001}", {.unicode = true}, &translated)),
            ErrorCode::kBudgetExceeded);
}

// To RE2 there is a \B between the bytes of a character.
TEST(EcmaScriptUnicode, NoBoundaryIsNotFoundInsideOfACharacter) {
  EXPECT_FALSE(Matches("\\Bc", "xéc"));
  EXPECT_FALSE(Matches("(?:\\B|x{0}\\b)x\\B", "éx"));
  EXPECT_TRUE(Matches("é\\B", "éé"));
  for (const std::string_view pattern : {"\\B", "\\B|/", "(?:\\Ba*)+", "^\\B$", "(a|)\\B"}) {
    std::string translated;
    const absl::Status status = TranslateEcmaScript(pattern, {.unicode = true}, &translated);
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument) << pattern;
  }
}

TEST(EcmaScriptUnicode, FlagIIsForTheOtherDialect) {
  std::string translated;
  const EcmaScriptOptions both = {.ignore_case = true, .unicode = true};
  EXPECT_EQ(ErrorCodeOf(TranslateEcmaScript("a", both, &translated)), ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace sluice::regex
