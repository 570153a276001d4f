// What the schemas of a policy say of a body, and of a request's parameters.
#pragma once

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/policy/policy.h"
#include "sluice/policy/request.h"
#include "sluice/schema/schema.h"

namespace sluice::policy {

// Appends, in the form of schema::Output::kErrors, that it can't be known whether a value is valid.
void AppendUnknown(std::string_view why, OutputBuffer& errors);

// Of one body, query or path.
constexpr uint32_t kMaxSchemaErrors = 16;

// Whether the value is what schema number `schema` says. If not, what is wrong with it is appended
// to `errors`: schema::Output::kErrors. budget_exceeded where it can't be known.
absl::StatusOr<bool> Check(const schema::Program& program, uint32_t schema, json::Value value,
                           schema::Scratch& scratch, OutputBuffer& errors);

// Checks the parameters of a request by its route's schemas. What is wrong is left in
// `scratch.faults` as {"path": …, "query": …}, each as Check has it (its byte offsets mean nothing)
// and only if it isn't valid; nothing if all is. O(parameters) besides the schemas.
void CheckParameters(const schema::Program& program, const RouteRow& route,
                     const RequestFacts& request, Scratch& scratch);

}  // namespace sluice::policy
