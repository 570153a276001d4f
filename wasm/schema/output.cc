#include "sluice/schema/output.h"

#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/json/writer.h"
#include "sluice/schema/evaluator.h"
#include "sluice/schema/gatherer.h"
#include "sluice/schema/output_writer.h"
#include "sluice/schema/scratch.h"

namespace sluice::schema {

using json::Value;
using json::Writer;

namespace {

Gather WhatFor(Output output, bool valid) {
  if (valid) return Gather::kAnnotations;
  return output == Output::kErrors ? Gather::kFaults : Gather::kAllErrors;
}

// The budget ended before anything was certain but that it isn't valid.
void AddUnexplained(uint32_t schema, Value instance, Findings& findings) {
  findings.Clear();
  findings.Open({.node = instance.index(), .number = schema, .kind = UnitKind::kSchema});
  findings.AddLeaf({.node = instance.index(),
                    .number = kNone,
                    .kind = UnitKind::kError,
                    .fault = Fault::kUnexplained});
  findings.Close();
}

bool HasCostlyPatterns(const Tables& tables) {
  return std::any_of(tables.patterns.begin(), tables.patterns.end(),
                     [](const Pattern& pattern) { return !pattern.linear(); });
}

void Write(const Tables& tables, const Findings& findings, Value instance, Output output,
           bool valid, uint32_t max_errors, OutputBuffer& out) {
  Writer writer(out);
  writer.BeginObject();
  if (output == Output::kBasic || output == Output::kDetailed) {
    UnitsWriter units(tables, findings, *instance.document(), valid);
    output == Output::kBasic ? units.WriteBasic(writer) : units.WriteDetailed(writer);
  } else {
    writer.Key("valid");
    writer.Bool(valid);
    if (output == Output::kErrors) {
      writer.Key("errors");
      writer.BeginArray();
      ErrorsWriter(tables, findings, *instance.document()).Write(max_errors, writer);
      writer.EndArray();
    }
  }
  writer.EndObject();
}

}  // namespace

absl::StatusOr<bool> Validate(const Program& program, Value instance, Output output,
                              uint32_t max_errors, const Budget& budget, Scratch& scratch,
                              OutputBuffer& out, uint32_t entry) {
  absl::StatusOr<bool> valid = IsValid(program, instance, budget, scratch, entry);
  if (!valid.ok() || (*valid && output == Output::kErrors)) return valid;
  const Tables& tables = program.tables();
  GatherMemory& memory = scratch.memory().gather;
  memory.findings.Clear();
  max_errors = std::clamp(max_errors, 1u, kMaxErrors);
  if (output != Output::kFlag) {
    Evaluator quick(tables, *instance.document(), budget, scratch.memory());
    Gatherer gatherer(tables, budget, memory, WhatFor(output, *valid), max_errors, &quick);
    const uint32_t schema = tables.entries[entry];
    const bool holds = gatherer.Run(schema, instance);
    if (gatherer.exhausted()) {
      if (*valid) {
        return MakeBudgetError(gatherer.budget(), gatherer.budget() == sluice::Budget::kResults
                                                      ? "too many annotations"
                                                      : "gathering the annotations takes too much");
      }
      if (memory.findings.errors() == 0) AddUnexplained(schema, instance, memory.findings);
    } else if (holds && !*valid && HasCostlyPatterns(tables)) {
      // One that IsValid came to, and not this evaluation.
      AddUnexplained(schema, instance, memory.findings);
    } else if (holds != *valid) {
      return MakeError(ErrorCode::kInternal, "two evaluations of a schema don't agree");
    }
  }
  Write(tables, memory.findings, instance, output, *valid, max_errors, out);
  if (out.exhausted()) {
    return MakeBudgetError(sluice::Budget::kOutputBytes, "the output is longer than allowed");
  }
  return valid;
}

}  // namespace sluice::schema
