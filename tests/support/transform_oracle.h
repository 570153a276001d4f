// A second opinion on transforms: a tree of the document, and each path followed by itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sluice/json/document.h"

namespace sluice::test_support {

struct PathSegment {
  std::string_view text;  // as it stands in the path
  enum Kind { kName, kIndex, kWildcard } kind;
  std::string_view name = {};
  size_t index = 0;
};
using Path = std::vector<PathSegment>;

struct TransformStep {
  enum Kind { kPick, kDrop, kRedact } kind;
  std::vector<Path> paths;
};
using TransformSteps = std::vector<TransformStep>;

// No segment's text needs an escape in JSON but the backslash's.
inline std::string StepsAsJson(const TransformSteps& steps) {
  constexpr std::string_view kNames[] = {"pick", "drop", "redact"};
  std::string text = "[";
  for (const TransformStep& step : steps) {
    text += text.size() > 1 ? "," : "";
    text += "{\"" + std::string(kNames[step.kind]) + "\":[";
    for (const Path& path : step.paths) {
      text += text.back() == '[' ? "\"$" : ",\"$";
      for (const PathSegment& segment : path) {
        for (const char c : segment.text) text += c == '\\' ? "\\\\" : std::string(1, c);
      }
      text += "\"";
    }
    text += "]}";
  }
  return text + "]";
}

struct Tree {
  json::Kind kind;
  std::string raw;  // of a scalar
  struct Child {
    std::string raw_name;  // of a member, with quotes
    std::string name;
    std::vector<Tree> value;  // exactly one
  };
  std::vector<Child> children;
};

inline Tree TreeOf(json::Value value) {
  Tree tree = {value.kind(), std::string(value.raw()), {}};
  for (const json::Value element : json::Elements(value)) {
    tree.children.push_back({"", "", {TreeOf(element)}});
  }
  for (const json::Member member : json::Members(value)) {
    std::string scratch;
    const std::string name(member.key.string(&scratch));
    tree.children.push_back({std::string(member.key.raw()), name, {TreeOf(member.value)}});
  }
  return tree;
}

inline std::string Compact(const Tree& tree) {
  if (tree.kind != json::Kind::kArray && tree.kind != json::Kind::kObject) return tree.raw;
  const bool object = tree.kind == json::Kind::kObject;
  std::string text = object ? "{" : "[";
  for (const Tree::Child& child : tree.children) {
    if (text.size() > 1) text += ',';
    if (object) text += child.raw_name + ":";
    text += Compact(child.value[0]);
  }
  return text + (object ? "}" : "]");
}

class TransformOracle {
 public:
  explicit TransformOracle(const TransformSteps& steps) : steps_(steps) {}

  std::string Run(json::Value document) const {
    Tree tree = TreeOf(document);
    for (const TransformStep& step : steps_) {
      if (!Apply(step, step.paths, tree)) tree = {json::Kind::kNull, "null", {}};
    }
    return Compact(tree);
  }

 private:
  // What is left of the paths below one child.
  static std::vector<Path> Below(const std::vector<Path>& paths, const Tree& parent, size_t i) {
    std::vector<Path> below;
    const bool object = parent.kind == json::Kind::kObject;
    for (const Path& path : paths) {
      const PathSegment& first = path[0];
      const bool taken =
          first.kind == PathSegment::kWildcard ||
          (first.kind == PathSegment::kName && object && first.name == parent.children[i].name) ||
          (first.kind == PathSegment::kIndex && !object && first.index == i);
      if (taken) below.emplace_back(path.begin() + 1, path.end());
    }
    return below;
  }

  static bool Selects(const std::vector<Path>& paths) {
    for (const Path& path : paths) {
      if (path.empty()) return true;
    }
    return false;
  }

  // False if the value disappears.
  static bool Apply(const TransformStep& step, const std::vector<Path>& paths, Tree& tree) {
    const bool pick = step.kind == TransformStep::kPick;
    if (paths.empty()) return !pick;
    if (Selects(paths)) {
      if (step.kind == TransformStep::kRedact) tree = {json::Kind::kString, "\"***\"", {}};
      return step.kind != TransformStep::kDrop;
    }
    if (tree.kind != json::Kind::kArray && tree.kind != json::Kind::kObject) return !pick;
    std::vector<Tree::Child> left;
    for (size_t i = 0; i < tree.children.size(); ++i) {
      const std::vector<Path> below = Below(paths, tree, i);
      Tree::Child child = tree.children[i];
      if (Apply(step, below, child.value[0])) left.push_back(std::move(child));
    }
    tree.children = std::move(left);
    return true;
  }

  const TransformSteps& steps_;
};

}  // namespace sluice::test_support
