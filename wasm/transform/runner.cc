#include "sluice/transform/runner.h"

#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"
#include "sluice/base/sort.h"
#include "sluice/base/status.h"
#include "sluice/query/members.h"
#include "sluice/transform/pass.h"
#include "sluice/transform/selection.h"

namespace sluice::transform {

using json::Kind;
using json::Node;

namespace {

constexpr size_t kMaxMarks = 1u << 20;  // what a selection or a map may go through

absl::Status CheckRoom(const OutputBuffer& out) {
  if (!out.exhausted()) return absl::OkStatus();
  return MakeBudgetError(Budget::kOutputBytes,
                         "the transformed document is longer than its budget allows");
}

}  // namespace

absl::Status SequenceRunner::Steps(uint32_t sequence, OutputBuffer& out) {
  const absl::Span<const Step> steps = run_.tables.sequences[sequence].In(run_.tables.steps);
  end_ = &out;
  for (const Step& step : steps) {
    place_.clear();
    absl::Status status = OneStep(step, &step == &steps.back());
    if (status.ok()) continue;
    return WithLocation(std::move(status), absl::StrCat("/", step.number, place_));
  }
  return done_ ? absl::OkStatus() : Finish(out);
}

absl::Status SequenceRunner::OneStep(const Step& step, bool last) {
  bool runs = true;
  SLUICE_RETURN_IF_ERROR(Decide(step, &runs));
  if (!runs) return absl::OkStatus();
  const absl::Span<const Operation> operations = step.operations.In(run_.tables.operations);
  for (const Operation& operation : operations) {
    SLUICE_RETURN_IF_ERROR(Operate(operation, last && &operation == &operations.back()));
  }
  return absl::OkStatus();
}

absl::Status SequenceRunner::Decide(const Step& step, bool* runs) {
  if (step.exists != kNone) {
    SLUICE_RETURN_IF_ERROR(NeedDraft());
    *runs = draft_->Find(run_.tables.Path(step.exists)) != kAbsent;
    return DraftStatus();
  }
  if (step.condition == kNone) return absl::OkStatus();
  SLUICE_RETURN_IF_ERROR(NeedValue());
  const absl::StatusOr<bool> holds =
      run_.queries.conditions[step.condition].Test(value_, run_.meter, scratch_.json_path);
  if (holds.ok()) *runs = *holds;
  return holds.status();
}

absl::Status SequenceRunner::Operate(const Operation& operation, bool last) {
  if (operation.kind == OperationKind::kChanges) {
    SLUICE_RETURN_IF_ERROR(NeedDraft());
    return Changes(operation.range.In(run_.tables.changes));
  }
  SLUICE_RETURN_IF_ERROR(NeedValue());
  if (operation.kind == OperationKind::kPasses) return Passes(operation, last);
  OutputBuffer& target = Target(last);
  const size_t before = target.size();
  switch (operation.kind) {
    case OperationKind::kSelection:
      SLUICE_RETURN_IF_ERROR(Select(operation, target));
      break;
    case OperationKind::kReplaceSelected:
      SLUICE_RETURN_IF_ERROR(ReplaceSelected(operation, target));
      break;
    case OperationKind::kJmesPath:
      SLUICE_RETURN_IF_ERROR(QueryJmesPath(operation, target));
      break;
    case OperationKind::kJsonPath:
      SLUICE_RETURN_IF_ERROR(QueryJsonPath(operation, target));
      break;
    default:
      SLUICE_RETURN_IF_ERROR(Map(operation, target));
      break;
  }
  return Written(target, before);
}

// --- The current document ---

OutputBuffer& SequenceRunner::NextBuffer() {
  OutputBuffer& buffer = scratch_.intermediate[next_buffer_];
  buffer.Reset(run_.budget.max_output_bytes);
  return buffer;
}

absl::Status SequenceRunner::Written(OutputBuffer& target, size_t before) {
  SLUICE_RETURN_IF_ERROR(CheckRoom(target));
  draft_.reset();
  if (&target == end_) {
    done_ = true;
    return absl::OkStatus();
  }
  text_ = target.text().substr(before);
  unread_ = true;
  next_buffer_ ^= 1;
  return absl::OkStatus();
}

absl::Status SequenceRunner::ParseText() {
  unread_ = false;
  JsonBudget budget = run_.budget.input;
  budget.max_input_bytes = text_.size();
  absl::Status status = scratch_.document.Parse(text_, budget);
  value_ = scratch_.document.root();
  if (status.ok()) return status;
  // It is JSON, since steps made it, so it nests too deep or memory is short. Where in it means
  // nothing to the caller.
  return MakeBudgetError(BudgetOf(status).value_or(Budget::kMemory),
                         absl::StrCat("between two steps: ", status.message()));
}

absl::Status SequenceRunner::NeedValue() {
  if (draft_.has_value()) {
    const Ref root = draft_->root();
    if (root.source == kOpened) {
      OutputBuffer& buffer = NextBuffer();
      draft_->WriteText(buffer);
      SLUICE_RETURN_IF_ERROR(DraftStatus());
      SLUICE_RETURN_IF_ERROR(Written(buffer, 0));
    } else {
      value_ = {sources_[root.source], root.index};
      draft_.reset();
    }
  }
  return unread_ ? ParseText() : absl::OkStatus();
}

absl::Status SequenceRunner::NeedDraft() {
  if (draft_.has_value()) return absl::OkStatus();
  SLUICE_RETURN_IF_ERROR(NeedValue());
  sources_[kDocument] = value_.document();
  sources_[kConstants] = &run_.constants;
  draft_.emplace(scratch_.draft, run_.budget, run_.meter, sources_, value_.index(),
                 run_.tables.text);
  return absl::OkStatus();
}

absl::Status SequenceRunner::Finish(OutputBuffer& out) {
  if (draft_.has_value()) {
    draft_->WriteText(out);
    SLUICE_RETURN_IF_ERROR(DraftStatus());
  } else {
    out.Append(unread_ ? text_ : value_.raw());
  }
  return CheckRoom(out);
}

// --- Passes and selections ---

absl::Status SequenceRunner::Passes(const Operation& operation, bool last) {
  const absl::Span<const uint32_t> order = operation.range.In(run_.tables.pass_order);
  for (size_t i = 0; i < order.size(); ++i) {
    if (i > 0) SLUICE_RETURN_IF_ERROR(NeedValue());
    OutputBuffer& buffer = Target(last && i + 1 == order.size());
    const size_t before = buffer.size();
    SLUICE_RETURN_IF_ERROR(
        RunPass(run_.tables.passes, order[i], value_, run_.secrets, scratch_.pass, buffer));
    SLUICE_RETURN_IF_ERROR(Written(buffer, before));
  }
  return absl::OkStatus();
}

absl::Status SequenceRunner::Select(const Operation& operation, OutputBuffer& target) {
  SLUICE_RETURN_IF_ERROR(
      MarkSimple(run_.tables.passes, operation.number, value_, kMaxMarks, scratch_.pass));
  for (const GeneralPath& path : operation.range.In(run_.tables.general_paths)) {
    SLUICE_RETURN_IF_ERROR(run_.queries.json_paths[path.json_path].Run(
        value_, run_.meter, scratch_.json_path, scratch_.nodes));
    for (const uint32_t node : scratch_.nodes) scratch_.pass.marks.Add(node, path.path);
  }
  return RunSelection(run_.tables.passes, operation.number, value_, run_.secrets, scratch_.pass,
                      target);
}

// --- Queries ---

absl::Status SequenceRunner::QueryJsonPath(const Operation& operation, OutputBuffer& target) {
  SLUICE_RETURN_IF_ERROR(run_.queries.json_paths[operation.number].Run(
      value_, run_.meter, scratch_.json_path, scratch_.nodes));
  query::AppendValues(*value_.document(), scratch_.nodes, target);
  return absl::OkStatus();
}

absl::Status SequenceRunner::QueryJmesPath(const Operation& operation, OutputBuffer& target) {
  const absl::Status status =
      run_.queries.jmes_paths[operation.number].Run(value_, run_.meter, scratch_.jmes_path, target);
  return ErrorCodeOf(status) == ErrorCode::kInvalidArgument
             ? MakeError(ErrorCode::kTransformFailed, status.message())
             : status;
}

// --- Parts of the document ---

// Copies the document, but for the selected values, which `write` writes.
template <typename Write>
absl::Status SequenceRunner::Splice(OutputBuffer& target, Write write) {
  const json::Document& document = *value_.document();
  const Node* const nodes = document.nodes().data();
  const Node& root = nodes[value_.index()];
  uint32_t copied = root.begin;
  for (const uint32_t number : scratch_.nodes) {
    const Node& node = nodes[number];
    target.Append(document.text().substr(copied, node.begin - copied));
    SLUICE_RETURN_IF_ERROR(write(number));
    SLUICE_RETURN_IF_ERROR(CheckRoom(target));
    copied = node.end;
  }
  target.Append(document.text().substr(copied, root.end - copied));
  return absl::OkStatus();
}

absl::Status SequenceRunner::ReplaceSelected(const Operation& operation, OutputBuffer& target) {
  SLUICE_RETURN_IF_ERROR(SelectNodes(operation));
  const std::string_view constant = json::Value(&run_.constants, operation.constant).raw();
  return Splice(target, [&](uint32_t) {
    target.Append(constant);
    return absl::OkStatus();
  });
}

absl::Status SequenceRunner::Map(const Operation& operation, OutputBuffer& target) {
  SLUICE_RETURN_IF_ERROR(SelectNodes(operation));
  if (scratch_.nested == nullptr) scratch_.nested = std::make_unique<Scratch>();
  const uint32_t steps = 1 + run_.tables.sequences[operation.sequence].count;
  return Splice(target, [&](uint32_t number) {
    if (!run_.meter.Take(steps)) {
      return MakeBudgetError(Budget::kSteps, "more steps than the budget allows");
    }
    absl::Status status =
        SequenceRunner(run_, *scratch_.nested, json::Value(value_.document(), number))
            .Steps(operation.sequence, target);
    if (!status.ok()) place_ = absl::StrCat("/map/steps", LocationOf(status).value_or(""));
    return status;
  });
}

// Puts the selected values into scratch_.nodes: in document order, none within another.
absl::Status SequenceRunner::SelectNodes(const Operation& operation) {
  scratch_.nodes.clear();
  if (operation.kind != OperationKind::kMapSimple) {
    SLUICE_RETURN_IF_ERROR(run_.queries.json_paths[operation.number].Run(
        value_, run_.meter, scratch_.json_path, scratch_.nodes));
    KeepOutermost();
    return absl::OkStatus();
  }
  if (SelectSimple(value_.index(), run_.tables.Path(operation.number))) return absl::OkStatus();
  if (run_.meter.exhausted()) {
    return MakeBudgetError(Budget::kSteps, "more steps than the budget allows");
  }
  return MakeBudgetError(Budget::kResults, "a map goes through more values than the budget allows");
}

// False if a budget is exceeded.
bool SequenceRunner::SelectSimple(uint32_t number, absl::Span<const PathSegment> path) {
  if (path.empty()) {
    if (scratch_.nodes.size() == kMaxMarks) return false;
    scratch_.nodes.push_back(number);
    return true;
  }
  const Node* const nodes = value_.document()->nodes().data();
  const Node& node = nodes[number];
  const PathSegment& segment = path[0];
  const absl::Span<const PathSegment> rest = path.subspan(1);
  const bool object = node.kind() == Kind::kObject;
  if (node.kind() < Kind::kArray) return true;
  if (!run_.meter.Take(1 + node.count())) return false;
  if (segment.kind == PathSegment::Kind::kWildcard) {
    for (uint32_t at = number + 1; at != node.next; at = nodes[at].next) {
      at += object ? 1 : 0;
      if (!SelectSimple(at, rest)) return false;
    }
    return true;
  }
  if (object) {
    return segment.kind == PathSegment::Kind::kIndex ||
           query::ForEachNamed(*value_.document(), number, segment.name.In(run_.tables.text),
                               [&](uint32_t value) { return SelectSimple(value, rest); });
  }
  const bool index =
      segment.kind == PathSegment::Kind::kIndex || segment.kind == PathSegment::Kind::kToken;
  if (!index || segment.index >= node.count()) return true;
  uint32_t at = number + 1;
  for (uint32_t i = 0; i < segment.index; ++i) at = nodes[at].next;
  return SelectSimple(at, rest);
}

void SequenceRunner::KeepOutermost() {
  std::vector<uint32_t>& nodes = scratch_.nodes;
  if (!std::is_sorted(nodes.begin(), nodes.end())) Sort(nodes.begin(), nodes.end());
  const Node* const tape = value_.document()->nodes().data();
  uint32_t after = 0;  // of the last one that is kept
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                             [&](uint32_t node) {
                               if (node < after) return true;
                               after = tape[node].next;
                               return false;
                             }),
              nodes.end());
}

}  // namespace sluice::transform
