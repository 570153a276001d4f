// JMESPath (jmespath.org, the specification of the compliance tests), whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/arena.h"
#include "sluice/query/budget.h"
#include "sluice/query/item.h"
#include "sluice/query/member_lookup.h"

namespace sluice::query {

// Memory of a run, kept between runs.
struct JmesScratch {
  Arena arena;
  std::vector<Item> stack;                   // elements of arrays that are being made
  std::vector<MemberLookup::State> lookups;  // members that were found
  OutputBuffer text{0};                      // strings that are being made

  size_t retained_bytes() const;
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);
};

// What the specification calls the error behind an invalid_argument of this file: "syntax",
// "invalid-arity", "invalid-type", "invalid-value" or "unknown-function". Empty for other statuses.
std::string_view JmesErrorName(const absl::Status& status);

// A compiled expression. Immutable, movable; outlives its text.
//
// Where the specification leaves room:
//   * values of the input are copied as they are written: number text, string escapes, order and
//     blanks inside a value survive. Numbers that are computed are doubles, in shortest text; abs,
//     ceil, floor, min, max, to_number and comparisons are exact;
//   * of members with the same name a field is the last; wildcards, keys, values and length see
//     all of them;
//   * `!a.b` is `!(a.b)`.
class JmesPath {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  // invalid_argument (see JmesErrorName) with the byte offset in `text`; budget_exceeded. O(text).
  // Unknown functions, wrong numbers of arguments, expression references (&) where there should be
  // none or the other way round, and steps of 0 are found here.
  static absl::StatusOr<JmesPath> Compile(std::string_view text, const QueryBudget& budget = {});

  // Appends the result's JSON text to `out`; "null" where nothing is found. invalid_argument
  // (invalid-type, invalid-value); budget_exceeded for steps, memory or `out`. On error nothing is
  // appended. Steps: about one for each operation on a value and for each value that is made or
  // compared; a field is as many as its object has members, once for all fields asked of an object.
  // O(steps).
  absl::Status Run(const json::Document& document, JmesScratch& scratch, OutputBuffer& out) const;
  // The same on a value of a document, with steps that several runs share.
  absl::Status Run(json::Value root, StepMeter& meter, JmesScratch& scratch,
                   OutputBuffer& out) const;

  const Block& program() const { return program_; }
  // Bytes that it holds.
  size_t size() const {
    return program_.size() + literal_text_->size() + literals_->retained_bytes();
  }

 private:
  friend class JmesPathCompiler;
  friend class JmesPathRunner;
  JmesPath() = default;

  Block program_;
  // The expression's literals as one JSON array, and its text, which stays where it is.
  std::unique_ptr<std::string> literal_text_;
  std::unique_ptr<json::Document> literals_;
  QueryBudget budget_;
};

}  // namespace sluice::query
