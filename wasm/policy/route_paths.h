// What of a route depends on its path's parameters.
#pragma once

#include <optional>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads a template that goes upstream; its parameters must be those of the route's match.path, a
// rest written as a rest. Reports unknown_parameter. Nothing for absent values.
std::optional<PathTemplate> ReadUpstreamPath(json::Value value, const Route& route,
                                             json::CompileContext& context);

// Reads a path or an https URL, with parameters of the route's match.path in its path and without
// query and fragment. Reports invalid_url too, and redirect_loop where it leads from all paths of
// the route to such as it leads to again. Nothing for absent values.
std::optional<Redirect> ReadRedirect(json::Value value, const Route& route,
                                     json::CompileContext& context);

// Reports "unknown_parameter" at `where` if the fact is a parameter that the route's path lacks.
void CheckPathFact(const FactRef& fact, const Route& route, json::Value where,
                   json::CompileContext& context);

// Null, or what is wrong with scheme (http or https) and authority of a URL. Moves `rest` on to the
// path, which may be empty.
const char* CheckOrigin(std::string_view& rest);

}  // namespace sluice::policy
