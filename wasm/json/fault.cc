#include "sluice/json/fault.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"

namespace sluice::json {
namespace {

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

std::string Describe(uint8_t byte) {
  if (byte > 0x20 && byte < 0x7F) {
    const char c = static_cast<char>(byte);
    return absl::StrCat("'", std::string_view(&c, 1), "'");
  }
  constexpr std::string_view kHex = "0123456789ABCDEF";
  return absl::StrCat("byte 0x", kHex.substr(byte >> 4, 1), kHex.substr(byte & 15, 1));
}

std::string Found(std::string_view text, size_t offset) {
  if (offset >= text.size()) return "the end of the text";
  return Describe(static_cast<uint8_t>(text[offset]));
}

// What was expected, for the kinds where something else was found; else empty.
std::string_view Expected(FaultKind kind) {
  switch (kind) {
    case FaultKind::kValue:
      return "a value";
    case FaultKind::kElementOrEnd:
      return "a value or ']' after '['";
    case FaultKind::kMemberNameOrEnd:
      return "a member name in double quotes or '}' after '{'";
    case FaultKind::kMemberName:
      return "a member name in double quotes after ','";
    case FaultKind::kColon:
      return "':' after a member name";
    case FaultKind::kCommaOrArrayEnd:
      return "',' or ']' after an array element";
    case FaultKind::kCommaOrObjectEnd:
      return "',' or '}' after a member";
    case FaultKind::kDocumentEnd:
      return "nothing after the document's value";
    case FaultKind::kTrue:
      return "the literal true";
    case FaultKind::kFalse:
      return "the literal false";
    case FaultKind::kNull:
      return "the literal null";
    case FaultKind::kDigit:
      return "a digit after '-'";
    case FaultKind::kFractionDigit:
      return "a digit after the decimal point";
    case FaultKind::kExponentDigit:
      return "a digit in the exponent";
    default:
      return "";
  }
}

std::string Message(Fault fault, std::string_view text, const JsonBudget& budget) {
  switch (fault.kind) {
    case FaultKind::kLeadingZero:
      return "a number must not start with 0 unless it is 0, or 0 with a "
             "fraction or exponent";
    case FaultKind::kEscape:
      return R"(invalid escape in a string: \ must be followed by one of "\/bfnrt or u and 4 hex )"
             "digits";
    case FaultKind::kControlCharacter:
      return absl::StrCat("raw control character (", Found(text, fault.offset),
                          ") in a string: write it as an escape");
    case FaultKind::kUtf8:
      return absl::StrCat("invalid UTF-8 (", Found(text, fault.offset), ")");
    case FaultKind::kUnclosedString:
      return "this string has no closing quote";
    case FaultKind::kByteOrderMark:
      return "the text starts with a byte order mark: JSON is UTF-8 without one";
    case FaultKind::kDepth:
      return absl::StrCat("arrays and objects are nested more than ", budget.max_depth, " deep");
    case FaultKind::kSize:
      return absl::StrCat("the text has ", text.size(), " bytes, more than the ",
                          std::min(budget.max_input_bytes, kMaxTextBytes), " allowed");
    case FaultKind::kMemory:
      return "not enough memory to index the text";
    case FaultKind::kNone:
    case FaultKind::kInternal:
      return "the structural index contradicts the text";
    default:
      return absl::StrCat("expected ", Expected(fault.kind), ", found ", Found(text, fault.offset));
  }
}

}  // namespace

size_t EscapeLength(std::string_view text, size_t offset) {
  if (offset + 1 >= text.size()) return 0;
  switch (text[offset + 1]) {
    case '"':
    case '\\':
    case '/':
    case 'b':
    case 'f':
    case 'n':
    case 'r':
    case 't':
      return 2;
    case 'u':
      break;
    default:
      return 0;
  }
  if (text.size() - offset < 6) return 0;
  for (size_t i = offset + 2; i < offset + 6; ++i) {
    if (!IsHexDigit(text[i])) return 0;
  }
  return 6;
}

bool EndsInEscape(std::string_view text, size_t offset) {
  const std::string_view rest = text.substr(offset);
  if (rest.size() == 1) return true;
  if (rest.size() >= 6 || rest[1] != 'u') return false;
  return std::all_of(rest.begin() + 2, rest.end(), IsHexDigit);
}

absl::Status ToStatus(Fault fault, std::string_view text, const JsonBudget& budget) {
  switch (fault.kind) {
    case FaultKind::kSize:
      return MakeBudgetError(Budget::kInputBytes, Message(fault, text, budget));
    case FaultKind::kMemory:
      return MakeBudgetError(Budget::kMemory, Message(fault, text, budget));
    case FaultKind::kDepth:
      return MakeBudgetError(Budget::kDepth, Message(fault, text, budget), fault.offset);
    case FaultKind::kNone:
    case FaultKind::kInternal:
      return MakeError(ErrorCode::kInternal, Message(fault, text, budget), fault.offset);
    default:
      return MakeError(ErrorCode::kInvalidJson, Message(fault, text, budget), fault.offset);
  }
}

}  // namespace sluice::json
