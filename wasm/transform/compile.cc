#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/json/writer.h"
#include "sluice/transform/automaton.h"
#include "sluice/transform/path.h"
#include "sluice/transform/program.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {
namespace {

constexpr std::string_view kStepNames[] = {"pick", "drop", "redact"};  // by StepKind
constexpr std::string_view kRedactKeys[] = {"paths", "with"};
constexpr std::string_view kDefaultReplacement = "***";
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
  }

  Block Build() const {
    BlockBuilder builder(Program::kFormatVersion);
    builder.Add(steps_);
    builder.Add(automata_.states);
    builder.Add(automata_.name_edges);
    builder.Add(automata_.index_edges);
    builder.Add(automata_.text.pool());
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
    Step step = {kind, kNone, {0, 0}};
    json::Value paths = body;
    if (kind == StepKind::kRedact) {
      std::string replacement(kDefaultReplacement);
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
      step.replacement = InternJsonString(replacement);
    }
    if (Paths(kind, paths, &step.root)) steps_.push_back(step);
  }

  StringRef InternJsonString(std::string_view text) {
    OutputBuffer json(8 * text.size() + 2);
    json::AppendJsonString(text, json);
    return automata_.text.strings()[automata_.text.Intern(json.text())];
  }

  bool Paths(StepKind kind, json::Value paths, uint32_t* root) {
    if (!json::Expect(paths, json::Kind::kArray, context_)) return false;
    if (paths.size() == 0) {
      context_.AddIssue(paths, "missing_path", "expected at least one path");
      return false;
    }
    if (paths.size() > kMaxPathsPerStep) {
      OverBudget(paths, absl::StrCat("a step has at most ", kMaxPathsPerStep, " paths"));
      return false;
    }
    PathTree tree;
    for (const json::Value path : json::Elements(paths)) OnePath(kind, path, tree);
    // The automaton may be large: not for what is refused anyway.
    if (!context_.issues().empty()) return false;
    if (Determinize(tree, automata_, root)) return true;
    OverBudget(paths, absl::StrCat("these wildcards and names combine to more than ", kMaxStates,
                                   " states or ", kMaxEdges, " edges: use fewer or simpler paths"));
    return false;
  }

  void OnePath(StepKind kind, json::Value value, PathTree& tree) {
    if (!json::Expect(value, json::Kind::kString, context_)) return;
    std::string scratch;
    const std::string_view path = value.string(&scratch);
    std::vector<Segment> segments;
    PathFault fault;
    if (!ParsePath(path, &segments, &fault)) {
      context_.AddIssue(
          value, fault.code,
          absl::StrCat("in ", Quoted(path), " at ", fault.offset, ": ", fault.message));
      return;
    }
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
    if (segments.empty() && kind == StepKind::kDrop) {
      context_.AddIssue(value, "unsupported",
                        "$ can't be dropped: nothing would be left; drop its members with $.*");
      return;
    }
    tree.Add(segments, automata_.text);
  }

  json::CompileContext& context_;
  std::vector<Step> steps_;
  Automata automata_;
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
