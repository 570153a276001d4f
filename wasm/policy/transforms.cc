#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "sluice/policy/model.h"
#include "sluice/policy/reading.h"

namespace sluice::policy {

void ReadTransforms(json::Value section, json::CompileContext& context, Model& model) {
  for (const Named& member : ReadNamed(section, model.transform_names, context)) {
    json::CompileContext own;
    absl::StatusOr<transform::Program> program = transform::Compile(member.value, own);
    AddIssues(own.issues(), member.value, program.status(), context);
    model.transforms.push_back(program.ok() ? std::optional<transform::Program>(*std::move(program))
                                            : std::nullopt);
  }
}

}  // namespace sluice::policy
