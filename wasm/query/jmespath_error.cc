#include "sluice/query/jmespath_error.h"

#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sluice/base/status.h"
#include "sluice/query/jmespath.h"

namespace sluice::query {
namespace {

constexpr std::string_view kPrefix = "JMESPath ";
constexpr std::string_view kNames[] = {"syntax", "invalid-arity", "invalid-type", "invalid-value",
                                       "unknown-function"};

}  // namespace

std::string_view JmesErrorName(const absl::Status& status) {
  std::string_view message = status.message();
  if (ErrorCodeOf(status) != ErrorCode::kInvalidArgument || !absl::StartsWith(message, kPrefix)) {
    return "";
  }
  message.remove_prefix(kPrefix.size());
  for (const std::string_view name : kNames) {
    if (absl::StartsWith(message, name)) return name;
  }
  return "";
}

namespace jmespath {

absl::Status MakeJmesError(Error error, size_t offset, std::string_view message, bool compiling) {
  return MakeError(
      ErrorCode::kInvalidArgument,
      absl::StrCat(kPrefix, kNames[static_cast<size_t>(error)], ", byte ", offset, ": ", message),
      compiling ? std::optional<size_t>(offset) : std::nullopt);
}

}  // namespace jmespath
}  // namespace sluice::query
