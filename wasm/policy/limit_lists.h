// Reading the lists of subjects that a limit has: "allow", "deny", and those of its overrides.
#pragma once

#include <cstdint>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Adds the pattern that `value` is, of the limit whose subject is known, to `set`. Reports
// wrong_type, invalid_network, invalid_pattern, and not_applicable for patterns that no subject of
// this limit could fit.
void ReadPattern(json::Value value, const Limit& limit, uint32_t number,
                 json::CompileContext& context, PatternSet& set);

// Reads an array of patterns; reports too_many besides. Nothing for absent arrays. The set is
// sealed.
PatternSet ReadPatternList(json::Value array, const Limit& limit, json::CompileContext& context);

// Sorts the patterns, and reports duplicate_value. To be called when all have been added.
void SealPatterns(json::CompileContext& context, PatternSet& set);

}  // namespace sluice::policy
