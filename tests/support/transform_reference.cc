#include "transform_reference.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "reference_edit.h"
#include "reference_hmac.h"
#include "reference_path.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"

namespace sluice::reference {
namespace {

using Kind = Tree::Kind;
using OutcomeKind = Outcome::Kind;

const Tree* Get(const Tree& object, std::string_view name) {
  if (!object.is_object()) return nullptr;
  const int child = LastNamed(object, name);
  return child < 0 ? nullptr : &object.values[static_cast<size_t>(child)];
}

// The value without its blanks, as those of the steps' constants are nobody's concern.
Tree WithoutBlanks(const Tree& tree) {
  Tree copy = tree;
  if (copy.is_container()) copy.raw.clear();
  for (Tree& value : copy.values) value = WithoutBlanks(value);
  return copy;
}

// The last characters of a text, if at least as many stay hidden; else none.
std::string LastOf(const std::string& utf8, size_t count) {
  std::vector<std::string> characters;
  for (const char c : utf8) {
    const bool follows = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!follows) characters.emplace_back();
    characters.back() += c;
  }
  std::string last;
  if (characters.size() < 2 * count) return last;
  for (size_t i = characters.size() - count; i < characters.size(); ++i) last += characters[i];
  return last;
}

// What is left of a tree: the selected values, and the ways to them.
bool Keep(Tree& tree, Route& route, const Selection& selection) {
  if (selection.selected.contains(route)) return true;
  if (!selection.ways.contains(route)) return false;
  Tree left = tree;
  left.raw.clear();
  left.names.clear();
  left.values.clear();
  for (size_t i = 0; i < tree.values.size(); ++i) {
    route.push_back(i);
    if (Keep(tree.values[i], route, selection)) {
      if (tree.is_object()) left.names.push_back(tree.names[i]);
      left.values.push_back(tree.values[i]);
    }
    route.pop_back();
  }
  tree = left;
  return true;
}

void Drop(Tree& tree, Route& route, const Selection& selection) {
  for (size_t i = tree.values.size(); i > 0; --i) {
    route.push_back(i - 1);
    if (!selection.selected.contains(route)) {
      Drop(tree.values[i - 1], route, selection);
    } else {
      EraseElement(tree, i - 1);
      if (tree.is_object()) tree.names.erase(tree.names.begin() + static_cast<ptrdiff_t>(i - 1));
    }
    route.pop_back();
  }
}

// The selected routes that lie in no other.
std::vector<Route> Outermost(const Selection& selection) {
  std::vector<Route> outermost;
  for (const Route& route : selection.selected) {
    if (outermost.empty() || !IsPrefix(outermost.back(), route)) outermost.push_back(route);
  }
  return outermost;
}

class Runner {
 public:
  Runner(const Texts& inputs, const Texts& secrets) : inputs_(inputs), secrets_(secrets) {}

  // False: `outcome` says why. `location` is that of the array of steps.
  bool Steps(const Tree& steps, const std::string& location, Tree& root) {
    for (size_t i = 0; i < steps.values.size(); ++i) {
      if (!Step(steps.values[i], location + "/" + std::to_string(i), root)) return false;
    }
    return true;
  }

  void See(const Tree& root) { outcome_.deepest = std::max(outcome_.deepest, DepthOf(root)); }
  Outcome& outcome() { return outcome_; }

 private:
  bool Fail(OutcomeKind kind, std::string location) {
    outcome_.kind = kind;
    outcome_.location = std::move(location);
    return false;
  }

  bool Step(const Tree& step, const std::string& location, Tree& root) {
    if (const Tree* when = Get(step, "when"); when != nullptr) {
      const std::optional<bool> holds = When(when->text, root);
      if (!holds) return Fail(OutcomeKind::kUndecided, location);
      if (!*holds) return true;
    }
    for (size_t i = 0; i < step.names.size(); ++i) {
      const std::string& name = step.names[i].text;
      if (name == "when") continue;
      const bool done = ByPaths(name, step.values[i], location, root) &&
                        ByLocation(name, step.values[i], location, root) &&
                        Whole(name, step.values[i], location, root);
      See(root);
      return done;
    }
    return true;
  }

  static std::optional<bool> When(const std::string& when, Tree& root) {
    if (when.empty() || when[0] == '/') return Locate(root, ParsePath(when).segments) != nullptr;
    return Holds(when, root);
  }

