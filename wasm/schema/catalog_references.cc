// What $ref and its like name.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/json/pointer.h"
#include "sluice/schema/catalog.h"
#include "sluice/schema/meta_schemas.h"
#include "sluice/uri/reference.h"

namespace sluice::schema {
namespace {

// Members looked at for all JSON Pointers together.
constexpr uint64_t kMaxLookupSteps = uint64_t{1} << 27;
// Containers with more children are indexed when a pointer first leads into them, …
constexpr uint32_t kMaxScannedChildren = 64;
// … if they and those indexed before have no more than this: some 8 MB besides the names.
constexpr size_t kMaxIndexedChildren = kMaxSchemas;
// Names that a suggestion is looked for in.
constexpr size_t kMaxSuggestions = 1000;

// "~1" is "/", "~0" is "~". False for any other "~".
bool UnescapeToken(std::string_view token, std::string* out) {
  out->clear();
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '~') {
      out->push_back(token[i]);
      continue;
    }
    ++i;
    if (i == token.size() || (token[i] != '0' && token[i] != '1')) return false;
    out->push_back(token[i] == '0' ? '~' : '/');
  }
  return true;
}

json::Value ElementAt(json::Value array, std::string_view token) {
  if (token.empty() || token.size() > 9 || (token.size() > 1 && token[0] == '0')) return {};
  uint32_t index = 0;
  for (const char c : token) {
    if (c < '0' || c > '9') return {};
    index = index * 10 + static_cast<uint32_t>(c - '0');
  }
  if (index >= array.size()) return {};
  for (const json::Value element : json::Elements(array)) {
    if (index-- == 0) return element;
  }
  return {};
}

json::Value ScanFor(json::Value container, std::string_view token) {
  return container.is(json::Kind::kArray) ? ElementAt(container, token) : container.Find(token);
}

std::string SuggestMember(json::Value object, std::string_view name) {
  std::vector<std::string> names;
  std::string scratch;
  for (const json::Member member : json::Members(object)) {
    if (names.size() == kMaxSuggestions) break;
    names.emplace_back(member.key.string(&scratch));
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  return DidYouMean(name, known);
}

}  // namespace

Catalog::Target Catalog::Resolve(uint32_t place, json::Value reference) {
  std::string scratch;
  const std::string_view text = reference.string(&scratch);
  const std::string target = uri::Resolve(resources_[places_[place].resource].uri, text);
  const auto [uri, fragment] = uri::SplitFragment(target);
  const uint32_t root = FindResourceRoot(uri);
  if (root == kNone) {
    FaultUnresolved(place, reference, target);
    return {};
  }
  const std::optional<std::string> decoded = uri::PercentDecode(fragment.value_or(""));
  if (!decoded.has_value()) {
    Fault(place, reference, "invalid_reference",
          "in the fragment of a reference \"%\" stands before two hexadecimal digits");
    return {};
  }
  if (decoded->empty()) return {root, kNone};
  if ((*decoded)[0] == '/') return {FollowPointer(place, reference, root, *decoded), kNone};
  return FindAnchor(place, reference, root, *decoded);
}

Catalog::Target Catalog::ResolveRecursive(uint32_t place) {
  const uint32_t resource = places_[place].resource;
  const uint32_t root = FindRegistered(resources_[resource].uri);
  const bool is_dynamic = resources_[resource].has_recursive_anchor;
  return {root, is_dynamic ? recursive_name_ : kNone};
}

uint32_t Catalog::FindResourceRoot(std::string_view uri) {
  const uint32_t place = FindRegistered(uri);
  if (place != kNone) return place;
  for (const MetaSchema& meta : MetaSchemas()) {
    if (meta.uri != uri) continue;
    AddResource(meta.uri, meta.json);
    Walk(static_cast<uint32_t>(documents_.size() - 1));
    return FindRegistered(uri);
  }
  return kNone;
}

Catalog::Target Catalog::FindAnchor(uint32_t from, json::Value reference, uint32_t root,
                                    std::string_view name) {
  const std::string uri = absl::StrCat(resources_[places_[root].resource].uri, "#", name);
  const uint32_t place = FindRegistered(uri);
  if (place == kNone) {
    FaultUnresolved(from, reference, uri);
    return {};
  }
  return {place, dynamic_[uris_.Find(uri)]};
}

