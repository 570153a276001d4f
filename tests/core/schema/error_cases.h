// Faults that people make, and what they are told.
#pragma once

#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace sluice::schema {

struct ExpectedError {
  std::string_view instance_location;
  std::string_view keyword_location;
  std::string_view keyword;
  size_t byte_offset;
  std::string_view message;
  std::string_view expected = "";
  std::string_view actual = "";
  std::string_view absolute_location = "";
};

struct ErrorCase {
  std::string_view what;
  std::string_view schema;
  std::string_view instance;
  std::vector<ExpectedError> errors;
};

const std::vector<ErrorCase>& ErrorCases();

}  // namespace sluice::schema