  // pick, drop, redact, rename, map: of members with one name every one.
  bool ByPaths(const std::string& name, const Tree& body, const std::string& location, Tree& root) {
    Selection selection;
    if (name == "rename") return Rename(body, location, root);
    const Tree* paths = Get(body, "paths");
    if (name == "map") {
      if (!Select(Get(body, "path")->text, root, selection)) {
        return Fail(OutcomeKind::kUndecided, location);
      }
      for (const Route& route : Outermost(selection)) {
        if (!Steps(*Get(body, "steps"), location + "/map/steps", At(root, route))) return false;
      }
      return true;
    }
    if (name != "pick" && name != "drop" && name != "redact") return true;
    for (const Tree& path : (paths != nullptr ? *paths : body).values) {
      if (!Select(path.text, root, selection)) return Fail(OutcomeKind::kUndecided, location);
    }
    Route route;
    if (name == "pick" && !Keep(root, route, selection)) root = NullTree();
    if (name == "drop") Drop(root, route, selection);
    if (name == "redact") {
      for (const Route& it : Outermost(selection)) At(root, it) = Redacted(body, At(root, it));
    }
    return true;
  }

  Tree Redacted(const Tree& body, const Tree& value) const {
    if (const Tree* hash = Get(body, "hash"); hash != nullptr) {
      const std::string& key = secrets_.at(Get(*hash, "secret")->text);
      const std::string text = value.kind == Kind::kString ? value.text : TextOf(value);
      return MadeString(HexOf(HmacSha256(key, text)).substr(0, 32));
    }
    const Tree* with = Get(body, "with");
    std::string shown = with != nullptr ? with->text : "***";
    const Tree* last = Get(body, "keepLast");
    if (last != nullptr && (value.kind == Kind::kString || value.kind == Kind::kNumber)) {
      shown += LastOf(value.kind == Kind::kString ? value.text : value.raw, std::stoul(last->raw));
    }
    return MadeString(shown);
  }

  using Renamings = std::vector<std::pair<Route, std::string>>;
  bool Rename(const Tree& body, const std::string& location, Tree& root) {
    Renamings renamings;
    for (size_t i = 0; i < body.names.size(); ++i) {
      Selection selection;
      if (!Select(body.names[i].text, root, selection)) {
        return Fail(OutcomeKind::kUndecided, location);
      }
      for (const Route& route : selection.selected) {
        renamings.emplace_back(route, body.values[i].text);
      }
    }
    RenameIn(root, {}, renamings);
    return true;
  }

  // Of several new names for one member the last counts.
  static const std::string* NewName(const Renamings& renamings, const Route& route) {
    const std::string* last = nullptr;
    for (const auto& [of, name] : renamings) {
      if (of == route) last = &name;
    }
    return last;
  }

  static void RenameIn(Tree& tree, const Route& route, const Renamings& renamings) {
    std::set<std::string> given;
    std::set<size_t> renamed;
    for (size_t i = 0; i < tree.values.size(); ++i) {
      Route child = route;
      child.push_back(i);
      RenameIn(tree.values[i], child, renamings);
      const std::string* name = NewName(renamings, child);
      if (name == nullptr || !tree.is_object()) continue;
      tree.names[i] = MadeName(*name);
      given.insert(*name);
      renamed.insert(i);
    }
    for (size_t i = tree.names.size(); i > 0; --i) {
      if (!given.contains(tree.names[i - 1].text) || renamed.contains(i - 1)) continue;
      tree.names.erase(tree.names.begin() + static_cast<ptrdiff_t>(i - 1));
      EraseElement(tree, i - 1);
    }
  }

  // move, copy, set, default, unwrap: of members with one name the last.
  bool ByLocation(const std::string& name, const Tree& body, const std::string& location,
                  Tree& root) {
    if (name == "move" || name == "copy") {
      if (body.is_object()) MoveOrCopy(name == "move", body, root);
      if (body.is_array()) {
        for (const Tree& one : body.values) MoveOrCopy(name == "move", one, root);
      }
    }
    if (name == "unwrap") {
      if (const Tree* inner = Locate(root, ParsePath(body.text).segments); inner != nullptr) {
        root = Tree(*inner);
      }
    }
    if (name != "set" && name != "default") return true;
    for (size_t i = 0; i < body.names.size(); ++i) {
      const Path path = ParsePath(body.names[i].text);
      const Tree value = WithoutBlanks(body.values[i]);
      if (path.simple) {
        Write(root, path.segments, value,
              name == "set" ? Where::kEverywhere : Where::kOnlyWhereNothingIs);
        continue;
      }
      Selection selection;
      if (!Select(body.names[i].text, root, selection)) {
        return Fail(OutcomeKind::kUndecided, location);
      }
      for (const Route& route : Outermost(selection)) At(root, route) = value;
    }
    return true;
  }

  static void MoveOrCopy(bool move, const Tree& body, Tree& root) {
    const std::vector<Segment> from = ParsePath(Get(body, "from")->text).segments;
    const std::vector<Segment> to = ParsePath(Get(body, "to")->text).segments;
    const Tree* found = Locate(root, from);
    if (found == nullptr) return;
    const Tree value = *found;
    Locate(root, to);  // is looked into in any case
    Tree changed = root;
    if (move && !from.empty()) TakeOut(changed, from);
    if (Write(changed, to, value, Where::kEverywhere)) root = changed;
  }

