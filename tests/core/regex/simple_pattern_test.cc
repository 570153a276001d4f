#include "sluice/regex/simple_pattern.h"

#include <optional>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/regex/ecmascript.h"
#include "sluice/regex/regex.h"

namespace sluice::regex {
namespace {

std::optional<SimplePattern> Recognized(std::string_view pattern) {
  Pattern parsed;
  EXPECT_TRUE(ParseEcmaScript(pattern, {.unicode = true}, &parsed).ok()) << pattern;
  return SimplePattern::Recognize(parsed);
}

// tests/fuzz/regex_ecmascript_fuzz.cc compares with RE2.
TEST(SimplePattern, TakesTheUsualPatternsOfSchemas) {
  for (const std::string_view pattern :
       {"^[a-z0-9-]+$",
        "^\\d{3}-\\d{4}$",
        "^x-",
        "^.*$",
        "^[^/]+$",
        "[A-Z]",
        "",
        "^",
        "$",
        "abc",
        "\\.json$",
        "^\\S+$",
        "^[A-Z]{2}$",
        "^#[0-9a-fA-F]{6}$",
        "^\\p{L}+$",
        "^v?\\d+$",
        ".",
        "^$",
        "^(abc)$",
        "^(?:x)-(\\d+)$",
        "é+",
        "^🐲*$",
        "\\d{3}-\\d{4}",
        "^a{0}b?c$",
        "^[a-f\\d]{8}-[a-f\\d]{4}-[a-f\\d]{4}-[a-f\\d]{4}-[a-f\\d]{12}$",
        "^\\d+\\.\\d+\\.\\d+$"}) {
    EXPECT_TRUE(Recognized(pattern).has_value()) << pattern;
  }
}

TEST(SimplePattern, LeavesTheRestToRe2) {
  for (const std::string_view pattern :
       {"a|b", "(ab)*", "\\bx", "^a*a$", "^.*x$", "a[0-9]+b", "^a?b?a$", "x{33}y", "[^a]x$", "a^",
        "$a", "(?:^|x)a", "\\ud83d", "a+b+$"}) {
    EXPECT_FALSE(Recognized(pattern).has_value()) << pattern;
  }
}

struct Case {
  std::string_view pattern;
  std::string_view text;
  bool part;
  bool whole;
};

TEST(SimplePattern, MatchesPartsAndTheWhole) {
  const Case cases[] = {
      {"^[a-z0-9-]+$", "a-1", true, true},
      {"^[a-z0-9-]+$", "", false, false},
      {"^[a-z0-9-]+$", "a_1", false, false},
      {"^[a-z0-9-]+$", "é", false, false},
      {"^\\d{3}-\\d{4}$", "123-4567", true, true},
      {"^\\d{3}-\\d{4}$", "123-456", false, false},
      {"\\d{3}-\\d{4}", "x123-4567y", true, false},
      {"^x-", "x-", true, true},
      {"^x-", "x-y", true, false},
      {"^x-", "y-x-", false, false},
      {"^.*$", "any é🐲", true, true},
      {"^.*$", "a\nb", false, false},
      {"^.*$", "a\u2028", false, false},
      {"^[^/]+$", "é", true, true},
      {"^[^/]+$", "a/b", false, false},
      {"^[^/]{2}$", "é🐲", true, true},
      {"^[^/]{2}$", "é", false, false},
      {"[A-Z]", "abC", true, false},
      {"[A-Z]{2}", "aBcDE", true, false},
      {"[A-Z]{2}", "aBcD", false, false},
      {"[é-ü]{2}", "aéaüéa", true, false},
      {"\\.json$", "a.json", true, false},
      {"\\.json$", "a.jsonx", false, false},
      {"\\.json$", ".json", true, true},
      {"é$", "caf\u00E9", true, false},
      {"", "abc", true, false},
      {"", "", true, true},
      {"$", "abc", true, false},
      {"^v?\\d+$", "v12", true, true},
      {"^v?\\d+$", "12", true, true},
      {"^v?\\d+$", "v", false, false},
      {"a{2,3}", "aa", true, true},
      {"a{2,3}", "aaaa", true, false},
      {"[^a]b", "\u00E9b", true, true},
      {"[]", "a", false, false},
      {"[^]", "\n", true, true},
      {"^a{0}b$", "b", true, true},
  };
  for (const Case& c : cases) {
    const std::optional<SimplePattern> simple = Recognized(c.pattern);
    ASSERT_TRUE(simple.has_value()) << c.pattern;
    EXPECT_EQ(simple->MatchesPart(c.text), c.part) << c.pattern << " in " << c.text;
    EXPECT_EQ(simple->MatchesWhole(c.text), c.whole) << c.pattern << " on " << c.text;
  }
}

// Sets take blocks of bytes at once; each length, and each place of what isn't in the set.
TEST(SimplePattern, SetsTakeWhatTheirBytesSay) {
  const std::optional<SimplePattern> bounded = Recognized("^[a-z]{3,20}$");
  const std::optional<SimplePattern> letters = Recognized("^[a-z_-]*$");
  const std::optional<SimplePattern> all_but = Recognized("^[^/?]+$");
  ASSERT_TRUE(bounded.has_value() && letters.has_value() && all_but.has_value());
  for (size_t size = 0; size <= 50; ++size) {
    // As large as the text: the sanitizers see every byte that is read too many.
    std::string text(size, 'q');
    text.shrink_to_fit();
    EXPECT_EQ(bounded->MatchesWhole(text), size >= 3 && size <= 20) << size;
    EXPECT_TRUE(letters->MatchesWhole(text)) << size;
    EXPECT_EQ(all_but->MatchesWhole(text), size > 0) << size;
    for (size_t at = 0; at < size; ++at) {
      for (const char other : {'\0', '/', '`', '{', 'Q', '\x7f'}) {
        text[at] = other;
        EXPECT_FALSE(letters->MatchesWhole(text)) << size << " " << at;
        EXPECT_EQ(all_but->MatchesWhole(text), other != '/') << size << " " << at;
      }
      text[at] = 'q';
    }
    const std::string beyond = text + "é" + text;
    EXPECT_FALSE(letters->MatchesWhole(beyond)) << size;
    EXPECT_TRUE(all_but->MatchesWhole(beyond)) << size;
    EXPECT_FALSE(all_but->MatchesWhole(beyond + "?")) << size;
  }
}

TEST(SimplePattern, CostsLittleOfTheBudget) {
  MemoryBudget budget;
  const Regex regex = CompileEcmaScript("^[a-z0-9-]+$", {.unicode = true}, budget);
  ASSERT_TRUE(regex.ok());
  EXPECT_LT(MemoryBudget::kPerPolicy - budget.left(), 400u);
  MemoryBudget none(100);
  EXPECT_FALSE(CompileEcmaScript("^[a-z0-9-]+$", {.unicode = true}, none).ok());
}

}  // namespace
}  // namespace sluice::regex
