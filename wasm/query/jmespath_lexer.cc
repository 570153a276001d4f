#include "sluice/query/jmespath_lexer.h"

#include "sluice/query/jmespath_error.h"

namespace sluice::query::jmespath {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNameFirst(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

TokenKind SingleCharacter(char c) {
  switch (c) {
    case '.':
      return TokenKind::kDot;
    case '*':
      return TokenKind::kStar;
    case '[':
      return TokenKind::kLeftBracket;
    case ']':
      return TokenKind::kRightBracket;
    case '{':
      return TokenKind::kLeftBrace;
    case '}':
      return TokenKind::kRightBrace;
    case '(':
      return TokenKind::kLeftParen;
    case ')':
      return TokenKind::kRightParen;
    case ',':
      return TokenKind::kComma;
    case ':':
      return TokenKind::kColon;
    case '@':
      return TokenKind::kCurrent;
    case '&':
      return TokenKind::kReference;
    case '|':
      return TokenKind::kPipe;
    case '!':
      return TokenKind::kNot;
    case '<':
      return TokenKind::kLess;
    case '>':
      return TokenKind::kGreater;
    default:
      return TokenKind::kEnd;
  }
}

TokenKind TwoCharacters(char first, char second) {
  struct Pair {
    char first;
    char second;
    TokenKind kind;
  };
  static constexpr Pair kPairs[] = {
      {'[', ']', TokenKind::kFlatten},   {'[', '?', TokenKind::kFilter},
      {'&', '&', TokenKind::kAnd},       {'|', '|', TokenKind::kOr},
      {'=', '=', TokenKind::kEqual},     {'!', '=', TokenKind::kNotEqual},
      {'<', '=', TokenKind::kLessEqual}, {'>', '=', TokenKind::kGreaterEqual},
  };
  for (const Pair& pair : kPairs) {
    if (pair.first == first && pair.second == second) return pair.kind;
  }
  return TokenKind::kEnd;
}

// One past the closing quote, or 0. A backslash takes the next character with it.
size_t EndOfQuoted(std::string_view text, size_t begin) {
  for (size_t at = begin + 1; at < text.size(); ++at) {
    if (text[at] == text[begin]) return at + 1;
    if (text[at] == '\\') ++at;
  }
  return 0;
}

}  // namespace

absl::Status Tokenize(std::string_view text, std::vector<Token>& tokens) {
  size_t at = 0;
  const auto add = [&](TokenKind kind, size_t end) {
    tokens.push_back({kind, static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    at = end;
  };
  while (at < text.size()) {
    const char c = text[at];
    const char second = at + 1 < text.size() ? text[at + 1] : '\0';
    size_t end = at + 1;
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at;
    } else if (IsNameFirst(c)) {
      while (end < text.size() && (IsNameFirst(text[end]) || IsDigit(text[end]))) ++end;
      add(TokenKind::kIdentifier, end);
    } else if (IsDigit(c) || (c == '-' && IsDigit(second))) {
      while (end < text.size() && IsDigit(text[end])) ++end;
      add(TokenKind::kNumber, end);
    } else if (c == '"' || c == '\'' || c == '`') {
      end = EndOfQuoted(text, at);
      if (end == 0) return MakeJmesError(Error::kSyntax, at, "a quote that is never closed", true);
      add(c == '"'    ? TokenKind::kQuoted
          : c == '\'' ? TokenKind::kRawString
                      : TokenKind::kLiteral,
          end);
    } else if (const TokenKind two = TwoCharacters(c, second); two != TokenKind::kEnd) {
      add(two, at + 2);
    } else if (const TokenKind one = SingleCharacter(c); one != TokenKind::kEnd) {
      add(one, at + 1);
    } else {
      return MakeJmesError(Error::kSyntax, at, "an unexpected character", true);
    }
  }
  add(TokenKind::kEnd, at);
  return absl::OkStatus();
}

}  // namespace sluice::query::jmespath
