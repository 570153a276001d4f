// Transforms from text to text, for tests.
#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../../support/exact_buffer.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/transform/transform.h"

namespace sluice::transform {

using Inputs = std::vector<std::optional<std::string_view>>;

inline std::optional<Program> Compiled(std::string_view steps) {
  json::Document document;
  EXPECT_TRUE(document.Parse(steps).ok()) << steps;
  json::CompileContext context;
  absl::StatusOr<Program> program = Compile(document.root(), context);
  for (const Issue& issue : context.issues().list()) {
    ADD_FAILURE() << steps << "\n" << issue.pointer << ": " << issue.message;
  }
  if (!program.ok()) return std::nullopt;
  return *std::move(program);
}

// The only issue of a transform that has exactly one.
inline Issue IssueOf(std::string_view steps) {
  json::Document document;
  EXPECT_TRUE(document.Parse(steps).ok()) << steps;
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(document.root(), context);
  EXPECT_EQ(ErrorCodeOf(program.status()), ErrorCode::kInvalidTransform) << steps;
  EXPECT_EQ(context.issues().total(), 1u) << steps;
  if (context.issues().empty()) return {};
  return context.issues().list()[0];
}

// "transform_failed /0/patch/2", "budget_exceeded steps /0".
inline std::string Told(const absl::Status& status) {
  std::string told(ErrorCodeName(ErrorCodeOf(status)));
  if (const auto budget = BudgetOf(status)) absl::StrAppend(&told, " ", BudgetName(*budget));
  if (const auto location = LocationOf(status)) absl::StrAppend(&told, " ", *location);
  return told;
}

// The result, or what went wrong. Runs twice on the same memory, which must come to the same.
inline std::string Transformed(std::string_view steps, std::string_view text,
                               const Inputs& inputs = {}, const TransformBudget& budget = {}) {
  const std::optional<Program> program = Compiled(steps);
  if (!program) return "";
  const test_support::ExactBuffer exact(text);
  Scratch scratch;
  std::string results[2];
  for (std::string& result : results) {
    OutputBuffer out(budget.max_output_bytes);
    const absl::Status status = Apply(*program, exact.text(), inputs, budget, scratch, out);
    result = status.ok() ? std::string(out.text()) : Told(status);
    if (!status.ok()) {
      EXPECT_EQ(out.size(), 0u) << steps;
    }
  }
  EXPECT_EQ(results[0], results[1]) << steps;
  return results[0];
}

// One step.
inline std::string Step(std::string_view step, std::string_view text, const Inputs& inputs = {}) {
  return Transformed(absl::StrCat("[", step, "]"), text, inputs);
}

}  // namespace sluice::transform
