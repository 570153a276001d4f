#include <algorithm>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/retained.h"
#include "sluice/base/status.h"
#include "sluice/transform/runner.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
size_t Scratch::retained_bytes() const {
  size_t bytes = document.retained_bytes() + pass.retained_bytes() + draft.retained_bytes() +
                 json_path.retained_bytes() + jmes_path.retained_bytes() + RetainedBytes(nodes);
  for (const OutputBuffer& buffer : intermediate) bytes += buffer.capacity();
  for (const json::Document& input : inputs) bytes += input.retained_bytes();
  return bytes + (nested == nullptr ? 0 : nested->retained_bytes());
}

void Scratch::Trim(size_t max_bytes) {
  const auto trim = [max_bytes](auto& part) {
    if (part.retained_bytes() > max_bytes) part.Release();
  };
  trim(document);
  trim(pass);
  json_path.Trim(max_bytes);
  jmes_path.Trim(max_bytes);
  draft.Trim(max_bytes);
  for (json::Document& input : inputs) trim(input);
  for (OutputBuffer& buffer : intermediate) {
    if (buffer.capacity() > max_bytes) buffer.Release();
  }
  TrimVector(nodes, max_bytes);
  if (nested != nullptr) nested->Trim(max_bytes);
}

absl::Status Run::CheckSecrets() const {
  const std::vector<bool>& known = program.has_key_;
  const auto missing = std::find(known.begin(), known.end(), false);
  if (missing == known.end()) return absl::OkStatus();
  const auto number = static_cast<size_t>(missing - known.begin());
  return MakeError(ErrorCode::kMissingSecret,
                   absl::StrCat("the transform hashes with the secret ",
                                Quoted(program.secrets()[number]), ", which it was not given"));
}

absl::Status Apply(const Program& program, std::string_view text,
                   absl::Span<const std::optional<std::string_view>> inputs,
                   const TransformBudget& budget, Scratch& scratch, OutputBuffer& out) {
  Run run(program, budget, inputs);
  SLUICE_RETURN_IF_ERROR(run.CheckSecrets());
  SLUICE_RETURN_IF_ERROR(scratch.document.Parse(text, budget.input));
  const size_t before = out.size();
  const auto program_sequence = static_cast<uint32_t>(run.tables.sequences.size() - 1);
  absl::Status status =
      SequenceRunner(run, scratch, scratch.document.root()).Steps(program_sequence, out);
  if (status.ok() && out.size() - before > budget.max_output_bytes) {
    status = MakeBudgetError(Budget::kOutputBytes,
                             "the transformed document is longer than its budget allows");
  }
  if (!status.ok()) out.Truncate(before);
  return status;
}

}  // namespace sluice::transform
