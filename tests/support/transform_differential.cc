#include "transform_differential.h"

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "exact_buffer.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/transform.h"

namespace sluice::reference {
namespace {

constexpr size_t kMaxOutput = 4u << 20;
constexpr uint32_t kMaxDepth = 512;

using transform::Program;

struct Compiled {
  std::optional<Program> program;
  std::string faults;
};

Compiled Compile(std::string_view steps, const Texts& secrets) {
  json::Document document;
  if (!document.Parse(steps).ok()) return {std::nullopt, "the steps are no JSON"};
  json::CompileContext context;
  absl::StatusOr<Program> program = transform::Compile(document.root(), context);
  Compiled compiled;
  if (!program.ok() || !context.issues().empty()) {
    compiled.faults = std::string(program.status().message());
    for (const Issue& issue : context.issues().list()) {
      compiled.faults +=
          "\n  " + issue.pointer + ": " + std::string(issue.code) + ": " + issue.message;
    }
    return compiled;
  }
  compiled.program = *std::move(program);
  for (uint32_t i = 0; i < compiled.program->secrets().size(); ++i) {
    const auto secret = secrets.find(compiled.program->secrets()[i]);
    if (secret != secrets.end()) compiled.program->SetSecret(i, AsBytes(secret->second));
  }
  return compiled;
}

struct Ran {
  absl::Status status;
  std::string text;
  bool tidy = true;  // what was in the buffer before is still there, and nothing else on failure
};

Ran Run(const Program& program, std::string_view document, const Texts& inputs,
        size_t max_output = kMaxOutput) {
  static transform::Scratch scratch;  // used again and again, as the gateway does
  constexpr std::string_view kBefore = "before";
  std::vector<std::optional<std::string_view>> texts;
  for (const std::string& name : program.inputs()) {
    const auto input = inputs.find(name);
    texts.push_back(input == inputs.end() ? std::nullopt
                                          : std::optional<std::string_view>(input->second));
  }
  while (!texts.empty() && !texts.back()) texts.pop_back();
  const test_support::ExactBuffer exact(document);
  OutputBuffer out(max_output + kBefore.size());
  out.Append(kBefore);
  TransformBudget budget;
  budget.max_output_bytes = kMaxOutput;
  Ran ran;
  ran.status = transform::Apply(program, exact.text(), texts, budget, scratch, out);
  ran.tidy = out.text().starts_with(kBefore) && (ran.status.ok() || out.size() == kBefore.size());
  if (ran.status.ok()) ran.text = std::string(out.text().substr(kBefore.size()));
  return ran;
}

std::string Told(const Ran& ran) {
  if (ran.status.ok()) return ran.text;
  return std::string(ErrorCodeName(ErrorCodeOf(ran.status))) + " at " +
         LocationOf(ran.status).value_or("no location") + ": " + std::string(ran.status.message());
}

std::string Told(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::kOk:
      return TextOf(outcome.tree);
    case Outcome::Kind::kInvalidJson:
      return "the document is not JSON";
    case Outcome::Kind::kInvalidInput:
      return "an input is not JSON, at " + outcome.location;
    case Outcome::Kind::kTransformFailed:
      return "transform_failed at " + outcome.location;
    case Outcome::Kind::kUndecided:
      break;
  }
  return "undecided at " + outcome.location;
}

std::string Compare(const Outcome& expected, const Ran& ran, bool compact) {
  if (!ran.tidy) return "the output buffer is not left as it should be";
  const ErrorCode code = ErrorCodeOf(ran.status);
  if (code == ErrorCode::kBudgetExceeded && expected.deepest > kMaxDepth) return "";
  switch (expected.kind) {
    case Outcome::Kind::kUndecided:
      return "";
    case Outcome::Kind::kInvalidJson:
    case Outcome::Kind::kInvalidInput:
      return code == ErrorCode::kInvalidJson ? "" : "should fail with invalid_json";
    case Outcome::Kind::kTransformFailed:
      if (code != ErrorCode::kTransformFailed) return "should fail with transform_failed";
      return LocationOf(ran.status) == expected.location ? "" : "fails at another location";
    case Outcome::Kind::kOk:
      break;
  }
  if (!ran.status.ok()) return "should not fail";
  const std::optional<Tree> actual = ParseTree(ran.text, 4 * kMaxDepth);
  if (!actual) return "the result is no JSON";
  if (!Matches(expected.tree, *actual)) return "another result than the reference's";
  if (compact && CompactTextOf(*actual) != ran.text) return "blanks from nowhere";
  return "";
}

// The steps one by one: the text that the last one leaves, or nothing if one fails.
std::optional<std::string> StepByStep(const TransformCase& given, std::string* fault) {
  const std::optional<Tree> steps = ParseTree(given.steps);
  std::string text = given.document;
  for (const Tree& step : steps->values) {
    const Compiled compiled = Compile("[" + TextOf(step) + "]", given.secrets);
    if (!compiled.program) {
      *fault = "a step alone doesn't compile: " + compiled.faults;
      return std::nullopt;
    }
    Ran ran = Run(*compiled.program, text, given.inputs);
    if (!ran.status.ok()) return std::nullopt;
    text = std::move(ran.text);
  }
  return text;
}

std::string CompareStepByStep(const TransformCase& given, const Ran& whole) {
  if (ParseTree(given.steps)->values.size() < 2) return "";
  std::string fault;
  const std::optional<std::string> text = StepByStep(given, &fault);
  if (!fault.empty()) return fault;
  if (text.has_value() != whole.status.ok()) return "step by step fails differently";
  if (!text) return "";
  const std::optional<Tree> tree = ParseTree(*text, 4 * kMaxDepth);
  if (!tree) return "step by step the result is no JSON: " + *text;
  if (CompactTextOf(*tree) == CompactTextOf(*ParseTree(whole.text, 4 * kMaxDepth))) return "";
  return "step by step the result is another: " + *text;
}

}  // namespace

std::string Disagreement(const TransformCase& given) {
  std::string about = "\nsteps:    " + given.steps;
  about += "\ndocument: " + given.document;
  for (const auto& [name, text] : given.inputs) {
    about.append("\ninput ").append(name).append(": ").append(text);
  }
  const Compiled compiled = Compile(given.steps, given.secrets);
  if (!compiled.program) return "the steps don't compile: " + compiled.faults + about;

  const Outcome expected = RunReference(given.steps, given.document, given.inputs, given.secrets);
  const Ran ran = Run(*compiled.program, given.document, given.inputs);
  about += "\nexpected: " + Told(expected) + "\ngot:      " + Told(ran);
  std::string wrong = Compare(expected, ran, given.compact);
  if (wrong.empty() && expected.deepest < kMaxDepth) wrong = CompareStepByStep(given, ran);
  if (wrong.empty() && ran.status.ok()) {
    const Ran cut = Run(*compiled.program, given.document, given.inputs, ran.text.size() - 1);
    if (!cut.tidy || ErrorCodeOf(cut.status) != ErrorCode::kBudgetExceeded ||
        BudgetOf(cut.status) != Budget::kOutputBytes) {
      wrong = "a byte too little of output budget: " + Told(cut);
    }
  }
  return wrong.empty() ? "" : wrong + about;
}

}  // namespace sluice::reference
