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

}  // namespace

// "must be " and what.
Message Explainer::MustBe(std::string_view expected, Value value) const {
  const std::string_view actual = words_.ValueText(value);
  return {.text = words_.Cat({"must be ", expected}),
          .rest = words_.Cat({", not ", actual}),
          .expected = expected,
          .actual = actual};
}

// "must have " and how many.
Message Explainer::MustHave(bool at_least, uint32_t limit, size_t actual,
                            std::string_view noun) const {
  Message message;
  message.expected = words_.Cat({at_least ? "at least " : "at most ", words_.Count(limit, noun)});
  message.actual = words_.Count(actual, noun);
  if (at_least && limit == 1) {
    message.text = "must not be empty";
  } else if (!at_least && limit == 0) {
    message.text = "must be empty";
  } else {
    message.text = words_.Cat({"must have ", message.expected});
    message.rest = words_.Cat({", not ", words_.Number(actual)});
  }
  return message;
}

Message Explainer::ExplainKeyword(const Unit& error) const {
  const Instruction& instruction = InstructionOf(error);
  const Value value = locator_.ValueAt(error.node);
  switch (instruction.op) {
    case Op::kMinLength:
    case Op::kMaxLength:
      return MustHave(instruction.op == Op::kMinLength, instruction.a, json::CodePointLength(value),
                      "character");
    case Op::kPattern: {
      const std::string_view pattern = words_.Quoted(tables_.patterns[instruction.a].source());
      const std::string_view actual = words_.ValueText(value);
      return {.text = words_.Cat({"must match the pattern ", pattern}),
              .rest = words_.Cat({", not ", actual}),
              .expected = words_.Cat({"the pattern ", pattern}),
              .actual = actual};
    }
    case Op::kFormat:
      return MustBe(FormatPhrase(static_cast<Format>(instruction.a)), value);
    case Op::kMinItems:
    case Op::kMaxItems:
    case Op::kMinProperties:
    case Op::kMaxProperties:
      return ExplainSize(instruction, value);
    case Op::kEnum: {
      const EnumRow* const row = &tables_.enums[instruction.a];
      return ExplainValues({&row, 1}, WordList(words_), value);
    }
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
  const std::string_view limit = words_.Cut(InText({instruction.a, instruction.b}));
  return MustBe(words_.Cat({relation(), limit}), value);
}

Message Explainer::ExplainSize(const Instruction& instruction, Value value) const {
  const bool at_least = instruction.op == Op::kMinItems || instruction.op == Op::kMinProperties;
  const bool elements = instruction.op == Op::kMinItems || instruction.op == Op::kMaxItems;
  return MustHave(at_least, instruction.a, value.size(), elements ? "element" : "property");
}

Message Explainer::ExplainValues(absl::Span<const EnumRow* const> rows, WordList list,
                                 Value value) const {
  std::vector<std::string_view> near;
  for (const EnumRow* row : rows) {
    for (const Value allowed : json::Elements(Value(&tables_.constants, row->value))) {
      if (!list.full()) list.Add(words_.AllowedText(allowed));
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
  message.actual = words_.ValueText(value);
  const std::string_view thing = DescribeSchema(tables_, instruction.a, words_);
  const Instruction* const only = schema.count == 1 ? &tables_.instructions[schema.first] : nullptr;
  if (schema.count == 0 && schema.kinds == kAnyKind) {
    message.text = "nothing is allowed here";
  } else if (!thing.empty()) {
    message.text = words_.Cat({"must not be ", thing});
    message.expected = words_.Cat({"anything but ", thing});
  } else if (only != nullptr && only->op == Op::kPattern && value.is(Kind::kString)) {
    message.text = words_.Cat(
        {"must not match the pattern ", words_.Quoted(tables_.patterns[only->a].source())});
    message.rest = words_.Cat({", but ", message.actual, " does"});
  } else if (only != nullptr && only->op == Op::kProperties && value.is(Kind::kObject) &&
             IsOnlyRequired(tables_, tables_.objects[only->a])) {
    const NameTable& names = tables_.objects[only->a].names;
    WordList list(words_, " and ");
    for (uint32_t i = 0; i < names.count && !list.full(); ++i) {
      list.Add(words_.Quoted(InText(tables_.names[names.first + i].text)));
    }
    message.text = words_.Cat({"must not have ",
                               names.count > 2    ? "all of "
                               : names.count == 2 ? "both "
                                                  : "",
                               list.Text()});
    message.actual = {};
  } else {
    message.text = "must not be what \"not\" accepts";
  }
  return message;
}

}  // namespace sluice::schema
