// Stage 1: where the tokens of a JSON text meet, found 64 bytes at a time. Inside this room only.
//
// Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019; Keiser and Lemire, "Validating
// UTF-8 In Less Than One Instruction Per Byte", 2020. simdjson's vector types, escape scanner and
// UTF-8 checker on a SIMD128 kernel of our own (simd128.h), with an index of our own. Its positions
// are
//   * { } [ ] : , outside strings,
//   * the character behind every string's closing quote, nearly always one of those,
//   * in a string with escapes, the character after the first one's backslash.
// So a scalar lies between two positions, and a minified text has one position a node: less than
// half of what simdjson's index has, which also holds where each scalar starts. What it costs is
// that a walk must skip blanks by itself. Positions come in windows, in 17 KiB whatever the text.
// See docs/adr/0007-index-of-operators.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::json {

class StructuralIndex {
 public:
  static constexpr size_t kWindowBytes = 4096;
  static constexpr size_t kLookahead = 8;

  // Ascending positions. Up to and with `limit`, at least kLookahead further ones follow each.
  // Where the text ends `limit` is never reached, and after the last one the text's first byte
  // follows, kLookahead times: a position that is less than those before it.
  struct Window {
    const uint32_t* next;
    const uint32_t* limit;
    size_t count;  // from `next` on
  };

  StructuralIndex();
  ~StructuralIndex();
  StructuralIndex(const StructuralIndex&) = delete;
  StructuralIndex& operator=(const StructuralIndex&) = delete;

  // Begins with a new text, which must stay as it is until its last window, from the byte `begin`
  // on. It needs no padding. False if there is no memory.
  bool Start(std::string_view text, size_t begin);

  // The positions from `rest` on, which is in the window before (null for none of them), and those
  // of further text. Not after it was exhausted.
  Window NextWindow(const uint32_t* rest);
  bool exhausted() const { return offset_ == text_.size(); }
  // How far the text has been read.
  size_t offset() const { return offset_; }

  // True if the text has invalid UTF-8, or in a string a raw control character or what is no
  // escape, or an unclosed string. Once it is exhausted.
  bool has_fault() const;

  size_t retained_bytes() const;

 private:
  struct Scanner;  // simdjson's, not for headers

  uint32_t* IndexWindow(uint32_t* out);

  std::string_view text_;
  size_t begin_ = 0;
  size_t offset_ = 0;
  std::unique_ptr<Scanner> scanner_;
  std::unique_ptr<uint32_t[]> positions_;
  uint32_t* end_ = nullptr;  // of the positions
};

}  // namespace sluice::json
