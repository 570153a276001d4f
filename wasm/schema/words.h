// The words of messages: values, kinds, numbers and lists as text. Inside this room only.
//
// All of them are bounded: long texts are cut, of long lists only the first are named.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/schema/format.h"
#include "sluice/schema/program.h"

namespace sluice::schema {

// Puts texts together in a block of its own, without a heap block for each. What it returns lies
// there until `Clear`, or it is what came in, or it is a literal.
class Words {
 public:
  // More than a message takes with all that it is made of: what doesn't fit any more is "".
  static constexpr size_t kBytes = size_t{32} << 10;

  void Clear() { block_.Clear(); }

  // One behind the other.
  std::string_view Cat(absl::Span<const std::string_view> parts);
  std::string_view Cat(std::initializer_list<std::string_view> parts) {
    return Cat(absl::MakeConstSpan(parts.begin(), parts.size()));
  }
  std::string_view Number(size_t number);

  // Text of the schema, of any length, cut to 64 bytes; the second in quotes.
  std::string_view Cut(std::string_view text);
  std::string_view Quoted(std::string_view text);

  // Its JSON text, cut to some 64 bytes: "\"red\"", "12"; if it is long "an array of 3 elements".
  std::string_view ValueText(json::Value value);
  // The same of a value that the schema allows: also of a long array or object its text, cut.
  std::string_view AllowedText(json::Value value);
  // The first with its kind: "the string \"red\"", "the number 12", "null", "an object".
  std::string_view ValuePhrase(json::Value value);

  // "a string", "a boolean".
  std::string_view ActualKind(json::Value value);
  // "a string", "an integer or null". `integer`: numbers are integers.
  std::string_view KindPhrase(KindSet kinds, bool integer);

  // "1 element", "3 elements".
  std::string_view Count(size_t number, std::string_view noun);

  size_t retained_bytes() const { return block_.capacity(); }
  void Release() { block_.Release(); }

 private:
  // Has all of its capacity from the first text on, and so never moves one.
  OutputBuffer block_{kBytes};
};

// "a, b or c".
class WordList {
 public:
  explicit WordList(Words& words, std::string_view last_joint = " or ")
      : words_(words), last_joint_(last_joint) {}

  // Ignored if it is there already and, but for a "…" at the end, if there are too many.
  void Add(std::string_view word);
  size_t count() const { return count_; }
  // What comes now is ignored.
  bool full() const { return count_ > kMaxWords; }
  std::string_view Text() const;

 private:
  static constexpr size_t kMaxWords = 10;

  Words& words_;
  std::string_view last_joint_;
  std::array<std::string_view, kMaxWords> list_;
  size_t count_ = 0;  // also of those that are ignored
};

// "a date like 2026-02-28".
std::string_view FormatPhrase(Format format);

}  // namespace sluice::schema
