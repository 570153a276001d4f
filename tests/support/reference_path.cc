#include "reference_path.h"

#include <algorithm>
#include <map>

#include "../core/query/reference_jsonpath.h"
#include "sluice/json/document.h"

namespace sluice::reference {
namespace {

constexpr size_t kMaxNodes = 100'000;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsBlank(char c) { return std::string_view(" \t\n\r").find(c) != std::string_view::npos; }
bool IsNameChar(char c) {
  return IsDigit(c) || c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         static_cast<unsigned char>(c) >= 0x80;
}

Path ParsePointer(std::string_view text) {
  Path path;
  for (size_t at = 0; at < text.size();) {
    Segment segment = {Segment::Kind::kToken, "", ""};
    for (++at; at < text.size() && text[at] != '/'; ++at) {
      if (text[at] == '~') {
        segment.name += text[++at] == '0' ? '~' : '/';
      } else {
        segment.name += text[at];
      }
    }
    const bool digits = std::all_of(segment.name.begin(), segment.name.end(), IsDigit);
    if (digits && !segment.name.empty() && (segment.name == "0" || segment.name[0] != '0')) {
      segment.index = segment.name;
    }
    path.segments.push_back(std::move(segment));
  }
  return path;
}

// A quoted name at `at`, decoded by way of JSON; `at` ends behind its closing quote.
std::string QuotedName(std::string_view text, size_t& at) {
  const char quote = text[at++];
  std::string json = "\"";
  for (; text[at] != quote; ++at) {
    if (text[at] == '\\' && text[at + 1] == '\'') ++at;
    if (text[at] == '\\') json += text[at++];
    if (text[at] == '"' && quote == '\'') json += '\\';
    json += text[at];
  }
  ++at;
  return ParseTree(json + '"').value_or(Tree()).text;
}

Path ParseJsonPath(std::string_view text) {
  Path path;
  size_t at = 1;
  const auto blanks = [&] {
    while (at < text.size() && IsBlank(text[at])) ++at;
  };
  while (at < text.size()) {
    blanks();
    Segment segment;
    if (text[at] == '.') {
      ++at;
      if (text[at] == '.') break;
      if (text[at] == '*') {
        ++at;
      } else {
        segment.kind = Segment::Kind::kName;
        while (at < text.size() && IsNameChar(text[at])) segment.name += text[at++];
      }
    } else {
      ++at;
      blanks();
      if (text[at] == '*') {
        ++at;
      } else if (text[at] == '\'' || text[at] == '"') {
        segment.kind = Segment::Kind::kName;
        segment.name = QuotedName(text, at);
      } else {
        segment.kind = Segment::Kind::kIndex;
        while (IsDigit(text[at])) segment.index += text[at++];
        if (segment.index.empty()) break;
      }
      blanks();
      if (text[at] != ']') break;
      ++at;
    }
    path.segments.push_back(std::move(segment));
    if (at == text.size()) return path;
  }
  path.simple = text.size() == 1;
  return path;
}

bool Takes(const Segment& segment, const Tree& parent, size_t child) {
  if (segment.kind == Segment::Kind::kWildcard) return true;
  if (parent.is_object()) {
    return segment.kind != Segment::Kind::kIndex && parent.names[child].text == segment.name;
  }
  return segment.index == std::to_string(child);
}

void Follow(const Path& path, size_t at, Tree& tree, Route& route, Selection& selection) {
  if (at == path.segments.size()) {
    if (path.simple) selection.selected.insert(route);
    // The containers that the simple part of a general path selects stay.
    if (path.simple || !tree.is_container()) return;
  } else if (!tree.is_container()) {
    return;
  }
  selection.ways.insert(route);
  tree.raw.clear();
  if (at == path.segments.size()) return;
  for (size_t i = 0; i < tree.values.size(); ++i) {
    if (!Takes(path.segments[at], tree, i)) continue;
    route.push_back(i);
    Follow(path, at + 1, tree.values[i], route, selection);
    route.pop_back();
  }
}

// Routes by the numbers that the values have in a Document of the same text.
void Number(const Tree& tree, json::Value value, Route& route, std::map<uint32_t, Route>& routes) {
  routes[value.index()] = route;
  size_t i = 0;
  const auto descend = [&](json::Value child) {
    route.push_back(i);
    Number(tree.values[i++], child, route, routes);
    route.pop_back();
  };
  for (const json::Value element : json::Elements(value)) descend(element);
  for (const json::Member member : json::Members(value)) descend(member.value);
}

std::optional<std::vector<Route>> Query(std::string_view jsonpath, const Tree& root,
                                        query::Duplicates duplicates) {
  const std::string text = TextOf(root);
  json::Document document;
  if (!document.Parse(text).ok()) return std::nullopt;
  const auto nodes = query::ReferenceJsonPath(jsonpath, document, kMaxNodes, duplicates);
  if (!nodes) return std::nullopt;
  std::map<uint32_t, Route> numbered;
  Route route;
  Number(root, document.root(), route, numbered);
  std::vector<Route> routes;
  for (const uint32_t node : *nodes) routes.push_back(numbered[node]);
  return routes;
}

}  // namespace

Path ParsePath(std::string_view text) {
  return text.starts_with('$') ? ParseJsonPath(text) : ParsePointer(text);
}

bool Select(std::string_view text, Tree& root, Selection& selection) {
  const Path path = ParsePath(text);
  Route start;
  Follow(path, 0, root, start, selection);
  if (path.simple) return true;
  const auto routes = Query(text, root, query::Duplicates::kEvery);
  if (!routes) return false;
  for (Route route : *routes) {
    selection.selected.insert(route);
    while (!route.empty()) {
      route.pop_back();
      selection.ways.insert(route);
      At(root, route).raw.clear();
    }
  }
  return true;
}

std::optional<std::vector<Route>> QueryRoutes(std::string_view jsonpath, const Tree& root) {
  return Query(jsonpath, root, query::Duplicates::kLast);
}

std::optional<bool> Holds(std::string_view expression, const Tree& root) {
  const std::string text = TextOf(root);
  json::Document document;
  if (!document.Parse(text).ok()) return std::nullopt;
  return query::ReferenceCondition(expression, document, kMaxNodes);
}

int ChildOf(const Tree& tree, const Segment& segment) {
  if (tree.is_object() && segment.kind != Segment::Kind::kIndex) {
    return LastNamed(tree, segment.name);
  }
  for (size_t i = 0; tree.is_array() && i < tree.values.size(); ++i) {
    if (segment.index == std::to_string(i)) return static_cast<int>(i);
  }
  return -1;
}

Tree* Locate(Tree& root, const std::vector<Segment>& location) {
  Tree* tree = &root;
  for (const Segment& segment : location) {
    if (tree->is_container()) tree->raw.clear();
    const int child = ChildOf(*tree, segment);
    if (child < 0) return nullptr;
    tree = &tree->values[static_cast<size_t>(child)];
  }
  return tree;
}

Tree& At(Tree& root, const Route& route) {
  Tree* tree = &root;
  for (const size_t child : route) tree = &tree->values[child];
  return *tree;
}

bool IsPrefix(const Route& prefix, const Route& route) {
  return prefix.size() <= route.size() && std::equal(prefix.begin(), prefix.end(), route.begin());
}

}  // namespace sluice::reference
