// The JSON Schema Test Suite's tests of output, and the output of all its other tests.

#include <string>
#include <string_view>
#include <vector>

#include "../support/json_schema_suite.h"
#include "../support/schema_output.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/bytes.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/output.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

using test_support::Draft;
using test_support::kDrafts;
using test_support::ListFolder;
using test_support::OutputCheck;
using test_support::ReadSuiteFile;
using test_support::Remotes;

std::string Text(json::Value value) {
  std::string scratch;
  return std::string(value.string(&scratch));
}

std::string OutputOf(const Program& program, json::Value instance, Output output) {
  Scratch scratch;
  OutputBuffer out(1u << 20);
  EXPECT_TRUE(Validate(program, instance, output, 16, {}, scratch, out).ok());
  return std::string(out.text());
}

// Each output that a test has a schema for is valid against that.
size_t RunOutputGroup(json::Value group, const Options& options) {
  size_t passed = 0;
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(group.Find("schema"), options, context);
  EXPECT_TRUE(program.ok()) << Text(group.Find("description"));
  if (!program.ok()) return 0;
  for (const json::Value test : json::Elements(group.Find("tests"))) {
    for (const json::Member wanted : json::Members(test.Find("output"))) {
      EXPECT_EQ(Text(wanted.key), "basic");
      json::CompileContext output_context;
      const absl::StatusOr<Program> form = Compile(wanted.value, options, output_context);
      EXPECT_TRUE(form.ok());
      if (!form.ok()) continue;
      const std::string output = OutputOf(*program, test.Find("data"), Output::kBasic);
      json::Document document;
      EXPECT_TRUE(document.Parse(output).ok()) << output;
      // Of what is valid nothing is written.
      EXPECT_EQ(OutputOf(*form, document.root(), Output::kErrors), "")
          << Text(test.Find("description")) << ": " << output;
      ++passed;
    }
  }
  return passed;
}

TEST(JsonSchemaOutput, TestsOfOutputPass) {
  SLUICE_NEED_SUITE();
  size_t passed = 0;
  for (const Draft& draft : kDrafts) {
    const std::string folder = absl::StrCat("output-tests/", draft.folder);
    if (ListFolder(folder, true).empty()) continue;
    const std::string form = ReadSuiteFile(absl::StrCat(folder, "/output-schema.json"));
    const std::string uri = absl::StrCat("https://json-schema.org/draft/",
                                         DialectName(draft.dialect), "/output/schema");
    const std::vector<Resource> resources = {{uri, form}};
    Options options;
    options.dialect = draft.dialect;
    options.resources = resources;
    for (const std::string& name : ListFolder(absl::StrCat(folder, "/content"), true)) {
      const std::string text = ReadSuiteFile(absl::StrCat(folder, "/content/", name));
      json::Document document;
      ASSERT_TRUE(document.Parse(text).ok()) << name;
      for (const json::Value group : json::Elements(document.root())) {
        passed += RunOutputGroup(group, options);
      }
    }
  }
  EXPECT_GE(passed, 8u);
}

// Of every test that there is: the verdict is IsValid's, and the outputs are what they have to be.
size_t CheckFolder(const Draft& draft, std::string_view folder, bool assert_format) {
  const Remotes remotes(draft.folder);
  Options options;
  options.dialect = draft.dialect;
  options.resources = remotes.resources();
  options.assert_format = assert_format;
  size_t checked = 0;
  const std::string path = absl::StrCat("tests/", draft.folder, folder);
  for (const std::string& name : ListFolder(path, true)) {
    const std::string text = ReadSuiteFile(absl::StrCat(path, "/", name));
    json::Document document;
    EXPECT_TRUE(document.Parse(text).ok()) << name;
    for (const json::Value group : json::Elements(document.root())) {
      json::CompileContext context;
      const absl::StatusOr<Program> program = Compile(group.Find("schema"), options, context);
      if (!program.ok()) continue;
      OutputCheck check(*program, group.Find("schema"));
      for (const json::Value test : json::Elements(group.Find("tests"))) {
        EXPECT_EQ(check.Check(test.Find("data")), "")
            << draft.folder << " " << name << ": " << Text(group.Find("description")) << ": "
            << Text(test.Find("description"));
        ++checked;
      }
    }
  }
  return checked;
}

TEST(JsonSchemaOutput, EveryTestHasASoundOne) {
  SLUICE_NEED_SUITE();
  for (const Draft& draft : kDrafts) {
    EXPECT_GE(CheckFolder(draft, "", false), draft.required) << draft.folder;
    EXPECT_GE(CheckFolder(draft, "/optional", false), 60u) << draft.folder;
    EXPECT_GE(CheckFolder(draft, "/optional/format", true), 150u) << draft.folder;
  }
}

}  // namespace
}  // namespace sluice::schema
