#include "sluice/regex/unicode_property.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "re2/unicode_groups.h"

namespace sluice::regex {
namespace {

struct Property {
  const char* names;
  const char* bases;
  std::string_view changes;  // varints: the distances between them
};

// With a NUL in it too.
template <size_t kSize>
constexpr std::string_view T(const char (&bytes)[kSize]) {
  return {bytes, kSize - 1};
}

#include "sluice/regex/unicode_tables.inc"

static_assert(std::size(kScripts) == std::size(kScriptExtensions));

// Where membership changes, in order: the first code point of a range, the first after it, …
using Changes = std::vector<uint32_t>;

bool HasName(const Property& property, std::string_view name) {
  for (const std::string_view one : absl::StrSplit(property.names, ' ')) {
    if (one == name) return true;
  }
  return false;
}

const Property* Find(absl::Span<const Property> properties, std::string_view name) {
  for (const Property& property : properties) {
    if (HasName(property, name)) return &property;
  }
  return nullptr;
}

Changes ReadChanges(std::string_view bytes) {
  Changes changes;
  uint32_t point = 0;
  uint32_t distance = 0;
  uint32_t shift = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    distance |= static_cast<uint32_t>(byte & 0x7F) << shift;
    shift += 7;
    if (byte >= 0x80) continue;
    point += distance;
    changes.push_back(point);
    distance = 0;
    shift = 0;
  }
  return changes;
}

// What is in one of the sets and not in the other.
Changes ExclusiveOr(const Changes& x, const Changes& y) {
  Changes result;
  std::set_symmetric_difference(x.begin(), x.end(), y.begin(), y.end(), std::back_inserter(result));
  return result;
}

Changes ChangesOf(const CharacterSet& set) {
  Changes changes;
  for (const CodeRange& range : set.ranges()) {
    changes.push_back(range.first);
    changes.push_back(range.last + 1);
  }
  return changes;
}

CharacterSet SetOf(const Changes& changes) {
  std::vector<CodeRange> ranges;
  for (size_t i = 0; i + 1 < changes.size(); i += 2) {
    ranges.push_back({changes[i], changes[i + 1] - 1});
  }
  return CharacterSet(std::move(ranges));
}

template <typename T>
absl::Span<const T> SpanOf(const T* first, int count) {
  return {first, static_cast<size_t>(count)};
}

void AddRe2Group(std::string_view name, CharacterSet* set) {
  for (const re2::UGroup& group : SpanOf(re2::unicode_groups, re2::num_unicode_groups)) {
    if (name != group.name) continue;
    for (const re2::URange16& range : SpanOf(group.r16, group.nr16)) {
      set->Add(range.lo, range.hi);
    }
    for (const re2::URange32& range : SpanOf(group.r32, group.nr32)) {
      set->Add(static_cast<uint32_t>(range.lo), static_cast<uint32_t>(range.hi));
    }
  }
}

// Bases stand before what is made from them, so this comes to an end; it goes four deep.
CharacterSet Resolve(const Property& property) {
  CharacterSet bases;
  for (const std::string_view name : absl::StrSplit(property.bases, ' ', absl::SkipEmpty())) {
    if (name[0] == '=') {
      AddRe2Group(name.substr(1), &bases);
      continue;
    }
    const Property* base = Find(kCategories, name);
    if (base == nullptr) base = Find(kBinary, name);
    bases.Add(Resolve(*base).ranges());
  }
  bases.Normalize();
  return SetOf(ExclusiveOr(ChangesOf(bases), ReadChanges(property.changes)));
}

struct Found {
  const Property* property;
  std::string_view changes;  // besides the property's own
};

std::optional<Found> FindExpression(std::string_view expression) {
  const size_t equals = expression.find('=');
  if (equals == std::string_view::npos) {
    const Property* property = Find(kCategories, expression);
    if (property == nullptr) property = Find(kBinary, expression);
    if (property == nullptr) return std::nullopt;
    return Found{property, {}};
  }
  const std::string_view name = expression.substr(0, equals);
  const std::string_view value = expression.substr(equals + 1);
  const bool category = name == "General_Category" || name == "gc";
  const bool extensions = name == "Script_Extensions" || name == "scx";
  if (!category && !extensions && name != "Script" && name != "sc") return std::nullopt;
  const absl::Span<const Property> among =
      category ? absl::MakeConstSpan(kCategories) : absl::MakeConstSpan(kScripts);
  const Property* property = Find(among, value);
  if (property == nullptr) return std::nullopt;
  return Found{property, extensions ? kScriptExtensions[property - among.data()] : ""};
}

}  // namespace

bool IsUnicodeProperty(std::string_view expression) {
  return FindExpression(expression).has_value();
}

CharacterSet UnicodeProperty(std::string_view expression) {
  const std::optional<Found> found = FindExpression(expression);
  if (!found.has_value()) return {};
  CharacterSet set = Resolve(*found->property);
  if (found->changes.empty()) return set;
  return SetOf(ExclusiveOr(ChangesOf(set), ReadChanges(found->changes)));
}

}  // namespace sluice::regex
