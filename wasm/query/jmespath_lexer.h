// JMESPath's tokens. Inside this room only.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace sluice::query::jmespath {

enum class TokenKind : uint8_t {
  kEnd,
  kIdentifier,
  kQuoted,     // an identifier in double quotes
  kRawString,  // in single quotes
  kLiteral,    // in backticks
  kNumber,
  kDot,
  kStar,
  kFlatten,  // []
  kFilter,   // [?
  kLeftBracket,
  kRightBracket,
  kLeftBrace,
  kRightBrace,
  kLeftParen,
  kRightParen,
  kComma,
  kColon,
  kCurrent,    // @
  kReference,  // &
  kNot,
  kAnd,
  kOr,
  kPipe,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

struct Token {
  TokenKind kind;
  uint32_t begin;
  uint32_t end;
};

// The last token is kEnd. Quoted things have their quotes, and are not looked into.
absl::Status Tokenize(std::string_view text, std::vector<Token>& tokens);

}  // namespace sluice::query::jmespath
