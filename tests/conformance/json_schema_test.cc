// The JSON Schema Test Suite: all required tests of five drafts, and the optional ones, of which
// those that fail are listed with the reason.

#include <dirent.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "../support/conformance.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema {
namespace {

struct Draft {
  std::string_view folder;
  Dialect dialect;
  size_t required;  // tests that must be there, and pass
};
constexpr Draft kDrafts[] = {
    {"draft4", Dialect::kDraft4, 618},
    {"draft6", Dialect::kDraft6, 839},
    {"draft7", Dialect::kDraft7, 927},
    {"draft2019-09", Dialect::kDraft2019_09, 1259},
    {"draft2020-12", Dialect::kDraft2020_12, 1299},
};

// Names in a folder of the suite, sorted: of files (*.json), or of folders.
std::vector<std::string> ListFolder(std::string_view folder, bool files) {
  std::vector<std::string> names;
  DIR* const dir =
      opendir(test_support::ConformancePath(absl::StrCat("json-schema/", folder)).c_str());
  if (dir == nullptr) return names;
  while (const dirent* const entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name[0] != '.' && absl::EndsWith(name, ".json") == files) names.emplace_back(name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

std::string ReadSuiteFile(std::string_view file) {
  return test_support::ReadConformanceFile(absl::StrCat("json-schema/", file)).value_or("");
}

// What schemas of the suite find at http://localhost:1234/.
class Remotes {
 public:
  explicit Remotes(std::string_view own_folder) {
    Add("", own_folder);
    for (size_t i = 0; i < texts_.size(); ++i) resources_.push_back({uris_[i], texts_[i]});
  }
  absl::Span<const Resource> resources() const { return resources_; }

 private:
  void Add(const std::string& folder, std::string_view own_folder) {
    for (const std::string& name : ListFolder(absl::StrCat("remotes", folder), true)) {
      const std::string file = absl::StrCat(folder, "/", name);
      std::string text = ReadSuiteFile(absl::StrCat("remotes", file));
      // Without a $schema it is of the draft that the folder is named after.
      if (absl::StartsWith(folder, "/draft") && text.find("\"$schema\"") == std::string::npos &&
          !absl::StartsWith(folder, absl::StrCat("/", own_folder))) {
        continue;
      }
      uris_.push_back(absl::StrCat("http://localhost:1234", file));
      texts_.push_back(std::move(text));
    }
    for (const std::string& name : ListFolder(absl::StrCat("remotes", folder), false)) {
      // Of dialects that aren't ours.
      if (name != "v1" && name != "draft3") Add(absl::StrCat(folder, "/", name), own_folder);
    }
  }

  std::vector<std::string> uris_;
  std::vector<std::string> texts_;
  std::vector<Resource> resources_;
};

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

#define SLUICE_NEED_SUITE()                                \
  SLUICE_CONFORMANCE_FILE(licence, "json-schema/LICENSE"); \
  (void)licence

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
