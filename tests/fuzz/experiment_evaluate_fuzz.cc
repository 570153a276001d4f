// A payload and attributes, both arbitrary JSON: compiles or has issues at places in the text,
// evaluates to a whole frame or fails for a reason, the same when it is done again.
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "../support/check.h"
#include "sluice/base/bytes.h"
#include "sluice/base/status.h"
#include "sluice/experiment/evaluate.h"
#include "sluice/experiment/features.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"

namespace sluice::experiment {
namespace {

constexpr size_t kMaxBytes = 1 << 20;

void CheckIssues(const json::CompileContext& context, std::string_view text) {
  for (const Issue& issue : context.issues().list()) {
    CHECK(!issue.message.empty() && issue.byte_offset <= text.size());
  }
}

// The frame, or "" for a failure that isn't this engine's.
std::string Run(const Program& program, const EvaluateInput& input, EvaluateScratch& scratch) {
  OutputBuffer out(kMaxBytes);
  const absl::Status status = Evaluate(program, input, scratch, out);
  CHECK(ErrorCodeOf(status) != ErrorCode::kInternal);
  if (!status.ok()) return {};
  CHECK(out.size() >= 32 && LoadWord(out.bytes().data() + 4) == out.size());
  return std::string(out.text());
}

void CheckEvaluation(const Program& program, std::string_view attributes) {
  EvaluateScratch scratch;
  EvaluateInput input;
  input.attributes = attributes;
  input.url = "https://example.com/?experiment=1";
  const std::string first = Run(program, input, scratch);
  CHECK(Run(program, input, scratch) == first);
  input.sticky_buckets = attributes;
  input.forced_variations = attributes;
  input.url_parts = attributes;
  const std::string sticky = Run(program, input, scratch);
  scratch.Trim(0);
  CHECK(Run(program, input, scratch) == sticky);
}

void Check(std::string_view payload, std::string_view attributes) {
  json::Document document;
  if (!document.Parse(payload).ok()) return;
  json::CompileContext context;
  absl::StatusOr<Program> program = CompilePayload(std::move(document), context);
  CheckIssues(context, payload);
  if (!program.ok()) return;
  (void)program->SetUrlPatterns(attributes);
  CheckEvaluation(*program, attributes);
}

}  // namespace
}  // namespace sluice::experiment

// The payload, a NUL, the attributes.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\0');
  if (end == std::string_view::npos) return 0;
  sluice::experiment::Check(text.substr(0, end), text.substr(end + 1));
  return 0;
}
