#include "sluice/query/normalized_path.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/query/compare.h"

namespace sluice::query {
namespace {

using json::Kind;
using json::Node;

void AppendName(json::Value key, std::string* decoded, std::string* path) {
  path->append("['");
  for (const char c : key.string(decoded)) {
    static constexpr std::string_view kControls = "\b\t\n\f\r";
    static constexpr std::string_view kCodes = "btnfr";
    if (c == '\'' || c == '\\') {
      path->push_back('\\');
      path->push_back(c);
    } else if (const size_t at = kControls.find(c); at != std::string_view::npos) {
      path->push_back('\\');
      path->push_back(kCodes[at]);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(path, "\\u", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad4));
    } else {
      path->push_back(c);
    }
  }
  path->append("']");
}

// Stands at a node and can go on to any later one: each sibling is passed once, each name
// written once for all that lies below it.
class Cursor {
 public:
  explicit Cursor(const json::Document& document) : document_(document), nodes_(document.nodes()) {
    path_.push_back('$');
  }

  // `node` is a value's index, no smaller than the last one.
  std::string_view MoveTo(uint32_t node) {
    while (!levels_.empty() && node >= nodes_[levels_.back().child].next) Leave(node);
    uint32_t at = levels_.empty() ? 0 : levels_.back().child;
    while (at != node) {
      Enter(at, node);
      at = levels_.back().child;
    }
    return path_;
  }

 private:
  struct Level {
    uint32_t child;    // where we are among the children of a container
    uint32_t ordinal;  // its number
    uint32_t container;
    size_t path_size;  // without the child's part
  };

  // The current child ends before `node`: goes on to a later sibling, or up.
  void Leave(uint32_t node) {
    Level level = levels_.back();
    levels_.pop_back();
    path_.resize(level.path_size);
    if (node < nodes_[level.container].next) {
      level.child = Following(level);
      ++level.ordinal;
      Seek(level, node);
    }
  }

  void Enter(uint32_t container, uint32_t node) {
    const bool object = nodes_[container].kind() == Kind::kObject;
    Seek({object ? container + 2 : container + 1, 0, container, path_.size()}, node);
  }

  uint32_t Following(const Level& level) const {
    const bool object = nodes_[level.container].kind() == Kind::kObject;
    return nodes_[level.child].next + (object ? 1 : 0);
  }

  // Takes the first child from `level` on whose subtree has `node`.
  void Seek(Level level, uint32_t node) {
    while (node >= nodes_[level.child].next) {
      level.child = Following(level);
      ++level.ordinal;
    }
    if (nodes_[level.container].kind() == Kind::kObject) {
      AppendName(json::Value(&document_, level.child - 1), &decoded_, &path_);
    } else {
      absl::StrAppend(&path_, "[", level.ordinal, "]");
    }
    levels_.push_back(level);
  }

  const json::Document& document_;
  const absl::Span<const Node> nodes_;
  std::vector<Level> levels_;
  std::string path_;
  std::string decoded_;
};

}  // namespace

void AppendNormalizedPath(const json::Document& document, uint32_t node, std::string* path) {
  path->append(Cursor(document).MoveTo(node));
}

absl::Status NormalizedPaths::Build(const json::Document& document,
                                    absl::Span<const uint32_t> nodes, size_t max_bytes) {
  pool_.clear();
  paths_.assign(nodes.size(), StringRef{0, 0});
  std::vector<uint32_t> order(nodes.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  if (!std::is_sorted(nodes.begin(), nodes.end())) {
    std::vector<uint32_t> buffer(nodes.size());
    SortIndices(absl::MakeSpan(order), buffer.data(),
                [&](uint32_t a, uint32_t b) { return nodes[a] < nodes[b]; });
  }
  Cursor cursor(document);
  for (const uint32_t i : order) {
    const std::string_view path = cursor.MoveTo(nodes[i]);
    if (path.size() > max_bytes - pool_.size()) {
      pool_.clear();
      paths_.clear();
      return MakeBudgetError(Budget::kOutputBytes, "the results' paths are too long together");
    }
    paths_[i] = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(path.size())};
    pool_.append(path);
  }
  return absl::OkStatus();
}

}  // namespace sluice::query
