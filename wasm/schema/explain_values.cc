#include "absl/strings/str_cat.h"
#include "sluice/base/issues.h"
#include "sluice/json/code_points.h"
#include "sluice/schema/in_place.h"
#include "sluice/schema/message.h"
#include "sluice/schema/words.h"

namespace sluice::schema {

using json::Kind;
using json::Value;

namespace {

// Values that are compared with one that isn't allowed.
constexpr size_t kMaxValues = 256;

// "must be " and what.
Message MustBe(std::string expected, Value value) {
  Message message;
  message.text = absl::StrCat("must be ", expected);
  message.rest = absl::StrCat(", not ", ValueText(value));
  message.expected = std::move(expected);
  message.actual = ValueText(value);
  return message;
}

// "must have " and how many.
Message MustHave(bool at_least, uint32_t limit, size_t actual, std::string_view noun) {
  Message message;
  message.expected = absl::StrCat(at_least ? "at least " : "at most ", Count(limit, noun));
  message.actual = Count(static_cast<uint32_t>(actual), noun);
  if (at_least && limit == 1) {
    message.text = "must not be empty";
  } else if (!at_least && limit == 0) {
    message.text = "must be empty";
  } else {
    message.text = absl::StrCat("must have ", message.expected);
    message.rest = absl::StrCat(", not ", actual);
  }
  return message;
}

}  // namespace

Message Explainer::ExplainKeyword(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const Value value = locator_.ValueAt(error.node);
  switch (instruction.op) {
    case Op::kMinLength:
    case Op::kMaxLength:
      return MustHave(instruction.op == Op::kMinLength, instruction.a, json::CodePointLength(value),
                      "character");
    case Op::kPattern: {
      const std::string pattern = Quoted(tables_.patterns[instruction.a].source());
      return {.text = absl::StrCat("must match the pattern ", pattern),
              .rest = absl::StrCat(", not ", ValueText(value)),
              .expected = absl::StrCat("the pattern ", pattern),
              .actual = ValueText(value)};
    }
    case Op::kFormat:
      return MustBe(std::string(FormatPhrase(static_cast<Format>(instruction.a))), value);
    case Op::kMinItems:
    case Op::kMaxItems:
    case Op::kMinProperties:
    case Op::kMaxProperties:
      return ExplainSize(instruction, value);
    case Op::kEnum:
      return ExplainValues({&tables_.enums[instruction.a]}, WordList(), value);
    case Op::kNot:
      return ExplainNot(instruction, value);
    default:
      return ExplainLimit(instruction, value);
  }
}

Message Explainer::ExplainLimit(const Instruction& instruction, Value value) const {
  const auto relation = [&]() -> std::string_view {
    switch (instruction.op) {
      case Op::kMinimum:
        return "at least ";
      case Op::kExclusiveMinimum:
        return "more than ";
      case Op::kMaximum:
        return "at most ";
      case Op::kExclusiveMaximum:
        return "less than ";
      default:
        return "a multiple of ";
    }
  };
  const std::string limit = Cut(InText({instruction.a, instruction.b}));
  return MustBe(absl::StrCat(relation(), limit), value);
}

Message Explainer::ExplainSize(const Instruction& instruction, Value value) const {
  const bool at_least = instruction.op == Op::kMinItems || instruction.op == Op::kMinProperties;
  const bool elements = instruction.op == Op::kMinItems || instruction.op == Op::kMaxItems;
  return MustHave(at_least, instruction.a, value.size(), elements ? "element" : "property");
}

Message Explainer::ExplainValues(const std::vector<const EnumRow*>& rows, WordList list,
                                 Value value) const {
  std::vector<std::string_view> near;
  for (const EnumRow* row : rows) {
    for (const Value allowed : json::Elements(Value(&tables_.constants, row->value))) {
      list.Add(AllowedText(allowed));
      if (allowed.is(Kind::kString) && !allowed.has_escapes() && near.size() < kMaxValues) {
        near.push_back(allowed.raw_string());
      }
    }
  }
  Message message = MustBe(list.Text(), value);
  if (value.is(Kind::kString) && !value.has_escapes() && near.size() > 1) {
    message.hint = DidYouMean(value.raw_string(), near);
  }
  return message;
}

Message Explainer::ExplainNot(const Instruction& instruction, Value value) const {
  const Schema& schema = tables_.schemas[instruction.a];
  Message message;
  message.actual = ValueText(value);
  const std::string thing = DescribeSchema(tables_, instruction.a);
  const Instruction* const only = schema.count == 1 ? &tables_.instructions[schema.first] : nullptr;
  if (schema.count == 0 && schema.kinds == kAnyKind) {
    message.text = "nothing is allowed here";
  } else if (!thing.empty()) {
    message.text = absl::StrCat("must not be ", thing);
    message.expected = absl::StrCat("anything but ", thing);
  } else if (only != nullptr && only->op == Op::kPattern && value.is(Kind::kString)) {
    message.text =
        absl::StrCat("must not match the pattern ", Quoted(tables_.patterns[only->a].source()));
    message.rest = absl::StrCat(", but ", message.actual, " does");
  } else if (only != nullptr && only->op == Op::kProperties && value.is(Kind::kObject) &&
             IsOnlyRequired(tables_, tables_.objects[only->a])) {
    const NameTable& names = tables_.objects[only->a].names;
    WordList list(" and ");
    for (uint32_t i = 0; i < names.count; ++i) {
      list.Add(Quoted(InText(tables_.names[names.first + i].text)));
    }
    message.text = absl::StrCat("must not have ",
                                names.count > 2    ? "all of "
                                : names.count == 2 ? "both "
                                                   : "",
                                list.Text());
    message.actual.clear();
  } else {
    message.text = "must not be what \"not\" accepts";
  }
  return message;
}

}  // namespace sluice::schema
