#include <algorithm>

#include "sluice/schema/gatherer.h"
#include "sluice/schema/meant.h"

namespace sluice::schema {

using json::Value;

bool Gatherer::AllHold(const Instruction& instruction, const Value& value, uint32_t marks) {
  OpenKeyword(instruction, instruction.keyword, value);
  bool holds = true;
  for (uint32_t i = 0; i < instruction.b && !done(); ++i) {
    holds = Apply(tables_.lists[instruction.a + i], value, {i, 0, true}, marks) && holds;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::AnyHolds(const Instruction& instruction, const Value& value, uint32_t marks) {
  const bool wants_all = marks != kUnmarked || what_ == Gather::kAnnotations;
  const Scope all = Enter(max_errors_, /*keeps=*/true);
  OpenKeyword(instruction, instruction.keyword, value);
  bool any = false;
  for (uint32_t i = 0; i < instruction.b && !exhausted_ && (!any || wants_all); ++i) {
    const Scope scope = Enter(max_errors_, /*keeps=*/true);
    any = Apply(tables_.lists[instruction.a + i], value, {i, 0}, marks) || any;
    Leave(scope);
  }
  if (!any || exhausted_) return NoAlternativeHolds(instruction, value, marks, all);
  CloseKeyword();
  if (what_ != Gather::kAnnotations) Discard(all);
  Leave(all);
  return true;
}

bool Gatherer::OneHolds(const Instruction& instruction, const Value& value, uint32_t marks) {
  const Scope all = Enter(max_errors_, /*keeps=*/true);
  OpenKeyword(instruction, instruction.keyword, value);
  uint32_t matches = 0;
  At found;
  for (uint32_t i = 0; i < instruction.b && !exhausted_ && matches < 2; ++i) {
    const Scope scope = Enter(max_errors_, /*keeps=*/true);
    if (Apply(tables_.lists[instruction.a + i], value, {i, 0}, marks)) {
      (matches == 0 ? found.position : found.index) = i;
      ++matches;
    }
    Leave(scope);
  }
  if (matches == 0 || exhausted_) return NoAlternativeHolds(instruction, value, marks, all);
  CloseKeyword();
  if (what_ != Gather::kAnnotations || matches > 1) Discard(all);
  Leave(all);
  return matches == 1 || Fail(instruction, Fault::kManyAlternatives, value, found);
}

// Ends the keyword that is open, and the scope that was entered before it.
bool Gatherer::NoAlternativeHolds(const Instruction& instruction, const Value& value,
                                  uint32_t marks, const Scope& scope) {
  Findings& findings = memory_.findings;
  const size_t before = scope.units;
  if (exhausted_) {
    Discard(scope);
    Leave(scope);
    return false;
  }
  if (what_ == Gather::kFaults) {
    // The alternative that was meant would have evaluated them.
    MarkAll(marks, value.size());
    if (findings.size() > before + 1) KeepMeant(before, instruction, value);
  }
  CloseKeyword();
  Leave(scope);
  size_t kept = 0;
  for (size_t i = before; i < findings.size();) {
    const bool is_error = findings[i].kind == UnitKind::kError;
    kept += is_error ? 1 : 0;
    i += is_error ? findings[i].size : 1;
  }
  errors_ += static_cast<uint32_t>(std::max<size_t>(kept, 1));
  return false;
}

// In place of what is wrong with every alternative of the keyword at `keyword`: what is wrong with
// the one that was meant, or an error that speaks of all.
void Gatherer::KeepMeant(size_t keyword, const Instruction& instruction, const Value& value) {
  Findings& findings = memory_.findings;
  const Meant meant =
      FindMeant(tables_, findings, keyword, value, memory_.equality, name_bytes_left_);
  if (meant.fault == Fault::kNone) return findings.KeepOnly(meant.alternative);
  const Unit error{.node = meant.node,
                   .number = NumberOf(instruction),
                   .position = meant.name,
                   .index = meant.has_more ? 1u : 0,
                   .kind = UnitKind::kError,
                   .fault = meant.fault,
                   .keyword = instruction.keyword};
  findings.Truncate(keyword);
  findings.Open(error);
  for (size_t i = 0; i < meant.leaf_count; ++i) findings.AddLeaf(meant.leaves[i]);
}

bool Gatherer::NotHolds(const Instruction& instruction, const Value& value) {
  const Scope scope = Enter(1, /*keeps=*/false);
  OpenKeyword(instruction, instruction.keyword, value);
  const bool holds = Apply(instruction.a, value, {}, kUnmarked);
  CloseKeyword();
  Discard(scope);
  Leave(scope);
  if (exhausted_) return false;
  return !holds || Fail(instruction, Fault::kKeyword, value);
}

bool Gatherer::ConditionHolds(const Instruction& instruction, const Value& value, uint32_t marks) {
  const Scope scope = Enter(1, /*keeps=*/false);
  OpenKeyword(instruction, Keyword::kIf, value);
  const bool condition = Apply(instruction.a, value, {}, marks);
  CloseKeyword();
  Leave(scope);
  const uint32_t schema = condition ? instruction.b : instruction.c;
  if (exhausted_ || schema == kNone) return !exhausted_;
  OpenKeyword(instruction, condition ? Keyword::kThen : Keyword::kElse, value);
  const bool holds = Apply(schema, value, {.demanded = true}, marks);
  CloseKeyword();
  return holds;
}

bool Gatherer::ReferenceHolds(const Instruction& instruction, const Value& value, uint32_t marks) {
  const uint32_t target =
      instruction.op == Op::kDynamicRef ? DynamicTarget(instruction) : instruction.a;
  OpenKeyword(instruction, instruction.keyword, value);
  const bool holds = Apply(target, value, {.demanded = true}, marks);
  CloseKeyword();
  return holds;
}

uint32_t Gatherer::DynamicTarget(const Instruction& instruction) {
  if (instruction.b == kNone) return instruction.a;
  const AnchorRow& row = tables_.anchors[instruction.b];
  const auto anchors = tables_.dynamic_anchors.subspan(row.first, row.count);
  for (const uint32_t resource : memory_.resources) {
    if (!Take(1)) break;
    const auto* const found = std::lower_bound(
        anchors.begin(), anchors.end(), resource,
        [](const DynamicAnchor& anchor, uint32_t wanted) { return anchor.resource < wanted; });
    if (found != anchors.end() && found->resource == resource) return found->schema;
  }
  return instruction.a;
}

}  // namespace sluice::schema
