// Compiles JMESPath. Inside this room only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jmespath_error.h"
#include "sluice/query/jmespath_functions.h"
#include "sluice/query/jmespath_lexer.h"
#include "sluice/query/jmespath_program.h"

namespace sluice::query {

// A top-down operator precedence parser (Pratt, 1973), with the binding powers that the reference
// implementations share. Functions that parse return false once there is a fault; `status_` has it.
class JmesPathCompiler {
 public:
  JmesPathCompiler(std::string_view text, const QueryBudget& budget)
      : text_(text),
        budget_(budget),
        prefix_(16 * budget.max_text_bytes),
        literals_(16 * budget.max_text_bytes) {}

  absl::StatusOr<JmesPath> Run();

 private:
  using Code = jmespath::Code;
  using Error = jmespath::Error;
  using Function = jmespath::Function;
  using Operation = jmespath::Operation;
  using Part = jmespath::Part;
  using Signature = jmespath::Signature;
  using Token = jmespath::Token;
  using TokenKind = jmespath::TokenKind;

  // A chain of operations while it is built.
  struct Chain {
    uint32_t head = jmespath::kIdentity;
    uint32_t tail = jmespath::kIdentity;
    uint32_t depth = 0;   // of the stack that running it needs
    uint32_t levels = 0;  // of nesting that it can add to a value
  };

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
  bool FaultAt(Error error, size_t offset, std::string_view message);
  bool CheckDepth(uint32_t depth);

  // The tables.
  Chain Single(Code code, const Token& token, uint32_t a = 0, uint32_t b = 0, uint32_t c = 0);
  // `then` is applied to what `chain` makes.
  bool Append(Chain* chain, const Chain& then);
  // An operation that evaluates `inner` within itself, and makes `levels` more.
  static void Contain(Chain* outer, const Chain& inner, uint32_t levels);
  StringRef AddText(std::string_view text) {
    const StringRef ref = {static_cast<uint32_t>(pool_.size()), static_cast<uint32_t>(text.size())};
    pool_.append(text);
    return ref;
  }
  void SeparateLiteral();
  void AddStringLiteral(std::string_view text);
  StringRef AddPrefix(char before, std::string_view name);
  uint32_t AddParts(const std::vector<Part>& parts);
  absl::StatusOr<JmesPath> Build(const Chain& whole);

  // jmespath_operators.cc
  bool Expression(uint32_t power, Chain* out);
  bool Continue(Chain* left);
  bool Binary(Code code, uint32_t power, uint32_t comparison, Chain* left);
  bool Not(Chain* out);
  bool Dot(Chain* left);
  bool AfterDot(uint32_t power, Chain* right);
  bool Project(Code code, uint32_t power, const Token& token, Chain* left);
  bool ProjectionTail(uint32_t power, Chain* each);
  bool ContinueWhile(uint32_t power, Chain* chain);
  bool Filter(Chain* left);
  bool Bracket(Chain* left);
  bool SliceParts(jmespath::Slice* slice, bool* is_slice);
  bool Integer(int64_t* value);

  // jmespath_terms.cc: what an expression can start with.
  bool Start(Chain* out);
  bool StartsIndex() const;
  Chain Field(const Token& token, std::string_view name);
  bool QuotedField(Chain* out);
  bool QuotedName(std::string* name);
  bool RawString(const Token& token, Chain* out);
  bool Literal(const Token& token, Chain* out);
  std::string WithoutEscapes(const Token& token) const;
  bool MultiList(Chain* out);
  bool MultiHash(Chain* out);
  bool Name(std::string* name);
  bool MultiSelect(Code code, const Token& token, const std::vector<Part>& parts,
                   const Chain& inner, Chain* out);
  bool Call(Chain* out);
  bool Argument(Function function, std::vector<Part>& parts, Chain* whole);
  bool CheckReferences(const Token& token, const Signature& signature,
                       const std::vector<Part>& parts);
  bool MultiSelectCall(const Token& token, Function function, const std::vector<Part>& parts,
                       const Chain& inner, Chain* out);

  std::string_view text_;
  const QueryBudget& budget_;
  std::vector<Token> tokens_;
  size_t position_ = 0;
  uint32_t nesting_ = 0;
  absl::Status status_;

  std::vector<Operation> operations_;
  std::vector<Part> parts_;
  std::vector<jmespath::Slice> slices_;
  std::string pool_;
  OutputBuffer prefix_;  // while one is made
  OutputBuffer literals_;
  uint32_t literal_count_ = 0;
  json::Document json_;
};

}  // namespace sluice::query
