// A limit's other amounts for some of its subjects.
#pragma once

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads "overrides" of a limit whose rule, subject and phase are known: each has amounts, of which
// those that it doesn't name are the limit's, and either a "subject" or a "claim". Reports
// too_many, missing_key, not_applicable, out_of_range, duplicate_value and what patterns and claims
// can have.
void ReadOverrides(json::Value array, json::CompileContext& context, Limit& limit);

// Reads an object of claims, of an API key or for who has them. Reports too_many, invalid_name,
// invalid_claim, wrong_type and duplicate_key. Nothing for absent objects.
std::vector<Claim> ReadClaims(json::Value object, json::CompileContext& context);

// Reports "unknown_claim" where a limit names a claim that no API key has.
void CheckClaims(const Model& model, json::CompileContext& context);

}  // namespace sluice::policy
