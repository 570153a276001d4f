// A compiled query of either language, and its runs from bytes to bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sluice/base/bytes.h"
#include "sluice/json/document.h"
#include "sluice/query/jmespath.h"
#include "sluice/query/jsonpath.h"

namespace sluice::abi {

enum class QueryLanguage : uint32_t { kJsonPath = 0, kJmesPath = 1 };

// Memory of a run, kept between runs.
struct QueryScratch {
  json::Document document;
  query::JsonPathScratch json_path;
  query::JmesScratch jmes_path;
  std::vector<uint32_t> nodes;  // what a JSONPath selected

  // Gives back each part that holds more than `max_bytes`.
  void Trim(size_t max_bytes);
};

// Immutable, movable; outlives its text.
class Query {
 public:
  // invalid_argument for a language that there isn't; invalid_query with the byte offset in `text`;
  // budget_exceeded.
  static absl::StatusOr<Query> Compile(uint32_t language, std::string_view text);

  // Appends JSON to `out`: of a JSONPath an array of the exact texts of the values that it selects,
  // of a JMESPath its value. invalid_json with the byte offset; budget_exceeded; query_failed
  // (JMESPath only). On error `out` may hold a part of the result.
  absl::Status Run(std::string_view json, QueryScratch& scratch, OutputBuffer& out) const;

  // Appends a JSON array of the normalized paths (RFC 9535, section 2.7) of what a JSONPath
  // selects, in Run's order. invalid_argument for a JMESPath, whose values have no place.
  absl::Status Paths(std::string_view json, QueryScratch& scratch, OutputBuffer& out) const;

 private:
  using Compiled = std::variant<query::JsonPath, query::JmesPath>;
  explicit Query(Compiled compiled) : compiled_(std::move(compiled)) {}

  Compiled compiled_;
};

}  // namespace sluice::abi
