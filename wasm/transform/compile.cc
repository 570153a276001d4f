#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/transform/compiler.h"

namespace sluice::transform {

const Compiler::StepType Compiler::kTypes[] = {
    {"pick", &Compiler::Pick},     {"drop", &Compiler::Drop},       {"redact", &Compiler::Redact},
    {"rename", &Compiler::Rename}, {"move", &Compiler::Move},       {"copy", &Compiler::Copy},
    {"set", &Compiler::Set},       {"default", &Compiler::Default}, {"wrap", &Compiler::Wrap},
    {"unwrap", &Compiler::Unwrap}, {"merge", &Compiler::Merge},     {"patch", &Compiler::Patch},
    {"query", &Compiler::Query},   {"map", &Compiler::Map},         {"compose", &Compiler::Compose},
};

namespace {

constexpr std::string_view kStepKeys[] = {"pick",  "drop",    "redact",  "rename", "move",  "copy",
                                          "set",   "default", "wrap",    "unwrap", "merge", "patch",
                                          "query", "map",     "compose", "when"};

}  // namespace

uint32_t Compiler::Sequence(json::Value steps, uint32_t depth) {
  Reading reading;
  reading.depth = depth;
  if (json::Expect(steps, json::Kind::kArray, context_)) {
    step_count_ += steps.size();
    if (step_count_ > kMaxSteps) {
      OverBudget(steps, absl::StrCat("a transform has at most ", kMaxSteps,
                                     " steps, those of map steps included"));
    } else {
      uint32_t number = 0;
      for (const json::Value step : json::Elements(steps)) OneStep(step, number++, reading);
    }
  }
  Flush(reading);
  sequences_.push_back(
      {static_cast<uint32_t>(steps_.size()), static_cast<uint32_t>(reading.steps.size())});
  steps_.insert(steps_.end(), reading.steps.begin(), reading.steps.end());
  return static_cast<uint32_t>(sequences_.size() - 1);
}

void Compiler::OneStep(json::Value value, uint32_t number, Reading& reading) {
  const json::ObjectReader reader(value, kStepKeys, context_);
  if (!reader.object().present()) return;
  const json::Value when = reader.Get("when");
  const StepType* type = nullptr;
  uint32_t found = 0;
  for (const StepType& candidate : kTypes) {
    if (!reader.Get(candidate.name).present()) continue;
    type = &candidate;
    ++found;
  }
  // An unknown key is reported already.
  if (found == 0 && value.size() > (when.present() ? 1 : 0)) return;
  if (found != 1) {
    context_.AddIssue(value, "invalid_step",
                      absl::StrCat("expected exactly one step, such as \"pick\", and nothing else "
                                   "but \"when\"; found ",
                                   found == 0 ? "none" : absl::StrCat(found, " steps")));
    return;
  }
  Body body = {reader.Get(type->name), number, when.present(), false, {}};
  Step step = {number, kNone, kNone, {0, 0}};
  if (when.present()) When(when, &step);
  (this->*type->read)(reading, body);
  if (body.operations.empty()) return;  // at fault, or kept to be fused
  Flush(reading);
  Append(reading, step, body.operations);
}

void Compiler::When(json::Value when, Step* step) {
  const std::optional<std::string> text = Text(when);
  if (!text) return;
  if (text->empty() || text->front() == '/') {
    const std::optional<transform::Path> path = ReadLocation(when);
    if (path) step->exists = AddPath(*path);
    return;
  }
  absl::StatusOr<query::Condition> condition = query::Condition::Compile(*text);
  if (!condition.ok()) {
    const bool over = ErrorCodeOf(condition.status()) == ErrorCode::kBudgetExceeded;
    context_.AddIssue(when, over ? "budget_exceeded" : "invalid_condition",
                      absl::StrCat("expected a logical expression, like \"@.total > 5\", or a JSON "
                                   "Pointer: ",
                                   condition.status().message()));
    return;
  }
  step->condition = static_cast<uint32_t>(queries_.conditions.size());
  queries_.conditions.push_back(*std::move(condition));
}

void Compiler::Append(Reading& reading, Step step, const std::vector<Operation>& operations) {
  step.operations = {static_cast<uint32_t>(operations_.size()),
                     static_cast<uint32_t>(operations.size())};
  operations_.insert(operations_.end(), operations.begin(), operations.end());
  reading.steps.push_back(step);
}

// Makes passes of the steps that were kept for that.
void Compiler::Flush(Reading& reading) {
  if (reading.fusible.empty()) return;
  const std::vector<PassStep> steps = std::exchange(reading.fusible, {});
  const std::vector<json::Value> paths = std::exchange(reading.fusible_paths, {});
  // An automaton may be large: not for what is refused anyway.
  if (!faultless()) return;
  const auto first = static_cast<uint32_t>(pass_order_.size());
  size_t faulty = 0;
  if (!passes_.AddPasses(steps, &pass_order_, &faulty)) return TooManyStates(paths[faulty]);
  Operation operation = {OperationKind::kPasses, 0, 0, 0, {first, 0}};
  operation.range.count = static_cast<uint32_t>(pass_order_.size()) - first;
  Append(reading, {reading.first_fusible, kNone, kNone, {0, 0}}, {operation});
}

absl::StatusOr<Program> Compiler::Build() {
  absl::Status no_memory =
      MakeBudgetError(Budget::kMemory, "not enough memory for the compiled transform");
  for (PathSegment& segment : segments_) {
    if (segment.key != kNone) segment.key = constants_.KeyOf(segment.key);
  }
  for (Change& change : changes_) {
    if (change.kind == ChangeKind::kWrap) change.value = constants_.KeyOf(change.value);
  }
  std::string text;
  json::Document document;
  JsonBudget budget;
  budget.max_depth += 1;
  if (!constants_.WriteText(&text)) return no_memory;
  SLUICE_RETURN_IF_ERROR(document.Parse(text, budget));
  BlockBuilder builder(Program::kFormatVersion);
  builder.Add(sequences_);
  builder.Add(steps_);
  builder.Add(operations_);
  builder.Add(pass_order_);
  builder.Add(general_paths_);
  builder.Add(changes_);
  builder.Add(paths_);
  builder.Add(segments_);
  builder.Add(constants_.names());
  builder.Add(std::string_view(text));
  builder.Add(document.nodes());
  passes_.AddTo(builder);
  Block block = builder.Build();
  if (block.size() == 0) return no_memory;
  return Program(std::move(block), std::make_unique<Queries>(std::move(queries_)),
                 std::move(inputs_), std::move(secrets_));
}

absl::StatusOr<Program> Compile(json::Value steps, json::CompileContext& context) {
  const size_t issues_before = context.issues().total();
  Compiler compiler(context);
  compiler.Sequence(steps, 0);
  if (const size_t found = context.issues().total() - issues_before; found != 0) {
    return MakeError(ErrorCode::kInvalidTransform,
                     absl::StrCat("the transform has ", found, found == 1 ? " fault" : " faults"));
  }
  return compiler.Build();
}

}  // namespace sluice::transform
