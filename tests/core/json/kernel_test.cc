// Our SIMD kernel and index against simdjson's portable kernel, on texts that put every kind of
// token at every place of a block and a window.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "../../support/json_kernel.h"
#include "gtest/gtest.h"
#include "sluice/json/document.h"

namespace sluice::json {
namespace {

using test_support::HasFallback;
using test_support::IndexByFallback;
using test_support::IndexBySimd;
using test_support::KernelResult;

void ExpectSame(std::string_view text) {
  const KernelResult simd = IndexBySimd(text);
  const KernelResult fallback = IndexByFallback(text);
  ASSERT_EQ(simd.fault, fallback.fault) << text;
  if (!simd.fault) {
    ASSERT_EQ(simd.positions, fallback.positions) << text;
  }
}

// xorshift64*: the same on every platform.
class Random {
 public:
  uint32_t Below(uint32_t n) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint32_t>((state_ * 0x2545F4914F6CDD1Du) >> 32) % n;
  }

 private:
  uint64_t state_ = 0x9E3779B97F4A7C15u;
};

std::string RandomValue(Random& random, int depth) {
  static constexpr std::string_view kScalars[] = {
      "0",
      "-12.5e-3",
      "true",
      "false",
      "null",
      "\"\"",
      "\"plain\"",
      R"("\"")",
      R"("\\")",
      R"("a\\\"b\u00e9\n")",
      "\"\xC3\xA9\xE6\x9D\xB1\xF0\x9F\x8E\x81\"",
      R"("{[:,]}")",
  };
  static constexpr std::string_view kBlanks[] = {"", "", "", " ", "\n  ", "\t\r\n"};
  const auto blank = [&] { return kBlanks[random.Below(std::size(kBlanks))]; };
  const uint32_t kind = random.Below(depth == 0 ? 1 : 3);
  if (kind == 0) {
    if (random.Below(8) == 0) return '"' + std::string(random.Below(200), 'x') + '"';
    return std::string(kScalars[random.Below(std::size(kScalars))]);
  }
  std::string text(1, kind == 1 ? '[' : '{');
  const uint32_t count = random.Below(6);
  for (uint32_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    text += blank();
    if (kind == 2) {
      text += R"("k\u0041")";
      text += blank();
      text += ':';
      text += blank();
    }
    text += RandomValue(random, depth - 1);
    text += blank();
  }
  text += kind == 1 ? ']' : '}';
  return text;
}

class Kernel : public testing::Test {
 protected:
  void SetUp() override {
    if (!HasFallback()) GTEST_SKIP() << "this simdjson has no portable kernel";
  }
};

TEST_F(Kernel, AgreesOnRandomTexts) {
  Random random;
  Document document;
  for (int i = 0; i < 3000; ++i) {
    const std::string text = RandomValue(random, 5);
    ASSERT_TRUE(document.Parse(text).ok()) << text;
    ExpectSame(text);
  }
}

TEST_F(Kernel, AgreesAtEveryOffsetOfABlock) {
  for (size_t shift = 0; shift < 130; ++shift) {
    const std::string pad(shift, 'x');
    ExpectSame("[\"" + pad + R"(\\\"","\u00e9",{"a":[1,2]}  ,"b" ]  )");
    ExpectSame("[\"" + pad + "\xF0\x9F\x8E\x81\",1]");
    ExpectSame("[\"" + pad + "\xF0\x9F\x8E\",1]");
    ExpectSame("[\"" + pad + "\x01\",1]");
    ExpectSame("[\"" + pad);
    ExpectSame("[\"" + pad + "\xE6\x9D");
  }
}

TEST_F(Kernel, AgreesAcrossWindows) {
  for (size_t length : {4080u, 4090u, 4094u, 4095u, 4096u, 4097u, 8190u, 8192u, 20000u}) {
    const std::string pad(length, 'x');
    ExpectSame("[\"" + pad + R"(\n\n","\"",1])");
    ExpectSame("[\"\\n" + pad + R"(\n","\"",1])");
    ExpectSame("[" + std::string(length, ' ') + R"("a" , "b\\"])");
  }
  std::string dense = "[";
  for (int i = 0; i < 5000; ++i) dense += "[],";
  ExpectSame(dense + "1]");
}

}  // namespace
}  // namespace sluice::json
