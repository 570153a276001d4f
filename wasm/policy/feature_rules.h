// What a policy's "features" say beside payload and attributes: cookies, keys, consent, bots,
// override, exposures.
#pragma once

#include "sluice/json/compile.h"
#include "sluice/policy/features.h"
#include "sluice/policy/model.h"

namespace sluice::policy {

// The cookie of policies that say nothing of it.
VisitorCookie DefaultVisitorCookie();

// Reads "keys", "visitorCookie", "sticky", "consent", "bots", "override" and "exposures" of the
// section, after its attributes. Keys become secrets of the model, so transforms come first.
void ReadFeatureRules(const json::ObjectReader& section, json::CompileContext& context,
                      Model& model);

// The number of the secret with this binding, a new one if there is none. Reports invalid_binding
// and too_many.
uint32_t AddSecret(Secret secret, json::CompileContext& context, Model& model);

}  // namespace sluice::policy
