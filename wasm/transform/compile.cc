#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/transform/pass_builder.h"
#include "sluice/transform/path.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

constexpr std::string_view kStepNames[] = {"pick", "drop", "redact"};  // by StepKind
constexpr std::string_view kRedactKeys[] = {"paths", "with"};
constexpr size_t kMaxReplacementBytes = 64u << 10;

class Compiler {
 public:
  explicit Compiler(json::CompileContext& context) : context_(context) {}

  void Steps(json::Value steps) {
    if (!json::Expect(steps, json::Kind::kArray, context_)) return;
    if (steps.size() > kMaxSteps) {
      return OverBudget(steps, absl::StrCat("a transform has at most ", kMaxSteps, " steps"));
    }
    for (const json::Value step : json::Elements(steps)) OneStep(step);
    // The automaton may be large: not for what is refused anyway.
    if (!context_.issues().empty()) return;
    size_t faulty = 0;
    if (builder_.AddPasses(steps_, &passes_, &faulty)) return;
    OverBudget(paths_[faulty],
               absl::StrCat("these wildcards and names combine to more than ", kMaxStates,
                            " states or ", kMaxEdges, " edges: use fewer or simpler paths"));
  }

  Block Build() const {
    BlockBuilder builder(Program::kFormatVersion);
    builder.Add(passes_);
    builder_.AddTo(builder);
    return builder.Build();
  }

 private:
  void OverBudget(json::Value value, std::string message) {
    context_.AddIssue(value, "budget_exceeded", std::move(message));
  }

  void OneStep(json::Value value) {
    const json::ObjectReader reader(value, kStepNames, context_);
    if (!reader.object().present()) return;
    if (value.size() != 1) {
      context_.AddIssue(value, "invalid_step",
                        absl::StrCat("expected exactly one of \"pick\", \"drop\" and \"redact\", "
                                     "found ",
                                     value.size(), " keys"));
      return;
    }
    for (uint32_t i = 0; i < std::size(kStepNames); ++i) {
      const json::Value body = reader.Get(kStepNames[i]);
      if (body.present()) StepOfKind(static_cast<StepKind>(i), body);
    }
  }

  void StepOfKind(StepKind kind, json::Value body) {
    PassStep step = {kind, {}, {}, {}};
    json::Value paths = body;
    if (kind == StepKind::kRedact) {
      std::string& replacement = step.redaction.text;
      if (body.is(json::Kind::kObject)) {
        const json::ObjectReader reader(body, kRedactKeys, context_);
        replacement = reader.String("with").value_or(replacement);
        if (replacement.size() > kMaxReplacementBytes) {
          return OverBudget(reader.Get("with"), absl::StrCat("a replacement has at most ",
                                                             kMaxReplacementBytes, " bytes"));
        }
        paths = reader.Require("paths");
        if (!paths.present()) return;
      }
    }
    if (!Paths(paths, step)) return;
    steps_.push_back(std::move(step));
    paths_.push_back(paths);
  }

  bool Paths(json::Value paths, PassStep& step) {
    if (!json::Expect(paths, json::Kind::kArray, context_)) return false;
    if (paths.size() == 0) {
      context_.AddIssue(paths, "missing_path", "expected at least one path");
      return false;
    }
    if (paths.size() > kMaxPathsPerStep) {
      OverBudget(paths, absl::StrCat("a step has at most ", kMaxPathsPerStep, " paths"));
      return false;
    }
    for (const json::Value path : json::Elements(paths)) OnePath(path, step);
    return true;
  }

  void OnePath(json::Value value, PassStep& step) {
    if (!json::Expect(value, json::Kind::kString, context_)) return;
    std::string scratch;
    const std::string_view path = value.string(&scratch);
    Path parsed;
    PathFault fault;
    if (!ParsePath(path, &parsed, &fault)) {
      context_.AddIssue(
          value, "invalid_path",
          absl::StrCat("in ", Quoted(path), " at ", fault.offset, ": ", fault.message));
      return;
    }
    if (!parsed.simple) {
      context_.AddIssue(value, "unsupported",
                        absl::StrCat("in ", Quoted(path), " at ", parsed.general_offset, ": ",
                                     parsed.general_what,
                                     " can't be used here: a path is made of .name, ['name'], [0], "
                                     ".* and [*]"));
      return;
    }
    const std::vector<Segment>& segments = parsed.segments;
    if (segments.size() > kMaxSegmentsPerPath) {
      return OverBudget(value,
                        absl::StrCat("a path has at most ", kMaxSegmentsPerPath, " segments"));
    }
    for (const Segment& segment : segments) {
      if (segment.name.size() > kMaxNameBytes) {
        return OverBudget(value,
                          absl::StrCat("a name in a path has at most ", kMaxNameBytes, " bytes"));
      }
    }
    if (segments.empty() && step.kind == StepKind::kDrop) {
      context_.AddIssue(value, "unsupported",
                        "$ can't be dropped: nothing would be left; drop its members with $.*");
      return;
    }
    step.paths.push_back(std::move(parsed));
  }

  json::CompileContext& context_;
  std::vector<PassStep> steps_;
  std::vector<json::Value> paths_;  // of each
  PassBuilder builder_;
  std::vector<uint32_t> passes_;
};

}  // namespace

absl::StatusOr<Program> Compile(json::Value steps, json::CompileContext& context) {
  const size_t issues_before = context.issues().total();
  Compiler compiler(context);
  compiler.Steps(steps);
  if (const size_t found = context.issues().total() - issues_before; found != 0) {
    return MakeError(ErrorCode::kInvalidPolicy,
                     absl::StrCat("the transform has ", found, found == 1 ? " fault" : " faults"));
  }
  Block block = compiler.Build();
  if (block.size() == 0) {
    return MakeError(ErrorCode::kBudgetExceeded, "not enough memory for the compiled transform");
  }
  return Program(std::move(block));
}

}  // namespace sluice::transform
