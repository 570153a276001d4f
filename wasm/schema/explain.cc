#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/schema/in_place.h"
#include "sluice/schema/message.h"
#include "sluice/schema/name_table.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

using json::Value;

namespace {

// Names that are compared with one that isn't known.
constexpr size_t kMaxNames = 512;
// Known names are told if they aren't more.
constexpr size_t kMaxToldNames = 8;
constexpr std::string_view kNothing = "nothing is allowed here";

}  // namespace

Message Explainer::Explain(size_t error) const {
  const Unit& unit = findings_[error];
  const auto explain = [&]() -> Message {
    switch (unit.fault) {
      case Fault::kFalse:
        return ExplainFalse(error);
      case Fault::kType:
        return ExplainType(unit);
      case Fault::kKeyword:
        return ExplainKeyword(unit);
      case Fault::kMissing:
        return ExplainMissing(unit);
      case Fault::kDependency:
        return ExplainDependency(unit);
      case Fault::kTooFewMatches:
      case Fault::kTooManyMatches:
        return ExplainContains(unit);
      case Fault::kEqualElements:
        return ExplainEqualElements(unit);
      case Fault::kManyAlternatives:
        return ExplainManyAlternatives(unit);
      case Fault::kNoAlternative:
        return ExplainTogether(error);
      case Fault::kNoAlternativeKind:
        return ExplainKinds(unit);
      case Fault::kNoAlternativeValue:
        return ExplainListedValues(unit);
      case Fault::kUnknownTag:
      case Fault::kMissingTag:
        return ExplainTag(unit);
      case Fault::kTooCostly:
        return {.text = absl::StrCat("takes too many steps to match the pattern ",
                                     Quoted(tables_.patterns[unit.position].source()))};
      case Fault::kUnexplained:
      case Fault::kNone:
        break;
    }
    return {.text = "is not valid; to say why would take more than the budget allows"};
  };
  Message message = explain();
  if (locator_.IsName(error) && unit.fault != Fault::kFalse) {
    const std::string name = ValueText(locator_.ValueAt(unit.node));
    message.text = absl::StrCat("the name ", name, " ", message.text);
    if (message.rest == absl::StrCat(", not ", name)) message.rest.clear();
  }
  return message;
}

bool Explainer::AcceptsIntegersOnly(const Schema& schema) const {
  for (uint32_t i = 0; i < schema.count; ++i) {
    if (tables_.instructions[schema.first + i].op == Op::kInteger) return true;
  }
  return false;
}

Message Explainer::ExplainFalse(size_t error) const {
  const size_t schema = locator_.EnclosingSchema(error);
  const Unit& unit = findings_[schema];
  if (locator_.IsName(error)) {
    return {.text = absl::StrCat("the name ", ValueText(locator_.ValueAt(unit.node)),
                                 " is not allowed")};
  }
  if (unit.up == 0) return {.text = std::string(kNothing)};
  const Unit& keyword = findings_[schema - unit.up];
  const Instruction& instruction = tables_.instructions[keyword.number];
  switch (keyword.keyword) {
    case Keyword::kAdditionalProperties:
    case Keyword::kUnevaluatedProperties:
      return ExplainUnknownName(error);
    case Keyword::kProperties:
    case Keyword::kPatternProperties:
      return {.text = absl::StrCat(ValueText(locator_.NameOf(unit.node)), " is not allowed here")};
    case Keyword::kItems:
    case Keyword::kAdditionalItems:
    case Keyword::kUnevaluatedItems:
      return ExplainExtraElement(unit, keyword);
    case Keyword::kDependencies:
    case Keyword::kDependentSchemas: {
      const Dependency& dependency = tables_.dependencies[instruction.a + unit.position];
      return {.text = absl::StrCat("must not have ", Quoted(InText(dependency.name)))};
    }
    default:
      return {.text = std::string(kNothing)};
  }
}

Message Explainer::ExplainExtraElement(const Unit& element, const Unit& keyword) const {
  if (keyword.keyword == Keyword::kUnevaluatedItems) {
    return {.text = absl::StrCat("element ", element.index, " is one too many")};
  }
  const uint32_t listed = tables_.instructions[keyword.number].b;
  if (listed == 0) return {.text = "the array must be empty", .expected = "an empty array"};
  std::string expected = absl::StrCat("at most ", Count(listed, "element"));
  return {.text = absl::StrCat("the array must have ", expected),
          .expected = std::move(expected),
          .actual = Count(locator_.ValueAt(keyword.node).size(), "element")};
}

Message Explainer::ExplainType(const Unit& error) const {
  const Schema& schema = tables_.schemas[error.number];
  const Value value = locator_.ValueAt(error.node);
  Message message;
  message.expected = KindPhrase(schema.kinds, AcceptsIntegersOnly(schema));
  message.text = absl::StrCat("must be ", message.expected);
  message.rest = absl::StrCat(", not ", ValuePhrase(value));
  message.actual = ActualKind(value);
  return message;
}

std::string_view Explainer::MissingName(const Unit& error) const {
  const ObjectRow& row = tables_.objects[InstructionOf(error).a];
  return InText(tables_.names[row.names.first + error.position].text);
}

