#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/policy/feature_rules.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {
namespace {

// Notes the secrets of a program.
void AddSecrets(const transform::Program& program, json::Value source,
                json::CompileContext& context, Model& model) {
  for (const std::string& binding : program.secrets()) {
    AddSecret({binding, source}, context, model);
  }
}

}  // namespace

void ReadTransforms(json::Value section, size_t max_bytes, json::CompileContext& context,
                    Model& model) {
  const std::vector<Named> members = ReadNamed(section, model.transform_names, context);
  model.transforms.resize(members.size());
  size_t bytes = 0;
  for (size_t i = 0; i < members.size(); ++i) {
    const json::Value value = members[i].value;
    const size_t issues_before = context.issues().total();
    absl::StatusOr<transform::Program> program = transform::Compile(value, context);
    if (!program.ok()) {
      ReportFailure(program.status(), issues_before, value, context);
      continue;
    }
    bytes += program->size();
    if (bytes > max_bytes) {
      context.AddIssue(
          value, "budget_exceeded",
          absl::StrCat("the transforms up to this one compile to over ", max_bytes >> 20,
                       " MiB: use fewer paths with wildcards, or simpler ones"));
      return;
    }
    AddSecrets(*program, value, context, model);
    model.transforms[i] = *std::move(program);
  }
}

}  // namespace sluice::policy