uint32_t Catalog::FollowPointer(uint32_t from, json::Value reference, uint32_t start,
                                std::string_view pointer) {
  json::Value value = places_[start].value;
  uint32_t nearest = start;  // the last place on the way
  std::string path;          // from there
  std::string token;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const size_t end = std::min(pointer.find('/'), pointer.size());
    if (!UnescapeToken(pointer.substr(0, end), &token)) {
      Fault(from, reference, "invalid_reference",
            "in a JSON Pointer \"~\" stands before 0 (for \"~\") or 1 (for \"/\")");
      return kNone;
    }
    pointer.remove_prefix(end);
    const json::Value next = FindChild(places_[start].document, value, token);
    if (lookup_steps_ > kMaxLookupSteps) {
      FaultBudget(places_[from].document, reference, "following all references takes too long");
      return kNone;
    }
    if (!next.present()) {
      if (context_.issues().full()) {
        Fault(from, reference, "unresolved_reference", "");
        return kNone;
      }
      Fault(from, reference, "unresolved_reference",
            absl::StrCat("the reference leads nowhere: there is no ", Quoted(token), " at ",
                         Quoted(LocationOf(nearest, value)), SuggestMember(value, token)));
      return kNone;
    }
    value = next;
    json::AppendPointerToken(token, &path);
    if (const uint32_t place = PlaceOf(start, value); place != kNone) {
      nearest = place;
      path.clear();
    }
  }
  if (path.empty()) return nearest;
  // No keyword leads here.
  const uint32_t place =
      NewPlace(value, places_[nearest].document, places_[nearest].resource, nearest, AddText(path));
  VisitNewPlaces();
  return place;
}

json::Value Catalog::FindChild(uint32_t document, json::Value container, std::string_view token) {
  if (container.size() <= kMaxScannedChildren) {
    lookup_steps_ += container.size();
    return ScanFor(container, token);
  }
  std::string key = absl::StrCat(document, "#", container.index(), "#");
  ++lookup_steps_;
  if (children_.Find(key) == kNone && !IndexChildren(key, container)) {
    return ScanFor(container, token);
  }
  absl::StrAppend(&key, "/", token);
  const uint32_t child = children_.Find(key);
  if (child == kNone) return {};
  return {container.document(), child_indexes_[child]};
}

bool Catalog::IndexChildren(std::string_view container_key, json::Value container) {
  lookup_steps_ += container.size();
  if (children_.strings().size() + container.size() >= kMaxIndexedChildren) return false;
  std::string key(container_key);
  const auto add = [&](json::Value child) {
    const uint32_t number = children_.Intern(key);
    child_indexes_.resize(children_.strings().size());
    child_indexes_[number] = child.index();  // of twins the last counts, as in Find
  };
  add(container);
  key.push_back('/');
  const size_t prefix = key.size();
  uint32_t position = 0;
  for (const json::Value element : json::Elements(container)) {
    key.resize(prefix);
    absl::StrAppend(&key, position++);
    add(element);
  }
  std::string scratch;
  for (const json::Member member : json::Members(container)) {
    key.resize(prefix);
    key.append(member.key.string(&scratch));
    add(member.value);
  }
  return true;
}

uint32_t Catalog::PlaceOf(uint32_t place, json::Value value) const {
  const Document& document = documents_[places_[place].document];
  return document.places[value.index() - document.root.index()];
}

void Catalog::FaultUnresolved(uint32_t place, json::Value reference, std::string_view target) {
  if (context_.issues().full()) return Fault(place, reference, "unresolved_reference", "");
  std::vector<std::string_view> known;
  for (size_t i = 0; i < registered_.size() && known.size() < kMaxSuggestions; ++i) {
    if (registered_[i] != kNone) known.push_back(uris_.text(static_cast<uint32_t>(i)));
  }
  Fault(place, reference, "unresolved_reference",
        absl::StrCat("nothing is called ", Quoted(target), DidYouMean(target, known),
                     ": a reference names this schema, one within it, a resource that is given, or "
                     "a meta-schema"));
}

}  // namespace sluice::schema
