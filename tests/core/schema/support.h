// Compiling and asking in one line each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sluice/base/status.h"
#include "sluice/json/compile.h"
#include "sluice/json/document.h"
#include "sluice/schema/schema.h"

namespace sluice::schema::test {

inline Options In(Dialect dialect) {
  Options options;
  options.dialect = dialect;
  return options;
}

// A schema that must compile.
class Validator {
 public:
  explicit Validator(std::string_view schema, const Options& options = {}) {
    json::Document document;
    EXPECT_TRUE(document.Parse(schema).ok()) << schema;
    json::CompileContext context;
    absl::StatusOr<Program> program = Compile(document.root(), options, context);
    for (const Issue& issue : context.issues().list()) {
      ADD_FAILURE() << issue.pointer << ": " << issue.message;
    }
    if (program.ok()) program_ = *std::move(program);
  }

  // "valid", "invalid", or the budget that was exceeded.
  std::string Ask(std::string_view instance, const Budget& budget = {}) {
    json::Document document;
    EXPECT_TRUE(document.Parse(instance).ok()) << instance;
    if (!program_.has_value()) return "no program";
    const absl::StatusOr<bool> valid = IsValid(*program_, document.root(), budget, scratch_);
    if (valid.ok()) return *valid ? "valid" : "invalid";
    const std::optional<sluice::Budget> exceeded = BudgetOf(valid.status());
    return exceeded.has_value() ? std::string(BudgetName(*exceeded))
                                : std::string(valid.status().message());
  }

  const Program& program() const { return *program_; }
  Scratch& scratch() { return scratch_; }

 private:
  std::optional<Program> program_;
  Scratch scratch_;
};

// The faults of a schema: "code pointer offset" each, or "compiles".
inline std::vector<std::string> FaultsOf(std::string_view schema, const Options& options = {}) {
  json::Document document;
  EXPECT_TRUE(document.Parse(schema).ok()) << schema;
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(document.root(), options, context);
  if (program.ok()) return {"compiles"};
  EXPECT_EQ(ErrorCodeOf(program.status()), ErrorCode::kInvalidSchema);
  std::vector<std::string> faults;
  for (const Issue& issue : context.issues().list()) {
    faults.push_back(absl::StrCat(issue.code, " ", issue.pointer, " ", issue.byte_offset));
  }
  return faults;
}

// What the first fault says.
inline std::string MessageOf(std::string_view schema, const Options& options = {}) {
  json::Document document;
  EXPECT_TRUE(document.Parse(schema).ok()) << schema;
  json::CompileContext context;
  const absl::StatusOr<Program> program = Compile(document.root(), options, context);
  return program.ok() || context.issues().empty() ? "compiles" : context.issues().list()[0].message;
}

}  // namespace sluice::schema::test
