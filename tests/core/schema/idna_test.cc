#include "sluice/schema/formats/idna.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "gtest/gtest.h"
#include "sluice/base/utf8.h"
#include "sluice/schema/format.h"
#include "sluice/schema/formats/idna_table.h"
#include "sluice/schema/formats/punycode.h"

namespace sluice::schema::idna {
namespace {

Label ToLabel(std::string_view text) {
  Label label;
  for (size_t i = 0; i < text.size();) EXPECT_TRUE(label.Append(NextCodePoint(text, &i)));
  return label;
}

std::string ToText(const Label& label) {
  std::string text;
  for (const uint32_t point : label) AppendUtf8(point, &text);
  return text;
}

std::string Encoded(std::string_view text) {
  Punycode code;
  return EncodePunycode(ToLabel(text), &code) ? std::string(code.view()) : "(too long)";
}

std::string Decoded(std::string_view code) {
  Label label;
  return DecodePunycode(code, &label) ? ToText(label) : "(none)";
}

struct Example {
  std::string_view text;
  std::string_view code;
};

TEST(Punycode, HasTheExamplesOfTheRfc) {
  // RFC 3492, section 7.1, those that fit a label.
  constexpr Example kExamples[] = {
      {"ليهمابتكلموشعربي؟", "egbpdaj6bu4bxfgehfvwxn"},
      {"他们为什么不说中文", "ihqwcrb4cv8a8dqg056pqjye"},
      {"他們爲什麽不說中文", "ihqwctvzc91f659drss3x8bo0yb"},
      {"Pročprostěnemluvíčesky", "Proprostnemluvesky-uyb24dma41a"},
      {"למההםפשוטלאמדבריםעברית", "4dbcagdahymbxekheh6e0a7fei0b"},
      {"なぜみんな日本語を話してくれないのか", "n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa"},
      {"почемужеонинеговорятпорусски", "b1abfaaepdrnnbgefbadotcwatmq2g4l"},
      {"TạisaohọkhôngthểchỉnóitiếngViệt", "TisaohkhngthchnitingVit-kjcr8268qyxafd2f1b9g"},
      {"3年B組金八先生", "3B-ww4c5e180e575a65lsy2b"},
      {"安室奈美恵-with-SUPER-MONKEYS", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n"},
      {"Hello-Another-Way-それぞれの場所", "Hello-Another-Way--fc4qua05auwb3674vfr0b"},
      {"ひとつ屋根の下2", "2-u9tlzr9756bt3uc0v"},
      {"MajiでKoiする5秒前", "MajiKoi5-783gue6qz075azm5e"},
      {"パフィーdeルンバ", "de-jg4avhby1noc0d"},
      {"そのスピードで", "d9juau41awczczp"},
      {"-> $1.00 <-", "-> $1.00 <--"},
  };
  for (const Example& example : kExamples) {
    EXPECT_EQ(Encoded(example.text), example.code);
    EXPECT_EQ(Decoded(example.code), example.text);
  }
}

TEST(Punycode, EndsWhereCodePointsDo) {
  EXPECT_EQ(Decoded(Encoded("\xF4\x8F\xBF\xBF")), "\xF4\x8F\xBF\xBF");
  for (const std::string_view code : {"99999999", "zzzzzzzz", "a-\xC3", "!", "b", "a_", "zz"}) {
    EXPECT_EQ(Decoded(code), "(none)") << code;
  }
  EXPECT_EQ(Decoded(""), "");
  EXPECT_EQ(Decoded("a-"), "a");
}

TEST(Punycode, FitsALabel) {
  std::string text;
  for (int i = 0; i < 57; ++i) text += "\xC3\xBC";
  EXPECT_EQ(Encoded(text).size(), 59u);
  EXPECT_EQ(Encoded(text + "\xC3\xBC"), "(too long)");
}

TEST(IdnaTable, HasTheDerivedProperty) {
  // RFC 5892, appendix B.1, where it changes, and Unicode's ends.
  const auto status = [](uint32_t point) { return PropertiesOf(point).status; };
  constexpr uint32_t kValid[] = {0x2D,  0x30,   0x61,   0x7A,    0xDF,    0x101,
                                 0x3C2, 0x3007, 0x9FFF, 0x1E4D0, 0x20000, 0x323AF};
  for (const uint32_t point : kValid) EXPECT_EQ(status(point), Status::kValid) << point;
  constexpr uint32_t kDisallowed[] = {0x00,   0x2E,   0x41,   0xAA,     0x100,   0x149,
                                      0x340,  0x640,  0x1100, 0x20AC,   0xD800,  0xDFFF,
                                      0xFF21, 0xFFFD, 0xFFFF, 0x10FFFF, 0x110000};
  for (const uint32_t point : kDisallowed) EXPECT_EQ(status(point), Status::kDisallowed) << point;
  EXPECT_EQ(status(0x200C), Status::kContextJ);
  EXPECT_EQ(status(0x669), Status::kContextO);
}

TEST(IdnaTable, HasTheOtherProperties) {
  EXPECT_TRUE(PropertiesOf(0x94D).virama);
  EXPECT_FALSE(PropertiesOf(0x5B0).virama);
  EXPECT_TRUE(PropertiesOf(0x903).mark);
  EXPECT_EQ(PropertiesOf(0x628).joining, Joining::kDual);
  EXPECT_EQ(PropertiesOf(0x627).joining, Joining::kRight);
  EXPECT_EQ(PropertiesOf(0xA872).joining, Joining::kLeft);
  EXPECT_EQ(PropertiesOf(0x64B).joining, Joining::kTransparent);
  EXPECT_EQ(PropertiesOf(0x5D0).bidi, Bidi::kRight);
  EXPECT_EQ(PropertiesOf(0x660).bidi, Bidi::kArabicNumber);
  EXPECT_EQ(PropertiesOf(0x6F0).bidi, Bidi::kEuropeanNumber);
  EXPECT_EQ(PropertiesOf(0x3B1).script, Script::kGreek);
  EXPECT_EQ(PropertiesOf(0x4E00).script, Script::kJapanese);
}

void ExpectAll(Format format, bool expected, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    EXPECT_EQ(MatchesFormat(format, name), expected) << name;
  }
}

TEST(IdnHostname, TakesULabelsAndALabels) {
  ExpectAll(Format::kIdnHostname, true,
            {"a",
             "b\xC3\xBC"
             "cher.example",
             "xn--bcher-kva.example", "XN--BCHER-KVA", "3com.example", "\xC3\x9F", "xn--zca"});
  ExpectAll(Format::kIdnHostname, false,
            {"B\xC3\xBC"
             "cher",
             "xn--", "xn--a", "xn--bcher-kv", "xn--BCHER-kva-", "ab--c", "\xC3\xBC\xC3\xBC--a",
             "-\xC3\xBC", "\xC3\xBC-", "a\xCC\x88_", "\xE2\x82\xAC"});
}

TEST(IdnHostname, KeepsTheBidirectionalRule) {
  ExpectAll(Format::kIdnHostname, true, {"א", "א1", "אֱ", "ا٠", "a.א", "abc1.א1.b", "۰a"});
  ExpectAll(Format::kIdnHostname, false, {"aא", "אa", "1א", "א٠1", "1.א", "١", "א.a.1"});
}

TEST(Hostname, TakesAsciiOnly) {
  ExpectAll(Format::kHostname, true,
            {"a", "1", "a-b.c", "ab--cd", "xn--bcher-kva", "xn--bcher-kva.xn--4dbrk0ce"});
  ExpectAll(Format::kHostname, false,
            {"", ".", "a.", ".a", "a..b", "a_b", "-a", "a-",
             "b\xC3\xBC"
             "cher",
             "a b", "xn--a", "1.xn--4dbrk0ce"});
}

TEST(Hostname, HasLimits) {
  const std::string label(63, 'a');
  const std::string three = label + "." + label + "." + label + ".";
  EXPECT_TRUE(MatchesFormat(Format::kHostname, three + std::string(61, 'a')));
  EXPECT_FALSE(MatchesFormat(Format::kHostname, three + std::string(62, 'a')));
  EXPECT_FALSE(MatchesFormat(Format::kHostname, label + "a"));
}

}  // namespace
}  // namespace sluice::schema::idna
