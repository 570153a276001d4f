// Copies a document with cuts and replacements, in the longest spans there are. Inside this room
// only.
#pragma once

#include <cstdint>
#include <string_view>

#include "sluice/base/bytes.h"
#include "sluice/json/document.h"

namespace sluice::transform {

// Goes through a text from front to back. What nobody cuts is copied, blanks included.
class Splice {
 public:
  // Starts at offset `begin` of `text`.
  Splice(std::string_view text, uint32_t begin, OutputBuffer& out)
      : text_(text.data()), copied_(begin), out_(out) {}

  // Leaves out what lies between. Each call's `begin` is at or behind the last one's `end`.
  // Out of line, for the loops that seldom get there.
  [[gnu::noinline]] void Cut(uint32_t begin, uint32_t end) {
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
// each: the one before, or where nothing before has stayed, the one after. A child that stays costs
// next to nothing, so that a loop over them is all about what they are.
class Children {
 public:
  // `name` is the value itself in an array.
  void Keep(Splice& splice, const json::Node& name, const json::Node& value) {
    if (first_dropped_ != nullptr) {
      splice.Cut(CutBegin(), kept_ != nullptr ? last_dropped_->end : name.begin);
      first_dropped_ = nullptr;
    }
    kept_ = &value;
  }
  void Drop(const json::Node& name, const json::Node& value) {
    if (first_dropped_ == nullptr) first_dropped_ = &name;
    last_dropped_ = &value;
  }
  // After the last.
  void End(Splice& splice) const {
    if (first_dropped_ != nullptr) splice.Cut(CutBegin(), last_dropped_->end);
  }

 private:
  uint32_t CutBegin() const { return kept_ != nullptr ? kept_->end : first_dropped_->begin; }

  const json::Node* kept_ = nullptr;           // the last value that stays
  const json::Node* first_dropped_ = nullptr;  // since then
  const json::Node* last_dropped_ = nullptr;
};

}  // namespace sluice::transform
