// Values, kinds and lists in words. Inside this room only.
//
// All of them are bounded: long texts are cut, of long lists only the first are named.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/json/document.h"
#include "sluice/schema/format.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// Its JSON text, cut to some 64 bytes: "\"red\"", "12"; if it is long "an array of 3 elements".
std::string ValueText(json::Value value);
// The same of a value that the schema allows: also of a long array or object its text, cut.
std::string AllowedText(json::Value value);
// The first with its kind: "the string \"red\"", "the number 12", "null", "an object".
std::string ValuePhrase(json::Value value);

// "a string", "a boolean".
std::string ActualKind(json::Value value);
// "a string", "an integer or null". `integer`: numbers are integers.
std::string KindPhrase(KindSet kinds, bool integer);

// "a, b or c".
class WordList {
 public:
  explicit WordList(std::string_view last_joint = " or ") : last_joint_(last_joint) {}

  // Ignored, but for a "…" at the end, if there are too many.
  void Add(std::string word);
  bool empty() const { return text_.empty() && last_.empty(); }
  size_t count() const { return count_; }
  std::string Text() const;

 private:
  std::string_view last_joint_;
  std::string text_;
  std::string last_;
  size_t count_ = 0;
  bool cut_ = false;
};

// "1 element", "3 elements".
std::string Count(uint32_t number, std::string_view noun);

// "a date like 2026-02-28".
std::string_view FormatPhrase(Format format);

// Text of the schema, of any length, for a message.
std::string Cut(std::string_view text);

}  // namespace sluice::schema
