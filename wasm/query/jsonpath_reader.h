// The characters and tokens of a JSONPath (RFC 9535). Of this room only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "sluice/query/budget.h"

namespace sluice::query {

inline bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
inline bool IsDigit(char c) { return c >= '0' && c <= '9'; }
inline bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
inline bool IsNameFirst(char c) {
  return IsLower(c) || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
inline bool IsNameChar(char c) { return IsNameFirst(c) || IsDigit(c); }

// Where a compiler stands in the text, which has been checked to be UTF-8, and the first fault.
// What parses returns false once there is one.
class JsonPathReader {
 protected:
  JsonPathReader(std::string_view text, const QueryBudget& budget) : text_(text), budget_(budget) {}

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
  bool FaultAt(size_t offset, std::string_view message);
  // Refuses what would need more stack than the budget's depth, compiling or running.
  bool CheckDepth(uint32_t depth);

  // int of the grammar: no leading zeros, no -0, within I-JSON's range.
  bool Integer(int64_t* value);
  // A number of JSON's grammar.
  bool Number(std::string_view* number);
  // Past the closing quote of the string at hand; its content is appended.
  bool QuotedString(std::string* out);

  std::string_view text_;
  const QueryBudget& budget_;
  size_t position_ = 0;
  absl::Status status_;

 private:
  bool Digits();
  // At a backslash.
  bool Escape(char quote, std::string* out);
  bool UnicodeEscape(size_t begin, std::string* out);
  bool FourHexDigits(uint32_t* value);
};

}  // namespace sluice::query
