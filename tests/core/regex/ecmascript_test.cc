#include "sluice/regex/ecmascript.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {
namespace {

// What each case expects is what V8 says; tests/core-js/features.test.mjs asks it.
bool Matches(std::string_view pattern, std::string_view text, bool ignore_case = false) {
  MemoryBudget budget;
  const Regex regex = CompileEcmaScript(pattern, {.ignore_case = ignore_case}, budget);
  EXPECT_TRUE(regex.ok()) << pattern << ": " << regex.status();
  return regex.MatchesPart(text);
}

// RE2 takes {01} as text.
TEST(EcmaScript, CountsRepeatsWithLeadingZeros) {
  EXPECT_TRUE(Matches("^a{02}$", "aa"));
  EXPECT_TRUE(Matches("^a{00,01}$", ""));
  EXPECT_TRUE(Matches("^a{01,}$", "aaa"));
}

TEST(EcmaScript, MatchesAnyPart) {
  EXPECT_TRUE(Matches("(Mobile|Tablet)", "Android Mobile Browser"));
  EXPECT_FALSE(Matches("(mobile|tablet)", "Android Mobile Browser"));
  EXPECT_TRUE(Matches("(mobile|tablet)", "Android Mobile Browser", true));
  EXPECT_TRUE(Matches("", ""));
  EXPECT_TRUE(Matches("a||b", "x"));
  EXPECT_TRUE(Matches("-12-25$", "1980-12-25"));
  EXPECT_FALSE(Matches("25$", "25\n"));
  EXPECT_FALSE(Matches("^b", "a\nb"));
}

TEST(EcmaScript, ClassesAreJavaScripts) {
  EXPECT_FALSE(Matches("^.$", "\n"));
  EXPECT_FALSE(Matches("^.$", "\u2028"));
  EXPECT_TRUE(Matches("^.$", "\u0085"));
  EXPECT_TRUE(Matches("^\\s$", "\u00A0"));
  EXPECT_TRUE(Matches("^\\s$", "\uFEFF"));
  EXPECT_TRUE(Matches("^\\s$", "\v"));
  EXPECT_FALSE(Matches("^\\S$", "\u3000"));
  EXPECT_TRUE(Matches("^[\\S]$", "é"));
  EXPECT_FALSE(Matches("^\\w$", "é"));
  EXPECT_FALSE(Matches("^\\d$", "٣"));
  EXPECT_TRUE(Matches("^[^]$", "\n"));
  EXPECT_FALSE(Matches("[]", "a"));
  EXPECT_TRUE(Matches("^[[]$", "["));
  EXPECT_TRUE(Matches("^[\\w-a]+$", "x-a"));
  EXPECT_TRUE(Matches("^[a\\-z]+$", "a-z"));
  EXPECT_TRUE(Matches("^[\\b]$", "\b"));
  EXPECT_TRUE(Matches("^[^\\d\\s]+$", "ab"));
  EXPECT_TRUE(Matches("^[[:alpha:]]$", ":]"));
}

TEST(EcmaScript, EscapesOfAnnexB) {
  EXPECT_TRUE(Matches("^\\x41\\u0042\\103\\0$", std::string_view("ABC\0", 4)));
  EXPECT_TRUE(Matches("^\\xg\\u12$", "xgu12"));
  EXPECT_TRUE(Matches("^\\cJ$", "\n"));
  EXPECT_TRUE(Matches("^\\c1$", "\\c1"));
  EXPECT_TRUE(Matches("^\\1$", "\x01"));
  EXPECT_TRUE(Matches("^\\8$", "8"));
  EXPECT_TRUE(Matches("^\\p{L}$", "p{L}"));
  EXPECT_TRUE(Matches("^\\/\\-\\é$", "/-é"));
  EXPECT_TRUE(Matches("^\\ud83d\\ude00$", "😀"));
  EXPECT_TRUE(Matches("^\\k$", "k"));
}

TEST(EcmaScript, BracesThatAreNoQuantifierAreText) {
  EXPECT_TRUE(Matches("^a{$", "a{"));
  EXPECT_TRUE(Matches("^a{,2}$", "a{,2}"));
  EXPECT_TRUE(Matches("^{}]$", "{}]"));
  EXPECT_TRUE(Matches("^a{2,}?$", "aaa"));
  EXPECT_TRUE(Matches("^(?:a{2}){2}$", "aaaa"));
}

TEST(EcmaScript, IgnoringCaseNeverMixesAsciiWithTheRest) {
  EXPECT_TRUE(Matches("^k$", "K", true));
  EXPECT_FALSE(Matches("^k$", "\u212A", true));
  EXPECT_FALSE(Matches("^s$", "ſ", true));
  EXPECT_TRUE(Matches("^[a-c]$", "B", true));
  EXPECT_FALSE(Matches("^[^a-c]$", "B", true));
  EXPECT_TRUE(Matches("^[^k]$", "\u212A", true));
  EXPECT_TRUE(Matches("^É$", "é", true));
  EXPECT_TRUE(Matches("^[à-ê]$", "É", true));
  EXPECT_FALSE(Matches("^[^à-ê]$", "É", true));
  EXPECT_TRUE(Matches("^Σ$", "ς", true));
}

TEST(EcmaScript, WhatIsNoPatternOrNotLinearIsRefusedWithItsPlace) {
  const struct {
    std::string_view pattern;
    size_t offset;
  } cases[] = {
      {"*", 0},
      {"a**", 2},
      {"a+??", 3},
      {"^*", 1},
      {"(?:+)", 3},
      {"a|*", 2},
      {"(a", 2},
      {"a)", 1},
      {"[a", 2},
      {"[b-a]", 4},
      {"a{2,1}", 5},
      {"{1}", 0},
      {"\\", 1},
      {"(?=a)", 0},
      {"(?!a)", 0},
      {"(?<=a)", 0},
      {"(?<!a)", 0},
      {"(a)\\1", 3},
      {"(?<n>a)\\k<n>", 7},
      {"(?i:a)", 1},
      {"(?<n>a)(?<n>b)", 11},
      {"(?<>a)", 3},
      {"/???***[)", 3},
      {"\\b+", 2},
  };
  for (const auto& c : cases) {
    std::string translated;
    const absl::Status status = TranslateEcmaScript(c.pattern, {}, &translated);
    EXPECT_EQ(ErrorCodeOf(status), ErrorCode::kInvalidArgument) << c.pattern;
    EXPECT_EQ(ByteOffsetOf(status), c.offset) << c.pattern;
  }
}

TEST(EcmaScript, BudgetsAreKept) {
  std::string translated;
  const auto code = [&](std::string_view pattern) {
    return ErrorCodeOf(TranslateEcmaScript(pattern, {}, &translated));
  };
  EXPECT_EQ(code("a{1000}"), ErrorCode::kOk);
  EXPECT_EQ(code("a{1001}"), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(std::string(101, '(') + std::string(101, ')')), ErrorCode::kBudgetExceeded);
  EXPECT_EQ(code(std::string(100, '(') + std::string(100, ')')), ErrorCode::kOk);
  EXPECT_EQ(code(std::string(kMaxPatternBytes + 1, 'a')), ErrorCode::kBudgetExceeded);
}

}  // namespace
}  // namespace sluice::regex
