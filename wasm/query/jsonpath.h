// JSONPath (RFC 9535), whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/block.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/arena.h"
#include "sluice/query/budget.h"
#include "sluice/query/member_lookup.h"
#include "sluice/regex/regex.h"

namespace sluice::query {

// Memory of a run, kept between runs.
struct JsonPathScratch {
  Arena arena;
  std::vector<uint32_t> indices;             // elements of slices that go backwards
  std::vector<uint32_t> constants;           // what the absolute queries in filters yielded
  std::vector<MemberLookup::State> lookups;  // members that were found

  size_t retained_bytes() const;
  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);
};

// Appends what a run selected: a JSON array of the values' exact texts. Stops once `out` is full.
void AppendValues(const json::Document& document, const std::vector<uint32_t>& nodes,
                  OutputBuffer& out);

// What a name selects in an object that has it more than once; the RFC leaves it open.
enum class Duplicates : uint8_t {
  kLast,   // the last member, as JSON.parse has it
  kEvery,  // each of them, in document order: for removing and redacting, where one too few leaks
};

// A compiled query. Immutable, movable; outlives its text.
class JsonPath {
 public:
  static constexpr uint32_t kFormatVersion = 1;

  // invalid_argument with the byte offset in `text` where it stops being a well-formed and
  // well-typed query; budget_exceeded (length, depth, literal patterns). O(text).
  // Not a fault: a literal pattern of match() or search() that is no I-Regexp; it matches nothing,
  // as the RFC has it. `pattern_fault` tells of the first.
  static absl::StatusOr<JsonPath> Compile(std::string_view text, const QueryBudget& budget = {},
                                          Duplicates duplicates = Duplicates::kLast);

  // Puts the tape indices of the selected nodes into `nodes`, which it clears first: in the RFC's
  // order, wildcards and descendants in document order, duplicates kept ($..*..* yields some).
  // budget_exceeded for steps, results or memory; then `nodes` is empty.
  // Steps: `..` looks at each node below once for each node that it starts from, and at each
  // member once for all names; an index in an array of containers is as many as it skips; what a
  // filter asks of the root ($.x, not @.x) is asked once a run.
  absl::Status Run(const json::Document& document, JsonPathScratch& scratch,
                   std::vector<uint32_t>& nodes) const;
  // The same on a value of a document, which is then $, with steps that several runs share.
  absl::Status Run(json::Value root, StepMeter& meter, JsonPathScratch& scratch,
                   std::vector<uint32_t>& nodes) const;

  // True if it consists of names and indices only: at most one node (with Duplicates::kLast).
  bool singular() const { return singular_; }
  // OK, or why a literal pattern never matches.
  const absl::Status& pattern_fault() const { return pattern_fault_; }
  const Block& program() const { return program_; }
  // Bytes that it holds, those of its patterns as far as they were budgeted for.
  size_t size() const { return program_.size() + pattern_bytes_; }

 private:
  friend class Condition;
  friend class JsonPathCompiler;
  friend class JsonPathRunner;
  JsonPath() = default;

  Block program_;
  std::vector<regex::Regex> patterns_;  // the literal ones
  absl::Status pattern_fault_;
  QueryBudget budget_;
  size_t pattern_bytes_ = 0;
  uint32_t constant_count_ = 0;
  bool singular_ = false;
  Duplicates duplicates_ = Duplicates::kLast;
};

// A logical expression as filters have it (RFC 9535, section 2.3.5.1), alone: both @ and $ are the
// value that it is tested on, so `$.a`, `@.a` and `$.a && @.b > 1` all can be asked. Immutable,
// movable; outlives its text.
class Condition {
 public:
  // As JsonPath::Compile.
  static absl::StatusOr<Condition> Compile(std::string_view text, const QueryBudget& budget = {});

  // budget_exceeded for steps or memory.
  absl::StatusOr<bool> Test(json::Value root, StepMeter& meter, JsonPathScratch& scratch) const;

  size_t size() const { return expression_.size(); }

 private:
  Condition(JsonPath expression, uint32_t start)
      : expression_(std::move(expression)), start_(start) {}

  JsonPath expression_;  // without a query that could be run
  uint32_t start_;       // the expression's number
};

}  // namespace sluice::query
