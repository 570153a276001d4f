// How steps write into a Tree. Slow and simple.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "json_tree.h"
#include "reference_path.h"

namespace sluice::reference {

// Gives the member a value: the last of that name keeps its place, the others go; where there is
// none it is added at the end under `name`.
void PutMember(Tree& object, Name name, Tree value);
// Removes all members of that name.
void EraseMembers(Tree& object, std::string_view name);
void EraseElement(Tree& array, size_t index);

enum class Where { kEverywhere, kOnlyWhereNothingIs };

// Writes as the steps set and default do: creates what is missing on the way. False, and nothing is
// changed, where that can't be done.
bool Write(Tree& root, const std::vector<Segment>& path, const Tree& value, Where where);

// Takes the value at a location out. Nothing if there is none, or if the location is the root.
std::optional<Tree> TakeOut(Tree& root, const std::vector<Segment>& location);

// RFC 7396. `target` is null where there is nothing.
Tree MergePatch(const Tree* target, const Tree& patch);

// RFC 6902: applies one operation. False if it fails; then `root` may be anything.
bool PatchOperation(Tree& root, const Tree& operation);

}  // namespace sluice::reference
