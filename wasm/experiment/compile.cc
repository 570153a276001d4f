#include "absl/status/statusor.h"
#include "sluice/base/status.h"
#include "sluice/experiment/features.h"
#include "sluice/experiment/payload_compiler.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

absl::StatusOr<Program> Checked(Program program) {
  if (program.block().size() > 0) return program;
  return MakeError(ErrorCode::kBudgetExceeded, "not enough memory for the compiled features");
}

absl::StatusOr<Program> NoObject() {
  return MakeError(ErrorCode::kInvalidArgument, "a feature payload is an object");
}

}  // namespace

absl::StatusOr<Program> CompilePayload(json::Document payload, json::CompileContext& context) {
  PayloadCompiler compiler(payload.root(), /*for_decisions=*/false, context);
  if (!compiler.Compile()) return NoObject();
  payload.Release();
  return Checked(compiler.Build());
}

absl::StatusOr<Program> CompileForDecisions(json::Value payload, json::CompileContext& context) {
  PayloadCompiler compiler(payload, /*for_decisions=*/true, context);
  return compiler.Compile() ? Checked(compiler.Build()) : NoObject();
}

}  // namespace sluice::experiment
