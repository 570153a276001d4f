// Stage 1: where the tokens of a JSON text are, found 64 bytes at a time. Inside this room only.
//
// simdjson's block scanner and UTF-8 checker (Langdale and Lemire, "Parsing Gigabytes of JSON per
// Second", 2019; Keiser and Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", 2020)
// on a SIMD128 kernel of our own (simd128.h), with an index of our own:
//   * { } [ ] : , outside strings,
//   * both quotes of every string,
//   * the character after the backslash of every escape in a string,
//   * the first character of every other run (numbers, literals, rubbish).
// So a walk knows where a string ends without scanning it, and looks at escapes only where there
// are some. simdjson's own index has neither, and reserves four bytes a byte of text; this one
// comes in windows and needs 17 KiB whatever the text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::json {

class StructuralIndex {
 public:
  static constexpr size_t kWindowBytes = 4096;

  StructuralIndex();
  ~StructuralIndex();
  StructuralIndex(const StructuralIndex&) = delete;
  StructuralIndex& operator=(const StructuralIndex&) = delete;

  // Begins with a new text, which must stay as it is until its last window. It needs no padding.
  // False if there is no memory.
  bool Start(std::string_view text);

  // Indexes the next window and returns how many positions it has; there are none left if
  // `exhausted` was true before.
  size_t NextWindow();
  bool exhausted() const { return offset_ == text_.size(); }

  // The positions of the window, ascending. One writable element follows them.
  uint32_t* positions() const { return positions_.get(); }

  // True if the text has invalid UTF-8, a raw control character in a string or an unclosed string.
  // Says nothing about where, and only once `exhausted`.
  bool has_fault() const;

  // How many bytes of the text have been indexed.
  size_t offset() const { return offset_; }

  size_t retained_bytes() const;

 private:
  struct Scanner;

  std::string_view text_;
  size_t offset_ = 0;
  std::unique_ptr<uint32_t[]> positions_;
  std::unique_ptr<Scanner> scanner_;
};

}  // namespace sluice::json
