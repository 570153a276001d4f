// What is wrong with a document that an author wrote, all of it at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace sluice {

// One fault. `code` is stable and for machines ("unknown_key", "invalid_duration", …, a string
// literal); `message` says what was wrong and what would be right.
struct Issue {
  std::string_view code;
  std::string pointer;  // RFC 6901, of the whole document that was handed in; "" is its root
  size_t byte_offset;   // of the value (or key) at fault, in the UTF-8 text
  std::string message;
};

// Collects issues up to a bound, of their number and of their text together (a pointer is as long
// as the names in it); beyond it they are only counted.
class Issues {
 public:
  static constexpr size_t kMaxIssues = 100;
  static constexpr size_t kMaxTextBytes = 64u << 10;

  void Add(std::string_view code, std::string pointer, size_t byte_offset, std::string message);

  bool empty() const { return total_ == 0; }
  // True if another issue would only be counted: then its text need not be made.
  bool full() const { return list_.size() >= kMaxIssues || text_bytes_ >= kMaxTextBytes; }
  size_t total() const { return total_; }
  absl::Span<const Issue> list() const { return list_; }

 private:
  std::vector<Issue> list_;
  size_t total_ = 0;
  size_t text_bytes_ = 0;
};

// UTF-8 text in double quotes for a message, cut to 64 bytes (with "…") at a character's start.
std::string Quoted(std::string_view text);

// The nearest of `known`, if it is within a third of the longer one's length, else "". Distance is
// Levenshtein's with swaps of neighbours ("optimal string alignment"), in bytes. Names over 64
// bytes neither get nor are a suggestion. O(bytes of the known ones), but no more than a million of
// them: where there are tens of thousands of names, the last aren't looked at.
std::string_view NearestName(std::string_view name, absl::Span<const std::string_view> known);
// The same for who searches often: what is compared is taken from `bytes_left`, and where that
// ends, so does the search.
std::string_view NearestName(std::string_view name, absl::Span<const std::string_view> known,
                             size_t& bytes_left);
// " (did you mean \"per\"?)" for that one, or "".
std::string DidYouMean(std::string_view name, absl::Span<const std::string_view> known);

}  // namespace sluice
