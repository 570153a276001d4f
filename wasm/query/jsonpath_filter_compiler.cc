#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/query/jsonpath_compiler.h"

namespace sluice::query {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary

constexpr JsonPathCompiler::Function JsonPathCompiler::kFunctions[] = {
    {"length", Type::kValue, 1, Type::kValue},  {"count", Type::kValue, 1, Type::kNodes},
    {"match", Type::kLogical, 2, Type::kValue}, {"search", Type::kLogical, 2, Type::kValue},
    {"value", Type::kValue, 1, Type::kNodes},
};

bool JsonPathCompiler::Or(uint32_t* expression, uint32_t* depth) {
  return Chain('|', ExpressionKind::kOr, expression, depth);
}

bool JsonPathCompiler::Chain(char sign, ExpressionKind kind, uint32_t* expression,
                             uint32_t* depth) {
  std::vector<uint32_t> parts;
  *depth = 0;
  while (true) {
    uint32_t part = kNone;
    uint32_t part_depth = 0;
    const bool ok = kind == ExpressionKind::kOr
                        ? Chain('&', ExpressionKind::kAnd, &part, &part_depth)
                        : Basic(&part, &part_depth);
    if (!ok) return false;
    parts.push_back(part);
    *depth = std::max(*depth, part_depth);
    const size_t before_blanks = position_;
    SkipBlanks();
    if (Peek() != sign || Peek(1) != sign) {
      position_ = before_blanks;
      break;
    }
    position_ += 2;
    SkipBlanks();
  }
  if (parts.size() == 1) {
    *expression = parts[0];
    return true;
  }
  *depth += 1;
  const uint32_t first = static_cast<uint32_t>(children_.size());
  children_.insert(children_.end(), parts.begin(), parts.end());
  *expression = Append(expressions_, {kind, first, static_cast<uint32_t>(parts.size()), 0});
  return CheckDepth(*depth);
}

bool JsonPathCompiler::Basic(uint32_t* expression, uint32_t* depth) {
  const bool negated = Eat('!');
  if (negated) SkipBlanks();
  if (Eat('(')) {
    SkipBlanks();
    if (!Nested([&] { return Or(expression, depth); })) return false;
    SkipBlanks();
    if (!Eat(')')) return Fault("expected ) or a logical operator");
  } else {
    Primary left;
    if (!ParsePrimary(&left)) return false;
    const std::optional<Comparison> comparison = negated ? std::nullopt : PeekComparison();
    if (!(comparison ? Compare(left, *comparison, expression, depth)
                     : Test(left, expression, depth))) {
      return false;
    }
  }
  if (negated) {
    *expression = Append(expressions_, {ExpressionKind::kNot, *expression, 0, 0});
    *depth += 1;
  }
  return CheckDepth(*depth);
}

std::optional<Comparison> JsonPathCompiler::PeekComparison() {
  const size_t before_blanks = position_;
  SkipBlanks();
  const char c = Peek();
  const bool with_equals = Peek(1) == '=';
  std::optional<Comparison> comparison;
  if (c == '=' && with_equals) comparison = Comparison::kEqual;
  if (c == '!' && with_equals) comparison = Comparison::kNotEqual;
  if (c == '<') comparison = with_equals ? Comparison::kLessEqual : Comparison::kLess;
  if (c == '>') comparison = with_equals ? Comparison::kGreaterEqual : Comparison::kGreater;
  if (!comparison) {
    position_ = before_blanks;
  } else {
    position_ += with_equals ? 2 : 1;
  }
  return comparison;
}

bool JsonPathCompiler::Compare(const Primary& left, Comparison comparison, uint32_t* expression,
                               uint32_t* depth) {
  SkipBlanks();
  Primary right;
  if (!CheckComparable(left) || !ParsePrimary(&right) || !CheckComparable(right)) return false;
  *expression = Append(expressions_, {ExpressionKind::kCompare, left.operand, right.operand,
                                      static_cast<uint32_t>(comparison)});
  *depth = 1 + std::max(left.depth, right.depth);
  return true;
}

bool JsonPathCompiler::CheckComparable(const Primary& primary) {
  if (primary.operand != kNone) return true;
  if (primary.kind == Primary::Kind::kQuery) {
    return FaultAt(primary.offset,
                   "only a singular query can be compared: names and indices, no wildcards, "
                   "slices, filters or ..");
  }
  return FaultAt(primary.offset, absl::StrCat("the result of ", primary.function->name,
                                              "() is true or false and can't be compared"));
}

bool JsonPathCompiler::Test(const Primary& primary, uint32_t* expression, uint32_t* depth) {
  *depth = 1 + primary.depth;
  if (primary.kind == Primary::Kind::kQuery) {
    *expression = Append(expressions_, {ExpressionKind::kExists, primary.query, 0, 0});
    return true;
  }
  if (primary.expression != kNone) {
    *expression = primary.expression;
    return true;
  }
  if (primary.kind == Primary::Kind::kLiteral) {
    return FaultAt(primary.offset, "a literal must be compared; alone it tests nothing");
  }
  return FaultAt(primary.offset, absl::StrCat("the result of ", primary.function->name,
                                              "() is a value and must be compared"));
}

bool JsonPathCompiler::ParsePrimary(Primary* primary) {
  primary->offset = position_;
  const char c = Peek();
  if (c == '$' || c == '@') {
    ++position_;
    primary->kind = Primary::Kind::kQuery;
    if (!Nested([&] {
          return Segments(c == '$', &primary->query, &primary->singular, &primary->depth);
        })) {
      return false;
    }
    if (primary->singular) {
      primary->operand = Append(operands_, {OperandKind::kQuery, primary->query, {}, {}});
    }
    return true;
  }
  if (c == '\'' || c == '"') {
    std::string text;
    if (!QuotedString(&text)) return false;
    primary->operand = Append(operands_, {OperandKind::kString, 0, AppendText(text), {}});
    return true;
  }
  if (c == '-' || IsDigit(c)) return NumberLiteral(primary);
  if (IsLower(c)) return Word(primary);
  return Fault("expected a query ($ or @), a literal or a function");
}

bool JsonPathCompiler::NumberLiteral(Primary* primary) {
  std::string_view number;
  if (!Number(&number)) return false;
  primary->operand = Append(operands_, {OperandKind::kNumber, 0, AppendText(number), {}});
  return true;
}

bool JsonPathCompiler::Word(Primary* primary) {
  const size_t begin = position_;
  while (IsLower(Peek()) || IsDigit(Peek()) || Peek() == '_') ++position_;
  const std::string_view word = text_.substr(begin, position_ - begin);
  if (Peek() == '(') return Call(word, primary);
  OperandKind kind = OperandKind::kNull;
  if (word == "true") {
    kind = OperandKind::kTrue;
  } else if (word == "false") {
    kind = OperandKind::kFalse;
  } else if (word != "null") {
    return FaultAt(begin, "expected true, false, null, a function or a query (@.name)");
  }
  primary->operand = Append(operands_, {kind, 0, {}, {}});
  return true;
}

bool JsonPathCompiler::Call(std::string_view name, Primary* primary) {
  for (const Function& function : kFunctions) {
    if (function.name == name) primary->function = &function;
  }
  primary->kind = Primary::Kind::kFunction;
  if (primary->function == nullptr) {
    return FaultAt(primary->offset, absl::StrCat("there is no function ", name,
                                                 "(); length, count, match, search and value "
                                                 "exist"));
  }
  ++position_;
  Primary arguments[2];
  if (!Nested([&] { return Arguments(*primary->function, arguments); })) return false;
  const uint32_t inner = std::max(arguments[0].depth, arguments[1].depth);
  primary->depth = inner + 1;
  return CheckDepth(primary->depth) && BuildCall(arguments, primary);
}

bool JsonPathCompiler::Arguments(const Function& function, Primary* arguments) {
  SkipBlanks();
  for (uint32_t i = 0; i < function.arity; ++i) {
    if (i > 0) {
      if (!Eat(',')) return Fault(ArityFault(function));
      SkipBlanks();
    }
    if (Peek() == ')') return Fault(ArityFault(function));
    if (!ParsePrimary(&arguments[i]) || !CheckArgument(function, arguments[i])) return false;
    SkipBlanks();
  }
  if (Eat(')')) return true;
  return Fault(Peek() == ',' ? ArityFault(function) : "expected , or )");
}

std::string JsonPathCompiler::ArityFault(const Function& function) {
  return absl::StrCat(function.name, "() takes ", function.arity,
                      function.arity == 1 ? " argument" : " arguments");
}

bool JsonPathCompiler::CheckArgument(const Function& function, const Primary& argument) {
  if (function.parameter == Type::kNodes) {
    if (argument.kind == Primary::Kind::kQuery) return true;
    return FaultAt(argument.offset, absl::StrCat(function.name, "() takes a query"));
  }
  if (argument.operand != kNone) return true;
  return FaultAt(argument.offset, absl::StrCat(function.name,
                                               "() takes a value: a literal, a singular query "
                                               "or a function of a value"));
}

bool JsonPathCompiler::BuildCall(const Primary* arguments, Primary* primary) {
  const std::string_view name = primary->function->name;
  if (name == "length") {
    primary->operand = Append(operands_, {OperandKind::kLength, arguments[0].operand, {}, {}});
  } else if (name == "count" || name == "value") {
    const OperandKind kind = name == "count" ? OperandKind::kCount : OperandKind::kValue;
    primary->operand = Append(operands_, {kind, arguments[0].query, {}, {}});
  } else {
    uint32_t pattern = kNone;
    const Operand& operand = operands_[arguments[1].operand];
    if (operand.kind == OperandKind::kString && !LiteralPattern(operand.text, &pattern)) {
      return false;
    }
    primary->expression =
        Append(expressions_, {name == "match" ? ExpressionKind::kMatch : ExpressionKind::kSearch,
                              arguments[0].operand, arguments[1].operand, pattern});
  }
  return true;
}

bool JsonPathCompiler::LiteralPattern(StringRef ref, uint32_t* pattern) {
  regex::Regex compiled = regex::CompileIRegexp(ref.In(pool_), pattern_budget_);
  if (ErrorCodeOf(compiled.status()) == ErrorCode::kBudgetExceeded) {
    status_ = compiled.status();
    return false;
  }
  if (!compiled.ok() && pattern_fault_.ok()) pattern_fault_ = compiled.status();
  *pattern = static_cast<uint32_t>(patterns_.size());
  patterns_.push_back(std::move(compiled));
  return true;
}

}  // namespace sluice::query
