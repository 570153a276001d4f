// Runs the steps of a program. Inside this room only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/budget.h"
#include "sluice/transform/draft.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

// What all sequences of one run share.
struct Run {
  Run(const Program& run_program, const TransformBudget& run_budget,
      absl::Span<const std::optional<std::string_view>> run_inputs)
      : program(run_program),
        tables(run_program.block_),
        constants(run_program.constants_),
        queries(*run_program.queries_),
        secrets(run_program.keys_),
        budget(run_budget),
        inputs(run_inputs),
        meter(run_budget.max_steps) {}

  // missing_secret if one was never set.
  absl::Status CheckSecrets() const;

  const Program& program;
  const Tables tables;
  const json::Document& constants;
  const Queries& queries;
  const absl::Span<const HmacSha256> secrets;
  const TransformBudget& budget;
  const absl::Span<const std::optional<std::string_view>> inputs;
  query::StepMeter meter;
};

// Runs one sequence on one value. The current document is a value of a parsed one, text that nobody
// has looked at yet, or a draft; it changes from one to the other only when a step needs that.
class SequenceRunner {
 public:
  SequenceRunner(Run& run, Scratch& scratch, json::Value value)
      : run_(run), scratch_(scratch), value_(value) {}

  // Appends the result. Errors have the location in this sequence.
  absl::Status Steps(uint32_t sequence, OutputBuffer& out);

 private:
  absl::Status OneStep(const Step& step, bool last);
  absl::Status Decide(const Step& step, bool* runs);
  // `last`: the result goes where the sequence's does.
  absl::Status Operate(const Operation& operation, bool last);
  // Writes the document that the steps so far made.
  absl::Status Finish(OutputBuffer& out);

  // The current document as a value of a parsed one.
  absl::Status NeedValue();
  absl::Status NeedDraft();
  absl::Status ParseText();
  // Where what comes next is written. The current document isn't there.
  OutputBuffer& NextBuffer();
  OutputBuffer& Target(bool last) { return last ? *end_ : NextBuffer(); }
  // `target` has the current document now.
  absl::Status Written(OutputBuffer& target, size_t before);

  absl::Status Passes(const Operation& operation, bool last);
  absl::Status Select(const Operation& operation, OutputBuffer& target);
  absl::Status QueryJsonPath(const Operation& operation, OutputBuffer& target);
  absl::Status QueryJmesPath(const Operation& operation, OutputBuffer& target);
  absl::Status Map(const Operation& operation, OutputBuffer& target);
  absl::Status ReplaceSelected(const Operation& operation, OutputBuffer& target);
  absl::Status SelectNodes(const Operation& operation);
  bool SelectSimple(uint32_t node, absl::Span<const PathSegment> path);
  void KeepOutermost();
  template <typename Write>
  absl::Status Splice(OutputBuffer& target, Write write);

  // run_changes.cc
  absl::Status Changes(absl::Span<const Change> changes);
  absl::Status OneChange(const Change& change);
  absl::Status PatchFailure(const Change& change);
  bool OnePatchOperation(const Change& change);
  absl::Status ComposeInput(const Change& change);
  absl::Status InputValue(const Change& change, Ref* value);
  absl::Status DraftStatus() const;

  static constexpr uint32_t kDocument = 0;  // numbers of sources
  static constexpr uint32_t kConstants = 1;
  static constexpr uint32_t kFirstInput = 2;

  Run& run_;
  Scratch& scratch_;
  json::Value value_;
  bool unread_ = false;  // the document is `text_`, and value_ another one's
  bool done_ = false;    // it was written where it belongs already
  std::string_view text_;
  uint32_t next_buffer_ = 0;
  OutputBuffer* end_ = nullptr;  // where the result goes
  std::optional<Draft> draft_;
  std::array<const json::Document*, kFirstInput + kMaxInputs> sources_ = {};
  std::string place_;  // of an error, in its step
};

}  // namespace sluice::transform
