// Arbitrary steps on arbitrary documents: compiling and running never fail otherwise than by
// status; a result is JSON, the same when made again; a failure leaves nothing behind.
//
// Input: the steps, a NUL, the document, and for each input another NUL and its text; an empty one
// is missing.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../support/exact_buffer.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/transform/transform.h"

namespace sluice {
namespace {

void Check(bool condition, const char* what, std::string_view input) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s\n%.*s\n", what, static_cast<int>(input.size()), input.data());
  std::abort();
}

std::vector<std::string_view> Split(std::string_view input) {
  std::vector<std::string_view> parts;
  for (size_t end = 0; (end = input.find('\0')) != std::string_view::npos;) {
    parts.push_back(input.substr(0, end));
    input.remove_prefix(end + 1);
  }
  parts.push_back(input);
  return parts;
}

std::optional<transform::Program> Compile(std::string_view steps, std::string_view input) {
  const test_support::ExactBuffer exact(steps);
  json::Document document;
  if (!document.Parse(exact.text(), {.max_depth = 64}).ok()) return std::nullopt;
  json::CompileContext context;
  absl::StatusOr<transform::Program> program = transform::Compile(document.root(), context);
  Check(program.ok() || !context.issues().empty() ||
            ErrorCodeOf(program.status()) == ErrorCode::kBudgetExceeded,
        "refused without a reason", input);
  Check(!program.ok() || context.issues().empty(), "compiled in spite of faults", input);
  for (const Issue& issue : context.issues().list()) {
    Check(issue.byte_offset <= steps.size() && !issue.message.empty(), "a fault nowhere", input);
  }
  if (!program.ok()) return std::nullopt;
  return *std::move(program);
}

bool CanFailWith(ErrorCode code, const transform::Program& program) {
  return code == ErrorCode::kInvalidJson || code == ErrorCode::kBudgetExceeded ||
         code == ErrorCode::kTransformFailed ||
         (code == ErrorCode::kMissingSecret && !program.secrets().empty());
}

void TestOne(std::string_view input) {
  const std::vector<std::string_view> parts = Split(input);
  std::optional<transform::Program> program = Compile(parts[0], input);
  if (!program || parts.size() < 2) return;
  // Of several secrets one is missing.
  for (uint32_t i = 0; i < program->secrets().size(); ++i) {
    if (i != 1) program->SetSecret(i, AsBytes(program->secrets()[i]));
  }

  const test_support::ExactBuffer exact(parts[1]);
  std::vector<std::optional<std::string_view>> inputs;
  for (size_t i = 2; i < parts.size() && inputs.size() < program->inputs().size(); ++i) {
    inputs.push_back(parts[i].empty() ? std::nullopt : std::optional(parts[i]));
  }
  TransformBudget budget;
  budget.max_output_bytes = 1u << 20;
  budget.max_steps = 1u << 20;
  budget.max_memory_bytes = 4u << 20;
  static transform::Scratch scratch;
  OutputBuffer out(budget.max_output_bytes);
  const absl::Status status =
      transform::Apply(*program, exact.text(), inputs, budget, scratch, out);

  json::Document document;
  const absl::Status parsed = document.Parse(exact.text());
  if (!parsed.ok()) {
    Check(
        ErrorCodeOf(status) == ErrorCodeOf(parsed) && ByteOffsetOf(status) == ByteOffsetOf(parsed),
        "another verdict on the document than the parser's", input);
  }
  if (!status.ok()) {
    Check(CanFailWith(ErrorCodeOf(status), *program), "an unexpected failure", input);
    Check(out.size() == 0 && !out.exhausted(), "a part of a failed result", input);
    return;
  }
  const std::string result(out.text());
  Check(document.Parse(result, {.max_depth = 2048}).ok(), "the result is no JSON", input);

  out.Clear();
  const absl::Status again = transform::Apply(*program, exact.text(), inputs, budget, scratch, out);
  Check(again.ok() && out.text() == result, "another result the second time", input);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size <= 1u << 14) sluice::TestOne({reinterpret_cast<const char*>(data), size});
  return 0;
}