Message Explainer::ExplainMissing(const Unit& error) const {
  const std::string_view name = MissingName(error);
  const ObjectRow& row = tables_.objects[InstructionOf(error).a];
  const NameTables names = NameTablesOf(tables_);
  Message message;
  message.text = absl::StrCat(Quoted(name), " is missing");
  message.expected = absl::StrCat("a property ", Quoted(name));
  // Those that the schema knows nothing of may be it, misspelt.
  std::vector<std::string_view> unknown;
  for (const json::Member member : json::Members(locator_.ValueAt(error.node))) {
    if (unknown.size() == kMaxNames) break;
    if (member.key.has_escapes()) continue;
    const std::string_view other = member.key.raw_string();
    if (names.Find(row.names, NameKeyOf(other)) == kNone) unknown.push_back(other);
  }
  const std::string_view near = NearestName(name, unknown);
  if (!near.empty()) {
    message.hint = absl::StrCat(" (is ", Quoted(near), " meant to be it?)");
    message.actual = Quoted(near);
  }
  return message;
}

Message Explainer::ExplainDependency(const Unit& error) const {
  const Dependency& dependency = tables_.dependencies[error.position];
  const std::string missing = Quoted(InText(tables_.required_names[error.index]));
  return {.text = absl::StrCat(missing, " is missing, which is required where there is ",
                               Quoted(InText(dependency.name))),
          .expected = absl::StrCat("a property ", missing)};
}

Message Explainer::ExplainContains(const Unit& error) const {
  const ContainsRow& row = tables_.contains[InstructionOf(error).a];
  const bool too_few = error.fault == Fault::kTooFewMatches;
  const std::string described = DescribeSchema(tables_, row.schema);
  const std::string thing =
      described.empty() ? std::string("what \"contains\" accepts") : described;
  if (too_few && row.min == 1) {
    return {.text = absl::StrCat("must contain ", thing), .expected = described};
  }
  const std::string times = too_few ? absl::StrCat("at least ", Count(row.min, "time"))
                                    : absl::StrCat("at most ", Count(row.max, "time"));
  return {.text = absl::StrCat("must contain ", thing, " ", times),
          .rest = absl::StrCat(", not ", error.index),
          .expected = times,
          .actual = Count(error.index, "time")};
}

Message Explainer::ExplainEqualElements(const Unit& error) const {
  uint32_t i = 0;
  Value first;
  for (const Value element : json::Elements(locator_.ValueAt(error.node))) {
    if (i++ == error.position) first = element;
  }
  return {
      .text = "must have no equal elements",
      .rest = absl::StrCat(", but elements ", error.position, " and ", error.index, " are equal"),
      .expected = "no equal elements",
      .actual = ValueText(first)};
}

std::string_view Explainer::MeantName(size_t error) const {
  const size_t schema = locator_.EnclosingSchema(error);
  const Unit& keyword = findings_[schema - findings_[schema].up];
  const Value name = locator_.NameOf(findings_[error].node);
  if (name.has_escapes()) return {};
  std::vector<std::string_view> known = KnownNames(schema - findings_[schema].up);
  const Value object = locator_.ValueAt(keyword.node);
  for (int tries = 0; tries < 3; ++tries) {
    const std::string_view nearest = NearestName(name.raw_string(), known);
    if (nearest.empty() || !object.Find(nearest).present()) return nearest;
    // That one is there already.
    for (std::string_view& other : known) {
      if (other == nearest) other = {};
    }
  }
  return {};
}

std::vector<std::string_view> Explainer::KnownNames(size_t at) const {
  const Unit& keyword = findings_[at];
  std::vector<std::string_view> known;
  if (keyword.keyword == Keyword::kAdditionalProperties) {
    AppendDeclaredNames(tables_, tables_.objects[tables_.instructions[keyword.number].a], kMaxNames,
                        known);
  } else {
    const Unit& schema = findings_[at - keyword.up];
    AppendNamesInPlace(tables_, schema.number, kMaxNames, known);
  }
  return known;
}

Message Explainer::ExplainUnknownName(size_t error) const {
  const size_t schema = locator_.EnclosingSchema(error);
  const size_t keyword = schema - findings_[schema].up;
  const std::string name = ValueText(locator_.NameOf(findings_[error].node));
  Message message;
  message.text = absl::StrCat(name, " is not a known property");
  message.actual = name;
  const std::string_view meant = MeantName(error);
  if (!meant.empty()) {
    message.hint = absl::StrCat(" (did you mean ", Quoted(meant), "?)");
    message.expected = Quoted(meant);
    return message;
  }
  const std::vector<std::string_view> known = KnownNames(keyword);
  const Value key = locator_.NameOf(findings_[error].node);
  if (std::any_of(known.begin(), known.end(),
                  [&](std::string_view other) { return key.StringEquals(other); })) {
    message.text = absl::StrCat(name, " is known only to schemas that don't hold");
    return message;
  }
  WordList list(" and ");
  for (const std::string_view other : known) list.Add(Quoted(other));
  if (known.empty() || known.size() > kMaxToldNames) return message;
  message.rest = absl::StrCat("; known ", known.size() == 1 ? "is " : "are ", list.Text());
  message.expected = list.Text();
  return message;
}

}  // namespace sluice::schema
