#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"
#include "sluice/json/writer.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jmespath_error.h"
#include "sluice/query/jmespath_fields.h"
#include "sluice/query/jmespath_lexer.h"
#include "sluice/query/jmespath_program.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query {
namespace {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary

constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;

// How tightly what follows an expression binds to it; 0: it doesn't continue one.
uint32_t BindingPower(TokenKind kind) {
  switch (kind) {
    case TokenKind::kPipe:
      return 1;
    case TokenKind::kOr:
      return 2;
    case TokenKind::kAnd:
      return 3;
    case TokenKind::kEqual:
    case TokenKind::kNotEqual:
    case TokenKind::kLess:
    case TokenKind::kLessEqual:
    case TokenKind::kGreater:
    case TokenKind::kGreaterEqual:
      return 5;
    case TokenKind::kFlatten:
      return 9;
    case TokenKind::kStar:
      return 20;
    case TokenKind::kFilter:
      return 21;
    case TokenKind::kDot:
      return 40;
    case TokenKind::kLeftBracket:
      return 55;
    default:
      return 0;
  }
}

constexpr uint32_t kNotPower = 8;  // `!` takes fields and projections with it
constexpr uint32_t kFlattenPower = 9;
constexpr uint32_t kProjectionStop = 10;  // weaker operators end a projection
constexpr uint32_t kStarPower = 20;
constexpr uint32_t kFilterPower = 21;
constexpr uint32_t kDotPower = 40;

// A chain of operations while it is built.
struct Chain {
  uint32_t head = kIdentity;
  uint32_t tail = kIdentity;
  uint32_t depth = 0;   // of the stack that running it needs
  uint32_t levels = 0;  // of nesting that it can add to a value
};

}  // namespace

// A top-down operator precedence parser (Pratt, 1973), with the binding powers that the reference
// implementations share. Functions that parse return false once there is a fault; `status_` has it.
class JmesPathCompiler {
 public:
  JmesPathCompiler(std::string_view text, const QueryBudget& budget)
      : text_(text), budget_(budget), literals_(16 * budget.max_text_bytes) {}

  absl::StatusOr<JmesPath> Run() {
    if (text_.size() > budget_.max_text_bytes) {
      return MakeBudgetError(Budget::kTextBytes, "JMESPath: the expression is too long");
    }
    if (const size_t bad = FindInvalidUtf8(text_); bad != text_.size()) {
      return MakeJmesError(Error::kSyntax, bad, "not valid UTF-8", true);
    }
    SLUICE_RETURN_IF_ERROR(Tokenize(text_, tokens_));
    literals_.Append('[');
    Chain whole;
    if (Expression(0, &whole) && Current().kind != TokenKind::kEnd) {
      Fault("expected an operator or the end");
    }
    if (!status_.ok()) return status_;
    literals_.Append(']');
    return Build(whole);
  }

 private:
  const Token& Current() const { return tokens_[position_]; }
  // kEnd beyond the end.
  TokenKind KindAhead(size_t ahead) const {
    return tokens_[std::min(position_ + ahead, tokens_.size() - 1)].kind;
  }
  bool Is(TokenKind kind) const { return Current().kind == kind; }
  bool Eat(TokenKind kind) {
    if (!Is(kind)) return false;
    ++position_;
    return true;
  }
  bool Expect(TokenKind kind, std::string_view message) { return Eat(kind) || Fault(message); }
  std::string_view TextOf(const Token& token) const {
    return text_.substr(token.begin, token.end - token.begin);
  }

  bool Fault(std::string_view message) { return FaultAt(Error::kSyntax, Current().begin, message); }
  bool FaultAt(Error error, size_t offset, std::string_view message) {
    if (status_.ok()) status_ = MakeJmesError(error, offset, message, /*compiling=*/true);
    return false;
  }
  bool CheckDepth(uint32_t depth) {
    if (depth <= budget_.max_depth) return true;
    if (status_.ok()) {
      status_ = MakeBudgetError(Budget::kDepth,
                                absl::StrCat("JMESPath, byte ", Current().begin,
                                             ": nested deeper than ", budget_.max_depth),
                                Current().begin);
    }
    return false;
  }

