// A route's experiment, and what else of a route depends on its path's parameters.
#pragma once

#include <optional>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads {"feature", "variants"}; the route's match is known. Reports unknown_feature,
// unknown_attribute, unknown_variation, unknown_parameter and what names and templates can have.
std::optional<Experiment> ReadExperiment(json::Value value, const Route& route, const Model& model,
                                         json::CompileContext& context);

// Reads a template that goes upstream; its parameters must be those of the route's match.path, a
// rest written as a rest. Nothing for absent values.
std::optional<PathTemplate> ReadUpstreamPath(json::Value value, const Route& route,
                                             json::CompileContext& context);

// Reports "unknown_parameter" at `where` if the fact is a parameter that the route's path lacks.
void CheckPathFact(const FactRef& fact, const Route& route, json::Value where,
                   json::CompileContext& context);

}  // namespace sluice::policy
