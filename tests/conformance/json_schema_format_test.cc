// The optional format tests of JSON Schema's test suite (json-schema-org/JSON-Schema-Test-Suite).
//
// Each file against MatchesFormat: what isn't a string has every format, and what the keyword
// asserts when is the evaluator's business (json_schema_test.cc).
#include <cstdio>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "../support/conformance.h"
#include "gtest/gtest.h"
#include "sluice/json/document.h"
#include "sluice/schema/format.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

using json::Value;

struct Suite {
  const char* folder;
  Dialect dialect;
  std::vector<const char*> files;
  size_t tests;  // how many there are at least
};
void PrintTo(const Suite& suite, std::ostream* out) { *out << suite.folder; }

const std::vector<const char*> kSince2019 = {"date",
                                             "date-time",
                                             "duration",
                                             "email",
                                             "hostname",
                                             "idn-email",
                                             "idn-hostname",
                                             "ipv4",
                                             "ipv6",
                                             "iri",
                                             "iri-reference",
                                             "json-pointer",
                                             "regex",
                                             "ecmascript-regex",
                                             "relative-json-pointer",
                                             "time",
                                             "uri",
                                             "uri-reference",
                                             "uri-template",
                                             "uuid"};

const Suite kSuites[] = {
    {"draft4", Dialect::kDraft4, {"date-time", "email", "hostname", "ipv4", "ipv6", "uri"}, 212},
    {"draft6",
     Dialect::kDraft6,
     {"date-time", "email", "hostname", "ipv4", "ipv6", "json-pointer", "uri", "uri-reference",
      "uri-template"},
     318},
    {"draft7",
     Dialect::kDraft7,
     {"date", "date-time", "email", "hostname", "idn-email", "idn-hostname", "ipv4", "ipv6", "iri",
      "iri-reference", "json-pointer", "regex", "ecmascript-regex", "relative-json-pointer", "time",
      "uri", "uri-reference", "uri-template"},
     669},
    {"draft2019-09", Dialect::kDraft2019_09, kSince2019, 750},
    {"draft2020-12", Dialect::kDraft2020_12, kSince2019, 757},
};

bool IsValid(Value instance, Format format) {
  if (instance.kind() != json::Kind::kString) return true;
  std::string decoded;
  return MatchesFormat(format, instance.string(&decoded));
}

class JsonSchemaFormatTest : public testing::TestWithParam<Suite> {};

TEST_P(JsonSchemaFormatTest, AgreesWithTheSuite) {
  const Suite& suite = GetParam();
  size_t passed = 0;
  size_t total = 0;
  for (const char* file : suite.files) {
    SLUICE_CONFORMANCE_FILE(text, "json-schema/tests/" + std::string(suite.folder) +
                                      "/optional/format/" + file + ".json");
    json::Document document;
    ASSERT_TRUE(document.Parse(text).ok()) << file;
    for (const Value group : json::Elements(document.root())) {
      std::string name;
      const std::optional<Format> format =
          FindFormat(group.Find("schema").Find("format").string(&name), suite.dialect);
      ASSERT_TRUE(format.has_value()) << file;
      for (const Value test : json::Elements(group.Find("tests"))) {
        const bool expected = test.Find("valid").kind() == json::Kind::kTrue;
        const bool ok = IsValid(test.Find("data"), *format) == expected;
        EXPECT_TRUE(ok) << suite.folder << "/" << file << " " << test.raw();
        passed += ok ? 1 : 0;
        ++total;
      }
    }
  }
  std::printf("JSON Schema formats, %s: %zu of %zu\n", suite.folder, passed, total);
  EXPECT_GE(total, suite.tests);
}

INSTANTIATE_TEST_SUITE_P(Drafts, JsonSchemaFormatTest, testing::ValuesIn(kSuites));

}  // namespace
}  // namespace sluice::schema
