// Compiles JSONPaths (RFC 9535) and their logical expressions. Of this room only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "sluice/query/compare.h"
#include "sluice/query/jsonpath.h"
#include "sluice/query/jsonpath_names.h"
#include "sluice/query/jsonpath_program.h"
#include "sluice/query/jsonpath_reader.h"
#include "sluice/regex/i_regexp.h"

namespace sluice::query {

// Recursive descent along the RFC's grammar, no deeper than the budget says. Segments and selectors
// are in jsonpath_compiler.cc, filters in jsonpath_filter_compiler.cc.
class JsonPathCompiler : private JsonPathReader {
 public:
  JsonPathCompiler(std::string_view text, const QueryBudget& budget)
      : JsonPathReader(text, budget) {}

  absl::StatusOr<JsonPath> Run(Duplicates duplicates);
  // A logical expression alone; `*start` is its number.
  absl::StatusOr<JsonPath> RunExpression(uint32_t* start);

 private:
  // RFC 9535, section 2.4.1. JSONPath functions declare these types.
  enum class Type : uint8_t { kValue, kLogical, kNodes };

  struct Function {
    std::string_view name;
    Type result;
    uint32_t arity;
    Type parameter;  // of each
  };
  static const Function kFunctions[5];

  // A part of a filter that could stand on one side of a comparison, or alone as a test.
  struct Primary {
    enum class Kind : uint8_t { kLiteral, kQuery, kFunction } kind = Kind::kLiteral;
    size_t offset = 0;
    bool singular = false;                  // of a query
    uint32_t query = jsonpath::kNone;       // of a query
    const Function* function = nullptr;     // of a function
    uint32_t operand = jsonpath::kNone;     // of a literal, a singular query, a function of a value
    uint32_t expression = jsonpath::kNone;  // of a logical function
    uint32_t depth = 1;
  };

  absl::Status TooLong() const;
  template <typename T>
  static uint32_t Append(std::vector<T>& table, const T& row) {
    table.push_back(row);
    return static_cast<uint32_t>(table.size() - 1);
  }
  StringRef AppendText(std::string_view text);
  // Runs a part of the grammar that may contain itself.
  template <typename Parse>
  bool Nested(Parse parse) {
    ++nesting_;
    const bool ok = CheckDepth(nesting_) && parse();
    --nesting_;
    return ok;
  }

  // *(S segment), after $ or @. `*depth` is what running it needs of the stack.
  bool Segments(bool absolute, uint32_t* query, bool* singular, uint32_t* depth);
  // `*single`: one name or index of the node itself.
  bool ParseSegment(jsonpath::Segment* segment, bool* single, uint32_t* filter_depth);
  // After the dots: * or a name.
  bool Shorthand(std::vector<jsonpath::Selector>& selectors);
  bool Bracketed(std::vector<jsonpath::Selector>& selectors, uint32_t* filter_depth);
  bool ParseSelector(jsonpath::Selector* selector, uint32_t* filter_depth);
  bool IndexOrSlice(jsonpath::Selector* selector);

  bool Or(uint32_t* expression, uint32_t* depth);
  // Operands of || or && become one expression: a long chain is not deep.
  bool Chain(char sign, jsonpath::ExpressionKind kind, uint32_t* expression, uint32_t* depth);
  // A parenthesis, a comparison or a test.
  bool Basic(uint32_t* expression, uint32_t* depth);
  // Moves past blanks and the operator, if there is one.
  std::optional<Comparison> PeekComparison();
  bool Compare(const Primary& left, Comparison comparison, uint32_t* expression, uint32_t* depth);
  bool CheckComparable(const Primary& primary);
  bool Test(const Primary& primary, uint32_t* expression, uint32_t* depth);
  bool ParsePrimary(Primary* primary);
  bool NumberLiteral(Primary* primary);
  // true, false, null or a function.
  bool Word(Primary* primary);
  bool Call(std::string_view name, Primary* primary);
  bool Arguments(const Function& function, Primary* arguments);
  static std::string ArityFault(const Function& function);
  bool CheckArgument(const Function& function, const Primary& argument);
  bool BuildCall(const Primary* arguments, Primary* primary);
  bool LiteralPattern(StringRef ref, uint32_t* pattern);

  absl::StatusOr<JsonPath> Build(Duplicates duplicates, bool singular);

  uint32_t nesting_ = 0;
  std::vector<jsonpath::Query> queries_;
  std::vector<jsonpath::Segment> segments_;
  std::vector<jsonpath::Selector> selectors_;
  std::vector<jsonpath::Expression> expressions_;
  std::vector<uint32_t> children_;
  std::vector<jsonpath::Operand> operands_;
  std::string pool_;
  std::vector<regex::Regex> patterns_;
  regex::MemoryBudget pattern_budget_;
  absl::Status pattern_fault_;
  uint32_t constant_count_ = 0;
  LookupBuilder lookups_;
};

}  // namespace sluice::query
