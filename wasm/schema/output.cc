#include "sluice/schema/output.h"

#include <algorithm>

#include "sluice/base/status.h"
#include "sluice/json/writer.h"
#include "sluice/schema/errors_writer.h"
#include "sluice/schema/evaluator.h"
#include "sluice/schema/gatherer.h"
#include "sluice/schema/scratch.h"
#include "sluice/schema/units_writer.h"

namespace sluice::schema {

using json::Value;
using json::Writer;

namespace {

bool TellsOfValid(Output output) { return output == Output::kBasic || output == Output::kDetailed; }

Gather WhatFor(Output output, bool valid) {
  if (valid) return Gather::kAnnotations;
  return TellsOfValid(output) ? Gather::kAllErrors : Gather::kFaults;
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

void Write(const Tables& tables, GatherMemory& memory, Value instance, Output output, bool valid,
           uint32_t max_errors, OutputBuffer& out) {
  const json::Document& document = *instance.document();
  if (output == Output::kErrorFrame) {
    return ErrorsWriter(tables, memory, document, max_errors).WriteFrame(out);
  }
  Writer writer(out);
  writer.BeginObject();
  if (TellsOfValid(output)) {
    UnitsWriter units(tables, memory, document, valid);
    output == Output::kBasic ? units.WriteBasic(writer) : units.WriteDetailed(writer);
  } else {
    writer.Key("valid");
    writer.Bool(valid);
  }
  if (output == Output::kErrors) {
    writer.Key("errors");
    writer.BeginArray();
    ErrorsWriter(tables, memory, document, max_errors).WriteJson(writer);
    writer.EndArray();
  }
  writer.EndObject();
}

}  // namespace

absl::StatusOr<bool> Validate(const Program& program, Value instance, Output output,
                              uint32_t max_errors, const Budget& budget, Scratch& scratch,
                              OutputBuffer& out, uint32_t entry) {
  absl::StatusOr<bool> valid = IsValid(program, instance, budget, scratch, entry);
  if (!valid.ok() || (*valid && !TellsOfValid(output) && output != Output::kFlag)) return valid;
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
  Write(tables, memory, instance, output, *valid, max_errors, out);
  if (out.exhausted()) {
    return MakeBudgetError(sluice::Budget::kOutputBytes, "the output is longer than allowed");
  }
  return valid;
}

}  // namespace sluice::schema
