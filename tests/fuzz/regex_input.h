// Patterns of ECMA-262 from a fuzzer's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sluice/base/utf8.h"

namespace sluice::fuzz {

// Bytes that choose what a pattern is made of, so that most of them are patterns.
inline std::string ChosenPattern(std::string_view bytes) {
  static constexpr std::string_view kParts[] = {
      "a",     "b",       "c",      "A",      "1",     "-",       "/",      "é",    "🐲",    ".",
      "^",     "$",       "|",      "(",      ")",     "(?:",     "*",      "+",    "?",     "{2}",
      "{1,3}", "{0,}",    "{2,}?",  "*?",     "+?",    "??",      "[",      "]",    "[^",    "a-c",
      "[a-c]", "[^a]",    "[^/]+",  "\\d",    "\\D",   "\\w",     "\\W",    "\\s",  "\\S",   "\\b",
      "\\B",   "\\p{Lu}", "\\P{L}", "[\\w-]", "\\x61", "\\u{e9}", "\\/",    "\\-",  "(a|b)", "(?=",
      "(?!",   "(?<=",    "(?<!",   "\\1",    "\\2",   "(?<n>",   "\\k<n>", "(a*)", "(b?)",  "[]",
      "[^]",   "^a",      "b$",     "(|a)"};
  std::string pattern;
  for (const char byte : bytes) pattern += kParts[static_cast<unsigned char>(byte) % 64];
  return pattern;
}

struct PatternAndText {
  std::string pattern;
  std::string text;
  bool second_flag = false;
  bool third_flag = false;
};

// Flags, pattern, a NUL, text: both valid UTF-8. The first bit of the flags: the pattern is chosen.
inline std::optional<PatternAndText> ReadPatternAndText(const uint8_t* data, size_t size) {
  if (size == 0 || size > 200) return std::nullopt;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const size_t split = input.find('\0');
  if (split == std::string_view::npos) return std::nullopt;
  PatternAndText read;
  read.pattern = input.substr(0, split);
  if ((data[0] & 1) != 0) read.pattern = ChosenPattern(read.pattern);
  read.second_flag = (data[0] & 2) != 0;
  read.third_flag = (data[0] & 4) != 0;
  read.text = input.substr(split + 1);
  if (FindInvalidUtf8(read.pattern) != read.pattern.size()) return std::nullopt;
  if (FindInvalidUtf8(read.text) != read.text.size()) return std::nullopt;
  return read;
}

}  // namespace sluice::fuzz
