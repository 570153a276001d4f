// Keywords about arrays and objects.

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/schema/generator.h"

namespace sluice::schema {

void Generator::AddArrays(const Members& members) {
  AddCount(members[Keyword::kMinItems], Keyword::kMinItems, Op::kMinItems, kArrays);
  AddCount(members[Keyword::kMaxItems], Keyword::kMaxItems, Op::kMaxItems, kArrays);
  AddItems(members);
  AddContains(members);
  const json::Value unique = members[Keyword::kUniqueItems];
  if (unique.is(json::Kind::kTrue)) {
    Add(Op::kUniqueItems, kArrays, Keyword::kUniqueItems);
  } else if (unique.present() && !unique.is(json::Kind::kFalse)) {
    Fault(unique, "wrong_type", "uniqueItems is a boolean");
  }
}

void Generator::AddItems(const Members& members) {
  const bool has_prefix_items = catalog_.rules(place_).Has(Keyword::kPrefixItems) ||
                                catalog_.rules(place_).dialect == Dialect::kDraft2020_12;
  const json::Value items = members[Keyword::kItems];
  json::Value prefix = members[Keyword::kPrefixItems];
  json::Value rest = items;
  Keyword keyword = prefix.present() ? Keyword::kPrefixItems : Keyword::kItems;
  if (items.is(json::Kind::kArray)) {
    if (has_prefix_items) {
      return Fault(items, "wrong_type",
                   "items is one schema, for all elements; an array of schemas is what prefixItems "
                   "has (before 2020-12 that was items)");
    }
    prefix = items;
    rest = members[Keyword::kAdditionalItems];
    keyword = Keyword::kItems;
  }
  uint32_t first = 0;
  uint32_t count = 0;
  // Drafts before 2020-12 allow an empty array.
  const bool is_empty = prefix.is(json::Kind::kArray) && prefix.size() == 0 && !has_prefix_items;
  if (prefix.present() && !is_empty && !AddList(prefix, keyword, &first, &count)) return;
  if (!prefix.present() && !rest.present()) return;
  if (is_empty && !rest.present()) return;
  Add(Op::kItems, kArrays, keyword, first, count, rest.present() ? RequestChild(rest) : kNone,
      is_empty ? kEmptyPrefix : 0);
}

void Generator::AddContains(const Members& members) {
  const json::Value contains = members[Keyword::kContains];
  const json::Value min = members[Keyword::kMinContains];
  const json::Value max = members[Keyword::kMaxContains];
  // Checked also where they say nothing, without `contains`.
  const std::optional<uint32_t> least =
      min.present() ? ReadCount(min, Keyword::kMinContains) : std::nullopt;
  const std::optional<uint32_t> most =
      max.present() ? ReadCount(max, Keyword::kMaxContains) : std::nullopt;
  if (!contains.present()) return;
  const bool marks = catalog_.rules(place_).dialect == Dialect::kDraft2020_12;
  const uint32_t schema = RequestChild(contains);
  const auto row = static_cast<uint32_t>(rows_.contains.size());
  rows_.contains.push_back(
      {schema, least.value_or(1), most.value_or(kNone), marks, least.has_value()});
  Add(Op::kContains, kArrays, Keyword::kContains, row);
}

void Generator::AddObjects(const Members& members) {
  AddCount(members[Keyword::kMinProperties], Keyword::kMinProperties, Op::kMinProperties, kObjects);
  AddCount(members[Keyword::kMaxProperties], Keyword::kMaxProperties, Op::kMaxProperties, kObjects);
  AddProperties(members);
  if (members[Keyword::kPropertyNames].present()) {
    Add(Op::kPropertyNames, kObjects, Keyword::kPropertyNames,
        RequestChild(members[Keyword::kPropertyNames]));
  }
  AddDependencies(members[Keyword::kDependentRequired], Keyword::kDependentRequired);
  AddDependencies(members[Keyword::kDependentSchemas], Keyword::kDependentSchemas);
  AddDependencies(members[Keyword::kDependencies], Keyword::kDependencies);
}

void Generator::AddProperties(const Members& members) {
  const json::Value properties = members[Keyword::kProperties];
  const json::Value patterns = members[Keyword::kPatternProperties];
  const json::Value additional = members[Keyword::kAdditionalProperties];
  const json::Value required = members[Keyword::kRequired];
  ObjectRow row = {};
  std::vector<StringRef> names;
  std::vector<json::Value> values;
  if (properties.present() && Expect(properties, Keyword::kProperties, json::Kind::kObject)) {
    for (const json::Member member : json::Members(properties)) {
      names.push_back(AddString(member.key));
      values.push_back(member.value);
    }
  }
  if (required.present()) ReadRequired(required, &names);
  std::vector<uint32_t> numbers;
  row.names = names_.Build(names, &numbers);
  const bool plain = std::none_of(names.begin(), names.end(), [&](StringRef name) {
    return absl::StrContains(name.In(catalog_.text()), '\\');
  });
  row.plain_names = plain ? row.names.count : 0;
  row.first_property = static_cast<uint32_t>(rows_.properties.size());
  rows_.properties.resize(row.first_property + row.names.count, {kNone, kNone});
  for (size_t i = 0; i < numbers.size(); ++i) {
    Property& property = rows_.properties[row.first_property + numbers[i]];
    if (i < values.size()) {
      if (property.schema != kNone) {
        Fault(values[i], "duplicate_key", "properties has this name twice");
      }
      property.schema = RequestChild(values[i]);
    } else if (property.required == kNone) {
      property.required = row.required_count++;
    }
  }
  row.required_mask =
      row.required_count >= 64 ? ~uint64_t{0} : (uint64_t{1} << row.required_count) - 1;
  row.first_pattern = static_cast<uint32_t>(rows_.pattern_properties.size());
  if (patterns.present() && Expect(patterns, Keyword::kPatternProperties, json::Kind::kObject)) {
    for (const json::Member member : json::Members(patterns)) {
      const std::optional<uint32_t> pattern = ReadPattern(member.key);
      const uint32_t schema = RequestChild(member.value);
      if (!pattern.has_value()) continue;
      rows_.pattern_properties.push_back({*pattern, schema});
      ++row.pattern_count;
    }
  }
  row.additional = additional.present() ? RequestChild(additional) : kNone;
  if (row.names.count == 0 && row.pattern_count == 0 && row.additional == kNone) return;
  const auto number = static_cast<uint32_t>(rows_.objects.size());
  rows_.objects.push_back(row);
  Add(Op::kProperties, kObjects, Keyword::kProperties, number);
}

void Generator::ReadRequired(json::Value value, std::vector<StringRef>* names) {
  if (value.is(json::Kind::kTrue) || value.is(json::Kind::kFalse)) {
    return Fault(value, "wrong_type",
                 "required is an array of names in the schema of the object, not a boolean in that "
                 "of a property (as it was in draft-03)");
  }
  if (!Expect(value, Keyword::kRequired, json::Kind::kArray)) return;
  if (value.size() == 0 && catalog_.rules(place_).dialect == Dialect::kDraft4) {
    Fault(value, "out_of_range", "in draft-04 required has at least one name");
  }
  ReadNames(value, Keyword::kRequired, names);
}

void Generator::ReadNames(json::Value list, Keyword keyword, std::vector<StringRef>* names) {
  std::vector<StringRef> own;
  std::vector<json::Value> elements;
  for (const json::Value element : json::Elements(list)) {
    if (!element.is(json::Kind::kString)) {
      Fault(element, "wrong_type", absl::StrCat(KeywordName(keyword), " has names: strings"));
      continue;
    }
    own.push_back(AddString(element));
    elements.push_back(element);
  }
  names->insert(names->end(), own.begin(), own.end());
  // A name that comes a second time has a number that was given.
  std::vector<uint32_t> numbers;
  NameTableBuilder unique(catalog_.text(), options_.hash_key);
  unique.Build(own, &numbers);
  uint32_t next = 0;
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (numbers[i] == next) {
      ++next;
    } else {
      Fault(elements[i], "duplicate_value",
            absl::StrCat(KeywordName(keyword), " has this name twice"));
    }
  }
}