  Chain Single(Code code, const Token& token, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0) {
    const uint32_t number = static_cast<uint32_t>(operations_.size());
    operations_.push_back({code, kIdentity, a, b, c, token.begin});
    return {number, number, 1, 0};
  }

  // `then` is applied to what `chain` makes.
  bool Append(Chain* chain, const Chain& then) {
    if (then.head == kIdentity) return true;
    if (chain->head == kIdentity) {
      *chain = then;
      return true;
    }
    operations_[chain->tail].next = then.head;
    chain->tail = then.tail;
    chain->depth = std::max(chain->depth, then.depth);
    chain->levels += then.levels;
    return CheckDepth(chain->depth) && CheckDepth(chain->levels);
  }

  // An operation that evaluates `inner` within itself, and makes `levels` more.
  static void Contain(Chain* outer, const Chain& inner, uint32_t levels) {
    outer->depth = std::max(outer->depth, inner.depth + 1);
    outer->levels = std::max(outer->levels, inner.levels + levels);
  }

  bool Expression(uint32_t power, Chain* out) {
    if (!CheckDepth(++nesting_)) return false;
    bool ok = Start(out);
    while (ok && power < BindingPower(Current().kind)) ok = Continue(out);
    --nesting_;
    return ok;
  }

  // What an expression can start with.
  bool Start(Chain* out) {
    const Token token = Current();
    switch (token.kind) {
      case TokenKind::kIdentifier:
        if (KindAhead(1) == TokenKind::kLeftParen) return Call(out);
        ++position_;
        *out = Field(token, TextOf(token));
        return true;
      case TokenKind::kQuoted:
        return QuotedField(out);
      case TokenKind::kRawString:
        ++position_;
        return RawString(token, out);
      case TokenKind::kLiteral:
        ++position_;
        return Literal(token, out);
      case TokenKind::kCurrent:
        ++position_;
        *out = Chain();
        return true;
      case TokenKind::kNot:
        return Not(out);
      case TokenKind::kLeftParen:
        ++position_;
        return Expression(0, out) && Expect(TokenKind::kRightParen, "expected )");
      case TokenKind::kLeftBrace:
        return MultiHash(out);
      case TokenKind::kStar:
      case TokenKind::kFlatten:
      case TokenKind::kFilter:
        *out = Chain();
        return Continue(out);
      case TokenKind::kLeftBracket:
        *out = Chain();
        return StartsIndex() ? Continue(out) : MultiList(out);
      case TokenKind::kEnd:
        return Fault("the expression ends too soon");
      default:
        return Fault("expected an expression");
    }
  }

  // An index, a slice or [*] follows, not a multi-select.
  bool StartsIndex() const {
    const TokenKind next = KindAhead(1);
    return next == TokenKind::kNumber || next == TokenKind::kColon ||
           (next == TokenKind::kStar && KindAhead(2) == TokenKind::kRightBracket);
  }

  // Takes the operator at hand, with `left` before it.
  bool Continue(Chain* left) {
    const Token token = Current();
    switch (token.kind) {
      case TokenKind::kDot:
        return Dot(left);
      case TokenKind::kPipe: {
        ++position_;
        Chain right;
        return Expression(1, &right) && Append(left, right);
      }
      case TokenKind::kOr:
        return Binary(Code::kOr, 2, 0, left);
      case TokenKind::kAnd:
        return Binary(Code::kAnd, 3, 0, left);
      case TokenKind::kFlatten:
        ++position_;
        return Project(Code::kFlatten, kFlattenPower, token, left);
      case TokenKind::kFilter:
        return Filter(left);
      case TokenKind::kStar:
        ++position_;
        return Project(Code::kProjectObject, kStarPower, token, left);
      case TokenKind::kLeftBracket:
        return Bracket(left);
      default: {
        const uint32_t comparison =
            static_cast<uint32_t>(token.kind) - static_cast<uint32_t>(TokenKind::kEqual);
        return Binary(Code::kCompare, 5, comparison, left);
      }
    }
  }

