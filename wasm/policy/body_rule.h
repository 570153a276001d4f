// What a route does with the bodies of one direction.
#pragma once

#include <cstdint>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"
#include "sluice/policy/schemas.h"

namespace sluice::policy {

constexpr int64_t kDefaultBodyBytes = 4 << 20;
constexpr int64_t kMaxBodyBytes = 16 << 20;

// Reads "schema", "transform", "onInvalidBody" and "maxBodyBytes" of a route's request or response.
// Reports what schemas can have, unknown_transform, unknown_value, out_of_range, and
// "not_applicable" for "onInvalidBody" where no body is transformed, and for "maxBodyBytes" where
// none is checked either; `elsewhere`: one is transformed, by what another member says.
BodyRule ReadBodyRule(const json::ObjectReader& reader, Direction direction, bool elsewhere,
                      Model& model, json::CompileContext& context);

}  // namespace sluice::policy
