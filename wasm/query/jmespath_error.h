// JMESPath's kinds of error. Inside this room only.
#pragma once

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"

namespace sluice::query::jmespath {

enum class Error : unsigned char {
  kSyntax,
  kInvalidArity,
  kInvalidType,
  kInvalidValue,
  kUnknownFunction,
};

// "JMESPath invalid-type, byte 7: …": the name is what JmesErrorName reads. Compiling, the offset
// is the status's too; running it is not, since the caller's text then is the document.
absl::Status MakeJmesError(Error error, size_t offset, std::string_view message, bool compiling);

}  // namespace sluice::query::jmespath