  bool Binary(Code code, uint32_t power, uint32_t comparison, Chain* left) {
    const Token token = Current();
    ++position_;
    Chain right;
    if (!Expression(power, &right)) return false;
    Chain whole = Single(code, token, left->head, right.head, comparison);
    Contain(&whole, *left, 0);
    Contain(&whole, right, 0);
    *left = whole;
    return CheckDepth(whole.depth);
  }

  bool Not(Chain* out) {
    const Token token = Current();
    ++position_;
    Chain operand;
    if (!Expression(kNotPower, &operand)) return false;
    *out = Single(Code::kNot, token, operand.head);
    Contain(out, operand, 0);
    return CheckDepth(out->depth);
  }

  bool Dot(Chain* left) {
    ++position_;
    const Token token = Current();
    if (Eat(TokenKind::kStar)) return Project(Code::kProjectObject, kStarPower, token, left);
    Chain right;
    return AfterDot(kDotPower, &right) && Append(left, right);
  }

  bool AfterDot(uint32_t power, Chain* right) {
    switch (Current().kind) {
      case TokenKind::kIdentifier:
      case TokenKind::kQuoted:
      case TokenKind::kStar:
        return Expression(power, right);
      case TokenKind::kLeftBracket:
        return MultiList(right);
      case TokenKind::kLeftBrace:
        return MultiHash(right);
      default:
        return Fault("expected a name, *, [ or { after the dot");
    }
  }

  // The operation that applies what follows to each element of what `left` makes.
  bool Project(Code code, uint32_t power, const Token& token, Chain* left) {
    Chain each;
    if (!ProjectionTail(power, &each)) return false;
    Chain projection = Single(code, token, each.head);
    Contain(&projection, each, 1);
    return CheckDepth(projection.depth) && Append(left, projection);
  }

  bool ProjectionTail(uint32_t power, Chain* each) {
    if (BindingPower(Current().kind) < kProjectionStop) return true;
    if (Is(TokenKind::kDot)) {
      ++position_;
      // What comes after the first step belongs to the projection as well.
      return AfterDot(power, each) && ContinueWhile(power, each);
    }
    if (Is(TokenKind::kFilter) || (Is(TokenKind::kLeftBracket) && StartsIndex())) {
      return Expression(power, each);
    }
    return Fault("expected ., an index, a slice, a filter or a weaker operator");
  }

  bool ContinueWhile(uint32_t power, Chain* chain) {
    bool ok = CheckDepth(++nesting_);
    while (ok && power < BindingPower(Current().kind)) ok = Continue(chain);
    --nesting_;
    return ok;
  }

  bool Filter(Chain* left) {
    const Token token = Current();
    ++position_;
    Chain condition;
    if (!Expression(0, &condition) ||
        !Expect(TokenKind::kRightBracket, "expected ] after a filter")) {
      return false;
    }
    Chain each;
    if (!Is(TokenKind::kFlatten) && !ProjectionTail(kFilterPower, &each)) return false;
    Chain filter = Single(Code::kFilter, token, each.head, condition.head);
    Contain(&filter, each, 1);
    Contain(&filter, condition, 0);
    return CheckDepth(filter.depth) && Append(left, filter);
  }

  // [3], [1:2], [*]
  bool Bracket(Chain* left) {
    const Token token = Current();
    ++position_;
    if (Eat(TokenKind::kStar)) {
      return Expect(TokenKind::kRightBracket, "expected ]") &&
             Project(Code::kProjectArray, kStarPower, token, left);
    }
    if (!Is(TokenKind::kNumber) && !Is(TokenKind::kColon)) {
      return Fault("expected an index, a slice or *");
    }
    Slice slice = {0, 0, 1, 0, 0};
    bool is_slice = false;
    if (!SliceParts(&slice, &is_slice)) return false;
    slices_.push_back(slice);
    const uint32_t number = static_cast<uint32_t>(slices_.size() - 1);
    if (!is_slice) return Append(left, Single(Code::kIndex, token, number));
    return Append(left, Single(Code::kSlice, token, number)) &&
           Project(Code::kProjectArray, kStarPower, token, left);
  }

