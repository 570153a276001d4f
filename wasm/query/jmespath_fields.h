// Which names an expression asks of the same values. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sluice/query/jmespath_program.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query::jmespath {

// Puts each field that expression `start` has, a name in `pool` so far, into a lookup, and fills in
// the weights. Returns the expression's. O(operations) calls of `lookups.Add`; recursion as deep as
// the expression.
uint32_t ResolveFields(uint32_t start, std::string_view pool, std::vector<Operation>& operations,
                       std::vector<Part>& parts, LookupBuilder& lookups);

}  // namespace sluice::query::jmespath
