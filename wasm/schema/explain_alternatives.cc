#include "sluice/schema/in_place.h"
#include "sluice/schema/meant.h"
#include "sluice/schema/message.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

using json::Value;

namespace {

// The second text without the words that both begin with; what joins them comes first.
struct Second {
  std::string_view joint;
  std::string_view text;
};
Second JoinTo(std::string_view first, std::string_view second) {
  for (const std::string_view words : {"must be ", "must have ", "must "}) {
    if (!first.starts_with(words) || !second.starts_with(words)) continue;
    return {" or ", second.substr(words.size())};
  }
  return {", or ", second};
}

// Whether a value of this kind is taken, as far as kinds tell.
bool Includes(const KindsTaken& taken, Value value) {
  return (taken.kinds & KindBit(value.kind())) != 0 &&
         !(value.is(json::Kind::kNumber) && taken.integer);
}

}  // namespace

Message Explainer::ExplainManyAlternatives(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const std::string_view first =
      OnlyRequiredName(tables_, tables_.lists[instruction.a + error.position]);
  const std::string_view second =
      OnlyRequiredName(tables_, tables_.lists[instruction.a + error.index]);
  if (!first.empty() && !second.empty()) {
    return {
        .text = words_.Cat(
            {"must not have both ", words_.Quoted(first), " and ", words_.Quoted(second)}),
        .expected = words_.Cat({"either ", words_.Quoted(first), " or ", words_.Quoted(second)})};
  }
  return {
      .text = "must match exactly one alternative",
      .rest = words_.Cat({", but matches both ", words_.Number(error.position), " and ",
                          words_.Number(error.index)}),
      .expected = "exactly one alternative",
      .actual = words_.Cat({words_.Number(error.position), " and ", words_.Number(error.index)})};
}

Message Explainer::ExplainTogether(size_t error) const {
  const size_t end = error + findings_[error].size;
  Message together;
  WordList expected(words_);
  WordList missing(words_);
  size_t count = 0;
  for (size_t i = error + 1; i < end; i += findings_[i].size, ++count) {
    const Message one = ExplainOne(i);
    if (findings_[i].fault == Fault::kMissing)
      missing.Add(words_.Quoted(MissingName(findings_[i])));
    if (!one.expected.empty()) expected.Add(one.expected);
    if (count == 0) {
      together = one;
      continue;
    }
    const Second second = JoinTo(together.text, one.text);
    together.text = words_.Cat({together.text, second.joint, second.text});
    // Said once, behind all of them.
    if (together.rest != one.rest) together.rest = {};
  }
  if (missing.count() == count) {
    together.text = words_.Cat({missing.Text(), " is missing"});
    together.rest = {};
  }
  together.expected = expected.Text();
  if (findings_[error].index != 0) together.text = words_.Cat({together.text, ", …"});
  return together;
}

// They go on so far within each other that no few words say what they take.
Message Explainer::ExplainAnyAlternatives(const Instruction& instruction) const {
  const bool is_any = instruction.op == Op::kAnyOf;
  const std::string_view expected = is_any ? "at least one alternative" : "exactly one alternative";
  return {.text = words_.Cat({"must match ", expected}),
          .rest = ", but matches none",
          .expected = expected};
}

// What any of the alternatives takes.
Message Explainer::ExplainKinds(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const Value value = locator_.ValueAt(error.node);
  KindsTaken all{.kinds = 0, .integer = true};
  for (uint32_t i = 0; i < instruction.b; ++i) {
    const KindsTaken taken = KindsInPlace(tables_, tables_.lists[instruction.a + i]);
    all = UnionOf(all, taken);
  }
  if (all.kinds == 0) return {.text = "nothing is allowed here"};
  if (Includes(all, value)) return ExplainAnyAlternatives(instruction);
  Message message;
  message.expected = words_.KindPhrase(all.kinds, all.integer);
  message.text = words_.Cat({"must be ", message.expected});
  message.rest = words_.Cat({", not ", words_.ValuePhrase(value)});
  message.actual = words_.ActualKind(value);
  return message;
}

Message Explainer::ExplainListedValues(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const Value value = locator_.ValueAt(error.node);
  std::vector<const EnumRow*> rows;
  WordList others(words_);
  for (uint32_t i = 0; i < instruction.b; ++i) {
    const uint32_t schema = tables_.lists[instruction.a + i];
    const size_t before = rows.size();
    AppendListedValues(tables_, schema, rows);
    if (rows.size() > before) continue;
    const KindsTaken taken = KindsInPlace(tables_, schema);
    if (Includes(taken, value)) return ExplainAnyAlternatives(instruction);
    if (taken.kinds != 0) others.Add(words_.KindPhrase(taken.kinds, taken.integer));
  }
  return ExplainValues(rows, others, value);
}

// Whether the members that told alternatives apart before the one that the error is about leave
// this one.
bool Explainer::IsLeftByTags(size_t error, uint32_t alternative) const {
  json::EqualityScratch equality;
  for (size_t i = error + 1; i < error + findings_[error].size; ++i) {
    const Unit& told = findings_[i];
    const Tag tag = FindTag(tables_, alternative, told.position);
    if (tag.values == nullptr) continue;
    if (!Allows(tables_, *tag.values, locator_.ValueAt(told.node), equality)) return false;
  }
  return true;
}

Message Explainer::ExplainTag(size_t at) const {
  const Unit& error = findings_[at];
  const Instruction& instruction = InstructionOf(error);
  std::vector<const EnumRow*> rows;
  for (uint32_t i = 0; i < instruction.b; ++i) {
    const uint32_t schema = tables_.lists[instruction.a + i];
    const Tag tag = FindTag(tables_, schema, error.position);
    if (tag.values != nullptr && IsLeftByTags(at, schema)) rows.push_back(tag.values);
  }
  Message message = ExplainValues(rows, WordList(words_), locator_.ValueAt(error.node));
  if (error.fault == Fault::kUnknownTag) return message;
  const std::string_view name = words_.Quoted(InText(tables_.names[error.position].text));
  message.text = words_.Cat({name, " is missing; it ", message.text});
  message.rest = {};
  message.hint = {};
  message.actual = {};
  return message;
}

}  // namespace sluice::schema
