// What a schema says of a value as far as its rows tell, with the schemas that it applies to the
// same value. Inside this room only; for messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/schema/name_table.h"
#include "sluice/schema/program.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

// The tables to look names up in.
NameTables NameTablesOf(const Tables& tables);

// Names in `properties`, as long as `names` has fewer than `max`.
void AppendDeclaredNames(const Tables& tables, const ObjectRow& row, size_t max,
                         std::vector<std::string_view>& names);
// The same of a schema and all that it applies in place, whatever the conditions.
void AppendNamesInPlace(const Tables& tables, uint32_t schema, size_t max,
                        std::vector<std::string_view>& names);

// Kinds of values that a schema takes, with what it demands in place, and any of the alternatives
// there.
struct KindsTaken {
  KindSet kinds = kAnyKind;
  bool integer = false;  // numbers are
};
KindsTaken UnionOf(const KindsTaken& a, const KindsTaken& b);
KindsTaken KindsInPlace(const Tables& tables, uint32_t schema);

// The lists of values of a schema, what it demands in place, and the alternatives there.
void AppendListedValues(const Tables& tables, uint32_t schema, std::vector<const EnumRow*>& rows);

// The one name that an object must have, if the schema asks for nothing else; else "".
std::string_view OnlyRequiredName(const Tables& tables, uint32_t schema);
// Whether all that it asks for is that names are there.
bool IsOnlyRequired(const Tables& tables, const ObjectRow& row);

// What a simple schema accepts: "a string", "\"a\" or \"b\""; "" where no few words say it.
std::string_view DescribeSchema(const Tables& tables, uint32_t schema, Words& words);
// "\"a\", \"b\" or \"c\"".
std::string_view DescribeValues(const Tables& tables, const EnumRow& row, Words& words);

}  // namespace sluice::schema
