#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/schema/in_place.h"
#include "sluice/schema/meant.h"
#include "sluice/schema/message.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

using json::Value;

namespace {

// "or" and the second text, without the words that both begin with.
std::string Joined(std::string_view first, std::string_view second) {
  for (const std::string_view words : {"must be ", "must have ", "must "}) {
    if (!first.starts_with(words) || !second.starts_with(words)) continue;
    return absl::StrCat(" or ", second.substr(words.size()));
  }
  return absl::StrCat(", or ", second);
}

}  // namespace

Message Explainer::ExplainManyAlternatives(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const std::string_view first =
      OnlyRequiredName(tables_, tables_.lists[instruction.a + error.position]);
  const std::string_view second =
      OnlyRequiredName(tables_, tables_.lists[instruction.a + error.index]);
  if (!first.empty() && !second.empty()) {
    return {.text = absl::StrCat("must not have both ", Quoted(first), " and ", Quoted(second)),
            .expected = absl::StrCat("either ", Quoted(first), " or ", Quoted(second))};
  }
  return {.text = "must match exactly one alternative",
          .rest = absl::StrCat(", but matches both ", error.position, " and ", error.index),
          .expected = "exactly one alternative",
          .actual = absl::StrCat(error.position, " and ", error.index)};
}

Message Explainer::ExplainTogether(size_t error) const {
  const size_t end = error + findings_[error].size;
  Message together;
  WordList expected;
  WordList missing;
  size_t count = 0;
  for (size_t i = error + 1; i < end; i += findings_[i].size, ++count) {
    Message one = Explain(i);
    if (findings_[i].fault == Fault::kMissing) missing.Add(Quoted(MissingName(findings_[i])));
    if (!one.expected.empty()) expected.Add(one.expected);
    if (count == 0) {
      together = std::move(one);
      continue;
    }
    absl::StrAppend(&together.text, Joined(together.text, one.text));
    // Said once, behind all of them.
    if (together.rest != one.rest) together.rest.clear();
  }
  if (missing.count() == count) {
    together.text = absl::StrCat(missing.Text(), " is missing");
    together.rest.clear();
  }
  together.expected = expected.Text();
  if (InstructionOf(findings_[error]).b > count) together.text += ", …";
  return together;
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
  Message message;
  message.expected = KindPhrase(all.kinds, all.integer);
  message.text = absl::StrCat("must be ", message.expected);
  message.rest = absl::StrCat(", not ", ValuePhrase(value));
  message.actual = ActualKind(value);
  return message;
}

Message Explainer::ExplainListedValues(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  std::vector<const EnumRow*> rows;
  WordList others;
  for (uint32_t i = 0; i < instruction.b; ++i) {
    const uint32_t schema = tables_.lists[instruction.a + i];
    const size_t before = rows.size();
    AppendListedValues(tables_, schema, rows);
    if (rows.size() > before) continue;
    const KindsTaken taken = KindsInPlace(tables_, schema);
    if (taken.kinds != 0) others.Add(KindPhrase(taken.kinds, taken.integer));
  }
  return ExplainValues(rows, std::move(others), locator_.ValueAt(error.node));
}

Message Explainer::ExplainTag(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  std::vector<const EnumRow*> rows;
  for (uint32_t i = 0; i < instruction.b; ++i) {
    const Tag tag = FindTag(tables_, tables_.lists[instruction.a + i], error.position);
    if (tag.values != nullptr) rows.push_back(tag.values);
  }
  Message message = ExplainValues(rows, WordList(), locator_.ValueAt(error.node));
  if (error.fault == Fault::kUnknownTag) return message;
  const std::string name = Quoted(InText(tables_.names[error.position].text));
  message.text = absl::StrCat(name, " is missing; it ", message.text);
  message.rest.clear();
  message.hint.clear();
  message.actual.clear();
  return message;
}

}  // namespace sluice::schema
