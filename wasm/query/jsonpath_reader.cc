#include "sluice/query/jsonpath_reader.h"

#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/base/utf8.h"

namespace sluice::query {
namespace {

constexpr int64_t kMaxInteger = (int64_t{1} << 53) - 1;  // RFC 9535, section 2.1: I-JSON's range

int HexDigit(char c) {
  if (IsDigit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace

bool JsonPathReader::FaultAt(size_t offset, std::string_view message) {
  if (status_.ok()) {
    status_ = MakeError(ErrorCode::kInvalidArgument,
                        absl::StrCat("JSONPath, byte ", offset, ": ", message), offset);
  }
  return false;
}

bool JsonPathReader::CheckDepth(uint32_t depth) {
  if (depth <= budget_.max_depth) return true;
  if (status_.ok()) {
    status_ = MakeBudgetError(
        Budget::kDepth,
        absl::StrCat("JSONPath, byte ", position_, ": nested deeper than ", budget_.max_depth),
        position_);
  }
  return false;
}

bool JsonPathReader::Integer(int64_t* value) {
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

bool JsonPathReader::Number(std::string_view* number) {
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
  *number = text_.substr(begin, position_ - begin);
  return true;
}

bool JsonPathReader::Digits() {
  if (!IsDigit(Peek())) return Fault("expected a digit");
  while (IsDigit(Peek())) ++position_;
  return true;
}

bool JsonPathReader::QuotedString(std::string* out) {
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

bool JsonPathReader::Escape(char quote, std::string* out) {
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

bool JsonPathReader::UnicodeEscape(size_t begin, std::string* out) {
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

bool JsonPathReader::FourHexDigits(uint32_t* value) {
  for (int i = 0; i < 4; ++i, ++position_) {
    const int digit = HexDigit(Peek());
    if (digit < 0) return false;
    *value = *value * 16 + static_cast<uint32_t>(digit);
  }
  return true;
}

}  // namespace sluice::query
