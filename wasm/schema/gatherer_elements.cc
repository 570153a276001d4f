#include "sluice/schema/gatherer.h"

namespace sluice::schema {

using json::Value;

bool Gatherer::ItemsHold(const Instruction& instruction, const Value& array, uint32_t marks) {
  const uint32_t listed = instruction.b;
  const bool is_prefix = instruction.keyword == Keyword::kPrefixItems;
  const bool has_list = listed > 0 || (instruction.flags & kEmptyPrefix) != 0;
  const Keyword rest = has_list && !is_prefix ? Keyword::kAdditionalItems : Keyword::kItems;
  bool holds = true;
  bool in_rest = listed == 0;
  OpenKeyword(instruction, in_rest ? rest : instruction.keyword, array);
  uint32_t i = 0;
  for (const Value element : json::Elements(array)) {
    if (i == listed && !in_rest) {
      CloseKeyword();
      OpenKeyword(instruction, rest, array);
      in_rest = true;
    }
    if (done() || (in_rest && instruction.c == kNone)) break;
    const uint32_t schema = in_rest ? instruction.c : tables_.lists[instruction.a + i];
    holds = Apply(schema, element, {in_rest ? kNone : i, i}, kUnmarked) && holds;
    Mark(marks, i);
    ++i;
    if (in_rest && IsOneFault(schema)) {
      MarkAll(marks, array.size());
      break;
    }
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::ContainsHolds(const Instruction& instruction, const Value& array, uint32_t marks) {
  const ContainsRow& row = tables_.contains[instruction.a];
  const bool counts_all =
      row.max != kNone || (row.marks != 0 && marks != kUnmarked) || what_ == Gather::kAnnotations;
  OpenKeyword(instruction, Keyword::kContains, array);
  uint32_t matches = 0;
  uint32_t i = 0;
  for (const Value element : json::Elements(array)) {
    if (exhausted_ || (!counts_all && matches >= row.min)) break;
    const Scope scope = Enter(1, /*keeps=*/false);
    const bool holds = Apply(row.schema, element, {kNone, i}, kUnmarked);
    if (!holds) Discard(scope);
    Leave(scope);
    if (holds) {
      ++matches;
      if (row.marks != 0) Mark(marks, i);
    }
    ++i;
  }
  CloseKeyword();
  if (exhausted_) return false;
  if (matches < row.min) {
    return FailAs(row.has_min != 0 ? Keyword::kMinContains : Keyword::kContains, instruction,
                  Fault::kTooFewMatches, array, {kNone, matches});
  }
  if (row.max != kNone && matches > row.max) {
    return FailAs(Keyword::kMaxContains, instruction, Fault::kTooManyMatches, array,
                  {kNone, matches});
  }
  return true;
}

bool Gatherer::UnevaluatedElementsHold(const Instruction& instruction, const Value& array,
                                       uint32_t marks) {
  OpenKeyword(instruction, instruction.keyword, array);
  bool holds = true;
  uint32_t i = 0;
  for (const Value element : json::Elements(array)) {
    if (done()) break;
    if (!IsMarked(marks, i)) {
      holds = Apply(instruction.a, element, {kNone, i}, kUnmarked) && holds;
      Mark(marks, i);
      if (IsOneFault(instruction.a)) break;
    }
    ++i;
  }
  CloseKeyword();
  return holds && !done();
}

}  // namespace sluice::schema
