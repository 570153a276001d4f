// What a route does with the bodies of one direction.
#pragma once

#include <cstdint>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

constexpr int64_t kDefaultBodyBytes = 4 << 20;
constexpr int64_t kMaxBodyBytes = 16 << 20;

// Reads "transform", "onInvalidBody" and "maxBodyBytes" of a route's request or response. Reports
// unknown_transform, unknown_value, out_of_range, and "not_applicable" for the latter two where no
// body is transformed; `elsewhere`: one is, by what another member says.
BodyRule ReadBodyRule(const json::ObjectReader& reader, bool elsewhere, const Model& model,
                      json::CompileContext& context);

}  // namespace sluice::policy