  bool SliceParts(Slice* slice, bool* is_slice) {
    uint32_t step_offset = 0;
    if (Is(TokenKind::kNumber)) {
      if (!Integer(&slice->start)) return false;
      slice->has_start = 1;
    }
    if (Eat(TokenKind::kColon)) {
      *is_slice = true;
      if (Is(TokenKind::kNumber)) {
        if (!Integer(&slice->stop)) return false;
        slice->has_stop = 1;
      }
      if (Eat(TokenKind::kColon) && Is(TokenKind::kNumber)) {
        step_offset = Current().begin;
        if (!Integer(&slice->step)) return false;
      }
    }
    if (!Expect(TokenKind::kRightBracket, "expected : or ]")) return false;
    return slice->step != 0 ||
           FaultAt(Error::kInvalidValue, step_offset, "the step of a slice can't be 0");
  }

  bool Integer(int64_t* value) {
    const std::string_view text = TextOf(Current());
    const bool negative = text[0] == '-';
    int64_t magnitude = 0;
    for (const char c : text.substr(negative ? 1 : 0)) {
      magnitude = magnitude * 10 + (c - '0');
      if (magnitude > kMaxInteger) {
        return FaultAt(Error::kInvalidValue, Current().begin,
                       "an index lies within -9007199254740991 and 9007199254740991");
      }
    }
    *value = negative ? -magnitude : magnitude;
    ++position_;
    return true;
  }

