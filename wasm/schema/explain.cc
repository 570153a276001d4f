#include <algorithm>

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
constexpr std::string_view kNot = ", not ";

}  // namespace

Message Explainer::ExplainOne(size_t error) const {
  Message message = ExplainByFault(error);
  const Unit& unit = findings_[error];
  if (unit.fault == Fault::kFalse || !locator_.IsName(error)) return message;
  const std::string_view name = words_.ValueText(locator_.ValueAt(unit.node));
  message.text = words_.Cat({"the name ", name, " ", message.text});
  if (message.rest.starts_with(kNot) && message.rest.substr(kNot.size()) == name) {
    message.rest = {};
  }
  return message;
}

Message Explainer::ExplainByFault(size_t error) const {
  const Unit& unit = findings_[error];
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
      return ExplainTag(error);
    case Fault::kTooCostly:
      return {.text = words_.Cat({"takes too many steps to match the pattern ",
                                  words_.Quoted(tables_.patterns[unit.position].source())})};
    case Fault::kUnexplained:
    case Fault::kNone:
      break;
  }
  return {.text = "is not valid; to say why would take more than the budget allows"};
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
    return {.text = words_.Cat(
                {"the name ", words_.ValueText(locator_.ValueAt(unit.node)), " is not allowed"})};
  }
  if (unit.up == 0) return {.text = kNothing};
  const Unit& keyword = findings_[schema - unit.up];
  const Instruction& instruction = tables_.instructions[keyword.number];
  switch (keyword.keyword) {
    case Keyword::kAdditionalProperties:
    case Keyword::kUnevaluatedProperties:
      return ExplainUnknownName(error);
    case Keyword::kProperties:
    case Keyword::kPatternProperties:
      return {.text = words_.Cat(
                  {words_.ValueText(locator_.NameOf(unit.node)), " is not allowed here"})};
    case Keyword::kItems:
    case Keyword::kAdditionalItems:
    case Keyword::kUnevaluatedItems:
      return ExplainExtraElement(unit, keyword);
    case Keyword::kDependencies:
    case Keyword::kDependentSchemas: {
      const Dependency& dependency = tables_.dependencies[instruction.a + unit.position];
      return {.text = words_.Cat({"must not have ", words_.Quoted(InText(dependency.name))})};
    }
    default:
      return {.text = kNothing};
  }
}

Message Explainer::ExplainExtraElement(const Unit& element, const Unit& keyword) const {
  if (keyword.keyword == Keyword::kUnevaluatedItems) {
    return {.text = words_.Cat({"element ", words_.Number(element.index), " is one too many"})};
  }
  const uint32_t listed = tables_.instructions[keyword.number].b;
  if (listed == 0) return {.text = "the array must be empty", .expected = "an empty array"};
  const std::string_view expected = words_.Cat({"at most ", words_.Count(listed, "element")});
  return {.text = words_.Cat({"the array must have ", expected}),
          .expected = expected,
          .actual = words_.Count(locator_.ValueAt(keyword.node).size(), "element")};
}

Message Explainer::ExplainType(const Unit& error) const {
  const Schema& schema = tables_.schemas[error.number];
  const Value value = locator_.ValueAt(error.node);
  Message message;
  message.expected = words_.KindPhrase(schema.kinds, AcceptsIntegersOnly(schema));
  message.text = words_.Cat({"must be ", message.expected});
  message.rest = words_.Cat({kNot, words_.ValuePhrase(value)});
  message.actual = words_.ActualKind(value);
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
  message.text = words_.Cat({words_.Quoted(name), " is missing"});
  message.expected = words_.Cat({"a property ", words_.Quoted(name)});
  // Those that the schema knows nothing of may be it, misspelt.
  std::vector<std::string_view> unknown;
  for (const json::Member member : json::Members(locator_.ValueAt(error.node))) {
    if (unknown.size() == kMaxNames || !TakeForHint(member.key.raw().size())) break;
    if (member.key.has_escapes()) continue;
    const std::string_view other = member.key.raw_string();
    if (names.Find(row.names, NameKeyOf(other)) == kNone) unknown.push_back(other);
  }
  const std::string_view near = NearestName(name, unknown);
  if (!near.empty()) {
    message.hint = words_.Cat({" (is ", words_.Quoted(near), " meant to be it?)"});
    message.actual = words_.Quoted(near);
  }
  return message;
}

Message Explainer::ExplainDependency(const Unit& error) const {
  const Dependency& dependency = tables_.dependencies[error.position];
  const std::string_view missing = words_.Quoted(InText(tables_.required_names[error.index]));
  return {.text = words_.Cat({missing, " is missing, which is required where there is ",
                              words_.Quoted(InText(dependency.name))}),
          .expected = words_.Cat({"a property ", missing})};
}

