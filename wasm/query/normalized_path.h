// Normalized paths (RFC 9535, section 2.7): $['orders'][3]['id'].
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/block.h"
#include "sluice/json/document.h"

namespace sluice::query {

// Appends the path of a value by its tape index. Walks down from the root: O(siblings on the way).
void AppendNormalizedPath(const json::Document& document, uint32_t node, std::string* path);

// The paths of many nodes, in the order given. O(nodes × log nodes + tape + output), however the
// nodes lie.
class NormalizedPaths {
 public:
  // budget_exceeded if the paths together are longer than `max_bytes`.
  absl::Status Build(const json::Document& document, absl::Span<const uint32_t> nodes,
                     size_t max_bytes);

  size_t size() const { return paths_.size(); }
  std::string_view operator[](size_t i) const { return paths_[i].In(pool_); }

 private:
  std::string pool_;
  std::vector<StringRef> paths_;
};

}  // namespace sluice::query
