// The attributes of one request, for features to look at.
#pragma once

#include <cstdint>

#include "absl/types/span.h"
#include "sluice/base/bytes.h"
#include "sluice/experiment/decide.h"
#include "sluice/policy/features.h"
#include "sluice/policy/request.h"
#include "sluice/policy/visitor.h"

namespace sluice::policy {

class RequestAttributes {
 public:
  // `scratch` is overwritten by each value, `text` keeps those that had to be decoded.
  RequestAttributes(const RequestFacts& request, Visitor& visitor, bool may_mint,
                    OutputBuffer& scratch, OutputBuffer& text)
      : request_(request), visitor_(visitor), may_mint_(may_mint), scratch_(scratch), text_(text) {
    text_.Clear();
  }

  // Reads those of the rows, kMaxAttributes at most; those that may take a new visitor come first,
  // so that all see one visitor. What isn't there, or isn't of its type, is left out; so is text
  // that isn't UTF-8. Once only. O(their text). False if there was no room.
  bool Read(absl::Span<const AttributeRow> rows);

  absl::Span<const experiment::AttributeValue> values() const { return {values_, count_}; }

 private:
  static constexpr size_t kBorrowed = static_cast<size_t>(-1);

  std::optional<std::string_view> First(const AttributeRow& attribute);
  std::optional<std::string_view> Fact(const FactRow& row, bool may_mint);
  bool Add(const AttributeRow& row, std::string_view text);

  const RequestFacts& request_;
  Visitor& visitor_;
  bool may_mint_;
  OutputBuffer& scratch_;
  OutputBuffer& text_;
  uint64_t present_ = 0;  // rows whose values are, and can be hashed
  experiment::AttributeValue values_[kMaxAttributes];
  size_t kept_at_[kMaxAttributes];  // in `text_`, or kBorrowed
  uint32_t count_ = 0;
};

}  // namespace sluice::policy
