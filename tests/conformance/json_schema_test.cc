// The JSON Schema Test Suite: all required tests of five drafts, and the optional ones, of which
// those that fail are listed with the reason.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../support/json_schema_suite.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

using test_support::Draft;
using test_support::kDrafts;
using test_support::ListFolder;
using test_support::ReadSuiteFile;
using test_support::Remotes;

struct Outcome {
  size_t passed = 0;
  std::vector<std::string> failed;  // "file: group: test"
};

std::string Text(json::Value value) {
  std::string scratch;
  return std::string(value.string(&scratch));
}

void RunGroup(json::Value group, std::string_view file, const Options& options, Outcome& outcome) {
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(group.Find("schema"), options, context);
  std::string why = std::string(program.status().message());
  for (const Issue& issue : context.issues().list()) {
    absl::StrAppend(&why, "; ", issue.pointer, ": ", issue.message);
  }
  Scratch scratch;
  for (const json::Value test : json::Elements(group.Find("tests"))) {
    const bool expected = test.Find("valid").is(json::Kind::kTrue);
    bool passed = false;
    if (program.ok()) {
      const absl::StatusOr<bool> valid = IsValid(*program, test.Find("data"), {}, scratch);
      passed = valid.ok() && *valid == expected;
    }
    if (passed) {
      ++outcome.passed;
    } else {
      outcome.failed.push_back(absl::StrCat(file, ": ", Text(group.Find("description")), ": ",
                                            Text(test.Find("description")),
                                            program.ok() ? "" : absl::StrCat(" (", why, ")")));
    }
  }
}

Outcome RunFolder(const Draft& draft, std::string_view folder, const Options& given) {
  const Remotes remotes(draft.folder);
  Options options = given;
  options.dialect = draft.dialect;
  options.resources = remotes.resources();
  Outcome outcome;
  const std::string path = absl::StrCat("tests/", draft.folder, folder);
  for (const std::string& name : ListFolder(path, true)) {
    const std::string text = ReadSuiteFile(absl::StrCat(path, "/", name));
    json::Document document;
    EXPECT_TRUE(document.Parse(text).ok()) << name;
    for (const json::Value group : json::Elements(document.root())) {
      RunGroup(group, name, options, outcome);
    }
  }
  return outcome;
}

TEST(JsonSchemaSuite, EveryRequiredTestPasses) {
  SLUICE_NEED_SUITE();
  for (const Draft& draft : kDrafts) {
    const Outcome outcome = RunFolder(draft, "", {});
    EXPECT_TRUE(outcome.failed.empty())
        << draft.folder << ":\n  " << absl::StrJoin(outcome.failed, "\n  ");
    EXPECT_GE(outcome.passed, draft.required) << draft.folder;
  }
}

// "file: group: test" of each optional test that fails, with the reason.
struct Exception {
  std::string_view draft;
  std::string_view test;
  std::string_view reason;
};
constexpr std::string_view kContent =
    "contentEncoding and contentMediaType are annotations in all drafts: draft-07 leaves it open, "
    "and later ones forbid more by default";
constexpr Exception kExceptions[] = {
    {"draft7",
     "content.json: validation of string-encoded content based on media type: an invalid JSON "
     "document",
     kContent},
    {"draft7",
     "content.json: validation of binary string-encoding: an invalid base64 string (% is not a "
     "valid character)",
     kContent},
    {"draft7",
     "content.json: validation of binary-encoded media type documents: a validly-encoded invalid "
     "JSON document",
     kContent},
    {"draft7",
     "content.json: validation of binary-encoded media type documents: an invalid base64 string "
     "that is valid JSON",
     kContent},
};

TEST(JsonSchemaSuite, OptionalTestsPassButForTheListed) {
  SLUICE_NEED_SUITE();
  for (const Draft& draft : kDrafts) {
    std::vector<std::string> expected;
    for (const Exception& exception : kExceptions) {
      if (exception.draft == draft.folder) expected.emplace_back(exception.test);
    }
    const Outcome outcome = RunFolder(draft, "/optional", {});
    EXPECT_THAT(outcome.failed, testing::UnorderedElementsAreArray(expected)) << draft.folder;
    EXPECT_GE(outcome.passed, 60u) << draft.folder;
  }
}

TEST(JsonSchemaSuite, FormatsPassWhereTheyAreAsserted) {
  SLUICE_NEED_SUITE();
  for (const Draft& draft : kDrafts) {
    Options options;
    options.assert_format = true;
    const Outcome outcome = RunFolder(draft, "/optional/format", options);
    EXPECT_TRUE(outcome.failed.empty())
        << draft.folder << ":\n  " << absl::StrJoin(outcome.failed, "\n  ");
    EXPECT_GE(outcome.passed, 150u) << draft.folder;
  }
}

}  // namespace
}  // namespace sluice::schema
