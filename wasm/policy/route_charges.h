// The limits that a route and its upstream charge.
#pragma once

#include <vector>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads an array of names of limits and {"limit", "cost"}; a cost is units, or {"reserve", "from",
// "event"} where it is known only after the response. Reports too_many, unknown_limit,
// duplicate_limit, out_of_range for a cost that one of the limit's rules can never admit,
// invalid_pointer and not_applicable. Leaves out what is at fault. Nothing for absent arrays.
std::vector<Charge> ReadCharges(json::Value array, const Model& model,
                                json::CompileContext& context);

// Reads the "limits" of the upstreams, once those are known that they name.
void ReadUpstreamCharges(json::CompileContext& context, Model& model);

// Checks the charges of a route together with those of its upstreams, the variants' too. Reports
// unknown_parameter for a subject with a parameter that the route's path lacks, duplicate_limit and
// too_many.
void CheckCharges(const Route& route, const Model& model, json::CompileContext& context);

}  // namespace sluice::policy
