// Running the steps that edit a draft.
#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/base/status.h"
#include "sluice/json/pointer.h"
#include "sluice/transform/runner.h"

namespace sluice::transform {
namespace {

std::string_view NameOf(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kPatchAdd:
      return "add";
    case ChangeKind::kPatchRemove:
      return "remove";
    case ChangeKind::kPatchReplace:
      return "replace";
    case ChangeKind::kPatchMove:
      return "move";
    case ChangeKind::kPatchCopy:
      return "copy";
    default:
      return "test";
  }
}

}  // namespace

absl::Status SequenceRunner::DraftStatus() const {
  if (!draft_->exhausted()) return absl::OkStatus();
  if (draft_->too_deep()) {
    return MakeBudgetError(Budget::kDepth, "the transformed document nests too deep");
  }
  if (draft_->out_of_memory()) {
    return MakeBudgetError(Budget::kMemory, "more memory than the budget allows");
  }
  return MakeBudgetError(Budget::kSteps, "more steps than the budget allows");
}

absl::Status SequenceRunner::Changes(absl::Span<const Change> changes) {
  for (const Change& change : changes) {
    absl::Status status = OneChange(change);
    // Out of a budget, whatever else seems to be wrong is a consequence.
    if (draft_->exhausted()) status = DraftStatus();
    if (status.ok()) continue;
    if (IsPatch(change.kind)) place_ = absl::StrCat("/patch/", change.number);
    return status;
  }
  return absl::OkStatus();
}

absl::Status SequenceRunner::OneChange(const Change& change) {
  Draft& draft = *draft_;
  const auto path = [&](uint32_t number) { return run_.tables.Path(number); };
  const Ref constant = {kConstants, change.value};
  switch (change.kind) {
    case ChangeKind::kSet:
      draft.Write(path(change.to), constant, Where::kEverywhere);
      break;
    case ChangeKind::kDefault:
      draft.Write(path(change.to), constant, Where::kOnlyWhereNothingIs);
      break;
    case ChangeKind::kMove:
      draft.Move(path(change.from), path(change.to));
      break;
    case ChangeKind::kCopy:
      if (const Ref value = draft.Find(path(change.from)); value != kAbsent) {
        draft.Write(path(change.to), draft.Share(value), Where::kEverywhere);
      }
      break;
    case ChangeKind::kWrap:
      draft.set_root(draft.Wrap(change.value, draft.root()));
      break;
    case ChangeKind::kUnwrap:
      if (const Ref value = draft.Find(path(change.from)); value != kAbsent) draft.set_root(value);
      break;
    case ChangeKind::kMerge:
      draft.set_root(draft.Merge(draft.root(), constant));
      break;
    case ChangeKind::kCompose:
      return ComposeInput(change);
    default:
      return OnePatchOperation(change) ? absl::OkStatus() : PatchFailure(change);
  }
  return absl::OkStatus();
}

// RFC 6902, section 4.
bool SequenceRunner::OnePatchOperation(const Change& change) {
  Draft& draft = *draft_;
  const Ref constant = {kConstants, change.value};
  const bool reads = change.from != kNone;
  const absl::Span<const PathSegment> from =
      reads ? run_.tables.Path(change.from) : absl::Span<const PathSegment>();
  const absl::Span<const PathSegment> to =
      change.to != kNone ? run_.tables.Path(change.to) : absl::Span<const PathSegment>();
  switch (change.kind) {
    case ChangeKind::kPatchAdd:
      return draft.Add(to, constant);
    case ChangeKind::kPatchReplace:
      return draft.Replace(to, constant);
    case ChangeKind::kPatchRemove:
      return draft.Remove(from) != kAbsent;
    case ChangeKind::kPatchCopy: {
      const Ref found = draft.Find(from);
      return found != kAbsent && draft.Add(to, draft.Share(found));
    }
    case ChangeKind::kPatchTest: {
      const Ref found = draft.Find(from);
      return found != kAbsent && draft.Equal(found, constant);
    }
    default:
      break;
  }
  // Moving the document to where it is.
  if (from.empty()) return to.empty();
  const Ref taken = draft.Remove(from);
  return taken != kAbsent && draft.Add(to, taken);
}

absl::Status SequenceRunner::PatchFailure(const Change& change) {
  std::string_view reason = "there is nothing to ";
  if (change.kind == ChangeKind::kPatchTest) {
    if (draft_->Find(run_.tables.Path(change.from)) != kAbsent) reason = "another value fails the ";
  } else if (change.to != kNone && change.kind != ChangeKind::kPatchReplace &&
             (change.from == kNone || draft_->Find(run_.tables.Path(change.from)) != kAbsent)) {
    reason = "there is no such place for ";
  }
  return MakeError(
      ErrorCode::kTransformFailed,
      absl::StrCat("operation ", change.number, " of the patch: ", reason, NameOf(change.kind)));
}

absl::Status SequenceRunner::ComposeInput(const Change& change) {
  std::string token;
  json::AppendPointerToken(run_.program.inputs()[change.number], &token);
  place_ = absl::StrCat("/compose", token);
  Draft& draft = *draft_;
  Ref value = kAbsent;
  SLUICE_RETURN_IF_ERROR(InputValue(change, &value));
  const absl::Span<const PathSegment> to = run_.tables.Path(change.to);
  if (value == kAbsent) {
    place_.clear();
    return absl::OkStatus();
  }
  if (change.merge != 0) value = draft.Merge(draft.Share(draft.Find(to)), value);
  if (!draft.Write(to, value, Where::kEverywhere)) {
    return MakeError(
        ErrorCode::kTransformFailed,
        absl::StrCat("the input ", Quoted(run_.program.inputs()[change.number]),
                     " can't be written where it belongs: on the way is a value of another kind"));
  }
  place_.clear();
  return absl::OkStatus();
}

// kAbsent if it's missing and may be left out.
absl::Status SequenceRunner::InputValue(const Change& change, Ref* value) {
  const uint32_t source = kFirstInput + change.number;
  if (sources_[source] != nullptr) {
    *value = {source, 0};
    return absl::OkStatus();
  }
  const std::string& name = run_.program.inputs()[change.number];
  if (change.number >= run_.inputs.size() || !run_.inputs[change.number].has_value()) {
    if (change.missing == Missing::kNull) *value = {kConstants, change.value};
    if (change.missing != Missing::kFail) return absl::OkStatus();
    return MakeError(ErrorCode::kTransformFailed,
                     absl::StrCat("the input ", Quoted(name), " is missing"));
  }
  // For all at once: they must not move while the draft refers to them.
  const size_t count = run_.program.inputs().size();
  if (scratch_.inputs.size() < count) scratch_.inputs.resize(count);
  json::Document& document = scratch_.inputs[change.number];
  const absl::Status status = document.Parse(*run_.inputs[change.number], run_.budget.input);
  if (!status.ok()) {
    const std::string message = absl::StrCat("the input ", Quoted(name), ": ", status.message());
    const std::optional<Budget> budget = BudgetOf(status);
    return budget ? MakeBudgetError(*budget, message)
                  : MakeError(ErrorCode::kInvalidJson, message, ByteOffsetOf(status));
  }
  sources_[source] = &document;
  *value = {source, 0};
  return absl::OkStatus();
}

}  // namespace sluice::transform
