// What a path of a step selects in a Tree: each value by its route from the root, one number a
// level. Slow and simple.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "json_tree.h"

namespace sluice::reference {

struct Segment {
  enum class Kind : uint8_t { kName, kIndex, kWildcard, kToken };
  Kind kind = Kind::kWildcard;
  std::string name;   // kName; kToken: as a member's name
  std::string index;  // kIndex, kToken: digits, empty if it is no index
};

struct Path {
  std::vector<Segment> segments;  // of a general path: of the simple part that it begins with
  bool simple = true;
};

// `text` is a valid path.
Path ParsePath(std::string_view text);

using Route = std::vector<size_t>;

struct Selection {
  std::set<Route> selected;
  std::set<Route> ways;  // containers where a path goes on, or would
};

// Adds what the path selects; of members with one name every one. Containers that the path goes
// through lose their raw text. False if a general path yields more than a test can bear.
bool Select(std::string_view path, Tree& root, Selection& selection);

// The values that a JSONPath of any kind selects, in its order; of members with one name the last.
std::optional<std::vector<Route>> QueryRoutes(std::string_view jsonpath, const Tree& root);

// A logical expression with @ and $ the document.
std::optional<bool> Holds(std::string_view expression, const Tree& root);

// The one value at a location, of members with one name the last; null if there is none. Containers
// that are looked into lose their raw text.
Tree* Locate(Tree& root, const std::vector<Segment>& location);
Tree& At(Tree& root, const Route& route);

// The child that a segment without wildcards means: its number, or -1.
int ChildOf(const Tree& tree, const Segment& segment);

bool IsPrefix(const Route& prefix, const Route& route);

}  // namespace sluice::reference