Message Explainer::ExplainContains(const Unit& error) const {
  const ContainsRow& row = tables_.contains[InstructionOf(error).a];
  const bool too_few = error.fault == Fault::kTooFewMatches;
  const std::string_view described = DescribeSchema(tables_, row.schema, words_);
  const std::string_view thing = described.empty() ? "what \"contains\" accepts" : described;
  if (too_few && row.min == 1) {
    return {.text = words_.Cat({"must contain ", thing}), .expected = described};
  }
  const std::string_view times = too_few ? words_.Cat({"at least ", words_.Count(row.min, "time")})
                                         : words_.Cat({"at most ", words_.Count(row.max, "time")});
  return {.text = words_.Cat({"must contain ", thing, " ", times}),
          .rest = words_.Cat({kNot, words_.Number(error.index)}),
          .expected = times,
          .actual = words_.Count(error.index, "time")};
}

Message Explainer::ExplainEqualElements(const Unit& error) const {
  uint32_t i = 0;
  Value first;
  for (const Value element : json::Elements(locator_.ValueAt(error.node))) {
    if (i++ == error.position) first = element;
  }
  return {.text = "must have no equal elements",
          .rest = words_.Cat({", but elements ", words_.Number(error.position), " and ",
                              words_.Number(error.index), " are equal"}),
          .expected = "no equal elements",
          .actual = words_.ValueText(first)};
}

std::string_view Explainer::DidYouMean(std::string_view name,
                                       absl::Span<const std::string_view> known) const {
  const std::string_view nearest = NearestName(name, known);
  return nearest.empty() ? "" : words_.Cat({" (did you mean ", words_.Quoted(nearest), "?)"});
}

bool Explainer::TakeForHint(size_t bytes) const {
  const bool is_left = bytes <= hint_bytes_left_;
  hint_bytes_left_ = is_left ? hint_bytes_left_ - bytes : 0;
  return is_left;
}

std::string_view Explainer::NearestName(std::string_view name,
                                        absl::Span<const std::string_view> known) const {
  return sluice::NearestName(name, known, hint_bytes_left_);
}

std::string_view Explainer::MeantName(size_t error) const {
  const size_t keyword = locator_.Enclosing(locator_.EnclosingSchema(error));
  const std::string_view name = MeantAmong(KnownNames(keyword), error);
  meant_names_.push_back({error, findings_[keyword].node, name});
  return name;
}

std::string_view Explainer::MeantAmong(absl::Span<const std::string_view> known,
                                       size_t error) const {
  const size_t schema = locator_.EnclosingSchema(error);
  const Unit& keyword = findings_[schema - findings_[schema].up];
  const Value name = locator_.NameOf(findings_[error].node);
  if (name.has_escapes()) return {};
  for (const NameMeant& meant : meant_names_) {
    if (meant.error == error) return meant.name;
  }
  const Value object = locator_.ValueAt(keyword.node);
  std::vector<std::string_view> others;
  for (int tries = 0; tries < 3; ++tries) {
    const std::string_view nearest = NearestName(name.raw_string(), known);
    // To look for it costs a step a member.
    if (nearest.empty() || !TakeForHint(object.size())) break;
    if (!object.Find(nearest).present()) return nearest;
    // That one is there already.
    if (others.empty()) others.assign(known.begin(), known.end());
    std::replace(others.begin(), others.end(), nearest, std::string_view());
    known = others;
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
  const std::string_view name = words_.ValueText(locator_.NameOf(findings_[error].node));
  Message message;
  message.text = words_.Cat({name, " is not a known property"});
  message.actual = name;
  const std::vector<std::string_view> known = KnownNames(keyword);
  const std::string_view meant = MeantAmong(known, error);
  if (!meant.empty()) {
    message.hint = words_.Cat({" (did you mean ", words_.Quoted(meant), "?)"});
    message.expected = words_.Quoted(meant);
    return message;
  }
  const Value key = locator_.NameOf(findings_[error].node);
  if (std::any_of(known.begin(), known.end(),
                  [&](std::string_view other) { return key.StringEquals(other); })) {
    message.text = words_.Cat({name, " is known only to schemas that don't hold"});
    return message;
  }
  if (known.empty() || known.size() > kMaxToldNames) return message;
  WordList list(words_, " and ");
  for (const std::string_view other : known) list.Add(words_.Quoted(other));
  message.expected = list.Text();
  message.rest = words_.Cat({"; known ", known.size() == 1 ? "is " : "are ", message.expected});
  return message;
}

}  // namespace sluice::schema
