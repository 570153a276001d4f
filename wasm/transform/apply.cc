#include <cstddef>

#include "sluice/base/status.h"
#include "sluice/transform/pass.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

absl::Status RunSteps(const Tables& tables, JsonBudget budget, Scratch& scratch,
                      OutputBuffer& out) {
  for (size_t i = 0; i < tables.order.size(); ++i) {
    const bool last = i + 1 == tables.order.size();
    OutputBuffer& target = last ? out : scratch.intermediate[i % 2];
    if (!last) target.Reset(out.max_bytes());
    SLUICE_RETURN_IF_ERROR(
        RunPass(tables.passes, tables.order[i], scratch.document.root(), {}, scratch.pass, target));
    if (target.exhausted()) {
      return MakeError(ErrorCode::kBudgetExceeded,
                       "the transformed document is longer than its budget allows");
    }
    if (last) break;
    budget.max_input_bytes = target.size();
    SLUICE_RETURN_IF_ERROR(scratch.document.Parse(target.text(), budget));
  }
  return absl::OkStatus();
}

}  // namespace

void Program::SetSecret(uint32_t /*number*/, ByteSpan /*key*/) {}

void Scratch::Trim(size_t max_bytes) {
  if (document.retained_bytes() > max_bytes) document.Release();
  for (OutputBuffer& buffer : intermediate) {
    if (buffer.capacity() > max_bytes) buffer.Release();
  }
}

absl::Status Apply(const Program& program, std::string_view text,
                   absl::Span<const std::optional<std::string_view>> /*inputs*/,
                   const TransformBudget& budget, Scratch& scratch, OutputBuffer& out) {
  SLUICE_RETURN_IF_ERROR(scratch.document.Parse(text, budget.input));
  const Tables tables(program.block());
  const size_t size_before = out.size();
  absl::Status status;
  if (tables.order.empty()) {
    out.Append(scratch.document.root().raw());
    if (out.exhausted()) {
      status = MakeError(ErrorCode::kBudgetExceeded, "the document is longer than its budget");
    }
  } else {
    status = RunSteps(tables, budget.input, scratch, out);
  }
  if (!status.ok()) out.Truncate(size_before);
  return status;
}

}  // namespace sluice::transform
