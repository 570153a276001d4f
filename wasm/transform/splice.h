// Copies a document with cuts and replacements, in the longest spans there are. Inside this room
// only.
#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/base/bytes.h"

namespace sluice::transform {

// Goes through a text from front to back. What nobody cuts is copied, blanks included.
class Splice {
 public:
  // Starts at offset `begin` of `text`.
  Splice(std::string_view text, uint32_t begin, OutputBuffer& out)
      : text_(text.data()), copied_(begin), out_(out) {}

  // Leaves out what lies between. Each call's `begin` is at or behind the last one's `end`.
  void Cut(uint32_t begin, uint32_t end) {
    CopyUpTo(begin);
    copied_ = end;
  }
  void Replace(uint32_t begin, uint32_t end, std::string_view by) {
    Cut(begin, end);
    out_.Append(by);
  }
  void CopyUpTo(uint32_t end) { out_.Append({text_ + copied_, end - copied_}); }

  OutputBuffer& out() { return out_; }

 private:
  const char* text_;
  uint32_t copied_;  // the text before is written or left out
  OutputBuffer& out_;
};

// The children of one container, in order. Dropped neighbours are one cut, and one comma goes with
// each: the one before, or where nothing before has stayed, the one after.
class Children {
 public:
  // The text of a child begins with its name.
  void Keep(Splice& splice, uint32_t begin, uint32_t end) {
    if (cut_end_ != 0) {
      splice.Cut(cut_begin_, kept_end_ != 0 ? cut_end_ : begin);
      cut_end_ = 0;
    }
    kept_end_ = end;
  }
  void Drop(uint32_t begin, uint32_t end) {
    if (cut_end_ == 0) cut_begin_ = kept_end_ != 0 ? kept_end_ : begin;
    cut_end_ = end;
  }
  // After the last.
  void End(Splice& splice) {
    if (cut_end_ != 0) splice.Cut(cut_begin_, cut_end_);
  }

 private:
  uint32_t kept_end_ = 0;  // of the last child that stays; 0: none yet
  uint32_t cut_begin_ = 0;
  uint32_t cut_end_ = 0;  // of the last child, if it was dropped; 0: it was not
};

}  // namespace sluice::transform
