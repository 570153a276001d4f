#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"
#include "sluice/query/jsonpath.h"
#include "sluice/query/jsonpath_names.h"
#include "sluice/query/jsonpath_program.h"
#include "sluice/regex/i_regexp.h"

namespace sluice::query {
namespace {

using namespace jsonpath;  // NOLINT: the tables are this file's vocabulary

constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;  // RFC 9535, section 2.1: I-JSON's range

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsNameFirst(char c) {
  return IsLower(c) || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsNameChar(char c) { return IsNameFirst(c) || IsDigit(c); }

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// RFC 9535, section 2.4.1. JSONPath functions declare these types.
enum class Type : uint8_t { kValue, kLogical, kNodes };

struct Function {
  std::string_view name;
  Type result;
  uint32_t arity;
  Type parameter;  // of each
};

constexpr Function kFunctions[] = {
    {"length", Type::kValue, 1, Type::kValue},  {"count", Type::kValue, 1, Type::kNodes},
    {"match", Type::kLogical, 2, Type::kValue}, {"search", Type::kLogical, 2, Type::kValue},
    {"value", Type::kValue, 1, Type::kNodes},
};

// A part of a filter that could stand on one side of a comparison, or alone as a test.
struct Primary {
  enum class Kind : uint8_t { kLiteral, kQuery, kFunction } kind = Kind::kLiteral;
  size_t offset = 0;
  bool singular = false;               // of a query
  uint32_t query = kNone;              // of a query
  const Function* function = nullptr;  // of a function
  uint32_t operand = kNone;            // of a literal, a singular query, a function of a value
  uint32_t expression = kNone;         // of a logical function
  uint32_t depth = 1;
};

}  // namespace

// Recursive descent along the RFC's grammar. Each function that parses returns false once there is
// a fault; `status_` has the first.
class JsonPathCompiler {
 public:
  JsonPathCompiler(std::string_view text, const QueryBudget& budget)
      : text_(text), budget_(budget) {}

  absl::StatusOr<JsonPath> Run(Duplicates duplicates) {
    if (text_.size() > budget_.max_text_bytes) return TooLong();
    uint32_t query = kNone;
    bool singular = false;
    uint32_t depth = 0;
    if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
      position_ = bad;
      Fault("not valid UTF-8");
    } else if (!Eat('$')) {
      Fault("expected $, which every query starts with");
    } else if (Segments(/*absolute=*/true, &query, &singular, &depth) && !AtEnd()) {
      Fault(IsBlank(Peek()) ? "blank space after the query" : "expected . or [ or the end");
    }
    if (!status_.ok()) return status_;
    NameResolver(queries_, segments_, selectors_, expressions_, children_, operands_, pool_,
                 lookups_)
        .ResolveMain(query);
    return Build(duplicates, singular);
  }

  // A logical expression alone; `*start` is its number.
  absl::StatusOr<JsonPath> RunExpression(uint32_t* start) {
    if (text_.size() > budget_.max_text_bytes) return TooLong();
    uint32_t depth = 0;
    SkipBlanks();
    if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
      position_ = bad;
      Fault("not valid UTF-8");
    } else if (Nested([&] { return Or(start, &depth); })) {
      SkipBlanks();
      if (!AtEnd()) Fault("expected a comparison, a logical operator or the end");
    }
    if (!status_.ok()) return status_;
    NameResolver(queries_, segments_, selectors_, expressions_, children_, operands_, pool_,
                 lookups_)
        .ResolveCondition(*start);
    return Build(Duplicates::kLast, /*singular=*/false);
  }

 private:
  absl::Status TooLong() const {
    return MakeBudgetError(Budget::kTextBytes, absl::StrCat("JSONPath: a query has at most ",
                                                            budget_.max_text_bytes, " bytes"));
  }

