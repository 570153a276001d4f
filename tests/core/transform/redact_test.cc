#include "sluice/transform/redact.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pass_support.h"

namespace sluice::transform {
namespace {

using test_support::Hash;
using test_support::KeepLast;
using test_support::Redact;
using test_support::RunFused;
using test_support::With;

std::string Redacted(RedactionSpec spec, std::string_view value) {
  return RunFused({Redact({"$"}, std::move(spec))}, value);
}

TEST(Redact, With) {
  EXPECT_EQ(Redacted(With("***"), "1"), R"("***")");
  EXPECT_EQ(Redacted(With("\"é\n"), "[1]"), R"("\"é\n")");
  EXPECT_EQ(Redacted(With(""), R"("x")"), R"("")");
}

TEST(Redact, KeepLastOfStrings) {
  EXPECT_EQ(Redacted(KeepLast(4), R"("4111111111111234")"), R"("***1234")");
  EXPECT_EQ(Redacted(KeepLast(4, ""), R"("4111111111111234")"), R"("1234")");
  EXPECT_EQ(Redacted(KeepLast(4, "\""), R"("4111111111111234")"), R"("\"1234")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("ab")"), R"("***b")");
  EXPECT_EQ(Redacted(KeepLast(2), R"("abcd")"), R"("***cd")");
  // As many hidden as shown, or none are shown.
  EXPECT_EQ(Redacted(KeepLast(1), R"("a")"), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("")"), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(4), R"("abcdefg")"), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(4), R"("abcdefgh")"), R"("***efgh")");
  EXPECT_EQ(Redacted(KeepLast(64), "\"" + std::string(127, 'x') + "\""), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(64), "\"" + std::string(128, 'x') + "\""),
            "\"***" + std::string(64, 'x') + "\"");
}

TEST(Redact, KeepLastCountsCodePoints) {
  EXPECT_EQ(Redacted(KeepLast(2), R"("äöüß")"), R"("***üß")");
  EXPECT_EQ(Redacted(KeepLast(2), R"("äöü")"), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("😀😁")"), R"("***😁")");
  EXPECT_EQ(Redacted(KeepLast(2), R"("a😀b€")"), R"("***b€")");
}

TEST(Redact, KeepLastLeavesEscapesAsTheyAre) {
  EXPECT_EQ(Redacted(KeepLast(2), R"("\u0061\n\\\"")"), R"("***\\\"")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("\\u0041\\")"), R"("***\\")");
  EXPECT_EQ(Redacted(KeepLast(3), R"("\\u0041")"), R"("***041")");
  // A surrogate pair is one character, a lone half too.
  EXPECT_EQ(Redacted(KeepLast(1), R"("\ud83d\ude00\uD83D\uDE01")"), R"("***\uD83D\uDE01")");
  EXPECT_EQ(Redacted(KeepLast(2), R"("\ud83d\ude00\uD83D\uDE01")"), R"("***")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("\ude00\ud83d")"), R"("***\ud83d")");
  EXPECT_EQ(Redacted(KeepLast(1), R"("\ud83d\u0041")"), R"("***\u0041")");
  EXPECT_EQ(Redacted(KeepLast(2), R"("\ud83dx\/ä")"), R"("***\/ä")");
  std::string long_text = "\"\\n";
  for (int i = 0; i < 1000; ++i) long_text += "é";
  EXPECT_EQ(Redacted(KeepLast(3), long_text + "\""), R"("***ééé")");
}

TEST(Redact, KeepLastOfOtherKinds) {
  EXPECT_EQ(Redacted(KeepLast(4), "4111111111111234"), R"("***1234")");
  EXPECT_EQ(Redacted(KeepLast(2), "1.50"), R"("***50")");
  EXPECT_EQ(Redacted(KeepLast(2), "-1e9"), R"("***e9")");
  EXPECT_EQ(Redacted(KeepLast(2), "123"), R"("***")");
  for (const std::string_view value : {"true", "false", "null", "[1,2,3]", R"({"a":"bcd"})"}) {
    EXPECT_EQ(Redacted(KeepLast(1), value), R"("***")") << value;
  }
}

// python3 -c 'import hmac; print(hmac.new(b"first", "…".encode(), "sha256").hexdigest()[:32])'
TEST(Redact, Hash) {
  EXPECT_EQ(Redacted(Hash(), R"("abc")"), "\"c2bc64f1f16e344843291ce8e0337195\"");
  EXPECT_EQ(Redacted(Hash(1), R"("abc")"), "\"f807b085ecd0ffceb4c5b62c797dfc6e\"");
  EXPECT_EQ(Redacted(Hash(), R"("")"), "\"abc3392d8892e1ae360d554f6a656218\"");
  EXPECT_EQ(Redacted(Hash(), "1.0"), "\"1150b0fc9877756b1c301df6961c9a06\"");
  EXPECT_EQ(Redacted(Hash(), "null"), "\"4d5eee683fbf64680e47c9e98014a8ab\"");
  EXPECT_EQ(Redacted(Hash(), R"({"a": [1]})"), "\"a7cf63b9c7f793fde1a07b6eaf1b0876\"");
}

TEST(Redact, HashIsOfTheDecodedString) {
  const std::string plain = Redacted(Hash(), R"("é😀/\n")");
  EXPECT_EQ(Redacted(Hash(), R"("\u00E9\ud83d\ude00\/\u000a")"), plain);
  EXPECT_NE(Redacted(Hash(), R"("\\u00e9")"), Redacted(Hash(), R"("é")"));
  EXPECT_EQ(Redacted(Hash(), R"("\ud800")"), Redacted(Hash(), "\"\xEF\xBF\xBD\""));
  // Longer than what is decoded at a time.
  for (const size_t size : {250u, 251u, 252u, 253u, 254u, 255u, 256u, 257u, 1000u, 5000u}) {
    std::string escaped = "\"";
    std::string text = "\"";
    for (size_t i = 0; i < size; ++i) {
      escaped += i % 3 == 0 ? "\\u00e9" : i % 5 == 0 ? "\\ud83d\\ude00" : "x";
      text += i % 3 == 0 ? "é" : i % 5 == 0 ? "😀" : "x";
    }
    EXPECT_EQ(Redacted(Hash(), escaped + "\""), Redacted(Hash(), text + "\"")) << size;
  }
}

}  // namespace
}  // namespace sluice::transform
