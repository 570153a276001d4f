// Who may keep what a route answers: shared caches in front of the gateway ("sharedCache"), and the
// gateway's own ("cache"). Whatever would hand one user's answer to another is refused.
#pragma once

#include <string>

#include "sluice/json/compile.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads the route's "sharedCache" and "cache" when all else of it is known. Reports not_applicable
// for what they can't be combined with, missing_key, wrong_type, out_of_range, invalid_duration,
// and invalid_vary for request headers that no answer may be kept by.
void ReadRouteCache(const json::ObjectReader& reader, const Model& model,
                    json::CompileContext& context, Route& route);

// Whether shared caches may not keep the route's answers (RFC 9111, section 5.2.2.7): they depend
// on who asks, or who asks has to be counted.
bool IsPersonal(const Route& route, const Model& model);

// What in the policy the answers of a route with a cache are made by: the first 16 bytes, in
// base64url, of the SHA-256 of the texts of the route and of the upstreams and transforms that it
// names. What is kept under one mark is of one shape, also where other parts of the policy have
// changed since. O(these texts).
std::string CacheMark(const Route& route, const Model& model);

}  // namespace sluice::policy
