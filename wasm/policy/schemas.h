// "schemas", and what routes say of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sluice/base/hash.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Notes the policy's schemas and "schemaOptions"; they compile when the routes' own are known, too.
// Reports what names can have, wrong_type and unknown_value.
void ReadSchemas(json::Value section, json::Value options, json::CompileContext& context,
                 Model& model);

// The number of the schema that `value` is: the name of one, or the schema itself. Reports
// unknown_schema, wrong_type, and missing_keyword for an inline schema without any.
uint32_t ReadSchemaOf(json::Value value, json::CompileContext& context, Model& model);

enum class Direction : uint8_t { kRequest, kResponse };

// Reads a route's request.schema or response.schema: what ReadSchemaOf takes, or an object with a
// "schema" that is it and what is done with it. Reports what that does, invalid_media_type,
// out_of_range and not_applicable.
BodySchema ReadBodySchema(json::Value value, Direction direction, json::CompileContext& context,
                          Model& model);

// Reads a route's "query" and "params"; its match is known. Reports not_applicable for params of a
// path that has none, and unknown_parameter where one is required that the path hasn't.
void ReadParameterSchemas(const json::ObjectReader& reader, json::CompileContext& context,
                          Model& model, Route& route);

// Compiles all of them to the model's one program, and what routes read of parameters. Reports
// every fault of a schema at its place in the policy, and budget_exceeded for a program over
// `max_bytes`. What is no fault becomes a warning. `key`: see schema::Options.
void CompileSchemas(size_t max_bytes, HashKey key, json::CompileContext& context, Model& model);

}  // namespace sluice::policy
