#include "sluice/json/writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "absl/base/casts.h"
#include "sluice/json/document.h"
#include "sluice/json/number.h"

namespace sluice::json {
namespace {

TEST(Writer, PutsCommasAndColons) {
  OutputBuffer out(1000);
  Writer writer(out);
  writer.BeginObject();
  writer.Key("a");
  writer.BeginArray();
  writer.EndArray();
  writer.Key("b\"");
  writer.BeginArray();
  writer.Int(-1);
  writer.BeginObject();
  writer.EndObject();
  writer.String("x\n");
  writer.Bool(true);
  writer.Bool(false);
  writer.Null();
  writer.Raw("1.50");
  writer.EndArray();
  writer.RawKey(R"("\u0041")");
  writer.Uint(18446744073709551615u);
  writer.EndObject();
  EXPECT_EQ(out.text(), R"({"a":[],"b\"":[-1,{},"x\n",true,false,null,1.50],"\u0041":)"
                        "18446744073709551615}");
}

TEST(Writer, Integers) {
  OutputBuffer out(1000);
  Writer writer(out);
  writer.BeginArray();
  writer.Int(0);
  writer.Int(std::numeric_limits<int64_t>::min());
  writer.Int(std::numeric_limits<int64_t>::max());
  writer.Uint(7);
  writer.EndArray();
  EXPECT_EQ(out.text(), "[0,-9223372036854775808,9223372036854775807,7]");
}

TEST(Writer, CapIsSeenAtTheEnd) {
  OutputBuffer out(5);
  Writer writer(out);
  writer.BeginArray();
  for (int i = 0; i < 10; ++i) writer.Int(i);
  writer.EndArray();
  EXPECT_TRUE(out.exhausted());
}

TEST(AppendJsonString, EscapesWhatItMust) {
  OutputBuffer out(10'000);
  std::string every;
  for (char c = 0; c < 0x7F; ++c) every.push_back(c);
  every += "\x7Fé€😀";
  AppendJsonString(every, out);
  Document document;
  ASSERT_TRUE(document.Parse(out.text()).ok());
  std::string scratch;
  EXPECT_EQ(document.root().string(&scratch), every);
  out.Clear();
  AppendJsonString("a\x01\x1F\"\\/é", out);
  EXPECT_EQ(out.text(), R"("a\u0001\u001f\"\\/é")");
}

std::string Text(double value) {
  OutputBuffer out(100);
  Writer(out).Double(value);
  return std::string(out.text());
}

// As ECMA-262's Number::toString writes them.
TEST(WriterDouble, LaidOutAsInJavaScript) {
  EXPECT_EQ(Text(0), "0");
  EXPECT_EQ(Text(-0.0), "0");
  EXPECT_EQ(Text(1), "1");
  EXPECT_EQ(Text(-1.5), "-1.5");
  EXPECT_EQ(Text(100), "100");
  EXPECT_EQ(Text(0.1), "0.1");
  EXPECT_EQ(Text(0.1 + 0.2), "0.30000000000000004");
  EXPECT_EQ(Text(123456.789), "123456.789");
  EXPECT_EQ(Text(0.000001), "0.000001");
  EXPECT_EQ(Text(0.0000001), "1e-7");
  EXPECT_EQ(Text(1.5e-7), "1.5e-7");
  EXPECT_EQ(Text(123456789012345680000.0), "123456789012345680000");
  EXPECT_EQ(Text(1e21), "1e+21");
  EXPECT_EQ(Text(1.25e22), "1.25e+22");
  EXPECT_EQ(Text(std::numeric_limits<double>::max()), "1.7976931348623157e+308");
  EXPECT_EQ(Text(std::numeric_limits<double>::denorm_min()), "5e-324");
  EXPECT_EQ(Text(2.2250738585072014e-308), "2.2250738585072014e-308");
  EXPECT_EQ(Text(9007199254740992.0), "9007199254740992");
  EXPECT_EQ(Text(5e-324 * 3), "1.5e-323");
  EXPECT_EQ(Text(9.5e-7), "9.5e-7");
}

TEST(WriterDouble, NotFiniteIsNull) {
  EXPECT_EQ(Text(HUGE_VAL), "null");
  EXPECT_EQ(Text(-HUGE_VAL), "null");
  EXPECT_EQ(Text(std::nan("")), "null");
}

size_t SignificantDigits(std::string_view text) {
  std::string digits;
  for (const char c : text.substr(0, text.find('e'))) {
    if (c >= '0' && c <= '9') digits += c;
  }
  const size_t first = digits.find_first_not_of('0');
  return digits.find_last_not_of('0') - first + 1;
}

TEST(WriterDouble, ReadsBackAndIsShortest) {
  uint64_t random = 88172645463325252u;
  for (int round = 0; round < 20'000; ++round) {
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    // Every second one has few digits.
    const double value = round % 2 == 0
                             ? absl::bit_cast<double>(random)
                             : static_cast<double>(random % 100'000) / std::pow(10, random % 7);
    if (!std::isfinite(value) || value == 0) continue;
    const std::string text = Text(value);
    Document document;
    ASSERT_TRUE(document.Parse(text).ok()) << text;
    ASSERT_EQ(ToDouble(document.root()), value) << text;
    const int digits = static_cast<int>(SignificantDigits(text));
    if (digits > 1) {
      char shorter[40];
      std::snprintf(shorter, sizeof(shorter), "%.*e", digits - 2, value);
      ASSERT_NE(std::strtod(shorter, nullptr), value) << text << " is longer than " << shorter;
    }
  }
}

}  // namespace
}  // namespace sluice::json
