// A route's experiments and flags.
#pragma once

#include <optional>
#include <vector>

#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// Reads {"feature", "variants"}, or a list of at most kMaxExperiments; the route's match is known.
// Reports unknown_feature, unknown_attribute, unknown_variation, and what names and templates can
// have. Attributes that nothing is mapped to are warnings of the model, unless there is
// nothing else that the feature looks at.
std::vector<Experiment> ReadExperiments(json::Value value, const Route& route, Model& model,
                                        json::CompileContext& context);

// Reads {"features", "header"}. Nothing for absent values.
std::optional<Flags> ReadFlags(json::Value value, Model& model, json::CompileContext& context);

}  // namespace sluice::policy