  // wrap, merge, patch, query, compose.
  bool Whole(const std::string& name, const Tree& body, const std::string& location, Tree& root) {
    if (name == "wrap") {
      Tree wrapped = EmptyObject();
      wrapped.names.push_back(MadeName(body.text));
      wrapped.values.push_back(root);
      root = wrapped;
    }
    if (name == "merge") root = MergePatch(&root, WithoutBlanks(body));
    if (name == "patch") return Patch(body, location, root);
    if (name == "query") return Query(body, location, root);
    if (name == "compose") return Compose(body, location, root);
    return true;
  }

  bool Patch(const Tree& operations, const std::string& location, Tree& root) {
    Tree changed = root;
    for (size_t i = 0; i < operations.values.size(); ++i) {
      See(changed);
      if (!PatchOperation(changed, WithoutBlanks(operations.values[i]))) {
        return Fail(OutcomeKind::kTransformFailed, location + "/patch/" + std::to_string(i));
      }
    }
    root = changed;
    return true;
  }

  bool Query(const Tree& body, const std::string& location, Tree& root) {
    if (const Tree* jsonpath = Get(body, "jsonpath"); jsonpath != nullptr) {
      const auto routes = QueryRoutes(jsonpath->text, root);
      if (!routes) return Fail(OutcomeKind::kUndecided, location);
      Tree result = EmptyObject();
      result.kind = Kind::kArray;
      for (const Route& route : *routes) result.values.push_back(At(root, route));
      root = result;
      return true;
    }
    const Tree* jmespath = Get(body, "jmespath");
    return JmesPath(jmespath != nullptr ? jmespath->text : body.text, location, root);
  }

  bool JmesPath(const std::string& expression, const std::string& location, Tree& root) {
    const std::string text = TextOf(root);
    const auto path = query::JmesPath::Compile(expression);
    json::Document document;
    if (!path.ok() || !document.Parse(text).ok()) return Fail(OutcomeKind::kUndecided, location);
    query::JmesScratch scratch;
    OutputBuffer out(4u << 20);
    const absl::Status status = path->Run(document, scratch, out);
    if (!status.ok()) {
      const bool undecided = query::JmesErrorName(status).empty();
      return Fail(undecided ? OutcomeKind::kUndecided : OutcomeKind::kTransformFailed, location);
    }
    std::optional<Tree> result = ParseTree(out.text());
    if (!result) return Fail(OutcomeKind::kUndecided, location);
    // Where a step has looked in before, blanks are not settled.
    root = root.raw.empty() ? WithoutBlanks(*result) : *std::move(result);
    return true;
  }

  bool Compose(const Tree& body, const std::string& location, Tree& root) {
    for (size_t i = 0; i < body.names.size(); ++i) {
      const std::string& name = body.names[i].text;
      std::string where = location;
      where += "/compose/" + name;
      if (!ComposeOne(name, body.values[i], where, root)) return false;
      See(root);
    }
    return true;
  }

  bool ComposeOne(const std::string& name, const Tree& options, const std::string& location,
                  Tree& root) {
    const Tree* missing = Get(options, "missing");
    const std::string policy = missing != nullptr ? missing->text : "fail";
    std::optional<Tree> input = NullTree();
    if (const auto text = inputs_.find(name); text != inputs_.end()) {
      input = ParseTree(text->second);
      if (!input) return Fail(OutcomeKind::kInvalidInput, location);
    } else if (policy == "fail") {
      return Fail(OutcomeKind::kTransformFailed, location);
    } else if (policy == "omit") {
      return true;
    }
    std::vector<Segment> to = {{Segment::Kind::kName, name, ""}};
    if (const Tree* given = Get(options, "to"); given != nullptr) {
      to = ParsePath(given->text).segments;
    }
    const Tree* merge = Get(options, "merge");
    if (merge != nullptr && merge->kind == Kind::kTrue) {
      input = MergePatch(Locate(root, to), *input);
    }
    return Write(root, to, *input, Where::kEverywhere) ||
           Fail(OutcomeKind::kTransformFailed, location);
  }

  const Texts& inputs_;
  const Texts& secrets_;
  Outcome outcome_;
};

}  // namespace

Outcome RunReference(std::string_view steps, std::string_view document, const Texts& inputs,
                     const Texts& secrets) {
  std::optional<Tree> root = ParseTree(document);
  const std::optional<Tree> program = ParseTree(steps);
  Runner runner(inputs, secrets);
  if (!root || !program) {
    runner.outcome().kind = root ? OutcomeKind::kUndecided : OutcomeKind::kInvalidJson;
    return runner.outcome();
  }
  runner.See(*root);
  runner.Steps(*program, "", *root);
  runner.outcome().tree = *std::move(root);
  return runner.outcome();
}

}  // namespace sluice::reference