void Generator::AddDependencies(json::Value value, Keyword keyword) {
  if (!value.present() || !Expect(value, keyword, json::Kind::kObject)) return;
  const auto first = static_cast<uint32_t>(rows_.dependencies.size());
  for (const json::Member member : json::Members(value)) {
    Dependency dependency = {AddString(member.key), kNone,
                             static_cast<uint32_t>(rows_.required_names.size()), 0};
    const bool has_names =
        keyword == Keyword::kDependentRequired ||
        (keyword == Keyword::kDependencies && member.value.is(json::Kind::kArray));
    if (!has_names) {
      dependency.schema = RequestChild(member.value);
    } else if (!member.value.is(json::Kind::kArray)) {
      Fault(member.value, "wrong_type", "dependentRequired has arrays of names");
    } else {
      if (member.value.size() == 0 && catalog_.rules(place_).dialect == Dialect::kDraft4) {
        Fault(member.value, "out_of_range", "in draft-04 a list of names has at least one");
      }
      ReadNames(member.value, keyword, &rows_.required_names);
      dependency.name_count =
          static_cast<uint32_t>(rows_.required_names.size()) - dependency.first_name;
    }
    rows_.dependencies.push_back(dependency);
  }
  const auto count = static_cast<uint32_t>(rows_.dependencies.size()) - first;
  if (count != 0) Add(Op::kDependencies, kObjects, keyword, first, count);
}

}  // namespace sluice::schema
