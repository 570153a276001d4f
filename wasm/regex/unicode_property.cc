#include "sluice/regex/unicode_property.h"

#include <algorithm>
#include <iterator>
#include <optional>

#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "re2/unicode_groups.h"

namespace sluice::regex {
namespace {

// With NULs in it too.
template <size_t kSize>
constexpr std::string_view Blob(const char (&bytes)[kSize]) {
  return {bytes, kSize - 1};
}

#include "sluice/regex/unicode_tables.inc"

struct Property {
  std::string_view names;    // with a space between them
  std::string_view bases;    // likewise, the properties whose union it is
  std::string_view changes;  // varints: the distances between them
  std::string_view extensions;
};

uint32_t ReadVarint(std::string_view* bytes) {
  uint32_t number = 0;
  for (uint32_t shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes->front());
    bytes->remove_prefix(1);
    number |= static_cast<uint32_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return number;
  }
}

std::string_view ReadUntilNul(std::string_view* bytes) {
  const std::string_view read = bytes->substr(0, bytes->find('\0'));
  bytes->remove_prefix(read.size() + 1);
  return read;
}

std::string_view ReadSized(std::string_view* bytes) {
  const uint32_t size = ReadVarint(bytes);
  const std::string_view read = bytes->substr(0, size);
  bytes->remove_prefix(size);
  return read;
}

bool HasName(const Property& property, std::string_view name) {
  for (const std::string_view one : absl::StrSplit(property.names, ' ')) {
    if (one == name) return true;
  }
  return false;
}

std::optional<Property> Find(std::string_view table, std::string_view name) {
  const bool has_extensions = table.data() == kScripts.data();
  while (!table.empty()) {
    Property property;
    property.names = ReadUntilNul(&table);
    property.bases = ReadUntilNul(&table);
    property.changes = ReadSized(&table);
    if (has_extensions) property.extensions = ReadSized(&table);
    if (HasName(property, name)) return property;
  }
  return std::nullopt;
}

std::optional<Property> FindLone(std::string_view name) {
  const std::optional<Property> category = Find(kCategories, name);
  return category.has_value() ? category : Find(kBinary, name);
}

// Where membership changes, in order: the first code point of a range, the first after it, …
using Changes = std::vector<uint32_t>;

Changes ReadChanges(std::string_view bytes) {
  Changes changes;
  uint32_t point = 0;
  while (!bytes.empty()) {
    point += ReadVarint(&bytes);
    changes.push_back(point);
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
    if (name == "=") {
      AddRe2Group(property.names.substr(0, property.names.find(' ')), &bases);
    } else if (const std::optional<Property> base = FindLone(name); base.has_value()) {
      bases.Add(Resolve(*base).ranges());
    }
  }
  bases.Normalize();
  return SetOf(ExclusiveOr(ChangesOf(bases), ReadChanges(property.changes)));
}

// Its extensions are empty where they aren't asked for.
std::optional<Property> FindExpression(std::string_view expression) {
  const size_t equals = expression.find('=');
  if (equals == std::string_view::npos) return FindLone(expression);
  const std::string_view name = expression.substr(0, equals);
  const std::string_view value = expression.substr(equals + 1);
  if (name == "General_Category" || name == "gc") return Find(kCategories, value);
  const bool extensions = name == "Script_Extensions" || name == "scx";
  if (!extensions && name != "Script" && name != "sc") return std::nullopt;
  std::optional<Property> script = Find(kScripts, value);
  if (script.has_value() && !extensions) script->extensions = {};
  return script;
}

}  // namespace

bool IsUnicodeProperty(std::string_view expression) {
  return FindExpression(expression).has_value();
}

CharacterSet UnicodeProperty(std::string_view expression) {
  const std::optional<Property> property = FindExpression(expression);
  if (!property.has_value()) return {};
  CharacterSet set = Resolve(*property);
  if (property->extensions.empty()) return set;
  return SetOf(ExclusiveOr(ChangesOf(set), ReadChanges(property->extensions)));
}

}  // namespace sluice::regex
