#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/feature_rules.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

constexpr size_t kMaxSecrets = 64;

}  // namespace

uint32_t AddSecret(Secret secret, json::CompileContext& context, Model& model) {
  const auto known =
      std::find_if(model.secrets.begin(), model.secrets.end(),
                   [&](const Secret& other) { return other.binding == secret.binding; });
  if (known != model.secrets.end()) {
    known->optional = known->optional && secret.optional;
    known->min_bytes = std::max(known->min_bytes, secret.min_bytes);
    return static_cast<uint32_t>(known - model.secrets.begin());
  }
  if (!IsBindingName(secret.binding)) {
    context.AddIssue(secret.source, "invalid_binding",
                     absl::StrCat("the secret ", Quoted(secret.binding), " is no name of a binding",
                                  kBindingHint));
  } else if (model.secrets.size() == kMaxSecrets) {
    context.AddIssue(secret.source, "too_many",
                     absl::StrCat("a policy names at most ", kMaxSecrets, " secrets"));
  }
  model.secrets.push_back(std::move(secret));
  return static_cast<uint32_t>(model.secrets.size() - 1);
}

}  // namespace sluice::policy
