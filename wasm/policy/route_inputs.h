// A route's inputs: what it calls beside its upstream, for a transform to compose.
#pragma once

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads {"name": {"upstream", "path", …}}; the route's match and auth are known. Reports too_many,
// not_applicable, unknown_upstream, unknown_parameter and what names, templates and headers can
// have.
void ReadInputs(json::Value object, const Model& model, json::CompileContext& context,
                Route& route);

// Reports "unknown_input" at every name of a transform that composes what the route doesn't call,
// "unused_input" at every input that no transform of the route composes (neither where a transform
// was at fault itself), and "not_applicable" at a transform of the request's body that composes.
void CheckInputs(const Route& route, const Model& model, json::CompileContext& context);

}  // namespace sluice::policy