  StringRef AddText(std::string_view text) {
    const StringRef ref = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(text.size())};
    pool_.append(text);
    return ref;
  }

  StringRef AddPrefix(char before, std::string_view name) {
    prefix_.Clear();
    prefix_.Append(before);
    json::AppendJsonString(name, prefix_);
    prefix_.Append(':');
    return AddText(prefix_.text());
  }

  // Its name; which lookup's it is, is settled at the end.
  Chain Field(const Token& token, std::string_view name) {
    const StringRef ref = AddText(name);
    return Single(Code::kField, token, ref.offset, ref.length);
  }

  bool QuotedField(Chain* out) {
    const Token token = Current();
    std::string name;
    if (!QuotedName(&name)) return false;
    if (Is(TokenKind::kLeftParen)) return Fault("a function's name is not quoted");
    *out = Field(token, name);
    return true;
  }

  // An identifier in double quotes is a JSON string.
  bool QuotedName(std::string* name) {
    const Token token = Current();
    const absl::Status status = json_.Parse(TextOf(token));
    if (!status.ok()) {
      return FaultAt(Error::kSyntax, token.begin + ByteOffsetOf(status).value_or(0),
                     "a quoted name is a JSON string, and this is none");
    }
    *name = json_.root().string(name);
    ++position_;
    return true;
  }

  // The literals become one document: an array, in the order of their numbers.
  void SeparateLiteral() {
    if (literal_count_++ > 0) literals_.Append(',');
  }
  void AddStringLiteral(std::string_view text) {
    SeparateLiteral();
    json::AppendJsonString(text, literals_);
  }

  // Only \' is an escape.
  bool RawString(const Token& token, Chain* out) {
    AddStringLiteral(WithoutEscapes(token));
    *out = Single(Code::kLiteral, token, literal_count_ - 1);
    return true;
  }

  bool Literal(const Token& token, Chain* out) {
    const std::string json = WithoutEscapes(token);
    if (const absl::Status status = json_.Parse(json); !status.ok()) {
      return FaultAt(
          Error::kSyntax, token.begin + 1,
          absl::StrCat("a literal in backticks is JSON, and this is none: ", status.message()));
    }
    SeparateLiteral();
    literals_.Append(json_.root().raw());
    *out = Single(Code::kLiteral, token, literal_count_ - 1);
    return true;
  }

  // What is between the quotes, with the quote itself no longer escaped.
  std::string WithoutEscapes(const Token& token) const {
    const std::string_view text = TextOf(token);
    std::string content;
    for (size_t at = 1; at + 1 < text.size(); ++at) {
      if (text[at] == '\\') {
        if (text[at + 1] != text[0]) content.push_back('\\');
        ++at;
      }
      content.push_back(text[at]);
    }
    return content;
  }

  uint32_t AddParts(const std::vector<Part>& parts) {
    const uint32_t first = static_cast<uint32_t>(parts_.size());
    parts_.insert(parts_.end(), parts.begin(), parts.end());
    return first;
  }

  bool MultiList(Chain* out) {
    const Token token = Current();
    ++position_;
    std::vector<Part> parts;
    Chain whole;
    do {
      Chain part;
      if (!Expression(0, &part)) return false;
      Contain(&whole, part, 1);
      parts.push_back({part.head, 0, {}});
    } while (Eat(TokenKind::kComma));
    return Expect(TokenKind::kRightBracket, "expected , or ]") &&
           MultiSelect(Code::kMultiList, token, parts, whole, out);
  }

  bool MultiHash(Chain* out) {
    const Token token = Current();
    ++position_;
    std::vector<Part> parts;
    std::vector<std::string> names;
    Chain whole;
    do {
      std::string name;
      if (!Name(&name) || !Expect(TokenKind::kColon, "expected : after a key")) return false;
      Chain part;
      if (!Expression(0, &part)) return false;
      Contain(&whole, part, 1);
      // The last of equal keys counts, in the place of the first.
      const size_t at =
          static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
      if (at < names.size()) {
        parts[at].expression = part.head;
      } else {
        parts.push_back({part.head, literal_count_, AddPrefix(parts.empty() ? '{' : ',', name)});
        AddStringLiteral(name);
        names.push_back(std::move(name));
      }
    } while (Eat(TokenKind::kComma));
    return Expect(TokenKind::kRightBrace, "expected , or }") &&
           MultiSelect(Code::kMultiHash, token, parts, whole, out);
  }

  bool Name(std::string* name) {
    if (Is(TokenKind::kQuoted)) return QuotedName(name);
    if (!Is(TokenKind::kIdentifier)) return Fault("expected a key: a name, or \"a name\"");
    *name = TextOf(Current());
    ++position_;
    return true;
  }

  bool MultiSelect(Code code, const Token& token, const std::vector<Part>& parts,
                   const Chain& inner, Chain* out) {
    *out = Single(code, token, AddParts(parts), static_cast<uint32_t>(parts.size()));
    out->depth = inner.depth;
    out->levels = inner.levels;
    return CheckDepth(out->depth) && CheckDepth(out->levels);
  }

  bool Call(Chain* out) {
    const Token token = Current();
    Function function = Function::kAbs;
    if (!FindFunction(TextOf(token), &function)) {
      return FaultAt(Error::kUnknownFunction, token.begin,
                     absl::StrCat("there is no function ", TextOf(token), "()"));
    }
    position_ += 2;
    std::vector<Part> parts;
    Chain whole;
    if (!Is(TokenKind::kRightParen)) {
      do {
        if (!Argument(function, parts, &whole)) return false;
      } while (Eat(TokenKind::kComma));
    }
    if (!Expect(TokenKind::kRightParen, "expected , or )")) return false;
    const Signature& signature = SignatureOf(function);
    if (parts.size() < signature.arity || (parts.size() > signature.arity && !signature.variadic)) {
      return FaultAt(Error::kInvalidArity, token.begin, DescribeArity(function));
    }
    return CheckReferences(token, signature, parts) &&
           MultiSelectCall(token, function, parts, whole, out);
  }

  bool Argument(Function function, std::vector<Part>& parts, Chain* whole) {
    const bool reference = Eat(TokenKind::kReference);
    Chain argument;
    if (!Expression(0, &argument)) return false;
    Contain(whole, argument, function == Function::kMap || function == Function::kToArray ? 1 : 0);
    parts.push_back({argument.head, reference ? 1u : 0u, {}});
    return true;
  }

  bool CheckReferences(const Token& token, const Signature& signature,
                       const std::vector<Part>& parts) {
    for (size_t i = 0; i < parts.size(); ++i) {
      const uint8_t types = signature.parameters[std::min<size_t>(i, 1)];
      if (((types & kReference) != 0) == (parts[i].mark != 0)) continue;
      return FaultAt(
          Error::kInvalidType, token.begin,
          absl::StrCat(signature.name, "() takes ", DescribeTypes(types), " as argument ", i + 1));
    }
    return true;
  }

  bool MultiSelectCall(const Token& token, Function function, const std::vector<Part>& parts,
                       const Chain& inner, Chain* out) {
    *out = Single(Code::kCall, token, AddParts(parts), static_cast<uint32_t>(parts.size()),
                  static_cast<uint32_t>(function));
    out->depth = std::max(inner.depth, 1u);
    out->levels = std::max(inner.levels, 1u);  // keys() and its like make an array
    return CheckDepth(out->depth) && CheckDepth(out->levels);
  }

  absl::StatusOr<JmesPath> Build(const Chain& whole) {
    JmesPath path;
    path.literal_text_ = std::make_unique<std::string>(literals_.text());
    path.literals_ = std::make_unique<json::Document>();
    if (literals_.exhausted()) {
      return MakeBudgetError(Budget::kTextBytes, "JMESPath: the literals are too long");
    }
    SLUICE_RETURN_IF_ERROR(path.literals_->Parse(*path.literal_text_));
    std::vector<uint32_t> nodes;
    for (const json::Value literal : json::Elements(path.literals_->root())) {
      nodes.push_back(literal.index());
    }
    for (Operation& operation : operations_) {
      if (operation.code == Code::kLiteral) operation.a = nodes[operation.a];
      if (operation.code != Code::kMultiHash) continue;
      for (uint32_t i = 0; i < operation.b; ++i) {
        Part& part = parts_[operation.a + i];
        part.mark = nodes[part.mark];
      }
    }
    LookupBuilder lookups;
    const uint32_t weight = ResolveFields(whole.head, pool_, operations_, parts_, lookups);
    std::vector<Lookup> lookup_rows;
    std::vector<LookupName> names;
    lookups.Build(pool_, &lookup_rows, &names);
    pool_.append(kPadding, '\0');
    const std::vector<uint32_t> start = {whole.head, weight};
    BlockBuilder builder(JmesPath::kFormatVersion);
    builder.Add(operations_);
    builder.Add(parts_);
    builder.Add(slices_);
    builder.Add(std::string_view(pool_));
    builder.Add(start);
    builder.Add(lookup_rows);
    builder.Add(names);
    path.program_ = builder.Build();
    if (path.program_.size() == 0) {
      return MakeBudgetError(Budget::kMemory, "JMESPath: no memory for the expression");
    }
    path.budget_ = budget_;
    return path;
  }

  std::string_view text_;
  const QueryBudget& budget_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  uint32_t nesting_ = 0;
  absl::Status status_;

  std::vector<Operation> operations_;
  std::vector<Part> parts_;
  std::vector<Slice> slices_;
  std::string pool_;
  OutputBuffer prefix_{size_t{1} << 20};
  OutputBuffer literals_;
  uint32_t literal_count_ = 0;
  json::Document json_;
};

absl::StatusOr<JmesPath> JmesPath::Compile(std::string_view text, const QueryBudget& budget) {
  return JmesPathCompiler(text, budget).Run();
}

}  // namespace sluice::query
