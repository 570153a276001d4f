// The JSON Schema Test Suite: its drafts and files.
#pragma once

#include <dirent.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "conformance.h"
#include "sluice/schema/schema.h"

namespace sluice::test_support {

struct Draft {
  std::string_view folder;
  schema::Dialect dialect;
  size_t required;  // tests that must be there, and pass
};
inline constexpr Draft kDrafts[] = {
    {"draft4", schema::Dialect::kDraft4, 618},
    {"draft6", schema::Dialect::kDraft6, 839},
    {"draft7", schema::Dialect::kDraft7, 927},
    {"draft2019-09", schema::Dialect::kDraft2019_09, 1259},
    {"draft2020-12", schema::Dialect::kDraft2020_12, 1299},
};

// Names in a folder of the suite, sorted: of files (*.json), or of folders.
inline std::vector<std::string> ListFolder(std::string_view folder, bool files) {
  std::vector<std::string> names;
  DIR* const dir = opendir(ConformancePath(absl::StrCat("json-schema/", folder)).c_str());
  if (dir == nullptr) return names;
  while (const dirent* const entry = readdir(dir)) {
    const std::string_view name = entry->d_name;
    if (name[0] != '.' && absl::EndsWith(name, ".json") == files) names.emplace_back(name);
  }
  closedir(dir);
  std::sort(names.begin(), names.end());
  return names;
}

inline std::string ReadSuiteFile(std::string_view file) {
  return ReadConformanceFile(absl::StrCat("json-schema/", file)).value_or("");
}

// What schemas of the suite find at http://localhost:1234/.
class Remotes {
 public:
  explicit Remotes(std::string_view own_folder) {
    Add("", own_folder);
    for (size_t i = 0; i < texts_.size(); ++i) resources_.push_back({uris_[i], texts_[i]});
  }
  absl::Span<const schema::Resource> resources() const { return resources_; }

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
  std::vector<schema::Resource> resources_;
};

}  // namespace sluice::test_support

// Skips the test, loudly, where there is no suite.
#define SLUICE_NEED_SUITE()                                \
  SLUICE_CONFORMANCE_FILE(licence, "json-schema/LICENSE"); \
  (void)licence
