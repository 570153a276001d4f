#include "sluice/schema/gatherer.h"

namespace sluice::schema {

using json::Member;
using json::Value;

bool Gatherer::HasRequired(const Instruction& instruction, const Value& object,
                           bool& all_declared) {
  const ObjectRow& row = tables_.objects[instruction.a];
  if (row.required_count == 0) return true;
  const uint32_t found = PushMarks(row.names.count);
  bool others = false;
  uint32_t expected = 0;
  for (const Member member : json::Members(object)) {
    if (!TakeForText(member.key.raw().size())) return false;
    const uint32_t number = names_.Find(row.names, NameKeyOf(Text(member.key)), expected);
    if (number == kNone) {
      others = true;
      continue;
    }
    others = others || tables_.properties[row.first_property + number].schema == kNone;
    Mark(found, number);
    expected = number + 1;
  }
  all_declared = !others;
  bool holds = true;
  for (uint32_t i = 0; i < row.names.count && !done(); ++i) {
    const bool is_required = tables_.properties[row.first_property + i].required != kNone;
    if (!is_required || IsMarked(found, i)) continue;
    holds = FailAs(Keyword::kRequired, instruction, Fault::kMissing, object, {i, 0});
  }
  if (!exhausted_) PopMarks(found);
  return holds;
}

bool Gatherer::DeclaredHold(const Instruction& instruction, const Value& object, uint32_t marks) {
  const ObjectRow& row = tables_.objects[instruction.a];
  if (row.names.count == 0) return true;
  OpenKeyword(instruction, Keyword::kProperties, object);
  bool holds = true;
  uint32_t expected = 0;
  uint32_t i = 0;
  for (const Member member : json::Members(object)) {
    if (done() || !TakeForText(member.key.raw().size())) break;
    const uint32_t number = names_.Find(row.names, NameKeyOf(Text(member.key)), expected);
    if (number != kNone) {
      expected = number + 1;
      const uint32_t schema = tables_.properties[row.first_property + number].schema;
      if (schema != kNone) {
        holds = Apply(schema, member.value, {number, 0}, kUnmarked) && holds;
        Mark(marks, i);
      }
    }
    ++i;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::PatternedHold(const Instruction& instruction, const Value& object, uint32_t marks) {
  const ObjectRow& row = tables_.objects[instruction.a];
  if (row.pattern_count == 0) return true;
  OpenKeyword(instruction, Keyword::kPatternProperties, object);
  bool holds = true;
  uint32_t i = 0;
  for (const Member member : json::Members(object)) {
    for (uint32_t j = 0; j < row.pattern_count && !done(); ++j) {
      const PatternProperty& property = tables_.pattern_properties[row.first_pattern + j];
      // The text anew each time: what is applied may have another one decoded.
      if (!MatchesPattern(property.pattern, Text(member.key), instruction, object)) continue;
      holds = Apply(property.schema, member.value, {j, 0}, kUnmarked) && holds;
      Mark(marks, i);
    }
    if (done()) break;
    ++i;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::AdditionalHold(const Instruction& instruction, const Value& object, uint32_t marks) {
  const ObjectRow& row = tables_.objects[instruction.a];
  if (row.additional == kNone) return true;
  OpenKeyword(instruction, Keyword::kAdditionalProperties, object);
  bool holds = true;
  uint32_t expected = 0;
  uint32_t i = 0;
  for (const Member member : json::Members(object)) {
    if (done() || !TakeForText(member.key.raw().size())) break;
    const std::string_view name = Text(member.key);
    const uint32_t number = names_.Find(row.names, NameKeyOf(name), expected);
    if (number != kNone) expected = number + 1;
    bool is_known =
        number != kNone && tables_.properties[row.first_property + number].schema != kNone;
    for (uint32_t j = 0; j < row.pattern_count && !is_known; ++j) {
      is_known = MatchesPattern(tables_.pattern_properties[row.first_pattern + j].pattern, name,
                                instruction, object);
    }
    if (!is_known && !done()) {
      holds = Apply(row.additional, member.value, {}, kUnmarked) && holds;
      Mark(marks, i);
    }
    ++i;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::NamesHold(const Instruction& instruction, const Value& object) {
  OpenKeyword(instruction, instruction.keyword, object);
  bool holds = true;
  for (const Member member : json::Members(object)) {
    if (done()) break;
    holds = Apply(instruction.a, member.key, {kNone, kIsName}, kUnmarked) && holds;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::DependenciesHold(const Instruction& instruction, const Value& object,
                                uint32_t marks) {
  OpenKeyword(instruction, instruction.keyword, object);
  bool holds = true;
  for (uint32_t i = 0; i < instruction.b && !done(); ++i) {
    const uint32_t number = instruction.a + i;
    const Dependency& dependency = tables_.dependencies[number];
    if (!HasMember(object, dependency.name.In(tables_.text))) continue;
    if (dependency.schema != kNone) {
      holds = Apply(dependency.schema, object, {i, 0, true}, marks) && holds;
    }
    for (uint32_t j = 0; j < dependency.name_count && !done(); ++j) {
      const uint32_t name = dependency.first_name + j;
      if (HasMember(object, tables_.required_names[name].In(tables_.text)) || done()) continue;
      holds = Fail(instruction, Fault::kDependency, object, {number, name});
    }
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::UnevaluatedMembersHold(const Instruction& instruction, const Value& object,
                                      uint32_t marks) {
  OpenKeyword(instruction, instruction.keyword, object);
  bool holds = true;
  uint32_t i = 0;
  for (const Member member : json::Members(object)) {
    if (done()) break;
    if (!IsMarked(marks, i)) {
      holds = Apply(instruction.a, member.value, {}, kUnmarked) && holds;
      Mark(marks, i);
    }
    ++i;
  }
  CloseKeyword();
  return holds && !done();
}

bool Gatherer::HasMember(const Value& object, std::string_view name) {
  for (const Member member : json::Members(object)) {
    if (!Take(1)) return false;
    if (member.key.StringEquals(name)) return true;
  }
  return false;
}

bool Gatherer::MatchesPattern(uint32_t pattern, std::string_view text,
                              const Instruction& instruction, const Value& value) {
  if (!TakeForText(text.size())) return false;
  uint64_t steps = max_pattern_steps_;
  const Pattern::Match match = tables_.patterns[pattern].Test(text, &steps, memory_.backtracking);
  if (match == Pattern::Match::kExhausted) {
    too_costly_ = true;
    keeps_ = true;
    FailAs(instruction.op == Op::kPattern ? Keyword::kPattern : Keyword::kPatternProperties,
           instruction, Fault::kTooCostly, value, {pattern, 0});
    return Exhaust(sluice::Budget::kSteps);
  }
  return Take(max_pattern_steps_ - steps) && match == Pattern::Match::kYes;
}

}  // namespace sluice::schema
