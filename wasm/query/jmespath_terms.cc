// What an expression can start with: names, literals, multi-selects and calls.
#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/query/jmespath_compiler.h"

namespace sluice::query {

using namespace jmespath;  // NOLINT: the tables are this file's vocabulary

// What an expression can start with.
bool JmesPathCompiler::Start(Chain* out) {
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
bool JmesPathCompiler::StartsIndex() const {
  const TokenKind next = KindAhead(1);
  return next == TokenKind::kNumber || next == TokenKind::kColon ||
         (next == TokenKind::kStar && KindAhead(2) == TokenKind::kRightBracket);
}

// Its name; which lookup's it is, is settled at the end.
JmesPathCompiler::Chain JmesPathCompiler::Field(const Token& token, std::string_view name) {
  const StringRef ref = AddText(name);
  return Single(Code::kField, token, ref.offset, ref.length);
}

bool JmesPathCompiler::QuotedField(Chain* out) {
  const Token token = Current();
  std::string name;
  if (!QuotedName(&name)) return false;
  if (Is(TokenKind::kLeftParen)) return Fault("a function's name is not quoted");
  *out = Field(token, name);
  return true;
}

// An identifier in double quotes is a JSON string.
bool JmesPathCompiler::QuotedName(std::string* name) {
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

// Only \' is an escape.
bool JmesPathCompiler::RawString(const Token& token, Chain* out) {
  AddStringLiteral(WithoutEscapes(token));
  *out = Single(Code::kLiteral, token, literal_count_ - 1);
  return true;
}

bool JmesPathCompiler::Literal(const Token& token, Chain* out) {
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
std::string JmesPathCompiler::WithoutEscapes(const Token& token) const {
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

bool JmesPathCompiler::MultiList(Chain* out) {
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

bool JmesPathCompiler::MultiHash(Chain* out) {
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

bool JmesPathCompiler::Name(std::string* name) {
  if (Is(TokenKind::kQuoted)) return QuotedName(name);
  if (!Is(TokenKind::kIdentifier)) return Fault("expected a key: a name, or \"a name\"");
  *name = TextOf(Current());
  ++position_;
  return true;
}

bool JmesPathCompiler::MultiSelect(Code code, const Token& token, const std::vector<Part>& parts,
                                   const Chain& inner, Chain* out) {
  *out = Single(code, token, AddParts(parts), static_cast<uint32_t>(parts.size()));
  out->depth = inner.depth;
  out->levels = inner.levels;
  return CheckDepth(out->depth) && CheckDepth(out->levels);
}

bool JmesPathCompiler::Call(Chain* out) {
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

bool JmesPathCompiler::Argument(Function function, std::vector<Part>& parts, Chain* whole) {
  const bool reference = Eat(TokenKind::kReference);
  Chain argument;
  if (!Expression(0, &argument)) return false;
  Contain(whole, argument, function == Function::kMap || function == Function::kToArray ? 1 : 0);
  parts.push_back({argument.head, reference ? 1u : 0u, {}});
  return true;
}

bool JmesPathCompiler::CheckReferences(const Token& token, const Signature& signature,
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

bool JmesPathCompiler::MultiSelectCall(const Token& token, Function function,
                                       const std::vector<Part>& parts, const Chain& inner,
                                       Chain* out) {
  *out = Single(Code::kCall, token, AddParts(parts), static_cast<uint32_t>(parts.size()),
                static_cast<uint32_t>(function));
  out->depth = std::max(inner.depth, 1u);
  out->levels = std::max(inner.levels, 1u);  // keys() and its like make an array
  return CheckDepth(out->depth) && CheckDepth(out->levels);
}

}  // namespace sluice::query