  bool AtEnd() const { return position_ == text_.size(); }
  char Peek(size_t ahead = 0) const {
    return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0';
  }
  bool Eat(char c) {
    if (AtEnd() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  void SkipBlanks() {
    while (!AtEnd() && IsBlank(Peek())) ++position_;
  }

  bool Fault(std::string_view message) { return FaultAt(position_, message); }
  bool FaultAt(size_t offset, std::string_view message) {
    if (status_.ok()) {
      status_ = MakeError(ErrorCode::kInvalidArgument,
                          absl::StrCat("JSONPath, byte ", offset, ": ", message), offset);
    }
    return false;
  }

  // Refuses what would need more stack than the budget's depth, compiling or running.
  bool CheckDepth(uint32_t depth) {
    if (depth <= budget_.max_depth) return true;
    if (status_.ok()) {
      status_ = MakeBudgetError(
          Budget::kDepth,
          absl::StrCat("JSONPath, byte ", position_, ": nested deeper than ", budget_.max_depth),
          position_);
    }
    return false;
  }

  template <typename T>
  static uint32_t Append(std::vector<T>& table, const T& row) {
    table.push_back(row);
    return static_cast<uint32_t>(table.size() - 1);
  }
  StringRef AppendText(std::string_view text) {
    const StringRef ref = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(text.size())};
    pool_.append(text);
    return ref;
  }

  // *(S segment), after $ or @. `*depth` is what running it needs of the stack.
  bool Segments(bool absolute, uint32_t* query, bool* singular, uint32_t* depth) {
    std::vector<Segment> segments;
    uint32_t branches = 0;
    *singular = true;
    *depth = 1;
    while (true) {
      const size_t before_blanks = position_;
      SkipBlanks();
      if (Peek() != '.' && Peek() != '[') {
        position_ = before_blanks;
        break;
      }
      Segment segment = {};
      bool single = false;
      uint32_t filter_depth = 0;
      if (!ParseSegment(&segment, &single, &filter_depth)) return false;
      segments.push_back(segment);
      *singular = *singular && single;
      // A single step goes on in place; every other segment calls, and so does its filter.
      branches += single ? 0 : 1;
      *depth = std::max(*depth, 1 + branches + filter_depth);
      if (!CheckDepth(*depth)) return false;
    }
    const uint32_t first = static_cast<uint32_t>(segments_.size());
    segments_.insert(segments_.end(), segments.begin(), segments.end());
    const bool once = absolute && nesting_ > 0;
    *query = Append(
        queries_, {first, static_cast<uint32_t>(segments.size()), once ? constant_count_++ : kNone,
                   absolute ? 1u : 0u, *singular ? 1u : 0u});
    return true;
  }

  // `*single`: one name or index of the node itself.
  bool ParseSegment(Segment* segment, bool* single, uint32_t* filter_depth) {
    std::vector<Selector> selectors;
    if (Eat('.')) {
      segment->descendant = Eat('.') ? 1 : 0;
      if (segment->descendant == 0 || Peek() != '[') {
        if (!Shorthand(selectors)) return false;
      } else if (!Bracketed(selectors, filter_depth)) {
        return false;
      }
    } else if (!Bracketed(selectors, filter_depth)) {
      return false;
    }
    *single =
        segment->descendant == 0 && selectors.size() == 1 &&
        (selectors[0].kind == SelectorKind::kName || selectors[0].kind == SelectorKind::kIndex);
    segment->first_selector = static_cast<uint32_t>(selectors_.size());
    segment->selector_count = static_cast<uint32_t>(selectors.size());
    selectors_.insert(selectors_.end(), selectors.begin(), selectors.end());
    return true;
  }

  // After the dots: * or a name.
  bool Shorthand(std::vector<Selector>& selectors) {
    Selector selector = {};
    if (Eat('*')) {
      selector.kind = SelectorKind::kWildcard;
    } else if (IsNameFirst(Peek())) {
      const size_t begin = position_;
      while (IsNameChar(Peek())) ++position_;
      selector.name = AppendText(text_.substr(begin, position_ - begin));
    } else {
      return Fault("expected a name, * or another . (other names are quoted: ['a-b'])");
    }
    selectors.push_back(selector);
    return true;
  }

  bool Bracketed(std::vector<Selector>& selectors, uint32_t* filter_depth) {
    Eat('[');
    do {
      SkipBlanks();
      Selector selector = {};
      if (!ParseSelector(&selector, filter_depth)) return false;
      selectors.push_back(selector);
      SkipBlanks();
    } while (Eat(','));
    return Eat(']') || Fault("expected , or ]");
  }

  bool ParseSelector(Selector* selector, uint32_t* filter_depth) {
    const char c = Peek();
    if (c == '\'' || c == '"') {
      std::string name;
      if (!QuotedString(&name)) return false;
      selector->name = AppendText(name);
      return true;
    }
    if (c == '*') {
      ++position_;
      selector->kind = SelectorKind::kWildcard;
      return true;
    }
    if (c == '?') {
      ++position_;
      SkipBlanks();
      selector->kind = SelectorKind::kFilter;
      uint32_t depth = 0;
      if (!Nested([&] { return Or(&selector->expression, &depth); })) return false;
      *filter_depth = std::max(*filter_depth, depth + 1);
      return true;
    }
    if (c == ':' || c == '-' || IsDigit(c)) return IndexOrSlice(selector);
    return Fault("expected a selector: a quoted name, *, an index, a slice or a filter (?…)");
  }

  bool IndexOrSlice(Selector* selector) {
    selector->kind = SelectorKind::kIndex;
    selector->step = 1;
    if (Peek() != ':') {
      if (!Integer(&selector->start)) return false;
      selector->has_start = 1;
    }
    const size_t after_start = position_;
    SkipBlanks();
    if (!Eat(':')) {
      position_ = after_start;
      return true;
    }
    selector->kind = SelectorKind::kSlice;
    SkipBlanks();
    if (Peek() == '-' || IsDigit(Peek())) {
      if (!Integer(&selector->end)) return false;
      selector->has_end = 1;
      SkipBlanks();
    }
    if (!Eat(':')) return true;
    SkipBlanks();
    if (Peek() == '-' || IsDigit(Peek())) return Integer(&selector->step);
    return true;
  }

  // int of the grammar: no leading zeros, no -0, within I-JSON's range.
  bool Integer(int64_t* value) {
    const size_t begin = position_;
    const bool negative = Eat('-');
    if (!IsDigit(Peek())) return Fault("expected a digit");
    if (Peek() == '0' && (negative || IsDigit(Peek(1)))) {
      return FaultAt(begin, "an integer has no leading zeros, and 0 no sign");
    }
    int64_t magnitude = 0;
    while (IsDigit(Peek())) {
      magnitude = magnitude * 10 + (Peek() - '0');
      if (magnitude > kMaxInteger) {
        return FaultAt(begin, "an integer lies within -9007199254740991 and 9007199254740991");
      }
      ++position_;
    }
    *value = negative ? -magnitude : magnitude;
    return true;
  }

  bool QuotedString(std::string* out) {
    const size_t begin = position_;
    const char quote = text_[position_++];
    while (!AtEnd()) {
      const char c = text_[position_];
      if (c == quote) {
        ++position_;
        return true;
      }
      if (c == '\\') {
        if (!Escape(quote, out)) return false;
        continue;
      }
      if (static_cast<unsigned char>(c) < 0x20) return Fault("a control character must be escaped");
      out->push_back(c);
      ++position_;
    }
    return FaultAt(begin, "a string without its closing quote");
  }

  // At a backslash.
  bool Escape(char quote, std::string* out) {
    const size_t begin = position_++;
    const char c = Peek();
    static constexpr std::string_view kCodes = "bfnrt/\\";
    static constexpr std::string_view kMeanings = "\b\f\n\r\t/\\";
    if (c == 'u') {
      ++position_;
      return UnicodeEscape(begin, out);
    }
    if (c == quote && !AtEnd()) {
      out->push_back(quote);
    } else if (const size_t at = kCodes.find(c); at != std::string_view::npos && !AtEnd()) {
      out->push_back(kMeanings[at]);
    } else {
      return FaultAt(begin, "an unknown escape");
    }
    ++position_;
    return true;
  }

  bool UnicodeEscape(size_t begin, std::string* out) {
    uint32_t unit = 0;
    if (!FourHexDigits(&unit)) return FaultAt(begin, "expected four hexadecimal digits after \\u");
    if (unit >= 0xDC00 && unit <= 0xDFFF) return FaultAt(begin, "a low surrogate without its high");
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      uint32_t low = 0;
      if (!Eat('\\') || !Eat('u') || !FourHexDigits(&low) || low < 0xDC00 || low > 0xDFFF) {
        return FaultAt(begin, "a high surrogate without its low");
      }
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    AppendUtf8(unit, out);
    return true;
  }

  bool FourHexDigits(uint32_t* value) {
    for (int i = 0; i < 4; ++i, ++position_) {
      const int digit = HexDigit(Peek());
      if (digit < 0) return false;
      *value = *value * 16 + static_cast<uint32_t>(digit);
    }
    return true;
  }

  // Runs a part of the grammar that may contain itself.
  template <typename Parse>
  bool Nested(Parse parse) {
    ++nesting_;
    const bool ok = CheckDepth(nesting_) && parse();
    --nesting_;
    return ok;
  }

  bool Or(uint32_t* expression, uint32_t* depth) {
    return Chain('|', ExpressionKind::kOr, expression, depth);
  }

  // Operands of || or && become one expression: a long chain is not deep.
  bool Chain(char sign, ExpressionKind kind, uint32_t* expression, uint32_t* depth) {
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

  // A parenthesis, a comparison or a test.
  bool Basic(uint32_t* expression, uint32_t* depth) {
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

  // Moves past blanks and the operator, if there is one.
  std::optional<Comparison> PeekComparison() {
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

  bool Compare(const Primary& left, Comparison comparison, uint32_t* expression, uint32_t* depth) {
    SkipBlanks();
    Primary right;
    if (!CheckComparable(left) || !ParsePrimary(&right) || !CheckComparable(right)) return false;
    *expression = Append(expressions_, {ExpressionKind::kCompare, left.operand, right.operand,
                                        static_cast<uint32_t>(comparison)});
    *depth = 1 + std::max(left.depth, right.depth);
    return true;
  }

  bool CheckComparable(const Primary& primary) {
    if (primary.operand != kNone) return true;
    if (primary.kind == Primary::Kind::kQuery) {
      return FaultAt(primary.offset,
                     "only a singular query can be compared: names and indices, no wildcards, "
                     "slices, filters or ..");
    }
    return FaultAt(primary.offset, absl::StrCat("the result of ", primary.function->name,
                                                "() is true or false and can't be compared"));
  }

  bool Test(const Primary& primary, uint32_t* expression, uint32_t* depth) {
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

  bool ParsePrimary(Primary* primary) {
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

  bool NumberLiteral(Primary* primary) {
    const size_t begin = position_;
    Eat('-');
    if (!IsDigit(Peek())) return Fault("expected a digit");
    if (Peek() == '0' && IsDigit(Peek(1))) return Fault("a number has no leading zeros");
    while (IsDigit(Peek())) ++position_;
    if (Eat('.') && !Digits()) return false;
    if (Peek() == 'e' || Peek() == 'E') {
      ++position_;
      if (Peek() == '+' || Peek() == '-') ++position_;
      if (!Digits()) return false;
    }
    primary->operand =
        Append(operands_,
               {OperandKind::kNumber, 0, AppendText(text_.substr(begin, position_ - begin)), {}});
    return true;
  }

  bool Digits() {
    if (!IsDigit(Peek())) return Fault("expected a digit");
    while (IsDigit(Peek())) ++position_;
    return true;
  }

  // true, false, null or a function.
  bool Word(Primary* primary) {
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

  bool Call(std::string_view name, Primary* primary) {
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

  bool Arguments(const Function& function, Primary* arguments) {
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

  static std::string ArityFault(const Function& function) {
    return absl::StrCat(function.name, "() takes ", function.arity,
                        function.arity == 1 ? " argument" : " arguments");
  }

  bool CheckArgument(const Function& function, const Primary& argument) {
    if (function.parameter == Type::kNodes) {
      if (argument.kind == Primary::Kind::kQuery) return true;
      return FaultAt(argument.offset, absl::StrCat(function.name, "() takes a query"));
    }
    if (argument.operand != kNone) return true;
    return FaultAt(argument.offset, absl::StrCat(function.name,
                                                 "() takes a value: a literal, a singular query "
                                                 "or a function of a value"));
  }

  bool BuildCall(const Primary* arguments, Primary* primary) {
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

  bool LiteralPattern(StringRef ref, uint32_t* pattern) {
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

  absl::StatusOr<JsonPath> Build(Duplicates duplicates, bool singular) {
    std::vector<Lookup> lookup_rows;
    std::vector<LookupName> names;
    lookups_.Build(pool_, &lookup_rows, &names);
    BlockBuilder builder(JsonPath::kFormatVersion);
    builder.Add(queries_);
    builder.Add(segments_);
    builder.Add(selectors_);
    builder.Add(expressions_);
    builder.Add(children_);
    builder.Add(operands_);
    builder.Add(std::string_view(pool_));
    builder.Add(lookup_rows);
    builder.Add(names);
    JsonPath path;
    path.program_ = builder.Build();
    if (path.program_.size() == 0) {
      return MakeBudgetError(Budget::kMemory, "JSONPath: no memory for the query");
    }
    path.patterns_ = std::move(patterns_);
    path.pattern_fault_ = std::move(pattern_fault_);
    path.budget_ = budget_;
    path.pattern_bytes_ = regex::MemoryBudget::kPerPolicy - pattern_budget_.left();
    path.constant_count_ = constant_count_;
    path.singular_ = singular;
    path.duplicates_ = duplicates;
    return path;
  }

  std::string_view text_;
  const QueryBudget& budget_;
  size_t position_ = 0;
  uint32_t nesting_ = 0;
  absl::Status status_;

  std::vector<Query> queries_;
  std::vector<Segment> segments_;
  std::vector<Selector> selectors_;
  std::vector<Expression> expressions_;
  std::vector<uint32_t> children_;
  std::vector<Operand> operands_;
  std::string pool_;
  std::vector<regex::Regex> patterns_;
  regex::MemoryBudget pattern_budget_;
  absl::Status pattern_fault_;
  uint32_t constant_count_ = 0;
  LookupBuilder lookups_;
};

absl::StatusOr<JsonPath> JsonPath::Compile(std::string_view text, const QueryBudget& budget,
                                           Duplicates duplicates) {
  return JsonPathCompiler(text, budget).Run(duplicates);
}

absl::StatusOr<Condition> Condition::Compile(std::string_view text, const QueryBudget& budget) {
  uint32_t start = 0;
  absl::StatusOr<JsonPath> expression = JsonPathCompiler(text, budget).RunExpression(&start);
  if (!expression.ok()) return expression.status();
  return Condition(*std::move(expression), start);
}

}  // namespace sluice::query
