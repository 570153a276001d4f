#include "reference_edit.h"

#include <utility>

namespace sluice::reference {
namespace {

using Segments = std::vector<Segment>;

size_t Unsigned(int child) { return static_cast<size_t>(child); }

void EraseMember(Tree& object, size_t i) {
  object.names.erase(object.names.begin() + static_cast<ptrdiff_t>(i));
  object.values.erase(object.values.begin() + static_cast<ptrdiff_t>(i));
}

bool IsEnd(const Segment& segment) {
  return segment.kind == Segment::Kind::kToken && segment.name == "-";
}

// Whether there is no element with that index yet, but one would come to lie there.
bool IsNextElement(const Tree& tree, const Segment& segment) {
  return tree.is_array() && segment.index == std::to_string(tree.values.size());
}

bool WriteAt(Tree& tree, const Segments& path, size_t at, const Tree& value, Where where);

bool WriteToAll(Tree& tree, const Segments& path, size_t at, const Tree& value, Where where) {
  bool any = false;
  for (Tree& child : tree.values) any = WriteAt(child, path, at + 1, value, where) || any;
  return any;
}

// What comes to lie where there is nothing.
std::optional<Tree> NewValue(const Segments& path, size_t at, const Tree& value) {
  if (at + 1 == path.size()) return value;
  Tree child = EmptyObject();
  if (!WriteAt(child, path, at + 1, value, Where::kEverywhere)) return std::nullopt;
  return child;
}

bool WriteAt(Tree& tree, const Segments& path, size_t at, const Tree& value, Where where) {
  if (at == path.size()) {
    if (where == Where::kOnlyWhereNothingIs) return false;
    tree = value;
    return true;
  }
  if (!tree.is_container()) return false;
  tree.raw.clear();
  const Segment& segment = path[at];
  const bool last = at + 1 == path.size();
  if (segment.kind == Segment::Kind::kWildcard) return WriteToAll(tree, path, at, value, where);
  if (const int child = ChildOf(tree, segment); child >= 0) {
    if (!WriteAt(tree.values[Unsigned(child)], path, at + 1, value, where)) return false;
    if (last && tree.is_object()) PutMember(tree, MadeName(segment.name), value);
    return true;
  }
  const bool end = tree.is_array() && last && IsEnd(segment);
  const bool member = tree.is_object() && segment.kind != Segment::Kind::kIndex;
  if (!end && !member && !IsNextElement(tree, segment)) return false;
  std::optional<Tree> created = NewValue(path, at, value);
  if (!created) return false;
  if (member) tree.names.push_back(MadeName(segment.name));
  tree.values.push_back(*std::move(created));
  return true;
}

// RFC 6902, section 4: the places that operations address must be there.
Tree* Parent(Tree& root, const Segments& pointer) {
  return Locate(root, Segments(pointer.begin(), pointer.end() - 1));
}

bool Add(Tree& root, const Segments& pointer, Tree value) {
  if (pointer.empty()) return root = std::move(value), true;
  Tree* parent = Parent(root, pointer);
  if (parent == nullptr || !parent->is_container()) return false;
  parent->raw.clear();
  const Segment& last = pointer.back();
  if (parent->is_object()) {
    PutMember(*parent, MadeName(last.name), std::move(value));
    return true;
  }
  const int child = ChildOf(*parent, last);
  if (child < 0 && !IsEnd(last) && !IsNextElement(*parent, last)) return false;
  const auto before = child < 0 ? parent->values.end() : parent->values.begin() + child;
  parent->values.insert(before, std::move(value));
  return true;
}

bool Replace(Tree& root, const Segments& pointer, Tree value) {
  Tree* target = Locate(root, pointer);
  if (target == nullptr) return false;
  *target = value;
  if (pointer.empty()) return true;
  Tree* parent = Parent(root, pointer);
  if (parent->is_object()) PutMember(*parent, MadeName(pointer.back().name), std::move(value));
  return true;
}

const Tree& Get(const Tree& object, std::string_view name) {
  static const Tree kNothing;
  const int child = LastNamed(object, name);
  return child < 0 ? kNothing : object.values[Unsigned(child)];
}

}  // namespace

void PutMember(Tree& object, Name name, Tree value) {
  object.raw.clear();
  int last = LastNamed(object, name.text);
  if (last < 0) {
    object.names.push_back(std::move(name));
    object.values.push_back(std::move(value));
    return;
  }
  object.values[Unsigned(last)] = std::move(value);
  while (--last >= 0) {
    if (object.names[Unsigned(last)].text == name.text) EraseMember(object, Unsigned(last));
  }
}

void EraseMembers(Tree& object, std::string_view name) {
  object.raw.clear();
  for (size_t i = object.names.size(); i > 0; --i) {
    if (object.names[i - 1].text == name) EraseMember(object, i - 1);
  }
}

void EraseElement(Tree& array, size_t index) {
  array.raw.clear();
  array.values.erase(array.values.begin() + static_cast<ptrdiff_t>(index));
}

bool Write(Tree& root, const Segments& path, const Tree& value, Where where) {
  return WriteAt(root, path, 0, value, where);
}

std::optional<Tree> TakeOut(Tree& root, const Segments& location) {
  Tree* found = Locate(root, location);
  if (found == nullptr || location.empty()) return std::nullopt;
  Tree value = *found;
  Tree& parent = *Parent(root, location);
  if (parent.is_object()) {
    EraseMembers(parent, location.back().name);
  } else {
    EraseElement(parent, Unsigned(ChildOf(parent, location.back())));
  }
  return value;
}

Tree MergePatch(const Tree* target, const Tree& patch) {
  if (!patch.is_object()) return patch;
  Tree result = target != nullptr && target->is_object() ? *target : EmptyObject();
  result.raw.clear();
  for (size_t i = 0; i < patch.names.size(); ++i) {
    const Name& name = patch.names[i];
    if (LastNamed(patch, name.text) != static_cast<int>(i)) continue;
    const Tree& value = patch.values[i];
    if (value.kind == Tree::Kind::kNull) {
      EraseMembers(result, name.text);
      continue;
    }
    const int old = LastNamed(result, name.text);
    PutMember(result, name, MergePatch(old < 0 ? nullptr : &result.values[Unsigned(old)], value));
  }
  return result;
}

bool PatchOperation(Tree& root, const Tree& operation) {
  const std::string& op = Get(operation, "op").text;
  const Segments path = ParsePath(Get(operation, "path").text).segments;
  const Segments from = ParsePath(Get(operation, "from").text).segments;
  const Tree& value = Get(operation, "value");
  if (op == "add") return Add(root, path, value);
  if (op == "remove") return TakeOut(root, path).has_value();
  if (op == "replace") return Replace(root, path, value);
  if (op == "test") {
    const Tree* found = Locate(root, path);
    return found != nullptr && SameValue(*found, value);
  }
  if (op == "copy") {
    const Tree* found = Locate(root, from);
    return found != nullptr && Add(root, path, Tree(*found));
  }
  if (from.empty() && path.empty()) return true;
  std::optional<Tree> moved = TakeOut(root, from);
  return moved && Add(root, path, *std::move(moved));
}

}  // namespace sluice::reference
